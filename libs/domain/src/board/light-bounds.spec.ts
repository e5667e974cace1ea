import { calendarFor } from '../calendar/work-calendar';
import { levelAt, lightBounds } from './light-bounds';

const calendar = calendarFor('450200');
const matter = {
  matter: 'claim',
  clocks: [
    { clock: 'K-00', limitWorkingDays: 0 },
    { clock: 'K-01', limitWorkingDays: 1 },
    { clock: 'K-02', limitWorkingDays: 18 },
  ],
};

function levelOf(
  clock: string,
  due: string | null,
  now: string,
  isPaused = false,
  lights?: { yellowWorkingDays: number; yellowOfficeHours: number },
) {
  const at = Date.parse(`${now}+08:00`);
  const bounds = lightBounds([{ ...matter, ...(lights ? { lights } : {}) }], calendar, at);
  const until = (m: string, c: string | null) => bounds.find((b) => b.matter === m && b.clock === c)?.yellowUntil;
  const dueAt = due === null ? null : Date.parse(`${due}+08:00`);
  return levelAt({ matter: 'claim', dueClock: clock, dueAt, isPaused }, at, until);
}

describe('the lights of the board', () => {
  // 2026-11-25 is a Wednesday; 1–3 January 2027 are closed at least (T-12).
  it.each([
    // A long limit: yellow when at most 2 WD remain after today.
    ['K-02', '2026-11-30T16:00', '2026-11-25T10:00', 'green'],
    ['K-02', '2026-11-27T16:00', '2026-11-25T10:00', 'yellow'],
    ['K-02', '2026-12-01T16:00', '2026-11-28T10:00', 'yellow'],
    ['K-02', '2026-12-02T16:00', '2026-11-28T10:00', 'green'],
    ['K-02', '2026-11-25T16:00', '2026-11-25T16:00', 'yellow'],
    ['K-02', '2026-11-25T16:00', '2026-11-25T16:00:00.001', 'red'],
    // Limits of a day and of the same day: yellow when at most 3 office hours remain; noon is no office hour.
    ['K-01', '2026-11-26T16:00', '2026-11-25T15:59', 'green'],
    ['K-01', '2026-11-26T16:00', '2026-11-26T11:59', 'green'],
    ['K-01', '2026-11-26T16:00', '2026-11-26T12:00', 'yellow'],
    ['K-01', '2026-11-26T16:00', '2026-11-26T13:00', 'yellow'],
    ['K-00', '2026-11-26T16:00', '2026-11-26T12:30', 'yellow'],
    ['K-00', '2026-11-26T16:00', '2026-11-26T16:01', 'red'],
    // Friday afternoon, due on Monday: the weekend is no office time.
    ['K-01', '2026-11-30T16:00', '2026-11-27T17:00', 'green'],
    // A clock that no definition knows any more is never yellow, and overdue as any other.
    ['K-99', '2026-11-25T16:00', '2026-11-25T15:00', 'green'],
    ['K-99', '2026-11-25T16:00', '2026-11-25T17:00', 'red'],
  ] as const)('shows %s due %s at %s %s', (clock, due, now, level) => {
    expect(levelOf(clock, due, now)).toBe(level);
  });

  it('never calls overdue what is paused, and asks nothing of a case without a clock', () => {
    expect(levelOf('K-02', '2026-11-20T16:00', '2026-11-25T10:00', true)).toBe('paused');
    expect(levelOf('K-02', null, '2026-11-25T10:00')).toBe('unlimited');
  });

  it('takes the thresholds of the matter', () => {
    const lights = { yellowWorkingDays: 5, yellowOfficeHours: 1 };
    expect(levelOf('K-02', '2026-12-02T16:00', '2026-11-25T10:00', false, lights)).toBe('yellow');
    expect(levelOf('K-01', '2026-11-25T16:00', '2026-11-25T14:00', false, lights)).toBe('green');
  });
});

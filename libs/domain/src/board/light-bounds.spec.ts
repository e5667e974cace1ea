import fc from 'fast-check';
import { isWorkingDay } from '../calendar/counting';
import { calendarFor } from '../calendar/work-calendar';
import { applyEvent, type ClockEvent, type ClockLedger } from '../case/ledger';
import { lightOf } from '../case/testing/light-of';
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

describe('the bounds', () => {
  const dayMs = 86_400_000;
  const firstDay = Date.parse('2026-06-01T00:00:00+08:00');
  const pause = fc.record({ fromDay: fc.nat({ max: 20 }), maximum: fc.constantFrom(1, 5, 15) });

  it('show what counting the days and hours of one clock shows, after pauses too', () => {
    fc.assert(
      fc.property(
        fc.record({
          limit: fc.constantFrom(0, 1, 2, 3, 15, 18, 20),
          startDay: fc.nat({ max: 200 }),
          pause: fc.option(pause),
          passedMs: fc.nat({ max: 40 * dayMs }),
          lights: fc.record({ yellowWorkingDays: fc.nat({ max: 6 }), yellowOfficeHours: fc.nat({ max: 6 }) }),
        }),
        ({ limit, startDay, pause: paused, passedMs, lights }) => {
          const startsAt = firstDay + startDay * dayMs + 10 * 3_600_000;
          const dateOf = (ms: number) => new Date(ms + 8 * 3_600_000).toISOString().slice(0, 10);
          const told = (event: Partial<ClockEvent>, ms: number) =>
            ({ ...event, clock: 'K-02', run: 1, at: new Date(ms).toISOString() }) as Parameters<typeof applyEvent>[1];
          let ledger: ClockLedger | null = applyEvent(
            null,
            told(
              { event: 'started', level: 'statutory', limitWorkingDays: limit, dayZero: dateOf(startsAt) },
              startsAt,
            ),
            calendar,
          );
          if (paused && limit > 1) {
            const from = startsAt + Math.min(paused.fromDay, limit - 1) * dayMs;
            const event = {
              event: 'paused',
              kind: 'inquiry',
              from: dateOf(from),
              maximumWorkingDays: paused.maximum,
            } as const;
            ledger = applyEvent(ledger, told(event, from), calendar);
            // Papers that come on a closed day are deemed to be received on the next working day (T-05).
            let until = from + paused.maximum * dayMs;
            while (!isWorkingDay(calendar, dateOf(until))) until += dayMs;
            ledger = applyEvent(ledger, told({ event: 'resumed', to: dateOf(until) }, until), calendar);
            passedMs += until - startsAt;
          }
          const at = startsAt + passedMs;
          const matters = [{ matter: 'claim', clocks: [{ clock: 'K-02', limitWorkingDays: limit }], lights }];
          const [bound] = lightBounds(matters, calendar, at);
          const dueAt = Date.parse(ledger!.dueAt);
          const task = { matter: 'claim', dueClock: 'K-02', dueAt, isPaused: false };
          expect(levelAt(task, at, () => bound!.yellowUntil)).toBe(lightOf(ledger!, calendar, at, lights));
        },
      ),
      { numRuns: 3_000 },
    );
  });
});

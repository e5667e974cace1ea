import { calendarFor, type WorkCalendar } from '../calendar/work-calendar';
import { applyEvent, type ClockEvent, type ClockLedger } from './ledger';
import { nextRungOf, pendingRungs, rungInstants, type KeptClock } from './ladder';
import { rungs, type Rung } from './words';

const national = calendarFor();

/** A run begun at ten o'clock on its day zero, with what happened to it since. */
function ledgerOf(
  dayZero: string,
  limitWorkingDays: number,
  since: ClockEvent[] = [],
  { startedAt = `${dayZero}T10:00`, calendar = national, ladder = undefined as Rung[] | undefined } = {},
): ClockLedger {
  const at = new Date(`${startedAt}+08:00`).toISOString();
  const start: ClockEvent = { event: 'started', level: 'statutory', limitWorkingDays, dayZero, rungs: ladder };
  return [start, ...since].reduce<ClockLedger | null>(
    (ledger, event) => applyEvent(ledger, { ...event, clock: 'K-02', run: 1, at }, calendar),
    null,
  )!;
}

const shanghai = (at: number) => new Date(at + 8 * 3_600_000).toISOString().slice(0, 16);
const ladderOf = (ledger: ClockLedger, calendar: WorkCalendar = national) =>
  rungInstants(ledger, calendar).map(({ rung, at }) => `${rung} ${shanghai(at)}`);
const asked = (from: string): ClockEvent => ({ event: 'paused', kind: 'supplement', from, maximumWorkingDays: 30 });
const came = (to: string): ClockEvent => ({ event: 'resumed', to });

describe('the ladder of a clock (04-clocks § 4)', () => {
  const ladders: [string, ClockLedger, string[]][] = [
    [
      'of one working day: half of it has passed when the office closes for lunch',
      ledgerOf('2025-06-05', 1),
      // 80 % of 360 minutes are 288: 180 before lunch, 108 after it.
      ['2025-06-06T12:00', '2025-06-06T14:48', '2025-06-06T16:00', '2025-06-09T16:00', '2025-06-11T16:00'],
    ],
    [
      'of one working day that is a 调休 Sunday',
      ledgerOf('2025-04-25', 1),
      ['2025-04-27T12:00', '2025-04-27T14:48', '2025-04-27T16:00', '2025-04-28T16:00', '2025-04-30T16:00'],
    ],
    [
      'of two: half is the close of the first',
      ledgerOf('2025-06-03', 2),
      ['2025-06-04T16:00', '2025-06-05T13:36', '2025-06-05T16:00', '2025-06-06T16:00', '2025-06-10T16:00'],
    ],
    [
      'of three: half lies at noon of the second, eighty in the morning of the third',
      ledgerOf('2025-06-03', 3),
      ['2025-06-05T12:00', '2025-06-06T11:24', '2025-06-06T16:00', '2025-06-09T16:00', '2025-06-11T16:00'],
    ],
    [
      'of the same day (T-06), from its opening',
      ledgerOf('2025-06-05', 0, [], { startedAt: '2025-06-05T09:10' }),
      ['2025-06-05T12:00', '2025-06-05T14:48', '2025-06-05T16:00', '2025-06-06T16:00', '2025-06-10T16:00'],
    ],
    [
      'of the 18 WD of K-02',
      ledgerOf('2025-06-03', 18),
      // Nine days; 14.4 days: fourteen and 144 minutes.
      ['2025-06-16T16:00', '2025-06-24T11:24', '2025-06-27T16:00', '2025-06-30T16:00', '2025-07-02T16:00'],
    ],
    [
      'across 国庆, with the 调休 Saturday after it',
      ledgerOf('2025-09-29', 5),
      ['2025-10-10T12:00', '2025-10-11T16:00', '2025-10-13T16:00', '2025-10-14T16:00', '2025-10-16T16:00'],
    ],
    [
      'of the worked example with a pause: whatever lay after it has moved with the due date',
      ledgerOf('2025-06-03', 18, [asked('2025-06-10'), came('2025-06-16')]),
      // 11, 12, 13, 16 June hold no rung.
      ['2025-06-20T16:00', '2025-06-30T11:24', '2025-07-03T16:00', '2025-07-04T16:00', '2025-07-08T16:00'],
    ],
    [
      'with a pause between the warnings: what lay before it stays',
      ledgerOf('2025-06-03', 18, [asked('2025-06-18'), came('2025-06-20')]),
      ['2025-06-16T16:00', '2025-06-26T11:24', '2025-07-01T16:00', '2025-07-02T16:00', '2025-07-04T16:00'],
    ],
    [
      'with a pause after the due date: the working days after it wait too',
      ledgerOf('2025-06-03', 2, [asked('2025-06-06'), came('2025-06-10')]),
      ['2025-06-04T16:00', '2025-06-05T13:36', '2025-06-05T16:00', '2025-06-06T16:00', '2025-06-12T16:00'],
    ],
    [
      'after an extension: a share of the longer limit',
      ledgerOf('2025-06-03', 18, [{ event: 'extended', workingDays: 10 }]),
      ['2025-06-23T16:00', '2025-07-04T11:24', '2025-07-11T16:00', '2025-07-14T16:00', '2025-07-16T16:00'],
    ],
  ];
  it.each(ladders)('%s', (_, ledger, instants) => {
    expect(ladderOf(ledger)).toEqual(rungs.map((rung, i) => `${rung} ${instants[i]}`));
  });

  it('counts the office hours of the calendar it is given', () => {
    const short: WorkCalendar = { ...national, version: 'short', officeHours: [{ open: '08:30', close: '11:00' }] };
    const ledger = ledgerOf('2025-06-05', 1, [], { calendar: short });
    expect(ladderOf(ledger, short).slice(0, 3)).toEqual([
      'half 2025-06-06T09:45',
      'eighty 2025-06-06T10:30',
      'due 2025-06-06T11:00',
    ]);
  });

  it('counts the time of a day that a local closure shortens', () => {
    // Closed from noon on the second of two days: nine hours in all, half of them four and a half.
    const closing: WorkCalendar = {
      ...national,
      version: 'closing',
      shortDays: { '2025-06-05': [{ open: '09:00', close: '12:00' }] },
    };
    const ledger = ledgerOf('2025-06-03', 2, [], { calendar: closing });
    expect(ladderOf(ledger, closing).slice(0, 3)).toEqual([
      'half 2025-06-04T14:30',
      'eighty 2025-06-05T10:12',
      'due 2025-06-05T12:00',
    ]);
  });

  it('begins with the start of the run: a same-day limit of the afternoon has its morning behind it', () => {
    const afternoon = ledgerOf('2025-06-05', 0, [], { startedAt: '2025-06-05T14:00' });
    expect(ladderOf(afternoon).map((line) => line.split(' ')[0])).toEqual(['eighty', 'due', 'plus1', 'plus3']);
    const evening = ledgerOf('2025-06-05', 0, [], { startedAt: '2025-06-05T17:30' });
    expect(ladderOf(evening).slice(0, 2)).toEqual(['due 2025-06-05T17:30', 'plus1 2025-06-06T16:00']);
  });

  it('has the rungs that the definition names', () => {
    const ledger = ledgerOf('2025-06-03', 18, [], { ladder: ['eighty', 'due'] });
    expect(ladderOf(ledger).map((line) => line.split(' ')[0])).toEqual(['eighty', 'due']);
  });

  it('passes no rung while it stands still or once it has stopped, and none twice', () => {
    const [running, still] = [ledgerOf('2025-06-03', 18), ledgerOf('2025-06-03', 18, [asked('2025-06-10')])];
    expect(pendingRungs(still, national)).toEqual([]);
    expect(nextRungOf(still, national)).toBeNull();
    const stopped = ledgerOf('2025-06-03', 18, [{ event: 'stopped', to: null }]);
    expect(pendingRungs(stopped, national)).toEqual([]);
    expect(nextRungOf(running, national)).toBe('2025-06-16T08:00:00.000Z');
    expect(nextRungOf({ ...running, recorded: ['half', 'eighty'] }, national)).toBe('2025-06-27T08:00:00.000Z');
    expect(nextRungOf({ ...running, recorded: [...rungs] }, national)).toBeNull();
  });

  it('fires no rung a second time in a run that is extended; those still ahead lie in the longer limit', () => {
    // Half of 18 WD was 16 June, half of 28 is 23 June; eighty lay on 24 June.
    const extended: KeptClock = { ...ledgerOf('2025-06-03', 18, [{ event: 'extended', workingDays: 10 }]) };
    const pending = (recorded: Rung[]) =>
      pendingRungs({ ...extended, recorded }, national).map(({ rung, at }) => `${rung} ${shanghai(at)}`);
    expect(pending(['half']).slice(0, 2)).toEqual(['eighty 2025-07-04T11:24', 'due 2025-07-11T16:00']);
    expect(pending(['half', 'eighty'])[0]).toBe('due 2025-07-11T16:00');
  });

  it('rises from rung to rung and never lies on a day that does not count, whatever the pauses', () => {
    for (let n = 0; n <= 40; n += 1) {
      for (const [from, to] of [
        ['2025-09-17', '2025-09-26'],
        ['2025-09-28', '2025-10-09'],
      ] as const) {
        const ledger = ledgerOf('2025-09-15', n, [asked(from), came(to)]);
        const instants = rungInstants(ledger, national);
        const days = instants.map(({ at }) => shanghai(at).slice(0, 10));
        for (const [i, { rung, at }] of instants.entries()) {
          if (i > 0) expect(at).toBeGreaterThan(instants[i - 1]!.at);
          const endsWithPause = rung === 'due' && ledger.pauses[0]!.isOfLastDay === true;
          expect(days[i]! > from && days[i]! <= to && !endsWithPause).toBe(false);
        }
        expect(instants.find(({ rung }) => rung === 'due')!.at).toBe(Date.parse(ledger.dueAt));
      }
    }
  });
});

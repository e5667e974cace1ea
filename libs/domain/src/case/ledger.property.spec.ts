import { isWorkday } from 'chinese-days';
import fc from 'fast-check';
import { calendarFor, type WorkCalendar } from '../calendar/work-calendar';
import { inpatientReimbursement } from '../matters/inpatient-reimbursement';
import { pauseEndsAt, turnClocks, type Happened } from './clocks';
import { applyEvent, ledgerAt, readClock, type ClockLedger, type RecordedClockEvent } from './ledger';
import type { CaseEvent } from './words';

// Bar 5: whatever happens to a case, and however often its calendar is changed meanwhile, its events alone give back what was
// shown at every past instant; and what a reading says is what a count by hand over the same dates says.
const stages = ['initialReview', 'secondReview', 'approval'] as const;
const step = (clock: string, stage: (typeof stages)[number], reentry: 'resume' | 'restart' | 'share') => ({
  ...{ clock, label: clock, limitWorkingDays: 4, step: { stage, reentry }, startsOn: [], stopsOn: [] },
  ...{ startsFromOutside: false, pausedBySupplement: true, source: 'T-11' },
});
const rules: typeof inpatientReimbursement = {
  ...inpatientReimbursement,
  clocks: [
    ...inpatientReimbursement.clocks,
    step('N-1', 'initialReview', 'resume'),
    step('N-2', 'secondReview', 'restart'),
    step('N-3', 'approval', 'share'),
  ],
  pauses: (['inquiry', 'specialProcedure'] as const).map((kind) => ({
    ...{ kind, stages: [...stages], openedBy: ['initialReviewer'], closedBy: ['initialReviewer'] },
    ...{ maximumWorkingDays: kind === 'inquiry' ? 15 : 40, source: '行政许可法 第四十五条' },
  })),
  extension: {
    ...{ clocks: ['K-02', 'K-04'], maximumWorkingDays: 10, stages: ['initialReview'] },
    ...{ requestedBy: ['initialReviewer'], decidedBy: ['supervisor'], source: '行政许可法 第四十二条' },
  },
};

// The same days under another name, and a calendar with a week of local closure: what a change of the calendar may bring.
const national = calendarFor();
const calendars: WorkCalendar[] = [
  national,
  { ...national, version: 'other hours', officeHours: [{ open: '08:30', close: '17:00' }] },
  { ...calendarFor('450200'), version: 'region' },
];
const byVersion = (version: string) => calendars.find((calendar) => calendar.version === version)!;

type Simple = 'ask' | 'supplement' | 'closePause' | 'runOut' | 'pay' | 'deliver' | 'withdraw';
type Command = { minutes: number } & (
  | { do: 'move'; to: number }
  | { do: Simple }
  | { do: 'open'; kind: 'inquiry' | 'specialProcedure' }
  | { do: 'extend'; workingDays: number }
  | { do: 'calendar'; which: number }
);
const minutes = fc.integer({ min: 1, max: 12 * 24 * 60 });
const simple = (...names: Simple[]) => fc.record({ minutes, do: fc.constantFrom(...names) });
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ minutes, do: fc.constant('move' as const), to: fc.nat(2) }) },
  { weight: 6, arbitrary: simple('ask', 'supplement', 'closePause', 'runOut') },
  {
    weight: 4,
    arbitrary: fc.record({
      ...{ minutes, do: fc.constant('open' as const) },
      kind: fc.constantFrom('inquiry' as const, 'specialProcedure' as const),
    }),
  },
  { weight: 1, arbitrary: simple('pay', 'deliver', 'withdraw') },
  {
    weight: 1,
    arbitrary: fc.record({ minutes, do: fc.constant('extend' as const), workingDays: fc.integer({ min: 1, max: 10 }) }),
  },
  { weight: 2, arbitrary: fc.record({ minutes, do: fc.constant('calendar' as const), which: fc.nat(2) }) },
);

interface Shown {
  at: number;
  ledgers: ClockLedger[];
}

/** Walks a case as its rows would keep it: every event as JSON, and what was shown after each act. */
function walk(start: number, commands: readonly Command[]): { events: RecordedClockEvent[]; shown: Shown[] } {
  let [calendar, ledgers, at, stage] = [national, [] as ClockLedger[], start, 'acceptance' as Happened['to']];
  const events: RecordedClockEvent[] = [];
  const shown: Shown[] = [];
  const keep = (ledger: ClockLedger, facts: object) => {
    const { clock, run, calendarVersion } = ledger;
    const event = { ...facts, clock, run, at: new Date(at).toISOString(), calendarVersion: calendar.version };
    events.push(JSON.parse(JSON.stringify(event)) as RecordedClockEvent);
    const isSame = (l: ClockLedger) => l.clock === clock && l.run === run;
    ledgers = ledgers.some(isSame) ? ledgers.map((l) => (isSame(l) ? ledger : l)) : [...ledgers, ledger];
    return calendarVersion;
  };
  const turn = (happened: Omit<Happened, 'at'>) => {
    for (const { ledger, facts } of turnClocks(rules, ledgers, { ...happened, at }, calendar)) keep(ledger, facts);
    stage = happened.to ?? stage;
    shown.push({ at, ledgers: structuredClone(ledgers) });
  };
  const plain = (act: Happened['act'], ...occurred: CaseEvent[]) =>
    turn({ act, events: occurred, from: stage!, to: stage! });

  turn({ act: 'receiveFiling', events: ['received'], to: 'acceptance' });
  at += 60_000;
  turn({ act: 'accept', events: ['accepted'], from: 'acceptance', to: 'initialReview' });
  for (const next of commands) {
    at += next.minutes * 60_000;
    switch (next.do) {
      case 'move':
        turn({ act: 'propose', events: [], from: stage!, to: stages[next.to]! });
        break;
      case 'ask':
        plain('askSupplement');
        break;
      case 'open':
        turn({ act: 'openPause', events: [], from: stage!, to: stage!, pause: next.kind });
        break;
      case 'runOut': {
        const end = pauseEndsAt(ledgers, calendar);
        if (end === null) break;
        at = Math.max(at, Date.parse(end));
        plain('endPause');
        break;
      }
      case 'extend':
        turn({
          ...{ act: 'grantExtension', events: [], from: stage!, to: stage! },
          extensionWorkingDays: next.workingDays,
        });
        break;
      case 'calendar': {
        calendar = calendars[next.which]!;
        const reprojected = { event: 'reprojected', reason: '日历变更' } as const;
        for (const ledger of ledgers.filter(({ state }) => state !== 'stopped')) {
          const happened = { ...reprojected, clock: ledger.clock, run: ledger.run, at: new Date(at).toISOString() };
          keep(applyEvent(ledger, happened, calendar), reprojected);
        }
        shown.push({ at, ledgers: structuredClone(ledgers) });
        break;
      }
      case 'pay':
        plain('settlePayout', 'paid');
        break;
      case 'deliver':
        plain('deliver', 'delivered');
        break;
      case 'withdraw':
        turn({ act: 'withdraw', events: ['withdrawn'], from: stage!, to: 'closed' });
        return { events, shown };
      default:
        plain(next.do);
    }
  }
  return { events, shown };
}

const start = fc
  .integer({ min: Date.parse('2025-01-06T00:00:00Z') / 60_000, max: Date.parse('2026-06-30T00:00:00Z') / 60_000 })
  .map((minute) => minute * 60_000);
const history = fc.tuple(start, fc.array(command, { maxLength: 25 }));

it('gives back what was shown at every past instant, for any history', () => {
  fc.assert(
    fc.property(history, ([from, commands]) => {
      const { events, shown } = walk(from, commands);
      expect(ledgerAt(events, from - 1, byVersion)).toEqual([]);
      for (const [i, { at, ledgers }] of shown.entries()) {
        expect(ledgerAt(events, at, byVersion)).toEqual(ledgers);
        const until = shown[i + 1]?.at;
        // It stays so until the next act, and for ever after the last one.
        expect(ledgerAt(events, until === undefined ? at * 2 : until - 1, byVersion)).toEqual(ledgers);
      }
    }),
    { numRuns: 300 },
  );
});

it('reads of a clock what a count by hand over its dates gives', () => {
  const dayOf = (at: number) => new Date(at + 8 * 3_600_000).toISOString().slice(0, 10);
  const after = (date: string) => new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
  const daysAfter = (from: string, until: string) => {
    const days: string[] = [];
    for (let day = after(from); day <= until; day = after(day)) if (isWorkday(day)) days.push(day);
    return days;
  };
  // The second source has no region; the calendars of the other hours share its days while the notices are published.
  const countable = (ledger: ClockLedger) => ledger.calendarVersion !== 'region' && !ledger.provisional;
  let read = 0;
  fc.assert(
    fc.property(history, fc.nat(40), ([from, commands], later) => {
      const { shown } = walk(
        from,
        commands.filter((c) => c.do !== 'calendar' || c.which !== 2),
      );
      const { at, ledgers } = shown.at(-1)!;
      const asOf = at + later * 86_400_000;
      for (const ledger of ledgers.filter(countable)) {
        const reading = readClock(ledger, byVersion(ledger.calendarVersion), asOf);
        const today = dayOf(ledger.stoppedAt ? Math.min(asOf, Date.parse(ledger.stoppedAt)) : asOf);
        const ends = ledger.pauses.map(({ to, from: asked, maximumWorkingDays }) => {
          if (to !== null) return to;
          return daysAfter(asked, '2027-12-31')[maximumWorkingDays - 1]!;
        });
        const isPaused = (day: string) => ledger.pauses.some((pause, i) => day > pause.from && day <= ends[i]!);
        const gross = daysAfter(ledger.dayZero, today);
        const net = gross.filter((day) => !isPaused(day));
        if (today > '2026-12-31' || ledger.dueDate > '2026-12-31') continue;
        read += 1;
        expect([reading.grossWorkingDays, reading.netWorkingDays]).toEqual([gross.length, net.length]);
        const counted = daysAfter(ledger.dayZero, ledger.dueDate).filter((day) => !isPaused(day));
        if (ledger.limitWorkingDays > 0) {
          expect(reading.countedDays).toEqual(counted);
          expect(counted).toHaveLength(ledger.limitWorkingDays);
        }
        // A pause opened on the last day in time carries the due date to its own last working day.
        let dueDate = reading.countedDays.at(-1)!;
        for (const [i, { from, isOfLastDay }] of ledger.pauses.entries()) {
          if (!isOfLastDay || from > dueDate) continue;
          dueDate = daysAfter(dueDate, ends[i]!).at(-1) ?? dueDate;
        }
        expect(dueDate).toBe(ledger.dueDate);
        const left = daysAfter(today, ledger.dueDate).filter((day) => !isPaused(day)).length;
        const over = ledger.state === 'paused' ? 0 : net.filter((day) => day > ledger.dueDate).length;
        expect(reading.overdueWorkingDays).toBe(over);
        expect(reading.remainingWorkingDays).toBe(left > 0 ? left : 0 - over);
        for (const pause of reading.pauses) for (const day of pause.days) expect(isPaused(day)).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
  expect(read).toBeGreaterThan(200);
});

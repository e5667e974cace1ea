import { isWorkday } from 'chinese-days';
import { calendarFor, type WorkCalendar } from '../calendar/work-calendar';
import { inpatientReimbursement as matter } from '../matters/inpatient-reimbursement';
import { leadingClock, nextRungAt, pauseEndsAt, supplementPauses, turnClocks, type ClockChange } from './clocks';
import type { ClockLedger } from './ledger';
import { rungs, type ActCode, type CaseEvent, type Rung } from './words';

const national = calendarFor();

/** An act with what it brings about, and when: a Shanghai time without an offset. */
type Step = [act: ActCode, at: string, ...events: CaseEvent[]];
type ClockEvent = ClockChange & { at: number };

const epoch = (shanghai: string) => Date.parse(`${shanghai}+08:00`);

/** Walks a case through its acts and keeps the ledgers and every clock event, as the rows would. */
function turn(
  steps: Step[],
  { rules = matter, calendar = national }: { rules?: typeof matter; calendar?: WorkCalendar } = {},
) {
  let ledgers: ClockLedger[] = [];
  const events: ClockEvent[] = [];
  for (const [act, at, ...happened] of steps) {
    const changes = turnClocks(rules, ledgers, { act, events: happened, at: epoch(at) }, calendar);
    events.push(...changes.map((change) => ({ ...change, at: epoch(at) })));
    const changed = (l: ClockLedger) =>
      changes.find((c) => c.ledger.clock === l.clock && c.ledger.run === l.run)?.ledger;
    const added = changes.filter((c) => c.event === 'started').map((c) => c.ledger);
    ledgers = [...ledgers.map((l) => changed(l) ?? l), ...added];
  }
  const clock = (code: string) => ledgers.find((l) => l.clock === code);
  return { ledgers, events, clock };
}

const received: Step = ['receiveFiling', '2025-06-03T09:00', 'received'];
const accepted: Step = ['accept', '2025-06-03T10:00', 'accepted'];
const asked: Step = ['askSupplement', '2025-06-10T11:00'];
const running: Step[] = [received, accepted];
const paused: Step[] = [received, accepted, asked];

describe('收件 and 受理', () => {
  const starts: [string, string, string, string][] = [
    ['the worked example: Friday before a 调休 Sunday', '2025-04-25T10:00', '2025-04-25', '2025-04-27'],
    ['Friday 15:59', '2025-06-06T15:59', '2025-06-06', '2025-06-09'],
    ['Friday at the stroke of closing', '2025-06-06T16:00:00.000', '2025-06-06', '2025-06-09'],
    ['Friday 16:01', '2025-06-06T16:01', '2025-06-09', '2025-06-10'],
    ['the worked example: online on a Saturday', '2025-06-07T12:00', '2025-06-09', '2025-06-10'],
    ['a public holiday', '2025-05-01T10:00', '2025-05-06', '2025-05-07'],
    ['a 调休 Sunday', '2025-04-27T10:00', '2025-04-27', '2025-04-28'],
    ['the lunch break', '2025-06-05T12:30', '2025-06-05', '2025-06-06'],
    ['before opening', '2025-06-05T00:00', '2025-06-05', '2025-06-06'],
  ];
  it.each(starts)('K-01 from %s', (_, at, dayZero, dueDate) => {
    const { clock } = turn([['receiveFiling', at, 'received']]);
    expect(clock('K-01')).toMatchObject({
      run: 1,
      state: 'running',
      dayZero,
      dueDate,
      dueAt: `${dueDate}T16:00:00+08:00`,
      startedAt: new Date(epoch(at)).toISOString(),
      provisional: false,
      calendarVersion: national.version,
    });
    expect(clock('K-04')).toMatchObject({ dayZero });
  });

  it.each([
    ['2025-06-03T10:00', '2025-06-03', '2025-06-27'],
    ['2025-06-06T20:00', '2025-06-06', '2025-07-02'],
    ['2025-06-07T10:00', '2025-06-07', '2025-07-02'],
  ])('K-02 from an acceptance at %s: an act of staff takes its own date (T-03)', (at, dayZero, dueDate) => {
    expect(turn([received, ['accept', at, 'accepted']]).clock('K-02')).toMatchObject({ dayZero, dueDate });
  });

  it('stops K-01 and starts K-02 on acceptance, and leaves K-04 alone', () => {
    const { events } = turn(running);
    expect(events.map((e) => `${e.ledger.clock} ${e.event}`)).toEqual([
      'K-01 started',
      'K-04 started',
      'K-01 stopped',
      'K-02 started',
    ]);
    expect(events[2]!.ledger).toMatchObject({ stoppedAt: '2025-06-03T02:00:00.000Z', dueDate: '2025-06-04' });
  });

  it('does not start a clock that runs, and counts the runs of one that has ended', () => {
    const { events, clock } = turn([received, ['receiveFiling', '2025-06-05T09:00', 'received'], ...running.slice(1)]);
    expect(events.map((e) => `${e.ledger.clock} ${e.event}`)).toHaveLength(4);
    expect(clock('K-01')).toMatchObject({ run: 1, dayZero: '2025-06-03' });
    const again = turn([...running, ['receiveFiling', '2025-06-05T09:00', 'received']]).ledgers;
    expect(again.map((l) => `${l.clock}/${l.run} ${l.state}`)).toEqual([
      'K-01/1 stopped',
      'K-04/1 running',
      'K-02/1 running',
      'K-01/2 running',
    ]);
  });

  it('stops everything on 不予受理 and never starts K-02', () => {
    const { ledgers } = turn([received, ['refuseAcceptance', '2025-06-04T09:00', 'acceptanceRefused']]);
    expect(ledgers.map((l) => `${l.clock} ${l.state}`)).toEqual(['K-01 stopped', 'K-04 stopped']);
  });

  it('counts 壮族三月三 in its region only, and marks the unloaded notice', () => {
    const step: Step = ['receiveFiling', '2025-03-28T10:00', 'received'];
    expect(turn([step]).clock('K-01')).toMatchObject({ dueDate: '2025-03-31', provisional: false });
    expect(turn([step], { calendar: calendarFor('450200') }).clock('K-01')).toMatchObject({
      dueDate: '2025-04-02',
      provisional: true,
    });
  });

  it('marks a limit that reaches into a year without a notice (T-12)', () => {
    const { clock } = turn([
      ['receiveFiling', '2026-12-21T09:00', 'received'],
      ['accept', '2026-12-21T10:00', 'accepted'],
    ]);
    expect(clock('K-01')).toMatchObject({ dueDate: '2026-12-22', provisional: false });
    expect(clock('K-02')).toMatchObject({ dueDate: '2027-01-15', provisional: true });
  });
});

describe('a pause for 补正', () => {
  const arrivals: [string, Step, string, string, string][] = [
    // Without a pause K-02 is due on 06-27 and K-04 on 07-01; 30 WD after the notice of 06-10 is 07-22.
    ['the worked example', ['supplement', '2025-06-16T09:30'], '2025-06-16', '2025-07-03', '2025-07-07'],
    ['at the stroke of closing', ['supplement', '2025-06-16T16:00'], '2025-06-16', '2025-07-03', '2025-07-07'],
    ['a moment after closing', ['supplement', '2025-06-16T16:00:00.001'], '2025-06-17', '2025-07-04', '2025-07-08'],
    ['on a Saturday', ['supplement', '2025-06-14T10:00'], '2025-06-16', '2025-07-03', '2025-07-07'],
    ['on the day of the notice', ['supplement', '2025-06-10T15:00'], '2025-06-10', '2025-06-27', '2025-07-01'],
    ['that evening', ['supplement', '2025-06-10T19:00'], '2025-06-11', '2025-06-30', '2025-07-02'],
    ['on the last day of the maximum', ['supplement', '2025-07-22T15:59'], '2025-07-22', '2025-08-08', '2025-08-12'],
    ['after closing on that day', ['supplement', '2025-07-22T16:30'], '2025-07-22', '2025-08-08', '2025-08-12'],
    ['after the maximum', ['supplement', '2025-07-25T10:00'], '2025-07-22', '2025-08-08', '2025-08-12'],
    ['nothing comes', ['endPause', '2025-07-22T16:00:01'], '2025-07-22', '2025-08-08', '2025-08-12'],
    ['nothing comes, noticed late', ['endPause', '2025-08-04T09:00'], '2025-07-22', '2025-08-08', '2025-08-12'],
  ];
  it.each(arrivals)('%s', (_, arrival, to, review, overall) => {
    const { clock, events } = turn([...paused, arrival]);
    const expected = { state: 'running', pauses: [{ from: '2025-06-10', to }] };
    expect(clock('K-02')).toMatchObject({ ...expected, dueDate: review });
    expect(clock('K-04')).toMatchObject({ ...expected, dueDate: overall });
    expect(events.slice(-2).map((e) => `${e.ledger.clock} ${e.event}`)).toEqual(['K-02 resumed', 'K-04 resumed']);
  });

  it.each([
    // accepted 09-15, due 10-15 without a pause
    ['by exactly its working days across 国庆', '2025-09-29T10:00', '2025-10-09T10:00', '2025-10-17'],
    ['with the 调休 Sunday it holds', '2025-09-24T10:00', '2025-09-28T10:00', '2025-10-20'],
    [
      'by one when the paper comes inside 国庆 and counts as received after it',
      '2025-10-01T10:00',
      '2025-10-08T10:00',
      '2025-10-16',
    ],
  ])('moves the due date %s', (_, notice, arrival, dueDate) => {
    const { clock } = turn([
      ['receiveFiling', '2025-09-15T09:00', 'received'],
      ['accept', '2025-09-15T10:00', 'accepted'],
      ['askSupplement', notice],
      ['supplement', arrival],
    ]);
    expect(clock('K-02')).toMatchObject({ dueDate });
  });

  it('shows the latest date a clock can have while it stands still, and wakes up at the end of the maximum', () => {
    const { ledgers, clock } = turn(paused);
    expect(clock('K-02')).toMatchObject({ state: 'paused', dueDate: '2025-08-08' });
    expect(clock('K-04')).toMatchObject({ state: 'paused', dueDate: '2025-08-12' });
    expect(pauseEndsAt(ledgers, national)).toBe('2025-07-22T16:00:00+08:00');
    expect(nextRungAt(ledgers, national)).toBe('2025-07-22T08:00:00.000Z');
    expect(leadingClock(ledgers)?.clock).toBe('K-02');
  });

  it('does not touch the clocks where the matter does not pause them', () => {
    const rules = { ...matter, supplementPausesClock: false };
    const { clock, events, ledgers } = turn([...paused, ['supplement', '2025-06-16T09:30']], { rules });
    expect(clock('K-02')).toMatchObject({ state: 'running', pauses: [], dueDate: '2025-06-27' });
    expect(clock('K-04')).toMatchObject({ state: 'running', pauses: [], dueDate: '2025-07-01' });
    expect(events).toHaveLength(4);
    expect(pauseEndsAt(ledgers, national)).toBeNull();
  });

  it('says beforehand whether asking brings any clock to a stand', () => {
    expect(supplementPauses(matter, turn(running).ledgers)).toBe(true);
    expect(supplementPauses({ ...matter, supplementPausesClock: false }, turn(running).ledgers)).toBe(false);
    // The review limit may have ended at 审批 (P-02), and the case come back from finance since.
    const stopped = turn(running)
      .ledgers.filter((l) => l.clock !== 'K-04')
      .map((l) => ({ ...l, state: 'stopped' as const }));
    expect(supplementPauses(matter, stopped)).toBe(false);
    const unpausable = { ...matter, clocks: matter.clocks.map((c) => ({ ...c, pausedBySupplement: false })) };
    expect(supplementPauses(unpausable, turn(running).ledgers)).toBe(false);
  });

  it('is over once: papers that come after its maximum move no clock', () => {
    const { events } = turn([...paused, ['endPause', '2025-07-22T16:00'], ['supplement', '2025-07-25T10:00']]);
    expect(events.filter((e) => e.event === 'resumed').map((e) => e.ledger.clock)).toEqual(['K-02', 'K-04']);
    expect(events.filter((e) => e.at > epoch('2025-07-22T16:00'))).toEqual([]);
  });

  it('takes another maximum from the definition', () => {
    const { clock } = turn([...paused, ['endPause', '2025-06-20T09:00']], {
      rules: { ...matter, pauseMaximumWorkingDays: 5 },
    });
    expect(clock('K-02')).toMatchObject({ pauses: [{ from: '2025-06-10', to: '2025-06-17' }], dueDate: '2025-07-04' });
  });

  it.each([
    ['inside the pause', '2025-06-12T10:00', '2025-06-12', '2025-07-01'],
    ['on the day of the notice', '2025-06-10T12:00', '2025-06-10', '2025-06-27'],
    ['after the maximum, which nobody had recorded', '2025-08-01T10:00', '2025-07-22', '2025-08-08'],
  ])('ends with a withdrawal %s', (_, at, to, dueDate) => {
    const { ledgers, clock, events } = turn([...paused, ['withdraw', at, 'withdrawn']]);
    expect(clock('K-02')).toMatchObject({ state: 'stopped', pauses: [{ from: '2025-06-10', to }], dueDate });
    expect(ledgers.every((l) => l.state === 'stopped' && l.stoppedAt !== null)).toBe(true);
    expect(ledgers.map((l) => l.clock)).toEqual(['K-01', 'K-04', 'K-02']);
    expect(events.slice(-2).map((e) => e.event)).toEqual(['stopped', 'stopped']);
    expect(nextRungAt(ledgers, national)).toBeNull();
    expect(leadingClock(ledgers)).toBeNull();
  });
});

describe('decision, payment, delivery', () => {
  const proposals: Step[] = [
    ['propose', '2025-06-05T10:00'],
    ['sendBack', '2025-06-06T10:00'],
    ['propose', '2025-06-09T10:00'],
    ['propose', '2025-06-10T10:00'],
  ];
  const approved: Step = ['approve', '2025-06-18T10:00', 'decided'];

  it('runs on while the case changes hands, is sent back and is approved with money to pay (T-11, C-02)', () => {
    const { events } = turn([...running, ...proposals, approved, ['preparePayout', '2025-06-18T11:00']]);
    expect(events).toHaveLength(4);
  });

  it.each([
    ['on a Friday', '2025-06-20T10:00', '2025-06-23'],
    ['on a Friday evening', '2025-06-20T16:30', '2025-06-23'],
    ['on a Saturday', '2025-06-21T10:00', '2025-06-23'],
    ['before 国庆', '2025-09-30T15:00', '2025-10-09'],
  ])('stops K-02 and starts K-03 the instant the money is paid %s', (_, at, dueDate) => {
    const { clock, ledgers } = turn([...running, approved, ['settlePayout', at, 'paid']]);
    const instant = new Date(epoch(at)).toISOString();
    expect(clock('K-02')).toMatchObject({ state: 'stopped', stoppedAt: instant, dueDate: '2025-06-27' });
    expect(clock('K-03')).toMatchObject({ state: 'running', startedAt: instant, dayZero: at.slice(0, 10), dueDate });
    expect(clock('K-04')).toMatchObject({ state: 'running' });
    expect(ledgers.filter((l) => l.state !== 'stopped')).toHaveLength(2);
  });

  it.each<[string, Step]>([
    ['0.00 to pay', ['approve', '2025-06-18T10:00', 'decided', 'decidedNothingToPay']],
    ['不予通过', ['reject', '2025-06-18T10:00', 'decided', 'decidedNothingToPay']],
  ])('stops K-02 and starts K-03 at the decision: %s', (_, decision) => {
    const { clock } = turn([...running, decision]);
    expect(clock('K-02')).toMatchObject({ state: 'stopped', stoppedAt: '2025-06-18T02:00:00.000Z' });
    expect(clock('K-03')).toMatchObject({ state: 'running', dayZero: '2025-06-18', dueDate: '2025-06-19' });
  });

  it('stops nothing when the bank refuses, and nothing starts again after 退票', () => {
    const delivered: Step = ['deliver', '2025-06-23T10:00', 'delivered'];
    const { events, ledgers } = turn([
      ...running,
      approved,
      ['settlePayout', '2025-06-19T10:00'],
      ['settlePayout', '2025-06-20T10:00', 'paid'],
      delivered,
      ['archive', '2025-06-23T10:01'],
      ['returnPayout', '2025-06-25T10:00'],
      ['preparePayout', '2025-06-26T10:00'],
      ['settlePayout', '2025-06-27T10:00'],
    ]);
    expect(events.map((e) => `${e.ledger.clock} ${e.event}`)).toEqual([
      'K-01 started',
      'K-04 started',
      'K-01 stopped',
      'K-02 started',
      'K-02 stopped',
      'K-03 started',
      'K-03 stopped',
      'K-04 stopped',
    ]);
    expect(ledgers.every((l) => l.run === 1 && l.state === 'stopped')).toBe(true);
  });

  it('gives each 退票 a clock of its own, from the day the money came back until it is paid anew', () => {
    const paid: Step[] = [...running, approved, ['settlePayout', '2025-06-20T10:00', 'paid']];
    const closed: Step[] = [...paid, ['deliver', '2025-06-23T10:00', 'delivered'], ['archive', '2025-06-23T10:01']];
    const { ledgers } = turn([
      ...closed,
      // Saturday: the day is that of the bank's word, and the first counted day is Monday.
      ['returnPayout', '2025-06-28T10:00', 'paymentReturned'],
      ['preparePayout', '2025-06-30T10:00'],
      // The bank refuses the next account as well: the person still waits.
      ['settlePayout', '2025-07-01T10:00'],
      ['settlePayout', '2025-07-04T10:00', 'repaid'],
      ['returnPayout', '2025-07-10T10:00', 'paymentReturned'],
    ]);
    const own = ledgers.filter(({ clock }) => clock === 'K-86');
    expect(own.map(({ run, state, dayZero, dueDate }) => [run, state, dayZero, dueDate])).toEqual([
      [1, 'stopped', '2025-06-28', '2025-07-11'],
      [2, 'running', '2025-07-10', '2025-07-24'],
    ]);
    expect(ledgers.filter(({ clock, state }) => clock !== 'K-86' && state !== 'stopped')).toEqual([]);
    expect(leadingClock(ledgers)?.clock).toBe('K-86');
    const firstRung = Date.parse('2025-07-17T08:00:00.000Z');
    expect(Date.parse(nextRungAt(ledgers, national)!)).toBe(firstRung);
  });

  it('looks next at the earliest running clock that is not in breach yet', () => {
    const { ledgers } = turn(running);
    const warned = ledgers.map((l) => ({ ...l, recorded: ['half', 'eighty'] as Rung[] }));
    expect(nextRungAt(ledgers, national)).toBe('2025-06-16T08:00:00.000Z');
    expect(nextRungAt(warned, national)).toBe('2025-06-27T08:00:00.000Z');
    // K-02 in breach: its next working days come before the end of K-04.
    const breached = warned.map((l) => (l.clock === 'K-02' ? { ...l, recorded: [...l.recorded, 'due' as Rung] } : l));
    expect(nextRungAt(breached, national)).toBe('2025-06-30T08:00:00.000Z');
    const silent = breached.map((l) => (l.clock === 'K-02' ? { ...l, recorded: [...rungs] } : l));
    expect(nextRungAt(silent, national)).toBe('2025-07-01T08:00:00.000Z');
    expect(leadingClock(breached)?.clock).toBe('K-02');
    expect(nextRungAt([], national)).toBeNull();
  });
});

describe('the ledger (bar 5)', () => {
  // A counter of its own: days as text, the second source of the calendar, the events alone as its record.
  const next = (date: string) => new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
  const dayOf = (at: number) => new Date(at + 8 * 3_600_000).toISOString().slice(0, 10);
  const fromOutside = (at: number) => {
    const open = (date: string) => isWorkday(date);
    const shanghai = new Date(at + 8 * 3_600_000).toISOString();
    let date = dayOf(at);
    if (open(date) && shanghai.slice(11, 23) <= '16:00:00.000') return date;
    do date = next(date);
    while (!open(date));
    return date;
  };
  const after = (from: string, workingDays: number) => {
    let date = from;
    for (let left = workingDays; left > 0;) if (isWorkday((date = next(date)))) left -= 1;
    return date;
  };

  /** What a clock showed at an instant, from its budget and its events up to then. */
  function shownAt(
    clock: string,
    limit: number,
    outside: boolean,
    record: ClockEvent[],
    acts: Step[],
    instant: number,
  ) {
    const past = record.filter((e) => e.ledger.clock === clock && e.at <= instant);
    const start = past.find((e) => e.event === 'started');
    if (!start) return null;
    const ask = past.find((e) => e.event === 'paused');
    const end = past.find((e) => e.event === 'resumed' || (ask && e.event === 'stopped'));
    const dayZero = outside ? fromOutside(start.at) : dayOf(start.at);
    const from = ask ? dayOf(ask.at) : null;
    let to = from && after(from, 30);
    if (to && end) {
      const act = acts.find(([, at]) => epoch(at) === end.at)![0];
      const ended = act === 'supplement' ? fromOutside(end.at) : act === 'withdraw' ? dayOf(end.at) : to;
      if (ended < to) to = ended;
    }
    let date = dayZero;
    for (let left = limit; left > 0;) {
      date = next(date);
      if (isWorkday(date) && !(from && from < date && date <= to!)) left -= 1;
    }
    const states: Record<string, string> = { started: 'running', resumed: 'running' };
    const { event } = past.at(-1)!;
    const state = states[event] ?? event;
    return { dueDate: date, state };
  }

  const approve: Step = ['approve', '2025-08-12T10:00', 'decided'];
  it.each<[string, Step[]]>([
    [
      'paid and delivered',
      [...running, ['settlePayout', '2025-06-20T10:00', 'paid'], ['deliver', '2025-06-23T09:00', 'delivered']],
    ],
    [
      'supplemented',
      [...paused, ['supplement', '2025-06-16T16:30'], approve, ['settlePayout', '2025-08-13T10:00', 'paid']],
    ],
    [
      'the pause ran out',
      [
        ...paused,
        ['endPause', '2025-07-22T16:00:01'],
        ['reject', '2025-08-01T10:00', 'decided', 'decidedNothingToPay'],
      ],
    ],
    ['withdrawn in the pause', [...paused, ['withdraw', '2025-06-20T10:00', 'withdrawn']]],
    [
      'filed at night',
      [
        ['receiveFiling', '2025-06-06T22:00', 'received'],
        ['accept', '2025-06-09T09:00', 'accepted'],
        asked,
        ['supplement', '2025-06-14T09:00'],
      ],
    ],
    ['refused', [received, ['refuseAcceptance', '2025-06-04T17:00', 'acceptanceRefused']]],
  ])('gives back what was shown at every past instant: %s', (_, steps) => {
    const { events } = turn(steps);
    const instants = steps.flatMap(([, at]) => [epoch(at) - 1, epoch(at), epoch(at) + 3_600_000]);
    for (const instant of instants) {
      const { ledgers: then } = turn(steps.filter(([, at]) => epoch(at) <= instant));
      for (const { clock, limitWorkingDays, startsFromOutside } of matter.clocks) {
        const shown = then.find((l) => l.clock === clock) ?? null;
        const recomputed = shownAt(clock, limitWorkingDays, startsFromOutside, events, steps, instant);
        expect([clock, instant, recomputed]).toEqual([
          clock,
          instant,
          shown && { dueDate: shown.dueDate, state: shown.state },
        ]);
      }
    }
  });

  it('is not changed in place: the event keeps what was shown', () => {
    const { events } = turn([...paused, ['supplement', '2025-06-16T09:30']]);
    const review = events.filter((e) => e.ledger.clock === 'K-02').map((e) => `${e.event} ${e.ledger.dueDate}`);
    expect(review).toEqual(['started 2025-06-27', 'paused 2025-08-08', 'resumed 2025-07-03']);
  });
});

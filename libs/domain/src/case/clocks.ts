import { addWorkingDays, closeOfOffice, deemReceived } from '../calendar/counting';
import { parseDate, shanghaiDate } from '../calendar/dates';
import type { WorkCalendar } from '../calendar/work-calendar';
import type { ClockDefinition, MatterDefinition } from './definition';
import type { ActCode, ClockTrigger } from './words';

/** A pause as dates: the notice day still counts, the days after it up to and including the arrival day do not. */
export interface LedgerPause {
  from: string;
  to: string | null;
}

/**
 * One run of one clock: budget, beginning and pauses are the record, the due instant is derived from them and a calendar
 * (architecture § 4). Dates are 'YYYY-MM-DD' in Shanghai, instants ISO.
 */
export interface ClockLedger {
  clock: string;
  run: number;
  limitWorkingDays: number;
  startedAt: string;
  dayZero: string;
  state: 'running' | 'paused' | 'stopped';
  pauses: LedgerPause[];
  stoppedAt: string | null;
  dueDate: string;
  dueAt: string;
  provisional: boolean;
  calendarVersion: string;
}

export type ClockEventKind = 'started' | 'paused' | 'resumed' | 'stopped' | 'reprojected';

export interface ClockChange {
  event: ClockEventKind;
  ledger: ClockLedger;
}

type ClockRules = Pick<MatterDefinition, 'clocks' | 'supplementPausesClock' | 'pauseMaximumWorkingDays'>;

/**
 * What an act does to the clocks of a case. `at` is epoch ms of the act; a limit that starts from outside is counted from
 * the day it is deemed received (T-05), one that starts by an act of staff from its calendar date (T-03).
 * Returns only the ledgers that changed, each with the event to record.
 */
export function turnClocks(
  rules: ClockRules,
  ledgers: readonly ClockLedger[],
  happened: { act: ActCode; events: readonly ClockTrigger[]; at: number },
  calendar: WorkCalendar,
): ClockChange[] {
  const changes: ClockChange[] = [];
  for (const clock of rules.clocks) {
    const last = ledgers.filter((l) => l.clock === clock.clock).at(-1) ?? null;
    const live = last && last.state !== 'stopped' ? last : null;
    if (live && clock.stopsOn.some((e) => happened.events.includes(e))) {
      changes.push({ event: 'stopped', ledger: stop(live, happened.at, calendar, rules.pauseMaximumWorkingDays) });
    } else if (clock.startsOn.some((e) => happened.events.includes(e)) && !live) {
      changes.push({ event: 'started', ledger: start(clock, (last?.run ?? 0) + 1, happened.at, calendar, rules) });
    } else if (live && clock.pausedBySupplement && rules.supplementPausesClock) {
      if (happened.act === 'askSupplement' && live.state === 'running') {
        const pauses = [...live.pauses, { from: shanghaiDate(happened.at), to: null }];
        changes.push({ event: 'paused', ledger: due({ ...live, state: 'paused', pauses }, calendar, rules) });
      } else if ((happened.act === 'supplement' || happened.act === 'endPause') && live.state === 'paused') {
        const open = live.pauses.at(-1)!;
        const latest = lastDayOfPause(calendar, open.from, rules.pauseMaximumWorkingDays);
        const arrived = happened.act === 'supplement' ? deemReceived(calendar, happened.at) : latest;
        const to = arrived < latest ? arrived : latest;
        const pauses = [...live.pauses.slice(0, -1), { from: open.from, to }];
        changes.push({ event: 'resumed', ledger: due({ ...live, state: 'running', pauses }, calendar, rules) });
      }
    }
  }
  return changes;
}

function start(
  clock: ClockDefinition,
  run: number,
  at: number,
  calendar: WorkCalendar,
  rules: ClockRules,
): ClockLedger {
  const ledger: ClockLedger = {
    clock: clock.clock,
    run,
    limitWorkingDays: clock.limitWorkingDays,
    startedAt: new Date(at).toISOString(),
    dayZero: clock.startsFromOutside ? deemReceived(calendar, at) : shanghaiDate(at),
    state: 'running',
    pauses: [],
    stoppedAt: null,
    dueDate: '',
    dueAt: '',
    provisional: false,
    calendarVersion: calendar.version,
  };
  return due(ledger, calendar, rules);
}

function stop(ledger: ClockLedger, at: number, calendar: WorkCalendar, maximum: number): ClockLedger {
  // An open pause ends with the clock, or at its maximum if nobody had recorded that yet; a running clock keeps the due
  // date it was judged by (T-14).
  const day = shanghaiDate(at);
  const endOf = (from: string) => {
    const latest = lastDayOfPause(calendar, from, maximum);
    return day < latest ? day : latest;
  };
  const pauses = ledger.pauses.map((p) => (p.to === null ? { from: p.from, to: endOf(p.from) } : p));
  const stopped: ClockLedger = { ...ledger, state: 'stopped', pauses, stoppedAt: new Date(at).toISOString() };
  return ledger.state === 'paused' ? due(stopped, calendar, { pauseMaximumWorkingDays: maximum }) : stopped;
}

/** Derives the due date anew (T-03, T-04, § 2 of 04-clocks); a clock that stands still has the latest date it can have. */
export function due(
  ledger: ClockLedger,
  calendar: WorkCalendar,
  rules: Pick<MatterDefinition, 'pauseMaximumWorkingDays'>,
): ClockLedger {
  const spans = ledger.pauses.map((p) => ({ from: parseDate(p.from), to: p.to === null ? null : parseDate(p.to) }));
  const counted = addWorkingDays(
    calendar,
    ledger.dayZero,
    ledger.limitWorkingDays,
    spans,
    rules.pauseMaximumWorkingDays,
  );
  return {
    ...ledger,
    dueDate: counted.dueDate,
    dueAt: closeOfOffice(calendar, counted.dueDate),
    provisional: counted.provisional,
    calendarVersion: calendar.version,
  };
}

function lastDayOfPause(calendar: WorkCalendar, from: string, maximumWorkingDays: number): string {
  return addWorkingDays(calendar, from, maximumWorkingDays).dueDate;
}

/** Would asking for 补正 now bring any clock to a stand? If none, the case waits for nothing (customary). */
export function supplementPauses(rules: ClockRules, ledgers: readonly ClockLedger[]): boolean {
  const pausing = rules.clocks.filter((c) => c.pausedBySupplement).map((c) => c.clock);
  return rules.supplementPausesClock && ledgers.some((l) => l.state === 'running' && pausing.includes(l.clock));
}

/** When a pause without an arrival runs out: close of its last day. Null when no clock stands still. */
export function pauseEndsAt(
  ledgers: readonly ClockLedger[],
  calendar: WorkCalendar,
  maximumWorkingDays: number,
): string | null {
  const open = ledgers.flatMap((l) => (l.state === 'paused' ? l.pauses.filter((p) => p.to === null) : []));
  const ends = open.map((p) => closeOfOffice(calendar, lastDayOfPause(calendar, p.from, maximumWorkingDays))).sort();
  return ends[0] ?? null;
}

/** The earliest instant at which some clock of the case wants to be looked at; null when none runs. */
export function nextRungAt(
  ledgers: readonly (ClockLedger & { breached?: boolean })[],
  calendar: WorkCalendar,
  maximumWorkingDays: number,
): string | null {
  const dues = ledgers.filter((l) => l.state === 'running' && !l.breached).map((l) => l.dueAt);
  const pause = pauseEndsAt(ledgers, calendar, maximumWorkingDays);
  const instants = (pause ? [...dues, pause] : dues).map((text) => Date.parse(text));
  return instants.length === 0 ? null : new Date(Math.min(...instants)).toISOString();
}

/** The clock a task is shown under: the live one that is due first. */
export function leadingClock(ledgers: readonly ClockLedger[]): ClockLedger | null {
  const live = ledgers.filter((l) => l.state !== 'stopped');
  return live.reduce<ClockLedger | null>(
    (first, l) => (!first || Date.parse(l.dueAt) < Date.parse(first.dueAt) ? l : first),
    null,
  );
}

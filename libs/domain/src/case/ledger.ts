import { addWorkingDays, CalendarWalk, closeOfOffice, type PausedSpan } from '../calendar/counting';
import { formatDay, parseDate, shanghaiDate } from '../calendar/dates';
import type { WorkCalendar } from '../calendar/work-calendar';
import type { Party } from './definition';
import type { ClockLevel, PauseKind, Rung } from './words';

/** A pause as dates: the notice day still counts, the days after it up to and including the arrival day do not. */
export interface LedgerPause {
  kind: PauseKind;
  from: string;
  /** Null while nothing has arrived: then the pause lasts its maximum at most. */
  to: string | null;
  maximumWorkingDays: number;
  /** Opened on the due date while the limit still ran. */
  isOfLastDay?: true;
}

/**
 * One run of one clock: budget, beginning and pauses are the record, the due instant is derived from them and a calendar
 * (architecture § 4). Dates are 'YYYY-MM-DD' in Shanghai, instants ISO. It is what its events make of it (`applyEvent`).
 */
export interface ClockLedger {
  clock: string;
  run: number;
  level: ClockLevel;
  /** The whole budget, WD, an extension included; 0 ends on the day it starts (T-06). */
  limitWorkingDays: number;
  /** How much of the budget an extension gave, WD. */
  extendedWorkingDays: number;
  startedAt: string;
  dayZero: string;
  state: 'running' | 'paused' | 'stopped';
  pauses: LedgerPause[];
  stoppedAt: string | null;
  /** The rungs of its ladder; left out: all. */
  rungs?: Rung[];
  /** Whose time it is; left out: ours. */
  party?: Party;
  dueDate: string;
  dueAt: string;
  provisional: boolean;
  calendarVersion: string;
}

/** What can happen to a run of a clock, with what the event itself says; the row adds clock, run and instant. */
export type ClockEvent =
  | {
      event: 'started';
      level: ClockLevel;
      limitWorkingDays: number;
      dayZero: string;
      rungs?: Rung[] | undefined;
      party?: Party | undefined;
      /** What a limit that goes on had stood still for, and been given, before this run. */
      pauses?: LedgerPause[] | undefined;
      extendedWorkingDays?: number | undefined;
    }
  | { event: 'paused'; kind: PauseKind; from: string; maximumWorkingDays: number }
  | { event: 'resumed'; to: string }
  | { event: 'extended'; workingDays: number }
  /** The calendar was changed (T-14): the same record, counted anew; or the case moved to a version with another limit. */
  | { event: 'reprojected'; reason: string; limitWorkingDays?: number | undefined }
  /** `to`: the day on which a pause that was open ended with the clock. */
  | { event: 'stopped'; to: string | null };
export type ClockEventKind = ClockEvent['event'];

/** An event as `clock_event` keeps it, append-only. */
export type RecordedClockEvent = ClockEvent & { clock: string; run: number; at: string; calendarVersion: string };

/**
 * The ledger after one more event. Both the act that brings an event about and whoever recomputes the past come here, so
 * that what was shown and what is recomputed cannot differ but by the calendar.
 */
export function applyEvent(
  before: ClockLedger | null,
  happened: ClockEvent & { clock: string; run: number; at: string },
  calendar: WorkCalendar,
): ClockLedger {
  if (happened.event === 'started') {
    const { clock, run, level, limitWorkingDays, dayZero, rungs, party, at: startedAt } = happened;
    const { extendedWorkingDays = 0, pauses = [] } = happened;
    const ledger: ClockLedger = {
      ...{ clock, run, level, limitWorkingDays, extendedWorkingDays, startedAt, dayZero, state: 'running', pauses },
      ...{ stoppedAt: null, dueDate: '', dueAt: '', provisional: false, calendarVersion: calendar.version },
      ...(rungs ? { rungs } : {}),
      ...(party ? { party } : {}),
    };
    return due(ledger, calendar);
  }
  if (!before) throw new Error(`${happened.clock}/${happened.run}: ${happened.event} before it started`);
  switch (happened.event) {
    case 'paused': {
      const { kind, from, maximumWorkingDays } = happened;
      const isOfLastDay = from === before.dueDate && Date.parse(happened.at) <= Date.parse(before.dueAt);
      const opened: LedgerPause = { kind, from, to: null, maximumWorkingDays, ...(isOfLastDay ? { isOfLastDay } : {}) };
      const pauses = [...before.pauses, opened];
      return due({ ...before, state: 'paused', pauses }, calendar);
    }
    case 'resumed':
      return due({ ...before, state: 'running', pauses: endOpen(before.pauses, happened.to) }, calendar);
    case 'extended': {
      const limitWorkingDays = before.limitWorkingDays + happened.workingDays;
      const extendedWorkingDays = before.extendedWorkingDays + happened.workingDays;
      return due({ ...before, limitWorkingDays, extendedWorkingDays }, calendar);
    }
    case 'reprojected':
      return due({ ...before, limitWorkingDays: happened.limitWorkingDays ?? before.limitWorkingDays }, calendar);
    case 'stopped': {
      const stopped: ClockLedger = { ...before, state: 'stopped', stoppedAt: happened.at };
      // A running clock keeps the due date it was judged by (T-14).
      return happened.to === null
        ? stopped
        : due({ ...stopped, pauses: endOpen(before.pauses, happened.to) }, calendar);
    }
  }
}

const endOpen = (pauses: readonly LedgerPause[], to: string): LedgerPause[] =>
  pauses.map((pause) => (pause.to === null ? { ...pause, to } : pause));

/** Derives the due date anew (T-03, T-04, § 2 of 04-clocks); a clock that stands still has the latest date it can have. */
export function due(ledger: ClockLedger, calendar: WorkCalendar): ClockLedger {
  const { dayZero, limitWorkingDays } = ledger;
  const counted = addWorkingDays(calendar, dayZero, limitWorkingDays, pausedSpans(ledger, calendar));
  return {
    ...ledger,
    dueDate: counted.dueDate,
    dueAt: closeOfOffice(calendar, counted.dueDate),
    provisional: counted.provisional,
    calendarVersion: calendar.version,
  };
}

/** The stretches that do not count, in day numbers; an open one with its latest end. */
export function pausedSpans(
  ledger: Pick<ClockLedger, 'pauses'>,
  calendar: WorkCalendar,
): (PausedSpan & { to: number })[] {
  return ledger.pauses.map((pause) => ({
    from: parseDate(pause.from),
    to: parseDate(pause.to ?? lastDayOfPause(calendar, pause)),
    ...(pause.isOfLastDay ? { isOfLastDay: true } : {}),
  }));
}

/** The last day an open pause can have. */
export function lastDayOfPause(
  calendar: WorkCalendar,
  { from, maximumWorkingDays }: Pick<LedgerPause, 'from' | 'maximumWorkingDays'>,
): string {
  return addWorkingDays(calendar, from, maximumWorkingDays).dueDate;
}

/**
 * The ledgers of a case as they were at an instant (epoch ms), from its events alone, in the order they were recorded.
 * `calendars` gives each calendar by the version the event was counted by (T-14). A run that had not begun is not there.
 */
export function ledgerAt(
  events: readonly RecordedClockEvent[],
  instant: number,
  calendars: (version: string) => WorkCalendar,
): ClockLedger[] {
  const ledgers = new Map<string, ClockLedger>();
  for (const happened of events) {
    if (Date.parse(happened.at) > instant) continue;
    const key = `${happened.clock}/${happened.run}`;
    ledgers.set(key, applyEvent(ledgers.get(key) ?? null, happened, calendars(happened.calendarVersion)));
  }
  return [...ledgers.values()];
}

/** Why a clock is due when it is due, and how much of it is used, as of an instant. */
export interface ClockReading {
  /** The days of the limit, in order; the last is the due date, unless a pause was opened on it. A same-day limit has its one day. */
  countedDays: string[];
  /** Working days left out on the way, each under its pause. */
  pauses: (LedgerPause & { days: string[] })[];
  /** Counted days used up to and including the day of reading. */
  netWorkingDays: number;
  /** Working days since the start, those of a pause included. */
  grossWorkingDays: number;
  /** Counted days after the day of reading up to the due date; negative when overdue. Frozen once the clock stopped. */
  remainingWorkingDays: number;
  /** Working days after the due date; 0 while it is inside, and while it stands still. */
  overdueWorkingDays: number;
  /** The day from which it has run without a break; null while it stands still or has stopped. */
  runningSince: string | null;
}

/** @param at epoch ms; a stopped clock is read as of the instant it stopped (bar 10) */
export function readClock(ledger: ClockLedger, calendar: WorkCalendar, at: number): ClockReading {
  const asOf = ledger.stoppedAt === null ? at : Math.min(at, Date.parse(ledger.stoppedAt));
  const today = shanghaiDate(asOf);
  const spans = pausedSpans(ledger, calendar);
  const counted = addWorkingDays(calendar, ledger.dayZero, ledger.limitWorkingDays, spans);
  const isPaused = (day: number) => spans.some((span) => day > span.from && day <= span.to);
  const walk = new CalendarWalk(calendar);
  let [net, gross, overdue] = [0, 0, 0];
  const dueDay = parseDate(ledger.dueDate);
  const last = parseDate(today);
  for (let day = parseDate(ledger.dayZero) + 1; day <= last; day += 1) {
    if (!walk.isWorking(day)) continue;
    gross += 1;
    if (isPaused(day)) continue;
    net += 1;
    if (day > dueDay) overdue += 1;
  }
  let left = 0;
  for (let day = last + 1; day <= dueDay; day += 1) if (walk.isWorking(day) && !isPaused(day)) left += 1;
  const overdueWorkingDays = ledger.state === 'paused' ? 0 : overdue;
  const lastPause = ledger.pauses.at(-1);
  return {
    countedDays: ledger.limitWorkingDays === 0 ? [ledger.dueDate] : counted.countedDays,
    pauses: ledger.pauses.map((pause, i) => ({
      ...pause,
      days: workingDaysIn(walk, spans[i]!, Math.max(dueDay, last)),
    })),
    netWorkingDays: net,
    grossWorkingDays: gross,
    remainingWorkingDays: left > 0 ? left : 0 - overdueWorkingDays,
    overdueWorkingDays,
    runningSince: ledger.state === 'running' ? (lastPause?.to ?? ledger.dayZero) : null,
  };
}

function workingDaysIn(walk: CalendarWalk, span: { from: number; to: number }, until: number): string[] {
  const days: string[] = [];
  for (let day = span.from + 1; day <= Math.min(span.to, until); day += 1)
    if (walk.isWorking(day)) days.push(formatDay(day));
  return days;
}

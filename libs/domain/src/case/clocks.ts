import { closeOfOffice, deemReceived } from '../calendar/counting';
import { shanghaiDate } from '../calendar/dates';
import type { WorkCalendar } from '../calendar/work-calendar';
import type { ClockDefinition, MatterDefinition } from './definition';
import {
  applyEvent,
  lastDayOfPause,
  readClock,
  type ClockEvent,
  type ClockEventKind,
  type ClockLedger,
  type LedgerPause,
} from './ledger';
import { pendingRungs, type KeptClock } from './ladder';
import type { ActCode, ClockTrigger, PauseKind, Stage } from './words';

/** One event of one clock, with what the event says and the ledger after it. */
export interface ClockChange {
  event: ClockEventKind;
  facts: ClockEvent;
  ledger: ClockLedger;
}

type ClockRules = Pick<
  MatterDefinition,
  'clocks' | 'supplementPausesClock' | 'pauseMaximumWorkingDays' | 'pauses' | 'extension'
>;

/** What happened to a case, as far as clocks depend on it; `at` is epoch ms of the act. */
export interface Happened {
  act: ActCode;
  events: readonly ClockTrigger[];
  at: number;
  /** Where the act found the case and where it left it: internal steps start and stop there. */
  from?: Stage;
  to?: Stage;
  /** For `openPause`: what for. */
  pause?: PauseKind | undefined;
  /** For `grantExtension`: WD. */
  extensionWorkingDays?: number | undefined;
}

/**
 * What an act does to the clocks of a case. A limit that starts from outside is counted from the day it is deemed received
 * (T-05), one that starts by an act of staff from its calendar date (T-03). An internal step starts when its stage is
 * entered and stops when it is left, and moves no other clock (T-11). With the case every clock ends (bar 10).
 * Returns only the ledgers that changed, each with the event to record.
 */
export function turnClocks(
  rules: ClockRules,
  ledgers: readonly ClockLedger[],
  happened: Happened,
  calendar: WorkCalendar,
): ClockChange[] {
  const at = new Date(happened.at).toISOString();
  const pause = openedPause(rules, happened);
  const changes: ClockChange[] = [];
  for (const clock of rules.clocks) {
    const last = ledgers.filter((l) => l.clock === clock.clock).at(-1) ?? null;
    const live = last && last.state !== 'stopped' ? last : null;
    const record = (facts: ClockEvent) => {
      const run = facts.event === 'started' ? (last?.run ?? 0) + 1 : last!.run;
      const before = facts.event === 'started' ? null : last;
      const ledger = applyEvent(before, { ...facts, clock: clock.clock, run, at }, calendar);
      changes.push({ event: facts.event, facts, ledger });
    };
    if (live && stops(clock, happened)) {
      record({ event: 'stopped', to: endWithClock(live, happened.at, calendar) });
    } else if (!live && starts(clock, happened)) {
      record(firstEvent(clock, last, ledgers, happened.at, calendar));
    } else if (live?.state === 'running' && clock.pausedBySupplement && pause) {
      record({ event: 'paused', ...pause, from: shanghaiDate(happened.at) });
    } else if (live?.state === 'paused' && resumes(live, happened.act)) {
      record({ event: 'resumed', to: arrival(live, happened, calendar) });
    } else if (live && happened.act === 'grantExtension' && rules.extension?.clocks.includes(clock.clock)) {
      record({ event: 'extended', workingDays: happened.extensionWorkingDays ?? 0 });
    }
  }
  return changes;
}

function stops(clock: ClockDefinition, { events, from, to }: Happened): boolean {
  if (to === 'closed' && from !== 'closed') return true;
  if (clock.step) return from === clock.step.stage && to !== from;
  return clock.stopsOn.some((event) => events.includes(event));
}

function starts(clock: ClockDefinition, { act, events, from, to }: Happened): boolean {
  if (clock.step) return to === clock.step.stage && (from !== to || act === 'receiveFiling');
  return clock.startsOn.some((event) => events.includes(event));
}

/** How a run begins; what ran before goes on by its re-entry policy (bar 8). Its rungs exist anew in every run. */
function firstEvent(
  clock: ClockDefinition,
  last: ClockLedger | null,
  ledgers: readonly ClockLedger[],
  at: number,
  calendar: WorkCalendar,
): ClockEvent {
  const started = {
    event: 'started' as const,
    level: levelOf(clock),
    limitWorkingDays: clock.limitWorkingDays,
    dayZero: clock.startsFromOutside ? deemReceived(calendar, at) : shanghaiDate(at),
    ...(clock.rungs ? { rungs: clock.rungs } : {}),
    ...(clock.party ? { party: clock.party } : {}),
  };
  if (!last) return started;
  switch (reentryOf(clock)) {
    case 'restart':
      return started;
    case 'resume': {
      const used = readClock(last, calendar, Date.parse(last.stoppedAt!)).netWorkingDays;
      return { ...started, limitWorkingDays: Math.max(0, last.limitWorkingDays - used) };
    }
    case 'share': {
      const { dayZero, extendedWorkingDays } = last;
      const limitWorkingDays = clock.limitWorkingDays + extendedWorkingDays;
      const pauses = clock.pausedBySupplement ? pausesSince(dayZero, ledgers) : [];
      return {
        ...{ ...started, dayZero, limitWorkingDays },
        ...(extendedWorkingDays > 0 ? { extendedWorkingDays } : {}),
        ...(pauses.length > 0 ? { pauses } : {}),
      };
    }
  }
}

export function reentryOf({ step, reentry = 'restart' }: Pick<ClockDefinition, 'step' | 'reentry'>) {
  return step?.reentry ?? reentry;
}

/** What the case stood still for after a day, also where this clock was not running then: it is the applicant's time there too. */
function pausesSince(day: string, ledgers: readonly ClockLedger[]): LedgerPause[] {
  const byStretch = new Map<string, LedgerPause>();
  for (const { pauses } of ledgers)
    for (const pause of pauses)
      if (pause.to !== null && pause.to > day) byStretch.set(`${pause.from} ${pause.to} ${pause.kind}`, pause);
  return [...byStretch.values()].sort((a, b) => (a.from < b.from ? -1 : 1));
}

export function levelOf(clock: Pick<ClockDefinition, 'level' | 'step'>) {
  return clock.level ?? (clock.step ? 'internal' : 'statutory');
}

/** An open pause ends with the clock, or at its maximum if nobody had recorded that yet. */
function endWithClock(ledger: ClockLedger, at: number, calendar: WorkCalendar): string | null {
  const open = ledger.pauses.find((pause) => pause.to === null);
  return open ? earlier(shanghaiDate(at), lastDayOfPause(calendar, open)) : null;
}

function openedPause(rules: ClockRules, { act, pause }: Happened) {
  if (act === 'askSupplement' && rules.supplementPausesClock) {
    return { kind: 'supplement' as const, maximumWorkingDays: rules.pauseMaximumWorkingDays };
  }
  const further = act === 'openPause' ? rules.pauses?.find(({ kind }) => kind === pause) : undefined;
  return further ? { kind: further.kind, maximumWorkingDays: further.maximumWorkingDays } : null;
}

/** Papers end a pause for 补正 and no other; what has run out ends whatever it was for. */
function resumes(ledger: ClockLedger, act: ActCode): boolean {
  if (act === 'endPause') return true;
  const isSupplement = ledger.pauses.at(-1)!.kind === 'supplement';
  return act === (isSupplement ? 'supplement' : 'closePause');
}

function arrival(ledger: ClockLedger, { act, at }: Happened, calendar: WorkCalendar): string {
  const open = ledger.pauses.at(-1)!;
  const latest = lastDayOfPause(calendar, open);
  if (act === 'endPause') return latest;
  // Papers and answers come from outside (T-05); a procedure of the office's own ends on the day it is closed.
  return earlier(open.kind === 'specialProcedure' ? shanghaiDate(at) : deemReceived(calendar, at), latest);
}

const earlier = (a: string, b: string) => (a < b ? a : b);

/** Would asking for 补正 now bring any clock to a stand? If none, the case waits for nothing (customary). */
export function supplementPauses(rules: ClockRules, ledgers: readonly ClockLedger[]): boolean {
  return rules.supplementPausesClock && standsStill(rules, ledgers);
}

/** Does any clock run that a pause would stop? */
export function standsStill(rules: Pick<MatterDefinition, 'clocks'>, ledgers: readonly ClockLedger[]): boolean {
  const pausing = rules.clocks.filter((c) => c.pausedBySupplement).map((c) => c.clock);
  return ledgers.some((l) => l.state === 'running' && pausing.includes(l.clock));
}

/** When a pause without an arrival runs out: close of its last day. Null when no clock stands still. */
export function pauseEndsAt(ledgers: readonly ClockLedger[], calendar: WorkCalendar): string | null {
  const open = ledgers.flatMap((l) => (l.state === 'paused' ? l.pauses.filter((p) => p.to === null) : []));
  const ends = open.map((pause) => closeOfOffice(calendar, lastDayOfPause(calendar, pause))).sort();
  return ends[0] ?? null;
}

/** The earliest instant at which some clock of the case wants to be looked at: a rung, or the end of a pause. */
export function nextRungAt(clocks: readonly KeptClock[], calendar: WorkCalendar): string | null {
  const rungs = clocks.flatMap((clock) =>
    pendingRungs(clock, calendar)
      .slice(0, 1)
      .map(({ at }) => at),
  );
  const pause = pauseEndsAt(clocks, calendar);
  const instants = pause === null ? rungs : [...rungs, Date.parse(pause)];
  return instants.length === 0 ? null : new Date(Math.min(...instants)).toISOString();
}

/** The clock a task is shown under: the live one that is due first; an internal target only where no limit runs. */
export function leadingClock<Ledger extends ClockLedger>(ledgers: readonly Ledger[]): Ledger | null {
  const live = ledgers.filter((l) => l.state !== 'stopped');
  const legal = live.filter((l) => l.level !== 'internal');
  return (legal.length > 0 ? legal : live).reduce<Ledger | null>(
    (first, l) => (!first || Date.parse(l.dueAt) < Date.parse(first.dueAt) ? l : first),
    null,
  );
}

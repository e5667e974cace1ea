import { workingDaysBetween } from '../calendar/counting';
import { shanghaiDate } from '../calendar/dates';
import type { WorkCalendar } from '../calendar/work-calendar';
import type { ClockLedger } from '../case/ledger';
import type { Outcome, Stage } from '../case/words';

/** Of a ledger, what the statistics look at. Internal targets and the time of other agencies are left out before. */
export type CountedClock = Pick<
  ClockLedger,
  'clock' | 'run' | 'dayZero' | 'startedAt' | 'stoppedAt' | 'dueAt' | 'dueDate' | 'pauses'
>;

export interface FinishedCase {
  matter: string;
  outcome: Outcome | null;
  round: number;
  supplementUsed: boolean;
  clocks: readonly CountedClock[];
}

/** One matter in one month; rates in basis points, null where there is nothing to take them of. */
export interface MatterMonth {
  matter: string;
  received: number;
  /** 办结, 撤件 included. */
  finished: number;
  withdrawn: number;
  refusedAcceptance: number;
  /** 提前: before the due date; 按时: on it; 超时: a limit of ours was overrun, the total inside or not. */
  early: number;
  onTime: number;
  late: number;
  openInside: number;
  openOverdue: number;
  suspended: number;
  onTimeRateBp: number | null;
  returnRateBp: number | null;
  firstPassRateBp: number | null;
  /** WD from day zero to the end, pauses left out, of what was finished and not withdrawn. */
  medianWorkingDays: number | null;
}

export interface StageMonth {
  matter: string;
  stage: Stage;
  tasks: number;
  /** Office minutes from opening to closing, waiting for 补正 included. */
  p50OfficeMinutes: number;
  p90OfficeMinutes: number;
}

interface Tally {
  received: number;
  finished: number;
  withdrawn: number;
  refusedAcceptance: number;
  early: number;
  onTime: number;
  late: number;
  openInside: number;
  openOverdue: number;
  suspended: number;
  decided: number;
  returned: number;
  firstPass: number;
  workingDays: number[];
}

/** The key of the sum over all matters. */
export const allMatters = '';

/**
 * Counts a month as cases come along, so that a large agency need not be in memory at once. Everything is as of `asOf`: the end
 * of the month, or now while it goes on (epoch ms).
 */
export class MonthCount {
  private readonly tallies = new Map<string, Tally>();
  private readonly minutes = new Map<string, { matter: string; stage: Stage; values: number[] }>();

  constructor(
    private readonly calendar: WorkCalendar,
    private readonly asOf: number,
  ) {
    this.of(allMatters);
  }

  received(matter: string, count: number): void {
    for (const tally of this.both(matter)) tally.received += count;
  }

  finished(finished: FinishedCase): void {
    const { matter, outcome, clocks } = finished;
    const ending = outcome === 'withdrawn' ? 'withdrawn' : endingOf(clocks);
    const isDecided = outcome === 'approved' || outcome === 'rejected';
    const days = outcome === 'withdrawn' ? null : this.workingDaysOf(clocks);
    for (const tally of this.both(matter)) {
      tally.finished += 1;
      tally[ending] += 1;
      if (outcome === 'refusedAcceptance') tally.refusedAcceptance += 1;
      if (days !== null) tally.workingDays.push(days);
      if (!isDecided) continue;
      tally.decided += 1;
      if (finished.round > 0) tally.returned += 1;
      else if (!finished.supplementUsed) tally.firstPass += 1;
    }
  }

  /** A case that was open at `asOf`; paused is never overdue. */
  open({ matter, clocks }: { matter: string; clocks: readonly CountedClock[] }): void {
    const live = clocks.filter(
      ({ startedAt, stoppedAt }) =>
        Date.parse(startedAt) < this.asOf && (stoppedAt === null || Date.parse(stoppedAt) >= this.asOf),
    );
    const today = shanghaiDate(this.asOf);
    const isPaused = ({ pauses }: CountedClock) =>
      pauses.some(({ from, to }) => from <= today && (to === null || today < to));
    const state = live.some(isPaused)
      ? 'suspended'
      : live.some(({ dueAt }) => Date.parse(dueAt) < this.asOf)
        ? 'openOverdue'
        : 'openInside';
    for (const tally of this.both(matter)) tally[state] += 1;
  }

  task(matter: string, stage: Stage, officeMinutes: number): void {
    const key = `${matter} ${stage}`;
    const known = this.minutes.get(key) ?? { matter, stage, values: [] };
    known.values.push(officeMinutes);
    this.minutes.set(key, known);
  }

  /** The sum of all matters first, under `allMatters`. */
  result(): { matters: MatterMonth[]; stages: StageMonth[] } {
    const matters = [...this.tallies].map(([matter, tally]): MatterMonth => {
      const { decided, returned, firstPass, workingDays, ...counts } = tally;
      const { early, onTime, late } = counts;
      return {
        matter,
        ...counts,
        onTimeRateBp: share(early + onTime, early + onTime + late),
        returnRateBp: share(returned, decided),
        firstPassRateBp: share(firstPass, decided),
        medianWorkingDays: workingDays.length > 0 ? percentileOf(workingDays, 0.5) : null,
      };
    });
    const stages = [...this.minutes.values()].map(({ matter, stage, values }): StageMonth => ({
      ...{ matter, stage, tasks: values.length },
      p50OfficeMinutes: percentileOf(values, 0.5),
      p90OfficeMinutes: percentileOf(values, 0.9),
    }));
    const byName = (a: { matter: string }, b: { matter: string }) =>
      a.matter < b.matter ? -1 : a.matter > b.matter ? 1 : 0;
    return { matters: matters.sort(byName), stages };
  }

  private workingDaysOf(clocks: readonly CountedClock[]): number | null {
    const clock = lastDue(clocks);
    if (!clock?.stoppedAt) return null;
    const ended = shanghaiDate(Date.parse(clock.stoppedAt));
    const paused = clock.pauses.reduce((sum, { from, to }) => {
      const until = to === null || to > ended ? ended : to;
      return until > from ? sum + workingDaysBetween(this.calendar, from, until) : sum;
    }, 0);
    return Math.max(0, workingDaysBetween(this.calendar, clock.dayZero, ended) - paused);
  }

  private both(matter: string): Tally[] {
    return [this.of(allMatters), this.of(matter)];
  }

  private of(matter: string): Tally {
    let tally = this.tallies.get(matter);
    if (!tally) {
      tally = {
        ...{ received: 0, finished: 0, withdrawn: 0, refusedAcceptance: 0, early: 0, onTime: 0, late: 0 },
        ...{ openInside: 0, openOverdue: 0, suspended: 0, decided: 0, returned: 0, firstPass: 0, workingDays: [] },
      };
      this.tallies.set(matter, tally);
    }
    return tally;
  }
}

/** The clock that measures the whole: whichever would have been due last; of runs that share one limit, the last. */
function lastDue(clocks: readonly CountedClock[]): CountedClock | null {
  const isLater = (one: CountedClock, other: CountedClock) =>
    Date.parse(one.dueAt) - Date.parse(other.dueAt) || Date.parse(one.startedAt) - Date.parse(other.startedAt);
  return clocks.reduce<CountedClock | null>((last, clock) => (!last || isLater(clock, last) > 0 ? clock : last), null);
}

function endingOf(clocks: readonly CountedClock[]): 'early' | 'onTime' | 'late' {
  const overran = clocks.some(
    ({ stoppedAt, dueAt }) => stoppedAt !== null && Date.parse(stoppedAt) > Date.parse(dueAt),
  );
  if (overran) return 'late';
  const whole = lastDue(clocks);
  return whole?.stoppedAt && shanghaiDate(Date.parse(whole.stoppedAt)) < whole.dueDate ? 'early' : 'onTime';
}

const share = (part: number, whole: number) => (whole === 0 ? null : Math.round((part * 10_000) / whole));

/** The smallest value that this share (0–1) of the values do not exceed. */
export function percentileOf(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)]!;
}

import { addWorkingDays, isWorkingDay } from '../calendar/counting';
import { shanghaiDate } from '../calendar/dates';
import type { WorkCalendar } from '../calendar/work-calendar';
import type { ClockDefinition } from '../case/definition';
import type { Stage } from '../case/words';
import { officeMinutesBetween } from './office-minutes';

/** An open case as the model sees it. */
export interface QueuedCase {
  caseNo: string;
  stage: Stage;
  /** The clock shown is due then, epoch ms; null: none runs. */
  dueAt: number | null;
  isPaused: boolean;
  /** Stages it still has to leave before that clock stops, the one where it lies first. */
  ahead: readonly Stage[];
}

/** What a stage finished lately: tasks for each of the last working days, the latest last. */
export type Pace = ReadonlyMap<Stage, readonly number[]>;

export interface PredictedBreach {
  caseNo: string;
  stage: Stage;
  dueAt: number;
  /** Cases in front of it where it lies. */
  queueAhead: number;
  /** When it would leave the last of its stages, in WD from now; null: not within the horizon and some days more. */
  finishesInWorkingDays: number | null;
}

/** Everything the prediction was made of, so that it can be doubted. */
export interface StageInput {
  stage: Stage;
  queue: number;
  perWorkingDay: number;
  lookedAtWorkingDays: number;
}

export const longestHorizon = 10;
/** A pace is taken of so many working days before today. */
export const paceWorkingDays = 10;
/** Steps of a working day: an office hour each where D1's hours hold. */
const stepsADay = 6;
/** Nobody works faster than lately because he should: a pace is taken a little low, for recall is asked for more than precision. */
const caution = 0.95;
/** How far beyond the horizon cases are followed, to say by how much they miss. */
const beyondDays = 5;

/**
 * Which open cases will pass their due instant within so many working days if everyone goes on at the pace of the last days:
 * each stage works its queue off by due instant, as the inbox offers it, and hands on to the next. Cases due after the horizon
 * are behind all that matter and are left out; those that are overdue already are in front, and no prediction.
 */
export function predictBreaches(
  cases: readonly QueuedCase[],
  pace: Pace,
  calendar: WorkCalendar,
  at: number,
  horizonWorkingDays: number,
): { breaches: PredictedBreach[]; inputs: StageInput[] } {
  const today = shanghaiDate(at);
  const lastDate = addWorkingDays(calendar, today, horizonWorkingDays).dueDate;
  const horizon = Date.parse(`${lastDate}T23:59:59.999+08:00`);
  const concerned = cases.filter(
    (entry): entry is QueuedCase & { dueAt: number } =>
      !entry.isPaused && entry.dueAt !== null && entry.dueAt <= horizon && entry.ahead.length > 0,
  );
  const flow = new Flow(concerned, pace);
  const inputs = [...flow.queues.keys()].map((stage): StageInput => ({
    stage,
    queue: cases.filter((entry) => entry.stage === stage && !entry.isPaused).length,
    perWorkingDay: Math.round(flow.paceOf(stage) * 100) / 100,
    lookedAtWorkingDays: pace.get(stage)?.length ?? 0,
  }));
  const queueAhead = new Map<string, number>();
  for (const queue of flow.queues.values()) queue.forEach((entry, place) => queueAhead.set(entry.caseNo, place));
  const finished = flow.run((horizonWorkingDays + beyondDays) * stepsADay);
  const stepOf = stepCounter(calendar, at);
  const breaches = concerned.flatMap((entry): PredictedBreach[] => {
    if (entry.dueAt < at) return [];
    const step = finished.get(entry.caseNo) ?? null;
    if (step !== null && step <= stepOf(entry.dueAt)) return [];
    return [
      {
        ...{ caseNo: entry.caseNo, stage: entry.stage, dueAt: entry.dueAt },
        queueAhead: queueAhead.get(entry.caseNo)!,
        finishesInWorkingDays: step === null ? null : Math.round((step / stepsADay) * 10) / 10,
      },
    ];
  });
  breaches.sort((a, b) => a.dueAt - b.dueAt || (a.caseNo < b.caseNo ? -1 : 1));
  return { breaches, inputs };
}

type Due = QueuedCase & { dueAt: number };

/** Queues that empty into one another. */
class Flow {
  readonly queues = new Map<Stage, Due[]>();
  private readonly credit = new Map<Stage, number>();
  private readonly place = new Map<string, number>();

  constructor(
    cases: readonly Due[],
    private readonly pace: Pace,
  ) {
    for (const entry of cases) {
      this.queueOf(entry.ahead[0]!).push(entry);
      for (const stage of entry.ahead) this.queueOf(stage);
      this.place.set(entry.caseNo, 0);
    }
    for (const queue of this.queues.values()) queue.sort(byDue);
  }

  /** A stage that nothing is known of hands on at once: the system's. One that finished nothing lately finishes nothing. */
  paceOf(stage: Stage): number {
    const days = this.pace.get(stage);
    if (!days || days.length === 0) return Infinity;
    return (days.reduce((sum, count) => sum + count, 0) / days.length) * caution;
  }

  /** The step after which each case had left its last stage. */
  run(steps: number): Map<string, number> {
    const finished = new Map<string, number>();
    for (let step = 1; step <= steps; step += 1) {
      const moved: { entry: Due; to: Stage }[] = [];
      for (const [stage, queue] of this.queues) {
        const pace = this.paceOf(stage) / stepsADay;
        const credit = Math.min((this.credit.get(stage) ?? 0) + pace, queue.length + 1);
        const done = queue.splice(0, Math.floor(credit));
        this.credit.set(stage, queue.length === 0 ? Math.min(credit - done.length, pace) : credit - done.length);
        for (const entry of done) {
          const place = this.place.get(entry.caseNo)! + 1;
          this.place.set(entry.caseNo, place);
          const to = entry.ahead[place];
          if (to === undefined) finished.set(entry.caseNo, step);
          else moved.push({ entry, to });
        }
      }
      const touched = new Set<Stage>();
      for (const { entry, to } of moved) {
        this.queueOf(to).push(entry);
        touched.add(to);
      }
      for (const stage of touched) this.queueOf(stage).sort(byDue);
    }
    return finished;
  }

  private queueOf(stage: Stage): Due[] {
    let queue = this.queues.get(stage);
    if (!queue) this.queues.set(stage, (queue = []));
    return queue;
  }
}

const byDue = (a: Due, b: Due) => a.dueAt - b.dueAt || (a.caseNo < b.caseNo ? -1 : 1);

/** How many steps of office time lie between now and an instant. */
function stepCounter(calendar: WorkCalendar, at: number): (instant: number) => number {
  const known = new Map<number, number>();
  const minutesADay = calendar.officeHours.reduce(
    (sum, { open, close }) => sum + minutesOf(close) - minutesOf(open),
    0,
  );
  return (instant) => {
    let steps = known.get(instant);
    if (steps === undefined) {
      steps = Math.floor((officeMinutesBetween(calendar, at, instant) * stepsADay) / minutesADay + 1e-9);
      known.set(instant, steps);
    }
    return steps;
  };
}

function minutesOf(text: string): number {
  const [hours, minutes] = text.split(':').map(Number);
  return hours! * 60 + minutes!;
}

/** The stages a case has to leave before a clock stops, from where it lies: by the event of the ordinary road that stops it. */
export function stagesAhead(
  road: readonly Stage[],
  stage: Stage,
  clock: Pick<ClockDefinition, 'stopsOn'> | undefined,
): Stage[] {
  const from = road.indexOf(stage);
  if (from < 0 || !clock) return [];
  const ends = clock.stopsOn.flatMap((event) => {
    const name: string = event;
    if (name.startsWith('enter:')) return [road.indexOf(name.slice('enter:'.length) as Stage) - 1];
    const left = leftOn[name];
    return left ? [road.indexOf(left)] : [];
  });
  const to = Math.min(...ends.filter((end) => end >= from));
  return Number.isFinite(to) ? road.slice(from, to + 1) : [];
}

const leftOn: Partial<Record<string, Stage>> = {
  accepted: 'acceptance',
  decided: 'approval',
  paid: 'pay',
  delivered: 'deliver',
};

/** The last working days before an instant's own, 'YYYY-MM-DD', the latest last: what a pace is taken of. */
export function lastWorkingDays(calendar: WorkCalendar, at: number, count: number): string[] {
  const days: string[] = [];
  for (let day = at - 86_400_000; days.length < count; day -= 86_400_000) {
    const date = shanghaiDate(day);
    if (isWorkingDay(calendar, date)) days.unshift(date);
  }
  return days;
}

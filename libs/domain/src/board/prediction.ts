import { addWorkingDays } from '../calendar/counting';
import { shanghaiDate } from '../calendar/dates';
import type { WorkCalendar } from '../calendar/work-calendar';
import type { ClockDefinition } from '../case/definition';
import type { Stage } from '../case/words';
import { officeMinutesBetween } from './office-minutes';
import { pacesOf, type FinishedTasks, type Paces } from './pace';
import { chances, liveTrial, stepsADay } from './trial';

/** An open case as the model sees it. */
export interface QueuedCase {
  caseNo: string;
  stage: Stage;
  /** The clock shown is due then, epoch ms; null: none runs. */
  dueAt: number | null;
  isPaused: boolean;
  /** Who holds it; null: nobody. */
  heldBy: string | null;
  /** Stages it has left and does again when it is sent back, the one it is sent to first. */
  again: readonly Stage[];
  /** Stages it still has to leave before that clock stops, the one where it lies first. */
  ahead: readonly Stage[];
}

/** What was seen of an agency's work. */
export interface SeenWork {
  cases: readonly QueuedCase[];
  /** Open cases that are not among them because they are due later, by stage. */
  further: ReadonlyMap<Stage, number>;
  finished: readonly FinishedTasks[];
  /** The days looked at, 'YYYY-MM-DD', the latest last: `lastWorkingDays`. */
  days: readonly string[];
}

export interface PredictedBreach {
  caseNo: string;
  stage: Stage;
  dueAt: number;
  /** Cases in front of it where it lies. */
  queueAhead: number;
  /** In how many of a hundred trials it was late. */
  lateInHundred: number;
  /** When it left the last of its stages, in WD from now, in the middle one of the trials; null: not within the horizon and some days more. */
  finishesInWorkingDays: number | null;
}

/** Everything the prediction was made of, so that it can be doubted. */
export interface StageInput {
  stage: Stage;
  queue: number;
  /** What it is taken to finish on a usual day. */
  perWorkingDay: number;
  /** People on a usual day, and on the last of the days looked at. */
  usualPeople: number;
  lastPeople: number;
  /** Of a hundred finished, so many were sent back, and so many were taken before it was their turn. */
  sentBackInHundred: number;
  outOfTurnInHundred: number;
  lookedAtWorkingDays: number;
}

export const longestHorizon = 10;
/**
 * A case is named when it is late in so large a share of the trials: a warning in vain costs a look, a breach that nobody was told of costs
 * a limit in law. Where most of what is due comes late anyway, a name must say more than that, so the share grows with the one expected
 * late. The contested months of `bench -- predict` have recall 0.90 and precision 0.70 with this, on the edge of both bars.
 */
const namedFrom = (expected: number) => 0.12 + 0.3 * expected ** 2;
/** Trials: as many as a second allows; many cases even chance out among themselves and need fewer. */
const [fewestTrials, mostTrials, casesInAllTrials] = [16, 128, 300_000];
/** How far beyond the horizon cases are followed, to say by how much they miss. */
const beyondDays = 5;
const seed = 20_261_125;

/**
 * Which open cases will pass their due instant within so many working days if everyone goes on as in the last days. The coming
 * days are lived some dozens of times (`liveTrial`): each stage works off what lies before it by due instant, as the inbox offers it, and hands on to the
 * next, with as many people as there may be, at a pace as uneven as it was, sending back and taking out of turn as often as
 * lately. A case that is late in a share of them (`namedFrom`) is named. Cases due after the horizon are behind all that matter; those that are overdue
 * already are in front, and no prediction; those that are paused stand still. The same question gets the same answer.
 */
export function predictBreaches(
  seen: SeenWork,
  calendar: WorkCalendar,
  at: number,
  horizonWorkingDays: number,
): { breaches: PredictedBreach[]; inputs: StageInput[]; trials: number } {
  const today = shanghaiDate(at);
  const lastDate = addWorkingDays(calendar, today, horizonWorkingDays).dueDate;
  const horizon = Date.parse(`${lastDate}T23:59:59.999+08:00`);
  const isConcerned = (entry: QueuedCase): entry is Due =>
    entry.dueAt !== null && entry.dueAt <= horizon && entry.ahead.length > 0;
  const going = seen.cases.filter(({ isPaused }) => !isPaused);
  const concerned = going.filter(isConcerned).sort(byDue);
  const further = new Map(seen.further);
  const queues = new Map(seen.further);
  for (const entry of going) {
    queues.set(entry.stage, (queues.get(entry.stage) ?? 0) + 1);
    if (!isConcerned(entry)) further.set(entry.stage, (further.get(entry.stage) ?? 0) + 1);
  }
  const paces = pacesOf(seen.finished, seen.days, queues);
  const travellers = concerned.map(({ again, ahead, heldBy }) => ({
    path: [...again, ...ahead],
    place: again.length,
    heldBy,
  }));
  const trials = Math.min(mostTrials, Math.max(fewestTrials, Math.floor(casesInAllTrials / (concerned.length + 1))));
  const random = chances(seed);
  const lived = Array.from({ length: trials }, () =>
    liveTrial(travellers, further, paces, (horizonWorkingDays + beyondDays) * stepsADay, random),
  );
  const stepOf = stepCounter(calendar, at);
  const lateIn = (index: number, last: number) =>
    lived.filter((finished) => finished[index] === 0 || finished[index]! > last).length / trials;
  const lates = concerned.map(({ dueAt }, index) => (dueAt < at ? null : lateIn(index, stepOf(dueAt))));
  const due = lates.filter((late) => late !== null);
  const leastShare = namedFrom(due.reduce((sum, late) => sum + late, 0) / Math.max(1, due.length));
  const places = new Map<Stage, number>();
  const breaches = concerned.flatMap((entry, index): PredictedBreach[] => {
    const queueAhead = places.get(entry.stage) ?? 0;
    places.set(entry.stage, queueAhead + 1);
    const late = lates[index]!;
    if (late === null || late < leastShare) return [];
    const ends = lived.map((finished) => finished[index] || Infinity).sort((a, b) => a - b);
    const middle = ends[Math.floor(trials / 2)]!;
    return [
      {
        ...{ caseNo: entry.caseNo, stage: entry.stage, dueAt: entry.dueAt, queueAhead },
        lateInHundred: Math.round(late * 100),
        finishesInWorkingDays: Number.isFinite(middle) ? Math.round((middle / stepsADay) * 10) / 10 : null,
      },
    ];
  });
  const stages = new Set(concerned.flatMap(({ ahead }) => ahead));
  return { breaches, inputs: inputsOf(stages, queues, paces, seen.days.length), trials };
}

type Due = QueuedCase & { dueAt: number };

function inputsOf(
  stages: ReadonlySet<Stage>,
  queues: ReadonlyMap<Stage, number>,
  paces: Paces,
  lookedAtWorkingDays: number,
): StageInput[] {
  const inHundred = (share: number) => Math.round(share * 100);
  return [...stages].map((stage) => {
    const pace = paces.stages.get(stage);
    const usualPeople = pace?.usualPeople ?? 0;
    return {
      ...{ stage, queue: queues.get(stage) ?? 0, lookedAtWorkingDays: pace ? lookedAtWorkingDays : 0 },
      perWorkingDay: pace ? Math.round(pace.perPersonDay * usualPeople * 100) / 100 : Infinity,
      usualPeople: Math.round(usualPeople * 10) / 10,
      lastPeople: pace?.people.filter(({ wasThere }) => wasThere).length ?? 0,
      sentBackInHundred: inHundred(pace?.sentBack ?? 0),
      outOfTurnInHundred: inHundred(pace?.outOfTurn ?? 0),
    };
  });
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

/** The stages a case has left and would do again if it were sent back from one ahead: from the earliest that may be named. */
export function stagesAgain(
  stages: readonly { stage: Stage; returnsTo: readonly Stage[] }[],
  stage: Stage,
  ahead: readonly Stage[],
): Stage[] {
  const road = stages.map((entry) => entry.stage);
  const places = stages
    .filter((entry) => ahead.includes(entry.stage))
    .flatMap(({ returnsTo }) => returnsTo.map((to) => road.indexOf(to)))
    .filter((place) => place >= 0);
  const [from, to] = [Math.min(...places), road.indexOf(stage)];
  return from < to ? road.slice(from, to) : [];
}

const leftOn: Partial<Record<string, Stage>> = {
  accepted: 'acceptance',
  decided: 'approval',
  paid: 'pay',
  delivered: 'deliver',
};

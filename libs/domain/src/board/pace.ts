import { closeOfOffice, isWorkingDay } from '../calendar/counting';
import { shanghaiDate } from '../calendar/dates';
import type { WorkCalendar } from '../calendar/work-calendar';
import type { Stage } from '../case/words';

/** What one person finished at a stage on one day ('YYYY-MM-DD'). */
export interface FinishedTasks {
  stage: Stage;
  day: string;
  personId: string;
  count: number;
  /** Of these, sent back to an earlier stage. */
  sentBack: number;
  /** Of these, due more than four days after the middle one of that day: taken before it was their turn. */
  outOfTurn: number;
}

/** How a stage worked lately. */
export interface StagePace {
  /** What one person finishes on a day there. */
  perPersonDay: number;
  /** By how much that differs from day to day (standard deviation of a person's day). */
  deviation: number;
  /** Who worked there, and whether on the last of the days. */
  people: readonly { personId: string; wasThere: boolean }[];
  /** People on a usual day. */
  usualPeople: number;
  /** Shares, 0–1. */
  sentBack: number;
  outOfTurn: number;
}

export interface Paces {
  stages: ReadonlyMap<Stage, StagePace>;
  /** Chance that whoever was there stays away the next day, and that whoever was away is there. */
  staysAway: number;
  comesBack: number;
}

/** A pace is taken of so many working days that have ended. */
export const paceWorkingDays = 10;
/** What a day still counts when the next one is over: paces wander. */
const fading = 0.75;
/** A stage with fewer days' work than this before it waits for work at times: what it finished is then less than it could. */
const hungryBelowDays = 3;
/** A hungry stage differs by hunger too; by its own doing no more than so much of its pace. */
const mostHungryDeviation = 0.15;

/** Reckons how each stage works from what was finished on some days (the latest last) and what lies before it now. */
export function pacesOf(
  finished: readonly FinishedTasks[],
  days: readonly string[],
  queues: Map<Stage, number>,
): Paces {
  const places = new Map(days.map((day, place) => [day, place]));
  const seen = new Map<Stage, FinishedTasks[]>();
  for (const entry of finished) {
    if (!places.has(entry.day)) continue;
    const of = seen.get(entry.stage);
    if (of) of.push(entry);
    else seen.set(entry.stage, [entry]);
  }
  // One that has work before it and finished nothing lately finishes nothing; without any history there is no pace to speak of.
  if (seen.size > 0) for (const [stage, queue] of queues) if (queue > 0 && !seen.has(stage)) seen.set(stage, []);
  // A first guess, that of someone ill for three days once in a quarter, gives way to what is seen.
  const turns = { there: 20, left: 1, away: 3, back: 1 };
  const stages = new Map<Stage, StagePace>();
  for (const [stage, entries] of seen) {
    const presence = new Map<string, boolean[]>();
    const counts = days.map(() => 0);
    for (const { personId, day, count } of entries) {
      const person = presence.get(personId) ?? days.map(() => false);
      presence.set(personId, person);
      person[places.get(day)!] = true;
      counts[places.get(day)!]! += count;
    }
    for (const person of presence.values()) countTurns(person, turns);
    stages.set(stage, paceOf(entries, counts, presence, queues.get(stage) ?? 0));
  }
  return { stages, staysAway: turns.left / turns.there, comesBack: turns.back / turns.away };
}

function paceOf(
  entries: readonly FinishedTasks[],
  counts: readonly number[],
  presence: ReadonlyMap<string, readonly boolean[]>,
  queue: number,
): StagePace {
  const people = counts.map((_, day) => [...presence.values()].filter((person) => person[day]).length);
  const all = sum(counts);
  let [work, peopleDays] = [0, 0];
  counts.forEach((count, day) => {
    const weight = fading ** (counts.length - 1 - day);
    work += weight * count;
    peopleDays += weight * people[day]!;
  });
  const mean = peopleDays === 0 ? 0 : work / peopleDays;
  const worked = counts.flatMap((count, day) =>
    people[day] ? [{ pace: count / people[day]!, people: people[day]! }] : [],
  );
  const squares = sum(worked.map((day) => (day.pace - mean) ** 2 * day.people));
  const deviation = Math.sqrt(squares / Math.max(1, worked.length - 1));
  const isHungry = queue < (hungryBelowDays * all) / counts.length;
  const best = Math.max(0, ...worked.map(({ pace }) => pace));
  return {
    perPersonDay: isHungry ? best : mean,
    deviation: isHungry ? Math.min(deviation, mostHungryDeviation * best) : deviation,
    people: [...presence].map(([personId, days]) => ({ personId, wasThere: days.at(-1) ?? false })),
    usualPeople: people.length === 0 ? 0 : sum(people) / people.length,
    sentBack: share(sum(entries.map((entry) => entry.sentBack)), all),
    // Where little lies, dues lie far apart and nobody waits long for whoever passes him.
    outOfTurn: isHungry ? 0 : share(sum(entries.map((entry) => entry.outOfTurn)), all),
  };
}

function countTurns(
  person: readonly boolean[],
  turns: { there: number; left: number; away: number; back: number },
): void {
  for (let day = 1; day < person.length; day += 1) {
    if (person[day - 1]) {
      turns.there += 1;
      if (!person[day]) turns.left += 1;
    } else {
      turns.away += 1;
      if (person[day]) turns.back += 1;
    }
  }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);

/** The last working days that have ended at an instant, 'YYYY-MM-DD', the latest last: what a pace is taken of. */
export function lastWorkingDays(calendar: WorkCalendar, at: number, count: number): string[] {
  const days: string[] = [];
  for (let day = at; days.length < count; day -= 86_400_000) {
    const date = shanghaiDate(day);
    if (isWorkingDay(calendar, date) && Date.parse(closeOfOffice(calendar, date)) <= at) days.unshift(date);
  }
  return days;
}

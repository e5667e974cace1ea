import {
  addWorkingDays,
  formatDay,
  isWorkingDay,
  parseDate,
  type FinishedTasks,
  type Stage,
  type WorkCalendar,
} from '@banjie/domain';
import { seededRandom, standardNormal } from '../figures';

export interface LivedCase {
  caseNo: string;
  stage: Stage | 'done';
  dayZero: string;
  dueAt: number;
  finishedAt: number | null;
  /** Not to be looked at before this day; '' where it is not paused. */
  pausedUntil: string;
}

const limitWorkingDays = 12;
const road: readonly { stage: Stage; people: number; minutes: number }[] = [
  { stage: 'initialReview', people: 6, minutes: 46 },
  { stage: 'secondReview', people: 3, minutes: 22 },
  { stage: 'approval', people: 2, minutes: 13 },
  { stage: 'preparePayout', people: 2, minutes: 12 },
];
export const officeRoad: readonly Stage[] = road.map(({ stage }) => stage);

interface Person {
  personId: string;
  stage: Stage;
  absentUntil: number;
  work: { of: LivedCase; minutesLeft: number } | null;
}

/**
 * An office, hour by hour, for proofs of the prediction alone: cases come as they come (more after the holidays and at the end of
 * a month), take as long as they take (log-normal), people fall ill for some days, one case in seven is taken out of its
 * turn, some are sent back and some are paused. Nothing in it knows what the model assumes.
 */
export class OfficeMonths {
  readonly cases: LivedCase[] = [];
  private active: LivedCase[] = [];
  /** Tasks finished, as the records show them: by whom, and when they were due. */
  private readonly finished: { day: string; stage: Stage; personId: string; dueAt: number; isSentBack: boolean }[] = [];
  private readonly random: () => number;
  private readonly people: Person[];
  private numbers = 0;
  private speed = 1;

  constructor(
    private readonly calendar: WorkCalendar,
    seed: number,
    private readonly arrivalsADay: number,
  ) {
    this.random = seededRandom(seed);
    this.people = road.flatMap(({ stage, people }) =>
      Array.from({ length: people }, (_, n): Person => ({
        ...{ personId: `${stage}${n}`, stage, absentUntil: 0, work: null },
      })),
    );
  }

  open(): LivedCase[] {
    return this.active.filter(({ stage }) => stage !== 'done');
  }

  /** Who holds which case. */
  holders(): Map<LivedCase, string> {
    return new Map(this.people.flatMap(({ personId, work }) => (work ? [[work.of, personId] as const] : [])));
  }

  /** What each person finished on some days, as the board's query counts it. */
  finishedOn(days: readonly string[]): FinishedTasks[] {
    const counted = new Map<string, FinishedTasks>();
    const lately = this.finished.filter(({ day }) => days.includes(day));
    const middles = new Map<string, number>();
    for (const { day, stage } of lately) {
      if (middles.has(`${day} ${stage}`)) continue;
      const dues = lately.filter((one) => one.day === day && one.stage === stage).map(({ dueAt }) => dueAt);
      dues.sort((a, b) => a - b);
      middles.set(`${day} ${stage}`, dues[Math.ceil(dues.length / 2) - 1]!);
    }
    for (const { day, stage, personId, dueAt, isSentBack } of lately) {
      const key = `${day} ${stage} ${personId}`;
      const entry = counted.get(key) ?? { ...{ day, stage, personId }, count: 0, sentBack: 0, outOfTurn: 0 };
      counted.set(key, entry);
      entry.count += 1;
      if (isSentBack) entry.sentBack += 1;
      if (dueAt > middles.get(`${day} ${stage}`)! + 4 * 86_400_000) entry.outOfTurn += 1;
    }
    return [...counted.values()];
  }

  /** Lives one working day. `load` is more or less than the usual number of arrivals, `speed` than the usual work of an hour. */
  liveDay(date: string, { load, speed }: { load: number; speed: number }): void {
    this.speed = speed;
    const day = parseDate(date);
    for (const person of this.people) {
      if (person.absentUntil <= day && this.random() < 0.03)
        person.absentUntil = day + 1 + Math.floor(this.random() * 5);
    }
    for (let left = poisson(this.random, this.arrivalsADay * load); left > 0; left -= 1) this.arrive(date);
    this.active = this.open();
    for (const hour of [9, 10, 11, 13, 14, 15]) {
      const end = Date.parse(`${date}T${String(hour + 1).padStart(2, '0')}:00:00+08:00`);
      const moved: { of: LivedCase; to: Stage | 'done' }[] = [];
      for (const person of this.people) if (person.absentUntil <= day) this.work(person, date, moved);
      for (const { of, to } of moved) {
        of.stage = to;
        if (to === 'done') of.finishedAt = end;
      }
    }
  }

  private work(person: Person, date: string, moved: { of: LivedCase; to: Stage | 'done' }[]): void {
    const taken = new Set(this.people.flatMap(({ work }) => (work ? [work.of] : [])));
    const gone = new Set(moved.map(({ of }) => of));
    const mine = this.active.filter(
      (one) => one.stage === person.stage && one.pausedUntil <= date && !taken.has(one) && !gone.has(one),
    );
    mine.sort((a, b) => a.dueAt - b.dueAt || (a.caseNo < b.caseNo ? -1 : 1));
    for (let minutes = 60; minutes > 0;) {
      if (!person.work) {
        const place = this.random() < 1 / 7 ? Math.floor(this.random() * mine.length) : 0;
        const [of] = mine.splice(place, 1);
        if (!of) return;
        const { minutes: usual } = road.find(({ stage }) => stage === person.stage)!;
        person.work = { of, minutesLeft: (usual / this.speed) * Math.exp(0.6 * standardNormal(this.random) - 0.18) };
      }
      const spent = Math.min(minutes, person.work.minutesLeft);
      minutes -= spent;
      person.work.minutesLeft -= spent;
      if (person.work.minutesLeft > 0) continue;
      this.finish(person.work.of, person, date, moved);
      person.work = null;
    }
  }

  private finish(
    of: LivedCase,
    { stage, personId }: Person,
    date: string,
    moved: { of: LivedCase; to: Stage | 'done' }[],
  ): void {
    const chance = this.random();
    if (stage === 'initialReview' && of.pausedUntil === '' && chance < 0.04) {
      // 补正: it waits, and the limit with it; the task goes on afterwards.
      const days = 2 + Math.floor(this.random() * 6);
      of.pausedUntil = addWorkingDays(this.calendar, date, days).dueDate;
      of.dueAt = Date.parse(
        `${addWorkingDays(this.calendar, of.dayZero, limitWorkingDays + days).dueDate}T16:00:00+08:00`,
      );
      return;
    }
    const place = officeRoad.indexOf(stage);
    const back = place === 1 || place === 2 ? chance < 0.05 : false;
    this.finished.push({ day: date, stage, personId, dueAt: of.dueAt, isSentBack: back });
    moved.push({ of, to: back ? 'initialReview' : (officeRoad[place + 1] ?? 'done') });
  }

  private arrive(date: string): void {
    this.numbers += 1;
    const one: LivedCase = {
      caseNo: `c${String(this.numbers).padStart(6, '0')}`,
      ...{ stage: 'initialReview', dayZero: date, finishedAt: null, pausedUntil: '' },
      dueAt: Date.parse(`${addWorkingDays(this.calendar, date, limitWorkingDays).dueDate}T16:00:00+08:00`),
    };
    this.cases.push(one);
    this.active.push(one);
  }
}

function poisson(random: () => number, mean: number): number {
  let [count, product] = [0, random()];
  for (const limit = Math.exp(-mean); product > limit; product *= random()) count += 1;
  return count;
}

/** The working days of a stretch. */
export function workingDaysFrom(calendar: WorkCalendar, from: string, to: string): string[] {
  const days: string[] = [];
  for (let day = parseDate(from); day <= parseDate(to); day += 1) {
    if (isWorkingDay(calendar, formatDay(day))) days.push(formatDay(day));
  }
  return days;
}

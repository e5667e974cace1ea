import type { Stage } from '../case/words';
import type { Paces, StagePace } from './pace';

/** A case on its way: the stages of its road, and the place where it lies. */
export interface Traveller {
  path: readonly Stage[];
  place: number;
  heldBy: string | null;
}

/** Steps of a working day: an office hour each where D1's hours hold. */
export const stepsADay = 6;
/** A pace that is off today is partly off tomorrow: so much of a day's deviation stays for the whole trial. */
const lasting = 0.5;

/**
 * Lives the coming days once, with chance where chance is at work: people stay away and come back, a day's pace is better or worse
 * than the mean, cases are taken out of their turn and sent back. `travellers` are ordered as the inbox offers them; `further` counts
 * what lies behind all of them at a stage and may be taken out of its turn too. Answers the step after which each had left its last stage, 0
 * for none. O(n log n).
 */
export function liveTrial(
  travellers: readonly Traveller[],
  further: ReadonlyMap<Stage, number>,
  paces: Paces,
  steps: number,
  random: () => number,
): Int16Array {
  const finished = new Int16Array(travellers.length);
  const places = Uint8Array.from(travellers, ({ place }) => place);
  const desks = new Map<Stage, Desk>();
  const deskOf = (stage: Stage) => {
    let desk = desks.get(stage);
    if (!desk) desks.set(stage, (desk = new Desk(paces.stages.get(stage), further.get(stage) ?? 0, random)));
    return desk;
  };
  // People and their moods are drawn stage by stage, in an order of its own for each road.
  for (const { path } of travellers) for (const stage of path) deskOf(stage);
  travellers.forEach(({ path, place, heldBy }, index) => deskOf(path[place]!).lay(index, heldBy));
  for (let step = 1; step <= steps; step += 1) {
    if (step % stepsADay === 1) for (const desk of desks.values()) desk.beginDay(paces);
    const moved: number[] = [];
    for (const desk of desks.values()) {
      for (const index of desk.work()) {
        const place = places[index]!;
        const isSentBack = place > 0 && desk.sentBack > 0 && random() < desk.sentBack;
        places[index] = isSentBack ? 0 : place + 1;
        if (places[index] === travellers[index]!.path.length) finished[index] = step;
        else moved.push(index);
      }
    }
    for (const index of moved) deskOf(travellers[index]!.path[places[index]!]!).arrive(index);
  }
  return finished;
}

/** A stage in a trial: what lies before it in order, what has come since, and who is there. */
class Desk {
  private readonly lying: number[] = [];
  private readonly isTaken: boolean[] = [];
  private next = 0;
  private readonly come = new Heap();
  private readonly heldByAway = new Map<string, number[]>();
  private readonly isThere: boolean[];
  private readonly mood: number;
  private credit: number;
  private perStep = 0;

  /** Without a pace it hands on at once: the system's. */
  constructor(
    private readonly pace: StagePace | undefined,
    private readonly further: number,
    private readonly random: () => number,
  ) {
    this.isThere = pace?.people.map(({ wasThere }) => wasThere) ?? [];
    this.mood = lasting * standardNormal(random);
    this.credit = random();
  }

  get sentBack(): number {
    return this.pace?.sentBack ?? 0;
  }

  /** Lays a case down before the trial begins, in order. What someone holds who is away waits for him. */
  lay(index: number, heldBy: string | null): void {
    if (heldBy !== null && this.pace?.people.some((person) => person.personId === heldBy && !person.wasThere)) {
      this.heldByAway.set(heldBy, [...(this.heldByAway.get(heldBy) ?? []), index]);
    } else this.lying.push(index);
  }

  arrive(index: number): void {
    this.come.push(index);
  }

  beginDay({ staysAway, comesBack }: Paces): void {
    if (!this.pace) return;
    let there = 0;
    this.pace.people.forEach(({ personId }, n) => {
      this.isThere[n] = this.random() < (this.isThere[n] ? 1 - staysAway : comesBack);
      if (!this.isThere[n]) return;
      there += 1;
      for (const index of this.heldByAway.get(personId) ?? []) this.come.push(index);
      this.heldByAway.delete(personId);
    });
    const chance = Math.sqrt(there) * this.pace.deviation * (standardNormal(this.random) + this.mood);
    this.perStep = Math.max(0, this.pace.perPersonDay * there + chance) / stepsADay;
  }

  /** What it finishes in a step. An hour without work is lost. */
  work(): number[] {
    const done: number[] = [];
    if (!this.pace) {
      for (let index = this.take(); index !== null; index = this.take()) done.push(index);
      return done;
    }
    this.credit += this.perStep;
    const whole = Math.floor(this.credit);
    this.credit -= whole;
    for (let left = whole; left > 0; left -= 1) {
      const index = this.random() < this.pace.outOfTurn ? this.takeOutOfTurn() : this.take();
      if (index !== null) done.push(index);
    }
    return done;
  }

  private take(): number | null {
    while (this.isTaken[this.next]) this.next += 1;
    const [lying, come] = [this.lying[this.next], this.come.least];
    if (come !== undefined && (lying === undefined || come < lying)) return this.come.pop()!;
    if (lying === undefined) return null;
    this.next += 1;
    return lying;
  }

  private takeOutOfTurn(): number | null {
    const place = this.next + Math.floor(this.random() * (this.lying.length - this.next + this.further));
    if (place >= this.lying.length || this.isTaken[place]) return null;
    this.isTaken[place] = true;
    return this.lying[place]!;
  }
}

/** The least of some numbers first. */
class Heap {
  private readonly values: number[] = [];

  get least(): number | undefined {
    return this.values[0];
  }

  push(value: number): void {
    const { values } = this;
    let place = values.push(value) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (values[parent]! <= value) break;
      values[place] = values[parent]!;
      place = parent;
    }
    values[place] = value;
  }

  pop(): number | undefined {
    const { values } = this;
    const [least, last] = [values[0], values.pop()];
    if (values.length === 0 || last === undefined) return least;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= values.length) break;
      if (child + 1 < values.length && values[child + 1]! < values[child]!) child += 1;
      if (values[child]! >= last) break;
      values[place] = values[child]!;
      place = child;
    }
    values[place] = last;
    return least;
  }
}

/** Numbers in [0, 1), the same for the same seed (mulberry32), so that the same question gets the same answer. */
export function chances(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const standardNormal = (random: () => number) =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessRecord } from '@banjie/servers';
import { mayDie } from '../chaos/kills';
import { recovered } from '../chaos/recovery';
import { killNow, type Component, type System } from '../chaos/system';
import { pendingOf, type Pair, type Step, type StepKill } from './plan';
import { Traps } from './traps';

export interface KillerOptions {
  system: System;
  plan: readonly Pair[];
  kills: readonly StepKill[];
  report: (line: string) => void;
  /** Told of each kill once the component is back. */
  onKill: (kill: StepKill) => void;
  signal: AbortSignal;
}

/** So many may be away at a time: one dies while another comes back. */
const mostAway = 2;

/** Works the plan off: waits until a step stands in its middle, and kills who is due for it. */
export class Killer {
  private readonly traps: Traps;
  private readonly away = new Map<Component, Pair>();
  private readonly comingBack: Promise<unknown>[] = [];
  private isOver = false;
  private failure: Error | undefined;

  constructor(private readonly options: KillerOptions) {
    this.traps = new Traps(options.system);
  }

  install(): Promise<void> {
    return this.traps.install();
  }

  /** True while a kill at this step is still wanted and its trap is not set: whoever can wait with the step does. */
  isGettingReady(step: Step): boolean {
    return !this.isOver && this.pending().some((pair) => pair.step === step) && !this.traps.isArmed(step);
  }

  /** True when less of the plan is done than of the batches (0–1). */
  isBehind(share: number): boolean {
    return !this.isOver && this.options.kills.length < share * this.options.plan.length;
  }

  stop(): void {
    this.isOver = true;
  }

  /** @throws when a component does not come back */
  async run(): Promise<void> {
    const { signal } = this.options;
    try {
      while (!this.isOver && !signal.aborted && this.pending().length > 0) {
        if (this.failure) throw this.failure;
        try {
          await this.hunt();
        } catch {
          // PostgreSQL or the bank is away: nothing can be caught until it answers.
          await this.traps.release();
          await sleep(300);
        }
      }
      await Promise.all(this.comingBack);
      if (this.failure) throw this.failure;
    } finally {
      this.isOver = true;
      await this.traps.close();
    }
  }

  private pending(): Pair[] {
    return pendingOf(this.options.plan, [...this.options.kills, ...this.away.values()]);
  }

  private async hunt(): Promise<void> {
    const pending = this.pending();
    const countOf = (step: Step) => pending.filter((pair) => pair.step === step).length;
    const isDue = ({ component }: Pair) => !this.away.has(component) && mayDie(component, this.options.kills);
    const due = this.away.size < mostAway ? pending.filter(isDue) : [];
    await this.traps.arm(new Set(due.map(({ step }) => step)));
    const caught = await this.traps.caught(due.length > 0 ? 1_000 : 200);
    // The step at which most is still to be done.
    const [pair] = due.filter(({ step }) => caught.includes(step)).sort((a, b) => countOf(b.step) - countOf(a.step));
    if (pair) await this.kill(pair);
  }

  private async kill(pair: Pair): Promise<void> {
    const { system, kills } = this.options;
    const { component } = pair;
    const killed = killNow(system, component);
    const at = new Date().toISOString();
    // Every second time Redis loses all it had: its jobs are hints.
    const wiped =
      killed !== undefined &&
      component === 'redis' &&
      kills.filter((kill) => kill.component === 'redis').length % 2 === 1;
    if (wiped) rmSync(join(system.home.path, 'redis', 'appendonlydir'), { recursive: true, force: true });
    if (killed) {
      this.away.set(component, pair);
      this.comingBack.push(this.comeBack(pair, { at, killed, wiped }));
    }
    await this.traps.release();
  }

  private async comeBack(pair: Pair, death: { at: string; killed: ProcessRecord; wiped: boolean }): Promise<void> {
    const { system, kills, report, onKill } = this.options;
    const { step, component } = pair;
    const { at, killed, wiped } = death;
    try {
      const recoveredSeconds = Math.round((await recovered(system, component, killed)) * 10) / 10;
      const words = `${step}: kill -9 ${component}${wiped ? ', wiped' : ''}, back after ${recoveredSeconds} s`;
      report(`  ${kills.length + 1}. ${words}`);
      onKill({ step, component, at, recoveredSeconds, ...(wiped ? { wiped } : {}) });
    } catch (error) {
      this.failure = new Error(`${component} did not come back: ${(error as Error).message}`);
    } finally {
      this.away.delete(component);
    }
  }
}

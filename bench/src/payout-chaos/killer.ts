import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mayDie } from '../chaos/kills';
import { recovered } from '../chaos/recovery';
import { killNow, type System } from '../chaos/system';
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

/** Works the plan off: waits until a step stands in its middle, kills who is due for it, waits until he is back. */
export class Killer {
  private readonly traps: Traps;
  private isOver = false;

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

  stop(): void {
    this.isOver = true;
  }

  async run(): Promise<void> {
    const { signal } = this.options;
    try {
      while (!this.isOver && !signal.aborted && this.pending().length > 0) {
        try {
          await this.hunt();
        } catch (error) {
          // The component that is away, or one of its neighbours: nothing can be caught until it answers.
          this.options.report(`  (${(error as Error).message})`);
          await this.traps.release();
          await sleep(500);
        }
      }
    } finally {
      this.isOver = true;
      await this.traps.close();
    }
  }

  private pending(): Pair[] {
    return pendingOf(this.options.plan, this.options.kills);
  }

  private async hunt(): Promise<void> {
    const due = this.pending().filter(({ component }) => mayDie(component, this.options.kills));
    await this.traps.arm(new Set(due.map(({ step }) => step)));
    const caught = await this.traps.caught(1_000);
    const pair = due.find(({ step }) => caught.includes(step));
    if (pair) await this.kill(pair);
  }

  private async kill({ step, component }: Pair): Promise<void> {
    const { system, kills, report, onKill } = this.options;
    const killed = killNow(system, component);
    const at = new Date().toISOString();
    // Every second time Redis loses all it had: its jobs are hints, and sessions are signed in again.
    const wiped =
      killed !== undefined &&
      component === 'redis' &&
      kills.filter((kill) => kill.component === 'redis').length % 2 === 1;
    if (wiped) rmSync(join(system.home.path, 'redis', 'appendonlydir'), { recursive: true, force: true });
    await this.traps.release();
    if (killed === undefined) return void (await sleep(500));
    const recoveredSeconds = Math.round((await recovered(system, component, killed)) * 10) / 10;
    report(
      `  ${kills.length + 1}. ${step}: kill -9 ${component}${wiped ? ', wiped' : ''}, back after ${recoveredSeconds} s`,
    );
    onKill({ step, component, at, recoveredSeconds, ...(wiped ? { wiped } : {}) });
  }
}

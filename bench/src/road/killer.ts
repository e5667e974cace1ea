import { setTimeout as sleep } from 'node:timers/promises';
import { mayDie, type Kill } from '../chaos/kills';
import { recovered } from '../chaos/recovery';
import { components, killNow, type Component, type System } from '../chaos/system';
import type { DemoRun } from './demo-run';
import type { RoadKill } from './state';

export interface KillerOptions {
  system: System;
  demo: DemoRun;
  round: number;
  kills: RoadKill[];
  wanted: number;
  random: () => number;
  report: (line: string) => void;
  /** Told of each kill once the component is back. */
  onKill: (kill: RoadKill) => void;
  signal: AbortSignal;
}

/** As long as the demo runs: kills the component that was killed least often, waits until it is back, and some more. */
export async function killDuring(options: KillerOptions): Promise<void> {
  const { system, demo, round, kills, wanted, random, report, signal } = options;
  await pause(options, 2_000 + random() * 4_000);
  while (!demo.isOver() && !signal.aborted && kills.length < wanted) {
    const component = nextOf(kills, random);
    const killed = component === undefined ? undefined : killNow(system, component);
    if (component === undefined || killed === undefined) {
      await pause(options, 500);
      continue;
    }
    const at = new Date().toISOString();
    const recoveredSeconds = Math.round((await recovered(system, component, killed)) * 10) / 10;
    report(`  ${kills.length + 1}. kill -9 ${component}, back after ${recoveredSeconds} s`);
    options.onKill({ component, round, at, recoveredSeconds });
    await pause(options, 3_000 + random() * 12_000);
  }
}

/** Of those that have lived long enough, one with the fewest kills so far. */
function nextOf(kills: Kill[], random: () => number): Component | undefined {
  const due = components.filter((component) => mayDie(component, kills));
  const countOf = (component: Component) => kills.filter((kill) => kill.component === component).length;
  const fewest = Math.min(...due.map(countOf));
  const candidates = due.filter((component) => countOf(component) === fewest);
  return candidates[Math.floor(random() * candidates.length)];
}

async function pause({ demo, signal }: KillerOptions, ms: number): Promise<void> {
  await Promise.race([
    sleep(ms, undefined, { signal }).catch(() => undefined),
    demo.outcome.then(
      () => undefined,
      () => undefined,
    ),
  ]);
}

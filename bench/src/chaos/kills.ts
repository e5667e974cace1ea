import { median, rounded } from '../figures';
import { components, type Component } from './system';

export interface Kill {
  component: Component;
  /** ISO. */
  at: string;
  recoveredSeconds: number;
}

/** Longer than the starter's: who has lived so long starts again after its shortest pause. */
const steadyMs = 12_000;
/** The starter gives up at five deaths of one child in two minutes; one more may always happen by itself. */
const windowMs = 125_000;
const mostInWindow = 3;

/** Whether a component may die now without the starter taking it for a fault of the program. */
export function mayDie(component: Component, kills: readonly Kill[], now = Date.now()): boolean {
  const own = kills.filter((kill) => kill.component === component);
  const last = own.at(-1);
  const bornAt = last === undefined ? 0 : Date.parse(last.at) + last.recoveredSeconds * 1_000;
  return now - bornAt > steadyMs && own.filter(({ at }) => now - Date.parse(at) < windowMs).length < mostInWindow;
}

/** How often each was killed and how long it was away. */
export function tableOf(kills: readonly Kill[]) {
  return components.map((component) => {
    const seconds = kills.filter((kill) => kill.component === component).map((kill) => kill.recoveredSeconds);
    const times = seconds.length === 0 ? null : { median: rounded(median(seconds), 1), max: Math.max(...seconds) };
    return { component, kills: seconds.length, recoveredSeconds: times };
  });
}

export const slowestOf = (kills: readonly Kill[]): number =>
  Math.max(0, ...kills.map(({ recoveredSeconds }) => recoveredSeconds));

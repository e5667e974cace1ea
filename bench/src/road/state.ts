import { readJsonFile, writeJsonFile } from '@banjie/servers';
import type { Component } from './system';

export interface Kill {
  component: Component;
  round: number;
  /** ISO. */
  at: string;
  recoveredSeconds: number;
}

/** What a chaos run has done so far; kept beside its home, so that the same seed goes on and adds up. */
export interface RoadState {
  seed: number;
  /** Rounds that ended and held. */
  rounds: number;
  packages: number;
  kills: Kill[];
  violations: string[];
}

export function readState(path: string, seed: number): RoadState {
  return readJsonFile<RoadState>(path) ?? { seed, rounds: 0, packages: 0, kills: [], violations: [] };
}

export const writeState = (path: string, state: RoadState): void => writeJsonFile(path, state);

import { readJsonFile, writeJsonFile } from '@banjie/servers';
import type { Kill } from '../chaos/kills';

export type RoadKill = Kill & { round: number };

/** What a chaos run has done so far; kept beside its home, so that the same seed goes on and adds up. */
export interface RoadState {
  seed: number;
  /** Rounds that ended and held. */
  rounds: number;
  packages: number;
  kills: RoadKill[];
  violations: string[];
}

export function readState(path: string, seed: number): RoadState {
  return readJsonFile<RoadState>(path) ?? { seed, rounds: 0, packages: 0, kills: [], violations: [] };
}

export const writeState = (path: string, state: RoadState): void => writeJsonFile(path, state);

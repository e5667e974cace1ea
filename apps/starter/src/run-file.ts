import { join } from 'node:path';
import type { DemoPerson } from '@banjie/persistence';
import { readJsonFile, writeJsonFile, type Home } from '@banjie/servers';

/** `run.json` in the home, readable by its owner alone: where everything listens, and who may sign in to the demo. */
export interface RunFile {
  /** Absent when nothing runs. */
  pid?: number;
  startedAt?: string;
  addresses?: { api: string; openapi: string; docs: string; bank: string; jobs: string; temporalUi?: string };
  servers?: {
    databaseUrl: string;
    migrationDatabaseUrl: string;
    redisUrl: string;
    temporalAddress: string;
    temporalNamespace: string;
  };
  /** Kept over restarts; the password was generated at the first start. */
  demo?: { password: string; accounts: DemoPerson[] };
}

export const runFilePath = (home: Home) => join(home.path, 'run.json');

export function readRunFile(home: Home): RunFile {
  return readJsonFile<RunFile>(runFilePath(home)) ?? {};
}

export function writeRunFile(home: Home, content: RunFile): void {
  writeJsonFile(runFilePath(home), content);
}

/** After the end only the sign-ins stay. */
export function markStopped(home: Home): void {
  const { demo } = readRunFile(home);
  writeRunFile(home, demo === undefined ? {} : { demo });
}

import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from './home';
import { readJsonFile, writeJsonFile } from './json-file';
import { endProcess, isAlive, type ProcessIdentity } from './process-identity';

export interface ProcessRecord extends ProcessIdentity {
  name: string;
  stopSignal: NodeJS.Signals;
  /** Place in the order of starting; leftovers are ended the other way round. */
  order: number;
}

/** Notes a child at once after it was spawned, so that a later start can find it whatever happens to this one. */
export function recordProcess(home: Home, record: ProcessRecord): void {
  writeJsonFile(join(home.records, `${record.name}.json`), record);
}

export function forgetProcess(home: Home, name: string): void {
  rmSync(join(home.records, `${name}.json`), { force: true });
}

/** Ends what an earlier, killed starter left running in this home. Answers the names of what was found alive. */
export async function endLeftovers(home: Home, graceMs = 8_000): Promise<string[]> {
  const records = readdirSync(home.records)
    .filter((file) => file.endsWith('.json'))
    .flatMap((file) => readJsonFile<ProcessRecord>(join(home.records, file)) ?? [])
    .sort((a, b) => b.order - a.order);
  const found: string[] = [];
  for (const record of records) {
    if (isAlive(record)) {
      found.push(record.name);
      await endProcess(record, record.stopSignal, graceMs);
    }
    forgetProcess(home, record.name);
  }
  return found;
}

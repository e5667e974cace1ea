import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { dumpRows, loadKeys } from '@banjie/persistence';
import { openArchive, writeArchive, type ArchiveEntry } from './archive';
import { entryNames, inspect, textEntry, type Manifest } from './manifest';

export interface BackupSource {
  /** The owner's connection. */
  ownerUrl: string;
  keysPath: string;
  bankKeysPath: string;
  filesPath: string;
  /** What run.json keeps of the demo's sign-ins, if there are any. */
  demo?: unknown;
}

export interface BackupReport {
  path: string;
  bytes: number;
  takenAt: string;
  tables: number;
  rows: number;
  files: number;
}

/**
 * Makes a backup of a running system and reads it back before it gets its name.
 * @param path where no file may be yet
 */
export async function makeBackup(source: BackupSource, path: string, passphrase: string): Promise<BackupReport> {
  loadKeys(source.keysPath); // Keys that cannot be used make a backup that nobody can.
  const partial = `${path}.partial`;
  rmSync(partial, { force: true });
  try {
    await writeArchive(partial, passphrase, entriesOf(source));
    const { manifest } = await inspect(await openArchive(partial, passphrase));
    if (existsSync(path)) throw new Error(`${path} is there already`);
    renameSync(partial, path);
    const { tables, files, takenAt } = manifest;
    const rows = Object.values(tables).reduce((sum, table) => sum + table.rows, 0);
    const counts = { tables: Object.keys(tables).length, rows, files: Object.keys(files).length };
    return { path, bytes: statSync(path).size, takenAt, ...counts };
  } finally {
    rmSync(partial, { force: true });
  }
}

async function* entriesOf({
  ownerUrl,
  keysPath,
  bankKeysPath,
  filesPath,
  demo,
}: BackupSource): AsyncGenerator<ArchiveEntry> {
  const dump = dumpRows(ownerUrl);
  let step = await dump.next();
  for (; !step.done; step = await dump.next()) {
    yield { name: entryNames.table(step.value.name), content: step.value.rows };
  }
  // After the rows: every file that one of them names is whole by then, and none is ever changed.
  const files: Manifest['files'] = {};
  for (const file of storedFiles(filesPath)) {
    const digest = createHash('sha256');
    let bytes = 0;
    const content = async function* (): AsyncGenerator<Buffer> {
      for await (const chunk of createReadStream(join(filesPath, file))) {
        digest.update(chunk as Buffer);
        bytes += (chunk as Buffer).length;
        yield chunk as Buffer;
      }
    };
    yield { name: entryNames.file(file), content: content() };
    files[file] = { bytes, sha256: digest.digest('hex') };
  }
  yield textEntry(entryNames.keys, readFileSync(keysPath, 'utf8'));
  yield textEntry(entryNames.bankKeys, existsSync(bankKeysPath) ? readFileSync(bankKeysPath, 'utf8') : 'null');
  yield textEntry(entryNames.demo, JSON.stringify(demo ?? null));
  yield textEntry(entryNames.manifest, JSON.stringify({ ...step.value, files } satisfies Manifest));
}

/** Attachments by their names; what is still being written has another one. */
function storedFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /^[0-9a-f]{2}\/[0-9a-f]{64}$/.test(name))
    .sort();
}

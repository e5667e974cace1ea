import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ColumnCipher, type Keys } from '@banjie/persistence';

const key = (letter: string) => Buffer.alloc(32, letter).toString('base64');

/** Keys that are the same in every spec file, so that rows of a shared template database can be read by all. */
export function testKeys(): Keys {
  return { columnKeyId: 'test', columnKeys: { test: key('c') }, hashKey: key('h'), auditKey: key('a') };
}

export function testCipher(): ColumnCipher {
  return new ColumnCipher(testKeys());
}

/** `testKeys` as the file that the processes read (BANJIE_KEYS). */
export function writeTestKeys(): { path: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'banjie-keys-'));
  const path = join(folder, 'keys.json');
  writeFileSync(path, JSON.stringify(testKeys()), { mode: 0o600 });
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

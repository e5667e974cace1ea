import { createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCallKeys, type CallKeys, type CallKeysFile } from '@banjie/bank-files';
import { ColumnCipher, type Keys } from '@banjie/persistence';

const key = (letter: string) => Buffer.alloc(32, letter).toString('base64');

/** Keys that are the same in every spec file, so that rows of a shared template database can be read by all. */
export function testKeys(): Keys {
  return { columnKeyId: 'test', columnKeys: { test: key('c') }, hashKey: key('h'), auditKey: key('a') };
}

export function testCipher(): ColumnCipher {
  return new ColumnCipher(testKeys());
}

/** An Ed25519 key in its usual wrapping (RFC 8410), the same in every run. */
const privateKey = (letter: string) =>
  Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, letter)]);
const publicKey = (letter: string) =>
  createPublicKey(createPrivateKey({ key: privateKey(letter), format: 'der', type: 'pkcs8' }))
    .export({ format: 'der', type: 'spki' })
    .toString('base64');

/** Keys of the calls to the stand-in bank, as `startBankProcess` knows them: ours, and the bank's. */
export const testCallKeyFiles: { ours: CallKeysFile; bank: CallKeysFile } = {
  ours: { keyId: 'banjie-test', key: privateKey('o').toString('base64'), trusted: { 'bank-test': publicKey('b') } },
  bank: { keyId: 'bank-test', key: privateKey('b').toString('base64'), trusted: { 'banjie-test': publicKey('o') } },
};

export function testCallKeys(): CallKeys {
  return readCallKeys(testCallKeyFiles.ours);
}

/**
 * `testKeys` as the file that the processes read (BANJIE_KEYS), with the keys of the calls to the bank beside it, and those of the
 * stand-in bank (BANK_KEYS).
 */
export function writeTestKeys(): { path: string; ofTheBank: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'banjie-keys-'));
  const path = join(folder, 'keys.json');
  const ofTheBank = join(folder, 'of-the-bank.json');
  const write = (file: string, keys: object) => writeFileSync(file, JSON.stringify(keys), { mode: 0o600 });
  write(path, testKeys());
  write(join(folder, 'bank-keys.json'), testCallKeyFiles.ours);
  write(ofTheBank, testCallKeyFiles.bank);
  return { path, ofTheBank, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

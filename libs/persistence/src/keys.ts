import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The keys of one installation; generated at the first start, kept apart from the database. */
export interface Keys {
  /** The key new values are written with. */
  columnKeyId: string;
  /** 32 bytes each, base64; old keys stay until no column uses them. */
  columnKeys: Record<string, string>;
  /** HMAC key for look-up hashes of personal columns. */
  hashKey: string;
  /** HMAC key for the chain of acts. */
  auditKey: string;
}

/** Reads the key file and refuses one that is short or incomplete. */
export function loadKeys(path: string): Keys {
  const keys = JSON.parse(readFileSync(path, 'utf8')) as Keys;
  const all = { ...keys.columnKeys, hashKey: keys.hashKey, auditKey: keys.auditKey };
  for (const [name, value] of Object.entries(all)) {
    if (Buffer.from(value ?? '', 'base64').length !== 32) throw new Error(`密钥 ${name} 不是 32 字节,请检查密钥文件`);
  }
  if (!keys.columnKeys[keys.columnKeyId]) throw new Error('密钥文件缺少当前列密钥');
  return keys;
}

/**
 * Where the keys of our calls to the bank are: BANJIE_BANK_KEYS, or `bank-keys.json` beside the key file. A file of its own, because
 * the API has no business with the bank and never reads it.
 */
export function bankKeysPath(env: NodeJS.ProcessEnv): string {
  return env['BANJIE_BANK_KEYS'] || join(dirname(env['BANJIE_KEYS'] ?? ''), 'bank-keys.json');
}

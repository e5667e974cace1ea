import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** One side's key file: its own Ed25519 key (PKCS #8, base64), and the other side's public keys (SPKI, base64) by their ids. */
export interface CallKeysFile {
  keyId: string;
  key: string;
  /** More than one while the other side changes its key. */
  trusted: Record<string, string>;
}

/** What a side signs with and whom it believes. */
export interface CallKeys {
  keyId: string;
  key: KeyObject;
  trusted: ReadonlyMap<string, KeyObject>;
}

/** @throws Error with a sentence that names the faulty key by its id, never by its value. */
export function readCallKeys({ keyId, key, trusted }: CallKeysFile): CallKeys {
  if (!isKeyId(keyId)) throw new Error('银行接口密钥缺少 keyId');
  const entries = Object.entries(trusted ?? {});
  if (entries.length === 0) throw new Error('银行接口密钥缺少对方的公钥');
  return {
    keyId,
    key: ed25519(keyId, () => createPrivateKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'pkcs8' })),
    trusted: new Map(
      entries.map(([id, spki]) => [
        id,
        ed25519(id, () => createPublicKey({ key: Buffer.from(spki, 'base64'), format: 'der', type: 'spki' })),
      ]),
    ),
  };
}

/** Reads the key file of one side. @throws Error with a sentence when it is missing or damaged. */
export function loadCallKeys(path: string): CallKeys {
  let file: CallKeysFile;
  try {
    file = JSON.parse(readFileSync(path, 'utf8')) as CallKeysFile;
  } catch {
    throw new Error(`银行接口密钥文件 ${path} 不存在或已损坏`);
  }
  return readCallKeys(file);
}

/** New keys for both sides, each trusting the other. */
export function makeCallKeys(): { ours: CallKeysFile; bank: CallKeysFile } {
  const [ours, bank] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
  const day = new Date().toISOString().slice(0, 10);
  const side = (name: string, own: typeof ours, other: string, others: typeof ours): CallKeysFile => ({
    keyId: `${name}-${day}`,
    key: own.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
    trusted: { [`${other}-${day}`]: others.publicKey.export({ format: 'der', type: 'spki' }).toString('base64') },
  });
  return { ours: side('banjie', ours, 'bank', bank), bank: side('bank', bank, 'banjie', ours) };
}

function ed25519(id: string, read: () => KeyObject): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = read();
  } catch {
    key = undefined;
  }
  if (!isKeyId(id) || key?.asymmetricKeyType !== 'ed25519') throw new Error(`银行接口密钥 ${id} 不是 Ed25519 密钥`);
  return key;
}

function isKeyId(id: unknown): id is string {
  return typeof id === 'string' && /^[\w.-]{1,64}$/.test(id);
}

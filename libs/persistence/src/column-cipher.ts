import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Keys } from './keys';

const ivBytes = 12;
const tagBytes = 16;

/**
 * Personal columns (architecture § 7): AES-256-GCM as `[id length][key id][iv][tag][text]`, and a keyed hash for exact look-up.
 * `context` names table and column, so that a value moved to another column does not open.
 */
export class ColumnCipher {
  private readonly columnKeys: Map<string, Buffer>;
  private readonly hashKey: Buffer;
  private readonly auditKey: Buffer;

  constructor(private readonly keys: Keys) {
    this.columnKeys = new Map(Object.entries(keys.columnKeys).map(([id, key]) => [id, Buffer.from(key, 'base64')]));
    this.hashKey = Buffer.from(keys.hashKey, 'base64');
    this.auditKey = Buffer.from(keys.auditKey, 'base64');
  }

  encrypt(context: string, text: string): Buffer {
    return this.encryptBytes(context, Buffer.from(text, 'utf8'));
  }

  decrypt(context: string, sealed: Buffer): string {
    return this.decryptBytes(context, sealed).toString('utf8');
  }

  encryptBytes(context: string, bytes: Buffer): Buffer {
    const id = Buffer.from(this.keys.columnKeyId, 'utf8');
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv('aes-256-gcm', this.keyOf(this.keys.columnKeyId), iv);
    cipher.setAAD(Buffer.from(context, 'utf8'));
    const text = Buffer.concat([cipher.update(bytes), cipher.final()]);
    return Buffer.concat([Buffer.from([id.length]), id, iv, cipher.getAuthTag(), text]);
  }

  decryptBytes(context: string, sealed: Buffer): Buffer {
    const idEnd = 1 + (sealed[0] ?? 0);
    const id = sealed.subarray(1, idEnd).toString('utf8');
    const decipher = createDecipheriv('aes-256-gcm', this.keyOf(id), sealed.subarray(idEnd, idEnd + ivBytes));
    decipher.setAAD(Buffer.from(context, 'utf8'));
    decipher.setAuthTag(sealed.subarray(idEnd + ivBytes, idEnd + ivBytes + tagBytes));
    return Buffer.concat([decipher.update(sealed.subarray(idEnd + ivBytes + tagBytes)), decipher.final()]);
  }

  encryptJson(context: string, value: unknown): Buffer {
    return this.encrypt(context, JSON.stringify(value));
  }

  decryptJson<Value>(context: string, sealed: Buffer): Value {
    return JSON.parse(this.decrypt(context, sealed)) as Value;
  }

  /** Keyed digest of a normalised personal value; the only form in which it may be looked up or stand in an act row. */
  hash(context: string, text: string): Buffer {
    return createHmac('sha256', this.hashKey).update(context).update('\0').update(text).digest();
  }

  /** The next link of a case's chain. */
  chain(previous: Buffer, canonicalRow: string): Buffer {
    return createHmac('sha256', this.auditKey).update(previous).update(canonicalRow).digest();
  }

  private keyOf(id: string): Buffer {
    const key = this.columnKeys.get(id);
    if (!key) throw new Error(`列密钥 ${id} 不存在`);
    return key;
  }
}

export function sameBytes(left: Buffer, right: Buffer): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

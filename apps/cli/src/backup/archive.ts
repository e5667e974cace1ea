import { createCipheriv, createDecipheriv, createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';

/*
 * A backup is one file: a line that says how it is sealed, then everything else in AES-256-GCM under a key made of a passphrase, then the
 * tag of 16 bytes. Inside, compressed: entries, each a name and its content in chunks.
 */

/** Something of a backup: a table, a file, the keys, the manifest. */
export interface ArchiveEntry {
  name: string;
  content: AsyncIterable<Buffer>;
}

/** The file is no backup, is damaged, or the passphrase is another one; the sentence says which. */
export class ArchiveRefused extends Error {}

interface Head {
  format: 'banjie-backup';
  version: number;
  kdf: { name: 'scrypt'; n: number; r: number; p: number; salt: string };
  iv: string;
  /** Knows the passphrase, so that a wrong one is told from a damaged file. */
  check: string;
}

const version = 1;
const tagBytes = 16;
const longestHead = 4_096;
const chunkBytes = 256 * 1_024;
const kdf = { n: 2 ** 17, r: 8, p: 1 } as const;
/** GCM under one nonce (NIST SP 800-38D). */
const mostBytes = 2 ** 36 - 32;

/**
 * Writes a backup, the file readable by its owner alone; whole only when this returns.
 * @throws Error when the path is taken
 */
export async function writeArchive(
  path: string,
  passphrase: string,
  entries: AsyncIterable<ArchiveEntry>,
): Promise<void> {
  const salt = randomBytes(16);
  const iv = randomBytes(12);
  const keys = await keysOf(passphrase, { ...kdf, salt });
  const head: Head = {
    ...{ format: 'banjie-backup', version },
    kdf: { name: 'scrypt', ...kdf, salt: salt.toString('base64') },
    ...{ iv: iv.toString('base64'), check: keys.check.toString('base64') },
  };
  const line = Buffer.from(`${JSON.stringify(head)}\n`);
  const cipher = createCipheriv('aes-256-gcm', keys.content, iv).setAAD(line);
  let bytes = 0;
  async function* sealed(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    yield line;
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > mostBytes) throw new Error('a backup of more than 64 GiB cannot be sealed in one file');
      yield cipher.update(chunk);
    }
    yield cipher.final();
    yield cipher.getAuthTag();
  }
  const target = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true });
  await pipeline(Readable.from(framed(entries), { objectMode: false }), createGzip({ level: 4 }), sealed, target);
}

/** A backup whose every byte was proved to be what was written. */
export interface Archive {
  /** The entries from the beginning, each to be read to its end before the next one; again as often as asked. */
  entries(): AsyncGenerator<ArchiveEntry>;
}

/** Proves the whole file before anything of it is believed. @throws ArchiveRefused */
export async function openArchive(path: string, passphrase: string): Promise<Archive> {
  const { line, head, bytes } = await readHead(path);
  const keys = await keysOf(passphrase, { ...head.kdf, salt: Buffer.from(head.kdf.salt, 'base64') });
  const check = Buffer.from(head.check, 'base64');
  if (check.length !== keys.check.length || !timingSafeEqual(check, keys.check)) {
    throw new ArchiveRefused('口令不对,或文件开头已损坏');
  }
  const tag = await readTag(path, bytes);
  async function* opened(): AsyncGenerator<Buffer> {
    const decipher = createDecipheriv('aes-256-gcm', keys.content, Buffer.from(head.iv, 'base64'));
    decipher.setAAD(line).setAuthTag(tag);
    const sealed = createReadStream(path, { start: line.length, end: bytes - tagBytes - 1, highWaterMark: chunkBytes });
    for await (const chunk of sealed) yield decipher.update(chunk as Buffer);
    yield decipher.final();
  }
  try {
    for await (const chunk of opened()) void chunk;
  } catch (error) {
    if (isFileFault(error)) throw error;
    throw new ArchiveRefused('备份文件已损坏:内容与封存时不同(被截断、改动或没有写完)');
  }
  const entries = () => {
    const plain = createGunzip();
    // What goes wrong before it is heard by whoever reads it.
    pipeline(Readable.from(opened(), { objectMode: false }), plain).catch(() => undefined);
    return unframed(plain);
  };
  return { entries };
}

async function readHead(path: string): Promise<{ line: Buffer; head: Head; bytes: number }> {
  const file = await open(path, 'r');
  try {
    const { size: bytes } = await file.stat();
    const start = await readAt(file, 0, Math.min(longestHead, bytes));
    const end = start.indexOf('\n');
    const head = end < 0 ? null : headOf(start.subarray(0, end).toString('utf8'));
    if (!head) throw new ArchiveRefused('这不是办结的备份文件,或文件开头已损坏');
    if (head.version !== version) {
      throw new ArchiveRefused(`备份文件的格式是第 ${head.version} 版,本程序只认识第 ${version} 版`);
    }
    if (bytes < end + 1 + tagBytes) throw new ArchiveRefused('备份文件已损坏:没有写完');
    return { line: start.subarray(0, end + 1), head, bytes };
  } finally {
    await file.close();
  }
}

/** Nothing of it is proved yet: a head that asks for endless work is no head. */
function headOf(text: string): Head | null {
  try {
    const head = JSON.parse(text) as Partial<Head>;
    const { n, r, p, salt } = head.kdf!;
    const isOurs =
      head.format === 'banjie-backup' &&
      typeof head.version === 'number' &&
      head.kdf!.name === 'scrypt' &&
      [n, r, p].every(Number.isSafeInteger) &&
      n > 1 &&
      n <= 2 ** 20 &&
      (n & (n - 1)) === 0 &&
      r >= 1 &&
      r <= 16 &&
      p >= 1 &&
      p <= 4 &&
      [salt, head.iv, head.check].every((value) => typeof value === 'string') &&
      Buffer.from(head.iv!, 'base64').length === 12;
    return isOurs ? (head as Head) : null;
  } catch {
    return null;
  }
}

async function readTag(path: string, bytes: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    return await readAt(file, bytes - tagBytes, tagBytes);
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

async function keysOf(
  passphrase: string,
  { n, r, p, salt }: { n: number; r: number; p: number; salt: Buffer },
): Promise<{ content: Buffer; check: Buffer }> {
  const made = await new Promise<Buffer>((resolve, reject) => {
    const limits = { N: n, r, p, maxmem: 256 * n * r };
    scrypt(passphrase.normalize('NFC'), salt, 64, limits, (error, key) => (error ? reject(error) : resolve(key)));
  });
  const check = createHmac('sha256', made.subarray(32)).update('banjie-backup').digest();
  return { content: made.subarray(0, 32), check };
}

const isFileFault = (error: unknown): boolean => /^E[A-Z]+$/.test((error as NodeJS.ErrnoException).code ?? '');

function lengthOf(bytes: number): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes);
  return length;
}

async function* framed(entries: AsyncIterable<ArchiveEntry>): AsyncGenerator<Buffer> {
  for await (const { name, content } of entries) {
    const title = Buffer.from(name);
    yield lengthOf(title.length);
    yield title;
    for await (const chunk of gathered(content)) {
      yield lengthOf(chunk.length);
      yield chunk;
    }
    yield lengthOf(0);
  }
  yield lengthOf(0);
}

/** Rows come one by one: larger pieces cost less. */
async function* gathered(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of content) {
    parts.push(chunk);
    bytes += chunk.length;
    if (bytes < chunkBytes) continue;
    yield Buffer.concat(parts);
    parts = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(parts);
}

async function* unframed(chunks: AsyncIterable<Buffer>): AsyncGenerator<ArchiveEntry> {
  const source = chunks[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const take = async (bytes: number): Promise<Buffer> => {
    const parts = [rest];
    let have = rest.length;
    while (have < bytes) {
      const next = await source.next();
      if (next.done) throw new ArchiveRefused('备份文件的内容不完整');
      parts.push(next.value);
      have += next.value.length;
    }
    const all = parts.length === 1 ? rest : Buffer.concat(parts);
    rest = all.subarray(bytes);
    return all.subarray(0, bytes);
  };
  const takeLength = async () => (await take(4)).readUInt32BE();
  async function* content(): AsyncGenerator<Buffer> {
    for (let bytes = await takeLength(); bytes > 0; bytes = await takeLength()) yield await take(bytes);
  }
  for (let bytes = await takeLength(); bytes > 0; bytes = await takeLength()) {
    const name = (await take(bytes)).toString('utf8');
    const own = content();
    yield { name, content: own };
    for await (const chunk of own) void chunk; // What nobody read.
  }
}

import { DomainError } from '@banjie/domain';
import { inflateRawSync } from 'node:zlib';

const endSignature = 0x06054b50;
const centralSignature = 0x02014b50;
const localSignature = 0x04034b50;
const stored = 0;
const deflated = 8;

export interface UnzipLimits {
  entries: number;
  /** All entries together, uncompressed. */
  bytes: number;
}

const unreadable = (reason: string) => new DomainError('STATEMENT_UNREADABLE', { reason }, 'file');

/**
 * Opens a zip file and never unpacks more than it may: the sizes of the central directory are added up before anything
 * is inflated, and inflating stops at the size that was declared, so a lying directory gains nothing (zip bombs).
 * Entries that `wants` does not name are counted and left packed.
 * @throws DomainError STATEMENT_UNREADABLE
 */
export function unzipWithin(zip: Buffer, limits: UnzipLimits, wants: (name: string) => boolean): Map<string, Buffer> {
  const end = findEnd(zip);
  if (end < 0) throw unreadable('压缩结构不完整');
  const count = zip.readUInt16LE(end + 10);
  const size = zip.readUInt32LE(end + 12);
  const start = zip.readUInt32LE(end + 16);
  if (count > limits.entries) throw unreadable('文件内部部件过多');
  if (start + size > end) throw unreadable('压缩结构不完整');

  const entries = readDirectory(zip, start, count, end);
  const total = entries.reduce((sum, entry) => sum + entry.size, 0);
  if (total > limits.bytes) throw unreadable('解压后的内容过大');
  const found = new Map<string, Buffer>();
  for (const entry of entries) {
    if (!wants(entry.name)) continue;
    if (found.has(entry.name)) throw unreadable('文件内部部件重名');
    found.set(entry.name, unpack(zip, entry));
  }
  return found;
}

interface Entry {
  name: string;
  method: number;
  packedSize: number;
  size: number;
  offset: number;
}

/** The record may be followed by a comment of up to 65 535 bytes that must fill the rest of the file exactly. */
export function findEnd(zip: Buffer): number {
  for (let at = zip.length - 22; at >= 0 && at >= zip.length - 22 - 0xffff; at -= 1) {
    if (zip.readUInt32LE(at) === endSignature && at + 22 + zip.readUInt16LE(at + 20) === zip.length) return at;
  }
  return -1;
}

function readDirectory(zip: Buffer, start: number, count: number, end: number): Entry[] {
  const entries: Entry[] = [];
  let at = start;
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > end || zip.readUInt32LE(at) !== centralSignature) throw unreadable('压缩结构不完整');
    const [flags, method] = [zip.readUInt16LE(at + 8), zip.readUInt16LE(at + 10)];
    if (flags & 1) throw unreadable('文件已加密');
    const nameEnd = at + 46 + zip.readUInt16LE(at + 28);
    entries.push({
      name: zip.toString('utf8', at + 46, Math.min(nameEnd, end)),
      method,
      packedSize: zip.readUInt32LE(at + 20),
      size: zip.readUInt32LE(at + 24),
      offset: zip.readUInt32LE(at + 42),
    });
    at = nameEnd + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return entries;
}

function unpack(zip: Buffer, { method, packedSize, size, offset }: Entry): Buffer {
  if (offset + 30 > zip.length || zip.readUInt32LE(offset) !== localSignature) throw unreadable('压缩结构不完整');
  const begin = offset + 30 + zip.readUInt16LE(offset + 26) + zip.readUInt16LE(offset + 28);
  const packed = zip.subarray(begin, begin + packedSize);
  if (packed.length !== packedSize) throw unreadable('压缩结构不完整');
  if (method === stored && packedSize === size) return packed;
  if (method !== deflated) throw unreadable('压缩方式不受支持');
  try {
    const plain = inflateRawSync(packed, { maxOutputLength: Math.max(size, 1) });
    if (plain.length === size) return plain;
  } catch {
    // Damaged, or more than it said: the same sentence for both.
  }
  throw unreadable('压缩内容与目录不符');
}

import { createHash } from 'node:crypto';

/** A file as it arrives: whole, or piece by piece as a stream gives it. */
export type BankFileSource = Uint8Array | AsyncIterable<Uint8Array>;

/**
 * Reads a source to its end, but never past the limit by more than the piece in hand: leaving the loop closes the stream.
 * `bytes` is null when the file is larger; what was read is let go.
 */
export async function readLimited(
  source: BankFileSource,
  maxBytes: number,
): Promise<{ bytes: Buffer | null; length: number }> {
  if (source instanceof Uint8Array) {
    const whole = source.length <= maxBytes ? Buffer.from(source.buffer, source.byteOffset, source.length) : null;
    return { bytes: whole, length: source.length };
  }
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of source) {
    length += piece.length;
    if (length > maxBytes) return { bytes: null, length };
    pieces.push(piece);
  }
  return { bytes: Buffer.concat(pieces, length), length };
}

/** SHA-256 in hexadecimal: a file's identity, so that a second upload of the same bytes is known. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A file ready to be sent; the same payments give the same bytes. */
export interface WrittenFile {
  bytes: Buffer;
  sha256: string;
  messageId: string;
  count: number;
  sumFen: number;
}

/*
 * GB18030 in both directions. The platform only decodes it; the encoder is the decoder turned round, so that what we write
 * reads back as the same characters. Built at first use (some ten milliseconds).
 */

/** `gb18030` carries every character there is, `gbk` those of two bytes: many banks' systems know no others. */
export type ChineseEncoding = 'gb18030' | 'gbk';

/** Strict: undefined for bytes that are no GB18030. */
export function decodeGb18030(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('gb18030', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * Undefined when a character cannot be carried: half of a pair, one of the private zone (造字, which means something else
 * to everyone), or in GBK one that takes four bytes there.
 */
export function encodeGb18030(text: string, encoding: ChineseEncoding): Buffer | undefined {
  const pieces: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) pieces.push(code);
    else {
      const bytes = bytesOf(code);
      if (bytes === undefined || (encoding === 'gbk' && !isGbk(bytes))) return undefined;
      pieces.push(...bytes);
    }
  }
  return Buffer.from(pieces);
}

/** Row FE was filled by GB18030 only; older systems have 造字 there. */
const isGbk = ([lead = 0, ...rest]: readonly number[]): boolean => rest.length === 1 && lead < 0xfe;

function bytesOf(code: number): readonly number[] | undefined {
  if (code > 0xffff) return fourBytes(code - 0x10000 + firstPointerBeyondBmp);
  return (table ??= turnRound()).get(code);
}

let table: Map<number, readonly number[]> | undefined;
const bmpPointers = 39_420;
const firstPointerBeyondBmp = 189_000;

/** The four bytes of a pointer, as the standard counts them. */
function fourBytes(pointer: number): readonly number[] {
  const digits = [
    Math.floor(pointer / 12_600),
    Math.floor(pointer / 1_260) % 10,
    Math.floor(pointer / 10) % 126,
    pointer % 10,
  ];
  return digits.map((digit, place) => digit + (place % 2 === 0 ? 0x81 : 0x30));
}

function turnRound(): Map<number, readonly number[]> {
  const decoder = new TextDecoder('gb18030');
  const found = new Map<number, readonly number[]>();
  const add = (bytes: readonly number[]) => {
    const [character = '', ...others] = decoder.decode(Uint8Array.from(bytes));
    const code = character.codePointAt(0) ?? 0;
    const isCarried = others.length === 0 && code >= 0x80 && code !== 0xfffd && (code < 0xe000 || code > 0xf8ff);
    if (isCarried && !found.has(code)) found.set(code, bytes);
  };
  for (let lead = 0x81; lead <= 0xfe; lead += 1) {
    for (let trail = 0x40; trail <= 0xfe; trail += 1) if (trail !== 0x7f) add([lead, trail]);
  }
  for (let pointer = 0; pointer < bmpPointers; pointer += 1) add(fourBytes(pointer));
  return found;
}

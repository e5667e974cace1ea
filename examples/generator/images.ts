/** A grey picture, one byte a pixel, 0 black … 255 white. */
export class Picture {
  private readonly pixels: Uint8Array;

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.pixels = new Uint8Array(width * height).fill(255);
  }

  at(x: number, y: number): number {
    return this.pixels[y * this.width + x] ?? 255;
  }

  set(x: number, y: number, grey: number): void {
    if (x >= 0 && x < this.width && y >= 0 && y < this.height) this.pixels[y * this.width + x] = grey;
  }

  fill(x: number, y: number, width: number, height: number, grey: number): void {
    for (let row = y; row < y + height; row += 1)
      for (let column = x; column < x + width; column += 1) this.set(column, row, grey);
  }

  frame(x: number, y: number, width: number, height: number): void {
    this.fill(x, y, width, 1, 0);
    this.fill(x, y + height - 1, width, 1, 0);
    this.fill(x, y, 1, height, 0);
    this.fill(x + width - 1, y, 1, height, 0);
  }
}

/** PNG, one bit a pixel. The data stands in stored blocks: what a compressor makes differs between its versions. */
export function writePng(picture: Picture): Buffer {
  const rowBytes = Math.ceil(picture.width / 8);
  const raw = Buffer.alloc((rowBytes + 1) * picture.height);
  for (let y = 0; y < picture.height; y += 1) {
    for (let x = 0; x < picture.width; x += 1) {
      if (picture.at(x, y) < 128) continue;
      const place = y * (rowBytes + 1) + 1 + (x >> 3);
      raw[place] = (raw[place] ?? 0) | (0x80 >> (x & 7));
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(picture.width, 0);
  header.writeUInt32BE(picture.height, 4);
  header.set([1, 0, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', stored(raw)), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(4);
  frame.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([frame, body, check]);
}

/** A zlib stream without compression (RFC 1950, RFC 1951 § 3.2.4). */
function stored(data: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from([0x78, 0x01])];
  for (let start = 0; start < data.length; start += 0xffff) {
    const block = data.subarray(start, start + 0xffff);
    const head = Buffer.alloc(5);
    head[0] = start + 0xffff >= data.length ? 1 : 0;
    head.writeUInt16LE(block.length, 1);
    head.writeUInt16LE(~block.length & 0xffff, 3);
    parts.push(head, block);
  }
  let [low, high] = [1, 0];
  for (const byte of data) {
    low = (low + byte) % 65_521;
    high = (high + low) % 65_521;
  }
  const check = Buffer.alloc(4);
  check.writeUInt32BE(high * 65_536 + low);
  return Buffer.concat([...parts, check]);
}

function crc32(data: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

// Annex K of ITU T.81: the usual table for luminance DC; of the AC codes only "end of block" is used.
const dcCounts = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
const dcCodes = [
  '00',
  '010',
  '011',
  '100',
  '101',
  '110',
  '1110',
  '11110',
  '111110',
  '1111110',
  '11111110',
  '111111110',
];

/**
 * A grey baseline JPEG in which every 8 × 8 block has one tone: what a bad photograph of a paper looks like, and all the
 * JPEG that is needed to have one.
 */
export function writeBlurredJpeg(picture: Picture): Buffer {
  const [columns, rows] = [Math.ceil(picture.width / 8), Math.ceil(picture.height / 8)];
  let bits = '';
  let before = 0;
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const tone = Math.round(meanOf(picture, column * 8, row * 8)) - 128; // DC = 8 × tone, quantised by 8
      bits += dcBits(tone - before) + '0'; // 0: the only AC code, end of block
      before = tone;
    }
  }
  bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  const scan: number[] = [];
  for (let place = 0; place < bits.length; place += 8) {
    const byte = Number.parseInt(bits.slice(place, place + 8), 2);
    scan.push(byte);
    if (byte === 0xff) scan.push(0);
  }
  const size = [picture.height >> 8, picture.height & 255, picture.width >> 8, picture.width & 255];
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, [0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]),
    segment(0xdb, [0, ...Array.from({ length: 64 }, () => 8)]),
    segment(0xc0, [8, ...size, 1, 1, 0x11, 0]),
    segment(0xc4, [0x00, ...dcCounts, ...dcCodes.keys()]),
    segment(0xc4, [0x10, 1, ...Array.from({ length: 15 }, () => 0), 0]),
    segment(0xda, [1, 1, 0x00, 0, 63, 0]),
    Buffer.from(scan),
    Buffer.from([0xff, 0xd9]),
  ]);
}

function dcBits(difference: number): string {
  const size = difference === 0 ? 0 : Math.abs(difference).toString(2).length;
  const code = dcCodes[size];
  if (code === undefined) throw new Error(`no DC code for ${difference}`);
  if (size === 0) return code;
  const value = difference > 0 ? difference : difference + 2 ** size - 1;
  return code + value.toString(2).padStart(size, '0');
}

function meanOf(picture: Picture, left: number, top: number): number {
  let sum = 0;
  for (let y = top; y < top + 8; y += 1) for (let x = left; x < left + 8; x += 1) sum += picture.at(x, y);
  return sum / 64;
}

function segment(marker: number, body: readonly number[]): Buffer {
  const length = body.length + 2;
  return Buffer.from([0xff, marker, length >> 8, length & 255, ...body]);
}

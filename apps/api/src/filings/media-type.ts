import { DomainError } from '@banjie/domain';
import { fileTypeFromBuffer } from 'file-type';
import { findEnd } from './unzip-within';

export type MediaType = 'application/pdf' | 'image/jpeg' | 'image/png';

/** Pixels of a scan; an A3 page at 600 dpi has about 70 million, at 400 dpi 31 million. */
const maximumPixels = 60_000_000;
const accepted: readonly string[] = ['application/pdf', 'image/jpeg', 'image/png'] satisfies MediaType[];

const refused = (reason: string) => new DomainError('FILE_TYPE_REFUSED', { reason }, 'file');

/**
 * The type of an attachment by its content alone; the name and the type that were sent along say nothing. Refuses what
 * is two files in one (a PDF behind other bytes, an archive behind a picture), scripts in a PDF, and pictures that
 * would unpack to more than 60 million pixels.
 * @throws DomainError FILE_MISSING, FILE_TYPE_REFUSED
 */
export async function checkMediaType(file: Buffer): Promise<MediaType> {
  if (file.length === 0) throw new DomainError('FILE_MISSING', {}, 'file');
  const type = (await fileTypeFromBuffer(file))?.mime;
  if (!type || !accepted.includes(type)) throw refused(type ? `内容是 ${type}` : '无法识别');
  if (findEnd(file) >= 0) throw refused('文件后面附有压缩包');
  if (type === 'application/pdf') {
    checkPdf(file);
  } else {
    if (file.subarray(0, 1024).includes('%PDF-')) throw refused('图片中夹带 PDF');
    const { width, height } = type === 'image/png' ? sizeOfPng(file) : sizeOfJpeg(file);
    if (width < 1 || height < 1) throw refused('图片已损坏');
    if (width * height > maximumPixels) throw refused('图片像素过多,请降低扫描分辨率');
  }
  return type as MediaType;
}

function checkPdf(file: Buffer): void {
  if (!/^%PDF-[12]\.\d/.test(file.toString('latin1', 0, 8))) throw refused('PDF 前面有其他内容');
  if (!file.subarray(-2048).includes('%%EOF')) throw refused('PDF 不完整');
  if (file.includes('/JavaScript') || file.includes('/Launch')) throw refused('PDF 中含有脚本');
}

/** Walks the chunks: IHDR first, IEND last, nothing behind it. */
function sizeOfPng(file: Buffer): { width: number; height: number } {
  if (file.length < 57 || file.toString('latin1', 12, 16) !== 'IHDR') throw refused('图片已损坏');
  let at = 8;
  for (;;) {
    if (at + 12 > file.length) throw refused('图片不完整');
    const kind = file.toString('latin1', at + 4, at + 8);
    at += 12 + file.readUInt32BE(at);
    if (kind === 'IEND') break;
  }
  if (at !== file.length) throw refused('图片后面附有其他内容');
  return { width: file.readUInt32BE(16), height: file.readUInt32BE(20) };
}

/** Walks the segments to the frame header (SOF0 … SOF15 without DHT, JPG, DAC). */
function sizeOfJpeg(file: Buffer): { width: number; height: number } {
  let at = 2;
  while (at + 9 < file.length) {
    if (file[at] !== 0xff) throw refused('图片已损坏');
    const marker = file[at + 1]!;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { height: file.readUInt16BE(at + 5), width: file.readUInt16BE(at + 7) };
    }
    if (marker === 0xd9 || marker === 0xda) break;
    const isBare = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
    at += isBare ? 2 : 2 + file.readUInt16BE(at + 2);
  }
  throw refused('图片已损坏');
}

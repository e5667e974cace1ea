import type { ExamplePaper } from '@banjie/contracts';
import { Picture, writeBlurredJpeg, writePng } from './images';
import { writePdf, type PdfMark, type PdfText } from './pdf';
import { seeded } from './random';

type PaperKind = ExamplePaper['paper'];
type Facts = ExamplePaper['facts'];

/** A file of the package and what the window clerk writes down about it. */
export interface MadePaper {
  entry: ExamplePaper;
  bytes: Buffer;
}

/** What is printed on a sheet of paper. */
export interface Sheet {
  title: string;
  lines: readonly string[];
  /** The text of a round seal in the lower right corner. */
  seal?: string;
  /** Whose signature stands at the foot. */
  signature?: string;
}

/** A document as a PDF with a text layer. */
export function document(paper: PaperKind, file: string, sheet: Sheet, facts: Facts): MadePaper {
  return { entry: { file, paper, facts }, bytes: print(sheet) };
}

function print({ title, lines, seal, signature }: Sheet): Buffer {
  const texts: PdfText[] = [{ x: Math.max(60, 297 - title.length * 8), y: 780, size: 16, text: title }];
  const marks: PdfMark[] = [{ x: 48, y: 60, width: 499, height: 752 }];
  let y = 740;
  for (const line of lines.flatMap((text) => wrap(text, 42))) {
    texts.push({ x: 64, y, size: 11, text: line });
    y -= 20;
  }
  if (signature) texts.push({ x: 330, y: 130, size: 12, text: `签名:${signature}` });
  if (seal) {
    marks.push({ x: 395, y: 75, width: 110, height: 110, round: true, red: true });
    texts.push({ x: 405, y: 126, size: 9, text: seal.slice(0, 10) }, { x: 405, y: 112, size: 9, text: seal.slice(10) });
  }
  return writePdf(title, [{ texts, marks }]);
}

function wrap(text: string, width: number): string[] {
  const parts: string[] = [];
  const characters = [...text];
  for (let start = 0; start < characters.length; start += width)
    parts.push(characters.slice(start, start + width).join(''));
  return parts.length > 0 ? parts : [''];
}

/** A card held under a scanner: frame, portrait, what looks like print, and a number in digits one can read. */
export function card(paper: PaperKind, file: string, number: string, facts: Facts): MadePaper {
  return { entry: { file, paper, facts }, bytes: writePng(drawCard(number, paper)) };
}

/** A photograph out of focus, in which nothing can be read. */
export function blurredPhoto(paper: PaperKind, file: string, number: string, facts: Facts): MadePaper {
  return {
    entry: { file, paper, facts: { ...facts, legible: false } },
    bytes: writeBlurredJpeg(drawCard(number, paper)),
  };
}

function drawCard(number: string, kind: string): Picture {
  const random = seeded(`${kind}/${number}`);
  const picture = new Picture(320, 200);
  picture.frame(4, 4, 312, 192);
  picture.frame(228, 20, 72, 92);
  picture.fill(252, 34, 24, 28, 0);
  picture.fill(240, 66, 48, 44, 0);
  for (let row = 0; row < 5; row += 1) {
    let x = 24;
    while (x < 196) {
      const width = random.whole(6, 12);
      // A block of strokes: at this size print looks no better on a cheap scanner.
      for (let stroke = 0; stroke < 4; stroke += 1)
        picture.fill(x, 26 + row * 22 + stroke * 3, random.whole(3, width), 1, 0);
      picture.fill(x + random.whole(1, width - 2), 24 + row * 22, 1, 13, 0);
      x += width + random.whole(3, 6);
    }
  }
  [...number].forEach((character, place) => drawDigit(picture, 24 + place * 14, 156, character));
  return picture;
}

// Three by five dots for each digit, row by row.
const dots: Record<string, string> = {
  '0': '111101101101111',
  '1': '010110010010111',
  '2': '111001111100111',
  '3': '111001111001111',
  '4': '101101111001001',
  '5': '111100111001111',
  '6': '111100111101111',
  '7': '111001010010010',
  '8': '111101111101111',
  '9': '111101111001111',
  X: '101101010101101',
};

function drawDigit(picture: Picture, left: number, top: number, character: string): void {
  [...(dots[character] ?? '')].forEach((dot, place) => {
    if (dot === '1') picture.fill(left + (place % 3) * 3, top + Math.floor(place / 3) * 4, 3, 4, 0);
  });
}

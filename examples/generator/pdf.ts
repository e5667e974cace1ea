/** A line of text on an A4 page, in points from the lower left corner. */
export interface PdfText {
  x: number;
  y: number;
  size: number;
  text: string;
}

/** A frame or, with `round`, a circle such as a seal leaves. */
export interface PdfMark {
  x: number;
  y: number;
  width: number;
  height: number;
  round?: true;
  red?: true;
}

export interface PdfPage {
  texts: PdfText[];
  marks: PdfMark[];
}

/**
 * A small PDF 1.5 with a text layer. Chinese is set in STSong-Light, one of the standard CJK fonts that every reader brings along,
 * so nothing is embedded; nothing is compressed either, so the bytes do not depend on a library.
 */
export function writePdf(title: string, pages: readonly PdfPage[]): Buffer {
  const objects: string[] = [];
  const add = (body: string): number => objects.push(body);
  add('<< /Type /Catalog /Pages 2 0 R >>');
  add(''); // the page tree, once its kids are known
  add(
    '<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light-UniGB-UTF16-H /Encoding /UniGB-UTF16-H /DescendantFonts [4 0 R] >>',
  );
  add(
    '<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /W [1 95 500] ' +
      '/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> /FontDescriptor 5 0 R >>',
  );
  add(
    '<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 ' +
      '/Descent -120 /CapHeight 880 /StemV 93 >>',
  );
  const info = add(
    `<< /Title <${utf16(`\uFEFF${title}`)}> /Producer (banjie examples) /CreationDate (D:20260101000000+08'00') >>`,
  );
  const kids = pages.map((page) => {
    const content = [...page.marks.map(drawMark), ...page.texts.map(drawText)].join('\n');
    const stream = add(`<< /Length ${content.length} >>\nstream\n${content}\nendstream`);
    return add(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents ${stream} 0 R >>`,
    );
  });
  objects[1] = `<< /Type /Pages /Kids [${kids.map((kid) => `${kid} 0 R`).join(' ')}] /Count ${kids.length} >>`;
  return assemble(objects, info);
}

function assemble(objects: readonly string[], info: number): Buffer {
  let file = '%PDF-1.5\n';
  const offsets = objects.map((body, place) => {
    const offset = file.length;
    file += `${place + 1} 0 obj\n${body}\nendobj\n`;
    return offset;
  });
  const start = file.length;
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}`;
  file += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R /Info ${info} 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(file, 'latin1');
}

function drawText({ x, y, size, text }: PdfText): string {
  return `BT /F1 ${size} Tf ${x} ${y} Td <${utf16(text)}> Tj ET`;
}

function drawMark({ x, y, width, height, round, red }: PdfMark): string {
  const colour = red ? '0.8 0.1 0.1 RG' : '0 0 0 RG';
  if (!round) return `q ${colour} 1 w ${x} ${y} ${width} ${height} re S Q`;
  const [rx, ry] = [width / 2, height / 2];
  const [cx, cy] = [x + rx, y + ry];
  const bend = 0.5523;
  const curve = (...numbers: number[]) => `${numbers.map((n) => Number(n.toFixed(2))).join(' ')} c`;
  return [
    `q ${colour} 1.5 w ${cx + rx} ${cy} m`,
    curve(cx + rx, cy + ry * bend, cx + rx * bend, cy + ry, cx, cy + ry),
    curve(cx - rx * bend, cy + ry, cx - rx, cy + ry * bend, cx - rx, cy),
    curve(cx - rx, cy - ry * bend, cx - rx * bend, cy - ry, cx, cy - ry),
    curve(cx + rx * bend, cy - ry, cx + rx, cy - ry * bend, cx + rx, cy),
    'S Q',
  ].join(' ');
}

function utf16(text: string): string {
  return Buffer.from(text, 'utf16le').swap16().toString('hex').toUpperCase();
}

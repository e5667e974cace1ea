import { readPain001, writePain001 } from '../pain001';
import { inPieces, oneBatch, onePayment } from '../testing/arbitraries';

// Every reader of XML goes through the same door; pain.001 stands here for all.

const file = writePain001(oneBatch([onePayment({ payeeName: 'A&B' }), onePayment({ orderNo: 'A2' })])).bytes;
const text = file.toString('utf8');
const read = (bytes: string | Uint8Array) =>
  readPain001(typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes);
const withDoctype = (declarations: string, reference: string) =>
  text.replace('\n', `\n<!DOCTYPE Document [${declarations}]>\n`).replace('A&amp;B', reference);
const refusedAs = async (bytes: string | Uint8Array) => {
  const { refused, lines, head, faults } = await read(bytes);
  expect({ lines, head }).toEqual({ lines: [], head: null });
  expect(faults.filter(({ line }) => line === null)).toEqual([expect.objectContaining({ code: refused })]);
  return refused;
};

describe('a message in XML', () => {
  it('with a billion laughs is refused before it is parsed', async () => {
    const laughs = Array.from({ length: 10 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('');
    expect(await refusedAs(withDoctype(`<!ENTITY l0 "ha">${laughs}`, '&l10;'))).toBe('BANK_FILE_FORBIDDEN_MARKUP');
  });

  it.each([
    ['a file of the machine', '<!ENTITY x SYSTEM "file:///etc/passwd">', '&x;'],
    ['an address', '<!ENTITY x SYSTEM "http://127.0.0.1:9/x">', '&x;'],
    ['a parameter entity', '<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd"> %x;', 'A'],
    ['a document type without entities', '', 'A'],
  ])('that asks for %s is refused before it is parsed', async (_, declarations, reference) => {
    expect(await refusedAs(withDoctype(declarations, reference))).toBe('BANK_FILE_FORBIDDEN_MARKUP');
  });

  it.each([
    ['an entity nobody declared', text.replace('A&amp;B', '&nbsp;')],
    ['a bare ampersand', text.replace('A&amp;B', 'A & B')],
    ['CDATA', text.replace('A&amp;B', '<![CDATA[A&B]]>')],
    ['a document type in small letters', text.replace('\n', '\n<!doctype Document>\n')],
  ])('with %s is refused', async (_, bytes) => {
    expect(await refusedAs(bytes)).toBe('BANK_FILE_FORBIDDEN_MARKUP');
  });

  it('keeps character numbers and the five names as the characters they stand for', async () => {
    const report = await read(text.replace('A&amp;B', '&#x6d4b;&#35797; &lt;&gt;&quot;&apos;&amp;lt;'));
    expect(report.lines.find(({ orderNo }) => orderNo !== 'A2')?.payeeName).toBe('测试 <>"\'&lt;');
  });

  it.each(['&#xd800;', '&#0;', '&#x1f;', '&#xffff;', '&#x110000;', '&#9999999;'])(
    'with the number %s, which is no character, is refused',
    async (number) => {
      expect(await refusedAs(text.replace('A&amp;B', number))).toBe('BANK_FILE_BROKEN');
    },
  );

  it.each([
    ['in GB18030', Buffer.from('3c3f786d6c3f3e3c613ec4e33c2f613e', 'hex')],
    ['in UTF-16', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['that says it is in GB18030', text.replace('UTF-8', 'GB18030')],
    [
      'with a byte of another encoding in a name',
      Buffer.concat([file.subarray(0, 900), Buffer.from([0xc4]), file.subarray(901)]),
    ],
  ])('%s is refused for its encoding', async (_, bytes) => {
    expect(await refusedAs(bytes)).toBe('BANK_FILE_ENCODING');
  });

  it('with a mark of UTF-8 in front is read, and the report says so', async () => {
    const report = await read(`\ufeff${text}`);
    expect(report).toMatchObject({ refused: null, file: { encoding: 'utf-8-bom', count: 2 } });
  });

  it.each([
    ['another message', text.replaceAll('CstmrCdtTrfInitn', 'CstmrPmtStsRpt')],
    ['another version', text.replace('pain.001.001.09', 'pain.001.001.03')],
    ['no namespace', text.replace(/ xmlns="[^"]*"/, '')],
    ['another namespace', text.replace('urn:iso', 'urn:my')],
    ['another root', text.replaceAll('Document', 'Dokument')],
    [
      'a prefix that leads elsewhere',
      text.replace('<Document xmlns=', '<a:Document xmlns:b=').replace('</Document', '</a:Document'),
    ],
  ])('with %s is not the file that was asked for', async (_, bytes) => {
    expect(await refusedAs(bytes)).toBe('BANK_FILE_KIND');
  });

  it('with a prefix on every element is the same message', async () => {
    const prefixed = text.replace(/<(\/?)(?=\w)/g, '<$1p:').replace('xmlns=', 'xmlns:p=');
    const report = await read(prefixed);
    expect(report).toMatchObject({ refused: null, faults: [] });
    expect(report.lines).toEqual((await read(text)).lines);
  });

  it('cut off anywhere is refused', async () => {
    for (let length = 0; length < file.length - 1; length += 1) {
      const { refused, lines } = await read(file.subarray(0, length));
      expect({ length, refused: refused === null, lines }).toEqual({ length, refused: false, lines: [] });
    }
  });

  it.each([
    ['a second root', `${text}<Document/>`],
    ['words behind the end', `${text}合计正确`],
    ['a tag closed by another', text.replace('</Cdtr>', '</Dbtr>')],
    ['an element twice where one belongs', text.replace(/<MsgId>.*<\/MsgId>/, '$&$&')],
    ['a tag that goes on and on', text.replace('<Cdtr>', `<Cdtr ${'x '.repeat(500_000)}>`)],
    ['a control character', text.replace('测试收款人', '测试\u0007收款人')],
    ['nesting deeper than any message', text.replace('A&amp;B', '<x>'.repeat(50_000) + '</x>'.repeat(50_000))],
  ])('with %s is refused', async (_, bytes) => {
    expect(['BANK_FILE_BROKEN', 'BANK_FILE_ELEMENT', 'BANK_FILE_KIND']).toContain(await refusedAs(bytes));
  });

  it('with more elements or attributes than the limit is refused before they are built', async () => {
    const many = text.replace('A&amp;B', '<x/>'.repeat(5_000));
    const wide = text.replace('A&amp;B', '<x a="" b="" c=""/>'.repeat(1_500));
    for (const bytes of [many, wide]) {
      const report = await readPain001(Buffer.from(bytes), { maxParts: 4_000 });
      expect(report).toMatchObject({ refused: 'BANK_FILE_TOO_LARGE', lines: [] });
    }
  });

  it('of 200 MB is refused with no more than the limit read, and the stream is closed', async () => {
    const piece = Buffer.alloc(1024 * 1024, ' ');
    let given = 0;
    let closed = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (; given < 200; given += 1) {
          await Promise.resolve();
          yield piece;
        }
      } finally {
        closed = true;
      }
    }
    const report = await readPain001(endless());
    expect(report).toMatchObject({ refused: 'BANK_FILE_TOO_LARGE', lines: [], file: { sha256: null, count: 0 } });
    expect(report.file.bytes).toBe(65 * 1024 * 1024); // the piece that went beyond 64 MiB was the last one
    expect({ given, closed }).toEqual({ given: 64, closed: true });
  });

  it('passes on what breaks the stream itself: that is no fault of the file', async () => {
    async function* torn(): AsyncGenerator<Uint8Array> {
      yield* inPieces(file.subarray(0, 500));
      throw new Error('the line was cut');
    }
    await expect(readPain001(torn())).rejects.toThrow('the line was cut');
  });

  it('with a bit turned over anywhere is refused, reports it, or says the same money to the same orders', async () => {
    const good = (await read(file)).lines;
    const money = new Map(good.map(({ orderNo, amountFen }) => [orderNo, amountFen]));
    for (let at = 0; at < file.length; at += 3) {
      const turned = Buffer.from(file);
      turned.writeUInt8(turned.readUInt8(at) ^ (1 << (at % 8)), at);
      const { refused, lines, faults } = await read(turned);
      if (refused !== null || faults.length > 0) continue;
      for (const { orderNo, amountFen } of lines) {
        if (money.has(orderNo)) expect({ at, amountFen }).toEqual({ at, amountFen: money.get(orderNo) });
      }
    }
  });
});

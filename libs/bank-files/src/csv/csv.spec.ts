import { bankReasonOf, DomainError } from '@banjie/domain';
import fc from 'fast-check';
import { inPieces, oneBatch, onePayment, transferBatch, transferResults } from '../testing/arbitraries';
import type { TransferBatch } from '../transfer-batch';
import type { TransferResultToWrite } from '../transfer-results';
import { readCsvPayments, writeCsvPayments } from './csv-payments';
import { readCsvResults, writeCsvResults } from './csv-results';
import { decodeGb18030, encodeGb18030 } from './gb18030';
import { batchPaymentGb18030, batchPaymentUtf8, type CsvLayout } from './layouts';

const layouts = [
  batchPaymentGb18030,
  batchPaymentUtf8,
  { ...batchPaymentGb18030, name: '批量代发(UTF-8 无 BOM)', encoding: 'utf-8', lineEnd: '\n' } satisfies CsvLayout,
];
const ofOneAccount = (batch: TransferBatch): TransferBatch => ({
  ...batch,
  payments: batch.payments.map((payment) => ({ ...payment, fundAccount: 'ZC450221' })),
});
const result = (orderNo: string, set: Partial<TransferResultToWrite> = {}): TransferResultToWrite => ({
  orderNo,
  outcome: 'booked',
  amountFen: 100,
  payeeAccount: '6222020000000001',
  bankReference: `B${orderNo}`,
  bookedAt: '2026-11-26T09:15:00+08:00',
  ...set,
});
const three = [
  result('A1'),
  result('A2', { amountFen: 250, outcome: 'refused', bookedAt: null, reason: '户名不符' }),
  result('A3', { amountFen: 5, outcome: 'pending', bookedAt: null }),
];
const written = (layout: CsvLayout, results = three) =>
  writeCsvResults({ messageId: 'PB20261125-01-1', fundAccount: 'ZC450221', results }, layout).bytes;
/** The bytes with something replaced in their text, in the same encoding. */
const changed = (layout: CsvLayout, from: string | RegExp, to: string, results = three): Buffer => {
  const text =
    layout.encoding === 'gb18030' ? decodeGb18030(written(layout, results)) : written(layout, results).toString('utf8');
  const other = (text ?? '').replace(from, to);
  expect(other).not.toBe(text);
  return (layout.encoding === 'gb18030' && encodeGb18030(other, 'gb18030')) || Buffer.from(other, 'utf8');
};
const read = (bytes: Buffer, layout: CsvLayout = batchPaymentGb18030) => readCsvResults(bytes, layout);

describe.each(layouts)('$name', (layout) => {
  it('payments are read back as they were written, and the same payments give the same bytes', async () => {
    await fc.assert(
      fc.asyncProperty(transferBatch, async (any) => {
        const batch = ofOneAccount(any);
        const file = writeCsvPayments(batch, layout);
        const report = await readCsvPayments(inPieces(file.bytes), layout);
        expect(report).toMatchObject({
          refused: null,
          faults: [],
          head: { fundAccount: 'ZC450221', payOn: '2026-11-26' },
        });
        expect(report.file).toMatchObject({
          sha256: file.sha256,
          encoding: layout.encoding,
          messageId: file.messageId,
          count: file.count,
          sumFen: file.sumFen,
        });
        expect(new Set(report.lines)).toEqual(new Set(batch.payments));
        const turned = { ...batch, payments: [...batch.payments].reverse() };
        expect(writeCsvPayments(turned, layout).bytes.equals(file.bytes)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('results are read back as the bank wrote them', async () => {
    await fc.assert(
      fc.asyncProperty(transferResults, async (results) => {
        const report = await readCsvResults(inPieces(written(layout, results)), layout);
        expect(report).toMatchObject({ refused: null, faults: [], head: { originalMessageId: 'PB20261125-01-1' } });
        expect(report.lines).toEqual(
          results.map(({ bookedAt, reason, ...rest }) => ({
            ...rest,
            bookedAt: bookedAt ? `${bookedAt.slice(0, 19)}+08:00` : null,
            reason: rest.outcome === 'refused' ? bankReasonOf(reason) : null,
          })),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('cut off anywhere is refused', async () => {
    const file = written(layout);
    for (let length = 0; length < file.length; length += 1) {
      const report = await readCsvResults(file.subarray(0, length), layout);
      expect({ length, refused: report.refused === null }).toEqual({ length, refused: false });
    }
  });

  it('with a bit turned over anywhere never says another amount or outcome than was written', async () => {
    const file = written(layout);
    const truth = new Map((await readCsvResults(file, layout)).lines.map((line) => [line.orderNo, line]));
    for (let at = 0; at < file.length; at += 1) {
      const turned = Buffer.from(file);
      turned.writeUInt8(turned.readUInt8(at) ^ (1 << (at % 8)), at);
      for (const { orderNo, outcome, amountFen } of (await readCsvResults(turned, layout)).lines) {
        const line = truth.get(orderNo);
        if (line) expect({ at, outcome, amountFen }).toEqual({ at, outcome: line.outcome, amountFen: line.amountFen });
      }
    }
  });

  it('may have its lines in any order', async () => {
    const report = await readCsvResults(written(layout, [...three].reverse()), layout);
    expect(report.lines.map(({ orderNo }) => orderNo)).toEqual(['A3', 'A2', 'A1']);
  });

  it('with one bad line has the others good', async () => {
    const report = await readCsvResults(changed(layout, '2.50', '2.5O'), layout);
    expect(report).toMatchObject({
      refused: null,
      faults: [{ code: 'BANK_LINE_AMOUNT', orderNo: 'A2', amountFen: null }],
    });
    expect(report.lines.map(({ orderNo }) => orderNo)).toEqual(['A1', 'A3']);
  });

  it('with its totals off by 1 分 is refused whole', async () => {
    expect(await readCsvResults(changed(layout, '3.55', '3.56'), layout)).toMatchObject({
      refused: 'BANK_FILE_TOTALS',
      lines: [],
    });
  });
});

describe('a payment file', () => {
  it('looks as the bank describes it', () => {
    const { bytes } = writeCsvPayments(oneBatch([onePayment({ payeeName: '测试,"甲"' })]), batchPaymentGb18030);
    expect(decodeGb18030(bytes)).toBe(
      '汇总,PB20261125-01-1,ZC450221,2026-11-26,1,8640.20\r\n' +
        '序号,收款账号,收款户名,收款行行号,金额(元),业务参考号\r\n' +
        '1,6222020000000001,"测试,""甲""",102614000001,8640.20,450221251125000017P1\r\n',
    );
  });

  it('for a spreadsheet keeps numbers as text, starts with the mark and ends with the totals', () => {
    const text = writeCsvPayments(oneBatch(), batchPaymentUtf8).bytes.toString('utf8');
    expect(text.startsWith('\ufeff序号,')).toBe(true);
    expect(text).toContain('\n1,\t6222020000000001,测试收款人,\t102614000001,8640.20,\t450221251125000017P1\r\n');
    expect(text.endsWith('\r\n合计,\tPB20261125-01-1,\tZC450221,2026-11-26,1,8640.20\r\n')).toBe(true);
  });

  const gbk: CsvLayout = { ...batchPaymentGb18030, encoding: 'gbk' };
  it.each([
    ['a character of the private zone', '测试\ue001', batchPaymentGb18030],
    ['half of a pair', '测试\ud840', batchPaymentGb18030],
    ['a character GBK does not know', '测试𠮷', gbk],
    ['one that GB18030 put where GBK had none', '䶮测试', gbk],
    ['more bytes than the column takes', '长'.repeat(31), batchPaymentGb18030],
    ['more bytes than in GB18030, in UTF-8', '长'.repeat(21), batchPaymentUtf8],
    ['a line break', '测试\n二', batchPaymentGb18030],
    ['a formula', "=HYPERLINK('x')", batchPaymentUtf8],
    ['a plus in front', '+测试', batchPaymentUtf8],
    ['a hyphen in front', '-测试', batchPaymentGb18030],
    ['an at in front', '@SUM', batchPaymentGb18030],
    ['the equals sign in full width', '\uff1d测试', batchPaymentGb18030],
    ['nothing but spaces', '  ', batchPaymentGb18030],
  ])('is not written with %s in a name: the error names the order, not the person', (_, payeeName, layout) => {
    const error = thrown(() => writeCsvPayments(oneBatch([onePayment({ payeeName })]), layout));
    expect(error).toMatchObject({
      code: 'PAYOUT_UNWRITABLE',
      facts: { orderNo: onePayment().orderNo, field: '收款户名' },
    });
    expect(error.message).toContain('拨付单 450221251125000017P1 的收款户名');
    expect(error.message).not.toContain(payeeName);
  });

  it('is written with rare characters that the encoding has, letter by letter', async () => {
    const payment = onePayment({ payeeName: '覃㛃𬭊·買買提' });
    const { bytes } = writeCsvPayments(oneBatch([payment]), batchPaymentGb18030);
    expect((await readCsvPayments(bytes, batchPaymentGb18030)).lines).toEqual([payment]);
  });

  it.each([
    ['a formula in an account', { payeeAccount: '=1+1' }, '收款账号'],
    ['an account longer than its column', { payeeAccount: '1'.repeat(33) }, '收款账号'],
    ['an order number longer than its column', { orderNo: 'P'.repeat(41) }, '业务参考号'],
  ])('is not written with %s', (_, set, field) => {
    expect(thrown(() => writeCsvPayments(oneBatch([onePayment(set)]), batchPaymentGb18030)).facts).toMatchObject({
      field,
    });
  });

  it('is for one fund account', () => {
    const other = { fundAccount: 'ZC450200', name: '测试市级中心', bankCode: '102614000001' };
    const batch = oneBatch([onePayment(), onePayment({ orderNo: 'A2', fundAccount: 'ZC450200' })]);
    const error = thrown(() => writeCsvPayments({ ...batch, debtors: [...batch.debtors, other] }, batchPaymentGb18030));
    expect(error.code).toBe('BANK_BATCH_UNWRITABLE');
  });
});

describe('a result file', () => {
  it.each([
    ['in UTF-8 where GB18030 was agreed', written(layouts[2] ?? batchPaymentUtf8), batchPaymentGb18030, '文件是 UTF-8'],
    ['in UTF-8 with a mark there', written(batchPaymentUtf8), batchPaymentGb18030, '文件是 UTF-8'],
    [
      'in GB18030 where UTF-8 was agreed',
      written(batchPaymentGb18030),
      layouts[2] ?? batchPaymentUtf8,
      '文件是 GB18030',
    ],
    [
      'in UTF-16',
      Buffer.from(`\ufeff${written(batchPaymentUtf8).toString('utf8')}`, 'utf16le'),
      batchPaymentUtf8,
      '文件是 UTF-16',
    ],
    [
      'with a byte of nothing',
      Buffer.concat([written(batchPaymentGb18030), Buffer.from([0xff])]),
      batchPaymentGb18030,
      '含有不属于该编码的字节',
    ],
  ])('%s is refused, and the report says what it is', async (_, bytes, layout, reason) => {
    const report = await readCsvResults(bytes, layout);
    expect(report).toMatchObject({ refused: 'BANK_FILE_ENCODING', lines: [], head: null });
    expect(report.faults[0]?.message).toContain(reason);
  });

  it('in UTF-8 is read with and without the mark', async () => {
    for (const layout of [batchPaymentUtf8, { ...batchPaymentUtf8, encoding: 'utf-8' as const }]) {
      const without = written({ ...batchPaymentUtf8, encoding: 'utf-8' });
      expect(await readCsvResults(without, layout)).toMatchObject({
        refused: null,
        file: { encoding: 'utf-8', count: 3 },
      });
      expect(await readCsvResults(written(batchPaymentUtf8), layout)).toMatchObject({
        file: { encoding: 'utf-8-bom', count: 3 },
      });
    }
  });

  it.each([
    ['a column renamed', '状态', '結果', 'BANK_FILE_KIND'],
    ['two columns changed places', '流水号,交易时间', '交易时间,流水号', 'BANK_FILE_KIND'],
    ['no totals', /^汇总/, '总计', 'BANK_FILE_BROKEN'],
    ['a line left out', /2,6222.*\r\n/, '', 'BANK_FILE_TOTALS'],
    ['a line put in', /(2,6222.*\r\n)/, '$1$1', 'BANK_FILE_TOTALS'],
    ['the paid sum off by 1 分', ',1,1.00\r\n', ',1,1.01\r\n', 'BANK_FILE_TOTALS'],
    ['an outcome turned', 'A2,失败', 'A2,成功', 'BANK_FILE_TOTALS'],
    ['a quote that does not close', 'BA1', '"BA1', 'BANK_FILE_BROKEN'],
    ['a cell without end', 'BA1', `"${'x'.repeat(20_000)}"`, 'BANK_FILE_BROKEN'],
  ])('with %s is refused whole', async (_, from, to, code) => {
    expect(await read(changed(batchPaymentGb18030, from, to))).toMatchObject({ refused: code, lines: [], head: null });
  });

  it.each([
    ['a cell too many', 'BA2', 'BA2,x', 'BANK_LINE_FIELD'],
    ['a status nobody agreed on', 'A2,失败', 'A2,退回', 'BANK_LINE_STATUS'],
    ['an order number with a blank', 'A2,失败', 'A 2,失败', 'BANK_LINE_ORDER_NO'],
    ['an amount with thousands marks', '2.50', '"0,002.50"', 'BANK_LINE_AMOUNT'],
    ['a negative amount', '2.50', '-2.50', 'BANK_LINE_AMOUNT'],
  ])('with %s in one line reports the line by its place in the file', async (_, from, to, code) => {
    const report = await read(changed(batchPaymentGb18030, from, to));
    expect(report).toMatchObject({ refused: null, faults: [{ line: 4, code }] });
    expect(report.lines.map(({ orderNo }) => orderNo)).toEqual(['A1', 'A3']);
  });

  it('with one order in two lines takes neither', async () => {
    const report = await read(written(batchPaymentGb18030, [result('A1'), result('A2'), result('A1')]));
    expect(report.lines.map(({ orderNo }) => orderNo)).toEqual(['A2']);
    expect(report.faults.map(({ code }) => code)).toEqual(['BANK_LINE_DUPLICATE', 'BANK_LINE_DUPLICATE']);
  });

  it('of more cells than the limit is refused before they are built', async () => {
    const bytes = Buffer.concat([written(batchPaymentGb18030), Buffer.from('\r\n'.repeat(5_000))]);
    expect(await readCsvResults(bytes, batchPaymentGb18030, { maxParts: 4_000 })).toMatchObject({
      refused: 'BANK_FILE_TOO_LARGE',
    });
    expect(await readCsvResults(bytes, batchPaymentGb18030, { maxBytes: 4_000 })).toMatchObject({
      refused: 'BANK_FILE_TOO_LARGE',
    });
    expect(await readCsvResults(bytes, batchPaymentGb18030)).toMatchObject({ refused: null, file: { count: 3 } });
  });

  it("keeps a spreadsheet from running the bank's words", () => {
    const refused = result('A1', { outcome: 'refused', bookedAt: null, reason: '=cmd|x\n户名不符' });
    expect(written(batchPaymentUtf8, [refused]).toString('utf8')).toContain(",'=cmd|x 户名不符\r\n");
  });
});

function thrown(act: () => unknown): DomainError {
  try {
    act();
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

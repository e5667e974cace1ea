import { bankReasonOf } from '@banjie/domain';
import fc from 'fast-check';
import { readPain002, writePain002, type StatusReport } from './pain002';
import { inPieces, transferResults } from './testing/arbitraries';
import type { TransferResultToWrite } from './transfer-results';

const reportOf = (...groups: TransferResultToWrite[][]): StatusReport => {
  const all = groups.flat();
  return {
    messageId: 'S20261126-7',
    createdAt: '2026-11-26T11:00:00+08:00',
    original: {
      messageId: 'PB20261125-01-1',
      count: all.length,
      sumFen: all.reduce((sum, { amountFen }) => sum + amountFen, 0),
    },
    debtors: groups.map((results, place) => ({ id: `PB20261125-01-1-${place + 1}`, results })),
  };
};
const result = (orderNo: string, set: Partial<TransferResultToWrite> = {}): TransferResultToWrite => ({
  orderNo,
  outcome: 'booked',
  amountFen: 100,
  payeeAccount: '6222020000000001',
  bankReference: `B${orderNo}`,
  bookedAt: '2026-11-26T09:15:00+08:00',
  ...set,
});
const three = (): string =>
  writePain002(
    reportOf([
      result('A1'),
      result('A2', { amountFen: 250, outcome: 'refused', bookedAt: null, reason: '户名不符' }),
      result('A3', { amountFen: 5, outcome: 'pending', bookedAt: null }),
    ]),
  ).bytes.toString('utf8');
const read = (text: string) => readPain002(Buffer.from(text, 'utf8'));

describe('a pain.002', () => {
  it('is read back as the bank wrote it, with our word for its reasons', async () => {
    await fc.assert(
      fc.asyncProperty(transferResults, transferResults, async (one, other) => {
        const known = new Set(one.map(({ orderNo }) => orderNo));
        const groups = [one, other.filter(({ orderNo }) => !known.has(orderNo))].filter(({ length }) => length > 0);
        const file = writePain002(reportOf(...groups));
        const report = await readPain002(inPieces(file.bytes));
        expect(report).toMatchObject({ refused: null, faults: [], head: { isComplete: true } });
        expect(report.file).toMatchObject({ sha256: file.sha256, count: file.count, sumFen: file.sumFen });
        expect(report.lines).toEqual(
          groups.flat().map(({ bookedAt = null, reason, ...rest }) => ({
            ...rest,
            bookedAt,
            reason: rest.outcome === 'refused' ? bankReasonOf(reason) : null,
          })),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('says what became of the whole and of each account: partly taken', async () => {
    const refused = result('B1', { outcome: 'refused', bookedAt: null, reason: '账户已销户' });
    const { bytes } = writePain002(reportOf([result('A1')], [refused]));
    expect((await readPain002(bytes)).head).toEqual({
      createdAt: '2026-11-26T11:00:00+08:00',
      originalMessageId: 'PB20261125-01-1',
      originalCount: 2,
      originalSumFen: 200,
      isComplete: true,
      group: { outcome: 'partly', reason: null },
      debtors: [
        { id: 'PB20261125-01-1-1', count: 1, outcome: 'booked', reason: null },
        { id: 'PB20261125-01-1-2', count: 1, outcome: 'refused', reason: 'other' },
      ],
    });
  });

  it('refusing the file as a whole has no lines and is no fault', async () => {
    const { bytes } = writePain002({ ...reportOf(), original: { messageId: 'PB1-1', count: 3, sumFen: 355 }, refusedBecause: '文件重复' }); // prettier-ignore
    const report = await readPain002(bytes);
    expect(report).toMatchObject({ refused: null, lines: [], faults: [] });
    expect(report.head).toMatchObject({
      group: { outcome: 'refused', reason: 'other' },
      originalCount: 3,
      isComplete: false,
    });
  });

  it('that answers only some of the payments has them good and says it is not complete', async () => {
    const whole = reportOf([result('A1')]);
    const { bytes } = writePain002({ ...whole, original: { ...whole.original, count: 3, sumFen: 355 } });
    const report = await readPain002(bytes);
    expect(report).toMatchObject({
      refused: null,
      faults: [],
      head: { isComplete: false, originalCount: 3, originalSumFen: 355 },
    });
    expect(report.lines).toEqual([expect.objectContaining({ orderNo: 'A1', outcome: 'booked' })]);
  });

  it('may have its lines in any order', async () => {
    const text = three();
    const lines = text.match(/ *<TxInfAndSts>[^]*?<\/TxInfAndSts>\n/g) ?? [];
    expect(lines).toHaveLength(3);
    const report = await read(text.replace(lines.join(''), [...lines].reverse().join('')));
    expect(report).toMatchObject({ refused: null, faults: [] });
    expect(new Set(report.lines)).toEqual(new Set((await read(text)).lines));
  });

  it.each([
    ['a status total off by 1 分', '<DtldCtrlSum>2.50<', '<DtldCtrlSum>2.51<'],
    ['a status count off by one', '<DtldNbOfTxs>1<', '<DtldNbOfTxs>2<'],
    ['the sum of the original off by 1 分', '<OrgnlCtrlSum>3.55<', '<OrgnlCtrlSum>3.56<'],
    ['more lines than the original had', '<OrgnlNbOfTxs>3<', '<OrgnlNbOfTxs>2<'],
    ['one amount changed', '"CNY">2.50<', '"CNY">2.60<'],
    ['one outcome changed', '<TxSts>RJCT<', '<TxSts>ACSC<'],
    ['an outcome no total names', '<TxSts>RJCT<', '<TxSts>ABCD<'],
    ['no totals at all', /<(NbOfTxsPerSts)>[^]*?<\/\1>|<OrgnlCtrlSum>.*?<\/OrgnlCtrlSum>/g, ''],
  ])('with %s is refused whole', async (_, from, to) => {
    const text = three();
    const changed = typeof from === 'string' ? text.replace(from, to) : text.replaceAll(from, to);
    expect(changed).not.toBe(text);
    expect(await read(changed)).toMatchObject({ refused: 'BANK_FILE_TOTALS', lines: [], head: null });
  });

  it('that calls the whole booked while a line is not is refused', async () => {
    expect(await read(three().replace('PART', 'ACSC'))).toMatchObject({ refused: 'BANK_FILE_ELEMENT', lines: [] });
  });

  it('with a status nobody agreed on, in line and total, reports the line; nobody guesses whether money moved', async () => {
    const report = await read(three().replaceAll('RJCT', 'ABCD'));
    expect(report.refused).toBe(null);
    expect(report.faults).toEqual([
      expect.objectContaining({ line: 2, code: 'BANK_LINE_STATUS', orderNo: 'A2', amountFen: 250 }),
    ]);
    expect(report.lines.map(({ orderNo }) => orderNo)).toEqual(['A1', 'A3']);
  });

  it.each([
    ['an order number of another form', '>A2<', '> A2<', 'BANK_LINE_ORDER_NO'],
    ['no amount', '<InstdAmt Ccy="CNY">2.50</InstdAmt>', '', 'BANK_LINE_AMOUNT'],
    ['a moment that never was', '2026-11-26T09:15:00+08:00', '2026-13-26T09:15:00', 'BANK_LINE_FIELD'],
  ])('with %s in one line reports that line', async (_, from, to, code) => {
    const report = await read(three().replace(from, to));
    expect(report.refused).toBe(null);
    expect(report.faults).toEqual([expect.objectContaining({ code })]);
    expect(report.lines).toHaveLength(2);
  });

  it('with one order in two lines takes neither, even if they agree', async () => {
    const { bytes } = writePain002(reportOf([result('A1'), result('A2'), result('A1')]));
    const report = await readPain002(bytes);
    expect(report.lines.map(({ orderNo }) => orderNo)).toEqual(['A2']);
    expect(report.faults.map(({ line, code }) => [line, code])).toEqual([
      [1, 'BANK_LINE_DUPLICATE'],
      [3, 'BANK_LINE_DUPLICATE'],
    ]);
  });

  it.each([
    ['AC04', '', 'accountClosed'],
    ['BE01', '账户已销户', 'nameDiffers'],
    ['NARR', '收款账户已冻结', 'accountFrozen'],
    ['ZZ99', '查无此户', 'accountMissing'],
    ['ZZ99', '', 'other'],
    ['constructor', '', 'other'],
  ])('with reason %s %s means %s', async (code, words, reason) => {
    const text = three().replace('<Cd>BE01<', `<Cd>${code}<`).replace('>户名不符<', `>${words}<`);
    expect((await read(text)).lines[1]).toMatchObject({ orderNo: 'A2', reason });
  });

  it('is read in the version published with pain.001.001.09 as well, and not in others', async () => {
    expect(await read(three().replace('pain.002.001.12', 'pain.002.001.10'))).toMatchObject({
      refused: null,
      faults: [],
    });
    expect((await read(three().replace('pain.002.001.12', 'pain.002.001.03'))).refused).toBe('BANK_FILE_KIND');
    expect((await read(three().replace('pain.001.001.09', 'pain.008.001.08'))).refused).toBe('BANK_FILE_KIND');
  });

  it('cut off anywhere, or with a bit turned over, never says another amount or outcome than was written', async () => {
    const file = Buffer.from(three(), 'utf8');
    const told = new Map((await readPain002(file)).lines.map(({ orderNo, ...rest }) => [orderNo, rest]));
    for (let length = 0; length < file.length - 1; length += 5) {
      expect((await readPain002(file.subarray(0, length))).refused).not.toBe(null);
    }
    for (let at = 0; at < file.length; at += 3) {
      const turned = Buffer.from(file);
      turned.writeUInt8(turned.readUInt8(at) ^ (1 << (at % 8)), at);
      for (const { orderNo, outcome, amountFen } of (await readPain002(turned)).lines) {
        const truth = told.get(orderNo);
        if (truth)
          expect({ at, outcome, amountFen }).toEqual({ at, outcome: truth.outcome, amountFen: truth.amountFen });
      }
    }
  });
});

import { DomainError } from '@banjie/domain';
import fc from 'fast-check';
import { readPain001, writePain001 } from './pain001';
import { inPieces, oneBatch, onePayment, transferBatch } from './testing/arbitraries';

const byOrderNo = <T extends { orderNo: string }>(lines: T[]) =>
  [...lines].sort((one, other) => (one.orderNo < other.orderNo ? -1 : 1));
const readText = (text: string) => readPain001(Buffer.from(text, 'utf8'));
const written = (...payments: Parameters<typeof oneBatch>) =>
  writePain001(oneBatch(...payments)).bytes.toString('utf8');
const three = () =>
  written([
    onePayment({ orderNo: 'A1', amountFen: 100 }),
    onePayment({ orderNo: 'A2', amountFen: 250 }),
    onePayment({ orderNo: 'A3', amountFen: 5 }),
  ]);

describe('a pain.001', () => {
  it('is read back as it was written, to the 分 and the letter, whatever order the payments came in', async () => {
    await fc.assert(
      fc.asyncProperty(transferBatch, async (batch) => {
        const file = writePain001(batch);
        const report = await readPain001(inPieces(file.bytes));
        expect(report).toMatchObject({ refused: null, faults: [] });
        expect(report.file).toEqual({
          sha256: file.sha256,
          bytes: file.bytes.length,
          encoding: 'utf-8',
          kind: 'pain.001',
          messageId: `${batch.batchNo}-${batch.part}`,
          count: batch.payments.length,
          sumFen: batch.payments.reduce((sum, { amountFen }) => sum + amountFen, 0),
        });
        expect(byOrderNo(report.lines)).toEqual(byOrderNo([...batch.payments]));
        const turned = { ...batch, payments: [...batch.payments].reverse(), debtors: [...batch.debtors].reverse() };
        expect(writePain001(turned).bytes.equals(file.bytes)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('has the element order of the schema, one PmtInf per fund account, and both totals', () => {
    const batch = oneBatch([onePayment(), onePayment({ orderNo: 'A2', fundAccount: 'ZC450200', amountFen: 5 })]);
    const debtors = [...batch.debtors, { fundAccount: 'ZC450200', name: '测试市级中心', bankCode: '102614000002' }];
    const text = writePain001({ ...batch, debtors }).bytes.toString('utf8');
    expect(text.match(/<PmtInf>/g)).toHaveLength(2);
    expect(text).toContain('<NbOfTxs>2</NbOfTxs>\n   <CtrlSum>8640.25</CtrlSum>');
    expect(text).toContain('<PmtInfId>PB20261125-01-1-1</PmtInfId>');
    const names = [...text.matchAll(/<(\w+)/g)].map(([, name]) => name);
    expect(names.slice(0, 36).join(' ')).toBe(
      'Document CstmrCdtTrfInitn GrpHdr MsgId CreDtTm NbOfTxs CtrlSum InitgPty Nm PmtInf PmtInfId PmtMtd BtchBookg ' +
        'NbOfTxs CtrlSum ReqdExctnDt Dt Dbtr Nm DbtrAcct Id Othr Id Ccy DbtrAgt FinInstnId ClrSysMmbId ClrSysId Cd MmbId ' +
        'CdtTrfTxInf PmtId EndToEndId Amt InstdAmt CdtrAgt',
    );
    expect(text).toContain('<EndToEndId>A2</EndToEndId>');
  });

  it.each([
    ['a name with a control character', { payeeName: '测试\u0001人' }, '收款户名'],
    ['a name with half a character', { payeeName: '测试\ud840' }, '收款户名'],
    ['a name longer than the message has room for', { payeeName: '长'.repeat(141) }, '收款户名'],
    ['an account longer than that', { payeeAccount: '1'.repeat(35) }, '收款账号'],
    ['an account with a sign in it', { payeeAccount: '6222 0200' }, '收款账号'],
    ['an order number longer than 35', { orderNo: 'P'.repeat(36) }, '单号'],
    ['nothing to pay', { amountFen: 0 }, '金额'],
    ['half a 分', { amountFen: 0.5 }, '金额'],
  ])('is not written with %s: the error names the order and the field, not the person', (_, set, field) => {
    const payment = onePayment(set);
    const error = thrown(() => writePain001(oneBatch([payment])));
    expect(error).toMatchObject({ code: 'PAYOUT_UNWRITABLE', facts: { orderNo: payment.orderNo, field } });
    expect(error.message).not.toContain(payment.payeeName);
    expect(error.message).not.toContain(payment.payeeAccount);
  });

  it.each([
    ['no payments', { payments: [] }],
    ['an order named twice', { payments: [onePayment(), onePayment()] }],
    ['a fund account nobody named', { payments: [onePayment({ fundAccount: 'ZC999999' })] }],
    ['a batch number too long', { batchNo: 'B'.repeat(34) }],
    ['no time of making', { createdAt: 'today' }],
  ])('is not written for a batch with %s', (_, set) => {
    expect(thrown(() => writePain001({ ...oneBatch(), ...set })).code).toBe('BANK_BATCH_UNWRITABLE');
  });

  it('whose sum is off by 1 分, in all or for one account, is refused whole', async () => {
    const text = three();
    const sums = [...text.matchAll(/3\.55/g)];
    expect(sums).toHaveLength(2);
    for (const { index } of sums) {
      const report = await readText(`${text.slice(0, index)}3.56${text.slice(index + 4)}`);
      expect(report).toMatchObject({ refused: 'BANK_FILE_TOTALS', lines: [], head: null });
      expect(report.faults).toEqual([expect.objectContaining({ line: null, code: 'BANK_FILE_TOTALS' })]);
    }
    const miscounted = await readText(text.replace('<NbOfTxs>3<', '<NbOfTxs>2<'));
    expect(miscounted).toMatchObject({ refused: 'BANK_FILE_TOTALS', lines: [] });
  });

  it('with one bad line has the others good, and the report says which and what next', async () => {
    const report = await readText(three().replace('>2.50<', '>2,50<'));
    expect(report).toMatchObject({ refused: null, file: { count: 3, sumFen: 105 } });
    expect(report.lines.map(({ orderNo }) => orderNo)).toEqual(['A1', 'A3']);
    expect(report.faults).toEqual([
      {
        line: 2,
        code: 'BANK_LINE_AMOUNT',
        message: '第 2 笔的金额不是有效的人民币金额。',
        next: '请向银行核对这一笔;其余各笔不受影响。',
        orderNo: 'A2',
        amountFen: null,
      },
    ]);
  });

  it('with another line changed beside the unreadable one is refused: the rest no longer leaves room for it', async () => {
    const report = await readText(three().replace('>2.50<', '>2,50<').replace('"CNY">1.00<', '"CNY">4.00<'));
    expect(report.refused).toBe('BANK_FILE_TOTALS');
  });

  it.each([
    ['an order number of another form', '>A2<', '>订单 2<', 'BANK_LINE_ORDER_NO'],
    ['another currency', 'Ccy="CNY">2.50', 'Ccy="USD">2.50', 'BANK_LINE_AMOUNT'],
    ['an exponent', '>2.50<', '>25e-1<', 'BANK_LINE_AMOUNT'],
    ['a negative amount', '>2.50<', '>-2.50<', 'BANK_LINE_AMOUNT'],
    ['a third decimal', '>2.50<', '>2.505<', 'BANK_LINE_AMOUNT'],
  ])('with %s in one line reports that line', async (_, from, to, code) => {
    const report = await readText(three().replace(from, to));
    expect(report.refused).toBe(null);
    expect(report.faults).toEqual([expect.objectContaining({ line: 2, code })]);
    expect(report.lines.map(({ orderNo }) => orderNo)).toEqual(['A1', 'A3']);
  });

  it('reads an amount with leading zeros or more zeros behind as the same 分', async () => {
    const report = await readText(three().replace('"CNY">2.50', '"CNY">0002.50000'));
    expect(report).toMatchObject({ refused: null, faults: [] });
    expect(report.lines[1]).toMatchObject({ orderNo: 'A2', amountFen: 250 });
  });

  it('with one number in two lines takes neither', async () => {
    const report = await readText(three().replace('>A3<', '>A1<'));
    expect(report.lines.map(({ orderNo }) => orderNo)).toEqual(['A2']);
    expect(report.faults.map(({ line, code, amountFen }) => [line, code, amountFen])).toEqual([
      [1, 'BANK_LINE_DUPLICATE', 100],
      [3, 'BANK_LINE_DUPLICATE', 5],
    ]);
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

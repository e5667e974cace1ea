import { bankReasonOf, type DomainError } from '@banjie/domain';
import fc from 'fast-check';
import { readCamt053, type StatementHead } from './camt053';
import { writeCamt053, type EntryToWrite, type StatementToWrite } from './camt053-writer';
import { statementStep } from './statement-step';
import { inPieces } from './testing/arbitraries';

const fundAccount = 'ZC450221';
const entry = (
  entryNo: number,
  set: Partial<Extract<EntryToWrite, { kind: 'debit' | 'return' }>> = {},
): EntryToWrite => ({
  entryNo,
  kind: 'debit',
  orderNo: `A${entryNo}`,
  amountFen: 100,
  at: '2026-11-26T01:15:00.000Z',
  bankReference: `B${entryNo}`,
  fundAccount,
  payeeAccount: '6222020000000001',
  ...set,
});
const statement = (entries: EntryToWrite[], set: Partial<StatementToWrite> = {}): StatementToWrite => ({
  messageId: 'ST20261126',
  createdAt: '2026-11-26T18:00:00+08:00',
  statementId: 'ZC450221-20261126',
  sequenceNo: 7,
  from: '2026-11-26T00:00:00+08:00',
  to: '2026-11-27T00:00:00+08:00',
  fundAccount,
  openingFen: 1_000_000,
  entries,
  ...set,
});
const money: EntryToWrite = {
  ...{ entryNo: 4, kind: 'credit', amountFen: 50_000, at: '2026-11-26T02:00:00Z', bankReference: 'B4', fundAccount },
  ...{ payerAccount: null, purpose: 'interest' },
};
const day = (): EntryToWrite[] => [
  entry(1),
  entry(2, { amountFen: 250, at: '2026-11-26T16:30:00Z' }),
  entry(3, { kind: 'return', orderNo: 'A0', amountFen: 77, reason: '收款账户已销户' }),
  money,
];
const text = (entries = day(), set = {}) => writeCamt053(statement(entries, set)).bytes.toString('utf8');
const read = (xml: string) => readCamt053(Buffer.from(xml, 'utf8'));

const anyEntries: fc.Arbitrary<EntryToWrite[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom('debit' as const, 'debit' as const, 'return' as const, 'credit' as const),
      amountFen: fc.integer({ min: 1, max: 999_999_999 }),
      payeeAccount: fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 8, maxLength: 30 }),
      reason: fc.constantFrom('户名不符', '账户已冻结', '<原因>&不明'),
    }),
    { maxLength: 12 },
  )
  .map((kinds) =>
    kinds.map(({ kind, amountFen, payeeAccount, reason }, place): EntryToWrite => {
      const common = {
        entryNo: place + 1,
        amountFen,
        at: '2026-11-26T01:15:00.000Z',
        bankReference: `B${place}`,
        fundAccount,
      };
      if (kind === 'credit') {
        const isInterest = place % 2 === 0;
        const purpose = isInterest ? ('interest' as const) : ('transfer' as const);
        return { ...common, kind, payerAccount: isInterest ? null : payeeAccount, purpose };
      }
      return { ...common, kind, orderNo: `A${place}`, payeeAccount, ...(kind === 'return' ? { reason } : {}) };
    }),
  );

describe('a camt.053', () => {
  it('is read back as the bank wrote it, every 分 of it', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyEntries,
        fc.integer({ min: -1_000_000, max: 10_000_000_000 }),
        async (entries, openingFen) => {
          const file = writeCamt053(statement(entries, { openingFen }));
          const report = await readCamt053(inPieces(file.bytes));
          expect(report).toMatchObject({ refused: null, faults: [] });
          expect(report.file).toMatchObject({ sha256: file.sha256, count: entries.length, sumFen: file.sumFen });
          expect(report.lines).toEqual(
            entries.map((each) => ({
              statement: 0,
              entryRef: String(each.entryNo),
              kind: each.kind,
              orderNo: each.kind === 'credit' ? null : each.orderNo,
              amountFen: each.amountFen,
              fundAccount,
              payeeAccount: each.kind === 'credit' ? each.payerAccount : each.payeeAccount,
              isInterest: each.kind === 'credit' && each.purpose === 'interest',
              bankReference: each.bankReference,
              bookedOn: '2026-11-26',
              bookedAt: each.at,
              reason: each.kind === 'return' ? bankReasonOf(each.reason) : null,
            })),
          );
          const signed = entries.reduce(
            (sum, { kind, amountFen }) => sum + (kind === 'debit' ? -amountFen : amountFen),
            0,
          );
          expect(report.head?.statements).toEqual([
            expect.objectContaining({ openingFen, closingFen: openingFen + signed }),
          ]);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('tells account, number, page, balances and totals; a day begins at midnight in Beijing', async () => {
    const report = await read(text());
    expect(report.head).toEqual({
      createdAt: '2026-11-26T18:00:00+08:00',
      statements: [
        {
          statementId: 'ZC450221-20261126',
          fundAccount,
          sequenceNo: 7,
          page: 1,
          isLastPage: true,
          from: '2026-11-26T00:00:00+08:00',
          to: '2026-11-27T00:00:00+08:00',
          openingFen: 1_000_000,
          closingFen: 1_049_727,
          debits: { count: 2, sumFen: 350 },
          credits: { count: 2, sumFen: 50_077 },
        },
      ],
    });
    expect(report.lines[1]).toMatchObject({ bookedAt: '2026-11-26T16:30:00Z', bookedOn: '2026-11-27' });
  });

  it('may give days instead of moments, and its entries in any order', async () => {
    const xml = text().replaceAll(/<DtTm>2026-11-26T01:15:00.000Z<\/DtTm>/g, '<Dt>2026-11-26</Dt>');
    const entries = xml.match(/ *<Ntry>[^]*?<\/Ntry>\n/g) ?? [];
    const report = await read(xml.replace(entries.join(''), [...entries].reverse().join('')));
    expect(report).toMatchObject({ refused: null, faults: [] });
    expect(report.lines.map(({ entryRef }) => entryRef)).toEqual(['4', '3', '2', '1']);
    expect(report.lines[3]).toMatchObject({ bookedOn: '2026-11-26', bookedAt: null });
  });

  it('has two debits under one order as two lines: what is booked twice must be seen', async () => {
    const report = await read(text([entry(1, { orderNo: 'A1' }), entry(2, { orderNo: 'A1' })]));
    expect(report).toMatchObject({ refused: null, faults: [] });
    expect(report.lines.map(({ entryRef, orderNo }) => [entryRef, orderNo])).toEqual([
      ['1', 'A1'],
      ['2', 'A1'],
    ]);
  });

  it('knows a return by RvslInd as well, and a payee that stands as debtor', async () => {
    const xml = text().replace(/<RtrInf>[^]*?<\/RtrInf>/, '').replace('<CdtDbtInd>CRDT</CdtDbtInd>\n    <Sts>', '<CdtDbtInd>CRDT</CdtDbtInd>\n    <RvslInd>true</RvslInd><Sts>'); // prettier-ignore
    const turned = xml.replace(/(<EndToEndId>A0<[^]*?)CdtrAcct([^]*?)CdtrAcct/, '$1DbtrAcct$2DbtrAcct');
    expect((await read(turned)).lines[2]).toMatchObject({ kind: 'return', orderNo: 'A0', payeeAccount: '6222020000000001', reason: 'other' }); // prettier-ignore
  });

  it('splits payments that were booked in one sum, and refuses the file when they do not come to it', async () => {
    const one = (orderNo: string, yuan: string) =>
      `<TxDtls><Refs><EndToEndId>${orderNo}</EndToEndId></Refs><Amt Ccy="CNY">${yuan}</Amt></TxDtls>`;
    const xml = text([entry(1)]).replace(/<TxDtls>[^]*<\/TxDtls>/, one('A1', '0.40') + one('A2', '0.60'));
    const report = await read(xml);
    expect(report).toMatchObject({ refused: null, faults: [] });
    expect(report.lines.map(({ entryRef, orderNo, amountFen }) => [entryRef, orderNo, amountFen])).toEqual([
      ['1/1', 'A1', 40],
      ['1/2', 'A2', 60],
    ]);
    expect(await read(xml.replace('0.60', '0.61'))).toMatchObject({ refused: 'BANK_FILE_TOTALS', lines: [] });
  });

  it.each([
    ['the closing balance off by 1 分', '10497.27', '10497.28', 'BANK_FILE_BALANCE'],
    ['the opening balance off by 1 分', '10000.00', '10000.01', 'BANK_FILE_BALANCE'],
    ['the debits off by 1 分', '<Sum>3.50<', '<Sum>3.51<', 'BANK_FILE_TOTALS'],
    ['the number of credits off by one', /(<TtlCdtNtries>\s*<NbOfNtries>)2/, '$13', 'BANK_FILE_TOTALS'],
    ['an amount that cannot be read', /(<NtryRef>1<[^]*?)1\.00/, '$11,00', 'BANK_FILE_BALANCE'],
    ['a direction that is none', '>DBIT<', '>DEBT<', 'BANK_FILE_ELEMENT'],
    ['no closing balance', 'CLBD', 'CLAV', 'BANK_FILE_ELEMENT'],
    ['no account', /<Acct>[^]*?<\/Acct>/, '', 'BANK_FILE_ELEMENT'],
  ])('with %s is refused whole', async (_, from, to, code) => {
    const xml = text().replace(from, to);
    expect(xml).not.toBe(text());
    expect(await read(xml)).toMatchObject({ refused: code, lines: [], head: null });
  });

  it('keeps an entry that names no order, whose money is to be found out', async () => {
    const report = await read(text().replace('>A1<', '>手续费<'));
    expect(report).toMatchObject({ refused: null, faults: [] });
    expect(report.lines[0]).toMatchObject({ entryRef: '1', kind: 'debit', orderNo: null, amountFen: 100 });
    expect(report.lines.map(({ entryRef }) => entryRef)).toEqual(['1', '2', '3', '4']);
  });

  it('with one entry number twice takes neither; what is not booked yet is no entry', async () => {
    const twice = await read(text().replace('<NtryRef>2<', '<NtryRef>1<'));
    expect(twice.faults.map(({ line, code, amountFen }) => [line, code, amountFen])).toEqual([
      [1, 'BANK_LINE_DUPLICATE', -100],
      [2, 'BANK_LINE_DUPLICATE', -250],
    ]);
    const pending = await read(text([entry(1)]).replace('BOOK', 'PDNG').replace(/<TxsSummry>[^]*?<\/TxsSummry>/, '').replace('9999.00', '10000.00')); // prettier-ignore
    expect(pending).toMatchObject({ refused: null, lines: [], faults: [{ code: 'BANK_LINE_STATUS' }] });
  });

  it('cut off anywhere is refused, and a bit turned over never changes an amount unseen', async () => {
    const file = Buffer.from(text(), 'utf8');
    const truth = new Map((await readCamt053(file)).lines.map(({ entryRef, amountFen }) => [entryRef, amountFen]));
    for (let length = 0; length < file.length - 1; length += 11) {
      expect((await readCamt053(file.subarray(0, length))).refused).not.toBe(null);
    }
    for (let at = 0; at < file.length; at += 3) {
      const turned = Buffer.from(file);
      turned.writeUInt8(turned.readUInt8(at) ^ (1 << (at % 8)), at);
      for (const { entryRef, amountFen } of (await readCamt053(turned)).lines) {
        const amount = truth.get(entryRef);
        if (amount !== undefined) expect({ at, amountFen }).toEqual({ at, amountFen: amount });
      }
    }
  });
});

describe('statements one after another', () => {
  const head = (set: Partial<StatementHead>): StatementHead => ({
    statementId: 'S',
    fundAccount,
    sequenceNo: 7,
    page: 1,
    isLastPage: true,
    from: '2026-11-26T00:00:00+08:00',
    to: '2026-11-27T00:00:00+08:00',
    openingFen: 500 as StatementHead['openingFen'],
    closingFen: 500 as StatementHead['closingFen'],
    debits: { count: 0, sumFen: 0 as StatementHead['openingFen'] },
    credits: { count: 0, sumFen: 0 as StatementHead['openingFen'] },
    ...set,
  });
  const step = (previous: Partial<StatementHead>, next: Partial<StatementHead>) => {
    try {
      return statementStep(head(previous), head(next));
    } catch (error) {
      return (error as DomainError).code;
    }
  };
  const other = 499 as StatementHead['openingFen'];

  it.each<[string, Partial<StatementHead>, Partial<StatementHead>, string]>([
    ['the next number', {}, { sequenceNo: 8 }, 'next'],
    ['the next page', { isLastPage: false }, { page: 2 }, 'next'],
    ['the same again', {}, {}, 'seen'],
    ['one of before', {}, { sequenceNo: 6, openingFen: other }, 'seen'],
    ['a page of before', { page: 2 }, { page: 1 }, 'seen'],
    ['one after a missing one', {}, { sequenceNo: 9 }, 'BANK_STATEMENT_GAP'],
    ['a page after a missing one', { isLastPage: false }, { page: 3 }, 'BANK_STATEMENT_GAP'],
    ['the next statement before the last page', { isLastPage: false }, { sequenceNo: 8 }, 'BANK_STATEMENT_GAP'],
    ['a balance that does not go on', {}, { sequenceNo: 8, openingFen: other }, 'BANK_STATEMENT_GAP'],
    ['another account', {}, { sequenceNo: 8, fundAccount: 'ZC450200' }, 'BANK_STATEMENT_GAP'],
    ['the first of a new count', {}, { sequenceNo: 1, from: '2026-11-27T00:00:00+08:00' }, 'next'],
    ['the first of the old count', {}, { sequenceNo: 1, from: '2026-01-01T00:00:00+08:00' }, 'seen'],
    ['one without a number', { sequenceNo: null }, { sequenceNo: null }, 'next'],
  ])('%s', (_, previous, next, outcome) => {
    expect(step(previous, next)).toBe(outcome);
  });

  it('begin with whichever comes first', () => {
    expect(statementStep(null, head({ sequenceNo: 57 }))).toBe('next');
  });

  it('come in pages that begin and end with balances in between', async () => {
    const first = await read(text(day(), { page: { number: 1, isLast: false } }));
    const second = await read(text([entry(5)], { page: { number: 2, isLast: false }, openingFen: 1_049_727 }));
    const third = await read(text([entry(6)], { page: { number: 3, isLast: true }, openingFen: 1_049_627 }));
    const [one, two, three] = [first, second, third].map(({ head: each }) => each?.statements[0]);
    expect([one && two && statementStep(one, two), two && three && statementStep(two, three)]).toEqual([
      'next',
      'next',
    ]);
    expect(three).toMatchObject({ openingFen: 1_049_627, closingFen: 1_049_527, isLastPage: true });
  });
});

import { writeCamt053, type EntryToWrite, type StatementToWrite } from '@banjie/bank-files';
import { checkBooks, lastStatement, openBankFile, reconcile, rows } from '@banjie/persistence';
import {
  asOwner,
  createTestDatabase,
  drawTestOrder,
  orderStateOf,
  seedTestWorld,
  startBankProcess,
  testCipher,
  type BankProcess,
  type TestDatabase,
  type TestOrder,
  type TestWorld,
} from '@banjie/testing';
import type { Settings } from '../settings';
import { StatementReader } from './statement-reader';
import { StatementTaker } from './statement-taker';

const cipher = testCipher();
const fundAccount = 'ZC450206';
const fiscalAccount = 'CZ450206';
const openingFen = 1_000_000_000_000;
let database: TestDatabase;
let world: TestWorld;
let bank: BankProcess;
const alarms: Record<string, unknown>[] = [];
const log = {
  info: () => undefined,
  warn: () => undefined,
  error: (fields: Record<string, unknown>) => void alarms.push(fields),
};

beforeEach(async () => {
  alarms.length = 0;
  [database, bank] = await Promise.all([createTestDatabase(), startBankProcess()]);
  world = await seedTestWorld(database.dataSource);
});
afterEach(async () => {
  await bank?.stop();
  await database?.drop();
});

const taker = () => new StatementTaker(database.dataSource, cipher, log);
const reader = () =>
  new StatementReader(
    database.dataSource,
    cipher,
    { bankUrl: bank.url, bankKeysPath: bank.callerKeysPath } as Settings,
    taker(),
    log,
  );
const sql = <Row = unknown>(text: string, ...values: unknown[]) => rows<Row>(database.dataSource, text, values);

async function paidAtBank(amountFen = 88_800): Promise<TestOrder> {
  const order = await drawTestOrder(database.dataSource, cipher, world, { state: 'sent', amountFen });
  const { orderNo, payee } = order;
  await bank.pay({
    ...{ orderNo, amountFen, fundAccount, payeeName: payee.accountName },
    ...{ payeeAccount: payee.accountNumber, payeeBankCode: payee.bankCode },
  });
  return order;
}
let receipts = 0;
const receive = (amountFen: number, payerAccount: string | null, purpose: 'transfer' | 'interest' = 'transfer') =>
  bank.receive({ receiptNo: `SK${(receipts += 1)}`, fundAccount, amountFen, payerAccount, purpose });

const bytesOf = (sequenceNo: number): Promise<Buffer> =>
  bank.file(`/statement/camt053?fundAccount=${fundAccount}&sequenceNo=${sequenceNo}`);
const statements = () =>
  sql<{ seq: number; opening: number; closing: number }>(
    `SELECT sequence_no AS seq, opening_fen AS opening, closing_fen AS closing FROM bank_statement ORDER BY id`,
  );
const files = () =>
  sql<{ state: string; report: { faults?: { code: string; next: string }[] } }>(
    `SELECT state, report FROM bank_file ORDER BY id`,
  );
const postings = async () =>
  (
    await sql<{ line: string }>(
      `SELECT concat_ws(' ', kind, debit_account, credit_account, amount_fen) AS line FROM posting
       WHERE kind IN ('receipt', 'opening', 'bankEntry') ORDER BY id`,
    )
  ).map(({ line }) => line);
/** What a refused or unread file must leave as it was. */
const footprint = () =>
  sql(
    `SELECT (SELECT count(*) FROM bank_entry) AS entries, (SELECT count(*) FROM bank_statement) AS statements,
       (SELECT count(*) FROM posting) AS postings`,
  );
async function isWhole() {
  expect(await checkBooks(database.dataSource, '450206', new Date())).toEqual([]);
  const span = {
    agencyId: '450206',
    from: new Date(0),
    until: new Date(Date.now() + 60_000),
    overdueBefore: new Date(0),
  };
  expect((await reconcile(database.dataSource, span))!.balance.differenceFen).toBe(0);
}

describe('the daily statement', () => {
  it('states the balances, tells what the line had not told, and opens the books; the same bytes change nothing', async () => {
    const order = await paidAtBank(300);
    await receive(5_000, fiscalAccount);
    await reader().read();
    const late = await paidAtBank(200);
    await receive(12, null, 'interest');
    await bank.closeStatement(fundAccount);
    expect(await reader().readStatements()).toBe(1);
    expect(await statements()).toEqual([{ seq: 1, opening: openingFen, closing: openingFen - 500 + 5_012 }]);
    expect([
      await orderStateOf(database.dataSource, order.orderNo),
      await orderStateOf(database.dataSource, late.orderNo),
    ]).toEqual(['paid', 'paid']);
    expect(await postings()).toEqual([
      'receipt disbursement fiscalTransfer 5000',
      'receipt disbursement interestDue 12',
      `opening disbursement openingBalance ${openingFen}`,
    ]);
    expect(await sql(`SELECT came_by, count(*)::int AS n FROM bank_entry GROUP BY 1 ORDER BY 1`)).toEqual([
      { came_by: 'line', n: 2 },
      { came_by: 'statement', n: 2 },
    ]);
    // The line goes on after what it had told, and finds the rest known.
    await reader().read();
    const before = await footprint();
    const bytes = await bytesOf(1);
    expect(await taker().take('again', bytes)).toMatchObject({ state: 'posted', isNew: false });
    expect(await footprint()).toEqual(before);
    const [file] = await sql<{ id: number; sealed: Buffer }>(`SELECT id, content_enc AS sealed FROM bank_file`);
    expect((await openBankFile(database.dataSource, cipher, file!.id)).equals(bytes)).toBe(true);
    expect(file!.sealed.includes(Buffer.from(late.payee.accountNumber))).toBe(false);
    expect(alarms).toEqual([]);
    await isWhole();
  });

  it('puts money under 待查 that a 支出户 may not take (R-FN-04)', async () => {
    await receive(700, '6222000000000009');
    await receive(800, null);
    await reader().read();
    expect(await postings()).toEqual(['bankEntry disbursement suspense 700', 'bankEntry disbursement suspense 800']);
    expect(alarms).toMatchObject([
      { alarm: 'statementDisagrees', meaning: 'otherReceipt', kind: 'credit', orderNo: null },
      { meaning: 'otherReceipt' },
    ]);
    await isWhole();
  });

  it('by several processes at once is posted once', async () => {
    for (let n = 0; n < 5; n += 1) await paidAtBank(100 + n);
    await bank.closeStatement(fundAccount);
    const posted = await Promise.all(Array.from({ length: 4 }, () => reader().readStatements()));
    expect(await statements()).toHaveLength(1);
    expect(posted.some((count) => count === 1)).toBe(true);
    expect(await sql(`SELECT 1 FROM bank_entry`)).toHaveLength(5);
    expect((await files()).map(({ state }) => state)).toEqual(['posted']);
    await isWhole();
  });

  it('that comes before an earlier one waits for it, and says so', async () => {
    await paidAtBank(100);
    await bank.closeStatement(fundAccount);
    await reader().readStatements();
    await paidAtBank(200);
    await bank.closeStatement(fundAccount);
    await paidAtBank(300);
    await bank.closeStatement(fundAccount);
    const third = await bytesOf(3);
    const before = await footprint();
    expect(await taker().take('third', third)).toMatchObject({ state: 'waiting', isNew: true });
    expect(await footprint()).toEqual(before);
    expect(alarms).toMatchObject([{ alarm: 'statementOutOfOrder', sequenceNos: [3], waitsFor: '2/1' }]);
    // The second comes, and the third with it.
    await taker().take('second', await bytesOf(2));
    await taker().takeOpen();
    expect((await statements()).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect((await files()).map(({ state }) => state)).toEqual(['posted', 'posted', 'posted']);
    await isWhole();
  });

  it('is not the first where the line has told of what was before it', async () => {
    await paidAtBank(100);
    await reader().read();
    await bank.closeStatement(fundAccount);
    await paidAtBank(200);
    await bank.closeStatement(fundAccount);
    expect(await taker().take('second', await bytesOf(2))).toMatchObject({ state: 'waiting' });
    expect(alarms).toMatchObject([{ alarm: 'statementOutOfOrder', sequenceNos: [2], waitsFor: '1/1' }]);
    expect(await taker().take('first', await bytesOf(1))).toMatchObject({ state: 'posted' });
    await taker().takeOpen();
    expect((await statements()).map(({ seq }) => seq)).toEqual([1, 2]);
    expect(await postings()).toContain(`opening disbursement openingBalance ${openingFen}`);
    await isWhole();
  });

  it('that cannot be opened keeps no other from being taken', async () => {
    await paidAtBank(100);
    await bank.closeStatement(fundAccount);
    await paidAtBank(200);
    await bank.closeStatement(fundAccount);
    await paidAtBank(300);
    await bank.closeStatement(fundAccount);
    await taker().take('first', await bytesOf(1));
    expect(await taker().take('third', await bytesOf(3))).toMatchObject({ state: 'waiting' });
    await asOwner(database.dataSource, async (owner) => {
      await owner.query(`ALTER TABLE bank_file DISABLE TRIGGER USER`);
      await owner.query(`UPDATE bank_file SET content_enc = '\\x00' WHERE state = 'waiting'`);
      await owner.query(`ALTER TABLE bank_file ENABLE TRIGGER USER`);
    });
    alarms.length = 0;
    expect(await reader().readStatements()).toBe(1);
    expect((await statements()).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(alarms).toMatchObject([{ alarm: 'statementNotTaken' }]);
    await isWhole();
  });

  it('given for another one, backwards, is refused and reported; the right one is taken at the next look', async () => {
    await paidAtBank(100);
    await paidAtBank(200);
    await bank.closeStatement(fundAccount);
    await reader().readStatements();
    await paidAtBank(300);
    await bank.closeStatement(fundAccount);
    // The look asks for the statements of both agencies.
    await bank.setFault({ kind: 'outOfOrderStatement', match: { next: 2 } });
    const before = await footprint();
    expect(await reader().readStatements()).toBe(0);
    expect(await footprint()).toEqual(before);
    expect(alarms).toMatchObject([
      { alarm: 'statementRefused', code: 'BANK_STATEMENT_DIFFERS', sequenceNos: [1] },
      { alarm: 'statementOutOfOrder', asked: 2, got: [1] },
    ]);
    expect(await reader().readStatements()).toBe(1);
    await isWhole();
  });

  it('that says another amount than the line is refused as a whole', async () => {
    const order = await paidAtBank(100);
    await paidAtBank(200);
    await reader().read();
    await bank.closeStatement(fundAccount);
    await bank.setFault({ kind: 'wrongAmount', match: { orderNo: order.orderNo, next: 1 }, byFen: 1 });
    const before = await footprint();
    expect(await reader().readStatements()).toBe(0);
    expect(await footprint()).toEqual(before);
    expect(alarms).toMatchObject([{ alarm: 'statementRefused', code: 'BANK_STATEMENT_CONTRADICTS' }]);
    expect(JSON.stringify((await files())[0]!.report)).toContain('流水 1 与已经收到的');
    expect(await reader().readStatements()).toBe(1);
    await isWhole();
  });

  it('goes on where a death cut it off', async () => {
    const order = await paidAtBank(100);
    await bank.closeStatement(fundAccount);
    const dying = new StatementTaker(
      new Proxy(database.dataSource, {
        get: (target, name) =>
          name === 'transaction'
            ? (work: (manager: { query: (text: string) => unknown }) => unknown) =>
                target.transaction(async (manager) => {
                  const answer = await work(manager);
                  const [written] = await rows<{ n: number }>(manager, `SELECT count(*)::int AS n FROM bank_entry`);
                  if (written!.n === 0) return answer;
                  throw new Error('killed');
                })
            : (Reflect.get(target, name) as unknown),
      }),
      cipher,
      log,
    );
    await expect(dying.take('first', await bytesOf(1))).rejects.toThrow('killed');
    expect((await files()).map(({ state }) => state)).toEqual(['received']);
    expect(await reader().readStatements()).toBe(0);
    expect(await statements()).toHaveLength(1);
    expect(await orderStateOf(database.dataSource, order.orderNo)).toBe('paid');
    await isWhole();
  });
});

describe('a statement file', () => {
  const entry = (entryNo: number, more: object = {}): EntryToWrite => ({
    ...{ entryNo, kind: 'credit', amountFen: 100, at: '2026-10-05T02:00:00.000Z', bankReference: `B${entryNo}` },
    ...{ fundAccount, payerAccount: fiscalAccount, purpose: 'transfer' },
    ...more,
  });
  const written = (set: Partial<StatementToWrite> = {}) =>
    writeCamt053({
      ...{ messageId: 'M1', createdAt: '2026-10-06T00:00:00+08:00', statementId: 'ST-1', sequenceNo: 1 },
      ...{ from: '2026-10-05T00:00:00+08:00', to: '2026-10-06T00:00:00+08:00', fundAccount, openingFen: 1_000 },
      ...{ entries: [entry(1), entry(2)] },
      ...set,
    }).bytes;
  const next = (set: Partial<StatementToWrite> = {}) =>
    written({
      ...{ messageId: 'M2', statementId: 'ST-2', sequenceNo: 2, openingFen: 1_200, entries: [entry(3)] },
      ...{ from: '2026-10-06T00:00:00+08:00', to: '2026-10-07T00:00:00+08:00' },
      ...set,
    });
  const changed = (bytes: Buffer, from: string | RegExp, to: string) =>
    Buffer.from(bytes.toString('utf8').replace(from, to));

  it.each<[string, () => Buffer, string]>([
    ['of another account', () => written({ fundAccount: 'ZC999999', entries: [] }), 'BANK_STATEMENT_FOREIGN'],
    ['cut off', () => written().subarray(0, -40), 'BANK_FILE_BROKEN'],
    ['with a closing balance off by 1 分', () => changed(written(), '12.00', '12.01'), 'BANK_FILE_BALANCE'],
    [
      'with a total off by 1 分',
      () => changed(written(), /(<TtlCdtNtries>\s*<NbOfNtries>2<\/NbOfNtries>\s*<Sum>)2.00/, '$12.01'),
      'BANK_FILE_TOTALS',
    ],
    [
      'with an external entity',
      () => changed(written(), '<Document', '<!DOCTYPE x SYSTEM "file:///x"><Document'),
      'BANK_FILE_FORBIDDEN_MARKUP',
    ],
    ['whose entries have no numbers', () => changed(written(), '<NtryRef>1<', '<NtryRef>A1<'), 'BANK_FILE_ELEMENT'],
    ['without an end', () => changed(written(), '<ToDtTm>2026-10-06T00:00:00+08:00</ToDtTm>', ''), 'BANK_FILE_ELEMENT'],
    ['that is empty', () => Buffer.alloc(0), 'BANK_FILE_BROKEN'],
  ])('%s is refused, and nothing of it is posted', async (_, bytes, code) => {
    const before = await footprint();
    expect(await taker().take('bad', bytes())).toMatchObject({ state: 'refused', isNew: true });
    expect(alarms).toMatchObject([{ alarm: 'statementRefused', code }]);
    expect(await footprint()).toEqual(before);
    expect((await files())[0]!.report.faults).toEqual([
      expect.objectContaining({ code, next: expect.any(String) as string }),
    ]);
    // Again it is known, and no alarm is raised twice.
    expect(await taker().take('bad', bytes())).toMatchObject({ state: 'refused', isNew: false });
    expect(alarms).toHaveLength(1);
  });

  const sameDay = {
    ...{ sequenceNo: 1, openingFen: 1_000 },
    ...{ from: '2026-10-05T00:00:00+08:00', to: '2026-10-06T00:00:00+08:00' },
  };
  it.each<[string, Partial<StatementToWrite>, string]>([
    ['another one of the same day', sameDay, 'BANK_STATEMENT_DIFFERS'],
    ['one whose opening is not the closing before it', { openingFen: 1_201 }, 'BANK_STATEMENT_GAP'],
    ['one with an entry of an earlier statement', { entries: [entry(2)] }, 'BANK_STATEMENT_CONTRADICTS'],
  ])('after the first is refused where it is %s', async (_, set, code) => {
    await taker().take('first', written());
    const before = await footprint();
    expect(await taker().take('second', next(set))).toMatchObject({ state: 'refused' });
    expect(alarms).toMatchObject([{ code }]);
    expect(await footprint()).toEqual(before);
    expect(await taker().take('right', next())).toMatchObject({ state: 'posted' });
    expect(await lastStatement(database.dataSource, fundAccount)).toMatchObject({ sequenceNo: 2, closingFen: 1_300 });
  });

  it('with one bad line posts the others and says which', async () => {
    const bytes = changed(written(), /<BookgDt>.*?<\/BookgDt>/s, '');
    expect(await taker().take('one bad', bytes)).toMatchObject({ state: 'posted' });
    expect(await sql(`SELECT entry_no AS no FROM bank_entry`)).toEqual([{ no: 2 }]);
    expect(alarms).toMatchObject([{ alarm: 'statementHasFaults', count: 1 }]);
    expect((await files())[0]!.report.faults).toMatchObject([{ line: 1, code: 'BANK_LINE_FIELD', amountFen: 100 }]);
  });

  it('that comes again without its fault is added to the first, and to no other', async () => {
    const bad = changed(written(), /<BookgDt>.*?<\/BookgDt>/s, '');
    await taker().take('one bad', bad);
    await taker().take('second', next());
    const before = await footprint();
    // Other sums, or another end, are another statement.
    expect(await taker().take('other', written({ entries: [entry(1), entry(2, { amountFen: 101 })] }))).toMatchObject({
      state: 'refused',
    });
    expect(await footprint()).toEqual(before);
    alarms.length = 0;
    expect(await taker().take('right', written())).toMatchObject({ state: 'posted', isNew: true });
    expect(
      await sql(`SELECT s.sequence_no AS seq, l.entry_no AS no FROM bank_statement s JOIN bank_statement_line l ON l.statement_id = s.id
         ORDER BY 1, 2`),
    ).toEqual([
      { seq: 1, no: 1 },
      { seq: 1, no: 2 },
      { seq: 2, no: 3 },
    ]);
    expect(await statements()).toHaveLength(2);
    expect(alarms).toEqual([]);
    // Once more it is the same bytes; in others it adds nothing.
    expect(await taker().take('right', written())).toMatchObject({ state: 'posted', isNew: false });
    const after = await footprint();
    await taker().take('copy', written({ createdAt: '2026-10-06T02:00:00+08:00' }));
    expect(await footprint()).toEqual(after);
  });

  it('of several days of one account is posted day by day', async () => {
    const later = next({ entries: [entry(3, { at: '2026-10-06T02:00:00.000Z' })] });
    const second = /<Stmt>.*<\/Stmt>/s.exec(later.toString('utf8'))![0];
    const both = changed(written(), '</BkToCstmrStmt>', `${second}</BkToCstmrStmt>`);
    expect(await taker().take('both', both)).toMatchObject({ state: 'posted', sequenceNos: [1, 2] });
    expect(
      await sql(`SELECT s.sequence_no AS seq, l.entry_no AS no FROM bank_statement s JOIN bank_statement_line l ON l.statement_id = s.id
         ORDER BY 1, 2`),
    ).toEqual([
      { seq: 1, no: 1 },
      { seq: 1, no: 2 },
      { seq: 2, no: 3 },
    ]);
    expect(alarms).toEqual([]);
  });

  it('with a day once more, that carries no number, is refused and stops nothing', async () => {
    const unnumbered = (bytes: Buffer) => changed(bytes, /<ElctrncSeqNb>\d+<\/ElctrncSeqNb>/, '');
    await taker().take('first', unnumbered(written({ entries: [] })));
    const again = unnumbered(written({ entries: [], createdAt: '2026-10-06T01:00:00+08:00' }));
    expect(await taker().take('again', again)).toMatchObject({ state: 'refused', isNew: true });
    expect(alarms).toMatchObject([{ code: 'BANK_STATEMENT_DIFFERS' }]);
    await taker().takeOpen();
    expect(await statements()).toHaveLength(1);
  });

  it('may give a credit the number of its payer, and a payment none', async () => {
    const fee = entry(2, {
      ...{ kind: 'debit', orderNo: 'FEE-1', payeeName: '银行', payeeAccount: '6222000000000009', reason: null },
    });
    const bytes = changed(
      changed(written({ entries: [entry(1), fee] }), 'NOTPROVIDED', 'CZ20261105001'),
      'FEE-1',
      'NOTPROVIDED',
    );
    expect(await taker().take('numbers', bytes)).toMatchObject({ state: 'posted' });
    expect(await sql(`SELECT entry_no AS no, kind, order_no AS of, meaning FROM bank_entry ORDER BY 1`)).toEqual([
      { no: 1, kind: 'credit', of: null, meaning: 'fiscalReceipt' },
      { no: 2, kind: 'debit', of: 'NOTPROVIDED', meaning: 'unknownOrder' },
    ]);
    expect(await sql(`SELECT 1 FROM bank_statement_line`)).toHaveLength(2);
    await isWhole();
  });

  it('can have entries in any order', async () => {
    await taker().take('backwards', written({ entries: [entry(2), entry(1)] }));
    expect(await sql(`SELECT entry_no AS no FROM bank_entry ORDER BY entry_no`)).toEqual([{ no: 1 }, { no: 2 }]);
    expect(alarms).toEqual([]);
  });
});

import { createTestDatabase, seedTestWorld, testCipher, type TestDatabase } from '@banjie/testing';
import { rows } from '../data-source';
import { endBankFile, findBankFile, keepBankFile, openBankFile, startUpload, type BankFileEntry } from './bank-files';

let database: TestDatabase;
const cipher = testCipher();
beforeAll(async () => {
  database = await createTestDatabase();
  await seedTestWorld(database.dataSource);
});
afterAll(() => database?.drop());

const text = '收款人甲,6222000011112222';
const entry = (set: Partial<BankFileEntry> = {}): BankFileEntry => ({
  ...{ kind: 'results', layout: 'csvUtf8', name: 'R.csv', messageId: 'PB1-1', agencyId: '450206' },
  ...{ lineCount: 1, totalFen: 100, bytes: Buffer.from(text) },
  ...set,
});
const keep = (set: Partial<BankFileEntry> = {}) => keepBankFile(database.dataSource, cipher, entry(set));

it('keeps the exact bytes sealed, and knows the same bytes again', async () => {
  const first = await keep();
  expect(first).toMatchObject({ isNew: true, file: { state: 'received', lineCount: 1, totalFen: 100 } });
  const again = await keep({ name: 'another name.csv' });
  expect(again).toEqual({ isNew: false, file: first.file });
  expect(await openBankFile(database.dataSource, cipher, first.file.id)).toEqual(Buffer.from(text));
  const [row] = await rows<{ sealed: Buffer }>(
    database.dataSource,
    `SELECT content_enc AS sealed FROM bank_file WHERE id = $1`,
    [first.file.id],
  );
  expect(row!.sealed.includes('6222000011112222')).toBe(false);
});

it('builds a part once, lets one caller upload, and ends once', async () => {
  const payments = { kind: 'payments', layout: 'pain001', batchNo: 'PB2', part: 1 } as const;
  const { file } = await keep({ ...payments, bytes: Buffer.from('one') });
  await expect(keep({ ...payments, bytes: Buffer.from('two') })).rejects.toThrow('bank_file_of_part');
  const at = new Date();
  const began = await Promise.all([1, 2, 3].map(() => startUpload(database.dataSource, file.id, { uploads: 0, at })));
  expect(began.filter(Boolean)).toHaveLength(1);
  const end = { state: 'taken', at, report: { faults: [] } } as const;
  expect(await endBankFile(database.dataSource, file.id, end)).toBe(true);
  expect(await endBankFile(database.dataSource, file.id, { ...end, state: 'refused' })).toBe(false);
  expect(await findBankFile(database.dataSource, { batchNo: 'PB2', part: 1 })).toMatchObject({
    state: 'taken',
    uploads: 1,
    report: { faults: [] },
  });
});

it.each([
  `UPDATE bank_file SET content_enc = 'x'`,
  `UPDATE bank_file SET total_fen = 1`,
  `DELETE FROM bank_file`,
  `UPDATE bank_statement SET closing_fen = 1`,
])('is not rewritten: %s', async (sql) => {
  await expect(database.dataSource.query(sql)).rejects.toThrow(/permission denied|only ever added/);
});

describe('balances', () => {
  const state = (fileId: number, at: string, openingFen: number, closingFen: number) =>
    database.dataSource.query(
      `INSERT INTO bank_statement (file_id, fund_account, statement_id, sequence_no, page, is_last_page, from_at, to_at, opening_fen,
         closing_fen, debit_fen, credit_fen) VALUES ($1, 'ZC450206', 'ST', 1, 1, true, NULL, $2, $3, $4, $5, 0)`,
      [fileId, at, openingFen, closingFen, openingFen - closingFen],
    );

  it('are the first opening and the last closing of a day in Beijing; midnight belongs to the day before', async () => {
    const files = await Promise.all(
      ['a', 'b', 'c'].map((bytes) => keep({ kind: 'statement', layout: 'camt053', bytes: Buffer.from(bytes) })),
    );
    const [one, two, three] = files.map(({ file }) => file.id) as [number, number, number];
    await state(one, '2026-11-25T10:00:00+08:00', 1_000, 900);
    await state(two, '2026-11-26T00:00:00+08:00', 900, 700);
    await state(three, '2026-11-26T09:00:00+08:00', 700, 650);
    await expect(state(three, '2026-11-26T09:00:00+08:00', 650, 650)).rejects.toThrow('bank_statement_fund_account');
    expect(await rows(database.dataSource, `SELECT * FROM bank_balance ORDER BY date`)).toEqual([
      { fund_account: 'ZC450206', date: '2026-11-25', opening_fen: 1_000, closing_fen: 700, file: two },
      { fund_account: 'ZC450206', date: '2026-11-26', opening_fen: 700, closing_fen: 650, file: three },
    ]);
  });
});

import { rows } from '@banjie/persistence';
import {
  asOwner,
  createTestDatabase,
  drawTestOrder,
  seedTestWorld,
  testCipher,
  type TestDatabase,
} from '@banjie/testing';
import { BookChecker } from './book-checker';

let database: TestDatabase;
const alarms: Record<string, unknown>[] = [];
const warnings: Record<string, unknown>[] = [];
const log = {
  info: () => undefined,
  warn: (fields: Record<string, unknown>) => void warnings.push(fields),
  error: (fields: Record<string, unknown>) => void alarms.push(fields),
};

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

it('looks at the books of every agency, and raises an alarm where they and the rows differ', async () => {
  const { dataSource } = database;
  const world = await seedTestWorld(dataSource);
  await drawTestOrder(dataSource, testCipher(), world, { state: 'unknown' });
  const checker = new BookChecker(dataSource, log);
  expect([await checker.look(), alarms]).toEqual([0, []]);
  await dataSource.query(
    `INSERT INTO posting (at, agency_id, kind, debit_account, credit_account, amount_fen)
     VALUES (now(), '450203', 'orderMoved', 'payable', 'inTransit', 7)`,
  );
  expect(await checker.look()).toBe(2);
  expect(alarms).toEqual([
    expect.objectContaining({ alarm: 'booksDiffer', agencyId: '450203', figure: 'owed', booksFen: 7, rowsFen: 0 }),
    expect.objectContaining({
      alarm: 'booksDiffer',
      agencyId: '450203',
      figure: 'inTransit',
      booksFen: -7,
      rowsFen: 0,
    }),
  ]);
  const looks = await rows<{ agency: string; n: number }>(
    dataSource,
    `SELECT agency_id AS agency, count(*)::int AS n FROM book_check GROUP BY 1`,
  );
  expect(looks).toContainEqual({ agency: '450203', n: 2 });
});

it('goes on after an agency whose books cannot be read, and says so', async () => {
  const { dataSource } = database;
  const checker = new BookChecker(dataSource, log);
  const looksOf = async (agency: string) =>
    (await rows(dataSource, `SELECT 1 FROM book_check WHERE agency_id = $1`, [agency])).length;
  const before = await looksOf('450206');
  // No sum of it is a number that can be told exactly.
  await asOwner(dataSource, (owner) =>
    owner.query(
      `INSERT INTO posting (at, agency_id, kind, debit_account, credit_account, amount_fen)
       VALUES (now(), '450203', 'orderMoved', 'payable', 'inTransit', 9007199254740993)`,
    ),
  );
  await expect(checker.look()).rejects.toThrow('too large to be exact');
  expect(warnings).toEqual([expect.objectContaining({ agencyId: '450203' })]);
  expect(await looksOf('450206')).toBe(before + 1);
});

import { createTestDatabase, type TestDatabase } from '@banjie/testing';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { createDataSource, isStoreAway, rows } from './data-source';
import { keptPlan } from './kept-plans';

let database: TestDatabase;
let owner: Client;
let source: DataSource;

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 1 });
  owner = new Client({ connectionString: database.ownerUrl });
  await owner.connect();
  await owner.query(`CREATE TABLE probe (id integer PRIMARY KEY, word text);
    INSERT INTO probe VALUES (1, 'a'), (2, 'b'); GRANT SELECT, INSERT ON probe TO banjie_app`);
  source = await createDataSource(database.appUrl, { poolSize: 1, keepPlans: true }).initialize();
});
afterAll(async () => {
  await source?.destroy();
  await owner?.end();
  await database?.drop();
});

const find = (id: number) => rows<{ word: string }>(source, 'SELECT * FROM probe WHERE id = $1', [id]);
const prepared = () => rows<{ statement: string }>(source, 'SELECT statement FROM pg_prepared_statements');

it('prepares a statement with parameters once and one without never', async () => {
  expect([await find(1), await find(2)]).toEqual([[{ id: 1, word: 'a' }], [{ id: 2, word: 'b' }]]);
  await rows(source, 'SELECT 1');
  expect(await prepared()).toEqual([{ statement: 'SELECT * FROM probe WHERE id = $1' }]);
});

it('keeps only what is marked on a data source that shows lists', async () => {
  await rows(database.dataSource, 'SELECT * FROM probe WHERE id = $1', [1]);
  await rows(database.dataSource, `${keptPlan} SELECT word FROM probe WHERE id = $1`, [1]);
  const kept = await rows(database.dataSource, 'SELECT statement FROM pg_prepared_statements');
  expect(kept).toEqual([{ statement: `${keptPlan} SELECT word FROM probe WHERE id = $1` }]);
});

it('opens a transaction with its first statement, and none for nothing', async () => {
  await source.transaction(() => Promise.resolve());
  const word = await source.transaction(async (manager) => {
    const [[one], [other], [transaction]] = await Promise.all([
      rows<{ word: string }>(manager, 'SELECT * FROM probe WHERE id = $1', [1]),
      rows<{ word: string }>(manager, 'SELECT * FROM probe WHERE id = $1', [2]),
      rows<{ is_open: boolean }>(manager, 'SELECT now() < statement_timestamp() AS is_open'),
    ]);
    return [one?.word, other?.word, transaction?.is_open];
  });
  expect(word).toEqual(['a', 'b', true]);
});

it('takes everything back when one of the statements asked for together fails', async () => {
  const work = source.transaction((manager) =>
    Promise.all([
      rows(manager, `INSERT INTO probe VALUES ($1, 'x')`, [3]),
      rows(manager, `INSERT INTO probe VALUES ($1, 'y')`, [1]),
      rows(manager, `INSERT INTO probe VALUES ($1, 'z')`, [4]),
    ]),
  );
  await expect(work).rejects.toMatchObject({ code: '23505' });
  expect([await find(3), await find(4)]).toEqual([[], []]);
});

it('lets no late statement of a finished transaction onto the connection', async () => {
  const late = await source.transaction((manager) => Promise.resolve(() => rows(manager, 'SELECT 1')));
  const fault = await late().catch((error: unknown) => error);
  expect([fault, isStoreAway(fault)]).toEqual([expect.any(Error), true]);
});

it('lets one statement fail and no second one when a migration changes the table', async () => {
  await find(1);
  await owner.query(`ALTER TABLE probe ADD COLUMN more text DEFAULT 'c'`);
  const fault = await find(1).catch((error: unknown) => error);
  expect([String(fault), isStoreAway(fault)]).toEqual([expect.stringContaining('cached plan'), true]);
  expect(await find(1)).toEqual([{ id: 1, word: 'a', more: 'c' }]);
});

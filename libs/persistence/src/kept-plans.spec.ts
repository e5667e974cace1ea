import { createTestDatabase, type TestDatabase } from '@banjie/testing';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { createDataSource, isStoreAway, rows } from './data-source';

let database: TestDatabase;
let owner: Client;
let source: DataSource;

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 1 });
  owner = new Client({ connectionString: database.ownerUrl });
  await owner.connect();
  await owner.query(`CREATE TABLE probe (id integer PRIMARY KEY, word text);
    INSERT INTO probe VALUES (1, 'a'), (2, 'b'); GRANT SELECT ON probe TO banjie_app`);
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

it('keeps nothing on a data source that did not ask for it', async () => {
  await rows(database.dataSource, 'SELECT * FROM probe WHERE id = $1', [1]);
  expect(await rows(database.dataSource, 'SELECT statement FROM pg_prepared_statements')).toEqual([]);
});

it('lets one statement fail and no second one when a migration changes the table', async () => {
  await find(1);
  await owner.query(`ALTER TABLE probe ADD COLUMN more text DEFAULT 'c'`);
  const fault = await find(1).catch((error: unknown) => error);
  expect([String(fault), isStoreAway(fault)]).toEqual([expect.stringContaining('cached plan'), true]);
  expect(await find(1)).toEqual([{ id: 1, word: 'a', more: 'c' }]);
});

import { createTestDatabase, type TestDatabase } from '@banjie/testing';
import { rows } from '../data-source';
import { inSnapshot } from './snapshot';

describe('a snapshot', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase({ poolSize: 1 });
  });
  afterAll(() => database.drop());

  type Store = Parameters<typeof rows>[0];
  const longest = async (store: Store) =>
    (await rows<{ longest: string }>(store, `SELECT current_setting('statement_timeout') AS longest`))[0]!.longest;

  it('gives its statements the time that it names, and the next user of the connection what the session has', async () => {
    const { dataSource } = database;
    expect(await inSnapshot(dataSource, longest)).toBe('15s');
    expect(await inSnapshot(dataSource, longest, { statementMs: 600_000 })).toBe('10min');
    expect(await longest(dataSource)).toBe('15s');
    await expect(
      inSnapshot(dataSource, (manager) => rows(manager, 'SELECT pg_sleep(5)'), { statementMs: 50 }),
    ).rejects.toMatchObject({ code: '57014' });
    expect(await longest(dataSource)).toBe('15s');
  });

  it('writes nothing', async () => {
    await expect(
      inSnapshot(database.dataSource, (manager) => rows(manager, `DELETE FROM book_check RETURNING id`)),
    ).rejects.toMatchObject({ code: '25006' });
  });
});

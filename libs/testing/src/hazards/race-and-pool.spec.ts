import { setTimeout as sleep } from 'node:timers/promises';
import { createDataSource, rows } from '@banjie/persistence';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../test-database';

let database: TestDatabase;
let owner: Client;

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 20 });
  owner = new Client({ connectionString: database.ownerUrl });
  await owner.connect();
  await owner.query(`CREATE TABLE hazard_decision (id integer PRIMARY KEY, status text NOT NULL, by integer);
    GRANT SELECT, UPDATE ON hazard_decision TO banjie_app`);
});
afterAll(async () => {
  await owner.end();
  await database.drop();
});

const racers = Array.from({ length: 200 }, (_, index) => index);
const pending = (id: number) => owner.query(`INSERT INTO hazard_decision VALUES ($1, 'pending')`, [id]);
const accepted = (answers: boolean[]) => answers.filter(Boolean).length;

describe('hazard H2: 200 decisions at once on one case', () => {
  it('accepts all of them when each looks first and then writes', async () => {
    await pending(1);
    const seen = await Promise.all(
      racers.map(() =>
        rows<{ status: string }>(database.dataSource, 'SELECT status FROM hazard_decision WHERE id = 1'),
      ),
    );
    const answers = await Promise.all(
      racers.map(async (by) => {
        if (seen[by]?.[0]?.status !== 'pending') return false;
        const sql = `UPDATE hazard_decision SET status = 'decided', by = $1 WHERE id = 1 RETURNING id`;
        return (await rows(database.dataSource, sql, [by])).length === 1;
      }),
    );
    expect(accepted(answers)).toBe(racers.length);
  });

  it('accepts one when the condition stands in the update and the row count is looked at', async () => {
    await pending(2);
    const answers = await Promise.all(
      racers.map(async (by) => {
        const sql = `UPDATE hazard_decision SET status = 'decided', by = $1 WHERE id = 2 AND status = 'pending' RETURNING id`;
        return (await rows(database.dataSource, sql, [by])).length === 1;
      }),
    );
    expect(accepted(answers)).toBe(1);
    const { rows: kept } = await owner.query('SELECT by FROM hazard_decision WHERE id = 2');
    expect(kept).toEqual([{ by: answers.indexOf(true) }]);
  });
});

/** Four transactions on a pool of four; each asks the pool for a fifth connection while it holds its own. */
function nestedReads(source: DataSource): Promise<PromiseSettledResult<unknown>[]> {
  let inside = 0;
  return Promise.allSettled(
    [1, 2, 3, 4].map(() =>
      source.transaction(async (manager) => {
        await manager.query('SELECT 1');
        inside += 1;
        while (inside < 4) await sleep(5);
        return source.query('SELECT 1'); // The global one instead of `manager`.
      }),
    ),
  );
}

describe('hazard H7: the global repository inside a transaction', () => {
  it('hangs for ever on a pool without a connect time-out', async () => {
    const name = 'hazard-h7';
    const bare = new DataSource({
      type: 'postgres',
      url: database.appUrl,
      poolSize: 4,
      applicationName: name,
      poolErrorHandler: () => undefined,
    });
    await bare.initialize();
    const work = nestedReads(bare);
    const outcome = await Promise.race([work.then(() => 'ended'), sleep(7_000).then(() => 'hangs')]);
    expect(outcome).toBe('hangs');
    const admin = new Client({ connectionString: process.env.BANJIE_TEST_ADMIN_URL });
    await admin.connect();
    await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [name]);
    await admin.end();
    await work;
    await bare.destroy();
  });

  it('fails within the connect time-out on our data source, which works on afterwards', async () => {
    const source = await createDataSource(database.appUrl, { poolSize: 4 }).initialize();
    const startedAt = Date.now();
    const settled = await nestedReads(source);
    const waitedMs = Date.now() - startedAt;
    // The first to give up frees its connection, by which a later one may still get through.
    const refused = settled.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    for (const { reason } of refused as PromiseRejectedResult[]) expect(String(reason)).toMatch(/timeout/i);
    expect(waitedMs).toBeGreaterThanOrEqual(4_900);
    expect(waitedMs).toBeLessThan(12_000);
    await Promise.all(racers.slice(0, 20).map(() => source.query('SELECT 1')));
    await source.destroy();
  });
});

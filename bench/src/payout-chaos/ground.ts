import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ColumnCipher, createDataSource, demoInsuredPersons, isStoreAway, loadKeys, rows } from '@banjie/persistence';
import { waitUntil } from '@banjie/servers';
import { accountOf, type TestAccount } from '@banjie/testing';
import type { DataSource } from 'typeorm';
import type { World } from '../act/world';
import type { System } from '../chaos/system';
import { seedApproved } from '../payout/seed';

export const agencyId = '450206';
export type Channel = 'file' | 'http';

/** The rows of a running system, as a seed and as checks need them. */
export interface ChaosGround extends World {
  /** What only the owner of the schema may do. */
  owner: DataSource;
  close(): Promise<void>;
}

export async function openGround({ home, servers }: System): Promise<ChaosGround> {
  const options = { poolSize: 6, applicationName: 'banjie-chaos' };
  const dataSource = await createDataSource(servers.databaseUrl, options).initialize();
  const owner = await createDataSource(servers.migrationDatabaseUrl, { ...options, poolSize: 2 }).initialize();
  const accounts = await rows<TestAccount>(
    dataSource,
    `SELECT id, username, display_name AS "displayName", agency_id AS "agencyId", posts FROM staff_account`,
  );
  return {
    ...{ dataSource, owner, cipher: new ColumnCipher(loadKeys(join(home.path, 'keys.json'))) },
    world: {
      accounts: Object.fromEntries(accounts.map((account) => [account.username, account])),
      persons: demoInsuredPersons,
    },
    close: async () => {
      await dataSource.destroy();
      await owner.destroy();
    },
  };
}

/** Asks again while PostgreSQL is away. */
export async function patiently<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (const until = Date.now() + 180_000; ;) {
    try {
      return await ask();
    } catch (error) {
      if (!isStoreAway(error) || Date.now() > until) throw error;
      await sleep(500);
    }
  }
}

/**
 * So many approved cases, `live` of them with a workflow. All of them lie with one clerk at first: what somebody has taken is in no batch.
 */
export async function seedCases(
  ground: ChaosGround,
  plan: { orders: number; live: number; seed: number },
): Promise<void> {
  const { orders, live, seed } = plan;
  const templates = Math.min(40, Math.max(1, Math.floor(orders / 10)));
  if (live > 0) await seedApproved(ground, { cases: live, seed, templates, startsWorkflows: true });
  if (orders > live) {
    const rest = { cases: orders - live, from: live, seed: seed + 1, templates, startsWorkflows: false };
    await seedApproved(ground, rest);
  }
  await rows(
    ground.owner,
    `WITH taken AS (UPDATE task SET holder_id = $1, taken_at = now() WHERE stage = 'preparePayout' AND state = 'open' RETURNING id)
     INSERT INTO task_event (task_id, kind, actor_id) SELECT id, 'taken', $1 FROM taken RETURNING task_id`,
    [accountOf(ground.world, 'settle2').id],
  );
}

/** Waits until every workflow that is to run has been handed to the engine. */
export async function allStarted({ dataSource }: ChaosGround, signal: AbortSignal): Promise<void> {
  const look = async () => {
    const sql = `SELECT count(*) AS left FROM outbox WHERE topic = 'startCase' AND done_at IS NULL`;
    const [found] = await rows<{ left: number }>(dataSource, sql);
    if (found!.left > 0) throw new Error(`${found!.left} workflows are not started`);
  };
  await waitUntil(look, { withinMs: 20 * 60_000, everyMs: 1_000, signal });
}

/**
 * The cases of each batch, by number: the same whenever it is asked. A tenth of them are left for small batches at the end, so that steps
 * are passed often while the last kills are still wanted.
 */
export async function slicesOf(ground: ChaosGround, size: number): Promise<string[][]> {
  const found = await rows<{ no: string }>(
    ground.dataSource,
    `SELECT case_no AS no FROM cases WHERE agency_id = $1 ORDER BY md5(case_no), case_no`,
    [agencyId],
  );
  const all = found.map(({ no }) => no);
  const large = Math.floor(all.length * 0.9);
  const cut = (list: string[], each: number) =>
    Array.from({ length: Math.ceil(list.length / each) }, (_, n) => list.slice(n * each, (n + 1) * each));
  return [...cut(all.slice(0, large), size), ...cut(all.slice(large), Math.max(20, Math.ceil(size / 5)))];
}

/** Puts cases back on the table, and says how the next batch goes to the bank. */
export function layOut(ground: ChaosGround, caseNos: string[], channel: Channel, partSize: number): Promise<unknown> {
  return patiently(() =>
    ground.owner.transaction(async (manager) => {
      await rows(
        manager,
        `INSERT INTO payout_setting (agency_id, channel, part_size) VALUES ($1, $2, $3) RETURNING agency_id`,
        [agencyId, channel, partSize],
      );
      await rows(
        manager,
        `WITH released AS (UPDATE task SET holder_id = NULL, taken_at = NULL
           WHERE case_no = ANY ($1) AND stage = 'preparePayout' AND state = 'open' AND batch_no IS NULL AND holder_id = $2 RETURNING id)
         INSERT INTO task_event (task_id, kind, actor_id) SELECT id, 'released', $2 FROM released RETURNING task_id`,
        [caseNos, accountOf(ground.world, 'settle2').id],
      );
    }),
  );
}

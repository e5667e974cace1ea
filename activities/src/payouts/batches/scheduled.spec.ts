import { randomUUID } from 'node:crypto';
import { rows } from '@banjie/persistence';
import {
  accountOf,
  asOwner,
  createTestDatabase,
  receiveTestCase,
  seedTestWorld,
  testCallKeys,
  testCipher,
  type TestDatabase,
  type TestWorld,
} from '@banjie/testing';
import { createBankClient } from '../bank-client';
import { createPayoutActivities } from '../payout.activities';
import { gatherScheduled } from './scheduled';

const cipher = testCipher();
let database: TestDatabase;
let world: TestWorld;

beforeAll(async () => {
  database = await createTestDatabase();
  world = await seedTestWorld(database.dataSource);
  await asOwner(database.dataSource, (owner) =>
    rows(
      owner,
      `INSERT INTO payout_setting (agency_id, channel, gather_at, cut_off) VALUES ('450206', 'file', '09:00', '15:30')`,
    ),
  );
});
afterAll(() => database?.drop());

/** A case that waits for 拨付制定. */
async function decidedCase(): Promise<string> {
  const { caseNo } = await receiveTestCase(database.dataSource, cipher, world);
  await rows(
    database.dataSource,
    `INSERT INTO decision (id, case_no, round, outcome, payable_fen, payee_digest, decided_by, decided_at)
     VALUES ($1, $2, 0, 'approved', 100, '\\x00', $3, now())`,
    [randomUUID(), caseNo, accountOf(world, 'approver1').id],
  );
  await rows(database.dataSource, `UPDATE cases SET stage = 'preparePayout', outcome = 'approved' WHERE case_no = $1`, [
    caseNo,
  ]);
  await rows(database.dataSource, `UPDATE task SET stage = 'preparePayout' WHERE case_no = $1 AND state = 'open'`, [
    caseNo,
  ]);
  return caseNo;
}

const gatherAt = (instant: string) => {
  const { dataSource } = database;
  const toBank = { dataSource, cipher, bank: createBankClient('http://127.0.0.1:9', testCallKeys()) };
  const dependencies = { ...toBank, payouts: createPayoutActivities(toBank), exchange: toBank };
  return gatherScheduled({ ...dependencies, now: () => new Date(instant) }, '450206');
};
const casesOf = async (batchNo: string | null) =>
  (
    await rows<{ no: string }>(
      database.dataSource,
      `SELECT case_no AS no FROM payout_batch_item WHERE batch_no = $1 ORDER BY case_no`,
      [batchNo],
    )
  ).map(({ no }) => no);

describe('归集 by the schedule', () => {
  it('gathers nothing on a day on which the bank is closed, and on the next one what came on both', async () => {
    const saturday = await decidedCase();
    expect(await gatherAt('2026-11-28T09:00:00+08:00')).toBeNull();
    const monday = await decidedCase();
    const batchNo = await gatherAt('2026-11-30T09:00:00+08:00');
    expect(await casesOf(batchNo)).toEqual([saturday, monday].sort());
    expect(await gatherAt('2026-11-30T09:00:30+08:00')).toBe(batchNo);
  });

  it('gathers the day anew once its batch was made void', async () => {
    const caseNo = await decidedCase();
    const first = await gatherAt('2026-12-01T09:00:00+08:00');
    await rows(database.dataSource, `UPDATE payout_batch SET state = 'void', carried = 'void' WHERE batch_no = $1`, [
      first,
    ]);
    await rows(database.dataSource, `UPDATE payout_batch_item SET left_as = 'void' WHERE batch_no = $1`, [first]);
    await rows(database.dataSource, `UPDATE task SET batch_no = NULL WHERE case_no = $1`, [caseNo]);
    const second = await gatherAt('2026-12-01T09:01:00+08:00');
    expect(second).not.toBe(first);
    expect(await casesOf(second)).toEqual([caseNo]);
    expect(await gatherAt('2026-12-01T09:02:00+08:00')).toBe(second);
  });
});

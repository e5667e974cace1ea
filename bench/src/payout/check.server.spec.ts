import { randomUUID } from 'node:crypto';
import { commitAct, createBankClient, createPayoutActivities } from '@banjie/activities';
import { rows } from '@banjie/persistence';
import {
  asOwner,
  createTestDatabase,
  seedTestWorld,
  startBankProcess,
  testCallKeys,
  testCipher,
  type BankProcess,
  type TestDatabase,
} from '@banjie/testing';
import { commitAs } from '../act/commit-as';
import type { World } from '../act/world';
import { checkPayouts } from './check';
import { seedApproved } from './seed';

const cipher = testCipher();
let database: TestDatabase;
let bank: BankProcess;
let bench: World;
let cases: string[];

beforeAll(async () => {
  [database, bank] = await Promise.all([createTestDatabase(), startBankProcess()]);
  bench = { dataSource: database.dataSource, cipher, world: await seedTestWorld(database.dataSource) };
  await seedApproved(bench, { cases: 6, seed: 3, templates: 2, startsWorkflows: false });
  const found = await rows<{ no: string }>(bench.dataSource, `SELECT case_no AS no FROM cases ORDER BY case_no`);
  cases = found.map(({ no }) => no);
});

afterAll(async () => {
  await bank.stop();
  await database.drop();
});

const picture = () => checkPayouts(bench, bank.url, '450206');

async function release(caseNo: string): Promise<string> {
  const at = new Date();
  await commitAs(bench, caseNo, 'settle1', { act: 'preparePayout' }, at);
  await commitAs(bench, caseNo, 'finreview1', { act: 'confirmPayout' }, at);
  const { order, seq } = await commitAs(bench, caseNo, 'finapprove1', { act: 'releasePayout' }, at);
  expect(seq).toBe(8);
  return order!.orderNo;
}

const payments = () =>
  createPayoutActivities({
    dataSource: bench.dataSource,
    cipher,
    bank: createBankClient(bank.url, testCallKeys()),
    finalitySeconds: 1,
  });

const settle = (caseNo: string) =>
  commitAct(
    { dataSource: bench.dataSource, cipher, findGaps: async () => [] },
    { caseNo, actionId: randomUUID(), act: 'settlePayout', actorId: 'system:workflow', seq: 9 },
  );

// One story: what is planted in the end cannot be taken back.
it('finds nothing where each case was paid once, and names what is not so', async () => {
  expect(await picture()).toMatchObject({ faults: [], inDoubt: 0, whereabouts: { waiting: { count: 6 } } });

  const [paid, drawn, lost] = cases as [string, string, string];
  const orderNo = await release(paid);
  expect(await payments().payOrder({ orderNo })).toEqual({ word: 'paid' });
  expect((await picture()).faults).toEqual([`W4 a case says otherwise than its order: ${paid} pay released paid`]);
  await settle(paid);
  await commitAs(bench, drawn, 'settle1', { act: 'preparePayout' }, new Date());
  expect(await picture()).toMatchObject({
    faults: [],
    whereabouts: {
      paid: { count: 1 },
      underway: { count: 1 },
      waiting: { count: 4 },
      unknown: { count: 0 },
      held: { count: 0 },
    },
  });

  // The bank's reply is lost after it has booked: open, and open to the eye.
  const unclear = await release(lost);
  await bank.setFault({ kind: 'lostReplyAfterBooking', match: { orderNo: unclear } });
  await payments().payOrder({ orderNo: unclear });
  expect(await picture()).toMatchObject({ faults: [], whereabouts: { unknown: { count: 1 } } });

  // Money that left without an order of ours, and nobody told.
  await bank.clearFaults();
  await bank.pay({
    ...{ orderNo: 'STRANGE1', amountFen: 5, fundAccount: 'ZC450206', payeeName: '某人' },
    ...{ payeeAccount: '6222000000000001', payeeBankCode: '102100099996' },
  });
  const [strange] = (await picture()).faults;
  expect(strange).toMatch(/^M3 entry \d+ of the bank \(debit STRANGE1, 5 分\) agrees with nothing and nobody is told$/);

  // An order that our rows call paid and the bank does not know.
  const claimed = await release(cases[3]!);
  await asOwner(bench.dataSource, async (owner) => {
    await owner.query(`UPDATE payout_order SET state = 'sent', sent_at = now() WHERE order_no = $1`, [claimed]);
    await owner.query(`UPDATE payout_order SET state = 'paid', settled_at = now() WHERE order_no = $1`, [claimed]);
  });
  expect((await picture()).faults).toEqual(
    expect.arrayContaining([
      `M2 ${claimed} is paid, the bank paid it 0 times`,
      `M3 an order that left has no send on record: ${claimed}`,
    ]),
  );
});

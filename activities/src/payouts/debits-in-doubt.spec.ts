import { randomUUID } from 'node:crypto';
import {
  accountDigest,
  checkBooks,
  confirmClearing,
  proposeClearing,
  recordBankEntry,
  rows,
  sealPayee,
  type ClearingFacts,
} from '@banjie/persistence';
import {
  accountOf,
  createTestDatabase,
  drawTestOrder,
  moveTestOrder,
  orderStateOf,
  seedTestWorld,
  signTestOrder,
  startBankProcess,
  testCallKeys,
  testCipher,
  type BankProcess,
  type TestDatabase,
  type TestOrder,
  type TestWorld,
} from '@banjie/testing';
import { createBankClient } from './bank-client';
import { sendPaymentFile } from './file-exchange/send-payment-file';
import { createPayoutActivities } from './payout.activities';

/*
 * The bank refused an order and books it after all (M1): what follows it does not leave before two persons have found out what that was.
 */
const cipher = testCipher();
let database: TestDatabase;
let world: TestWorld;
let bank: BankProcess;
let alarms: string[] = [];

beforeAll(async () => {
  [database, bank] = await Promise.all([createTestDatabase(), startBankProcess()]);
  world = await seedTestWorld(database.dataSource);
});
afterAll(async () => {
  await bank?.stop();
  await database?.drop();
});
beforeEach(() => (alarms = []));
afterEach(() => bank.clearFaults());

const toBank = () => ({
  ...{ dataSource: database.dataSource, cipher, finalitySeconds: 0.3 },
  bank: createBankClient(bank.url, testCallKeys()),
  alarm: (code: string) => void alarms.push(code),
});
const newOrder = (state?: 'failed' | 'returned') =>
  drawTestOrder(database.dataSource, cipher, world, state ? { state } : {});
let accounts = 0;

/** An order to another account, checked again by finance, after one that came to nothing. */
async function successorOf({ caseNo, orderNo: before, payee, ...first }: TestOrder): Promise<TestOrder> {
  accounts += 1;
  const corrected = { ...payee, accountNumber: `62221111${String(accounts).padStart(8, '0')}` };
  const { payeeEnc, payeeDigest, accountDigest: digest } = sealPayee(cipher, corrected);
  const orderNo = `${caseNo}P2`;
  await rows(
    database.dataSource,
    `INSERT INTO payout_order (order_no, case_no, decision_id, agency_id, state, amount_fen, payee_enc, payee_digest, account_digest,
       previous_order_no, drawn_by, reviewed_by, released_by, drawn_at)
     SELECT $2, case_no, decision_id, agency_id, 'drawn', amount_fen, $3, $4, $5, order_no, drawn_by, reviewed_by, released_by, now()
     FROM payout_order WHERE order_no = $1`,
    [before, orderNo, payeeEnc, payeeDigest, digest],
  );
  await signTestOrder(database.dataSource, cipher, world, orderNo);
  await moveTestOrder(database.dataSource, orderNo, 'released');
  return { ...first, caseNo, orderNo, payee: corrected };
}

let entries = 7_000;
async function debit({ orderNo, amountFen, payee }: TestOrder): Promise<number> {
  entries += 1;
  const entry = {
    ...({
      entryNo: entries,
      kind: 'debit',
      orderNo,
      amountFen,
      at: new Date().toISOString(),
      bankReference: 'B',
    } as const),
    ...{ fundAccount: 'ZC450206', accountDigest: accountDigest(cipher, payee.accountNumber) },
  };
  await database.dataSource.transaction((manager) => recordBankEntry(manager, entry));
  return entries;
}

/** Two persons who had no hand in the case. */
async function clear(entryNo: number, clearing: ClearingFacts['clearing']): Promise<void> {
  const id = randomUUID();
  const [agencyId, at] = ['450206', new Date()];
  const by = (username: string) => accountOf(world, username).id;
  const words = {
    text: '银行来函说明此笔迟到入账',
    document: { number: '柳银函〔2026〕18号', text: '兹证明此笔已入账。' },
  };
  const facts: ClearingFacts = { entryNo, clearing, reason: 'CL-06' };
  await database.dataSource.transaction((manager) =>
    proposeClearing(manager, cipher, { id, agencyId, facts, words, proposedBy: by('settle2'), at }),
  );
  await database.dataSource.transaction((manager) =>
    confirmClearing(manager, cipher, { id, agencyId, decidedBy: by('finreview2'), at }),
  );
}

const sendsOf = ({ orderNo }: TestOrder) =>
  rows(database.dataSource, `SELECT 1 FROM payout_attempt WHERE order_no = $1 AND kind = 'send'`, [orderNo]);
const stateOf = ({ orderNo }: TestOrder) => orderStateOf(database.dataSource, orderNo);
const bookingsOf = async ({ orderNo }: TestOrder) => (await bank.summary()).bookingsByOrder[orderNo] ?? 0;

it('holds the call with an order while money of its predecessor is in doubt, and sends it once that is found out', async () => {
  const first = await newOrder('failed');
  const next = await successorOf(first);
  const entryNo = await debit(first);
  const { payOrder, askBank } = createPayoutActivities(toBank());
  await expect(payOrder(next)).resolves.toEqual({ word: 'unknown' });
  await expect(askBank(next)).resolves.toEqual({ word: 'unknown' });
  // Nothing of it left, so that it may still be called back.
  expect([await stateOf(next), (await sendsOf(next)).length, await bookingsOf(next)]).toEqual(['released', 0, 0]);
  expect(alarms).toEqual(['heldByDebit']);
  await clear(entryNo, 'bankError');
  await expect(askBank(next)).resolves.toEqual({ word: 'resend' });
  await expect(payOrder(next)).resolves.toEqual({ word: 'paid' });
});

it('leaves such an order out of a file, and takes the others', async () => {
  const [first, other] = [await newOrder('failed'), await newOrder()];
  const next = await successorOf(first);
  const entryNo = await debit(first);
  const orderNos = [next.orderNo, other.orderNo];
  const sent = await sendPaymentFile(toBank(), { batchNo: 'PD1', part: 1, orderNos });
  expect(sent).toMatchObject({ count: 1, leftOut: [{ orderNo: next.orderNo, code: 'debitInDoubt' }] });
  expect([await stateOf(next), (await sendsOf(next)).length]).toEqual(['released', 0]);
  expect(alarms).toEqual(['heldByDebit']);
  await clear(entryNo, 'overpaid');
  const again = await sendPaymentFile(toBank(), { batchNo: 'PD1', part: 2, orderNos: [next.orderNo] });
  expect(again).toMatchObject({ word: 'taken', count: 1, leftOut: [] });
});

it('lets no order be sent again that came back once and was booked twice', async () => {
  const first = await newOrder('returned');
  await debit(first);
  await debit(first);
  const next = await successorOf(first);
  await expect(createPayoutActivities(toBank()).payOrder(next)).resolves.toEqual({ word: 'unknown' });
  expect(await sendsOf(next)).toEqual([]);
});

it('frees no order in doubt for another send meanwhile', async () => {
  const first = await newOrder('failed');
  const next = await successorOf(first);
  const { payOrder, askBank } = createPayoutActivities(toBank());
  await bank.setFault({ kind: 'lostReplyBeforeBooking', match: { orderNo: next.orderNo, next: 1 } });
  await payOrder(next);
  const entryNo = await debit(first);
  await new Promise((resolve) => setTimeout(resolve, 400));
  await expect(askBank(next)).resolves.toEqual({ word: 'unknown' });
  await clear(entryNo, 'bankError');
  await expect(askBank(next)).resolves.toEqual({ word: 'resend' });
});

it('keeps the books whole', async () => {
  expect(await checkBooks(database.dataSource, '450206', new Date())).toEqual([]);
});

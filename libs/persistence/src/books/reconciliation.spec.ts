import { orderMoves, payoutStates, type PayoutState } from '@banjie/domain';
import {
  asOwner,
  createTestDatabase,
  drawTestOrder,
  moveTestOrder,
  seedTestWorld,
  testCipher,
  type TestDatabase,
  type TestOrder,
  type TestWorld,
} from '@banjie/testing';
import { rows } from '../data-source';
import { recordBankEntry, type BankEntry } from '../payouts/bank-entries';
import { accountDigest } from '../payouts/payee';
import { movePayoutOrder } from '../payouts/payout-orders';
import { checkBooks, reconcile } from './reconciliation';
import { trialBalance } from './trial-balance';

const cipher = testCipher();
const agencyId = '450206';
const sentAt = new Date('2026-11-24T02:00:00Z');
const span = {
  agencyId,
  from: new Date('2026-11-23T16:00:00Z'),
  until: new Date('2026-11-24T16:00:00Z'),
  overdueBefore: new Date('2026-11-22T16:00:00Z'),
};
let database: TestDatabase;
let world: TestWorld;
let entryNo = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  world = await seedTestWorld(database.dataSource);
});
afterAll(() => database?.drop());

const newOrder = (state: PayoutState, amountFen?: number) =>
  drawTestOrder(database.dataSource, cipher, world, { state, ...(amountFen ? { amountFen } : {}) });

async function sendOrder(amountFen: number, at = sentAt): Promise<TestOrder> {
  const order = await newOrder('released', amountFen);
  await move(order, 'released', 'sent', at);
  return order;
}

const move = ({ orderNo }: TestOrder, from: PayoutState, to: PayoutState, at = sentAt) =>
  database.dataSource.transaction((manager) => movePayoutOrder(manager, orderNo, { from: [from], to, at }));

function tell(order: TestOrder, kind: BankEntry['kind'] = 'debit', told: Partial<BankEntry> = {}) {
  entryNo += 1;
  const entry: BankEntry = {
    ...{
      entryNo,
      kind,
      orderNo: order.orderNo,
      amountFen: order.amountFen,
      at: '2026-11-24T03:00:00Z',
      bankReference: 'B',
    },
    ...{ fundAccount: 'ZC450206', accountDigest: accountDigest(cipher, order.payee.accountNumber), ...told },
  };
  return database.dataSource.transaction((manager) => recordBankEntry(manager, entry));
}

const postingsOf = async ({ orderNo }: TestOrder) =>
  (
    await rows<{ line: string }>(
      database.dataSource,
      `SELECT concat_ws(' ', debit_account, credit_account, amount_fen) AS line FROM posting WHERE order_no = $1 ORDER BY id`,
      [orderNo],
    )
  ).map(({ line }) => line);

const isWhole = async () => expect(await checkBooks(database.dataSource, agencyId, new Date())).toEqual([]);

describe('an order in the rows', () => {
  it('takes the steps of the table and no other, whoever asks', async () => {
    for (const from of payoutStates) {
      const order = await newOrder(from);
      const lawful = orderMoves.filter((m) => m.from === from).map(({ to }) => to);
      for (const to of payoutStates.filter((state) => state !== from && !lawful.includes(state))) {
        const moved = asOwner(database.dataSource, (owner) =>
          owner.query(`UPDATE payout_order SET state = $2 WHERE order_no = $1`, [order.orderNo, to]),
        );
        await expect(moved).rejects.toMatchObject({ driverError: { constraint: 'payout_order_moves' } });
      }
    }
    await isWhole();
  });

  it('begins as drawn, and is never deleted', async () => {
    const { orderNo } = await newOrder('drawn');
    const begun = database.dataSource.query(
      `INSERT INTO payout_order (order_no, case_no, decision_id, agency_id, state, amount_fen, payee_enc, payee_digest, account_digest,
         drawn_by, reviewed_by, released_by, drawn_at)
       SELECT order_no || 'X', case_no, gen_random_uuid(), agency_id, 'released', amount_fen, payee_enc, payee_digest, account_digest,
         drawn_by, reviewed_by, released_by, drawn_at FROM payout_order WHERE order_no = $1`,
      [orderNo],
    );
    await expect(begun).rejects.toMatchObject({ driverError: { constraint: 'payout_order_moves' } });
    const deleted = asOwner(database.dataSource, (owner) =>
      owner.query(`DELETE FROM payout_order WHERE order_no = $1`, [orderNo]),
    );
    await expect(deleted).rejects.toThrow('only ever added');
  });
});

describe('a line of another agency’s account', () => {
  it('moves no order of ours, whatever it names (串户)', async () => {
    const elsewhere = { fundAccount: 'ZC450203' };
    const sent = await sendOrder(1_700);
    await expect(tell(sent, 'debit', elsewhere)).resolves.toBe('unknownOrder');
    await expect(tell(sent)).resolves.toBe('settled');
    await expect(tell(sent, 'return', elsewhere)).resolves.toBe('unknownOrder');
    const [order] = await rows(database.dataSource, `SELECT state FROM payout_order WHERE order_no = $1`, [
      sent.orderNo,
    ]);
    expect(order).toEqual({ state: 'paid' });
    const theirs = await reconcile(database.dataSource, { ...span, agencyId: '450203' });
    expect(theirs!.exceptions).toEqual([
      expect.objectContaining({ kind: 'debit', reason: 'unknownOrder', orderState: null }),
      expect.objectContaining({ kind: 'return', reason: 'unknownOrder', orderState: null }),
    ]);
    const ours = await reconcile(database.dataSource, span);
    expect(ours!.exceptions.filter(({ orderNo }) => orderNo === sent.orderNo)).toEqual([]);
    await isWhole();
  });
});

describe('the books', () => {
  it('follow an order that was doubtful, proven unsent, sent again, paid and returned', async () => {
    const order = await sendOrder(100);
    await move(order, 'sent', 'unknown');
    await move(order, 'unknown', 'released');
    await move(order, 'released', 'sent');
    await expect(tell(order)).resolves.toBe('settled');
    await expect(tell(order, 'return', { reason: '账号户名不符' })).resolves.toBe('returned');
    expect(await postingsOf(order)).toEqual([
      'payable inTransit 100',
      'inTransit payable 100',
      'payable inTransit 100',
      'inTransit disbursement 100',
      'disbursement returned 100',
    ]);
    await isWhole();
  });

  it('take what is paid anew after a 退票 from 退票待付', async () => {
    const first = await sendOrder(700);
    await tell(first);
    await tell(first, 'return');
    await rows(
      database.dataSource,
      `INSERT INTO payout_order (order_no, case_no, decision_id, agency_id, state, amount_fen, payee_enc, payee_digest, account_digest,
         previous_order_no, drawn_by, reviewed_by, released_by, drawn_at)
       SELECT $2, case_no, decision_id, agency_id, 'drawn', amount_fen, payee_enc, payee_digest, account_digest, order_no, drawn_by,
         reviewed_by, released_by, now() FROM payout_order WHERE order_no = $1`,
      [first.orderNo, `${first.caseNo}P2`],
    );
    const second = { ...first, orderNo: `${first.caseNo}P2` };
    await moveTestOrder(database.dataSource, second.orderNo, 'released');
    await move(second, 'released', 'sent');
    await tell(second);
    expect(await postingsOf(second)).toEqual(['returned inTransit 700', 'inTransit disbursement 700']);
    await isWhole();
  });

  it('owe nothing of a decision that fell', async () => {
    const { decisionId, orderNo } = await newOrder('drawn', 900);
    const owed = async () =>
      (await trialBalance(database.dataSource, agencyId, new Date('2027-01-01T00:00:00Z')))
        .filter(({ account }) => account === 'payable' || account === 'returned')
        .reduce((sum, { debitFen, creditFen }) => sum + creditFen - debitFen, 0);
    const before = await owed();
    await moveTestOrder(database.dataSource, orderNo, 'void');
    await rows(database.dataSource, `UPDATE decision SET voided_at = now() WHERE id = $1`, [decisionId]);
    expect(before - (await owed())).toBe(900);
    await isWhole();
  });

  it('cannot be rewritten, and show it when somebody posts beside the rows', async () => {
    const { dataSource } = database;
    await expect(dataSource.query(`UPDATE posting SET amount_fen = 1`)).rejects.toThrow();
    await expect(asOwner(dataSource, (owner) => owner.query(`DELETE FROM posting`))).rejects.toThrow('only ever added');
    const post = (debit: string, credit: string) =>
      dataSource.query(
        `INSERT INTO posting (at, agency_id, kind, debit_account, credit_account, amount_fen) VALUES (now(), $1, 'orderMoved', $2, $3, 5)`,
        [agencyId, debit, credit],
      );
    await expect(post('payable', 'payable')).rejects.toMatchObject({
      driverError: { constraint: 'posting_two_accounts' },
    });
    await post('payable', 'disbursement');
    const found = await checkBooks(dataSource, agencyId, new Date());
    expect(found.map(({ figure, booksFen, rowsFen }) => [figure, booksFen - rowsFen])).toEqual([
      ['owed', 5],
      ['disbursement', -5],
      ['bank', -5],
    ]);
    await post('disbursement', 'payable');
    await isWhole();
  });
});

describe('reconciliation', () => {
  it('finds every 分 of a day in one of matched, in transit, exception', async () => {
    const before = (await reconcile(database.dataSource, span))!;
    const paid = await sendOrder(1_000);
    await expect(tell(paid)).resolves.toBe('settled');
    const heard = await sendOrder(2_000);
    await move(heard, 'sent', 'paid');
    await expect(tell(heard)).resolves.toBe('agreed');
    const back = await sendOrder(3_000);
    await tell(back);
    await expect(tell(back, 'return')).resolves.toBe('returned');
    const silent = await sendOrder(4_000);
    const late = await sendOrder(5_000, new Date('2026-11-20T02:00:00Z'));
    await move(late, 'sent', 'unknown');
    await expect(tell(paid)).resolves.toBe('bookedTwice');
    await expect(tell({ ...paid, orderNo: 'NOBODY' }, 'debit', { amountFen: 6_000 })).resolves.toBe('unknownOrder');
    const cheap = await sendOrder(7_000);
    await expect(tell(cheap, 'debit', { amountFen: 6_999 })).resolves.toBe('otherAmount');
    const swapped = await sendOrder(8_000);
    const other = { accountDigest: accountDigest(cipher, '6222999900001111') };
    await expect(tell(swapped, 'debit', other)).resolves.toBe('otherPayee');
    const refused = await newOrder('failed', 9_000);
    await expect(tell(refused)).resolves.toBe('impossible');
    await expect(tell(silent, 'return')).resolves.toBe('impossible');

    const { bank, matched, inTransit, exceptions, balance } = (await reconcile(database.dataSource, span))!;
    const more = (now: { count: number; fen: number }, then: { count: number; fen: number }) => [
      now.count - then.count,
      now.fen - then.fen,
    ];
    expect(more(matched.debits, before.matched.debits)).toEqual([3, 6_000]);
    expect(more(matched.returns, before.matched.returns)).toEqual([1, 3_000]);
    expect(more(inTransit, before.inTransit)).toEqual([3, 4_000 + 7_000 + 8_000]);
    const fresh = exceptions.slice(before.exceptions.length);
    expect(fresh.map((e) => [e.side, e.reason, e.amountFen])).toEqual([
      ['bank', 'bookedTwice', 1_000],
      ['bank', 'unknownOrder', 6_000],
      ['bank', 'otherAmount', 6_999],
      ['bank', 'otherPayee', 8_000],
      ['bank', 'impossible', 9_000],
      ['bank', 'impossible', 4_000],
      ['books', 'notOnStatement', 5_000],
    ]);
    // Nothing of the statement is in two places or in none.
    const doubtful = (kind: string) => exceptions.filter((e) => e.side === 'bank' && e.kind === kind);
    for (const kind of ['debit', 'return'] as const) {
      const side = kind === 'debit' ? 'debits' : 'returns';
      const lines = doubtful(kind);
      expect(bank[side]).toEqual({
        count: matched[side].count + lines.length,
        fen: matched[side].fen + lines.reduce((sum, { amountFen }) => sum + amountFen, 0),
      });
    }
    expect(balance.differenceFen).toBe(0);
    await isWhole();
    // The doubtful orders were not moved by what the bank did to others.
    expect(await statesOf([cheap, swapped, refused, silent])).toEqual(['sent', 'sent', 'failed', 'sent']);
  });

  it('says of a time before the statement came that the money was on its way then', async () => {
    const order = await sendOrder(11_000, new Date('2026-11-23T02:00:00Z'));
    await tell(order);
    const theDayBefore = { ...span, from: new Date('2026-11-22T16:00:00Z'), until: span.from };
    expect((await reconcile(database.dataSource, theDayBefore))!.inTransit.fen).toBe(11_000);
  });
});

async function statesOf(orders: TestOrder[]): Promise<string[]> {
  const found = await rows<{ no: string; state: string }>(
    database.dataSource,
    `SELECT order_no AS no, state FROM payout_order WHERE order_no = ANY($1)`,
    [orders.map(({ orderNo }) => orderNo)],
  );
  return orders.map(({ orderNo }) => found.find(({ no }) => no === orderNo)!.state);
}

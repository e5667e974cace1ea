import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { rows, sealPayee } from '@banjie/persistence';
import {
  answerAsBank,
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
import { ApplicationFailure } from '@temporalio/common';
import { createBankClient } from './bank-client';
import { createPayoutActivities, type PayoutDependencies, type PayoutStep, type PayWord } from './payout.activities';

const cipher = testCipher();
let database: TestDatabase;
let world: TestWorld;
let bank: BankProcess;
const alarms: string[] = [];

beforeAll(async () => {
  [database, bank] = await Promise.all([createTestDatabase(), startBankProcess()]);
  world = await seedTestWorld(database.dataSource);
});
afterAll(async () => {
  await bank?.stop();
  await database?.drop();
});
beforeEach(() => (alarms.length = 0));
afterEach(() => bank.clearFaults());

const callTimeoutMs = 400;
const finalitySeconds = 0.5;

function activities(options: Partial<PayoutDependencies> = {}) {
  return createPayoutActivities({
    dataSource: database.dataSource,
    cipher,
    bank: createBankClient(bank.url, testCallKeys(), { timeoutMs: callTimeoutMs }),
    finalitySeconds,
    callTimeoutMs,
    alarm: (code) => void alarms.push(code),
    ...options,
  });
}

const newOrder = (options: Parameters<typeof drawTestOrder>[3] = {}) =>
  drawTestOrder(database.dataSource, cipher, world, options);

const attemptsOf = (orderNo: string) =>
  rows<{ n: number; kind: string; answer: string | null }>(
    database.dataSource,
    `SELECT n, kind, answer FROM payout_attempt WHERE order_no = $1 ORDER BY n`,
    [orderNo],
  );

async function bookingsOf(orderNo: string): Promise<number> {
  return (await bank.summary()).bookingsByOrder[orderNo] ?? 0;
}

/** Drives an order the way the workflow does, until the bank's word is known. */
async function settleAsWorkflow({ orderNo }: TestOrder, payout = activities()): Promise<PayWord> {
  let sends = 0;
  for (const until = Date.now() + 20_000; Date.now() < until;) {
    sends += 1;
    let word: string = await payout.payOrder({ orderNo }).then(
      (answer) => answer.word,
      () => 'unknown',
    );
    while (word === 'unknown') {
      await sleep(100);
      ({ word } = await activities().askBank({ orderNo }));
    }
    if (word !== 'resend') return word as PayWord;
  }
  throw new Error(`the order did not settle after ${sends} sends`);
}

/** The code of the bank's reason, as the order keeps it. */
const bankReasonOf = async (orderNo: string) =>
  (
    await rows<{ reason: string | null }>(
      database.dataSource,
      `SELECT bank_reason AS reason FROM payout_order WHERE order_no = $1`,
      [orderNo],
    )
  )[0]!.reason;

describe('payOrder', () => {
  it('sends once and records the word', async () => {
    const order = await newOrder();
    await expect(activities().payOrder(order)).resolves.toEqual({ word: 'paid' });
    expect(await attemptsOf(order.orderNo)).toEqual([{ n: 1, kind: 'send', answer: 'booked' }]);
    expect(await orderStateOf(database.dataSource, order.orderNo)).toBe('paid');
    expect(await bookingsOf(order.orderNo)).toBe(1);
    const [entry] = (await bank.statement()).filter((e) => e.orderNo === order.orderNo);
    expect(entry).toMatchObject({ amountFen: order.amountFen, payeeAccount: order.payee.accountNumber });
  });

  it('answers a second call with the first word and does not send', async () => {
    const order = await newOrder();
    await activities().payOrder(order);
    await expect(activities().payOrder(order)).resolves.toEqual({ word: 'paid' });
    expect(await attemptsOf(order.orderNo)).toHaveLength(1);
  });

  it('tells a refusal as failed', async () => {
    const order = await newOrder();
    await bank.setFault({ kind: 'refuse', match: { orderNo: order.orderNo }, reason: '账户已销户' });
    await expect(activities().payOrder(order)).resolves.toEqual({ word: 'failed' });
    await expect(activities().askBank(order)).resolves.toEqual({ word: 'failed' });
    expect(await bookingsOf(order.orderNo)).toBe(0);
    expect(await bankReasonOf(order.orderNo)).toBe('accountClosed');
  });

  it.each([
    ['the reply is lost before booking', 'lostReplyBeforeBooking', 'connectionLost'],
    ['the reply is lost after booking', 'lostReplyAfterBooking', 'connectionLost'],
  ] as const)('is in doubt when %s', async (_title, kind, answer) => {
    const order = await newOrder();
    await bank.setFault({ kind, match: { orderNo: order.orderNo, next: 1 } });
    await expect(activities().payOrder(order)).resolves.toEqual({ word: 'unknown' });
    expect(await orderStateOf(database.dataSource, order.orderNo)).toBe('unknown');
    expect(await attemptsOf(order.orderNo)).toEqual([{ n: 1, kind: 'send', answer }]);
    // Doubt is not a reason to send: a further call sends nothing.
    await expect(activities().payOrder(order)).resolves.toEqual({ word: 'unknown' });
    expect(await attemptsOf(order.orderNo)).toHaveLength(1);
    await expect(settleAsWorkflow(order)).resolves.toBe('paid');
    expect(await bookingsOf(order.orderNo)).toBe(1);
  });

  it('is in doubt while the bank is slow, and never sends into the gap', async () => {
    const order = await newOrder();
    await bank.setFault({ kind: 'slow', match: { orderNo: order.orderNo, next: 1 }, ms: 1_600 });
    await expect(activities().payOrder(order)).resolves.toEqual({ word: 'unknown' });
    // Longer than the finality window: what the bank still has in hand is not nothing.
    await sleep(700);
    await expect(activities().askBank(order)).resolves.toEqual({ word: 'unknown' });
    await expect(settleAsWorkflow(order)).resolves.toBe('paid');
    const attempts = await attemptsOf(order.orderNo);
    expect(attempts[0]).toMatchObject({ kind: 'send', answer: 'timeout' });
    expect(attempts.filter((a) => a.kind === 'send')).toHaveLength(1);
    expect(attempts.some((a) => a.answer === 'inFlight')).toBe(true);
    expect(await bookingsOf(order.orderNo)).toBe(1);
  });

  it('waits for a payment that is accepted now and booked later', async () => {
    const order = await newOrder();
    await bank.setFault({ kind: 'lateSuccess', match: { orderNo: order.orderNo }, ms: 900 });
    await expect(activities().payOrder(order)).resolves.toEqual({ word: 'unknown' });
    expect((await attemptsOf(order.orderNo))[0]).toMatchObject({ answer: 'accepted' });
    await expect(settleAsWorkflow(order)).resolves.toBe('paid');
    expect(await bookingsOf(order.orderNo)).toBe(1);
  });

  it('is in doubt during an outage, and resends after the bank has proved that nothing was booked', async () => {
    const order = await newOrder();
    await bank.setFault({ kind: 'outage', match: {}, ms: 1_000 });
    await expect(activities().payOrder(order)).resolves.toEqual({ word: 'unknown' });
    await expect(activities().askBank(order)).resolves.toEqual({ word: 'unknown' });
    await expect(settleAsWorkflow(order)).resolves.toBe('paid');
    const attempts = await attemptsOf(order.orderNo);
    expect(attempts[0]).toMatchObject({ kind: 'send', answer: 'http503' });
    expect(attempts.filter((a) => a.kind === 'send')).toHaveLength(2);
    expect(await bookingsOf(order.orderNo)).toBe(1);
  });

  it('survives the death of the bank in the middle of a payment', async () => {
    const order = await newOrder();
    await bank.setFault({ kind: 'slow', match: { orderNo: order.orderNo, next: 1 }, ms: 5_000 });
    const paying = activities({ bank: createBankClient(bank.url, testCallKeys(), { timeoutMs: 5_000 }) }).payOrder(
      order,
    );
    await sleep(200);
    await bank.crashAndRestart();
    await expect(paying).resolves.toEqual({ word: 'unknown' });
    await bank.clearFaults();
    await expect(settleAsWorkflow(order)).resolves.toBe('paid');
    expect(await bookingsOf(order.orderNo)).toBe(1);
  });

  it('lets one of many simultaneous calls send', async () => {
    const order = await newOrder();
    const words = await Promise.all(Array.from({ length: 40 }, () => activities().payOrder(order)));
    expect((await attemptsOf(order.orderNo)).filter((a) => a.kind === 'send')).toHaveLength(1);
    expect(words.filter(({ word }) => word === 'paid').length).toBeGreaterThanOrEqual(1);
    expect(words.every(({ word }) => word === 'paid' || word === 'unknown')).toBe(true);
    expect(await bookingsOf(order.orderNo)).toBe(1);
    expect((await bank.summary()).ordersBookedTwice).toEqual([]);
  });

  it.each(['drawn', 'reviewed', 'void'] as const)('does not send an order that is %s', async (state) => {
    const order = await newOrder({ state });
    await expect(activities().payOrder(order)).rejects.toMatchObject({ type: 'ORDER_MISSING', nonRetryable: true });
    expect(await attemptsOf(order.orderNo)).toEqual([]);
  });

  it('ends an order that the wire cannot carry as failed, without a call', async () => {
    const order = await newOrder({ payee: { bankCode: '工行' } });
    await expect(activities().payOrder(order)).resolves.toEqual({ word: 'failed' });
    expect(await attemptsOf(order.orderNo)).toEqual([{ n: 1, kind: 'send', answer: 'unsendable' }]);
    await expect(activities().askBank(order)).resolves.toEqual({ word: 'failed' });
  });
});

describe('the frozen payee (M7)', () => {
  const swapped = { accountName: '另一人', accountNumber: '6222999999999999', bankCode: '102100099996' };

  async function refusesToPay(order: TestOrder): Promise<void> {
    const failure = await activities()
      .payOrder(order)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ type: 'PAYEE_CHANGED', nonRetryable: true });
    expect(JSON.stringify(failure)).not.toMatch(/6222|另一人|测试收款人/);
    expect(alarms).toContain('payeeChanged');
    // Not a resend: the workflow would call at once, and again, for ever.
    await expect(activities().askBank(order)).resolves.toEqual({ word: 'unknown' });
    expect(await attemptsOf(order.orderNo)).toEqual([]);
    expect(await orderStateOf(database.dataSource, order.orderNo)).toBe('released');
    expect(await bookingsOf(order.orderNo)).toBe(0);
  }

  /** As an administrator of the database would, past every rule of the app. */
  const swap = async (sql: string, parameters: unknown[]) => {
    const { Client } = await import('pg');
    const owner = new Client({ connectionString: database.ownerUrl });
    await owner.connect();
    await owner.query(sql, parameters);
    await owner.end();
  };

  it.each([`amount_fen = 1`, `payee_enc = ''`, `payee_digest = ''`, `decision_id = decision_id`])(
    'cannot be changed by the role of the app: %s (M5)',
    async (change) => {
      const { orderNo } = await newOrder();
      const changed = database.dataSource.query(`UPDATE payout_order SET ${change} WHERE order_no = $1`, [orderNo]);
      await expect(changed).rejects.toMatchObject({ driverError: { code: '42501' } });
    },
  );

  it('does not pay an account swapped in the order', async () => {
    const order = await newOrder();
    const { payeeEnc } = sealPayee(cipher, swapped);
    await swap(`UPDATE payout_order SET payee_enc = $2 WHERE order_no = $1`, [order.orderNo, payeeEnc]);
    await refusesToPay(order);
  });

  it('does not pay an account swapped together with its digest', async () => {
    const order = await newOrder();
    const { payeeEnc, payeeDigest } = sealPayee(cipher, swapped);
    await swap(`UPDATE payout_order SET payee_enc = $2, payee_digest = $3 WHERE order_no = $1`, [
      order.orderNo,
      payeeEnc,
      payeeDigest,
    ]);
    await refusesToPay(order);
  });

  it('does not pay an amount other than the decided one', async () => {
    const order = await newOrder();
    await swap(`UPDATE payout_order SET amount_fen = amount_fen + 1 WHERE order_no = $1`, [order.orderNo]);
    await refusesToPay(order);
  });

  it('does not pay on a sealed column that was written without the key', async () => {
    const order = await newOrder();
    await swap(
      `UPDATE payout_order SET payee_enc = set_byte(payee_enc, 40, 255 - get_byte(payee_enc, 40)) WHERE order_no = $1`,
      [order.orderNo],
    );
    await refusesToPay(order);
  });

  describe('and whoever writes rows under the role of the app, without the keys,', () => {
    /** An order of `caseNo` in the rows alone; whom it pays is copied from another one. */
    const forge = async (about: {
      caseNo: string;
      decisionId: string;
      previousOrderNo: string | null;
      payeeOf: string;
    }) => {
      const orderNo = `${about.caseNo}P7`;
      await rows(
        database.dataSource,
        `INSERT INTO payout_order (order_no, case_no, decision_id, agency_id, state, amount_fen, payee_enc, payee_digest,
           account_digest, previous_order_no, drawn_by, reviewed_by, released_by, drawn_at)
         SELECT $1, $2, d.id, o.agency_id, 'drawn', d.payable_fen, o.payee_enc, o.payee_digest, o.account_digest, $4, o.drawn_by,
           o.reviewed_by, o.released_by, now() FROM payout_order o, decision d WHERE o.order_no = $5 AND d.id = $3`,
        [orderNo, about.caseNo, about.decisionId, about.previousOrderNo, about.payeeOf],
      );
      await moveTestOrder(database.dataSource, orderNo, 'released');
      return { ...(await newOrder()), orderNo };
    };

    it('draws no order to another account after one that came to nothing', async () => {
      const [first, own] = [await newOrder({ state: 'failed' }), await newOrder({ state: 'drawn' })];
      const { caseNo, decisionId, orderNo: previousOrderNo } = first;
      await refusesToPay(await forge({ caseNo, decisionId, previousOrderNo, payeeOf: own.orderNo }));
    });

    it('draws none to the approved account either: three persons did not sign it', async () => {
      const first = await newOrder({ state: 'failed' });
      const { caseNo, decisionId, orderNo } = first;
      await refusesToPay(await forge({ caseNo, decisionId, previousOrderNo: null, payeeOf: orderNo }));
    });

    it('decides for nobody', async () => {
      const [first, own] = [await newOrder({ state: 'failed' }), await newOrder({ state: 'drawn' })];
      await rows(database.dataSource, `UPDATE decision SET voided_at = now() WHERE id = $1`, [first.decisionId]);
      const [decision] = await rows<{ id: string }>(
        database.dataSource,
        `INSERT INTO decision (id, case_no, round, outcome, payable_fen, payee_digest, decided_by, decided_at)
         SELECT gen_random_uuid(), d.case_no, 9, 'approved', d.payable_fen, o.payee_digest, d.decided_by, now()
         FROM decision d, payout_order o WHERE d.id = $1 AND o.order_no = $2 RETURNING id`,
        [first.decisionId, own.orderNo],
      );
      const { caseNo } = first;
      await refusesToPay(
        await forge({ caseNo, decisionId: decision!.id, previousOrderNo: null, payeeOf: own.orderNo }),
      );
    });

    it.each(['approve', 'preparePayout', 'confirmPayout', 'releasePayout'])('stands in for no %s', async (act) => {
      const order = await newOrder();
      // As an act that nobody made: the row is there, its signature is not.
      await swap(`ALTER TABLE case_act DISABLE TRIGGER case_act_append_only`, []);
      await swap(`UPDATE case_act SET hash = sha256(hash) WHERE case_no = $1 AND act = $2`, [order.caseNo, act]);
      await swap(`ALTER TABLE case_act ENABLE TRIGGER case_act_append_only`, []);
      await refusesToPay(order);
    });
  });

  it('pays a corrected account that finance has checked again', async () => {
    const first = await newOrder({ state: 'failed' });
    const corrected = { ...first.payee, accountNumber: '6222111111111111' };
    const { payeeEnc, payeeDigest, accountDigest } = sealPayee(cipher, corrected);
    const orderNo = `${first.caseNo}P2`;
    await rows(
      database.dataSource,
      `INSERT INTO payout_order (order_no, case_no, decision_id, agency_id, state, amount_fen, payee_enc, payee_digest,
         account_digest, previous_order_no, drawn_by, reviewed_by, released_by, drawn_at)
       SELECT $2, case_no, decision_id, agency_id, 'drawn', amount_fen, $3, $4, $5, order_no, drawn_by, reviewed_by,
         released_by, now() FROM payout_order WHERE order_no = $1`,
      [first.orderNo, orderNo, payeeEnc, payeeDigest, accountDigest],
    );
    await signTestOrder(database.dataSource, cipher, world, orderNo);
    await moveTestOrder(database.dataSource, orderNo, 'released');
    await expect(activities().payOrder({ orderNo })).resolves.toEqual({ word: 'paid' });
    const [entry] = (await bank.statement()).filter((e) => e.orderNo === orderNo);
    expect(entry?.payeeAccount).toBe('6222111111111111');
  });
});

describe('death between the sub-steps', () => {
  const steps: PayoutStep[] = ['entered', 'written', 'committed', 'answered', 'recorded', 'finished'];
  class Death extends Error {}
  const dyingAt = (step: PayoutStep) =>
    activities({
      onStep: (reached) => {
        if (reached === step) throw new Death(step);
      },
    });

  it.each(steps)('of payOrder: dead at "%s", still paid exactly once', async (step) => {
    const order = await newOrder();
    await expect(dyingAt(step).payOrder(order)).rejects.toThrow(Death);
    await expect(settleAsWorkflow(order)).resolves.toBe('paid');
    expect(await bookingsOf(order.orderNo)).toBe(1);
    expect(await orderStateOf(database.dataSource, order.orderNo)).toBe('paid');
  });

  it.each(steps)('of askBank: dead at "%s" after a booked payment, still paid exactly once', async (step) => {
    const order = await newOrder();
    await bank.setFault({ kind: 'lostReplyAfterBooking', match: { orderNo: order.orderNo, next: 1 } });
    await activities().payOrder(order);
    await expect(dyingAt(step).askBank(order)).rejects.toThrow(Death);
    await expect(settleAsWorkflow(order)).resolves.toBe('paid');
    expect(await bookingsOf(order.orderNo)).toBe(1);
  });

  it.each(steps)('of askBank: dead at "%s" when nothing was booked, still paid exactly once', async (step) => {
    const order = await newOrder();
    await bank.setFault({ kind: 'lostReplyBeforeBooking', match: { orderNo: order.orderNo, next: 1 } });
    await activities().payOrder(order);
    await sleep(finalitySeconds * 1_000 + 100);
    // When the answer releases the order again there is no step after "recorded".
    await dyingAt(step)
      .askBank(order)
      .catch((error: unknown) => expect(error).toBeInstanceOf(Death));
    await expect(settleAsWorkflow(order)).resolves.toBe('paid');
    expect(await bookingsOf(order.orderNo)).toBe(1);
  });

  it('dying again and again, an order is paid once', async () => {
    const order = await newOrder();
    for (const step of steps)
      await dyingAt(step)
        .payOrder(order)
        .catch(() => undefined);
    for (const step of steps)
      await dyingAt(step)
        .askBank(order)
        .catch(() => undefined);
    await expect(settleAsWorkflow(order)).resolves.toBe('paid');
    expect(await bookingsOf(order.orderNo)).toBe(1);
  });
});

describe('askBank', () => {
  it('holds notReceived back until the finality window of the last send is over', async () => {
    const order = await newOrder();
    await bank.setFault({ kind: 'lostReplyBeforeBooking', match: { orderNo: order.orderNo, next: 1 } });
    await activities().payOrder(order);
    const patient = activities({ finalitySeconds: 120 });
    await expect(patient.askBank(order)).resolves.toEqual({ word: 'unknown' });
    const later = activities({ finalitySeconds: 120, now: () => new Date(Date.now() + 121_000) });
    await expect(later.askBank(order)).resolves.toEqual({ word: 'resend' });
    expect(await orderStateOf(database.dataSource, order.orderNo)).toBe('released');
    // Asked again before the resend, it says the same and asks nobody.
    await expect(patient.askBank(order)).resolves.toEqual({ word: 'resend' });
    await expect(activities().payOrder(order)).resolves.toEqual({ word: 'paid' });
    const attempts = await attemptsOf(order.orderNo);
    expect(attempts.map((a) => `${a.n} ${a.kind} ${a.answer}`)).toEqual([
      '1 send connectionLost',
      '2 query notReceived',
      '3 query notReceived',
      '4 send booked',
    ]);
  });

  it('does not let an unanswered send count as over before its call can have ended', async () => {
    const order = await newOrder();
    const dying = activities({
      onStep: (step) => {
        if (step === 'committed') throw new Error('killed');
      },
    });
    await expect(dying.payOrder(order)).rejects.toThrow('killed');
    const later = (ms: number) => activities({ callTimeoutMs: 30_000, now: () => new Date(Date.now() + ms) });
    await expect(later(5_000).askBank(order)).resolves.toEqual({ word: 'unknown' });
    await expect(later(31_000).askBank(order)).resolves.toEqual({ word: 'resend' });
  });

  it('takes the word of a send that comes after the bank said it had nothing', async () => {
    const order = await newOrder();
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    // The process stands still between write-ahead and call, and wakes when a resend is about to happen.
    const sleeper = activities({ onStep: (step) => (step === 'committed' ? held : undefined) }).payOrder(order);
    await sleep(1_000);
    await expect(activities().askBank(order)).resolves.toEqual({ word: 'resend' });
    release();
    await expect(sleeper).resolves.toEqual({ word: 'paid' });
    await expect(activities().payOrder(order)).resolves.toEqual({ word: 'paid' });
    expect((await attemptsOf(order.orderNo)).filter((a) => a.kind === 'send')).toHaveLength(1);
    expect(await bookingsOf(order.orderNo)).toBe(1);
  });

  it('does not send what was written ahead too long ago', async () => {
    const order = await newOrder();
    const clock = jest.spyOn(performance, 'now');
    const waking = activities({
      onStep: (step) => {
        if (step === 'committed') clock.mockReturnValue(performance.now() + 60_000);
      },
    });
    await expect(waking.payOrder(order).finally(() => clock.mockRestore())).resolves.toEqual({ word: 'unknown' });
    expect(await attemptsOf(order.orderNo)).toEqual([{ n: 1, kind: 'send', answer: 'notSentInTime' }]);
    expect(await bookingsOf(order.orderNo)).toBe(0);
    await expect(settleAsWorkflow(order)).resolves.toBe('paid');
  });

  it('many questions and sends at once end in one payment', async () => {
    const order = await newOrder();
    await bank.setFault({ kind: 'lostReplyBeforeBooking', match: { orderNo: order.orderNo, next: 1 } });
    await activities().payOrder(order);
    await sleep(finalitySeconds * 1_000 + 100);
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => (i % 2 ? activities().askBank(order) : activities().payOrder(order))),
    );
    await expect(settleAsWorkflow(order)).resolves.toBe('paid');
    expect(await bookingsOf(order.orderNo)).toBe(1);
    expect((await bank.summary()).ordersBookedTwice).toEqual([]);
  });

  it('believes no answer about another amount', async () => {
    const order = await newOrder({ amountFen: 5_000 });
    await bank.pay({
      orderNo: order.orderNo,
      amountFen: 4_999,
      fundAccount: 'ZC450206',
      payeeName: '别人',
      payeeAccount: '6222888888888888',
      payeeBankCode: '102100099996',
    });
    await expect(activities().payOrder(order)).resolves.toEqual({ word: 'unknown' });
    expect((await attemptsOf(order.orderNo))[0]).toMatchObject({ answer: 'http409' });
    await sleep(700);
    await expect(activities().askBank(order)).resolves.toEqual({ word: 'unknown' });
    expect(alarms).toContain('amountDiffers');
    expect(await orderStateOf(database.dataSource, order.orderNo)).toBe('unknown');
  });
});

describe('an answer that is none', () => {
  let server: Server;
  let reply: { status: number; body: string };
  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume();
      answerAsBank(request, response, reply);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const good = { status: 'booked', bankReference: 'B1', bookedAt: '2026-11-23T10:00:00+08:00', duplicate: false };
  it.each([
    ['no JSON', 200, () => '<html>', 'unparsable'],
    ['another order', 200, () => JSON.stringify({ ...good, orderNo: 'OTHER' }), 'unparsable'],
    ['a status of its own', 200, (o: string) => JSON.stringify({ ...good, orderNo: o, status: 'done' }), 'unparsable'],
    ['booked with 202', 202, (o: string) => JSON.stringify({ ...good, orderNo: o }), 'unparsable'],
    ['a server error that says booked', 500, (o: string) => JSON.stringify({ ...good, orderNo: o }), 'http500'],
    ['a redirect', 302, () => '', 'http302'],
  ] as const)('leaves the order in doubt: %s', async (_title, status, body, answer) => {
    const order = await newOrder();
    reply = { status, body: body(order.orderNo) };
    const { port } = server.address() as AddressInfo;
    const odd = activities({
      bank: createBankClient(`http://127.0.0.1:${port}`, testCallKeys(), { timeoutMs: callTimeoutMs }),
    });
    await expect(odd.payOrder(order)).resolves.toEqual({ word: 'unknown' });
    await expect(odd.askBank(order)).resolves.toEqual({ word: 'unknown' });
    expect((await attemptsOf(order.orderNo))[0]).toMatchObject({ answer });
    expect(await orderStateOf(database.dataSource, order.orderNo)).toBe('unknown');
  });
});

import type { BankPayment } from '@banjie/contracts';
import { bankReasonOf, DomainError, type BankReason } from '@banjie/domain';
import {
  answerAttempt,
  demandCaughtUp,
  findDebitsInDoubt,
  isHeld,
  findSignedActs,
  lockPayoutOrder,
  movePayoutOrder,
  startAttempt,
  takeUpBooked,
  turnedAwayBefore,
  type ColumnCipher,
  type PayoutOrder,
  type SignedActs,
} from '@banjie/persistence';
import type { DataSource, EntityManager } from 'typeorm';
import { toFailure } from '../cases/refusal';
import {
  bankTimeoutMs,
  isTurnedAway,
  type BankClient,
  type BankReply,
  type PaymentWord,
  type QueryWord,
} from './bank-client';
import { mostTurnedAway } from './file-exchange/refuse-payment-file';
import { paymentOf } from './payment';

export type PayWord = 'paid' | 'failed' | 'unknown';

/** The effects of 支付. Results are words; names and accounts go to the bank and nowhere else. */
export interface PayoutActivities {
  /** Sends a released order once. `unknown` is a state and no failure: ask, never send again. */
  payOrder(input: { orderNo: string }): Promise<{ word: PayWord }>;
  /** Asks by order number. `resend`: nothing was booked and nothing will be; `payOrder` may be called again. */
  askBank(input: { orderNo: string }): Promise<{ word: PayWord | 'resend' }>;
}

/** Where death between two sub-steps differs in what it leaves behind; tests fail here. */
export type PayoutStep = 'entered' | 'written' | 'committed' | 'answered' | 'recorded' | 'finished';

export interface PayoutDependencies {
  dataSource: DataSource;
  cipher: ColumnCipher;
  bank: BankClient;
  now?: () => Date;
  /** BANK_FINALITY_SECONDS: how long after a call the bank may still book what it says it has not received. */
  finalitySeconds?: number;
  /** Longest time one call to the bank may take (the client's own limit). */
  callTimeoutMs?: number;
  /** Calls a person: an order number and a code, no personal data. */
  alarm?: (code: string, facts: { orderNo: string; n?: number }) => void;
  onStep?: (step: PayoutStep) => void | Promise<void>;
}

/** A process that slept between write-ahead and call (a stopped machine) must not send what was judged in another time. */
const longestPauseBeforeCallMs = 10_000;

/** What the line to the bank was like lately. */
interface Line {
  /** Orders turned away, or ended for it, since the bank last took one. */
  turnedAway: number;
}

export function createPayoutActivities(dependencies: PayoutDependencies): PayoutActivities {
  const line: Line = { turnedAway: 0 };
  return {
    payOrder: ({ orderNo }) => payOrder(dependencies, line, orderNo).catch(rethrow),
    askBank: ({ orderNo }) => askBank(dependencies, line, orderNo).catch(rethrow),
  };
}

function rethrow(error: unknown): never {
  throw toFailure(error);
}

async function payOrder(dependencies: PayoutDependencies, line: Line, orderNo: string): Promise<{ word: PayWord }> {
  const { dataSource, cipher, bank } = dependencies;
  const { now, alarm, step } = settled(dependencies);
  const enteredAt = performance.now();
  await step('entered');

  const begun = await dataSource
    .transaction(async (manager): Promise<{ word: PayWord } | { n: number; payment: BankPayment }> => {
      const order = await getOrder(manager, orderNo);
      const word = wordOf(order);
      if (word !== 'notSent') return { word };
      const known = (await takeUpBooked(manager, [order], now())).get(orderNo);
      if (known === 'held') alarm('heldByStatement', { orderNo });
      if (known) return { word: known === 'paid' ? known : 'unknown' };
      const [signed, inDoubt] = await Promise.all([
        findSignedActs(manager, cipher, [order]),
        findDebitsInDoubt(manager, [order.caseNo]),
      ]);
      // It stays 待发: once two persons have found out it goes, and until then it may be called back.
      if (inDoubt.size > 0) {
        alarm('heldByDebit', { orderNo });
        return { word: 'unknown' };
      }
      const payment = paymentOf(order, signed.get(orderNo), cipher);
      const writingAhead = startAttempt(manager, orderNo, { kind: 'send', at: now() });
      if (!payment) {
        const n = await writingAhead;
        // Nothing left the house and nothing of this order can: proven, so that finance may draw one to another account.
        await answerAttempt(manager, orderNo, n, { code: 'unsendable', at: now() });
        await move(manager, order, 'failed', now(), { bankReason: 'unsendable' });
        return { word: 'failed' };
      }
      const [n] = await Promise.all([writingAhead, move(manager, order, 'sent', now())]);
      await step('written');
      return { n, payment };
    })
    .catch((error: unknown) => {
      if (error instanceof DomainError && error.code === 'PAYEE_CHANGED') alarm('payeeChanged', { orderNo });
      throw error;
    });
  if ('word' in begun) return { word: begun.word };
  const { n, payment } = begun;

  await step('committed');
  const isLate = performance.now() - enteredAt > longestPauseBeforeCallMs;
  const reply: BankReply<PaymentWord> | null = isLate ? null : await bank.pay(payment);
  await step('answered');
  if (reply?.known) line.turnedAway = 0;
  else if (isTurnedAway(reply?.why)) {
    line.turnedAway += 1;
    alarm('orderTurnedAway', { orderNo, n });
  }

  const word = await dataSource.transaction(async (manager) => {
    const order = await getOrder(manager, orderNo);
    const said = reply?.known ? reply.word : null;
    const [, heard] = await Promise.all([
      answerAttempt(manager, orderNo, n, { code: reply ? codeOf(reply) : 'notSentInTime', at: now() }),
      hear(manager, order, toWord(said?.status), {
        at: now(),
        alarm,
        bankReference: said?.bankReference,
        reason: said?.reason,
      }),
    ]);
    await step('recorded');
    return heard;
  });
  await step('finished');
  return { word };
}

async function askBank(
  dependencies: PayoutDependencies,
  line: Line,
  orderNo: string,
): Promise<{ word: PayWord | 'resend' }> {
  const { dataSource, cipher, bank } = dependencies;
  const { now, alarm, step } = settled(dependencies);
  await step('entered');
  type Begun = { word: PayWord | 'resend' } | { n: number; sentN: number | undefined; isFinal: boolean };
  const begun = await dataSource.transaction(async (manager): Promise<Begun> => {
    const order = await getOrder(manager, orderNo);
    if (order.state === 'released') {
      await demandCaughtUp(manager);
      const [signed, inDoubt] = await Promise.all([
        findSignedActs(manager, cipher, [order]),
        findDebitsInDoubt(manager, [order.caseNo]),
      ]);
      const isFree = inDoubt.size === 0 && isPayable(order, signed.get(orderNo), cipher, alarm);
      return { word: isFree ? 'resend' : 'unknown' };
    }
    const word = wordOf(order);
    if (word === 'paid' || word === 'failed') return { word };
    const at = now();
    const n = await startAttempt(manager, orderNo, { kind: 'query', at });
    await step('written');
    return { n, sentN: order.lastSend?.n, isFinal: isFinal(order, at, dependencies) };
  });
  if ('word' in begun) return { word: begun.word };
  const { n, sentN, isFinal: wasFinal } = begun;

  await step('committed');
  const reply = await bank.ask(orderNo);
  await step('answered');

  const word = await dataSource.transaction(async (manager) => {
    const order = await getOrder(manager, orderNo);
    await answerAttempt(manager, orderNo, n, { code: codeOf(reply), at: now() });
    const said = reply.known ? reply.word : null;
    // Judged by the send that was last when the question was put: a later one is not answered by it.
    const isNothing = said?.status === 'notReceived' && !said.inFlight && wasFinal && order.lastSend?.n === sentN;
    const isOpen = order.state === 'sent' || order.state === 'unknown';
    const isFree = async () =>
      !(await isHeld(manager, order)) && (await findDebitsInDoubt(manager, [order.caseNo])).size === 0;
    if (isNothing && isOpen && (await isFree())) {
      const isEnded = await isNotTaken(manager, order, line, now());
      if (isEnded) {
        await move(manager, order, 'failed', now(), { bankReason: 'unsendable' });
        if (isTurnedAway(order.lastSend?.answer)) line.turnedAway += 1;
        alarm('orderNotTaken', { orderNo, n });
      } else await move(manager, order, 'released', now());
      await step('recorded');
      return isEnded ? ('failed' as const) : ('resend' as const);
    }
    const isOther = said?.amountFen !== undefined && said.amountFen !== order.amountFen;
    if (isOther) alarm('amountDiffers', { orderNo, n });
    const status = isOther || said?.status === 'notReceived' ? undefined : said?.status;
    const heard = await hear(manager, order, toWord(status), {
      at: now(),
      alarm,
      bankReference: said?.bankReference,
      reason: said?.reason,
    });
    await step('recorded');
    return heard;
  });
  await step('finished');
  return { word };
}

/**
 * Writes the bank's word to the order. The word may come late, after the statement or another query brought it; money that
 * has left wins over everything, a second word of another kind changes nothing and calls a person.
 */
async function hear(
  manager: EntityManager,
  order: PayoutOrder,
  word: PayWord,
  told: {
    at: Date;
    bankReference?: string | undefined;
    reason?: string | undefined;
    alarm: NonNullable<PayoutDependencies['alarm']>;
  },
): Promise<PayWord> {
  const before = wordOf(order);
  if (before === 'paid' || before === 'failed') {
    if (word !== 'unknown' && word !== before) told.alarm('bankContradictsItself', { orderNo: order.orderNo });
    return before;
  }
  if (word === 'unknown') {
    if (order.state === 'sent') await move(manager, order, 'unknown', told.at);
    return word;
  }
  await move(manager, order, word, told.at, {
    bankReference: told.bankReference,
    bankReason: word === 'failed' ? bankReasonOf(told.reason) : undefined,
  });
  return word;
}

/**
 * Two words of the bank about what was sent last: it does not take it for what it says, and nothing was booked. It would say so again
 * for ever; so the order ends here, and its case goes back to 拨付制定 with the reason. A bank that turns everything away has said nothing
 * of this one, unless it did so a day before as well.
 */
async function isNotTaken(
  manager: EntityManager,
  { orderNo, lastSend }: PayoutOrder,
  line: Line,
  at: Date,
): Promise<boolean> {
  const answer = lastSend?.answer;
  if (answer === 'notTaken') return true;
  if (!isTurnedAway(answer)) return false;
  return line.turnedAway <= mostTurnedAway || (await turnedAwayBefore(manager, [orderNo], at)).has(orderNo);
}

/** An order that may not leave (M7) is no case for a resend: its case waits at 支付 for a person, asked again at growing gaps. */
function isPayable(
  order: PayoutOrder,
  signed: SignedActs | undefined,
  cipher: ColumnCipher,
  alarm: NonNullable<PayoutDependencies['alarm']>,
): boolean {
  try {
    paymentOf(order, signed, cipher);
    return true;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    alarm('payeeChanged', { orderNo: order.orderNo });
    return false;
  }
}

/** What the order's state already says; `notSent` may be sent. @throws DomainError ORDER_MISSING before 放行 and after 作废. */
function wordOf(order: PayoutOrder): PayWord | 'notSent' {
  switch (order.state) {
    case 'released':
      return 'notSent';
    case 'sent':
    case 'unknown':
      return 'unknown';
    case 'paid':
    case 'returned': // It was paid; that it came back is an act of its own.
      return 'paid';
    case 'failed':
      return 'failed';
    case 'drawn':
    case 'reviewed':
    case 'void':
      throw new DomainError('ORDER_MISSING', { orderNo: order.orderNo });
  }
}

/**
 * An unanswered call may be under way for as long as its time-out allows, whatever became of the process, and the bank may take it for a while
 * after; as for a file.
 */
function isFinal(
  { lastSend }: PayoutOrder,
  at: Date,
  { finalitySeconds = 120, callTimeoutMs = bankTimeoutMs }: PayoutDependencies,
): boolean {
  if (!lastSend) return false;
  const windowMs = finalitySeconds * 1_000;
  const quietSince = lastSend.answeredAt ?? lastSend.startedAt;
  return at.getTime() - quietSince.getTime() >= windowMs + (lastSend.answeredAt ? 0 : callTimeoutMs);
}

async function getOrder(manager: EntityManager, orderNo: string): Promise<PayoutOrder> {
  const order = await lockPayoutOrder(manager, orderNo);
  if (!order) throw new DomainError('ORDER_MISSING', { orderNo });
  return order;
}

/** Under the lock a refused move is a bug, not a race. */
async function move(
  manager: EntityManager,
  order: PayoutOrder,
  to: 'sent' | 'released' | PayWord,
  at: Date,
  told: { bankReference?: string | undefined; bankReason?: BankReason } = {},
): Promise<void> {
  const moved = await movePayoutOrder(manager, order.orderNo, { from: [order.state], to, at, ...told });
  if (!moved) throw new Error(`order ${order.orderNo} could not be moved from ${order.state} to ${to}`);
}

function toWord(status: 'booked' | 'refused' | 'accepted' | undefined): PayWord {
  if (status === 'booked') return 'paid';
  return status === 'refused' ? 'failed' : 'unknown';
}

function codeOf(reply: BankReply<PaymentWord | QueryWord>): string {
  if (!reply.known) return reply.why;
  const { word } = reply;
  return word.status === 'notReceived' && word.inFlight ? 'inFlight' : word.status;
}

function settled(dependencies: PayoutDependencies) {
  return {
    now: dependencies.now ?? (() => new Date()),
    alarm: dependencies.alarm ?? ((code, facts) => console.error(JSON.stringify({ level: 'alarm', code, ...facts }))),
    step: async (step: PayoutStep) => {
      await dependencies.onStep?.(step);
    },
  };
}

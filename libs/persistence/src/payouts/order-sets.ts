import type { BankReason, PayoutState } from '@banjie/domain';
import type { EntityManager } from 'typeorm';
import { rows } from '../data-source';
import { orderColumns, toOrder, type LastSendRow, type OrderRow, type PayoutOrder } from './payout-orders';

/*
 * What payout-orders.ts does with one order, for the orders of a file: a few statements for any number of them.
 */

type SendRow = LastSendRow & { order_no: string };

/** Reads and locks orders, in the order of their numbers, so that two who lock the same ones cannot wait for each other. */
export async function lockPayoutOrders(manager: EntityManager, orderNos: readonly string[]): Promise<PayoutOrder[]> {
  const locked = rows<OrderRow>(
    manager,
    `SELECT ${orderColumns} FROM payout_order o JOIN decision d ON d.id = o.decision_id
     WHERE o.order_no = ANY($1::text[]) ORDER BY o.order_no FOR UPDATE OF o`,
    [orderNos],
  );
  // Carried out when the locks are held, as in `lockPayoutOrder`.
  const sends = rows<SendRow>(
    manager,
    `SELECT DISTINCT ON (order_no) order_no, n, started_at, answered_at, answer FROM payout_attempt
     WHERE order_no = ANY($1::text[]) AND kind = 'send' ORDER BY order_no, n DESC`,
    [orderNos],
  );
  const [orders, lastOnes] = await Promise.all([locked, sends]);
  const lastSends = new Map(lastOnes.map((send) => [send.order_no, send]));
  return orders.map((row) => toOrder(row, lastSends.get(row.order_no)));
}

export interface OrderMoveToMake {
  orderNo: string;
  from: PayoutState;
  to: PayoutState;
  at: Date;
  bankReference?: string | null | undefined;
  bankReason?: BankReason | null | undefined;
}

/**
 * `movePayoutOrder` for many orders that the caller has locked, each at most once.
 * @throws Error when one of them is not in its `from` state: under the lock that is a bug, not a race
 */
export async function movePayoutOrders(manager: EntityManager, moves: readonly OrderMoveToMake[]): Promise<void> {
  if (moves.length === 0) return;
  const moved = await rows(
    manager,
    `UPDATE payout_order o SET state = m.to_state,
       sent_at = CASE WHEN m.to_state = 'sent' THEN m.at ELSE o.sent_at END,
       settled_at = CASE WHEN m.to_state IN ('paid', 'failed', 'returned') THEN m.at ELSE o.settled_at END,
       bank_reference = coalesce(m.reference, o.bank_reference), bank_reason = coalesce(m.reason, o.bank_reason)
     FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[])
       AS m (order_no, from_state, to_state, at, reference, reason)
     WHERE o.order_no = m.order_no AND o.state = m.from_state RETURNING o.order_no`,
    [
      ...[moves.map(({ orderNo }) => orderNo), moves.map(({ from }) => from), moves.map(({ to }) => to)],
      ...[moves.map(({ at }) => at), moves.map(({ bankReference }) => bankReference ?? null)],
      moves.map(({ bankReason }) => bankReason ?? null),
    ],
  );
  if (moved.length !== moves.length) throw new Error(`${moves.length - moved.length} orders could not be moved`);
}

/** `startAttempt` of a send for many locked orders. */
export async function startSends(
  manager: EntityManager,
  orderNos: readonly string[],
  send: { at: Date; fileId: number | null; answer?: string },
): Promise<void> {
  if (orderNos.length === 0) return;
  await rows(
    manager,
    `INSERT INTO payout_attempt (order_no, n, kind, started_at, file_id, answered_at, answer)
     SELECT o.order_no, coalesce((SELECT max(n) FROM payout_attempt a WHERE a.order_no = o.order_no), 0) + 1, 'send', $2, $3,
       CASE WHEN $4::text IS NOT NULL THEN $2::timestamptz END, $4
     FROM unnest($1::text[]) AS o (order_no)`,
    [orderNos, send.at, send.fileId, send.answer ?? null],
  );
}

/** What came back of the sends of a file that are still without an answer; of all of them, or of those named. */
export async function answerSends(
  manager: EntityManager,
  fileId: number,
  answers: { at: Date } & ({ code: string } | { codes: ReadonlyMap<string, string> }),
): Promise<void> {
  if ('code' in answers) {
    await rows(
      manager,
      `UPDATE payout_attempt SET answered_at = $2, answer = $3 WHERE file_id = $1 AND answered_at IS NULL`,
      [fileId, answers.at, answers.code],
    );
    return;
  }
  await rows(
    manager,
    `UPDATE payout_attempt a SET answered_at = $2, answer = s.code FROM unnest($3::text[], $4::text[]) AS s (order_no, code)
     WHERE a.file_id = $1 AND a.order_no = s.order_no AND a.answered_at IS NULL`,
    [fileId, answers.at, [...answers.codes.keys()], [...answers.codes.values()]],
  );
}

/**
 * The bank turned these orders of a file away one by one; its word at the upload may have been another. `notTaken`: whoever asks for them
 * next and hears that nothing was booked ends them. `turnedAway`: it may have been meant for all, and they may go again.
 */
export async function markTurnedAway(
  manager: EntityManager,
  fileId: number,
  orderNos: readonly string[],
  answer: { at: Date; code: 'notTaken' | 'turnedAway' },
): Promise<void> {
  if (orderNos.length === 0) return;
  await rows(
    manager,
    `UPDATE payout_attempt SET answered_at = $3, answer = $4 WHERE file_id = $1 AND order_no = ANY($2::text[])`,
    [fileId, orderNos, answer.at, answer.code],
  );
}

/** Those of the orders that the bank has turned away, each by itself, a day ago or longer. */
export async function turnedAwayBefore(
  manager: EntityManager,
  orderNos: readonly string[],
  at: Date,
): Promise<ReadonlySet<string>> {
  const found = await rows<{ no: string }>(
    manager,
    `SELECT DISTINCT order_no AS no FROM payout_attempt WHERE order_no = ANY($1::text[]) AND kind = 'send'
       AND answer IN ('notTaken', 'turnedAway', 'http400', 'http422') AND answered_at <= $2::timestamptz - interval '1 day'`,
    [orderNos, at],
  );
  return new Set(found.map(({ no }) => no));
}

/**
 * Of the orders of a payment file those that went with it last: the others were let go since and went another way. What a restore wrote down
 * is no way of its own. Of all of them, or of some.
 */
export async function ordersStillWith(
  manager: EntityManager,
  fileId: number,
  orderNos: readonly string[] | null = null,
): Promise<ReadonlySet<string>> {
  const found = await rows<{ no: string }>(
    manager,
    `SELECT f.order_no AS no FROM (SELECT DISTINCT order_no FROM payout_attempt WHERE file_id = $1 AND ($2::text[] IS NULL OR order_no = ANY($2))) f
       JOIN LATERAL (SELECT a.file_id FROM payout_attempt a WHERE a.order_no = f.order_no AND a.kind = 'send'
         AND a.answer IS DISTINCT FROM 'restored' ORDER BY a.n DESC LIMIT 1) last ON last.file_id = $1`,
    [fileId, orderNos],
  );
  return new Set(found.map(({ no }) => no));
}

/** The orders that went with a payment file. */
export async function ordersOfFile(manager: EntityManager, fileId: number): Promise<string[]> {
  const found = await rows<{ no: string }>(
    manager,
    `SELECT DISTINCT order_no AS no FROM payout_attempt WHERE file_id = $1 ORDER BY order_no`,
    [fileId],
  );
  return found.map(({ no }) => no);
}

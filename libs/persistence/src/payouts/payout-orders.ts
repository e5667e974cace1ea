import type { BankReason, PayoutState } from '@banjie/domain';
import type { EntityManager } from 'typeorm';
import { rows } from '../data-source';

/** An order as it must be read before money moves: itself, the decision it stands on, and its last send. */
export interface PayoutOrder {
  orderNo: string;
  caseNo: string;
  agencyId: string;
  state: PayoutState;
  amountFen: number;
  payeeEnc: Buffer;
  payeeDigest: Buffer;
  accountDigest: Buffer;
  previousOrderNo: string | null;
  /** The batch that it stands in now, that sends it and records the bank's word in its case; null once it has left. */
  batchNo: string | null;
  /** `dueFen`: what is to be paid of it, less what was taken off for a claim (抵扣). */
  decision: { id: string; payableFen: number; dueFen: number; payeeDigest: Buffer; voided: boolean };
  lastSend: { n: number; startedAt: Date; answeredAt: Date | null; answer: string | null } | null;
}

/** As `orderColumns` reads it. */
export interface OrderRow {
  order_no: string;
  case_no: string;
  agency_id: string;
  state: PayoutState;
  amount_fen: number;
  payee_enc: Buffer;
  payee_digest: Buffer;
  account_digest: Buffer;
  previous_order_no: string | null;
  batch_no: string | null;
  decision_id: string;
  decided_fen: number;
  offset_fen: number;
  decided_digest: Buffer;
  voided_at: Date | null;
}

/** Of `payout_order o JOIN decision d`. Whose order it is to send is what stands in a batch, not where it was drawn (`payout_order.batch_no`). */
export const orderColumns = `o.order_no, o.case_no, o.agency_id, o.state, o.amount_fen, o.payee_enc, o.payee_digest, o.account_digest,
  o.previous_order_no, o.decision_id, d.payable_fen AS decided_fen, offset_of(d.id) AS offset_fen, d.payee_digest AS decided_digest, d.voided_at,
  (SELECT CASE WHEN i.left_as IS NULL THEN i.batch_no END FROM payout_batch_item i WHERE i.order_no = o.order_no) AS batch_no`;

/** Reads an order and keeps its row locked until the transaction ends; everyone who moves an order comes through here. */
export async function lockPayoutOrder(manager: EntityManager, orderNo: string): Promise<PayoutOrder | null> {
  const locked = rows<OrderRow>(
    manager,
    `SELECT ${orderColumns}
     FROM payout_order o JOIN decision d ON d.id = o.decision_id WHERE o.order_no = $1 FOR UPDATE OF o`,
    [orderNo],
  );
  // A statement of its own, carried out when the lock is held: the one above saw the attempts as they were before it had to wait.
  const sends = rows<LastSendRow>(
    manager,
    `SELECT n, started_at, answered_at, answer FROM payout_attempt WHERE order_no = $1 AND kind = 'send' ORDER BY n DESC LIMIT 1`,
    [orderNo],
  );
  const [[row], [send]] = await Promise.all([locked, sends]);
  return row ? toOrder(row, send) : null;
}

export interface LastSendRow {
  n: number;
  started_at: Date;
  answered_at: Date | null;
  answer: string | null;
}

export function toOrder(row: OrderRow, send: LastSendRow | undefined): PayoutOrder {
  return {
    orderNo: row.order_no,
    caseNo: row.case_no,
    agencyId: row.agency_id,
    state: row.state,
    amountFen: row.amount_fen,
    payeeEnc: row.payee_enc,
    payeeDigest: row.payee_digest,
    accountDigest: row.account_digest,
    previousOrderNo: row.previous_order_no,
    batchNo: row.batch_no,
    decision: {
      id: row.decision_id,
      payableFen: row.decided_fen,
      dueFen: row.decided_fen - row.offset_fen,
      payeeDigest: row.decided_digest,
      voided: row.voided_at !== null,
    },
    lastSend: send
      ? { n: send.n, startedAt: send.started_at, answeredAt: send.answered_at, answer: send.answer }
      : null,
  };
}

/**
 * The one way in which an order changes state: conditional, by row count (reliability § 1.3). False when the order is in
 * none of the `from` states. `sent_at` is that of the last send, `settled_at` that of the word that ended it.
 */
export async function movePayoutOrder(
  manager: EntityManager,
  orderNo: string,
  move: {
    from: PayoutState[];
    to: PayoutState;
    at: Date;
    bankReference?: string | undefined;
    /** Why the bank refused it or sent it back. */
    bankReason?: BankReason | undefined;
  },
): Promise<boolean> {
  const moved = await rows(
    manager,
    `UPDATE payout_order SET state = $3,
       sent_at = CASE WHEN $3 = 'sent' THEN $4::timestamptz ELSE sent_at END,
       settled_at = CASE WHEN $3 IN ('paid', 'failed', 'returned') THEN $4::timestamptz ELSE settled_at END,
       bank_reference = coalesce($5, bank_reference), bank_reason = coalesce($6, bank_reason)
     WHERE order_no = $1 AND state = ANY($2::text[]) RETURNING order_no`,
    [orderNo, move.from, move.to, move.at, move.bankReference ?? null, move.bankReason ?? null],
  );
  return moved.length === 1;
}

/** The write-ahead row of one call to the bank; `n` counts over sends and queries. The caller holds the order's lock. */
export async function startAttempt(
  manager: EntityManager,
  orderNo: string,
  attempt: { kind: 'send' | 'query'; at: Date },
): Promise<number> {
  const [row] = await rows<{ n: number }>(
    manager,
    `INSERT INTO payout_attempt (order_no, n, kind, started_at)
     SELECT $1, coalesce(max(n), 0) + 1, $2, $3 FROM payout_attempt WHERE order_no = $1 RETURNING n`,
    [orderNo, attempt.kind, attempt.at],
  );
  if (!row) throw new Error('the attempt was not written');
  return row.n;
}

/** What came back of an attempt, once: a code, never the bank's own words. */
export async function answerAttempt(
  manager: EntityManager,
  orderNo: string,
  n: number,
  answer: { code: string; at: Date },
): Promise<void> {
  await rows(
    manager,
    `UPDATE payout_attempt SET answered_at = $3, answer = $4 WHERE order_no = $1 AND n = $2 AND answered_at IS NULL`,
    [orderNo, n, answer.at, answer.code],
  );
}

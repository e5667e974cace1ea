import type {
  BatchActCode,
  BatchLeaving,
  BatchPosition,
  BatchState,
  BatchVoidReason,
  Duty,
  OrderToRelease,
  ReserveReason,
} from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { canonical, chainRoot } from '../cases/chain';
import type { ColumnCipher } from '../column-cipher';
import { rows } from '../data-source';
import { restorationMark } from './lost-time';

export interface BatchRecord {
  position: BatchPosition;
  agencyId: string;
  fundAccount: string;
  payDate: string;
  occasion: 'scheduled' | 'demand';
  channel: 'file' | 'http';
  gatheredAt: Date;
  settledAt: Date | null;
  /** Who let it go below the reserve, where somebody did. */
  reserveApprovedBy: string | null;
  headHash: Buffer;
}

/** What stands in a batch now, and the digest of that list: what a person signs is what his screen showed. */
export interface BatchList {
  count: number;
  amountFen: number;
  digest: string;
}

interface Row {
  batch_no: string;
  agency_id: string;
  fund_account: string;
  pay_date: string;
  occasion: BatchRecord['occasion'];
  channel: BatchRecord['channel'];
  seq: number;
  state: BatchState;
  carried: BatchState;
  gathered_at: Date;
  settled_at: Date | null;
  made_by: string | null;
  reviewed_by: string | null;
  released_by: string | null;
  reserve_approved_by: string | null;
  head_hash: Buffer;
}

const columns = `batch_no, agency_id, fund_account, pay_date, occasion, channel, seq, state, carried, gathered_at, settled_at,
  made_by, reviewed_by, released_by, reserve_approved_by, head_hash`;

/** Reads a batch; with `lock` its row stays locked until the transaction ends, and whoever changes it comes through here. */
export async function findBatch(
  store: DataSource | EntityManager,
  batchNo: string,
  { lock }: { lock?: 'share' | 'alone' } = {},
): Promise<BatchRecord | null> {
  const locking = lock ? { share: 'FOR SHARE', alone: 'FOR UPDATE' }[lock] : '';
  const [row] = await rows<Row>(store, `SELECT ${columns} FROM payout_batch WHERE batch_no = $1 ${locking}`, [batchNo]);
  return row ? toBatch(row) : null;
}

/** Batches of an agency, the newest first; `open`: those that wait for a person or for the bank. */
export async function listBatches(
  store: DataSource | EntityManager,
  about: { agencyId: string; onlyOpen: boolean; before: string | null; limit: number },
): Promise<BatchRecord[]> {
  const found = await rows<Row>(
    store,
    `SELECT ${columns} FROM payout_batch WHERE agency_id = $1 AND ($2::text IS NULL OR batch_no < $2)
       ${about.onlyOpen ? `AND state NOT IN ('settled', 'void')` : ''} ORDER BY batch_no DESC LIMIT $3`,
    [about.agencyId, about.before, about.limit],
  );
  return found.map(toBatch);
}

/** Batches that the system has something to do for: an act to carry out, orders to send, words to hear. */
export async function batchesUnderWay(store: DataSource | EntityManager): Promise<string[]> {
  const found = await rows<{ batch_no: string }>(
    store,
    `SELECT batch_no FROM payout_batch WHERE state <> 'settled' AND (state = 'released' OR carried <> state) ORDER BY batch_no`,
  );
  return found.map((row) => row.batch_no);
}

export async function batchList(store: DataSource | EntityManager, batchNo: string): Promise<BatchList> {
  const [list] = await rows<BatchList>(
    store,
    `SELECT count(*) AS count, coalesce(sum(amount_fen), 0)::bigint AS "amountFen", encode(sha256(convert_to(
       coalesce(string_agg(case_no || ' ' || amount_fen, E'\n' ORDER BY case_no), ''), 'UTF8')), 'hex') AS digest
     FROM payout_batch_item WHERE batch_no = $1 AND left_as IS NULL`,
    [batchNo],
  );
  return list!;
}

/**
 * What a release counts against the limits of the day: whom the orders of a batch pay, and how much. Each is marked with the day, so that
 * one that leaves the batch before the release is carried out on it is taken back from the sums of that day (`give_back_release`).
 */
export function countForRelease(manager: EntityManager, batchNo: string, day: string): Promise<OrderToRelease[]> {
  return rows<OrderToRelease>(
    manager,
    `UPDATE payout_batch_item i SET counted_on = $2 FROM cases c
     WHERE c.case_no = i.case_no AND i.batch_no = $1 AND i.left_as IS NULL
     RETURNING coalesce(c.person_id::text, c.case_no) AS "personId", i.amount_fen AS "amountFen"`,
    [batchNo, day],
  );
}

/** How many cases of the batch hold this person in another duty than his own there (SD-01); null: in any. */
export async function casesWithOtherDuty(
  manager: EntityManager,
  about: { batchNo: string; personId: string; duty: Duty | null },
): Promise<{ count: number; duty: Duty | null }> {
  const [found] = await rows<{ count: number; duty: Duty | null }>(
    manager,
    `SELECT count(*) AS count, min(d.duty) AS duty FROM payout_batch_item i JOIN case_duty d ON d.case_no = i.case_no
     WHERE i.batch_no = $1 AND i.left_as IS NULL AND d.person_id = $2 AND ($3::text IS NULL OR d.duty <> $3)`,
    [about.batchNo, about.personId, about.duty],
  );
  return found!;
}

/**
 * 归集: everything of the agency that waits for 拨付制定 for the first time and that nobody has taken. What the bank refused or sent back
 * needs another account and a person's look; it stays a task of its own. Null when there is nothing, or the scheduled batch of the day is
 * there already.
 */
export async function gatherBatch(
  manager: EntityManager,
  cipher: ColumnCipher,
  about: {
    agencyId: string;
    payDate: string;
    occasion: BatchRecord['occasion'];
    actorId: string;
    actionId: string;
    at: Date;
  },
): Promise<string | null> {
  const { agencyId, payDate, occasion, at } = about;
  // One at a time for an agency: two would share out the cases by chance, and take one number.
  await rows(manager, `SELECT pg_advisory_xact_lock(hashtextextended('gather:' || $1, 0))`, [agencyId]);
  const [known] = await rows<{ batch_no: string }>(
    manager,
    `SELECT b.batch_no FROM payout_batch b LEFT JOIN payout_batch_act a ON a.batch_no = b.batch_no AND a.action_id = $4
     WHERE b.agency_id = $1 AND (a.batch_no IS NOT NULL OR ($3 = 'scheduled' AND b.occasion = 'scheduled' AND b.pay_date = $2
       AND b.state <> 'void')) LIMIT 1`,
    [agencyId, payDate, occasion, about.actionId],
  );
  if (known) return known.batch_no;
  const [{ next, fund, channel } = { next: 1, fund: '', channel: 'file' as const }] = await rows<{
    next: number;
    fund: string;
    channel: BatchRecord['channel'];
  }>(
    manager,
    `SELECT (SELECT count(*) FROM payout_batch WHERE agency_id = $1 AND pay_date = $2) + 1 AS next, g.fund_account AS fund,
       coalesce(s.channel, 'file') AS channel
     FROM agency g, payout_setting_of(g.id, $2) s WHERE g.id = $1`,
    [agencyId, payDate],
  );
  // A batch of the time before a restore may have had this number, at the bank too.
  const mark = await restorationMark(manager);
  const batchNo = `${agencyId}B${payDate.replaceAll('-', '')}${mark}${String(next).padStart(3, '0')}`;
  const gathered = await rows<{ case_no: string; decision_id: string; amount_fen: number }>(
    manager,
    `SELECT c.case_no, d.id AS decision_id, d.payable_fen - offset_of(d.id) AS amount_fen
     FROM task t JOIN cases c ON c.case_no = t.case_no JOIN decision d ON d.case_no = c.case_no AND d.voided_at IS NULL
     WHERE t.agency_id = $1 AND t.stage = 'preparePayout' AND t.state = 'open' AND t.holder_id IS NULL AND t.batch_no IS NULL
       AND c.stage = 'preparePayout' AND c.waiting IS NULL AND NOT c.delivered AND NOT c.paid_once AND d.outcome = 'approved'
       AND d.payable_fen > 0
       AND NOT EXISTS (SELECT 1 FROM payout_order o WHERE o.decision_id = d.id AND o.state <> 'void')
       AND NOT EXISTS (SELECT 1 FROM payout_batch_item i WHERE i.case_no = c.case_no AND i.left_as IS NULL)
     ORDER BY c.case_no FOR UPDATE OF t, c SKIP LOCKED`,
    [agencyId],
  );
  if (gathered.length === 0) return null;
  const amountFen = gathered.reduce((sum, { amount_fen }) => sum + amount_fen, 0);
  const facts = { payDate, occasion, count: gathered.length, amountFen };
  const act = { batchNo, seq: 1, act: 'gatherBatch' as const, actorId: about.actorId, actionId: about.actionId };
  const hash = linkOf(cipher, chainRoot, {
    ...act,
    stateFrom: 'gathered',
    stateTo: 'gathered',
    facts,
    reason: null,
    at,
  });
  await rows(
    manager,
    `INSERT INTO payout_batch (batch_no, agency_id, fund_account, pay_date, occasion, channel, seq, state, carried, order_count, amount_fen,
       gathered_at, head_hash) VALUES ($1, $2, $3, $4, $5, $6, 1, 'gathered', 'gathered', $7, $8, $9, $10)`,
    [batchNo, agencyId, fund, payDate, occasion, channel, gathered.length, amountFen, at, hash],
  );
  await Promise.all([
    rows(
      manager,
      `INSERT INTO payout_batch_item (batch_no, case_no, decision_id, amount_fen)
       SELECT $1, * FROM unnest($2::text[], $3::uuid[], $4::bigint[])`,
      [batchNo, ...columnsOf(gathered)],
    ),
    rows(manager, `UPDATE task SET batch_no = $1 WHERE case_no = ANY ($2::text[]) AND state = 'open'`, [
      batchNo,
      gathered.map((row) => row.case_no),
    ]),
    addBatchAct(
      manager,
      { ...act, stateFrom: 'gathered', stateTo: 'gathered', facts, reason: null, at },
      chainRoot,
      hash,
    ),
  ]);
  return batchNo;
}

const columnsOf = (gathered: { case_no: string; decision_id: string; amount_fen: number }[]) => [
  gathered.map((row) => row.case_no),
  gathered.map((row) => row.decision_id),
  gathered.map((row) => row.amount_fen),
];

export interface BatchActRow {
  batchNo: string;
  seq: number;
  actionId: string;
  act: BatchActCode;
  actorId: string;
  stateFrom: BatchState;
  stateTo: BatchState;
  /** Counts, amounts and digests only. */
  facts: Record<string, unknown>;
  reason: BatchVoidReason | ReserveReason | null;
  at: Date;
}

/** `hash(n) = HMAC(auditKey, hash(n-1) ‖ row n)`, as the chain of a case. */
export function linkOf(cipher: ColumnCipher, previous: Buffer, row: BatchActRow): Buffer {
  const { batchNo, seq, actionId, act, actorId, stateFrom, stateTo, facts, reason, at } = row;
  const signed = [batchNo, seq, actionId, act, actorId, stateFrom, stateTo, facts, reason, at.toISOString()];
  return cipher.chain(previous, canonical(signed));
}

const handOf = {
  makeBatch: 'made_by',
  reviewBatch: 'reviewed_by',
  releaseBatch: 'released_by',
  approveReserve: 'reserve_approved_by',
} as const;

/** Writes an act of a batch whose row the caller holds locked. */
export async function writeBatchAct(
  manager: EntityManager,
  cipher: ColumnCipher,
  record: BatchRecord,
  act: Omit<BatchActRow, 'batchNo' | 'seq' | 'stateFrom'>,
): Promise<void> {
  const { position } = record;
  const row = { ...act, batchNo: position.batchNo, seq: position.seq + 1, stateFrom: position.state };
  const hash = linkOf(cipher, record.headHash, row);
  const hand = act.act in handOf ? handOf[act.act as keyof typeof handOf] : null;
  await Promise.all([
    rows(
      manager,
      `UPDATE payout_batch SET seq = $2, state = $3, head_hash = $4${hand ? `, ${hand} = $5::text::uuid` : ''},
         settled_at = CASE WHEN $3 = 'settled' THEN $6::timestamptz ELSE settled_at END,
         carried = CASE WHEN $3 = 'settled' THEN 'settled' ELSE carried END
       WHERE batch_no = $1 AND seq = $2 - 1 AND $5::text IS NOT NULL`,
      [position.batchNo, row.seq, act.stateTo, hash, act.actorId, act.at],
    ),
    addBatchAct(manager, row, record.headHash, hash),
  ]);
}

async function addBatchAct(manager: EntityManager, row: BatchActRow, previous: Buffer, hash: Buffer): Promise<void> {
  await rows(
    manager,
    `INSERT INTO payout_batch_act (batch_no, seq, action_id, act, actor_id, state_from, state_to, facts, reason, at, prev_hash, hash)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      ...[row.batchNo, row.seq, row.actionId, row.act, row.actorId, row.stateFrom, row.stateTo, row.facts, row.reason],
      ...[row.at, previous, hash],
    ],
  );
}

export async function findBatchAct(
  store: DataSource | EntityManager,
  actionId: string,
): Promise<{ batchNo: string; act: BatchActCode; actorId: string } | null> {
  const [row] = await rows<{ batchNo: string; act: BatchActCode; actorId: string }>(
    store,
    `SELECT batch_no AS "batchNo", act, actor_id AS "actorId" FROM payout_batch_act WHERE action_id = $1`,
    [actionId],
  );
  return row ?? null;
}

export async function listBatchActs(store: DataSource | EntityManager, batchNo: string) {
  return rows<BatchActRow & { actorName: string | null; prevHash: Buffer; hash: Buffer }>(
    store,
    `SELECT a.batch_no AS "batchNo", a.seq, a.action_id AS "actionId", a.act, a.actor_id AS "actorId", s.display_name AS "actorName",
       a.state_from AS "stateFrom", a.state_to AS "stateTo", a.facts, a.reason, a.at, a.prev_hash AS "prevHash", a.hash
     FROM payout_batch_act a LEFT JOIN staff_account s ON s.id::text = a.actor_id WHERE a.batch_no = $1 ORDER BY a.seq`,
    [batchNo],
  );
}

export interface BatchItem {
  caseNo: string;
  decisionId: string;
  amountFen: number;
  orderNo: string | null;
  carried: BatchState;
}

/**
 * Up to `limit` cases after `after` that an act was not carried out on yet and that nobody else is at, in the order of their numbers;
 * locked. Who goes on after the last one he had does not pass all those again that are done: 100 000 would be passed 200 times.
 */
export function itemsBehind(
  manager: EntityManager,
  batchNo: string,
  carried: BatchState,
  { after = '', limit }: { after?: string; limit: number },
): Promise<BatchItem[]> {
  return rows<BatchItem>(
    manager,
    `SELECT case_no AS "caseNo", decision_id AS "decisionId", amount_fen AS "amountFen", order_no AS "orderNo", carried
     FROM payout_batch_item WHERE batch_no = $1 AND left_as IS NULL AND carried <> $2 AND case_no > $3
     ORDER BY case_no LIMIT $4 FOR UPDATE SKIP LOCKED`,
    [batchNo, carried, after, limit],
  );
}

/** Cases brought to the state of the batch, and those that leave it with why. */
export async function moveItems(
  manager: EntityManager,
  batchNo: string,
  moved: readonly { caseNo: string; carried: BatchState; orderNo?: string | null; leftAs?: BatchLeaving | null }[],
): Promise<void> {
  await rows(
    manager,
    `UPDATE payout_batch_item i SET carried = m.carried, order_no = coalesce(i.order_no, m.order_no), left_as = m.left_as
     FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS m(case_no, carried, order_no, left_as)
     WHERE i.batch_no = $1 AND i.case_no = m.case_no AND i.left_as IS NULL`,
    [
      batchNo,
      moved.map((item) => item.caseNo),
      moved.map((item) => item.carried),
      moved.map((item) => item.orderNo ?? null),
      moved.map((item) => item.leftAs ?? null),
    ],
  );
  const leaving = moved.filter((item) => item.leftAs).map((item) => item.caseNo);
  // Its task is one person's again.
  if (leaving.length > 0) {
    await rows(
      manager,
      `UPDATE task SET batch_no = NULL WHERE batch_no = $1 AND case_no = ANY ($2::text[]) AND state = 'open'`,
      [batchNo, leaving],
    );
  }
}

export async function markCarried(manager: EntityManager, batchNo: string, state: BatchState): Promise<void> {
  await rows(manager, `UPDATE payout_batch SET carried = $2 WHERE batch_no = $1 AND state = $2`, [batchNo, state]);
}

function toBatch(row: Row): BatchRecord {
  const hands: BatchPosition['hands'] = [];
  if (row.made_by) hands.push({ personId: row.made_by, duty: 'preparePayout' });
  if (row.reviewed_by) hands.push({ personId: row.reviewed_by, duty: 'financeReview' });
  if (row.released_by) hands.push({ personId: row.released_by, duty: 'financeApproval' });
  return {
    position: { batchNo: row.batch_no, seq: row.seq, state: row.state, carried: row.carried, hands },
    agencyId: row.agency_id,
    fundAccount: row.fund_account,
    payDate: row.pay_date,
    occasion: row.occasion,
    channel: row.channel,
    gatheredAt: row.gathered_at,
    settledAt: row.settled_at,
    reserveApprovedBy: row.reserve_approved_by,
    headHash: row.head_hash,
  };
}

import type {
  ActCode,
  BankReason,
  CasePosition,
  ClockLedger,
  Duty,
  InsuranceScheme,
  Outcome,
  PauseKind,
  PayoutState,
  Post,
  Rung,
  Stage,
} from '@banjie/domain';
import type { EntityManager } from 'typeorm';
import { rows } from '../data-source';
import { keptPlan } from '../kept-plans';

/** A clock as its row keeps it: with the rungs that were recorded in this run. */
export type ClockRecord = ClockLedger & { breached: boolean; recorded: Rung[] };

/** A case with everything an act may need to know of it; one statement reads it. */
export interface CaseRecord {
  position: CasePosition;
  agencyId: string;
  agencyName: string;
  matter: string;
  definitionVersion: number;
  filingId: string;
  /** What was handed in, sealed (`openFiledClaim`, `noticeAddressee`). */
  filingBody: Buffer;
  /** The account that was put in the place of the filed one, sealed. */
  correctedPayee: Buffer | null;
  personId: string | null;
  /** The scheme the insured person is registered under; null for an unknown person. */
  scheme: InsuranceScheme | null;
  regionCode: string;
  totalFen: number;
  proposalOutcome: 'pass' | 'refuse' | null;
  proposedFen: number | null;
  payableFen: number | null;
  decidedAt: string | null;
  paidAt: string | null;
  /** The batch of payouts that the case stands in now. */
  batchNo: string | null;
  /** What the row of the case's order says; the position is as old as the last act. */
  order: { state: PayoutState; amountFen: number; bankReason: BankReason | null } | null;
  headHash: Buffer;
  clocks: ClockRecord[];
  /** The calendar's version as this statement found it; what an act counts by (calendarOf). */
  calendarNumber: number;
  task: { id: number; holderId: string | null; holderName: string | null } | null;
  /** The person who acts, as the accounts know him now; null for the system or an unknown account. */
  actor: { agencyId: string; posts: Post[]; active: boolean } | null;
  /** Set when `actionId` was committed before: the seq it made. */
  committedSeq: number | null;
  committedCaseNo: string | null;
  /** Which act that was and whose. */
  committedAct: { act: string; actorId: string } | null;
  /** The sealed body that waits under `actionId`. */
  body: { act: string; actorId: string; caseNo: string; sealed: Buffer; hash: Buffer } | null;
}

interface Row {
  case_no: string;
  agency_id: string;
  matter: string;
  definition_version: number;
  filing_id: string;
  person_id: string | null;
  region_code: string;
  seq: number;
  stage: Stage;
  waiting: PauseKind | null;
  supplement_used: boolean;
  extension: NonNullable<CasePosition['extension']> | null;
  outcome: Outcome | null;
  round: number;
  order_no: string | null;
  order_state: PayoutState | null;
  paid_once: boolean;
  delivered: boolean;
  last_act: ActCode;
  last_actor_id: string;
  head_hash: Buffer;
  total_fen: number;
  proposal_outcome: 'pass' | 'refuse' | null;
  proposed_fen: number | null;
  payable_fen: number | null;
  decided_at: Date | null;
  paid_at: Date | null;
  agency_name: string;
  filing_body: Buffer;
  corrected_payee: Buffer | null;
  scheme: InsuranceScheme | null;
  payout: CaseRecord['order'];
  batch: { batchNo: string; orderNo: string | null } | null;
  next_rung_at: Date | null;
  duties: { personId: string; duty: Duty }[] | null;
  clocks: ClockRecord[] | null;
  calendar_number: number;
  task: { id: number; holderId: string | null; holderName: string | null } | null;
  actor: { agencyId: string; posts: Post[]; active: boolean } | null;
  committed_seq: number | null;
  committed_case_no: string | null;
  committed_act: string | null;
  committed_actor_id: string | null;
  body_act: string | null;
  body_actor_id: string | null;
  body_case_no: string | null;
  body_enc: Buffer | null;
  body_hash: Buffer | null;
}

const select = `${keptPlan}
SELECT c.*, (SELECT COALESCE(max(number), 0) FROM calendar_version)::int AS calendar_number,
  (SELECT json_agg(json_build_object('personId', d.person_id, 'duty', d.duty) ORDER BY d.since_seq)
     FROM case_duty d WHERE d.case_no = c.case_no) AS duties,
  (SELECT json_agg(k.ledger || jsonb_build_object('breached', k.breached, 'recorded', k.recorded) ORDER BY k.clock, k.run)
     FROM clock k WHERE k.case_no = c.case_no) AS clocks,
  (SELECT json_build_object('id', t.id, 'holderId', t.holder_id, 'holderName', h.display_name)
     FROM task t LEFT JOIN staff_account h ON h.id = t.holder_id
     WHERE t.case_no = c.case_no AND t.state = 'open') AS task,
  (SELECT json_build_object('agencyId', s.agency_id, 'posts', s.posts, 'active', s.active)
     FROM staff_account s WHERE s.id::text = $2) AS actor,
  done.seq AS committed_seq, done.case_no AS committed_case_no,
  done.act AS committed_act, done.actor_id AS committed_actor_id,
  b.act AS body_act, b.actor_id AS body_actor_id, b.case_no AS body_case_no, b.body_enc, b.body_hash,
  g.name AS agency_name, f.body_enc AS filing_body, p.scheme,
  (SELECT y.payee_enc FROM case_payee y WHERE y.case_no = c.case_no ORDER BY y.seq DESC LIMIT 1) AS corrected_payee,
  (SELECT json_build_object('state', o.state, 'amountFen', o.amount_fen, 'bankReason', o.bank_reason)
     FROM payout_order o WHERE o.order_no = c.order_no) AS payout,
  (SELECT json_build_object('batchNo', i.batch_no, 'orderNo', i.order_no) FROM payout_batch_item i
     WHERE i.case_no = c.case_no AND i.left_as IS NULL) AS batch
FROM cases c JOIN agency g ON g.id = c.agency_id JOIN filing f ON f.id = c.filing_id
  LEFT JOIN insured_person p ON p.id = c.person_id
  LEFT JOIN case_act done ON done.action_id = $3 LEFT JOIN act_body b ON b.action_id = $3
WHERE `;
const selectOne = `${select}c.case_no = $1`;
const selectMany = `${select}c.case_no = ANY ($1::text[]) ORDER BY c.case_no`;

/**
 * Reads a case; with `lock` the row stays locked until the transaction ends. The lock is a statement of its own: what a
 * blocked statement joins to its row is still as old as its snapshot.
 */
export async function findCase(
  manager: EntityManager,
  caseNo: string,
  about: { actorId?: string; actionId?: string; lock?: boolean } = {},
): Promise<CaseRecord | null> {
  const [, [row]] = await Promise.all([
    about.lock ? rows(manager, `SELECT 1 FROM cases WHERE case_no = $1 FOR UPDATE`, [caseNo]) : null,
    rows<Row>(manager, selectOne, [caseNo, about.actorId ?? '', about.actionId ?? '']),
  ]);
  return row ? toRecord(row) : null;
}

/** Locks and reads many cases for one act on each of them, in the order of their numbers; what moved meanwhile is read as it is. */
export async function lockCases(manager: EntityManager, caseNos: string[], actorId: string): Promise<CaseRecord[]> {
  const [, found] = await Promise.all([
    rows(manager, `SELECT 1 FROM cases WHERE case_no = ANY ($1::text[]) ORDER BY case_no FOR UPDATE`, [caseNos]),
    rows<Row>(manager, selectMany, [caseNos, actorId, '']),
  ]);
  return found.map(toRecord);
}

function toRecord(row: Row): CaseRecord {
  return {
    position: {
      caseNo: row.case_no,
      seq: row.seq,
      stage: row.stage,
      waiting: row.waiting,
      supplementUsed: row.supplement_used,
      extension: row.extension,
      outcome: row.outcome,
      round: row.round,
      duties: row.duties ?? [],
      order: row.order_no && row.order_state ? orderOf(row.order_no, row.order_state, row.batch) : null,
      paidOnce: row.paid_once,
      delivered: row.delivered,
      last: { act: row.last_act, actorId: row.last_actor_id },
      nextRungAt: row.next_rung_at?.toISOString() ?? null,
    },
    agencyId: row.agency_id,
    agencyName: row.agency_name,
    matter: row.matter,
    definitionVersion: row.definition_version,
    filingId: row.filing_id,
    filingBody: row.filing_body,
    correctedPayee: row.corrected_payee,
    personId: row.person_id,
    scheme: row.scheme,
    regionCode: row.region_code,
    totalFen: row.total_fen,
    proposalOutcome: row.proposal_outcome,
    proposedFen: row.proposed_fen,
    payableFen: row.payable_fen,
    decidedAt: row.decided_at?.toISOString() ?? null,
    paidAt: row.paid_at?.toISOString() ?? null,
    batchNo: row.batch?.batchNo ?? null,
    order: row.payout,
    headHash: row.head_hash,
    clocks: row.clocks ?? [],
    calendarNumber: row.calendar_number,
    task: row.task,
    actor: row.actor,
    committedSeq: row.committed_seq,
    committedCaseNo: row.committed_case_no,
    committedAct: row.committed_act === null ? null : { act: row.committed_act, actorId: row.committed_actor_id! },
    body: row.body_enc && {
      act: row.body_act!,
      actorId: row.body_actor_id!,
      caseNo: row.body_case_no!,
      sealed: row.body_enc,
      hash: row.body_hash!,
    },
  };
}

/** An order that has left its batch alive is the case's own to send, though its row says for ever where it was drawn. */
function orderOf(orderNo: string, state: PayoutState, batch: Row['batch']): CasePosition['order'] {
  return batch?.orderNo === orderNo ? { orderNo, state, batchNo: batch.batchNo } : { orderNo, state };
}

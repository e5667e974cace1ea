import type {
  ActCode,
  BankReason,
  BenefitTraceEntry,
  Duty,
  OffsetBasis,
  Outcome,
  PayoutState,
  Stage,
} from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { rows } from '../data-source';

/** What a page about one case shows beyond `CaseRecord`. */
export interface CaseDetails {
  receivedAt: Date;
  receivedOn: string;
  acceptedAt: Date | null;
  decidedAt: Date | null;
  paidAt: Date | null;
  deliveredAt: Date | null;
  closedAt: Date | null;
  acts: {
    seq: number;
    act: ActCode;
    actorId: string;
    actorName: string | null;
    stageFrom: Stage;
    stageTo: Stage;
    round: number;
    at: string;
    facts: Record<string, unknown>;
  }[];
  orders: {
    orderNo: string;
    state: PayoutState;
    amountFen: number;
    previousOrderNo: string | null;
    drawnAt: string;
    sentAt: string | null;
    settledAt: string | null;
    bankReference: string | null;
    bankReason: BankReason | null;
    /** Sealed (`openPayee`), hexadecimal. */
    payeeSealed: string;
  }[];
  duties: { personId: string; personName: string | null; duty: Duty }[];
  offsets: { recoveryNo: string; amountFen: number; basis: OffsetBasis; at: string }[];
}

/** One statement; null when there is no such case. Digests are for the audit and stay in the rows. */
export async function findCaseDetails(dataSource: DataSource, caseNo: string): Promise<CaseDetails | null> {
  const [row] = await rows<CaseDetails>(
    dataSource,
    `SELECT c.received_at AS "receivedAt", c.received_on AS "receivedOn", c.accepted_at AS "acceptedAt",
       c.decided_at AS "decidedAt", c.paid_at AS "paidAt", c.delivered_at AS "deliveredAt", c.closed_at AS "closedAt",
       (SELECT json_agg(json_build_object('seq', a.seq, 'act', a.act, 'actorId', a.actor_id, 'actorName', s.display_name,
          'stageFrom', a.stage_from, 'stageTo', a.stage_to, 'round', a.round, 'at', a.at,
          'facts', a.facts - '{bodyDigest,payeeDigest,filingDigest,linesDigest,papersDigest,notices}'::text[]) ORDER BY a.seq)
        FROM case_act a LEFT JOIN staff_account s ON s.id::text = a.actor_id WHERE a.case_no = c.case_no) AS acts,
       (SELECT json_agg(json_build_object('orderNo', p.order_no, 'state', p.state, 'amountFen', p.amount_fen,
          'previousOrderNo', p.previous_order_no, 'drawnAt', p.drawn_at, 'sentAt', p.sent_at, 'settledAt', p.settled_at,
          'bankReference', p.bank_reference, 'bankReason', p.bank_reason,
          'payeeSealed', encode(p.payee_enc, 'hex')) ORDER BY p.drawn_at, p.order_no)
        FROM payout_order p WHERE p.case_no = c.case_no) AS orders,
       (SELECT json_agg(json_build_object('recoveryNo', f.recovery_no, 'amountFen', f.amount_fen, 'basis', f.basis, 'at', f.at) ORDER BY f.at)
        FROM recovery_offset f WHERE f.case_no = c.case_no AND f.voided_at IS NULL) AS offsets,
       (SELECT json_agg(json_build_object('personId', d.person_id, 'personName', s.display_name, 'duty', d.duty) ORDER BY d.since_seq)
        FROM case_duty d LEFT JOIN staff_account s ON s.id::text = d.person_id WHERE d.case_no = c.case_no) AS duties
     FROM cases c WHERE c.case_no = $1`,
    [caseNo],
  );
  return row
    ? { ...row, acts: row.acts ?? [], orders: row.orders ?? [], duties: row.duties ?? [], offsets: row.offsets ?? [] }
    : null;
}

export interface CaseSummary {
  caseNo: string;
  matter: string;
  stage: Stage;
  outcome: Outcome | null;
  totalFen: number;
  payableFen: number | null;
  receivedAt: Date;
  closedAt: Date | null;
}

/** Cases of an agency by number or by the keyed hash of the insured person's ID number, newest first. */
export function searchCases(
  dataSource: DataSource,
  agencyId: string,
  by: { caseNo: string } | { personIdHash: Buffer },
  limit: number,
): Promise<CaseSummary[]> {
  const [condition, value] = 'caseNo' in by ? ['case_no = $2', by.caseNo] : ['person_id_hash = $2', by.personIdHash];
  return rows<CaseSummary>(
    dataSource,
    `SELECT case_no AS "caseNo", matter, stage, outcome, total_fen AS "totalFen", payable_fen AS "payableFen",
       received_at AS "receivedAt", closed_at AS "closedAt"
     FROM cases WHERE agency_id = $1 AND ${condition} ORDER BY received_at DESC, case_no DESC LIMIT $3`,
    [agencyId, value, limit],
  );
}

export interface NoticeRow {
  id: number;
  caseNo: string;
  notice: string;
  channel: 'inApp' | 'file';
  createdAt: Date;
  sentAt: Date | null;
  /** The sealed `NoticeContent`; null for what tells the staff of a time limit. */
  content: Buffer | null;
}

const noticeColumns = `n.id, n.case_no AS "caseNo", n.notice, n.channel, n.created_at AS "createdAt", n.sent_at AS "sentAt",
       k.body_enc AS content
     FROM notice n JOIN outbox o ON o.id = n.outbox_id
       LEFT JOIN notice_content k ON k.case_no = n.case_no AND k.seq = (o.payload->>'seq')::int AND k.notice = n.notice`;

/** Notices of an agency's cases, newest first. */
export function findNotices(
  dataSource: DataSource,
  agencyId: string,
  page: { caseNo: string | null; before: number | null; limit: number },
): Promise<NoticeRow[]> {
  return rows<NoticeRow>(
    dataSource,
    `SELECT ${noticeColumns}
     WHERE n.agency_id = $1 ${page.caseNo === null ? 'AND $2::text IS NULL' : 'AND n.case_no = $2'}
       AND n.id < COALESCE($3::bigint, 9223372036854775807) ORDER BY n.id DESC LIMIT $4`,
    [agencyId, page.caseNo, page.before, page.limit],
  );
}

export async function findNotice(dataSource: DataSource, agencyId: string, id: number): Promise<NoticeRow | null> {
  const [row] = await rows<NoticeRow>(dataSource, `SELECT ${noticeColumns} WHERE n.id = $1 AND n.agency_id = $2`, [
    id,
    agencyId,
  ]);
  return row ?? null;
}

/** The sealed bodies of the committed acts of a case, in order. */
export function findActBodies(dataSource: DataSource, caseNo: string): Promise<{ seq: number; sealed: Buffer }[]> {
  return rows(
    dataSource,
    `SELECT a.seq, b.body_enc AS sealed FROM case_act a JOIN act_body b ON b.action_id = a.action_id AND b.case_no = a.case_no
     WHERE a.case_no = $1 ORDER BY a.seq`,
    [caseNo],
  );
}

export interface LatestBenefit {
  seq: number;
  payableFen: number;
  trace: BenefitTraceEntry[];
  deductions: { lineNo: number; amountFen: number; reasonCode: string; clause: string }[];
  /** What the rules give before the yearly cap, and the cap of the policy row it was worked out by (R-AM-02b). */
  basicPayFen: number;
  capFen: number;
}

/** What the latest proposal to pass computed, with its 核减. */
export async function findLatestBenefit(
  store: DataSource | EntityManager,
  caseNo: string,
): Promise<LatestBenefit | null> {
  const [row] = await rows<LatestBenefit>(
    store,
    `SELECT b.seq, b.payable_fen AS "payableFen", b.trace, p.annual_cap_fen AS "capFen",
       (SELECT (e->>'valueFen')::bigint FROM jsonb_array_elements(b.trace) e WHERE e->>'step' = 'basicPay') AS "basicPayFen", COALESCE((
         SELECT json_agg(json_build_object('lineNo', d.line_no, 'amountFen', d.amount_fen, 'reasonCode', d.reason_code,
           'clause', d.clause) ORDER BY d.line_no)
         FROM line_deduction d WHERE d.case_no = b.case_no AND d.seq = b.seq), '[]') AS deductions
     FROM benefit_result b JOIN benefit_policy p ON p.id = b.policy_id WHERE b.case_no = $1 ORDER BY b.seq DESC LIMIT 1`,
    [caseNo],
  );
  return row ?? null;
}

/** Writes who read what. A reading that cannot be recorded must not happen: call it before the content goes out. */
export async function recordReading(
  runner: Parameters<typeof rows>[0],
  reading: { readerId: string; caseNo: string | null; what: string; requestId: string | null },
): Promise<void> {
  await rows(runner, `INSERT INTO read_log (reader_id, case_no, what, request_id) VALUES ($1, $2, $3, $4)`, [
    reading.readerId,
    reading.caseNo,
    reading.what,
    reading.requestId,
  ]);
}

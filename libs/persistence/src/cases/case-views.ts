import type { ActCode, Duty, Outcome, PayoutState, Stage } from '@banjie/domain';
import type { DataSource } from 'typeorm';
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
  }[];
  duties: { personId: string; personName: string | null; duty: Duty }[];
}

/** One statement; null when there is no such case. */
export async function findCaseDetails(dataSource: DataSource, caseNo: string): Promise<CaseDetails | null> {
  const [row] = await rows<CaseDetails>(
    dataSource,
    `SELECT c.received_at AS "receivedAt", c.received_on AS "receivedOn", c.accepted_at AS "acceptedAt",
       c.decided_at AS "decidedAt", c.paid_at AS "paidAt", c.delivered_at AS "deliveredAt", c.closed_at AS "closedAt",
       (SELECT json_agg(json_build_object('seq', a.seq, 'act', a.act, 'actorId', a.actor_id, 'actorName', s.display_name,
          'stageFrom', a.stage_from, 'stageTo', a.stage_to, 'round', a.round, 'at', a.at, 'facts', a.facts) ORDER BY a.seq)
        FROM case_act a LEFT JOIN staff_account s ON s.id::text = a.actor_id WHERE a.case_no = c.case_no) AS acts,
       (SELECT json_agg(json_build_object('orderNo', p.order_no, 'state', p.state, 'amountFen', p.amount_fen,
          'previousOrderNo', p.previous_order_no, 'drawnAt', p.drawn_at, 'sentAt', p.sent_at, 'settledAt', p.settled_at,
          'bankReference', p.bank_reference) ORDER BY p.drawn_at, p.order_no)
        FROM payout_order p WHERE p.case_no = c.case_no) AS orders,
       (SELECT json_agg(json_build_object('personId', d.person_id, 'personName', s.display_name, 'duty', d.duty) ORDER BY d.since_seq)
        FROM case_duty d LEFT JOIN staff_account s ON s.id::text = d.person_id WHERE d.case_no = c.case_no) AS duties
     FROM cases c WHERE c.case_no = $1`,
    [caseNo],
  );
  return row ? { ...row, acts: row.acts ?? [], orders: row.orders ?? [], duties: row.duties ?? [] } : null;
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
}

/** Notices of an agency's cases, newest first. */
export function findNotices(
  dataSource: DataSource,
  agencyId: string,
  page: { caseNo: string | null; before: number | null; limit: number },
): Promise<NoticeRow[]> {
  return rows<NoticeRow>(
    dataSource,
    `SELECT id, case_no AS "caseNo", notice, channel, created_at AS "createdAt", sent_at AS "sentAt"
     FROM notice WHERE agency_id = $1 ${page.caseNo === null ? 'AND $2::text IS NULL' : 'AND case_no = $2'}
       AND id < COALESCE($3::bigint, 9223372036854775807) ORDER BY id DESC LIMIT $4`,
    [agencyId, page.caseNo, page.before, page.limit],
  );
}

/** Writes who read what. A reading that cannot be recorded must not happen: call it before the content goes out. */
export async function recordReading(
  dataSource: DataSource,
  reading: { readerId: string; caseNo: string | null; what: string; requestId: string | null },
): Promise<void> {
  await rows(dataSource, `INSERT INTO read_log (reader_id, case_no, what, request_id) VALUES ($1, $2, $3, $4)`, [
    reading.readerId,
    reading.caseNo,
    reading.what,
    reading.requestId,
  ]);
}

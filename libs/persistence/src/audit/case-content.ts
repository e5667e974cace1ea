import type { EntityManager } from 'typeorm';
import { rows } from '../data-source';
import { readStoredFilings, type StoredFiling } from '../filings/filing-digests';

/** What the acts of a case speak of, as the rows have it now; amounts in 分. */
export interface CaseContent {
  caseNo: string;
  stage: string;
  definitionVersion: number;
  totalFen: number;
  proposedFen: number | null;
  payableFen: number | null;
  filing: StoredFiling | null;
  bodies: { actionId: string; hash: Buffer; sealed: Buffer }[];
  benefits: { seq: number; payableFen: number }[];
  deductions: { seq: number; lineNo: number; amountFen: number; reasonCode: string }[];
  payees: { seq: number; sealed: Buffer }[];
  decisions: {
    id: string;
    outcome: string;
    payableFen: number;
    payeeDigest: Buffer | null;
    decidedBy: string;
    decidedAt: Date;
    /** Taken off its payout for a claim (抵扣). */
    offsetFen: number;
    voided: boolean;
  }[];
  orders: {
    orderNo: string;
    decisionId: string;
    state: string;
    amountFen: number;
    payeeEnc: Buffer;
    payeeDigest: Buffer;
    drawnBy: string;
    reviewedBy: string | null;
    releasedBy: string | null;
    bankReference: string | null;
  }[];
  seals: { seq: number; documents: SealedDocuments; seal: Buffer }[];
  notices: { seq: number; notice: string; sealed: Buffer; digest: Buffer }[];
}

/** As 归档 lists them (activities/src/cases/system-acts.ts). */
export interface SealedDocuments {
  attachments: { id: string; paper: string; sha256: string }[];
  acts: { seq: number; hash: string }[];
  orders: { orderNo: string; state: string; amountFen: number; bankReference: string | null }[];
}

/** Everything that `contentFaults` compares, for some cases at a time: one statement per table. */
export async function readContents(manager: EntityManager, caseNos: readonly string[]): Promise<CaseContent[]> {
  type Head = Pick<
    CaseContent,
    'caseNo' | 'stage' | 'definitionVersion' | 'totalFen' | 'proposedFen' | 'payableFen'
  > & { filingId: string };
  const heads = await rows<Head>(
    manager,
    `SELECT case_no AS "caseNo", stage, definition_version AS "definitionVersion", total_fen AS "totalFen", proposed_fen AS "proposedFen", payable_fen AS "payableFen",
       filing_id AS "filingId" FROM cases WHERE case_no = ANY($1) ORDER BY case_no`,
    [caseNos],
  );
  const filings = await readStoredFilings(
    manager,
    heads.map(({ filingId }) => filingId),
  );
  const of = async <Part>(columns: string, table: string, order: string): Promise<(caseNo: string) => Part[]> => {
    const found = await rows<Part & { caseNo: string }>(
      manager,
      `SELECT case_no AS "caseNo", ${columns} FROM ${table} WHERE case_no = ANY($1) ORDER BY case_no, ${order}`,
      [caseNos],
    );
    const byCase = new Map<string, Part[]>();
    for (const row of found) byCase.set(row.caseNo, [...(byCase.get(row.caseNo) ?? []), row]);
    return (caseNo) => byCase.get(caseNo) ?? [];
  };
  // By the acts: a body is kept under the number of its act, before a case has it.
  const bodies = await of<CaseContent['bodies'][number]>(
    'action_id AS "actionId", hash, sealed',
    `(SELECT a.case_no, a.action_id, b.body_hash AS hash, b.body_enc AS sealed
      FROM case_act a JOIN act_body b ON b.action_id = a.action_id AND b.case_no = a.case_no) body`,
    'action_id',
  );
  const benefits = await of<CaseContent['benefits'][number]>(
    'seq, payable_fen AS "payableFen"',
    'benefit_result',
    'seq',
  );
  const deductions = await of<CaseContent['deductions'][number]>(
    'seq, line_no AS "lineNo", amount_fen AS "amountFen", reason_code AS "reasonCode"',
    'line_deduction',
    'seq, line_no',
  );
  const payees = await of<CaseContent['payees'][number]>('seq, payee_enc AS sealed', 'case_payee', 'seq');
  const decisions = await of<CaseContent['decisions'][number]>(
    `id, outcome, payable_fen AS "payableFen", payee_digest AS "payeeDigest", decided_by AS "decidedBy", decided_at AS "decidedAt",
     offset_of(id) AS "offsetFen", voided_at IS NOT NULL AS voided`,
    'decision',
    'round',
  );
  const orders = await of<CaseContent['orders'][number]>(
    `order_no AS "orderNo", decision_id AS "decisionId", state, amount_fen AS "amountFen", payee_enc AS "payeeEnc",
     payee_digest AS "payeeDigest", drawn_by AS "drawnBy", reviewed_by AS "reviewedBy", released_by AS "releasedBy",
     bank_reference AS "bankReference"`,
    'payout_order',
    'order_no',
  );
  const seals = await of<CaseContent['seals'][number]>('seq, documents, seal', 'archive_seal', 'seq');
  const notices = await of<CaseContent['notices'][number]>(
    'seq, notice, body_enc AS sealed, digest',
    'notice_content',
    'seq, notice',
  );
  return heads.map(({ filingId, ...head }) => ({
    ...head,
    filing: filings.find((filing) => filing.filingId === filingId) ?? null,
    bodies: bodies(head.caseNo),
    benefits: benefits(head.caseNo),
    deductions: deductions(head.caseNo),
    payees: payees(head.caseNo),
    decisions: decisions(head.caseNo),
    orders: orders(head.caseNo),
    seals: seals(head.caseNo),
    notices: notices(head.caseNo),
  }));
}

import { randomUUID } from 'node:crypto';
import { advance, DomainError, fen, formatYuan, systemActors, type SupplementReason } from '@banjie/domain';
import type { EntityManager } from 'typeorm';
import { insuredOf } from '../cases/case-benefit';
import { findCase } from '../cases/case-record';
import { findLatestBenefit } from '../cases/case-views';
import { getDefinition } from '../cases/definitions';
import { writeAct } from '../cases/write-act';
import type { ColumnCipher } from '../column-cipher';
import { rows } from '../data-source';
import { addOutbox } from '../outbox/outbox';

/** What is paid in addition to what was decided first (补付). */
export interface SupplementFacts extends Record<string, unknown> {
  caseNo: string;
  amountFen: number;
  reason: SupplementReason;
}

interface Supplemented {
  decisionId: string;
  round: number;
  /** Of the decision and of what was added to it. */
  decidedFen: number;
  totalFen: number;
  payeeDigest: Buffer | null;
  capYear: number | null;
}

const unfit = (reason: string, field: string) => new DomainError('SUPPLEMENT_UNFIT', { reason }, field);
const yuan = (amountFen: number) => `${formatYuan(fen(amountFen))} 元`;

/**
 * May more be paid on a case? It is closed and paid, no money of it has come back, and all that is decided stays within what was claimed.
 * The case stays locked. @throws DomainError SUPPLEMENT_UNFIT
 */
export async function checkSupplement(
  manager: EntityManager,
  agencyId: string,
  { caseNo, amountFen }: SupplementFacts,
): Promise<Supplemented> {
  // A statement of its own: what follows is read when the lock is held.
  await rows(manager, `SELECT 1 FROM cases WHERE case_no = $1 AND agency_id = $2 FOR UPDATE`, [caseNo, agencyId]);
  const [found] = await rows<Supplemented & { isClosed: boolean; isUnderWay: boolean }>(
    manager,
    `SELECT c.total_fen AS "totalFen", c.stage = 'closed' AND c.order_state = 'paid' AS "isClosed", d.id AS "decisionId",
       (SELECT max(round) FROM decision WHERE case_no = c.case_no) + 1 AS round,
       (SELECT sum(payable_fen)::bigint FROM decision WHERE case_no = c.case_no AND voided_at IS NULL) AS "decidedFen",
       EXISTS (SELECT 1 FROM decision x WHERE x.case_no = c.case_no AND x.voided_at IS NULL AND x.outcome = 'approved'
         AND NOT EXISTS (SELECT 1 FROM payout_order o WHERE o.decision_id = x.id AND o.state = 'paid')) AS "isUnderWay",
       (SELECT payee_digest FROM payout_order o WHERE o.case_no = c.case_no AND o.state = 'paid' ORDER BY drawn_at DESC LIMIT 1) AS "payeeDigest",
       (SELECT (a.facts->>'capYear')::int FROM case_act a WHERE a.case_no = c.case_no AND a.act = 'approve'
         AND a.facts->>'decisionId' = d.id::text) AS "capYear"
     FROM cases c JOIN decision d ON d.case_no = c.case_no AND d.voided_at IS NULL AND d.supplements IS NULL AND d.outcome = 'approved'
     WHERE c.case_no = $1 AND c.agency_id = $2`,
    [caseNo, agencyId],
  );
  if (!found) throw unfit('本机构没有这件已予以通过的办件', 'caseNo');
  const { isClosed, isUnderWay, payeeDigest, decidedFen, totalFen } = found;
  if (!isClosed || isUnderWay || !payeeDigest) throw unfit('办件还没有办结,或有款项未付、退回', 'caseNo');
  const roomFen = totalFen - decidedFen;
  if (amountFen > roomFen) throw unfit(`最多可以补付 ${yuan(roomFen)}`, 'amountFen');
  return found;
}

/**
 * The decision that adds to the first one, to the account that was paid, within the yearly cap (R-AM-02b); the case goes on at 拨付制定, and
 * the three persons of finance pay it as any other. The signed act carries what the sending asks for.
 * @throws DomainError SUPPLEMENT_UNFIT
 */
export async function putSupplement(
  manager: EntityManager,
  cipher: ColumnCipher,
  about: { proposalId: string; decidedBy: string; at: Date; facts: SupplementFacts },
): Promise<void> {
  const { proposalId, decidedBy, at, facts } = about;
  const { caseNo, amountFen } = facts;
  const record = await findCase(manager, caseNo, { lock: true });
  if (!record) throw unfit('没有这件办件', 'caseNo');
  const {
    decisionId: supplements,
    round,
    payeeDigest,
    capYear,
  } = await checkSupplement(manager, record.agencyId, facts);
  const [benefit, definition] = await Promise.all([
    findLatestBenefit(manager, caseNo),
    getDefinition(manager, record.matter, record.definitionVersion),
  ]);
  const insured = insuredOf(record);
  const reserved = await rows(
    manager,
    `UPDATE cap_usage SET used_fen = used_fen + $4 WHERE person_id = $1 AND scheme = $2 AND year = $3 AND used_fen + $4 <= $5 RETURNING 1`,
    [insured.id, insured.scheme, capYear, amountFen, benefit?.capFen ?? 0],
  );
  if (reserved.length !== 1) throw unfit('超过参保人的年度最高支付限额', 'amountFen');
  const decisionId = randomUUID();
  await rows(
    manager,
    `INSERT INTO decision (id, case_no, round, outcome, payable_fen, payee_digest, decided_by, decided_at, supplements, proposal_id)
     VALUES ($1, $2, $3, 'approved', $4, $5, $6, $7, $8, $9)`,
    [decisionId, caseNo, round, amountFen, payeeDigest, decidedBy, at, supplements, proposalId],
  );
  // Like any decision it is paid by others than those who made it (SD-01).
  await rows(
    manager,
    `INSERT INTO case_duty (case_no, person_id, duty, since_seq)
     SELECT p.subject, person::text, 'supplement', $2 FROM finance_proposal p, unnest(ARRAY[p.proposed_by, p.checked_by, p.decided_by]) AS person
     WHERE p.id = $1 ON CONFLICT (case_no, person_id) DO UPDATE SET since_seq = case_duty.since_seq WHERE case_duty.duty = excluded.duty`,
    [proposalId, record.position.seq + 1],
  );
  const actionId = `supplement:${proposalId}`;
  await writeAct(manager, cipher, record, {
    definition,
    advance: advance(definition, record.position, 'supplementPayout', systemActors.workflow),
    ...{ act: 'supplementPayout', actorId: systemActors.workflow, actionId, at },
    facts: {
      ...{ decisionId, supplements, payableFen: amountFen, payeeDigest: payeeDigest!.toString('hex') },
      ...{ proposalId, decidedBy, capYear },
    },
  });
  await addOutbox(manager, {
    ...{ topic: 'wakeCase', caseNo, key: actionId },
    payload: { act: 'supplementPayout', actionId },
  });
}

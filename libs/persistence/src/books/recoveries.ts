import {
  DomainError,
  fen,
  formatYuan,
  offsetRoom,
  payoutStateLabels,
  type MovementKind,
  type OffsetBasis,
  type RecoveryReason,
} from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import type { ColumnCipher } from '../column-cipher';
import { databaseFault, rows } from '../data-source';
import { addOutbox } from '../outbox/outbox';
import { lockPayoutOrder } from '../payouts/payout-orders';
import {
  addProposal,
  checkProposal,
  decideProposal,
  findProposal,
  lockFinance,
  type FinanceProposal,
  type FinanceWords,
} from './finance-proposals';
import { checkSupplement, putSupplement, type SupplementFacts } from './supplements';
import { refuseOwnCase } from './suspense';

/** Money that was paid and should not have been, as far as it is claimed back (追回). */
export interface RecoveryFacts extends Record<string, unknown> {
  orderNo: string;
  amountFen: number;
  reason: RecoveryReason;
  /** What the bank paid beside the order, found overpaid by two persons. */
  entryNo?: number;
}

/** What is taken off the payout of a decision for a claim on the same person (抵扣). */
export interface OffsetFacts extends Record<string, unknown> {
  recoveryNo: string;
  caseNo: string;
  amountFen: number;
  basis: OffsetBasis;
  /** Found when it was proposed: it is taken off this decision and no other. */
  decisionId?: string;
}

export type Movement =
  | { kind: 'recovery'; facts: RecoveryFacts }
  | { kind: 'offset'; facts: OffsetFacts }
  | { kind: 'supplement'; facts: SupplementFacts };

interface Step {
  id: string;
  agencyId: string;
  at: Date;
}

type Approval = Step & { kind: MovementKind; decidedBy: string };

/**
 * The first person says what is to be claimed, or taken off. Nothing moves yet.
 * @throws DomainError RECOVERY_UNFIT, RECOVERY_NOT_FOUND, OFFSET_UNFIT, FINANCE_OWN_CASE, FINANCE_PROPOSAL_OPEN, ACTION_REUSED
 */
export async function proposeMovement(
  manager: EntityManager,
  cipher: ColumnCipher,
  { movement, words, proposedBy, ...step }: Step & { movement: Movement; words: FinanceWords; proposedBy: string },
): Promise<void> {
  const { id, agencyId, at } = step;
  await lockFinance(manager, agencyId);
  const known = await findProposal(manager, cipher, { agencyId, id });
  if (known) {
    // A screen that asks again is answered with what was kept, whatever has become of it since.
    const { decisionId } = known.facts;
    const facts = decisionId === undefined ? movement.facts : { ...movement.facts, decisionId };
    await addProposal(manager, cipher, {
      ...{ id, agencyId, kind: movement.kind, subject: known.subject, facts, words, proposedBy, at },
    });
    return;
  }
  const { subject, facts } = await checkMovement(manager, agencyId, movement, proposedBy, null);
  await addProposal(manager, cipher, { id, agencyId, kind: movement.kind, subject, facts, words, proposedBy, at });
}

/**
 * The second person has looked; whatever changed since the first one did is found.
 * @throws DomainError as `proposeMovement`, FINANCE_EARLIER_OWN_CASE, FINANCE_PROPOSAL_NOT_FOUND, _DECIDED, _OWN
 */
export async function checkMovementProposal(
  manager: EntityManager,
  cipher: ColumnCipher,
  { kind, checkedBy, ...step }: Step & { kind: MovementKind; checkedBy: string },
): Promise<void> {
  await lockFinance(manager, step.agencyId);
  if (!(await checkProposal(manager, cipher, { ...step, kind, checkedBy }))) return;
  const proposal = (await findProposal(manager, cipher, { agencyId: step.agencyId, id: step.id }))!;
  await checkMovement(manager, step.agencyId, movementOf(proposal), checkedBy, proposal);
}

/**
 * The third person approves: the confirmation itself writes the claim, or what is taken off, with its line in the books. The person is
 * told; of a claim the yearly cap gets back what it had given. Everything is looked at again.
 * @throws DomainError as `checkMovementProposal`, FINANCE_PROPOSAL_UNCHECKED, MOVEMENT_CHANGED
 */
export async function approveMovement(manager: EntityManager, cipher: ColumnCipher, approval: Approval): Promise<void> {
  try {
    await approve(manager, cipher, approval);
  } catch (error) {
    // What was looked at changed before the row was written, as where somebody took a duty in the case that moment.
    if (databaseFault(error)?.constraint === 'movement_lawful') throw new DomainError('MOVEMENT_CHANGED');
    throw error;
  }
}

async function approve(
  manager: EntityManager,
  cipher: ColumnCipher,
  { kind, decidedBy, ...step }: Approval,
): Promise<void> {
  const { id, agencyId } = step;
  await lockFinance(manager, agencyId);
  const proposal = await findProposal(manager, cipher, { agencyId, kind, id });
  if (!proposal) throw new DomainError('FINANCE_PROPOSAL_NOT_FOUND');
  if (proposal.state === 'proposed') await checkMovement(manager, agencyId, movementOf(proposal), decidedBy, proposal);
  const isNew = await decideProposal(manager, cipher, { ...step, kind, state: 'confirmed', decidedBy, reason: null });
  if (!isNew) return;
  const movement = movementOf(proposal);
  if (movement.kind === 'supplement') {
    await putSupplement(manager, cipher, { proposalId: id, decidedBy, at: step.at, facts: movement.facts });
    await tell(manager, movement.facts.caseNo, 'supplementPayNotice', id, { amountFen: movement.facts.amountFen });
    return;
  }
  if (movement.kind === 'recovery') {
    const { orderNo, entryNo, amountFen } = movement.facts;
    const [claim] = await rows<{ caseNo: string }>(
      manager,
      `SELECT case_no AS "caseNo" FROM recovery WHERE proposal_id = $1`,
      [id],
    );
    if (entryNo === undefined) await giveBackCap(manager, orderNo, amountFen);
    await tell(manager, claim!.caseNo, 'recoveryNotice', id, { amountFen });
    return;
  }
  const { caseNo, recoveryNo, amountFen } = movement.facts;
  await tell(manager, caseNo, 'offsetNotice', id, { amountFen, recoveryNo });
}

/** @throws DomainError FINANCE_PROPOSAL_NOT_FOUND, FINANCE_PROPOSAL_DECIDED, FINANCE_PROPOSAL_OWN */
export async function refuseMovement(
  manager: EntityManager,
  cipher: ColumnCipher,
  { decidedBy, ...step }: Step & { kind: MovementKind; decidedBy: string; reason: string },
): Promise<void> {
  await lockFinance(manager, step.agencyId);
  await decideProposal(manager, cipher, { ...step, state: 'refused', decidedBy });
}

const movementOf = ({ kind, facts }: FinanceProposal): Movement => ({ kind, facts }) as Movement;

const yuan = (amountFen: number) => `${formatYuan(fen(amountFen))} 元`;

async function checkMovement(
  manager: EntityManager,
  agencyId: string,
  movement: Movement,
  personId: string,
  proposal: FinanceProposal | null,
): Promise<{ subject: string; facts: Record<string, unknown> }> {
  if (movement.kind === 'recovery') {
    const caseNo = await checkRecovery(manager, agencyId, movement.facts);
    await refuseOwnCase(manager, [caseNo], personId, proposal);
    return { subject: movement.facts.orderNo, facts: movement.facts };
  }
  if (movement.kind === 'supplement') {
    await checkSupplement(manager, agencyId, movement.facts);
    await refuseOwnCase(manager, [movement.facts.caseNo], personId, proposal, 'supplement');
    return { subject: movement.facts.caseNo, facts: movement.facts };
  }
  const { decisionId, claimCaseNo } = await checkOffset(manager, agencyId, movement.facts);
  await refuseOwnCase(manager, [movement.facts.caseNo, claimCaseNo], personId, proposal);
  return { subject: movement.facts.caseNo, facts: { ...movement.facts, decisionId } };
}

/** Answers the case of the order. */
async function checkRecovery(manager: EntityManager, agencyId: string, facts: RecoveryFacts): Promise<string> {
  const { orderNo, entryNo, amountFen } = facts;
  const unfit = (reason: string, field: string) => new DomainError('RECOVERY_UNFIT', { reason }, field);
  const order = await lockPayoutOrder(manager, orderNo);
  if (order?.agencyId !== agencyId) throw unfit('本机构没有这张拨付单', 'orderNo');
  const [about] = await rows<{
    hasPerson: boolean;
    claimedFen: number;
    overpaidFen: number | null;
    isClaimed: boolean;
  }>(
    manager,
    `SELECT c.person_id IS NOT NULL AS "hasPerson",
       (SELECT coalesce(sum(amount_fen), 0)::bigint FROM recovery WHERE entry_no IS NULL
         AND order_no IN (SELECT order_no FROM payout_order WHERE decision_id = o.decision_id)) AS "claimedFen",
       (SELECT e.amount_fen FROM suspense_clearing s JOIN bank_entry e ON e.entry_no = s.entry_no
        WHERE s.entry_no = $2 AND s.clearing = 'overpaid' AND e.order_no = $1) AS "overpaidFen",
       EXISTS (SELECT 1 FROM recovery WHERE entry_no = $2) AS "isClaimed"
     FROM payout_order o JOIN cases c ON c.case_no = o.case_no WHERE o.order_no = $1`,
    [orderNo, entryNo ?? null],
  );
  const { hasPerson, claimedFen, overpaidFen, isClaimed } = about!;
  if (!hasPerson) throw unfit('办件没有登记的参保人', 'orderNo');
  if (entryNo !== undefined) {
    if (isClaimed) throw unfit('这笔流水已有追回单', 'entryNo');
    if (overpaidFen === null) throw unfit('这笔流水没有被认定为这张拨付单的多付', 'entryNo');
    if (overpaidFen !== amountFen) throw unfit(`追回金额须等于多付的 ${yuan(overpaidFen)}`, 'amountFen');
    return order.caseNo;
  }
  if (order.state !== 'paid')
    throw unfit(`这张拨付单的状态是“${payoutStateLabels[order.state]}”,没有支付成功`, 'orderNo');
  // What was claimed of an order that came back stands, and is a claim on the order that was paid in its place.
  const leftFen = Math.max(0, order.amountFen - claimedFen);
  if (amountFen > leftFen) throw unfit(`这张拨付单所付的决定最多还能追回 ${yuan(leftFen)}`, 'amountFen');
  return order.caseNo;
}

async function checkOffset(
  manager: EntityManager,
  agencyId: string,
  { recoveryNo, caseNo, amountFen, decisionId: shownId }: OffsetFacts,
): Promise<{ decisionId: string; claimCaseNo: string }> {
  const unfit = (reason: string, field: string) => new DomainError('OFFSET_UNFIT', { reason }, field);
  // The case first: whoever draws its payout holds it.
  await rows(manager, `SELECT 1 FROM cases WHERE case_no = $1 AND agency_id = $2 FOR UPDATE`, [caseNo, agencyId]);
  const [claim] = await rows<{ personId: string; caseNo: string; openFen: number }>(
    manager,
    `SELECT person_id AS "personId", case_no AS "caseNo", recovery_open(recovery_no) AS "openFen" FROM recovery
     WHERE recovery_no = $1 AND agency_id = $2`,
    [recoveryNo, agencyId],
  );
  if (!claim) throw new DomainError('RECOVERY_NOT_FOUND');
  const [payout] = await rows<{ personId: string | null; decisionId: string | null; dueFen: number; isDrawn: boolean }>(
    manager,
    `SELECT c.person_id AS "personId", d.id AS "decisionId", d.payable_fen - offset_of(d.id) AS "dueFen",
       EXISTS (SELECT 1 FROM payout_order o WHERE o.decision_id = d.id AND o.state NOT IN ('failed', 'returned', 'void')) AS "isDrawn"
     FROM cases c LEFT JOIN decision d ON d.case_no = c.case_no AND d.voided_at IS NULL AND d.outcome = 'approved' AND d.payable_fen > 0
       AND d.id = coalesce($3, d.id)
     WHERE c.case_no = $1 AND c.agency_id = $2 ORDER BY "isDrawn", d.round DESC LIMIT 1`,
    [caseNo, agencyId, shownId ?? null],
  );
  if (!payout) throw unfit('本机构没有这件办件', 'caseNo');
  const { personId, decisionId, dueFen, isDrawn } = payout;
  if (personId !== claim.personId) throw unfit('办件和追回单不是同一参保人的', 'caseNo');
  if (decisionId === null) {
    throw unfit(shownId ? '办件的决定已变更,请驳回这一项后重新提出' : '办件没有待支付的决定', 'caseNo');
  }
  if (isDrawn) throw unfit('办件的拨付单已经制定', 'caseNo');
  const roomFen = offsetRoom({ dueFen, openFen: claim.openFen });
  if (amountFen > roomFen) throw unfit(`最多可以抵扣 ${yuan(roomFen)}`, 'amountFen');
  return { decisionId, claimCaseNo: claim.caseNo };
}

/**
 * What a person has drawn on the yearly cap is less by what is claimed back (R-AM-02b); the act that decided says of which year. No more is
 * claimed of a decision than it drew, so a cap that falls below nothing (`cap_usage_used`), or that is not there, ends the transaction.
 */
async function giveBackCap(manager: EntityManager, orderNo: string, amountFen: number): Promise<void> {
  const given = await rows(
    manager,
    `UPDATE cap_usage u SET used_fen = u.used_fen - $2
     FROM payout_order o JOIN cases c ON c.case_no = o.case_no JOIN insured_person p ON p.id = c.person_id
       JOIN case_act a ON a.case_no = c.case_no AND a.act IN ('approve', 'supplementPayout') AND a.facts->>'decisionId' = o.decision_id::text
     WHERE o.order_no = $1 AND u.person_id = c.person_id AND u.scheme = p.scheme AND u.year = (a.facts->>'capYear')::int RETURNING u.year`,
    [orderNo, amountFen],
  );
  if (given.length !== 1) throw new Error(`order ${orderNo} was decided under ${given.length} yearly caps`);
}

async function tell(
  manager: EntityManager,
  caseNo: string,
  notice: 'recoveryNotice' | 'offsetNotice' | 'supplementPayNotice',
  id: string,
  facts: { amountFen: number; recoveryNo?: string },
): Promise<void> {
  await addOutbox(manager, { topic: 'notice', caseNo, key: `notice:${notice}:${id}`, payload: { notice, ...facts } });
}

export interface Recovery {
  recoveryNo: string;
  caseNo: string;
  personId: string;
  orderNo: string;
  entryNo: number | null;
  amountFen: number;
  reason: RecoveryReason;
  receivedFen: number;
  offsetFen: number;
  openFen: number;
  at: Date;
}

/** Claims of an agency, the newest first; `onlyOpen`: those of which something is still claimed. */
export function listRecoveries(
  store: DataSource | EntityManager,
  { agencyId, onlyOpen, before, limit }: { agencyId: string; onlyOpen: boolean; before: Date | null; limit: number },
): Promise<Recovery[]> {
  return rows<Recovery>(
    store,
    `SELECT * FROM (SELECT r.recovery_no AS "recoveryNo", r.case_no AS "caseNo", r.person_id AS "personId", r.order_no AS "orderNo",
       r.entry_no AS "entryNo", r.amount_fen AS "amountFen", r.reason, r.at,
       (SELECT coalesce(sum(amount_fen), 0)::bigint FROM recovery_receipt p WHERE p.recovery_no = r.recovery_no) AS "receivedFen",
       (SELECT coalesce(sum(amount_fen), 0)::bigint FROM recovery_offset f WHERE f.recovery_no = r.recovery_no AND f.voided_at IS NULL)
         AS "offsetFen", recovery_open(r.recovery_no) AS "openFen"
     FROM recovery r WHERE r.agency_id = $1 AND ($2::timestamptz IS NULL OR r.at < $2)) found
     WHERE NOT $3::boolean OR "openFen" > 0 ORDER BY at DESC LIMIT $4`,
    [agencyId, before, onlyOpen, limit],
  );
}

import {
  clearingLabels,
  clearingsOf,
  DomainError,
  dutyLabels,
  payoutStateLabels,
  plainMeanings,
  stateAfterClearing,
  type Clearing,
  type ClearingReason,
  type DoubtfulMeaning,
  type Duty,
  type EntryKind,
} from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { sameBytes, type ColumnCipher } from '../column-cipher';
import { rows } from '../data-source';
import { addOutbox } from '../outbox/outbox';
import { lockPayoutOrder, movePayoutOrder, type PayoutOrder } from '../payouts/payout-orders';
import {
  addProposal,
  decideProposal,
  findProposal,
  lockFinance,
  openProposals,
  type FinanceProposal,
  type FinanceWords,
} from './finance-proposals';

/** A line of the statement that stands under 待查. */
export interface DoubtfulEntry {
  entryNo: number;
  kind: EntryKind;
  /** Null of a credit. */
  orderNo: string | null;
  /** The case of that order, where it is one of ours. */
  caseNo: string | null;
  amountFen: number;
  at: Date;
  meaning: DoubtfulMeaning;
  accountDigest: Buffer | null;
  clearing: Clearing | null;
  /** Orders in doubt of the same account and amount that a debit may belong to. */
  fittingOrders: string[];
}

export interface ClearingFacts extends Record<string, unknown> {
  entryNo: number;
  clearing: Clearing;
  /** The order that the entry belongs to. */
  orderNo?: string;
  /** The entry by which the bank took it back. */
  counterEntryNo?: number;
  /** The claim that the money came in for. */
  recoveryNo?: string;
  reason: ClearingReason;
}

const selectEntry = `
SELECT e.entry_no AS "entryNo", e.kind, e.order_no AS "orderNo", o.case_no AS "caseNo", e.amount_fen AS "amountFen", e.at, e.meaning,
  e.account_digest AS "accountDigest", s.clearing,
  CASE WHEN e.kind = 'debit' THEN ARRAY(SELECT f.order_no FROM payout_order f WHERE f.state IN ('sent', 'unknown') AND f.agency_id = a.id
    AND f.amount_fen = e.amount_fen AND f.account_digest = e.account_digest ORDER BY f.order_no) ELSE ARRAY[]::text[] END AS "fittingOrders"
FROM bank_entry e JOIN agency a ON a.fund_account = e.fund_account LEFT JOIN payout_order o ON o.order_no = e.order_no AND o.agency_id = a.id
  LEFT JOIN suspense_clearing s ON s.entry_no = e.entry_no
WHERE a.id = $1 AND e.meaning NOT IN (${plainMeanings.map((meaning) => `'${meaning}'`).join(', ')})`;

/** What nobody has found out yet, the oldest first, with what waits for a second person; and the sum of all of it. */
export async function findSuspense(
  dataSource: DataSource,
  cipher: ColumnCipher,
  agencyId: string,
  page: { after: number; limit: number },
): Promise<{
  entries: (DoubtfulEntry & { proposal: FinanceProposal | null })[];
  total: { count: number; debitFen: number; returnFen: number; creditFen: number };
}> {
  const [entries, totals] = await Promise.all([
    rows<DoubtfulEntry>(
      dataSource,
      `${selectEntry} AND s.entry_no IS NULL AND e.entry_no > $2 ORDER BY e.entry_no LIMIT $3`,
      [agencyId, page.after, page.limit],
    ),
    rows<{ count: number; debitFen: number; returnFen: number; creditFen: number }>(
      dataSource,
      `SELECT count(*)::int AS count, coalesce(sum("amountFen") FILTER (WHERE kind = 'debit'), 0)::bigint AS "debitFen",
         coalesce(sum("amountFen") FILTER (WHERE kind = 'return'), 0)::bigint AS "returnFen",
         coalesce(sum("amountFen") FILTER (WHERE kind = 'credit'), 0)::bigint AS "creditFen"
       FROM (${selectEntry} AND s.entry_no IS NULL) open`,
      [agencyId],
    ),
  ]);
  const proposals = await openProposals(dataSource, cipher, {
    ...{ agencyId, kind: 'clearing' },
    subjects: entries.map(({ entryNo }) => String(entryNo)),
  });
  return {
    entries: entries.map((entry) => ({ ...entry, proposal: proposals.get(String(entry.entryNo)) ?? null })),
    total: totals[0]!,
  };
}

/**
 * One person says what a doubtful entry is. Nothing moves yet.
 * @throws DomainError SUSPENSE_NOT_FOUND, SUSPENSE_CLEARED, CLEARING_NOT_LAWFUL, CLEARING_INCOMPLETE, CLEARING_UNFIT, FINANCE_OWN_CASE,
 * FINANCE_PROPOSAL_OPEN, ACTION_REUSED
 */
export async function proposeClearing(
  manager: EntityManager,
  cipher: ColumnCipher,
  proposal: { id: string; agencyId: string; facts: ClearingFacts; words: FinanceWords; proposedBy: string; at: Date },
): Promise<void> {
  const { agencyId, facts, proposedBy } = proposal;
  await lockFinance(manager, agencyId);
  // A screen that asks again is answered with what was kept, whatever has become of the entry.
  if (!(await findProposal(manager, cipher, { agencyId, id: proposal.id }))) {
    await checkClearing(manager, agencyId, facts, proposedBy, null);
  }
  await addProposal(manager, cipher, { ...proposal, kind: 'clearing', subject: String(facts.entryNo) });
}

/**
 * Another person confirms: the entry leaves 待查, and an order it belongs to is settled by it, 未知 too (M4). No money is moved and nothing
 * is sent. Everything is looked at again, because orders went on meanwhile.
 * @throws DomainError as `proposeClearing`, FINANCE_EARLIER_OWN_CASE, FINANCE_PROPOSAL_NOT_FOUND, _DECIDED, _OWN
 */
export async function confirmClearing(
  manager: EntityManager,
  cipher: ColumnCipher,
  decision: { id: string; agencyId: string; decidedBy: string; at: Date },
): Promise<void> {
  const { id, agencyId, decidedBy, at } = decision;
  await lockFinance(manager, agencyId);
  const proposal = await findProposal(manager, cipher, { agencyId, kind: 'clearing', id });
  if (!proposal) throw new DomainError('FINANCE_PROPOSAL_NOT_FOUND');
  const isNew = await decideProposal(manager, cipher, {
    ...decision,
    kind: 'clearing',
    state: 'confirmed',
    reason: null,
  });
  if (!isNew) return;
  const facts = proposal.facts as ClearingFacts;
  const { entry, counter, order } = await checkClearing(manager, agencyId, facts, decidedBy, proposal);
  if (order) await settleBy(manager, order, entry, at);
  for (const { entryNo } of counter ? [entry, counter] : [entry]) {
    await rows(
      manager,
      `INSERT INTO suspense_clearing (entry_no, proposal_id, clearing, order_no, at) VALUES ($1, $2, $3, $4, $5)`,
      [entryNo, id, facts.clearing, facts.orderNo ?? null, at],
    );
  }
}

/** @throws DomainError FINANCE_PROPOSAL_NOT_FOUND, FINANCE_PROPOSAL_DECIDED, FINANCE_PROPOSAL_OWN */
export async function refuseClearing(
  manager: EntityManager,
  cipher: ColumnCipher,
  decision: { id: string; agencyId: string; decidedBy: string; reason: string; at: Date },
): Promise<void> {
  await lockFinance(manager, decision.agencyId);
  await decideProposal(manager, cipher, { ...decision, kind: 'clearing', state: 'refused' });
}

interface Checked {
  entry: DoubtfulEntry;
  counter: DoubtfulEntry | null;
  order: PayoutOrder | null;
}

async function checkClearing(
  manager: EntityManager,
  agencyId: string,
  facts: ClearingFacts,
  personId: string,
  proposal: FinanceProposal | null,
): Promise<Checked> {
  const { clearing, orderNo, counterEntryNo } = facts;
  if ((clearing === 'belongsToOrder') !== (orderNo !== undefined)) {
    throw new DomainError('CLEARING_INCOMPLETE', { clearing: clearingLabels[clearing] }, 'orderNo');
  }
  if ((clearing === 'reversed') !== (counterEntryNo !== undefined)) {
    throw new DomainError('CLEARING_INCOMPLETE', { clearing: clearingLabels[clearing] }, 'counterEntryNo');
  }
  if ((clearing === 'recovered') !== (facts.recoveryNo !== undefined)) {
    throw new DomainError('CLEARING_INCOMPLETE', { clearing: clearingLabels[clearing] }, 'recoveryNo');
  }
  // The order first: whoever moves one begins with its row.
  const order = orderNo === undefined ? null : await lockPayoutOrder(manager, orderNo);
  const entry = await getDoubtful(manager, agencyId, facts.entryNo, clearing);
  if (orderNo !== undefined) await checkOrder(manager, agencyId, order, entry, facts);
  const counter = counterEntryNo === undefined ? null : await getDoubtful(manager, agencyId, counterEntryNo, clearing);
  if (counter && ((counter.kind === 'debit') === (entry.kind === 'debit') || counter.amountFen !== entry.amountFen)) {
    const reason = '冲正的流水须与本笔金额相同、方向相反';
    throw new DomainError('CLEARING_UNFIT', { reason }, 'counterEntryNo');
  }
  const claimed =
    facts.recoveryNo === undefined ? null : await checkRecovered(manager, agencyId, facts.recoveryNo, entry);
  const caseNos = [entry.caseNo, counter?.caseNo, order?.caseNo, claimed].filter(
    (caseNo) => typeof caseNo === 'string',
  );
  await refuseOwnCase(manager, caseNos, personId, proposal);
  return { entry, counter, order };
}

/** Money that came in is no more than what is still claimed. Answers the case of the claim. */
async function checkRecovered(
  manager: EntityManager,
  agencyId: string,
  recoveryNo: string,
  entry: DoubtfulEntry,
): Promise<string> {
  const [claim] = await rows<{ caseNo: string; openFen: number }>(
    manager,
    `SELECT case_no AS "caseNo", recovery_open(recovery_no) AS "openFen" FROM recovery WHERE recovery_no = $1 AND agency_id = $2`,
    [recoveryNo, agencyId],
  );
  const unfit = (reason: string) => new DomainError('CLEARING_UNFIT', { reason }, 'recoveryNo');
  if (!claim) throw unfit('本机构没有这张追回单');
  if (entry.amountFen > claim.openFen) throw unfit('流水金额大于这张追回单尚未追回的金额');
  return claim.caseNo;
}

/**
 * SD-01: neither the person who acts has a duty in one of the cases, nor, of a proposal, those who spoke before; they may have taken one since.
 * @param mayHold a duty that is none against it
 * @throws DomainError FINANCE_OWN_CASE, FINANCE_EARLIER_OWN_CASE
 */
export async function refuseOwnCase(
  manager: EntityManager,
  caseNos: readonly string[],
  personId: string,
  proposal: Pick<FinanceProposal, 'proposedBy' | 'checkedBy'> | null,
  mayHold?: Duty,
): Promise<void> {
  const [held] = await rows<{ caseNo: string; duty: Duty; holderId: string }>(
    manager,
    `SELECT case_no AS "caseNo", duty, person_id AS "holderId" FROM case_duty
     WHERE case_no = ANY($1) AND person_id IN ($2, $3, $4) AND duty IS DISTINCT FROM $5 ORDER BY person_id = $2 DESC LIMIT 1`,
    [caseNos, personId, proposal?.proposedBy ?? null, proposal?.checkedBy ?? null, mayHold ?? null],
  );
  if (!held) return;
  const facts = { caseNo: held.caseNo, duty: dutyLabels[held.duty] };
  if (held.holderId === personId) throw new DomainError('FINANCE_OWN_CASE', { who: '您', ...facts });
  const step = held.holderId === proposal?.proposedBy ? '提出人' : '复核人';
  throw new DomainError('FINANCE_EARLIER_OWN_CASE', { step, ...facts });
}

async function getDoubtful(
  manager: EntityManager,
  agencyId: string,
  entryNo: number,
  clearing: Clearing,
): Promise<DoubtfulEntry> {
  const [entry] = await rows<DoubtfulEntry>(manager, `${selectEntry} AND e.entry_no = $2`, [agencyId, entryNo]);
  if (!entry) throw new DomainError('SUSPENSE_NOT_FOUND', { entryNo });
  if (entry.clearing) throw new DomainError('SUSPENSE_CLEARED', { entryNo, clearing: clearingLabels[entry.clearing] });
  const lawful = clearingsOf(entry.meaning, entry.kind);
  if (!lawful.includes(clearing)) {
    const allowed = lawful.map((one) => clearingLabels[one]).join('、');
    throw new DomainError('CLEARING_NOT_LAWFUL', { clearing: clearingLabels[clearing], allowed }, 'clearing');
  }
  return entry;
}

async function confirmedBy(manager: EntityManager, orderNo: string): Promise<{ debit: boolean; return: boolean }> {
  const [row] = await rows<{ debit: boolean; return: boolean }>(
    manager,
    `SELECT debit_entry_no IS NOT NULL AS debit, return_entry_no IS NOT NULL AS return FROM payout_order WHERE order_no = $1`,
    [orderNo],
  );
  return row!;
}

/** By amount and account and state; another account only where the bank says that its statement names the wrong one. */
async function checkOrder(
  manager: EntityManager,
  agencyId: string,
  order: PayoutOrder | null,
  entry: DoubtfulEntry,
  { reason }: ClearingFacts,
): Promise<void> {
  const unfit = (text: string) => new DomainError('CLEARING_UNFIT', { reason: text }, 'orderNo');
  if (order?.agencyId !== agencyId) throw unfit('本机构没有这张拨付单');
  if (order.amountFen !== entry.amountFen) throw unfit('流水金额与这张拨付单不同,须由银行冲正后重新记账');
  if (!(entry.accountDigest && sameBytes(order.accountDigest, entry.accountDigest)) && reason !== 'CL-02') {
    throw unfit('流水的收款账户与这张拨付单不同,只有银行书面更正账户的才属于它(CL-02)');
  }
  const told = await confirmedBy(manager, order.orderNo);
  const { state } = order;
  if (!stateAfterClearing({ state, hasDebit: told.debit, hasReturn: told.return }, entry.kind)) {
    const isTold = entry.kind === 'debit' ? told.debit : told.return;
    throw unfit(isTold ? '这张拨付单已有同类流水' : `这张拨付单的状态是“${payoutStateLabels[state]}”,不应有此笔流水`);
  }
}

async function settleBy(manager: EntityManager, order: PayoutOrder, entry: DoubtfulEntry, at: Date): Promise<void> {
  const { orderNo, caseNo, state } = order;
  const to = entry.kind === 'return' ? 'returned' : state === 'returned' ? state : 'paid';
  if (to !== state) {
    // Paid when the bank booked it; come back when two persons knew: the books took the money in then.
    await movePayoutOrder(manager, orderNo, {
      ...{ from: [state], to, at: to === 'paid' ? entry.at : at },
      bankReason: to === 'returned' ? 'other' : undefined,
    });
    const [act, actionId] =
      to === 'paid' ? ['settlePayout', `settle:${orderNo}`] : ['returnPayout', `return:${orderNo}`];
    await addOutbox(manager, { topic: 'wakeCase', caseNo, key: actionId, payload: { act, actionId } });
  }
  const column = entry.kind === 'debit' ? 'debit_entry_no' : 'return_entry_no';
  await rows(manager, `UPDATE payout_order SET ${column} = $2 WHERE order_no = $1`, [orderNo, entry.entryNo]);
}

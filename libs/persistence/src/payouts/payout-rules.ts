import {
  DomainError,
  firstDayOf,
  isWorkingDay,
  payoutRuleLabels,
  shanghaiDate,
  stageLabels,
  type PayoutRule,
  type PayoutRuleKind,
  type SettingRule,
  type Stage,
} from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import {
  addProposal,
  decideProposal,
  findProposal,
  listProposals,
  lockFinance,
  type FinanceProposal,
  type FinanceWords,
} from '../books/finance-proposals';
import { currentCalendar } from '../calendars/calendar-store';
import type { ColumnCipher } from '../column-cipher';
import { rows } from '../data-source';

/** Whether the bank of an agency works on a day: the agency's working days, and where two persons said that the bank differs. */
export async function bankDaysOf(
  store: DataSource | EntityManager,
  place: { agencyId: string; regionCode: string },
): Promise<(date: string) => boolean> {
  const [calendar, found] = await Promise.all([
    currentCalendar(store, place),
    rows<{ day: string; open: boolean }>(
      store,
      `SELECT DISTINCT ON (day) day, open FROM bank_day WHERE agency_id = $1 ORDER BY day, id DESC`,
      [place.agencyId],
    ),
  ]);
  const differs = new Map(found.map(({ day, open }) => [day, open]));
  return (date) => differs.get(date) ?? isWorkingDay(calendar, date);
}

/** How the agency pays in batches on a day; null: order by order. */
export async function payoutSettingOf(
  store: DataSource | EntityManager,
  agencyId: string,
  day: string,
): Promise<SettingRule | null> {
  const [row] = await rows<SettingRule>(
    store,
    `SELECT effective_from AS "effectiveFrom", channel, to_char(gather_at, 'HH24:MI') AS "gatherAt", to_char(cut_off, 'HH24:MI') AS "cutOff",
       part_size AS "partSize" FROM payout_setting_of($1, $2) WHERE agency_id IS NOT NULL`,
    [agencyId, day],
  );
  return row ?? null;
}

/** What was released of a 支出户 on a day, in all and by whoever released. */
export async function releasedOn(
  store: DataSource | EntityManager,
  fundAccount: string,
  day: string,
): Promise<{ fundFen: number; releasers: { personId: string; name: string; usedFen: number }[] }> {
  const used = await rows<{ personId: string; name: string | null; usedFen: number }>(
    store,
    `SELECT u.subject AS "personId", s.display_name AS name, u.used_fen AS "usedFen" FROM release_usage u
       LEFT JOIN staff_account s ON s.id::text = u.subject
     WHERE u.fund_account = $1 AND u.day = $2 AND u.kind IN ('fund', 'releaser') ORDER BY u.subject`,
    [fundAccount, day],
  );
  return {
    fundFen: used.find(({ personId }) => personId === '')?.usedFen ?? 0,
    releasers: used.flatMap(({ name, ...one }) => (one.personId === '' ? [] : [{ ...one, name: name ?? '' }])),
  };
}

/** Days on which the bank will differ from the calendar. */
export function comingBankDays(
  store: DataSource | EntityManager,
  agencyId: string,
  from: string,
): Promise<{ day: string; open: boolean }[]> {
  return rows(
    store,
    `SELECT DISTINCT ON (day) day, open FROM bank_day WHERE agency_id = $1 AND day >= $2 ORDER BY day, id DESC`,
    [agencyId, from],
  );
}

export type PayoutRuleProposal = FinanceProposal & { kind: PayoutRuleKind };

/** Everything that was ever proposed, the newest first. */
export function listPayoutRules(
  store: DataSource | EntityManager,
  cipher: ColumnCipher,
  about: { agencyId: string; kinds: readonly PayoutRuleKind[]; before: Date | null; limit: number },
): Promise<FinanceProposal[]> {
  return listProposals(store, cipher, about);
}

/**
 * One person proposes a rule, with its document. Nothing changes yet.
 * @throws DomainError PAYOUT_RULE_PAST, PAYOUT_RULE_OWN_WORK, FINANCE_PROPOSAL_OPEN, ACTION_REUSED
 */
export async function proposePayoutRule(
  manager: EntityManager,
  cipher: ColumnCipher,
  proposal: { id: string; agencyId: string; rule: PayoutRule; words: FinanceWords; proposedBy: string; at: Date },
): Promise<void> {
  const { id, agencyId, rule, words, proposedBy, at } = proposal;
  const { kind, ...facts } = rule;
  await lockFinance(manager, agencyId);
  // A screen that asks again is answered with what was kept.
  if (!(await findProposal(manager, cipher, { agencyId, id }))) {
    demandAhead(rule, at);
    await demandNoOwnWork(manager, agencyId, proposedBy, 'PAYOUT_RULE_OWN_WORK');
  }
  await addProposal(manager, cipher, {
    ...{ id, agencyId, kind, subject: firstDayOf(rule), facts, words, proposedBy, at },
  });
}

/**
 * Another person confirms; the row of the rule is written by the confirmation itself (`put_payout_rule`). The proposer may have taken work
 * since, and is asked for again.
 * @throws DomainError PAYOUT_RULE_PAST, PAYOUT_RULE_OWN_WORK, PAYOUT_RULE_PROPOSER_WORK, FINANCE_PROPOSAL_NOT_FOUND, FINANCE_PROPOSAL_DECIDED,
 * FINANCE_PROPOSAL_OWN
 */
export async function confirmPayoutRule(
  manager: EntityManager,
  cipher: ColumnCipher,
  decision: { id: string; agencyId: string; decidedBy: string; at: Date },
): Promise<void> {
  const { id, agencyId, decidedBy, at } = decision;
  await lockFinance(manager, agencyId);
  const { kind, facts, proposedBy } = await getRule(manager, cipher, agencyId, id);
  const isNew = await decideProposal(manager, cipher, { ...decision, kind, state: 'confirmed', reason: null });
  if (!isNew) return;
  demandAhead({ kind, ...facts } as PayoutRule, at);
  await demandNoOwnWork(manager, agencyId, decidedBy, 'PAYOUT_RULE_OWN_WORK');
  await demandNoOwnWork(manager, agencyId, proposedBy, 'PAYOUT_RULE_PROPOSER_WORK');
}

/** @throws DomainError FINANCE_PROPOSAL_NOT_FOUND, FINANCE_PROPOSAL_DECIDED, FINANCE_PROPOSAL_OWN */
export async function refusePayoutRule(
  manager: EntityManager,
  cipher: ColumnCipher,
  decision: { id: string; agencyId: string; decidedBy: string; reason: string; at: Date },
): Promise<void> {
  await lockFinance(manager, decision.agencyId);
  const { kind } = await getRule(manager, cipher, decision.agencyId, decision.id);
  await decideProposal(manager, cipher, { ...decision, kind, state: 'refused' });
}

/** @throws DomainError FINANCE_PROPOSAL_NOT_FOUND, of another kind too */
export async function getRule(
  store: DataSource | EntityManager,
  cipher: ColumnCipher,
  agencyId: string,
  id: string,
): Promise<PayoutRuleProposal> {
  const found = await findProposal(store, cipher, { agencyId, id });
  if (!found || !isRule(found)) throw new DomainError('FINANCE_PROPOSAL_NOT_FOUND');
  return found;
}

const isRule = (found: FinanceProposal): found is PayoutRuleProposal => found.kind in payoutRuleLabels;

function demandAhead(rule: PayoutRule, at: Date): void {
  const date = firstDayOf(rule);
  if (date < shanghaiDate(at.getTime())) {
    throw new DomainError('PAYOUT_RULE_PAST', { rule: payoutRuleLabels[rule.kind], date });
  }
}

/** SD-06: nobody whose own open work is bound by it, a batch that he has a hand in or a payout that he holds. */
async function demandNoOwnWork(
  manager: EntityManager,
  agencyId: string,
  personId: string,
  code: 'PAYOUT_RULE_OWN_WORK' | 'PAYOUT_RULE_PROPOSER_WORK',
): Promise<void> {
  const [own] = await rows<{ batch: string | null; caseNo: string | null; stage: Stage | null }>(
    manager,
    `SELECT batch_no AS batch, NULL AS "caseNo", NULL AS stage FROM payout_batch
     WHERE agency_id = $1 AND state NOT IN ('settled', 'void') AND state <> 'released'
       AND $2::uuid IN (made_by, reviewed_by, released_by, reserve_approved_by)
     UNION ALL SELECT NULL, case_no, stage FROM task
     WHERE agency_id = $1 AND holder_id = $2::uuid AND state = 'open' AND stage IN ('preparePayout', 'financeReview', 'financeApproval') LIMIT 1`,
    [agencyId, personId],
  );
  if (!own) return;
  const what = own.batch ? `批次 ${own.batch}` : `办件 ${own.caseNo}的${stageLabels[own.stage!]}`;
  throw new DomainError(code, { what });
}

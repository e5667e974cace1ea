import {
  DomainError,
  movementKinds,
  movementLabels,
  payoutRuleLabels,
  type MovementKind,
  type PayoutRuleKind,
} from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { canonical, chainRoot } from '../cases/chain';
import { sameBytes, type ColumnCipher } from '../column-cipher';
import { rows } from '../data-source';

export type FinanceProposalKind = 'clearing' | 'monthClose' | 'bankFile' | 'usePlan' | PayoutRuleKind | MovementKind;
export type FinanceProposalState = 'proposed' | 'confirmed' | 'refused';

/** What is written down and may name people; kept sealed. */
export interface FinanceWords {
  text: string;
  document: { number: string; text: string };
}

export interface FinanceProposal {
  id: string;
  agencyId: string;
  kind: FinanceProposalKind;
  subject: string;
  /** Codes, numbers and 分 only. */
  facts: Record<string, unknown>;
  words: FinanceWords;
  proposedBy: string;
  proposedByName: string;
  proposedAt: Date;
  /** The person between the two, where the kind takes three. */
  checkedBy: string | null;
  checkedByName: string | null;
  checkedAt: Date | null;
  state: FinanceProposalState;
  decidedBy: string | null;
  decidedByName: string | null;
  decidedAt: Date | null;
  /** Why it was refused. */
  decision: string | null;
}

export interface FinanceProposalEntry {
  /** Made by the screen; the second arrival of one is answered with the first. */
  id: string;
  agencyId: string;
  kind: FinanceProposalKind;
  subject: string;
  facts: Record<string, unknown>;
  words: FinanceWords;
  proposedBy: string;
  at: Date;
}

const wordsContext = 'finance_proposal.words_enc';
const decisionContext = 'finance_proposal.decision_enc';

/** One act of an agency's finance at a time: its chain is one. To be taken before any row. */
export function lockFinance(manager: EntityManager, agencyId: string): Promise<unknown> {
  return manager.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [`finance ${agencyId}`]);
}

/**
 * Keeps what one person proposes; nothing follows from it yet. The caller holds `lockFinance`.
 * @throws DomainError ACTION_REUSED, FINANCE_PROPOSAL_OPEN
 */
export async function addProposal(
  manager: EntityManager,
  cipher: ColumnCipher,
  entry: FinanceProposalEntry,
): Promise<void> {
  const { id, agencyId, kind, subject, facts, words, proposedBy, at } = entry;
  const known = await findProposal(manager, cipher, { agencyId, id });
  if (known) {
    const told = (one: Pick<FinanceProposal, 'kind' | 'facts' | 'words' | 'proposedBy'>) =>
      canonical([one.kind, one.facts, one.words, one.proposedBy]);
    if (told(known) !== told(entry)) throw new DomainError('ACTION_REUSED', { actionId: id });
    return;
  }
  const added = await rows(
    manager,
    `INSERT INTO finance_proposal (id, agency_id, kind, subject, facts, words_enc, proposed_by, proposed_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING id`,
    [id, agencyId, kind, subject, facts, cipher.encryptJson(wordsContext, words), proposedBy, at],
  );
  if (added.length === 0) {
    // The number may be another agency's, which is nobody's business here.
    const [taken] = await rows(manager, `SELECT 1 FROM finance_proposal WHERE id = $1`, [id]);
    throw taken ? new DomainError('ACTION_REUSED', { actionId: id }) : new DomainError('FINANCE_PROPOSAL_OPEN');
  }
  const signed = { kind, subject, ...facts, words: digestOf(cipher, words) };
  await addAct(manager, cipher, { agencyId, act: 'propose', proposalId: id, actorId: proposedBy, facts: signed, at });
}

const takesThree = (kind: FinanceProposalKind): boolean => (movementKinds as readonly string[]).includes(kind);

/**
 * The word of the person between the two, of a kind that takes three. The caller holds `lockFinance`. False: the same person said it before.
 * @throws DomainError FINANCE_PROPOSAL_NOT_FOUND, FINANCE_PROPOSAL_DECIDED, FINANCE_PROPOSAL_OWN
 */
export async function checkProposal(
  manager: EntityManager,
  cipher: ColumnCipher,
  check: { id: string; agencyId: string; kind: MovementKind; checkedBy: string; at: Date },
): Promise<boolean> {
  const { id, agencyId, kind, checkedBy, at } = check;
  const found = await findProposal(manager, cipher, { agencyId, kind, id });
  if (!found) throw new DomainError('FINANCE_PROPOSAL_NOT_FOUND');
  if (found.proposedBy === checkedBy) throw new DomainError('FINANCE_PROPOSAL_OWN');
  if (found.checkedBy === checkedBy) return false;
  if (found.checkedBy !== null) throw new DomainError('FINANCE_PROPOSAL_DECIDED', { state: '复核' });
  demandOpen(found);
  await rows(manager, `UPDATE finance_proposal SET checked_by = $2, checked_at = $3 WHERE id = $1`, [
    id,
    checkedBy,
    at,
  ]);
  await addAct(manager, cipher, { agencyId, act: 'check', proposalId: id, actorId: checkedBy, facts: {}, at });
  return true;
}

function demandOpen({ state }: FinanceProposal): void {
  if (state === 'proposed') return;
  throw new DomainError('FINANCE_PROPOSAL_DECIDED', { state: state === 'confirmed' ? '确认' : '驳回' });
}

/**
 * The last person's word, the second's or the third's. The caller holds `lockFinance`. False: the same person said the same before.
 * @throws DomainError FINANCE_PROPOSAL_NOT_FOUND, FINANCE_PROPOSAL_DECIDED, FINANCE_PROPOSAL_OWN, FINANCE_PROPOSAL_UNCHECKED
 */
export async function decideProposal(
  manager: EntityManager,
  cipher: ColumnCipher,
  decision: {
    id: string;
    agencyId: string;
    kind: FinanceProposalKind;
    state: 'confirmed' | 'refused';
    decidedBy: string;
    reason: string | null;
    at: Date;
  },
): Promise<boolean> {
  const { id, agencyId, kind, state, decidedBy, reason, at } = decision;
  const found = await findProposal(manager, cipher, { agencyId, kind, id });
  if (!found) throw new DomainError('FINANCE_PROPOSAL_NOT_FOUND');
  if (found.proposedBy === decidedBy) throw new DomainError('FINANCE_PROPOSAL_OWN');
  if (found.state === state && found.decidedBy === decidedBy) return false;
  demandOpen(found);
  if (found.checkedBy === decidedBy) throw new DomainError('FINANCE_PROPOSAL_OWN');
  if (state === 'confirmed' && takesThree(kind) && found.checkedBy === null) {
    throw new DomainError('FINANCE_PROPOSAL_UNCHECKED');
  }
  await rows(
    manager,
    `UPDATE finance_proposal SET state = $2, decided_by = $3, decided_at = $4, decision_enc = $5 WHERE id = $1 AND state = 'proposed'`,
    [id, state, decidedBy, at, reason === null ? null : cipher.encryptJson(decisionContext, reason)],
  );
  await addAct(manager, cipher, {
    ...{ agencyId, proposalId: id, actorId: decidedBy, at },
    act: state === 'confirmed' ? 'confirm' : 'refuse',
    facts: reason === null ? {} : { reason: digestOf(cipher, reason) },
  });
  return true;
}

const selectProposal = `
SELECT p.id, p.agency_id AS "agencyId", p.kind, p.subject, p.facts, p.words_enc AS "wordsEnc", p.proposed_by AS "proposedBy",
  a.display_name AS "proposedByName", p.proposed_at AS "proposedAt",
  p.checked_by AS "checkedBy", k.display_name AS "checkedByName", p.checked_at AS "checkedAt", p.state, p.decided_by AS "decidedBy", d.display_name AS "decidedByName",
  p.decided_at AS "decidedAt", p.decision_enc AS "decisionEnc"
FROM finance_proposal p JOIN staff_account a ON a.id = p.proposed_by LEFT JOIN staff_account d ON d.id = p.decided_by
  LEFT JOIN staff_account k ON k.id = p.checked_by`;

type ProposalRow = Omit<FinanceProposal, 'words' | 'decision'> & { wordsEnc: Buffer; decisionEnc: Buffer | null };

const opened = (cipher: ColumnCipher, { wordsEnc, decisionEnc, ...row }: ProposalRow): FinanceProposal => ({
  ...row,
  words: cipher.decryptJson<FinanceWords>(wordsContext, wordsEnc),
  decision: decisionEnc && cipher.decryptJson<string>(decisionContext, decisionEnc),
});

/** Null where an agency has none of the kind asked for under this id. */
export async function findProposal(
  store: DataSource | EntityManager,
  cipher: ColumnCipher,
  { agencyId, kind, id }: { agencyId: string; kind?: FinanceProposalKind; id: string },
): Promise<FinanceProposal | null> {
  const [row] = await rows<ProposalRow>(
    store,
    `${selectProposal} WHERE p.id = $1 AND p.agency_id = $2 AND p.kind = coalesce($3, p.kind)`,
    [id, agencyId, kind ?? null],
  );
  return row ? opened(cipher, row) : null;
}

/** What waits for a second person, by subject. */
export async function openProposals(
  store: DataSource | EntityManager,
  cipher: ColumnCipher,
  of: { agencyId: string; kind: FinanceProposalKind; subjects: readonly string[] },
): Promise<Map<string, FinanceProposal>> {
  const found = await rows<ProposalRow>(
    store,
    `${selectProposal} WHERE p.agency_id = $1 AND p.kind = $2 AND p.subject = ANY($3) AND p.state = 'proposed'`,
    [of.agencyId, of.kind, of.subjects],
  );
  return new Map(found.map((row) => [row.subject, opened(cipher, row)]));
}

/** What was ever proposed of some kinds, the newest first; of those before an instant, for the next page. */
export async function listProposals(
  store: DataSource | EntityManager,
  cipher: ColumnCipher,
  of: { agencyId: string; kinds: readonly FinanceProposalKind[]; before: Date | null; limit: number },
): Promise<FinanceProposal[]> {
  const found = await rows<ProposalRow>(
    store,
    `${selectProposal} WHERE p.agency_id = $1 AND p.kind = ANY($2) AND ($3::timestamptz IS NULL OR p.proposed_at < $3)
     ORDER BY p.proposed_at DESC, p.id LIMIT $4`,
    [of.agencyId, of.kinds, of.before, of.limit],
  );
  return found.map((row) => opened(cipher, row));
}

interface FinanceAct {
  agencyId: string;
  seq: number;
  act: 'propose' | 'check' | 'confirm' | 'refuse';
  proposalId: string;
  actorId: string;
  facts: Record<string, unknown>;
  at: Date;
}

const digestOf = (cipher: ColumnCipher, words: unknown) =>
  cipher.hash('finance_act.words', canonical(words)).toString('hex');

const linkOf = (cipher: ColumnCipher, before: Buffer, act: FinanceAct) =>
  cipher.chain(
    before,
    canonical([act.agencyId, act.seq, act.act, act.proposalId, act.actorId, act.facts, act.at.toISOString()]),
  );

async function addAct(manager: EntityManager, cipher: ColumnCipher, act: Omit<FinanceAct, 'seq'>): Promise<void> {
  const [last] = await rows<{ seq: number; hash: Buffer }>(
    manager,
    `SELECT seq, hash FROM finance_act WHERE agency_id = $1 ORDER BY seq DESC LIMIT 1`,
    [act.agencyId],
  );
  const numbered = { ...act, seq: (last?.seq ?? 0) + 1 };
  const before = last?.hash ?? chainRoot;
  await rows(
    manager,
    `INSERT INTO finance_act (agency_id, seq, act, proposal_id, actor_id, facts, at, prev_hash, hash)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      ...[numbered.agencyId, numbered.seq, numbered.act, numbered.proposalId, numbered.actorId, numbered.facts],
      ...[numbered.at, before, linkOf(cipher, before, numbered)],
    ],
  );
}

export interface FinanceActFault {
  agencyId: string;
  seq: number | null;
  /** A Chinese sentence. */
  message: string;
}

/** Walks the chain of every agency's finance and compares it with what was proposed and decided. */
export async function walkFinanceActs(
  manager: EntityManager,
  cipher: ColumnCipher,
): Promise<{ acts: number; faults: FinanceActFault[] }> {
  const acts = await rows<FinanceAct & { prevHash: Buffer; hash: Buffer }>(
    manager,
    `SELECT agency_id AS "agencyId", seq, act, proposal_id AS "proposalId", actor_id AS "actorId", facts, at, prev_hash AS "prevHash", hash
     FROM finance_act ORDER BY agency_id, seq`,
  );
  const faults: FinanceActFault[] = [];
  const told = new Map<string, Map<FinanceAct['act'], FinanceAct>>();
  let before: { agencyId: string; seq: number; hash: Buffer } | null = null;
  for (const act of acts) {
    const { agencyId, seq } = act;
    const isFirst: boolean = before?.agencyId !== agencyId;
    if (seq !== (isFirst ? 1 : before!.seq + 1)) {
      faults.push({ agencyId, seq, message: `财务第 ${seq} 步之前的记录缺失` });
    } else if (!sameBytes(act.prevHash, isFirst ? chainRoot : before!.hash)) {
      faults.push({ agencyId, seq, message: `财务第 ${seq} 步没有接在前一步之后` });
    }
    if (!sameBytes(act.hash, linkOf(cipher, act.prevHash, act))) {
      faults.push({ agencyId, seq, message: `财务第 ${seq} 步的内容与签名不符` });
    }
    told.set(act.proposalId, (told.get(act.proposalId) ?? new Map<FinanceAct['act'], FinanceAct>()).set(act.act, act));
    before = act;
  }
  const proposals = await rows<ProposalRow & { isFollowed: boolean }>(
    manager,
    selectProposal.replace(
      'SELECT ',
      `SELECT (p.state = 'confirmed') = CASE p.kind
         WHEN 'clearing' THEN EXISTS (SELECT 1 FROM suspense_clearing s WHERE s.proposal_id = p.id)
         WHEN 'usePlan' THEN p.state = 'confirmed' AND EXISTS (SELECT 1 FROM use_plan u WHERE u.proposal_id = p.id AND u.month = p.subject
           AND encode(sha256(convert_to(u.body, 'UTF8')), 'hex') = p.facts->>'digest')
         WHEN 'recovery' THEN EXISTS (SELECT 1 FROM recovery r WHERE r.proposal_id = p.id AND r.agency_id = p.agency_id
           AND r.order_no = p.facts->>'orderNo' AND r.amount_fen = (p.facts->>'amountFen')::bigint)
         WHEN 'offset' THEN EXISTS (SELECT 1 FROM recovery_offset o WHERE o.proposal_id = p.id AND o.recovery_no = p.facts->>'recoveryNo'
           AND o.amount_fen = (p.facts->>'amountFen')::bigint)
         WHEN 'bankFile' THEN EXISTS (SELECT 1 FROM bank_upload u WHERE u.id = p.id AND u.sha256 = p.subject AND u.state IN ('confirmed', 'done', 'ownCase'))
         WHEN 'monthClose' THEN EXISTS (SELECT 1 FROM book_month m WHERE m.proposal_id = p.id AND m.agency_id = p.agency_id
           AND m.month = p.subject AND m.digest = p.facts->>'digest')
         WHEN 'supplement' THEN EXISTS (SELECT 1 FROM decision d WHERE d.proposal_id = p.id AND d.case_no = p.subject
           AND d.payable_fen = (p.facts->>'amountFen')::bigint)
         ELSE EXISTS (SELECT 1 FROM payout_rule_row r WHERE r.proposal_id = p.id AND r.agency_id = p.agency_id AND r.kind = p.kind
           AND r.facts = p.facts) END AS "isFollowed", `,
    ),
  );
  for (const row of proposals) faults.push(...proposalFaults(cipher, row, told.get(row.id) ?? new Map()));
  return { acts: acts.length, faults };
}

const ruleLabel = (kind: PayoutRuleKind) => (subject: string) => `${subject} 起的${payoutRuleLabels[kind]}`;
const subjectLabels: Record<FinanceProposalKind, (subject: string) => string> = {
  clearing: (subject) => `对 ${subject} 的认定`,
  usePlan: (subject) => `${subject} 的用款计划`,
  bankFile: (subject) => `银行文件 ${subject.slice(0, 12)} 的入账`,
  limits: ruleLabel('limits'),
  setting: ruleLabel('setting'),
  bankDays: ruleLabel('bankDays'),
  recovery: (subject) => `对拨付单 ${subject} 的${movementLabels.recovery}`,
  supplement: (subject) => `办件 ${subject} 的${movementLabels.supplement}`,
  offset: (subject) => `办件 ${subject} 的${movementLabels.offset}`,
  monthClose: (subject) => `${subject} 的月末结账`,
};

function proposalFaults(
  cipher: ColumnCipher,
  row: ProposalRow & { isFollowed: boolean },
  told: ReadonlyMap<FinanceAct['act'], FinanceAct>,
): FinanceActFault[] {
  const { agencyId, kind, subject, facts, state, proposedBy, decidedBy, isFollowed } = row;
  const [proposed, decided] = [told.get('propose'), told.get(state === 'refused' ? 'refuse' : 'confirm')];
  const what = subjectLabels[kind](subject);
  const fault = (message: string) => ({ agencyId, seq: proposed?.seq ?? null, message });
  if (!proposed) return [fault(`${what}没有提出记录`)];
  const faults = isFollowed ? [] : [fault(`${what},账上的处理与记录不符`)];
  let read: FinanceProposal;
  try {
    read = opened(cipher, row);
  } catch {
    return [...faults, fault(`${what},密封的说明不能读出`)];
  }
  const proposedAs = { kind, subject, ...facts, words: digestOf(cipher, read.words) };
  if (proposed.actorId !== proposedBy || canonical(proposed.facts) !== canonical(proposedAs)) {
    faults.push(fault(`${what}与提出时不同`));
  }
  const decidedAs = read.decision === null ? {} : { reason: digestOf(cipher, read.decision) };
  if (decided?.actorId !== (decidedBy ?? undefined) || (decided && canonical(decided.facts) !== canonical(decidedAs))) {
    faults.push(fault(`${what},其确认或驳回与记录不符`));
  }
  const checked = told.get('check');
  if (checked?.actorId !== (row.checkedBy ?? undefined)) faults.push(fault(`${what},其复核与记录不符`));
  return faults;
}

import { createHash } from 'node:crypto';
import { DomainError } from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { canonical } from '../cases/chain';
import {
  addProposal,
  decideProposal,
  findProposal,
  listProposals,
  lockFinance,
  type FinanceProposal,
  type FinanceWords,
} from '../books/finance-proposals';
import type { ColumnCipher } from '../column-cipher';
import { rows } from '../data-source';

export interface KeptUsePlan<Body> {
  proposal: FinanceProposal;
  month: string;
  body: Body;
}

/**
 * Keeps a plan as one person drew it up. Nothing goes to 财政 before another confirms it.
 * @throws DomainError USE_PLAN_CONFIRMED, FINANCE_PROPOSAL_OPEN, ACTION_REUSED
 */
export async function addUsePlan<Body extends { month: string; plannedFen: number }>(
  manager: EntityManager,
  cipher: ColumnCipher,
  plan: { id: string; agencyId: string; body: Body; words: FinanceWords; madeBy: string; at: Date },
): Promise<void> {
  const { id, agencyId, body, words, madeBy, at } = plan;
  const { month } = body;
  await lockFinance(manager, agencyId);
  if (await confirmedPlan(manager, agencyId, month)) throw new DomainError('USE_PLAN_CONFIRMED', { month });
  const text = canonical(body);
  const facts = { month, plannedFen: body.plannedFen, digest: createHash('sha256').update(text).digest('hex') };
  await addProposal(manager, cipher, {
    ...{ id, agencyId, kind: 'usePlan', subject: month, facts, words, proposedBy: madeBy, at },
  });
  await rows(
    manager,
    `INSERT INTO use_plan (proposal_id, agency_id, month, body, made_at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (proposal_id) DO NOTHING`,
    [id, agencyId, month, text, at],
  );
}

/** @throws DomainError USE_PLAN_CONFIRMED, FINANCE_PROPOSAL_NOT_FOUND, FINANCE_PROPOSAL_DECIDED, FINANCE_PROPOSAL_OWN */
export async function decideUsePlan(
  manager: EntityManager,
  cipher: ColumnCipher,
  decision: { id: string; agencyId: string; decidedBy: string; at: Date } & (
    { state: 'confirmed' } | { state: 'refused'; reason: string }
  ),
): Promise<void> {
  const { id, agencyId } = decision;
  await lockFinance(manager, agencyId);
  const found = await findProposal(manager, cipher, { agencyId, kind: 'usePlan', id });
  if (!found) throw new DomainError('FINANCE_PROPOSAL_NOT_FOUND');
  const other = await confirmedPlan(manager, agencyId, found.subject);
  if (decision.state === 'confirmed' && other !== null && other !== id) {
    throw new DomainError('USE_PLAN_CONFIRMED', { month: found.subject });
  }
  const reason = decision.state === 'refused' ? decision.reason : null;
  await decideProposal(manager, cipher, { ...decision, kind: 'usePlan', reason });
}

/** Plans of an agency, the newest first. */
export async function listUsePlans<Body>(
  store: DataSource | EntityManager,
  cipher: ColumnCipher,
  about: { agencyId: string; before: Date | null; limit: number },
): Promise<KeptUsePlan<Body>[]> {
  const found = await listProposals(store, cipher, { ...about, kinds: ['usePlan'] });
  const bodies = await bodiesOf<Body>(store, found);
  return found.map((proposal) => ({ proposal, month: proposal.subject, body: bodies.get(proposal.id)! }));
}

/** @throws DomainError FINANCE_PROPOSAL_NOT_FOUND, of another agency too; USE_PLAN_ALTERED where it is not what was drawn up */
export async function getUsePlan<Body>(
  store: DataSource | EntityManager,
  cipher: ColumnCipher,
  agencyId: string,
  id: string,
): Promise<KeptUsePlan<Body>> {
  const proposal = await findProposal(store, cipher, { agencyId, kind: 'usePlan', id });
  if (!proposal) throw new DomainError('FINANCE_PROPOSAL_NOT_FOUND');
  return { proposal, month: proposal.subject, body: (await bodiesOf<Body>(store, [proposal])).get(id)! };
}

async function bodiesOf<Body>(
  store: DataSource | EntityManager,
  proposals: readonly FinanceProposal[],
): Promise<Map<string, Body>> {
  const found = await rows<{ id: string; body: string }>(
    store,
    `SELECT proposal_id AS id, body FROM use_plan WHERE proposal_id = ANY($1)`,
    [proposals.map(({ id }) => id)],
  );
  const texts = new Map(found.map(({ id, body }) => [id, body]));
  return new Map(
    proposals.map(({ id, subject, facts }) => {
      const text = texts.get(id) ?? '';
      if (createHash('sha256').update(text).digest('hex') !== facts['digest']) {
        throw new DomainError('USE_PLAN_ALTERED', { month: subject });
      }
      return [id, JSON.parse(text) as Body];
    }),
  );
}

async function confirmedPlan(manager: EntityManager, agencyId: string, month: string): Promise<string | null> {
  const [row] = await rows<{ id: string }>(
    manager,
    `SELECT id FROM finance_proposal WHERE agency_id = $1 AND kind = 'usePlan' AND subject = $2 AND state = 'confirmed'`,
    [agencyId, month],
  );
  return row?.id ?? null;
}

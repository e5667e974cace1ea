import { closeAfterHours, DomainError, monthSpan, shiftMonth } from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import type { ColumnCipher } from '../column-cipher';
import { rows } from '../data-source';
import { balanceStatement, type BalanceStatement } from './balance-statement';
import { lockStatements } from './bank-statements';
import {
  addProposal,
  decideProposal,
  findProposal,
  lockFinance,
  openProposals,
  type FinanceProposal,
} from './finance-proposals';

const context = 'book_month.statement';

/** How a statement is written down: the same figures give the same text. */
export type WriteStatement = (statement: BalanceStatement) => string;

export interface ClosedBookMonth {
  month: string;
  /** What was written down when it was closed. */
  body: string;
  digest: string;
  closedAt: Date;
  proposal: FinanceProposal;
  /** False: the text is not the one that two persons signed. */
  isIntact: boolean;
}

const digestOf = (cipher: ColumnCipher, body: string): string => cipher.hash('book_month', body).toString('hex');

export async function closedBookMonth(
  store: DataSource | EntityManager,
  cipher: ColumnCipher,
  agencyId: string,
  month: string,
): Promise<ClosedBookMonth | null> {
  const [row] = await rows<{ sealed: Buffer; digest: string; closedAt: Date; proposalId: string }>(
    store,
    `SELECT statement_enc AS sealed, digest, closed_at AS "closedAt", proposal_id AS "proposalId" FROM book_month
     WHERE agency_id = $1 AND month = $2`,
    [agencyId, month],
  );
  if (!row) return null;
  const body = cipher.decryptBytes(context, row.sealed).toString('utf8');
  const proposal = await findProposal(store, cipher, { agencyId, kind: 'monthClose', id: row.proposalId });
  const { digest, closedAt } = row;
  return { month, body, digest, closedAt, proposal: proposal!, isIntact: digestOf(cipher, body) === digest };
}

/** The closing of a month that waits for its second person. */
export async function openMonthClose(
  store: DataSource | EntityManager,
  cipher: ColumnCipher,
  agencyId: string,
  month: string,
): Promise<FinanceProposal | null> {
  const found = await openProposals(store, cipher, { agencyId, kind: 'monthClose', subjects: [month] });
  return found.get(month) ?? null;
}

/**
 * One person proposes to close a month over the figures that stand now; nothing is closed yet. The bank's statement is the document.
 * @throws DomainError MONTH_NOT_OVER, BOOK_MONTH_CLOSED, BOOK_MONTH_ORDER, BOOK_MONTH_OPEN_STATEMENT, BOOK_MONTH_DIFFERS,
 * RECONCILIATION_NO_STATEMENT, FINANCE_PROPOSAL_OPEN, ACTION_REUSED
 */
export async function proposeMonthClose(
  manager: EntityManager,
  cipher: ColumnCipher,
  proposal: { id: string; agencyId: string; month: string; text: string; proposedBy: string; at: Date },
  write: WriteStatement,
): Promise<void> {
  const { id, agencyId, month, text, proposedBy, at } = proposal;
  await lockFinance(manager, agencyId);
  const known = await findProposal(manager, cipher, { agencyId, kind: 'monthClose', id });
  if (known) {
    // A screen that asks again is answered with what was kept, whatever the figures are now.
    if (known.subject === month && known.words.text === text && known.proposedBy === proposedBy) return;
    throw new DomainError('ACTION_REUSED', { actionId: id });
  }
  const { statement, body } = await closable(manager, cipher, { agencyId, month, at }, write);
  const { statementId, sha256 } = statement.statement;
  await addProposal(manager, cipher, {
    ...{ id, agencyId, kind: 'monthClose', subject: month, proposedBy, at },
    facts: {
      digest: digestOf(cipher, body),
      ...{ bankFen: statement.bankFen, journalFen: statement.journalFen, adjustedFen: statement.bankAdjustedFen },
    },
    words: { text, document: { number: statementId, text: `SHA-256 ${sha256}` } },
  });
}

/**
 * Another person closes it, over the same figures to the 分. From then on the month takes no lines.
 * @throws DomainError as `proposeMonthClose`, BOOK_MONTH_CHANGED, FINANCE_PROPOSAL_NOT_FOUND, FINANCE_PROPOSAL_DECIDED, FINANCE_PROPOSAL_OWN
 */
export async function confirmMonthClose(
  manager: EntityManager,
  cipher: ColumnCipher,
  decision: { id: string; agencyId: string; decidedBy: string; at: Date },
  write: WriteStatement,
): Promise<string> {
  const { id, agencyId, at } = decision;
  await lockFinance(manager, agencyId);
  const isNew = await decideProposal(manager, cipher, {
    ...decision,
    ...{ kind: 'monthClose', state: 'confirmed', reason: null },
  });
  const { subject: month, facts } = (await findProposal(manager, cipher, { agencyId, kind: 'monthClose', id }))!;
  if (!isNew) return month;
  const { body } = await closable(manager, cipher, { agencyId, month, at }, write);
  const digest = digestOf(cipher, body);
  if (digest !== facts['digest']) throw new DomainError('BOOK_MONTH_CHANGED', { month });
  await rows(
    manager,
    `INSERT INTO book_month (agency_id, month, statement_enc, digest, proposal_id, closed_at) VALUES ($1, $2, $3, $4, $5, $6)`,
    [agencyId, month, cipher.encryptBytes(context, Buffer.from(body, 'utf8')), digest, id, at],
  );
  return month;
}

/** @throws DomainError FINANCE_PROPOSAL_NOT_FOUND, FINANCE_PROPOSAL_DECIDED, FINANCE_PROPOSAL_OWN */
export async function refuseMonthClose(
  manager: EntityManager,
  cipher: ColumnCipher,
  decision: { id: string; agencyId: string; decidedBy: string; reason: string; at: Date },
): Promise<string> {
  const { agencyId, id } = decision;
  await lockFinance(manager, agencyId);
  await decideProposal(manager, cipher, { ...decision, kind: 'monthClose', state: 'refused' });
  return (await findProposal(manager, cipher, { agencyId, kind: 'monthClose', id }))!.subject;
}

/** The figures of a month that may be closed. Whoever posts waits until the transaction is over. */
async function closable(
  manager: EntityManager,
  cipher: ColumnCipher,
  { agencyId, month, at }: { agencyId: string; month: string; at: Date },
  write: WriteStatement,
): Promise<{ statement: BalanceStatement; body: string }> {
  if (at.getTime() < monthSpan(month).until.getTime() + closeAfterHours * 3_600_000) {
    throw new DomainError('MONTH_NOT_OVER', { month });
  }
  await rows(manager, `SELECT pg_advisory_xact_lock(books_lock($1))`, [agencyId]);
  const [agency] = await rows<{ fundAccount: string; last: string | null }>(
    manager,
    `SELECT fund_account AS "fundAccount", (SELECT max(month) FROM book_month WHERE agency_id = $1) AS last FROM agency WHERE id = $1`,
    [agencyId],
  );
  const { fundAccount, last } = agency!;
  await lockStatements(manager, fundAccount);
  if (last !== null && month <= last) throw new DomainError('BOOK_MONTH_CLOSED', { month });
  if (last !== null && month !== shiftMonth(last, 1)) {
    throw new DomainError('BOOK_MONTH_ORDER', { month, due: shiftMonth(last, 1) });
  }
  const statement = await balanceStatement(manager, cipher, { agencyId, month });
  if (!statement.isComplete) throw new DomainError('BOOK_MONTH_OPEN_STATEMENT', { month });
  const { entries, matched, cleared, exceptions } = statement.parts;
  const isWhole =
    entries.count === matched.count + cleared.count + exceptions.count &&
    entries.fen === matched.fen + cleared.fen + exceptions.fen;
  if (statement.differenceFen !== 0 || statement.unstated.count > 0 || !isWhole) {
    throw new DomainError('BOOK_MONTH_DIFFERS', {
      ...{ month, differenceFen: statement.differenceFen, unstated: statement.unstated.count },
    });
  }
  return { statement, body: write(statement) };
}

/** Closed months whose text is not what was signed. Empty: all are. */
export async function alteredBookMonths(
  manager: EntityManager,
  cipher: ColumnCipher,
): Promise<{ agencyId: string; month: string }[]> {
  const found = await rows<{ agencyId: string; month: string; sealed: Buffer; digest: string }>(
    manager,
    `SELECT agency_id AS "agencyId", month, statement_enc AS sealed, digest FROM book_month ORDER BY agency_id, month`,
  );
  return found.filter(({ sealed, digest }) => {
    try {
      return digestOf(cipher, cipher.decryptBytes(context, sealed).toString('utf8')) !== digest;
    } catch {
      return true;
    }
  });
}

import { DomainError, fen, shanghaiDate, sumFen, type ErrorCode, type Gap, type Stage } from '@banjie/domain';
import type { EntityManager } from 'typeorm';
import { receiveCase } from '../cases/receive-case';
import type { ColumnCipher } from '../column-cipher';
import { rows } from '../data-source';
import { getFiling, type FilingRecord } from './drafts';
import { reserveDocuments } from './expense-documents';
import { checkFiling } from './filing-gaps';

export interface FilingToSubmit {
  filingId: string;
  agencyId: string;
  actorId: string;
  /** Made by the screen, kept across retries. */
  actionId: string;
  at: Date;
}

export interface SubmittedFiling {
  caseNo: string;
  seq: number;
  stage: Stage;
  receivedAt: string;
  receivedOn: string;
  gaps: Gap[];
  warnings: Gap[];
}

/**
 * 收件, in the caller's transaction: the draft becomes the filing of a case, with gaps or without; its papers are taken
 * for the case, and the first act is written. The same `actionId` again gets the first answer.
 * @throws DomainError FILING_NOT_FOUND; ALREADY_SUBMITTED; ACTION_REUSED; INVOICE_IN_USE; or the code of a slip of the
 * pen, with all of them as `facts.faults`. Nothing is written then and the draft stays.
 */
export async function submitFiling(
  manager: EntityManager,
  cipher: ColumnCipher,
  submit: FilingToSubmit,
): Promise<SubmittedFiling> {
  const filing = await getFiling(manager, cipher, submit.filingId, submit.agencyId, 'FOR UPDATE OF f');
  if (filing.state === 'submitted') return repeatedAnswer(manager, cipher, filing, submit);
  const used = await rows(manager, `SELECT 1 FROM case_act WHERE action_id = $1`, [submit.actionId]);
  if (used.length > 0) throw new DomainError('ACTION_REUSED', { actionId: submit.actionId });

  const checked = await checkFiling(manager, cipher, filing, submit.at);
  const faults = checked.gaps.filter((gap) => gap.blocksSubmit);
  const [first] = faults;
  if (first) throw new DomainError(first.code as ErrorCode, { ...first.facts, faults }, first.field);

  const totalFen = sumFen((filing.body.invoices ?? []).map((invoice) => fen(invoice.amountFen ?? 0)));
  const caseNo = await nextCaseNo(manager, filing.agencyId, submit.at);
  const received = await receiveCase(manager, cipher, {
    caseNo,
    agencyId: filing.agencyId,
    regionCode: filing.regionCode,
    matter: filing.matter,
    definitionVersion: checked.definition.version,
    filingId: filing.id,
    personId: checked.personId,
    personIdHash: checked.personIdHash,
    totalFen,
    actionId: submit.actionId,
    actorId: submit.actorId,
    at: submit.at,
  });
  await reserveDocuments(manager, caseNo, filing.agencyId, filing.body);
  const moved = await rows(
    manager,
    `UPDATE filing SET state = 'submitted', case_no = $2, submitted_at = $3, updated_at = now()
     WHERE id = $1 AND state = 'draft' AND version = $4 RETURNING id`,
    [filing.id, caseNo, submit.at, filing.version],
  );
  if (moved.length !== 1) throw new DomainError('DRAFT_CHANGED', { version: filing.version });
  return { caseNo, ...received, gaps: checked.gaps, warnings: checked.warnings };
}

async function repeatedAnswer(
  manager: EntityManager,
  cipher: ColumnCipher,
  filing: FilingRecord,
  submit: FilingToSubmit,
): Promise<SubmittedFiling> {
  const [act] = await rows<{
    actionId: string;
    actorId: string;
    seq: number;
    stage: Stage;
    at: Date;
    receivedOn: string;
  }>(
    manager,
    `SELECT a.action_id AS "actionId", a.actor_id AS "actorId", a.seq, a.stage_to AS stage, a.at, c.received_on AS "receivedOn"
     FROM cases c JOIN case_act a ON a.case_no = c.case_no AND a.seq = 1 WHERE c.case_no = $1`,
    [filing.caseNo],
  );
  if (act?.actionId !== submit.actionId || act.actorId !== submit.actorId) {
    throw new DomainError('ALREADY_SUBMITTED', { caseNo: filing.caseNo });
  }
  const { gaps, warnings } = await checkFiling(manager, cipher, filing, act.at);
  return {
    caseNo: filing.caseNo!,
    seq: act.seq,
    stage: act.stage,
    receivedAt: act.at.toISOString(),
    receivedOn: act.receivedOn,
    gaps,
    warnings,
  };
}

/** agency (6) + day of receipt in Asia/Shanghai (8) + number of the day (6). The counter's row is held until the commit, so no number is lost or given twice. */
async function nextCaseNo(manager: EntityManager, agencyId: string, at: Date): Promise<string> {
  const day = shanghaiDate(at.getTime());
  const [row] = await rows<{ last_number: number }>(
    manager,
    `INSERT INTO case_number (agency_id, day, last_number) VALUES ($1, $2, 1)
     ON CONFLICT (agency_id, day) DO UPDATE SET last_number = case_number.last_number + 1 RETURNING last_number`,
    [agencyId, day],
  );
  const number = row!.last_number;
  if (number > 999_999) throw new Error('the case numbers of the day are used up');
  return `${agencyId}${day.replaceAll('-', '')}${String(number).padStart(6, '0')}`;
}

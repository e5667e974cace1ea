import { randomUUID } from 'node:crypto';
import { DomainError, checkIdNumber, shanghaiDate, type FilingBody } from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import type { ColumnCipher } from '../column-cipher';
import { rows } from '../data-source';
import { personIdHash } from '../registry';

/** `filing.body_enc` opens under this context alone. */
export const filingBodyContext = 'filing.body';

export interface FilingRecord {
  id: string;
  agencyId: string;
  regionCode: string;
  matter: string;
  state: 'draft' | 'submitted';
  version: number;
  createdBy: string;
  caseNo: string | null;
  body: FilingBody;
  createdAt: Date;
  updatedAt: Date;
}

export interface DraftEntry {
  id: string;
  matter: string;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

interface Row {
  id: string;
  agency_id: string;
  region_code: string;
  matter: string;
  state: 'draft' | 'submitted';
  version: number;
  created_by: string;
  case_no: string | null;
  body_enc: Buffer;
  created_at: Date;
  updated_at: Date;
}

export async function createFiling(
  manager: EntityManager | DataSource,
  cipher: ColumnCipher,
  filing: { agencyId: string; matter: string; createdBy: string; body: FilingBody },
): Promise<{ id: string; version: number }> {
  const id = randomUUID();
  await rows(
    manager,
    `INSERT INTO filing (id, agency_id, matter, created_by, body_enc, person_id_hash) VALUES ($1, $2, $3, $4, $5, $6)`,
    [
      id,
      filing.agencyId,
      filing.matter,
      filing.createdBy,
      cipher.encryptJson(filingBodyContext, filing.body),
      hashOfPerson(cipher, filing.body),
    ],
  );
  return { id, version: 1 };
}

/**
 * The filing, if this agency has it; a foreign one does not exist for the asker. `lock` keeps it as it is until the
 * transaction ends; `fresh` shares the lock, so that uploads of one draft do not wait for one another.
 * @throws DomainError FILING_NOT_FOUND
 */
export async function getFiling(
  manager: EntityManager | DataSource,
  cipher: ColumnCipher,
  id: string,
  agencyId: string,
  lock?: 'FOR UPDATE OF f' | 'FOR SHARE OF f',
): Promise<FilingRecord> {
  const [row] = await rows<Row>(
    manager,
    `SELECT f.id, f.agency_id, a.region_code, f.matter, f.state, f.version, f.created_by, f.case_no, f.body_enc, f.created_at,
       f.updated_at
     FROM filing f JOIN agency a ON a.id = f.agency_id WHERE f.id = $1 AND f.agency_id = $2 ${lock ?? ''}`,
    [id, agencyId],
  );
  if (!row) throw new DomainError('FILING_NOT_FOUND');
  return {
    id: row.id,
    agencyId: row.agency_id,
    regionCode: row.region_code,
    matter: row.matter,
    state: row.state,
    version: row.version,
    createdBy: row.created_by,
    caseNo: row.case_no,
    body: cipher.decryptJson<FilingBody>(filingBodyContext, row.body_enc),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** As `getFiling` with a lock, and still a draft. @throws DomainError FILING_NOT_FOUND, ALREADY_SUBMITTED */
export async function getDraft(
  manager: EntityManager,
  cipher: ColumnCipher,
  id: string,
  agencyId: string,
): Promise<FilingRecord> {
  const filing = await getFiling(manager, cipher, id, agencyId, 'FOR UPDATE OF f');
  if (filing.state !== 'draft') throw new DomainError('ALREADY_SUBMITTED', { caseNo: filing.caseNo });
  return filing;
}

/** Drafts of one clerk, newest first. Whom they are about stays inside them. */
export async function findDraftsOf(
  manager: EntityManager | DataSource,
  agencyId: string,
  accountId: string,
  limit = 200,
): Promise<DraftEntry[]> {
  return rows<DraftEntry>(
    manager,
    `SELECT id, matter, version, created_at AS "createdAt", updated_at AS "updatedAt" FROM filing
     WHERE agency_id = $1 AND created_by = $2 AND state = 'draft' ORDER BY updated_at DESC, id LIMIT $3`,
    [agencyId, accountId, limit],
  );
}

/**
 * Writes the body over the version that was read.
 * @throws DomainError FILING_NOT_FOUND, ALREADY_SUBMITTED, DRAFT_CHANGED with the version there is now
 */
export async function saveDraft(
  manager: EntityManager | DataSource,
  cipher: ColumnCipher,
  draft: { id: string; agencyId: string; version: number; body: FilingBody },
): Promise<{ id: string; version: number }> {
  const [saved] = await rows<{ version: number }>(
    manager,
    `UPDATE filing SET body_enc = $4, person_id_hash = $5, version = version + 1, updated_at = now()
     WHERE id = $1 AND agency_id = $2 AND version = $3 AND state = 'draft' RETURNING version`,
    [
      draft.id,
      draft.agencyId,
      draft.version,
      cipher.encryptJson(filingBodyContext, draft.body),
      hashOfPerson(cipher, draft.body),
    ],
  );
  if (saved) return { id: draft.id, version: saved.version };
  const now = await getFiling(manager, cipher, draft.id, draft.agencyId);
  if (now.state !== 'draft') throw new DomainError('ALREADY_SUBMITTED', { caseNo: now.caseNo });
  throw new DomainError('DRAFT_CHANGED', { version: now.version });
}

/** The look-up hash of the applicant, or null while the number is not a sound one. */
export function hashOfPerson(cipher: ColumnCipher, body: FilingBody): Buffer | null {
  const number = body.applicant?.idNumber;
  const checked = number ? checkIdNumber(number, shanghaiDate(Date.now())) : null;
  return checked?.ok ? personIdHash(cipher, checked.value) : null;
}

import { DomainError, dutyLabels, type Duty } from '@banjie/domain';
import { createHash, randomUUID } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import { addProposal, decideProposal, lockFinance } from '../books/finance-proposals';
import type { ColumnCipher } from '../column-cipher';
import { rows } from '../data-source';
import { endBankFile, openBankFile, type BankFileRecord, type BankFileState } from './bank-files';

/** `ownCase`: nothing of it is posted, because who brought or confirmed it has a duty in its cases; others may bring the same bytes. */
export type BankUploadState = 'received' | 'checked' | 'refused' | 'declined' | 'confirmed' | 'done' | 'ownCase';

/** What is wrong with a line, or with the whole where `line` is null; no name and no account. */
export interface UploadFault {
  line: number | null;
  code: string;
  message: string;
  next: string;
  orderNo: string | null;
  amountFen: number | null;
}

/** What was found when the file was read; nothing of it is posted by that. */
export interface UploadReport {
  kind: 'results' | 'statement' | null;
  /** The file's own number, as far as it could be read. */
  messageId: string | null;
  /** Of a result file: the batch that it answers. */
  batchNo: string | null;
  lineCount: number;
  totalFen: number;
  /** Lines without a fault; the first two thousand of them. */
  lines: { orderNo: string | null; outcome: string; amountFen: number }[];
  lineFaults: number;
  faults: UploadFault[];
}

export interface BankUpload {
  id: string;
  agencyId: string;
  sha256: string;
  name: string;
  byteCount: number;
  broughtBy: string;
  broughtByName: string;
  broughtAt: Date;
  state: BankUploadState;
  report: Partial<UploadReport>;
  /** Of results: the payment file that they answer, once that is known. */
  answersFile: number | null;
  decidedBy: string | null;
  decidedByName: string | null;
  decidedAt: Date | null;
  /** Once it stands among the files of the bank: what became of it there. */
  file: { id: number; state: BankFileState; report: { faults?: UploadFault[]; waitsFor?: string } } | null;
}

const nameContext = 'bank_upload.name_enc';
const contentContext = 'bank_upload.content_enc';

const select = `
SELECT u.id, u.agency_id AS "agencyId", u.sha256, u.name_enc AS "nameEnc", u.byte_count AS "byteCount", u.brought_by AS "broughtBy",
  a.display_name AS "broughtByName", u.brought_at AS "broughtAt", u.state, u.report, u.answers_file AS "answersFile",
  p.decided_by AS "decidedBy", d.display_name AS "decidedByName", p.decided_at AS "decidedAt", f.id AS "fileId", f.state AS "fileState", f.report AS "fileReport"
FROM bank_upload u JOIN staff_account a ON a.id = u.brought_by LEFT JOIN finance_proposal p ON p.id = u.id
  LEFT JOIN staff_account d ON d.id = p.decided_by LEFT JOIN bank_file f ON f.id = u.file_id`;

type Row = Omit<BankUpload, 'name' | 'file'> & {
  nameEnc: Buffer;
  fileId: number | null;
  fileState: BankFileState;
  fileReport: { faults?: UploadFault[]; waitsFor?: string };
};

const opened = (cipher: ColumnCipher, { nameEnc, fileId, fileState, fileReport, ...row }: Row): BankUpload => ({
  ...row,
  name: cipher.decryptJson<string>(nameContext, nameEnc),
  file: fileId === null ? null : { id: fileId, state: fileState, report: fileReport },
});

/**
 * Keeps what a person brought, its exact bytes sealed. `isNew` is false for bytes that this agency has brought before, unless they were
 * declined or it was the people who were wrong.
 */
export async function keepUpload(
  store: DataSource | EntityManager,
  cipher: ColumnCipher,
  {
    agencyId,
    name,
    bytes,
    broughtBy,
    at,
  }: { agencyId: string; name: string; bytes: Buffer; broughtBy: string; at: Date },
): Promise<{ sha256: string; isNew: boolean }> {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const added = await rows(
    store,
    `INSERT INTO bank_upload (id, agency_id, sha256, name_enc, content_enc, byte_count, brought_by, brought_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (agency_id, sha256) WHERE state NOT IN ('declined', 'ownCase')
     DO NOTHING RETURNING id`,
    [
      ...[randomUUID(), agencyId, sha256, cipher.encryptJson(nameContext, name)],
      ...[cipher.encryptBytes(contentContext, bytes), bytes.length, broughtBy, at],
    ],
  );
  return { sha256, isNew: added.length === 1 };
}

/** The last time that these bytes were brought. @throws DomainError BANK_UPLOAD_NOT_FOUND, also for what another agency brought */
export async function getUpload(
  store: DataSource | EntityManager,
  cipher: ColumnCipher,
  of: { agencyId: string; sha256: string },
): Promise<BankUpload> {
  const [row] = await rows<Row>(
    store,
    `${select} WHERE u.agency_id = $1 AND u.sha256 = $2 ORDER BY u.state IN ('declined', 'ownCase'), u.brought_at DESC LIMIT 1`,
    [of.agencyId, of.sha256],
  );
  if (!row) throw new DomainError('BANK_UPLOAD_NOT_FOUND');
  return opened(cipher, row);
}

/** The newest first; of those before an instant, for the next page. */
export async function listUploads(
  store: DataSource | EntityManager,
  cipher: ColumnCipher,
  of: { agencyId: string; before: Date | null; limit: number },
): Promise<BankUpload[]> {
  const found = await rows<Row>(
    store,
    `${select} WHERE u.agency_id = $1 AND ($2::timestamptz IS NULL OR u.brought_at < $2) ORDER BY u.brought_at DESC, u.id LIMIT $3`,
    [of.agencyId, of.before, of.limit],
  );
  return found.map((row) => opened(cipher, row));
}

/** The exact bytes. @throws Error when what opens is not what was brought */
export async function openUpload(
  store: DataSource | EntityManager,
  cipher: ColumnCipher,
  { id, file, sha256 }: Pick<BankUpload, 'id' | 'file' | 'sha256'>,
): Promise<Buffer> {
  if (file) return openBankFile(store, cipher, file.id);
  const [row] = await rows<{ sealed: Buffer | null; fileId: number | null }>(
    store,
    `SELECT content_enc AS sealed, file_id AS "fileId" FROM bank_upload WHERE id = $1`,
    [id],
  );
  if (row?.fileId) return openBankFile(store, cipher, row.fileId);
  const bytes = cipher.decryptBytes(contentContext, row!.sealed!);
  if (createHash('sha256').update(bytes).digest('hex') !== sha256)
    throw new Error(`upload ${id} does not open as it came`);
  return bytes;
}

/** What is to be read or posted, the oldest first. */
export async function openUploads(store: DataSource | EntityManager, cipher: ColumnCipher): Promise<BankUpload[]> {
  const found = await rows<Row>(store, `${select} WHERE u.state IN ('received', 'confirmed') ORDER BY u.brought_at`);
  return found.map((row) => opened(cipher, row));
}

/** Lays a file that could be read before a second person, in the name of who brought it. `answersFile`: of results. */
export async function proposeUpload(
  dataSource: DataSource,
  cipher: ColumnCipher,
  upload: BankUpload,
  report: UploadReport,
  answersFile: number | null,
): Promise<void> {
  const { id, agencyId, sha256, name, broughtBy, broughtAt } = upload;
  const { kind, messageId, batchNo, lineCount, totalFen } = report;
  await dataSource.transaction(async (manager) => {
    await lockFinance(manager, agencyId);
    const moved = await rows(
      manager,
      `UPDATE bank_upload SET state = 'checked', report = $2, answers_file = $3 WHERE id = $1 AND state = 'received' RETURNING id`,
      [id, JSON.stringify(report), answersFile],
    );
    if (moved.length === 0) return; // another process was quicker
    await addProposal(manager, cipher, {
      ...({ id, agencyId, kind: 'bankFile', subject: sha256, proposedBy: broughtBy, at: broughtAt } as const),
      facts: { file: kind, batchNo, lineCount, totalFen },
      words: { text: name, document: { number: messageId ?? '', text: sha256 } },
    });
  });
}

/** Nothing of the file can be used, or not by who brought it (`ownCase`); it stays with its report. */
export async function refuseUpload(
  store: DataSource,
  { id }: BankUpload,
  report: UploadReport,
  state: 'refused' | 'ownCase',
): Promise<void> {
  await rows(store, `UPDATE bank_upload SET state = $3, report = $2 WHERE id = $1 AND state = 'received'`, [
    ...[id, JSON.stringify(report), state],
  ]);
}

/**
 * SD-01: results settle orders, so neither who brings nor who confirms them has a duty in the case of any order of the payment file that
 * they answer. `check_bank_upload` asks the same.
 * @param confirmedBy where somebody confirms
 * @throws DomainError FINANCE_OWN_CASE
 */
export async function refuseOwnResults(
  store: DataSource | EntityManager,
  file: { answersFile: number; broughtBy: string; confirmedBy?: string },
): Promise<void> {
  const { answersFile, broughtBy, confirmedBy } = file;
  const [held] = await rows<{ caseNo: string; personId: string; duty: Duty }>(
    store,
    `SELECT case_no AS "caseNo", person_id AS "personId", duty FROM duties_in_payments($1, $2)
     ORDER BY person_id = $3 DESC, case_no LIMIT 1`,
    [answersFile, confirmedBy === undefined ? [broughtBy] : [broughtBy, confirmedBy], confirmedBy ?? broughtBy],
  );
  if (!held) return;
  const who = held.personId === confirmedBy ? '您' : '上传人';
  throw new DomainError('FINANCE_OWN_CASE', { who, caseNo: held.caseNo, duty: dutyLabels[held.duty] });
}

const notOpen: ReadonlySet<BankUploadState> = new Set(['received', 'refused', 'ownCase']);

/**
 * The second person's word. Whether a statement moves orders in cases of either is asked when it is posted: most lines only agree.
 * @throws DomainError BANK_UPLOAD_NOT_FOUND, BANK_UPLOAD_NOT_OPEN, FINANCE_PROPOSAL_OWN, FINANCE_PROPOSAL_DECIDED, FINANCE_OWN_CASE
 */
export async function decideUpload(
  dataSource: DataSource,
  cipher: ColumnCipher,
  decision: {
    agencyId: string;
    sha256: string;
    state: 'confirmed' | 'refused';
    decidedBy: string;
    reason: string | null;
    at: Date;
  },
): Promise<void> {
  const { agencyId, state } = decision;
  await dataSource.transaction(async (manager) => {
    await lockFinance(manager, agencyId);
    const upload = await getUpload(manager, cipher, decision);
    const { id, broughtBy, answersFile } = upload;
    if (broughtBy === decision.decidedBy) throw new DomainError('FINANCE_PROPOSAL_OWN');
    if (notOpen.has(upload.state)) throw new DomainError('BANK_UPLOAD_NOT_OPEN');
    const isNews = await decideProposal(manager, cipher, { ...decision, id, kind: 'bankFile' });
    if (!isNews) return;
    if (state === 'confirmed' && answersFile !== null) {
      await refuseOwnResults(manager, { answersFile, broughtBy, confirmedBy: decision.decidedBy });
    }
    await rows(manager, `UPDATE bank_upload SET state = $2 WHERE id = $1`, [
      id,
      state === 'confirmed' ? 'confirmed' : 'declined',
    ]);
  });
}

/** The bytes stand among the files of the bank from now on, and what came of them with them. */
export async function finishUpload(
  store: DataSource | EntityManager,
  { id }: BankUpload,
  file: Pick<BankFileRecord, 'id'>,
): Promise<void> {
  await rows(
    store,
    `UPDATE bank_upload SET state = 'done', file_id = $2, content_enc = NULL WHERE id = $1 AND state = 'confirmed'`,
    [id, file.id],
  );
}

/**
 * Ends a file that was brought by people with a duty in its cases, before anything of it is posted, and the upload with it. False when
 * another process was quicker.
 */
export async function turnBackFile(
  dataSource: DataSource,
  fileId: number,
  end: { at: Date; report: Record<string, unknown> },
): Promise<boolean> {
  return dataSource.transaction(async (manager) => {
    if (!(await endBankFile(manager, fileId, { ...end, state: 'ownCase' }))) return false;
    await rows(
      manager,
      `UPDATE bank_upload u SET state = 'ownCase', file_id = f.id, content_enc = NULL FROM bank_file f
       WHERE f.id = $1 AND u.agency_id = f.agency_id AND u.sha256 = f.sha256 AND u.state IN ('confirmed', 'done')`,
      [fileId],
    );
    return true;
  });
}

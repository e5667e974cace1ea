import { randomUUID } from 'node:crypto';
import { DomainError, type Paper, type PaperFacts } from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import type { ColumnCipher } from '../column-cipher';
import { rows } from '../data-source';

const fileNameContext = 'attachment.file_name';
const factsContext = 'attachment.facts';

/** What one case may hold (issue 3 § 3). */
export const attachmentLimits = { count: 60, fileBytes: 20 * 1024 * 1024, caseBytes: 200 * 1024 * 1024 } as const;

export interface AttachmentRecord {
  id: string;
  filingId: string;
  paper: Paper;
  sha256: string;
  sizeBytes: number;
  mediaType: string;
  fileName: string;
  facts: PaperFacts;
  uploadedAt: Date;
}

export interface AttachmentEntry {
  filingId: string;
  agencyId: string;
  paper: Paper;
  sha256: string;
  sizeBytes: number;
  mediaType: string;
  fileName: string;
  facts: PaperFacts;
  uploadedBy: string;
}

interface Row {
  id: string;
  filing_id: string;
  paper: Paper;
  sha256: string;
  size_bytes: number;
  media_type: string;
  file_name_enc: Buffer;
  facts_enc: Buffer;
  uploaded_at: Date;
}

const columns = 'id, filing_id, paper, sha256, size_bytes, media_type, file_name_enc, facts_enc, uploaded_at';

/**
 * Enters a stored file. The same content under the same paper is the same attachment: the first one is answered, with
 * `repeated`; in a draft (`mayRestate`) it takes the facts that were stated last. The caller holds the filing's lock, so
 * that the limits count every earlier upload.
 * @throws DomainError TOO_MANY_ATTACHMENTS, ATTACHMENTS_TOO_LARGE
 */
export async function addAttachment(
  manager: EntityManager,
  cipher: ColumnCipher,
  entry: AttachmentEntry,
  mayRestate = false,
): Promise<{ attachment: AttachmentRecord; repeated: boolean }> {
  const present = await findAttachments(manager, cipher, entry.filingId);
  const same = present.find((one) => one.sha256 === entry.sha256 && one.paper === entry.paper);
  if (same) {
    if (!mayRestate) return { attachment: same, repeated: true };
    await rows(manager, `UPDATE attachment SET facts_enc = $2 WHERE id = $1 RETURNING id`, [
      same.id,
      cipher.encryptJson(factsContext, entry.facts),
    ]);
    return { attachment: { ...same, facts: entry.facts }, repeated: true };
  }
  if (present.length >= attachmentLimits.count) {
    throw new DomainError('TOO_MANY_ATTACHMENTS', { limit: attachmentLimits.count }, 'file');
  }
  const bytes = present.reduce((sum, one) => sum + one.sizeBytes, entry.sizeBytes);
  if (bytes > attachmentLimits.caseBytes) {
    throw new DomainError('ATTACHMENTS_TOO_LARGE', { limit: attachmentLimits.caseBytes / 1024 / 1024 }, 'file');
  }
  const [row] = await rows<Row>(
    manager,
    `INSERT INTO attachment (id, filing_id, agency_id, paper, sha256, size_bytes, media_type, file_name_enc, facts_enc, uploaded_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING ${columns}`,
    [
      randomUUID(),
      entry.filingId,
      entry.agencyId,
      entry.paper,
      entry.sha256,
      entry.sizeBytes,
      entry.mediaType,
      cipher.encrypt(fileNameContext, entry.fileName),
      cipher.encryptJson(factsContext, entry.facts),
      entry.uploadedBy,
    ],
  );
  return { attachment: toRecord(cipher, row!), repeated: false };
}

export async function findAttachments(
  manager: EntityManager | DataSource,
  cipher: ColumnCipher,
  filingId: string,
): Promise<AttachmentRecord[]> {
  const found = await rows<Row>(
    manager,
    `SELECT ${columns} FROM attachment WHERE filing_id = $1 AND removed_at IS NULL ORDER BY uploaded_at, id`,
    [filingId],
  );
  return found.map((row) => toRecord(cipher, row));
}

/** @throws DomainError ATTACHMENT_NOT_FOUND */
export async function getAttachment(
  manager: EntityManager | DataSource,
  cipher: ColumnCipher,
  filingId: string,
  id: string,
): Promise<AttachmentRecord> {
  const [row] = await rows<Row>(
    manager,
    `SELECT ${columns} FROM attachment WHERE filing_id = $1 AND id = $2 AND removed_at IS NULL`,
    [filingId, id],
  );
  if (!row) throw new DomainError('ATTACHMENT_NOT_FOUND');
  return toRecord(cipher, row);
}

/** The row stays, marked; the file stays too, because another filing may hold the same content. */
export async function removeAttachment(manager: EntityManager, filingId: string, id: string): Promise<void> {
  const removed = await rows(
    manager,
    `UPDATE attachment SET removed_at = now() WHERE filing_id = $1 AND id = $2 AND removed_at IS NULL RETURNING id`,
    [filingId, id],
  );
  if (removed.length !== 1) throw new DomainError('ATTACHMENT_NOT_FOUND');
}

/** What was stated about a paper names persons and numbers of documents; it lies sealed like the file's name. */
export function openPaperFacts(cipher: ColumnCipher, sealed: Buffer): PaperFacts {
  return cipher.decryptJson<PaperFacts>(factsContext, sealed);
}

function toRecord(cipher: ColumnCipher, row: Row): AttachmentRecord {
  return {
    id: row.id,
    filingId: row.filing_id,
    paper: row.paper,
    sha256: row.sha256,
    sizeBytes: row.size_bytes,
    mediaType: row.media_type,
    fileName: cipher.decrypt(fileNameContext, row.file_name_enc),
    facts: openPaperFacts(cipher, row.facts_enc),
    uploadedAt: row.uploaded_at,
  };
}

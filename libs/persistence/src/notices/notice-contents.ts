import type { FilingBody, NoticeContent } from '@banjie/domain';
import type { EntityManager } from 'typeorm';
import { canonical } from '../cases/chain';
import type { ColumnCipher } from '../column-cipher';
import { rows } from '../data-source';
import { filingBodyContext } from '../filings/drafts';

const contentContext = 'notice_content.body';

export interface SealedNotice {
  notice: string;
  sealed: Buffer;
  /** Keyed, for the facts of the act: the content cannot be exchanged without the chain showing it. */
  digest: Buffer;
}

export function sealNotice(cipher: ColumnCipher, content: NoticeContent): SealedNotice {
  return {
    notice: content.notice,
    sealed: cipher.encryptJson(contentContext, content),
    digest: digestNotice(cipher, content),
  };
}

export function digestNotice(cipher: ColumnCipher, content: NoticeContent): Buffer {
  return cipher.hash(contentContext, canonical(content));
}

export function openNotice(cipher: ColumnCipher, sealed: Buffer): NoticeContent {
  return cipher.decryptJson<NoticeContent>(contentContext, sealed);
}

/** Adds the frozen contents of one act, in its transaction. */
export async function keepNotices(
  manager: EntityManager,
  caseNo: string,
  seq: number,
  notices: readonly SealedNotice[],
): Promise<void> {
  for (const { notice, sealed, digest } of notices) {
    await rows(
      manager,
      `INSERT INTO notice_content (case_no, seq, notice, body_enc, digest) VALUES ($1, $2, $3, $4, $5)`,
      [caseNo, seq, notice, sealed, digest],
    );
  }
}

export interface NoticeAddressee {
  agencyName: string;
  personName: string | null;
}

/** Who a notice of this case goes to and who it comes from. */
export async function noticeAddressee(
  manager: EntityManager,
  cipher: ColumnCipher,
  caseNo: string,
): Promise<NoticeAddressee> {
  const [row] = await rows<{ name: string; body_enc: Buffer }>(
    manager,
    `SELECT g.name, f.body_enc FROM cases c JOIN agency g ON g.id = c.agency_id JOIN filing f ON f.id = c.filing_id
     WHERE c.case_no = $1`,
    [caseNo],
  );
  if (!row) throw new Error('a case without its agency or filing');
  const body = cipher.decryptJson<FilingBody>(filingBodyContext, row.body_enc);
  return { agencyName: row.name, personName: body.applicant?.name ?? null };
}

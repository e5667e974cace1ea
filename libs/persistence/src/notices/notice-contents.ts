import type { FilingBody, NoticeContent } from '@banjie/domain';
import type { CaseRecord } from '../cases/case-record';
import { canonical } from '../cases/chain';
import type { ColumnCipher } from '../column-cipher';
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

export interface NoticeAddressee {
  agencyName: string;
  personName: string | null;
}

/** Who a notice of this case goes to and who it comes from. */
export function noticeAddressee(
  cipher: ColumnCipher,
  { agencyName, filingBody }: Pick<CaseRecord, 'agencyName' | 'filingBody'>,
): NoticeAddressee {
  const body = cipher.decryptJson<FilingBody>(filingBodyContext, filingBody);
  return { agencyName, personName: body.applicant?.name ?? null };
}

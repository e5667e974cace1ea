import { Injectable } from '@nestjs/common';
import type { AttachmentAnswer } from '@banjie/contracts';
import {
  DomainError,
  mayReadPaper,
  maySupplement,
  pausePaperPosts,
  takesCorrectionPapers,
  takesPayeePapers,
  type Post,
} from '@banjie/domain';
import {
  addAttachment,
  ColumnCipher,
  findCase,
  getAttachment,
  getDefinition,
  rows,
  type AttachmentRecord,
} from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { requestId } from '../edge/request-context';
import type { Account } from '../sign-in/account';
import { toAnswer } from './filings.service';
import { checkMediaType } from './media-type';
import { StoredFiles } from './stored-files';
import { attachmentFieldsOf, type Upload } from './upload';

/**
 * Papers of a running case: read with the reading on record, added once 补正 was asked for and until the decision, for another
 * account after a 退票 or a return to 复核, while another agency's answer is awaited, and for a pause that may be opened or is open.
 */
@Injectable()
export class CaseAttachmentsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: ColumnCipher,
    private readonly files: StoredFiles,
  ) {}

  /** @throws DomainError CASE_NOT_FOUND, NOT_TAKING_PAPERS, FORBIDDEN, and those of an upload */
  async attach(account: Account, caseNo: string, upload: Upload): Promise<AttachmentAnswer> {
    const fields = attachmentFieldsOf(upload);
    await this.dataSource.transaction((manager) => getCaseTakingPapers(manager, account, caseNo));
    const mediaType = await checkMediaType(upload.content);
    const sha256 = await this.files.keep(upload.content);
    return this.dataSource.transaction(async (manager) => {
      // The case stays as it is until the row is there: a supplement that arrives meanwhile comes before or after.
      const { filingId } = await getCaseTakingPapers(manager, account, caseNo);
      const { attachment, repeated } = await addAttachment(manager, this.cipher, {
        ...fields,
        filingId,
        agencyId: account.agencyId,
        sha256,
        sizeBytes: upload.content.length,
        mediaType,
        fileName: upload.fileName,
        uploadedBy: account.id,
      });
      return toAnswer(attachment, repeated);
    });
  }

  /** The content, after the row that says who read it. @throws DomainError CASE_NOT_FOUND, ATTACHMENT_NOT_FOUND */
  async read(
    account: Account,
    caseNo: string,
    attachmentId: string,
  ): Promise<{ attachment: AttachmentRecord; content: Buffer }> {
    const record = await findCase(this.dataSource.manager, caseNo);
    if (!record || record.agencyId !== account.agencyId) throw new DomainError('CASE_NOT_FOUND', { caseNo });
    const attachment = await getAttachment(this.dataSource, this.cipher, record.filingId, attachmentId);
    if (!mayReadPaper(attachment.paper, account.posts)) throw new DomainError('PAPER_NOT_OPEN');
    await rows(this.dataSource, `INSERT INTO read_log (reader_id, case_no, what, request_id) VALUES ($1, $2, $3, $4)`, [
      account.id,
      caseNo,
      `attachment:${attachmentId}`,
      requestId(),
    ]);
    return { attachment, content: await this.files.read(attachment.sha256) };
  }
}

async function getCaseTakingPapers(
  manager: Parameters<typeof findCase>[0],
  { agencyId, posts }: Account,
  caseNo: string,
) {
  const record = await findCase(manager, caseNo, { lock: true });
  if (!record || record.agencyId !== agencyId) throw new DomainError('CASE_NOT_FOUND', { caseNo });
  // The other agency's answer comes to the officer who stands at its stage.
  const definition = await getDefinition(manager, record.matter, record.definitionVersion);
  const here = definition.stages.find(({ stage }) => stage === record.position.stage);
  // 补正 is the applicant's and comes in at the window or with the reviewer; another account with the settlement clerk, too.
  const forPause = pausePaperPosts(definition, record.position);
  const takers: [boolean, readonly Post[]][] = [
    [maySupplement(record.position), ['window', 'initialReviewer']],
    [takesPayeePapers(record.position), ['window', 'settlementClerk']],
    [
      definition.follows === 'payout' && takesCorrectionPapers(record.position),
      ['window', 'initialReviewer', 'secondReviewer'],
    ],
    [here?.party === 'outside', here?.posts ?? []],
    [forPause.length > 0, forPause],
  ];
  const open = takers.filter(([isOpen]) => isOpen);
  if (open.length === 0) throw new DomainError('NOT_TAKING_PAPERS');
  if (!open.some(([, who]) => who.some((post) => posts.includes(post)))) throw new DomainError('FORBIDDEN');
  return record;
}

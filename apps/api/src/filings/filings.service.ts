import { Injectable } from '@nestjs/common';
import type {
  AttachmentAnswer,
  CheckAnswer,
  CreateFiling,
  FilingAnswer,
  FilingList,
  FilingVersion,
  LinesAnswer,
  SaveFiling,
  StatementLines,
  SubmitAnswer,
} from '@banjie/contracts';
import {
  demandOwnParts,
  demandStatement,
  DomainError,
  fen,
  formatYuan,
  gap,
  shanghaiDate,
  statementSum,
  warnOfLines,
  type Gap,
  type MatterDefinition,
  type ReadStatement,
  type StatementLine,
} from '@banjie/domain';
import {
  addAttachment,
  attachmentLimits,
  checkFiling,
  ColumnCipher,
  createFiling,
  findAttachments,
  findDefinitionInForce,
  findDraftsOf,
  findStatementLines,
  getDraft,
  getFiling,
  logAttempt,
  recordReading,
  removeAttachment,
  replaceStatementLines,
  rows,
  saveDraft,
  submitFiling,
  type AttachmentRecord,
} from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { requestId } from '../edge/request-context';
import { shanghaiInstant } from '../edge/times';
import type { Account } from '../sign-in/account';
import { checkMediaType } from './media-type';
import { readStatementFile } from './statement-file';
import { StoredFiles } from './stored-files';
import { attachmentFieldsOf, type Upload } from './upload';

/** Drafts and 收件. Everything is asked within the clerk's agency; another agency's filing does not exist (404). */
@Injectable()
export class FilingsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: ColumnCipher,
    private readonly files: StoredFiles,
  ) {}

  /** @throws DomainError UNKNOWN_MATTER, BAD_SHAPE where the body holds what the matter does not ask for */
  async create({ id, agencyId }: Account, { matter, body }: CreateFiling): Promise<FilingVersion> {
    demandOwnParts(await this.definitionOf(matter), body);
    return createFiling(this.dataSource, this.cipher, { agencyId, matter, createdBy: id, body });
  }

  /** What a draft is held to: the definition in force today. */
  private async definitionOf(matter: string): Promise<MatterDefinition> {
    const definition = await findDefinitionInForce(this.dataSource.manager, matter, shanghaiDate(Date.now()));
    if (!definition) throw new DomainError('UNKNOWN_MATTER', { matter });
    return definition;
  }

  async list({ id, agencyId }: Account): Promise<FilingList> {
    const drafts = await findDraftsOf(this.dataSource, agencyId, id);
    return {
      items: drafts.map((draft) => ({
        ...draft,
        createdAt: shanghaiInstant(draft.createdAt),
        updatedAt: shanghaiInstant(draft.updatedAt),
      })),
    };
  }

  async show({ id: readerId, agencyId }: Account, id: string): Promise<FilingAnswer> {
    const filing = await getFiling(this.dataSource, this.cipher, id, agencyId);
    // What was received is a case: its contents are read there, with the reading on record.
    if (filing.state !== 'draft') throw new DomainError('ALREADY_SUBMITTED', { caseNo: filing.caseNo });
    if (filing.createdBy !== readerId) {
      await rows(this.dataSource, `INSERT INTO read_log (reader_id, what, request_id) VALUES ($1, $2, $3)`, [
        readerId,
        `filing:${id}`,
        requestId(),
      ]);
    }
    const attachments = await findAttachments(this.dataSource, this.cipher, id);
    return {
      id,
      matter: filing.matter,
      state: filing.state,
      version: filing.version,
      caseNo: filing.caseNo,
      body: filing.body,
      lines: await findStatementLines(this.dataSource, id, filing.regionCode),
      attachments: attachments.map((one) => toAnswer(one)),
      createdAt: shanghaiInstant(filing.createdAt),
      updatedAt: shanghaiInstant(filing.updatedAt),
    };
  }

  async save({ agencyId }: Account, id: string, { version, body }: SaveFiling): Promise<FilingVersion> {
    const { matter } = await getFiling(this.dataSource, this.cipher, id, agencyId);
    demandOwnParts(await this.definitionOf(matter), body);
    return saveDraft(this.dataSource, this.cipher, { id, agencyId, version, body });
  }

  setLines(account: Account, id: string, { lines }: StatementLines): Promise<LinesAnswer> {
    return this.replaceLines(account, id, lines, { printedTotalFen: null, roundedPrices: [] });
  }

  async setStatement(account: Account, id: string, { content }: Upload): Promise<LinesAnswer> {
    const statement = await readStatementFile(content);
    return this.replaceLines(account, id, statement.lines, statement);
  }

  private async replaceLines(
    { agencyId }: Account,
    id: string,
    lines: StatementLine[],
    { printedTotalFen, roundedPrices }: Pick<ReadStatement, 'printedTotalFen' | 'roundedPrices'>,
  ): Promise<LinesAnswer> {
    const totalFen = statementSum(lines);
    const kept = await this.dataSource.transaction(async (manager) => {
      const filing = await getDraft(manager, this.cipher, id, agencyId);
      demandStatement(await this.definitionOf(filing.matter));
      return replaceStatementLines(manager, id, filing.regionCode, lines);
    });
    const warnings: Gap[] = [];
    warnOfLines(
      'ITEMS_NOT_IN_CATALOGUE',
      kept.filter((line) => !line.inCatalogue),
      { warnings },
    );
    warnOfLines('UNIT_PRICES_ROUNDED', roundedPrices, { warnings });
    if (printedTotalFen !== null && printedTotalFen !== totalFen) {
      const facts = {
        lines: formatYuan(totalFen),
        statement: formatYuan(printedTotalFen),
        difference: formatYuan(fen(Math.abs(totalFen - printedTotalFen))),
      };
      warnings.push(gap('LINES_TOTAL_DIFFERS', facts, { field: 'lines', material: 'R-MT-4' }));
    }
    return { lineCount: kept.length, totalFen, printedTotalFen, warnings };
  }

  async attach(account: Account, id: string, upload: Upload): Promise<AttachmentAnswer> {
    const fields = attachmentFieldsOf(upload);
    const mediaType = await checkMediaType(upload.content);
    await this.refuseFullDraft(account, id, upload.content.length);
    // The file first, then its row: a row never points to nothing; a file without a row is only unused.
    const sha256 = await this.files.keep(upload.content);
    return this.dataSource.transaction(async (manager) => {
      await getDraft(manager, this.cipher, id, account.agencyId);
      const entry = {
        ...fields,
        filingId: id,
        agencyId: account.agencyId,
        sha256,
        sizeBytes: upload.content.length,
        mediaType,
        fileName: upload.fileName,
        uploadedBy: account.id,
      };
      const { attachment, repeated } = await addAttachment(manager, this.cipher, entry, true);
      return toAnswer(attachment, repeated);
    });
  }

  /** Before anything is written to disk; the transaction asks again under the lock. */
  private async refuseFullDraft({ agencyId }: Account, id: string, bytes: number): Promise<void> {
    const filing = await getFiling(this.dataSource, this.cipher, id, agencyId);
    if (filing.state !== 'draft') throw new DomainError('ALREADY_SUBMITTED', { caseNo: filing.caseNo });
    const present = await findAttachments(this.dataSource, this.cipher, id);
    const total = present.reduce((sum, one) => sum + one.sizeBytes, bytes);
    if (total > attachmentLimits.caseBytes + attachmentLimits.fileBytes) {
      throw new DomainError('ATTACHMENTS_TOO_LARGE', { limit: attachmentLimits.caseBytes / 1024 / 1024 }, 'file');
    }
  }

  async detach({ agencyId }: Account, id: string, attachmentId: string): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await getDraft(manager, this.cipher, id, agencyId);
      await removeAttachment(manager, id, attachmentId);
    });
  }

  check({ id: readerId, agencyId }: Account, id: string): Promise<CheckAnswer> {
    return this.dataSource.transaction(async (manager) => {
      const filing = await getFiling(manager, this.cipher, id, agencyId);
      // Findings quote what was filed: of a case, or of somebody else's draft, that is a reading.
      if (filing.state !== 'draft' || filing.createdBy !== readerId) {
        const reading = { readerId, caseNo: filing.caseNo, what: `check:${id}`, requestId: requestId() };
        await recordReading(manager, reading);
      }
      const { gaps, warnings } = await checkFiling(manager, this.cipher, filing, new Date());
      return { gaps, warnings };
    });
  }

  async submit(account: Account, id: string, actionId: string): Promise<SubmitAnswer> {
    const submit = { filingId: id, agencyId: account.agencyId, actorId: account.id, actionId, at: new Date() };
    const received = await this.dataSource
      .transaction((manager) => submitFiling(manager, this.cipher, submit))
      .catch((error: unknown) => this.logRefusal(account, actionId, error));
    return { ...received, receivedAt: shanghaiInstant(new Date(received.receivedAt)) };
  }

  /** A second try with a paper that is in use must leave a trace (R-EL-04, M6). */
  private async logRefusal({ id }: Account, actionId: string, error: unknown): Promise<never> {
    if (error instanceof DomainError) {
      const caseNo = typeof error.facts.caseNo === 'string' ? error.facts.caseNo : null;
      const attempt = { caseNo, actorId: id, act: 'receiveFiling', code: error.code, requestId: requestId() };
      await logAttempt(this.dataSource, { ...attempt, actionId: error.code === 'ACTION_REUSED' ? null : actionId });
    }
    throw error;
  }
}

export function toAnswer(attachment: AttachmentRecord, repeated?: boolean): AttachmentAnswer {
  const { id, paper, sha256, sizeBytes, fileName, facts } = attachment;
  const mediaType = attachment.mediaType as AttachmentAnswer['mediaType'];
  const uploadedAt = shanghaiInstant(attachment.uploadedAt);
  return { id, paper, sha256, sizeBytes, mediaType, fileName, facts, uploadedAt, ...(repeated ? { repeated } : {}) };
}

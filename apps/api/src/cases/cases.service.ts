import { Injectable } from '@nestjs/common';
import type { ActBody, CaseClocks, CaseFile, CaseSearch, CaseSearchAnswer, CaseView } from '@banjie/contracts';
import {
  abilities,
  checkIdNumber,
  DomainError,
  getChecked,
  maskFiling,
  maskLines,
  maskPaper,
  mayReadCases,
  mayReadNames,
  offsetBases,
  openReturns,
  outcomeLabels,
  shanghaiDate,
  stageLabels,
  type FilingBody,
} from '@banjie/domain';
import {
  calendarOf,
  ColumnCipher,
  filingBodyContext,
  findAttachments,
  findActBodies,
  findCase,
  findCaseDetails,
  findFilingGaps,
  findLatestBenefit,
  findStatementLines,
  getDefinition,
  matterDefinitions,
  openPayee,
  personIdHash,
  recordReading,
  rows,
  searchCases,
  type CaseRecord,
} from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { requestId } from '../edge/request-context';
import { shanghaiInstant } from '../edge/times';
import { toAnswer } from '../filings/filings.service';
import type { Account } from '../sign-in/account';
import { actWords, benefitView } from './act-words';
import { clocksAt } from './case-clocks';
import { actView, clockView, dutyView, orderView, payeeView } from './case-parts';

const searchLimit = 50;
const matters = new Map(matterDefinitions.map(({ matter, label }) => [matter, label]));

/** Looking at cases. Every reading leaves a row before anything goes out; a foreign case does not exist. */
@Injectable()
export class CasesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: ColumnCipher,
  ) {}

  /** @throws DomainError CASE_NOT_FOUND, FORBIDDEN */
  async view(account: Account, caseNo: string): Promise<CaseView> {
    const record = await this.getReadableCase(account, caseNo);
    await this.record(account, caseNo, 'case');
    const { position } = record;
    const [definition, calendar, details, gaps, sealed, latest] = await Promise.all([
      getDefinition(this.dataSource.manager, record.matter, record.definitionVersion),
      calendarOf(this.dataSource.manager, record, record.calendarNumber),
      findCaseDetails(this.dataSource, caseNo),
      position.stage === 'acceptance'
        ? findFilingGaps(this.dataSource.manager, this.cipher, record.filingId, new Date())
        : Promise.resolve(null),
      findActBodies(this.dataSource, caseNo),
      findLatestBenefit(this.dataSource, caseNo),
    ]);
    if (!details) throw new DomainError('CASE_NOT_FOUND', { caseNo });
    const bodies = new Map(
      sealed.map(({ seq, sealed: body }) => [seq, this.cipher.decryptJson<ActBody>('act_body.body', body)]),
    );
    const now = new Date();
    return {
      caseNo,
      seq: position.seq,
      matter: record.matter,
      matterLabel: definition.label,
      definitionVersion: record.definitionVersion,
      agencyId: record.agencyId,
      filingId: record.filingId,
      personId: record.personId,
      stage: position.stage,
      stageLabel: stageLabels[position.stage],
      waiting: position.waiting,
      supplementUsed: position.supplementUsed,
      outcome: position.outcome,
      outcomeLabel: position.outcome && outcomeLabels[position.outcome],
      round: position.round,
      totalFen: record.totalFen,
      proposalOutcome: record.proposalOutcome,
      proposedFen: record.proposedFen,
      payableFen: record.payableFen,
      receivedAt: shanghaiInstant(details.receivedAt),
      receivedOn: details.receivedOn,
      acceptedAt: shanghaiInstant(details.acceptedAt),
      decidedAt: shanghaiInstant(details.decidedAt),
      paidAt: shanghaiInstant(details.paidAt),
      deliveredAt: shanghaiInstant(details.deliveredAt),
      closedAt: shanghaiInstant(details.closedAt),
      task: taskView(record, account),
      clocks: record.clocks.map((clock) => clockView(clock, definition, calendar, now)),
      duties: details.duties.map(dutyView),
      acts: details.acts.map((act) => ({
        ...actView(act),
        words: actWords(definition, act.facts, bodies.get(act.seq) ?? null, mayReadNames(account.posts)),
      })),
      orders: details.orders.map((order) => orderView(order, this.cipher, account.posts)),
      offsets: details.offsets.map(({ basis, at, ...offset }) => ({
        ...offset,
        basisLabel: offsetBases[basis],
        at: shanghaiInstant(new Date(at)),
      })),
      correctedPayee: record.correctedPayee && payeeView(openPayee(this.cipher, record.correctedPayee), account.posts),
      gapCount: gaps && gaps.gaps.length,
      gaps: gaps && gaps.gaps,
      benefit: latest && benefitView(definition, latest, bodies),
      abilities: abilities(definition, position, {
        personId: account.id,
        posts: account.posts,
        heldByOther: record.task?.holderId != null && record.task.holderId !== account.id,
      }),
      returnsTo: openReturns(definition, position),
    };
  }

  /**
   * The clocks recomputed from their events, as they stood at an instant that has passed; left out: now.
   * @throws DomainError CASE_NOT_FOUND, FORBIDDEN, BAD_SHAPE
   */
  async clocks(account: Account, caseNo: string, at?: string): Promise<CaseClocks> {
    const now = new Date();
    const asOf = at === undefined ? now : new Date(at);
    // Nobody knows yet what will have happened by then.
    if (asOf > now) throw new DomainError('BAD_SHAPE', { reason: 'at 不能晚于现在' }, 'at');
    const { matter, definitionVersion } = await this.getReadableCase(account, caseNo);
    await this.record(account, caseNo, 'clocks');
    const definition = await getDefinition(this.dataSource.manager, matter, definitionVersion);
    return {
      caseNo,
      at: shanghaiInstant(asOf),
      clocks: await clocksAt(this.dataSource, definition, caseNo, asOf.getTime()),
    };
  }

  /** The filing behind a case. @throws DomainError CASE_NOT_FOUND, FORBIDDEN */
  async file(account: Account, caseNo: string): Promise<CaseFile> {
    const { filingId, regionCode, matter, definitionVersion } = await this.getReadableCase(account, caseNo);
    await this.record(account, caseNo, 'file');
    const [{ form }, stored, lines, attachments] = await Promise.all([
      getDefinition(this.dataSource.manager, matter, definitionVersion),
      rows<{ body_enc: Buffer }>(this.dataSource, `SELECT body_enc FROM filing WHERE id = $1`, [filingId]),
      findStatementLines(this.dataSource, filingId, regionCode),
      findAttachments(this.dataSource, this.cipher, filingId),
    ]);
    if (!stored[0]) throw new Error('a case without its filing');
    const body = this.cipher.decryptJson<FilingBody>(filingBodyContext, stored[0].body_enc);
    return {
      caseNo,
      filingId,
      ...maskFiling(body, account.posts, form),
      lines: maskLines(lines, account.posts),
      attachments: attachments.map((attachment) => maskPaper(toAnswer(attachment), account.posts)),
    };
  }

  /** @throws DomainError FORBIDDEN, ID_NUMBER_… */
  async search(account: Account, search: CaseSearch): Promise<CaseSearchAnswer> {
    if (!mayReadCases(account.posts)) throw new DomainError('FORBIDDEN');
    const by =
      'caseNo' in search
        ? { caseNo: search.caseNo }
        : { personIdHash: personIdHash(this.cipher, this.idNumberOf(search.idNumber)) };
    const found = await searchCases(this.dataSource, account.agencyId, by, searchLimit + 1);
    // The keyed hash says later whether this person was looked for; the rows with a number, whose cases were shown.
    const what = 'caseNo' in by ? 'search:caseNo' : 'search:idNumber';
    await this.record(account, null, 'caseNo' in by ? what : `${what}:${by.personIdHash.toString('base64url')}`);
    for (const { caseNo } of found.slice(0, searchLimit)) await this.record(account, caseNo, what);
    return {
      items: found.slice(0, searchLimit).map((summary) => ({
        ...summary,
        matterLabel: matters.get(summary.matter) ?? summary.matter,
        stageLabel: stageLabels[summary.stage],
        outcomeLabel: summary.outcome && outcomeLabels[summary.outcome],
        receivedAt: shanghaiInstant(summary.receivedAt),
        closedAt: shanghaiInstant(summary.closedAt),
      })),
      hasMore: found.length > searchLimit,
    };
  }

  private async getReadableCase(account: Account, caseNo: string): Promise<CaseRecord> {
    const record = await findCase(this.dataSource.manager, caseNo);
    if (!record || record.agencyId !== account.agencyId) throw new DomainError('CASE_NOT_FOUND', { caseNo });
    if (!mayReadCases(account.posts)) throw new DomainError('FORBIDDEN');
    return record;
  }

  private idNumberOf(text: string): string {
    return getChecked(checkIdNumber(text, shanghaiDate(Date.now())), 'idNumber');
  }

  private record(account: Account, caseNo: string | null, what: string): Promise<void> {
    return recordReading(this.dataSource, { readerId: account.id, caseNo, what, requestId: requestId() });
  }
}

function taskView({ task }: CaseRecord, account: Account): CaseView['task'] {
  if (!task) return null;
  const { id, holderId, holderName } = task;
  const holder =
    holderId === null ? null : { id: holderId, displayName: holderName ?? '', isMe: holderId === account.id };
  return { taskId: id, holder };
}

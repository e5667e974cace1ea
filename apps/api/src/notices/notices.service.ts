import { Injectable } from '@nestjs/common';
import type { NoticeList, NoticeView } from '@banjie/contracts';
import {
  DomainError,
  maskName,
  mayReadCases,
  mayReadNames,
  noticeLines,
  noticePlainText,
  noticeSummary,
  type NoticeContent,
} from '@banjie/domain';
import {
  ColumnCipher,
  findNotice,
  findNotices,
  matterDefinitions,
  openNotice,
  recordReading,
  type NoticeRow,
} from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { requestId } from '../edge/request-context';
import { shanghaiInstant } from '../edge/times';
import type { Account } from '../sign-in/account';

const pageSize = 50;
const labels = new Map([
  ...matterDefinitions.flatMap((definition) => definition.notices.map(({ notice, label }) => [notice, label] as const)),
  ['clockWarning', '时限预警提醒'] as const,
  ['clockBreached', '时限超时提醒'] as const,
  ['recoveryNotice', '退回待遇告知'] as const,
  ['offsetNotice', '抵扣告知'] as const,
  ['supplementPayNotice', '补付告知'] as const,
]);

/** Notices as they were sent. A list names nobody in full; the whole text is a reading of the case and leaves a row. */
@Injectable()
export class NoticesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: ColumnCipher,
  ) {}

  /** @throws DomainError FORBIDDEN */
  async list(
    account: Account,
    query: { caseNo?: string | undefined; before?: number | undefined },
  ): Promise<NoticeList> {
    if (!mayReadCases(account.posts)) throw new DomainError('FORBIDDEN');
    const page = { caseNo: query.caseNo ?? null, before: query.before ?? null, limit: pageSize + 1 };
    const found = await findNotices(this.dataSource, account.agencyId, page);
    const items = found.slice(0, pageSize).map((row) => this.head(row, this.contentOf(row)));
    return { items, next: found.length > pageSize ? (items.at(-1)?.id ?? null) : null };
  }

  /** @throws DomainError FORBIDDEN, NOTICE_NOT_FOUND */
  async view(account: Account, id: number): Promise<NoticeView> {
    if (!mayReadCases(account.posts)) throw new DomainError('FORBIDDEN');
    const row = await findNotice(this.dataSource, account.agencyId, id);
    if (!row) throw new DomainError('NOTICE_NOT_FOUND');
    await recordReading(this.dataSource, {
      readerId: account.id,
      caseNo: row.caseNo,
      what: `notice:${row.notice}`,
      requestId: requestId(),
    });
    const content = this.contentOf(row);
    const head = this.head(row, content);
    if (!content) return { ...head, isMasked: false, content: null, lines: [], printed: head.text };
    const isNamed = mayReadNames(account.posts);
    const personName = content.personName && !isNamed ? maskName(content.personName) : content.personName;
    return {
      ...head,
      isMasked: !isNamed,
      content: { ...content, personName },
      lines: noticeLines(content, isNamed),
      printed: noticePlainText(content, isNamed),
    };
  }

  private contentOf(row: NoticeRow): NoticeContent | null {
    return row.content && openNotice(this.cipher, row.content);
  }

  private head(row: NoticeRow, content: NoticeContent | null): NoticeList['items'][number] {
    const label = content?.label ?? labels.get(row.notice) ?? row.notice;
    return {
      id: row.id,
      caseNo: row.caseNo,
      notice: row.notice,
      label,
      channel: row.channel,
      createdAt: shanghaiInstant(row.createdAt),
      sentAt: shanghaiInstant(row.sentAt),
      text: content ? noticeSummary(content) : `办件 ${row.caseNo}:${label}。`,
      recipient: content?.personName ? maskName(content.personName) : null,
    };
  }
}

import { Injectable } from '@nestjs/common';
import type { InboxAnswer, InboxItem, InboxQuery } from '@banjie/contracts';
import { DomainError, remainingWorkingDays, shanghaiDate, stageLabels, type WorkCalendar } from '@banjie/domain';
import {
  countInbox,
  currentCalendar,
  findInboxPage,
  matterDefinitions,
  stagesOfPosts,
  stageTable,
  type InboxPlace,
  type InboxRow,
} from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { pausedDays } from '../edge/paused-days';
import { shanghaiInstant } from '../edge/times';
import type { Account } from '../sign-in/account';

const matterLabels = new Map(matterDefinitions.map(({ matter, label }) => [matter, label]));

/** The open tasks a person may work on, by due instant. At most three statements, whatever the size of the page. */
@Injectable()
export class InboxService {
  constructor(private readonly dataSource: DataSource) {}

  async page(account: Account, query: InboxQuery): Promise<InboxAnswer> {
    const stages = stagesOfPosts(await stageTable(this.dataSource), account.posts);
    const owner = { personId: account.id, agencyId: account.agencyId, posts: account.posts, stages };
    const wanted = query.stage ? stages.filter(({ stage }) => stage === query.stage) : stages;
    const { holder, limit } = query;
    const after = query.after === undefined ? null : placeOf(query.after);
    // One row more than asked for tells whether there is a next page.
    const [found, counts] = await Promise.all([
      findInboxPage(this.dataSource, { ...owner, stages: wanted }, { holder, after, limit: limit + 1 }),
      countInbox(this.dataSource, owner),
    ]);
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const calendar = await currentCalendar(this.dataSource, account);
    const now = new Date();
    return {
      items: page.map((row) => itemOf(row, account, calendar, now)),
      counts: counts.map((count) => ({ ...count, stageLabel: stageLabels[count.stage] })),
      next: last && found.length > limit ? textOf({ dueAt: last.dueAt, taskId: last.taskId }) : null,
    };
  }
}

function itemOf(row: InboxRow, account: Account, calendar: WorkCalendar, now: Date): InboxItem {
  const { taskId, caseNo, matter, stage, round, amountFen, dueClock, dueDate, isPaused, isProvisional } = row;
  const remaining =
    dueDate === null
      ? null
      : remainingWorkingDays(calendar, shanghaiDate(now.getTime()), dueDate, pausedDays(row.pausedLedger, calendar));
  return {
    ...{ taskId, caseNo, matter, stage, round, amountFen, dueClock, dueDate, isPaused, isProvisional },
    matterLabel: matterLabels.get(matter) ?? matter,
    stageLabel: stageLabels[stage],
    holder:
      row.holderId === null
        ? null
        : { id: row.holderId, displayName: row.holderName ?? '', isMe: row.holderId === account.id },
    openedAt: shanghaiInstant(row.openedAt),
    dueAt: shanghaiInstant(row.dueAt),
    remainingWorkingDays: remaining,
    isOverdue: row.dueAt !== null && row.dueAt < now,
  };
}

const textOf = ({ dueAt, taskId }: InboxPlace): string => `${dueAt ? dueAt.getTime() : 'none'}.${taskId}`;

function placeOf(text: string): InboxPlace {
  const [, due, id] = /^(none|\d{1,15})\.(\d{1,15})$/.exec(text) ?? [];
  if (due === undefined || id === undefined)
    throw new DomainError('BAD_SHAPE', { reason: 'after 不是上一页给出的位置' }, 'after');
  return { dueAt: due === 'none' ? null : new Date(Number(due)), taskId: Number(id) };
}

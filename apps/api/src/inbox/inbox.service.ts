import { Injectable } from '@nestjs/common';
import type { DeliveriesAnswer, DeliveriesQuery, InboxAnswer, InboxItem, InboxQuery } from '@banjie/contracts';
import { DomainError, remainingWorkingDays, shanghaiDate, stageLabels, type WorkCalendar } from '@banjie/domain';
import {
  countInbox,
  currentCalendar,
  findDeliveries,
  findInboxPage,
  matterDefinitions,
  stagesOfPosts,
  stageTable,
  type DeliveryPlace,
  type DeliveryRow,
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

  /** What waits for 送达 beside the tasks of finance. */
  async deliveries(account: Account, { after, limit }: DeliveriesQuery): Promise<DeliveriesAnswer> {
    const place = after === undefined ? null : deliveryPlaceOf(after);
    const found = await findDeliveries(this.dataSource, account, { after: place, limit: limit + 1 });
    const calendar = await currentCalendar(this.dataSource, account);
    const now = new Date();
    const last = found.slice(0, limit).at(-1);
    return {
      items: found.slice(0, limit).map((row) => deliveryOf(row, calendar, now)),
      next: last && found.length > limit ? `${last.dueAt ? last.dueAt.getTime() : 'none'}.${last.caseNo}` : null,
    };
  }
}

function deliveryOf(row: DeliveryRow, calendar: WorkCalendar, now: Date): DeliveriesAnswer['items'][number] {
  const { caseNo, matter, stage, payableFen, dueClock, dueDate, isProvisional, ledger } = row;
  const today = shanghaiDate(now.getTime());
  return {
    ...{ caseNo, matter, stage, payableFen, dueClock, dueDate, isProvisional },
    matterLabel: matterLabels.get(matter) ?? matter,
    stageLabel: stageLabels[stage],
    decidedAt: shanghaiInstant(row.decidedAt),
    dueAt: shanghaiInstant(row.dueAt),
    remainingWorkingDays:
      dueDate === null ? null : remainingWorkingDays(calendar, today, dueDate, pausedDays(ledger, calendar)),
    isOverdue: row.dueAt !== null && row.dueAt < now,
  };
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

function deliveryPlaceOf(text: string): DeliveryPlace {
  const [, due, caseNo] = /^(none|\d{1,15})\.(\w{1,40})$/.exec(text) ?? [];
  if (due === undefined || caseNo === undefined)
    throw new DomainError('BAD_SHAPE', { reason: 'after 不是上一页给出的位置' }, 'after');
  return { dueAt: due === 'none' ? null : new Date(Number(due)), caseNo };
}

function placeOf(text: string): InboxPlace {
  const [, due, id] = /^(none|\d{1,15})\.(\d{1,15})$/.exec(text) ?? [];
  if (due === undefined || id === undefined)
    throw new DomainError('BAD_SHAPE', { reason: 'after 不是上一页给出的位置' }, 'after');
  return { dueAt: due === 'none' ? null : new Date(Number(due)), taskId: Number(id) };
}

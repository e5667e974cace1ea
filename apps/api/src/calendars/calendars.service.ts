import { Injectable } from '@nestjs/common';
import type {
  CalendarChangeBody,
  CalendarChanges,
  CalendarChangeView,
  CalendarImpact,
  CalendarView,
  ProposeCalendarChange,
  Reprojections,
} from '@banjie/contracts';
import { DomainError, type CalendarChange } from '@banjie/domain';
import {
  approveChange,
  currentCalendar,
  findChange,
  impactOf,
  listChanges,
  listRuns,
  proposeChange,
  rejectChange,
  tablesWith,
  type ProposedChange,
} from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { shanghaiInstant } from '../edge/times';
import type { Account } from '../sign-in/account';

const shownChanges = 200;
const shownRuns = 20;
const kindLabels = { year: '年度安排', localClosure: '临时关闭', officeHours: '办公时间' } as const;
const stateLabels = { proposed: '待批准', approved: '已批准', rejected: '已驳回' } as const;

/** Proposals and decisions about the calendar; what concerns another region or agency does not exist for the caller. */
@Injectable()
export class CalendarsService {
  constructor(private readonly dataSource: DataSource) {}

  async current(account: Account): Promise<CalendarView> {
    const calendar = await currentCalendar(this.dataSource, account);
    const { version, region: regionCode, officeHours, shortDays = {}, years } = calendar;
    return {
      ...{ version, regionCode, agencyId: account.agencyId },
      officeHours: [...officeHours],
      shortDays: Object.entries(shortDays).map(([date, open]) => ({ date, officeHours: [...open] })),
      years: Object.values(years).map(({ closedDays, makeUpDays, ...year }) => ({
        ...year,
        ...{ closedDays: [...closedDays], makeUpDays: [...makeUpDays] },
      })),
    };
  }

  async changes(account: Account): Promise<CalendarChanges> {
    const found = await listChanges(this.dataSource, shownChanges);
    return { items: found.filter(({ change }) => concerns(change, account)).map((change) => viewOf(change, account)) };
  }

  /** @throws DomainError BAD_CALENDAR_CHANGE */
  async propose(account: Account, { change, document, reason }: ProposeCalendarChange): Promise<CalendarChangeView> {
    const id = await this.dataSource.transaction((manager) =>
      proposeChange(manager, {
        change: changeOf(change, account),
        ...{ documentNumber: document.number, documentText: document.text, reason, proposedBy: account.id },
      }),
    );
    return viewOf(await this.getChange(account, id), account);
  }

  /** @throws DomainError CALENDAR_CHANGE_NOT_FOUND, CALENDAR_CHANGE_DECIDED */
  async preview(account: Account, id: string): Promise<CalendarImpact> {
    const { change, documentNumber, state } = await this.getChange(account, id);
    if (state !== 'proposed') throw new DomainError('CALENDAR_CHANGE_DECIDED', { state: stateLabels[state].slice(1) });
    return impactOf(this.dataSource, change, await tablesWith(this.dataSource, change, documentNumber));
  }

  /** @throws DomainError CALENDAR_CHANGE_NOT_FOUND, CALENDAR_CHANGE_DECIDED, CALENDAR_CHANGE_OWN, CALENDAR_CHANGE_STALE */
  async approve(account: Account, id: string): Promise<CalendarChangeView> {
    await this.getChange(account, id);
    await this.dataSource.transaction((manager) => approveChange(manager, id, { decidedBy: account.id, reason: null }));
    return viewOf(await this.getChange(account, id), account);
  }

  /** @throws DomainError CALENDAR_CHANGE_NOT_FOUND, CALENDAR_CHANGE_DECIDED, CALENDAR_CHANGE_OWN */
  async reject(account: Account, id: string, reason: string): Promise<CalendarChangeView> {
    await this.getChange(account, id);
    await this.dataSource.transaction((manager) => rejectChange(manager, id, { decidedBy: account.id, reason }));
    return viewOf(await this.getChange(account, id), account);
  }

  async reprojections(): Promise<Reprojections> {
    const runs = await listRuns(this.dataSource, shownRuns);
    return {
      items: runs.map((run) => ({
        ...run,
        createdAt: shanghaiInstant(run.createdAt),
        countedAt: shanghaiInstant(run.countedAt),
        finishedAt: shanghaiInstant(run.finishedAt),
      })),
    };
  }

  private async getChange(account: Account, id: string): Promise<ProposedChange> {
    const found = await findChange(this.dataSource, id);
    if (!found || !concerns(found.change, account)) throw new DomainError('CALENDAR_CHANGE_NOT_FOUND');
    return found;
  }
}

/** A region's table is changed from inside the region, an agency's closures by the agency. */
function concerns(change: CalendarChange, account: Account): boolean {
  if (change.kind === 'year') return change.regionCode === null || change.regionCode === account.regionCode;
  return change.agencyId === account.agencyId;
}

function changeOf(body: CalendarChangeBody, { agencyId, regionCode }: Account): CalendarChange {
  switch (body.kind) {
    case 'year': {
      const { layer, ...year } = body;
      return { ...year, regionCode: layer === 'national' ? null : regionCode };
    }
    case 'localClosure':
      return { ...body, agencyId, regionCode };
    case 'officeHours':
      return { ...body, agencyId };
  }
}

function viewOf(found: ProposedChange, account: Account): CalendarChangeView {
  const { id, change, documentNumber, documentText, reason, state, decisionReason, number } = found;
  return {
    ...{ id, kind: change.kind, kindLabel: kindLabels[change.kind], change: { ...change } },
    scope: change.kind === 'year' ? (change.regionCode ?? 'CN') : change.agencyId,
    document: { number: documentNumber, text: documentText },
    ...{ reason, state, stateLabel: stateLabels[state], decisionReason, number },
    proposedBy: found.proposedByName,
    proposedAt: shanghaiInstant(found.proposedAt),
    decidedBy: found.decidedByName,
    decidedAt: shanghaiInstant(found.decidedAt),
    mayDecide:
      state === 'proposed' &&
      found.proposedBy !== account.id &&
      account.posts.some((post) => post === 'supervisor' || post === 'systemAdmin'),
  };
}

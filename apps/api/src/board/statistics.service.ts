import { Injectable } from '@nestjs/common';
import { monthStatisticsSchema, type MonthAnswer, type MonthStatistics, type PauseAudit } from '@banjie/contracts';
import { auditPauses, DomainError, monthSpan, shanghaiDate, stageLabels, stages } from '@banjie/domain';
import {
  boardMatters,
  closedMonth,
  closeMonth,
  ColumnCipher,
  countMonth,
  currentCalendar,
  findPauses,
  type ClosedMonth,
} from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { shanghaiInstant } from '../edge/times';
import type { Account } from '../sign-in/account';

/** The month in figures. Once closed it is read from what was kept then and from nothing else. */
@Injectable()
export class StatisticsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: ColumnCipher,
  ) {}

  /** @throws DomainError STATISTICS_ALTERED */
  async month(account: Account, month: string): Promise<MonthAnswer> {
    const kept = await closedMonth(this.dataSource, this.cipher, account.agencyId, month);
    if (kept) return closedAnswer(month, kept);
    const statistics = await this.count(account, month, new Date());
    return { state: 'open', closedAt: null, hash: null, statistics };
  }

  /** Closes a month that is over; a closed one answers what was kept. @throws DomainError MONTH_NOT_OVER, STATISTICS_ALTERED */
  async close(account: Account, month: string): Promise<MonthAnswer> {
    const now = new Date();
    const known = await closedMonth(this.dataSource, this.cipher, account.agencyId, month);
    if (known) return closedAnswer(month, known);
    if (now < monthSpan(month).until) throw new DomainError('MONTH_NOT_OVER', { month });
    const body = JSON.stringify(await this.count(account, month, now));
    const closing = { agencyId: account.agencyId, month, body, closedBy: account.id, closedAt: now };
    return closedAnswer(month, await closeMonth(this.dataSource, this.cipher, closing));
  }

  async pauses(account: Account, month: string): Promise<PauseAudit> {
    const { from, until } = monthSpan(month);
    const found = await findPauses(this.dataSource, account.agencyId, from, until);
    const names = new Map(found.map(({ personId, displayName }) => [personId, displayName]));
    const calendar = await currentCalendar(this.dataSource, account);
    const people = auditPauses(
      found.map((pause) => ({ ...pause, at: pause.at.getTime() })),
      calendar,
      shanghaiDate(Date.now()),
    );
    return { month, people: people.map((person) => ({ ...person, displayName: names.get(person.personId)! })) };
  }

  private async count(account: Account, month: string, now: Date): Promise<MonthStatistics> {
    const { from, until: to } = monthSpan(month);
    const calendar = await currentCalendar(this.dataSource, account);
    const counted = await countMonth(this.dataSource, account.agencyId, calendar, { from, to }, now);
    const labels = new Map((await boardMatters(this.dataSource)).map(({ matter, label }) => [matter, label]));
    const labelOf = (matter: string) => (matter === '' ? '合计' : (labels.get(matter) ?? matter));
    // Through the shape, so that what is kept has the order of what is shown.
    return monthStatisticsSchema.parse({
      agencyId: account.agencyId,
      month,
      asOf: shanghaiInstant(now < to ? now : to),
      matters: counted.matters.map((row) => ({ ...row, label: labelOf(row.matter) })),
      stages: counted.stages
        .map((row) => ({ ...row, matterLabel: labelOf(row.matter), stageLabel: stageLabels[row.stage] }))
        .sort((a, b) =>
          a.matter === b.matter ? stages.indexOf(a.stage) - stages.indexOf(b.stage) : a.matter < b.matter ? -1 : 1,
        ),
    });
  }
}

function closedAnswer(month: string, { body, hash, closedAt, isIntact }: ClosedMonth): MonthAnswer {
  if (!isIntact) throw new DomainError('STATISTICS_ALTERED', { month });
  return {
    state: 'closed',
    closedAt: shanghaiInstant(closedAt),
    hash,
    statistics: JSON.parse(body) as MonthStatistics,
  };
}

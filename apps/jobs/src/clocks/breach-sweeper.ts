import { Injectable } from '@nestjs/common';
import { systemActors } from '@banjie/domain';
import { recordRung, rows } from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { alarm, Log } from '../log';
import { Settings } from '../settings';

interface DueClock {
  case_no: string;
  clock: string;
  run: number;
  due_at: Date;
}

const pageSize = 200;

/**
 * Looks for due clocks beside the workflows' timers: a timer was seen 28 s late after a crash, and a lost one never fires
 * (reliability F13, F14). Both write under one unique key; that the sweeper came first means that a timer is missing.
 */
@Injectable()
export class BreachSweeper {
  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: Settings,
    private readonly log: Log,
  ) {}

  async sweep(now = new Date()): Promise<number> {
    const overdue = new Date(now.getTime() - this.settings.rhythm.breachAfterMs);
    let found = 0;
    // By key: a clock that cannot be recorded must not keep the page from moving on.
    let after: DueClock | null = null;
    for (;;) {
      const due: DueClock[] = await rows<DueClock>(
        this.dataSource,
        `SELECT case_no, clock, run, due_at FROM clock
         WHERE state = 'running' AND NOT breached AND due_at < $1
           AND ($2::timestamptz IS NULL OR (due_at, case_no, clock, run) > ($2, $3, $4, $5))
         ORDER BY due_at, case_no, clock, run LIMIT $6`,
        [overdue, after?.due_at ?? null, after?.case_no ?? '', after?.clock ?? '', after?.run ?? 0, pageSize],
      );
      for (const clock of due) if (await this.record(clock, now)) found += 1;
      after = due.at(-1) ?? null;
      if (due.length < pageSize) return found;
    }
  }

  private async record({ case_no: caseNo, clock, run, due_at: dueAt }: DueClock, now: Date): Promise<boolean> {
    const isFirst = await this.dataSource.transaction((manager) =>
      recordRung(manager, {
        caseNo,
        clock,
        run,
        rung: 'due',
        dueAt,
        detectedAt: now,
        detectedBy: systemActors.sweeper,
      }),
    );
    if (isFirst) {
      const lateSeconds = Math.round((now.getTime() - dueAt.getTime()) / 1_000);
      alarm(this.log, 'sweeperCameFirst', { caseNo, clock, run, lateSeconds });
    }
    return isFirst;
  }
}

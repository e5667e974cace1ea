import { Injectable } from '@nestjs/common';
import { systemActors } from '@banjie/domain';
import { recordDueRungs, rows } from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { alarm, Log } from '../log';
import { Settings } from '../settings';

interface DueCase {
  case_no: string;
  next_rung_at: Date;
}

const pageSize = 200;

/**
 * Looks for passed rungs beside the workflows' timers: a timer was seen 28 s late after a crash, and a lost one never fires
 * (reliability F13, F14). Both record them the same way; that the sweeper came first means that a timer is missing.
 */
@Injectable()
export class RungSweeper {
  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: Settings,
    private readonly log: Log,
  ) {}

  /** Answers how many rungs it recorded. */
  async sweep(now = new Date()): Promise<number> {
    const until = new Date(now.getTime() - this.settings.rhythm.breachAfterMs);
    let found = 0;
    // By key: a clock that cannot be recorded must not keep the page from moving on.
    let after: DueCase | null = null;
    for (;;) {
      const due: DueCase[] = await rows<DueCase>(
        this.dataSource,
        `SELECT case_no, next_rung_at FROM clock
         WHERE state = 'running' AND next_rung_at < $1
           AND ($2::timestamptz IS NULL OR (next_rung_at, case_no) > ($2, $3))
         ORDER BY next_rung_at, case_no LIMIT $4`,
        [until, after?.next_rung_at ?? null, after?.case_no ?? '', pageSize],
      );
      for (const caseNo of new Set(due.map((row) => row.case_no))) found += await this.look(caseNo, now, until);
      after = due.at(-1) ?? null;
      if (due.length < pageSize) return found;
    }
  }

  private async look(caseNo: string, now: Date, until: Date): Promise<number> {
    const looked = await this.dataSource.transaction((manager) =>
      recordDueRungs(manager, caseNo, { at: now, until, by: systemActors.sweeper }),
    );
    for (const { clock, run, rung, dueAt } of looked?.passed ?? []) {
      const lateSeconds = Math.round((now.getTime() - dueAt.getTime()) / 1_000);
      alarm(this.log, 'sweeperCameFirst', { caseNo, clock, run, rung, lateSeconds });
    }
    return looked?.passed.length ?? 0;
  }
}

import { Injectable } from '@nestjs/common';
import { checkBooks, rows } from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { alarm, Log } from '../log';

/** Compares the books of every agency with decisions, orders and statement; a figure that differs is an alarm (bar 59). */
@Injectable()
export class BookChecker {
  constructor(
    private readonly dataSource: DataSource,
    private readonly log: Log,
  ) {}

  /** Answers how many figures differed, over all agencies. */
  async look(now = new Date()): Promise<number> {
    const agencies = await rows<{ id: string }>(this.dataSource, `SELECT id FROM agency ORDER BY id`);
    let found = 0;
    for (const { id } of agencies) {
      const differences = await checkBooks(this.dataSource, id, now);
      found += differences.length;
      for (const difference of differences) alarm(this.log, 'booksDiffer', { agencyId: id, ...difference });
    }
    return found;
  }
}

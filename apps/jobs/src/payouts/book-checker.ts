import { Injectable } from '@nestjs/common';
import { checkBooks } from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { everyAgency } from '../every-agency';
import { alarm, Log } from '../log';

/** Compares the books of every agency with decisions, orders and statement; a figure that differs is an alarm (bar 59). */
@Injectable()
export class BookChecker {
  constructor(
    private readonly dataSource: DataSource,
    private readonly log: Log,
  ) {}

  /** Answers how many figures differed, over all agencies. */
  look(now = new Date()): Promise<number> {
    return everyAgency(this.dataSource, this.log, {
      name: 'books',
      at: async ({ id }) => {
        const differences = await checkBooks(this.dataSource, id, now);
        for (const difference of differences) alarm(this.log, 'booksDiffer', { agencyId: id, ...difference });
        return differences.length;
      },
    });
  }
}

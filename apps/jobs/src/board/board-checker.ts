import { Injectable } from '@nestjs/common';
import { checkBoard, currentCalendar, rows } from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { alarm, describeFault, Log } from '../log';

/** Loaded by COPY for measuring, without what happened to its tasks. */
const unchecked = ['bench'];

/**
 * Compares the board of every agency with the base rows (bar 39). A number that differs is an alarm: whatever is shown to a
 * supervisor meanwhile is wrong by that much.
 */
@Injectable()
export class BoardChecker {
  constructor(
    private readonly dataSource: DataSource,
    private readonly log: Log,
  ) {}

  /** Answers how many numbers differed, over all agencies. */
  async look(now = new Date()): Promise<number> {
    const agencies = await rows<{ id: string; region_code: string }>(
      this.dataSource,
      `SELECT id, region_code FROM agency WHERE id <> ALL($1) ORDER BY id`,
      [unchecked],
    );
    let found = 0;
    let fault: unknown = null;
    for (const { id, region_code: region } of agencies) {
      // One agency that cannot be looked at must not hide the others.
      try {
        const calendar = await currentCalendar(this.dataSource, { agencyId: id, regionCode: region });
        const { differences } = await checkBoard(this.dataSource, id, calendar, now);
        found += differences.length;
        for (const { caseNos, ...difference } of differences) {
          alarm(this.log, 'boardDiffers', { agencyId: id, ...difference, caseNos: caseNos.slice(0, 5) });
        }
      } catch (error) {
        fault ??= error;
        this.log.warn({ agencyId: id, fault: describeFault(error) }, 'board not checked');
      }
    }
    if (fault) throw fault;
    return found;
  }
}

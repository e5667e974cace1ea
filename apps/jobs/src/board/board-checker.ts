import { Injectable } from '@nestjs/common';
import { checkBoard, currentCalendar } from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { everyAgency } from '../every-agency';
import { alarm, Log } from '../log';

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
  look(now = new Date()): Promise<number> {
    return everyAgency(this.dataSource, this.log, {
      ...{ name: 'board', except: unchecked },
      at: async ({ id, regionCode }) => {
        const calendar = await currentCalendar(this.dataSource, { agencyId: id, regionCode });
        const { differences } = await checkBoard(this.dataSource, id, calendar, now);
        for (const { caseNos, ...difference } of differences) {
          alarm(this.log, 'boardDiffers', { agencyId: id, ...difference, caseNos: caseNos.slice(0, 5) });
        }
        return differences.length;
      },
    });
  }
}

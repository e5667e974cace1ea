import { Injectable } from '@nestjs/common';
import { systemActors } from '@banjie/domain';
import { addMoveEvent, findMovesToRun, moveActionId, takeMoveCases, type MoveToRun } from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { CaseRelay } from '../cases/case-relay';
import { Log } from '../log';
import { Settings } from '../settings';

/** Cases of one move that are told and have not answered yet, at most. */
const batchSize = 50;

/**
 * Tells the cases of approved moves to move, a batch at a time. All it knows stands in PostgreSQL, so that after a crash it goes
 * on where it was; telling a case twice moves it once. Each case answers by its result row, in the transaction of its act.
 */
@Injectable()
export class MoveRunner {
  constructor(
    private readonly dataSource: DataSource,
    private readonly relay: CaseRelay,
    private readonly settings: Settings,
    private readonly log: Log,
  ) {}

  /** One batch of each move that is under way; answers how many cases were told. */
  async run(): Promise<number> {
    let told = 0;
    for (const move of await findMovesToRun(this.dataSource)) told += await this.advance(move);
    return told;
  }

  private async advance(move: MoveToRun): Promise<number> {
    const { moveId, kind } = move;
    // A case that has not answered when its lease is over is told again: the signal was lost, or the engine was away.
    const leaseSeconds = this.settings.rhythm.leaseMs / 1_000;
    const { caseNos, waiting } = await takeMoveCases(this.dataSource, { ...move, limit: batchSize, leaseSeconds });
    if (waiting === 0) {
      const finished = kind === 'migrateDefinition' ? 'finished' : 'undoFinished';
      await addMoveEvent(this.dataSource, { moveId, kind: finished, actorId: systemActors.migration, at: new Date() });
      this.log.info({ moveId, kind }, 'a move of cases is finished');
      return 0;
    }
    await this.relay.tellAll(
      caseNos.map((caseNo) => ({ caseNo, act: kind, actionId: moveActionId(kind, moveId, caseNo) })),
    );
    return caseNos.length;
  }
}

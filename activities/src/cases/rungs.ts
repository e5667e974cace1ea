import { DomainError, pauseEndsAt, systemActors } from '@banjie/domain';
import { recordDueRungs } from '@banjie/persistence';
import type { CommitDependencies } from './commit-act';

export interface RungsAnswer {
  /** Milliseconds until some clock wants to be looked at again; null when none runs. */
  waitMs: number | null;
  /** A pause has reached its maximum: counting is to be resumed by an act of the system. */
  pauseOver: boolean;
}

/**
 * The timer's look at the clocks: rungs whose instant has passed are recorded once each (shared with the sweeper), then the
 * next instant is worked out anew. Time decides nothing.
 */
export async function recordRungs({ dataSource, now }: CommitDependencies, caseNo: string): Promise<RungsAnswer> {
  const at = now?.() ?? new Date();
  return dataSource.transaction(async (manager) => {
    const looked = await recordDueRungs(manager, caseNo, { at, until: at, by: systemActors.timer });
    if (!looked) throw new DomainError('CASE_NOT_FOUND', { caseNo });
    const { record, calendar, nextRungAt } = looked;
    const pauseEnd = pauseEndsAt(record.clocks, calendar);
    return {
      waitMs: nextRungAt === null ? null : Math.max(0, Date.parse(nextRungAt) - at.getTime()),
      pauseOver: pauseEnd !== null && Date.parse(pauseEnd) <= at.getTime(),
    };
  });
}

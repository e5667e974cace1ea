import { DomainError, nextRungAt, pauseEndsAt, systemActors } from '@banjie/domain';
import { calendarOf, findCase, getDefinition, recordRung, rows } from '@banjie/persistence';
import type { CommitDependencies } from './commit-act';

export interface RungsAnswer {
  /** Milliseconds until some clock wants to be looked at again; null when none runs. */
  waitMs: number | null;
  /** A pause has reached its maximum: counting is to be resumed by an act of the system. */
  pauseOver: boolean;
}

/**
 * The timer's look at the clocks: breaches whose due instant has passed are recorded once each (unique key, shared with
 * the sweeper), then the next instant is worked out anew. Time decides nothing.
 */
export async function recordRungs({ dataSource, now }: CommitDependencies, caseNo: string): Promise<RungsAnswer> {
  const at = now?.() ?? new Date();
  return dataSource.transaction(async (manager) => {
    const record = await findCase(manager, caseNo, { lock: true });
    if (!record) throw new DomainError('CASE_NOT_FOUND', { caseNo });
    const definition = await getDefinition(manager, record.matter, record.definitionVersion);
    const calendar = await calendarOf(manager, record, record.calendarNumber);
    for (const clock of record.clocks) {
      if (clock.state !== 'running' || clock.breached || Date.parse(clock.dueAt) > at.getTime()) continue;
      await recordRung(manager, {
        caseNo,
        clock: clock.clock,
        run: clock.run,
        rung: 'due',
        dueAt: new Date(clock.dueAt),
        detectedAt: at,
        detectedBy: systemActors.timer,
      });
      clock.breached = true;
    }
    const maximum = definition.pauseMaximumWorkingDays;
    const pauseEnd = pauseEndsAt(record.clocks, calendar, maximum);
    const next = nextRungAt(record.clocks, calendar, maximum);
    await rows(
      manager,
      `UPDATE cases SET next_rung_at = $2 WHERE case_no = $1 AND next_rung_at IS DISTINCT FROM $2::timestamptz`,
      [caseNo, next],
    );
    return {
      waitMs: next === null ? null : Math.max(0, Date.parse(next) - at.getTime()),
      pauseOver: pauseEnd !== null && Date.parse(pauseEnd) <= at.getTime(),
    };
  });
}

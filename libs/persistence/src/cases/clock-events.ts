import type { ClockChange, ClockLedger, RecordedClockEvent } from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { rows } from '../data-source';

/** What screens showed of a clock after an event; kept so that the recomputed can be held against it. */
export interface ShownClock {
  state: ClockLedger['state'];
  dueDate: string;
  dueAt: string;
  provisional: boolean;
}

/** A change of a clock as `clock_event` keeps it: what the event says, by which calendar, and what was shown then. */
export function clockEventRow({ facts: { event, ...said }, ledger }: ClockChange) {
  const { clock, run, state, dueDate, dueAt, provisional, calendarVersion } = ledger;
  const shown: ShownClock = { state, dueDate, dueAt, provisional };
  return { clock, run, event, facts: { ...said, calendarVersion, shown } };
}

/** The events of a case's clocks in the order they were recorded, each with the act behind it. */
export async function findClockEvents(
  store: DataSource | EntityManager,
  caseNo: string,
): Promise<(RecordedClockEvent & { seq: number; shown: ShownClock })[]> {
  const found = await rows<{ clock: string; run: number; seq: number; event: string; at: Date; facts: object }>(
    store,
    `SELECT clock, run, seq, event, at, facts FROM clock_event WHERE case_no = $1 ORDER BY id`,
    [caseNo],
  );
  return found.map(
    ({ facts, at, ...row }) =>
      ({ ...facts, ...row, at: at.toISOString() }) as RecordedClockEvent & { seq: number; shown: ShownClock },
  );
}

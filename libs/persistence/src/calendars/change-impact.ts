import {
  applyEvent,
  calendarFor,
  parseDate,
  type CalendarChange,
  type CalendarTables,
  type ClockLedger,
} from '@banjie/domain';
import type { DataSource } from 'typeorm';
import { rows } from '../data-source';

const pageSize = 2_000;
const sampleSize = 10;

export interface MovedClock {
  caseNo: string;
  clock: string;
  dueAtBefore: string;
  dueAtAfter: string;
  isProvisional: boolean;
}

/** What a change would do to the open clocks, were it approved now. */
export interface ChangeImpact {
  clocksSeen: number;
  clocksMoved: number;
  earlier: number;
  later: number;
  /** Due when they were, only the provisional mark comes or goes. */
  markOnly: number;
  /** Not due before, due already with the change: they would be in breach at once. */
  dueAtOnce: number;
  /** By how many calendar days the due date moves; ascending. */
  moves: { days: number; clocks: number }[];
  /** The first that would be due earlier and the first that would be due later, by case number. */
  sample: MovedClock[];
}

/** Counts every open clock of the office both ways, page by page, so that a process goes on answering meanwhile. */
export async function impactOf(
  dataSource: DataSource,
  change: CalendarChange,
  tables: CalendarTables,
  now = new Date(),
): Promise<ChangeImpact> {
  const impact = { clocksSeen: 0, clocksMoved: 0, earlier: 0, later: 0, markOnly: 0, dueAtOnce: 0 };
  const moves = new Map<number, number>();
  const sample = { earlier: [] as MovedClock[], later: [] as MovedClock[] };
  const region = change.kind === 'officeHours' ? null : change.regionCode;
  const agency = change.kind === 'year' ? null : change.agencyId;
  let after = { caseNo: '', clock: '', run: 0 };
  for (;;) {
    const page = await rows<{ case_no: string; agency_id: string; region_code: string; ledger: ClockLedger }>(
      dataSource,
      `SELECT k.case_no, c.agency_id, c.region_code, k.ledger FROM clock k JOIN cases c ON c.case_no = k.case_no
       WHERE k.state <> 'stopped' AND (k.case_no, k.clock, k.run) > ($1, $2, $3)
         AND ($4::text IS NULL OR c.region_code = $4) AND ($5::text IS NULL OR c.agency_id = $5)
       ORDER BY k.case_no, k.clock, k.run LIMIT $6`,
      [after.caseNo, after.clock, after.run, region, agency, pageSize],
    );
    for (const { case_no: caseNo, agency_id: agencyId, region_code: regionCode, ledger: before } of page) {
      after = { caseNo, clock: before.clock, run: before.run };
      impact.clocksSeen += 1;
      const event = { event: 'reprojected' as const, reason: '', clock: before.clock, run: before.run };
      const ledger = applyEvent(before, { ...event, at: now.toISOString() }, calendarFor(regionCode, tables, agencyId));
      if (ledger.dueAt === before.dueAt) {
        if (ledger.provisional !== before.provisional) impact.markOnly += 1;
        continue;
      }
      impact.clocksMoved += 1;
      const [was, is] = [Date.parse(before.dueAt), Date.parse(ledger.dueAt)];
      const side = is < was ? 'earlier' : 'later';
      impact[side] += 1;
      if (was > now.getTime() && is <= now.getTime()) impact.dueAtOnce += 1;
      const days = parseDate(ledger.dueDate) - parseDate(before.dueDate);
      moves.set(days, (moves.get(days) ?? 0) + 1);
      if (sample[side].length < sampleSize) {
        sample[side].push({
          ...{ caseNo, clock: before.clock, dueAtBefore: before.dueAt, dueAtAfter: ledger.dueAt },
          isProvisional: ledger.provisional,
        });
      }
    }
    if (page.length < pageSize) break;
  }
  return {
    ...impact,
    moves: [...moves].sort(([a], [b]) => a - b).map(([days, clocks]) => ({ days, clocks })),
    sample: [...sample.earlier, ...sample.later],
  };
}

import type { CaseClocks } from '@banjie/contracts';
import { ledgerAt, pauseKindLabels, readClock, type LedgerPause, type MatterDefinition } from '@banjie/domain';
import { calendarByVersion, findClockEvents, rows } from '@banjie/persistence';
import type { DataSource } from 'typeorm';
import { shanghaiInstant } from '../edge/times';

type Reasons = CaseClocks['clocks'][number]['pauses'][number]['reasons'];

/**
 * The clocks of a case as they stood at an instant (epoch ms), from their events alone, each read by the calendar it was
 * counted by (T-14).
 */
export async function clocksAt(
  dataSource: DataSource,
  definition: MatterDefinition,
  caseNo: string,
  at: number,
): Promise<CaseClocks['clocks']> {
  const [events, reasons] = await Promise.all([
    findClockEvents(dataSource, caseNo),
    reasonsOfPauses(dataSource, definition, caseNo),
  ]);
  const versions = [...new Set(events.map(({ calendarVersion }) => calendarVersion))];
  const calendars = new Map(
    await Promise.all(
      versions.map(async (version) => [version, await calendarByVersion(dataSource, version)] as const),
    ),
  );
  const calendarOfVersion = (version: string) => calendars.get(version)!;
  return ledgerAt(events, at, calendarOfVersion).map((ledger) => {
    const { clock, run, level, state, limitWorkingDays, extendedWorkingDays, dayZero, dueDate } = ledger;
    const { pauses, ...reading } = readClock(ledger, calendarOfVersion(ledger.calendarVersion), at);
    // One event for each pause, in their order; those that the run took over were opened under another.
    const paused = events.filter((event) => event.event === 'paused');
    const own = paused.filter((event) => event.clock === clock && event.run === run);
    const start = events.find((event) => event.event === 'started' && event.clock === clock && event.run === run);
    const takenOver = (start?.event === 'started' && start.pauses?.length) || 0;
    const openingOf = ({ kind, from }: LedgerPause, index: number) =>
      index >= takenOver ? own[index - takenOver] : paused.find((event) => event.kind === kind && event.from === from);
    return {
      ...{ clock, run, level, state, limitWorkingDays, extendedWorkingDays, dayZero, dueDate },
      ...reading,
      label: definition.clocks.find((entry) => entry.clock === clock)?.label ?? clock,
      startedAt: shanghaiInstant(new Date(ledger.startedAt)),
      stoppedAt: ledger.stoppedAt === null ? null : shanghaiInstant(new Date(ledger.stoppedAt)),
      dueAt: shanghaiInstant(new Date(ledger.dueAt)),
      isOutside: ledger.party === 'outside',
      isProvisional: ledger.provisional,
      calendarVersion: ledger.calendarVersion,
      pauses: pauses.map((pause, i) => ({
        ...pause,
        kindLabel: pauseKindLabels[pause.kind],
        reasons: reasons.get(openingOf(pause, i)!.seq) ?? [],
      })),
    };
  });
}

/** By the number of the act that opened the pause; what a person wrote stays in the sealed body. */
async function reasonsOfPauses(
  dataSource: DataSource,
  definition: MatterDefinition,
  caseNo: string,
): Promise<Map<number, Reasons>> {
  const acts = await rows<{ seq: number; reasons: { code: string; clause: string }[] | null }>(
    dataSource,
    `SELECT seq, facts->'reasons' AS reasons FROM case_act WHERE case_no = $1 AND act IN ('askSupplement', 'openPause')`,
    [caseNo],
  );
  const labelOf = (code: string) => definition.reasons.find((reason) => reason.code === code)?.label ?? code;
  return new Map(
    acts.map(({ seq, reasons }) => [
      seq,
      (reasons ?? []).map(({ code, clause }) => ({ code, clause, label: labelOf(code) })),
    ]),
  );
}

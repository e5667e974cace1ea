import { addWorkingDays, pausedSpans, type ClockLedger, type WorkCalendar } from '@banjie/domain';

/** The days a pause leaves out on the way to the due date; they are not days that are left. */
export function pausedDays(ledger: ClockLedger | null, calendar: WorkCalendar): string[] {
  if (!ledger || ledger.pauses.length === 0) return [];
  return addWorkingDays(calendar, ledger.dayZero, ledger.limitWorkingDays, pausedSpans(ledger, calendar)).pausedDays;
}

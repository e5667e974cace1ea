import { defaultYellowThresholds } from '../../board/light-bounds';
import { officeMsBetween } from '../../calendar/office-time';
import type { WorkCalendar } from '../../calendar/work-calendar';
import type { YellowThresholds } from '../definition';
import { readClock, type ClockLedger } from '../ledger';

export type Light = 'green' | 'yellow' | 'red' | 'paused';

/**
 * The traffic light of one clock by counting its days and office hours, one clock at a time; the board finds the same by comparing due
 * instants (`lightBounds`). At an instant (epoch ms): yellow when little is left, red after `dueAt`; the closing instant
 * itself is still inside (T-05). A clock that stands still is never overdue; a stopped one shows how it ended.
 */
export function lightOf(
  ledger: ClockLedger,
  calendar: WorkCalendar,
  at: number,
  thresholds: YellowThresholds = defaultYellowThresholds,
): Light {
  const dueAt = Date.parse(ledger.dueAt);
  if (ledger.stoppedAt !== null) return Date.parse(ledger.stoppedAt) > dueAt ? 'red' : 'green';
  if (ledger.state === 'paused') return 'paused';
  if (at > dueAt) return 'red';
  const isShort = ledger.limitWorkingDays <= 1;
  const isClose = isShort
    ? officeMsBetween(calendar, at, dueAt) <= thresholds.yellowOfficeHours * 3_600_000
    : readClock(ledger, calendar, at).remainingWorkingDays <= thresholds.yellowWorkingDays;
  return isClose ? 'yellow' : 'green';
}

import { officeMsBetween } from '../calendar/office-time';
import type { WorkCalendar } from '../calendar/work-calendar';
import { readClock, type ClockLedger } from './ledger';

/** When a clock turns yellow; configuration per matter (04-clocks § 4, customary). */
export interface LightThresholds {
  yellowWorkingDays: number;
  /** For limits of one working day and of the same day. */
  yellowOfficeHours: number;
}

export const defaultLightThresholds: LightThresholds = { yellowWorkingDays: 2, yellowOfficeHours: 3 };

export type Light = 'green' | 'yellow' | 'red' | 'paused';

/**
 * The traffic light of a clock at an instant (epoch ms): yellow when little is left, red after `dueAt`; the closing instant
 * itself is still inside (T-05). A clock that stands still is never overdue; a stopped one shows how it ended.
 */
export function lightOf(
  ledger: ClockLedger,
  calendar: WorkCalendar,
  at: number,
  thresholds: LightThresholds = defaultLightThresholds,
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

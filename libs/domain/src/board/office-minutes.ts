import { officeMsBetween } from '../calendar/office-time';
import type { WorkCalendar } from '../calendar/work-calendar';

/** Whole office minutes between two instants (epoch ms), over working days alone (T-02). */
export const officeMinutesBetween = (calendar: WorkCalendar, from: number, to: number): number =>
  Math.floor(officeMsBetween(calendar, from, to) / 60_000);

import { CalendarWalk, officeHoursOn } from '../calendar/counting';
import { formatDay, msPerDay, shanghaiDayOf } from '../calendar/dates';
import type { WorkCalendar } from '../calendar/work-calendar';

const shanghaiOffsetMs = 8 * 3_600_000;

/** Whole office minutes between two instants (epoch ms), over working days alone (T-02). */
export function officeMinutesBetween(calendar: WorkCalendar, from: number, to: number): number {
  const walk = new CalendarWalk(calendar);
  let total = 0;
  for (let day = shanghaiDayOf(from); day <= shanghaiDayOf(to); day += 1) {
    if (!walk.isWorking(day)) continue;
    const midnight = day * msPerDay - shanghaiOffsetMs;
    for (const { open, close } of officeHoursOn(calendar, formatDay(day))) {
      total += Math.max(0, Math.min(to, midnight + timeOf(close)) - Math.max(from, midnight + timeOf(open)));
    }
  }
  return Math.floor(total / 60_000);
}

function timeOf(text: string): number {
  const [hours, minutes] = text.split(':').map(Number);
  return (hours! * 60 + minutes!) * 60_000;
}

import { CalendarWalk, officeHoursOn } from './counting';
import { formatDay, msPerDay, shanghaiDayOf, shanghaiTimeOfDayMs } from './dates';
import type { OfficeHours, WorkCalendar } from './work-calendar';

const shanghaiOffsetMs = 8 * 3_600_000;

/** The office hours of a working day, in ms since midnight in Shanghai. */
interface OfficeDay {
  spans: { openMs: number; closeMs: number }[];
  totalMs: number;
}

const officeDays = new WeakMap<readonly OfficeHours[], OfficeDay>();

function officeDayOf(calendar: WorkCalendar, dayNumber: number): OfficeDay {
  // Short days are few: a calendar without any is not asked for the date.
  const hours = calendar.shortDays ? officeHoursOn(calendar, formatDay(dayNumber)) : calendar.officeHours;
  let day = officeDays.get(hours);
  if (!day) {
    const spans = hours.map(({ open, close }) => ({ openMs: timeOfDayMs(open), closeMs: timeOfDayMs(close) }));
    day = { spans, totalMs: spans.reduce((sum, { openMs, closeMs }) => sum + closeMs - openMs, 0) };
    officeDays.set(hours, day);
  }
  return day;
}

function timeOfDayMs(text: string): number {
  const [hours, minutes] = text.split(':').map(Number);
  return (hours! * 60 + minutes!) * 60_000;
}

/** Office time of a working day, in ms: 360 minutes where D1's hours hold (T-02). */
export function officeDayMs(calendar: WorkCalendar, dayNumber: number): number {
  return officeDayOf(calendar, dayNumber).totalMs;
}

/** The earliest instant, epoch ms, at which `officeMs` of a day's office time have passed: half of 09–12, 13–16 is 12:00. */
export function instantInOfficeDay(calendar: WorkCalendar, dayNumber: number, officeMs: number): number {
  const midnight = dayNumber * msPerDay - shanghaiOffsetMs;
  const { spans } = officeDayOf(calendar, dayNumber);
  let left = officeMs;
  for (const { openMs, closeMs } of spans) {
    if (left <= closeMs - openMs) return midnight + openMs + left;
    left -= closeMs - openMs;
  }
  return midnight + spans.at(-1)!.closeMs;
}

/** Office time between two instants, in ms, over working days alone; nought when `to` lies before `from`. */
export function officeMsBetween(calendar: WorkCalendar, from: number, to: number): number {
  const walk = new CalendarWalk(calendar);
  const [first, last] = [shanghaiDayOf(from), shanghaiDayOf(to)];
  let total = 0;
  for (let day = first; day <= last; day += 1) {
    if (!walk.isWorking(day)) continue;
    const begin = day === first ? shanghaiTimeOfDayMs(from) : 0;
    const end = day === last ? shanghaiTimeOfDayMs(to) : msPerDay;
    for (const { openMs, closeMs } of officeDayOf(calendar, day).spans) {
      total += Math.max(0, Math.min(end, closeMs) - Math.max(begin, openMs));
    }
  }
  return total;
}

import { formatDay, parseDate, shanghaiDate } from '../calendar/dates';

const shanghaiOffsetMs = 8 * 3_600_000;
/** Longer than any stretch of closed days; without an end a calendar of nothing but holidays would ask for ever. */
const furthestDays = 60;

/**
 * The bank working day on which orders gathered at `at` are paid: the day itself while its bank takes orders (until `cutOff`, 'HH:MM' in
 * Shanghai; null: the whole day), otherwise the next one. A pay day that was missed is so paid on the next.
 */
export function payDayOf({
  at,
  cutOff,
  isBankDay,
}: {
  /** Epoch ms. */
  at: number;
  cutOff: string | null;
  isBankDay: (date: string) => boolean;
}): string {
  const today = parseDate(shanghaiDate(at));
  const clock = new Date(at + shanghaiOffsetMs).toISOString().slice(11, 16);
  const isLate = cutOff !== null && clock >= cutOff.slice(0, 5);
  for (let day = isLate ? today + 1 : today; day <= today + furthestDays; day += 1) {
    if (isBankDay(formatDay(day))) return formatDay(day);
  }
  throw new Error(`no bank working day within ${furthestDays} days of ${formatDay(today)}`);
}

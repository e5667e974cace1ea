import { DomainError } from '../errors';

// Dates are 'YYYY-MM-DD' strings and day numbers (days since 1970-01-01); instants are epoch milliseconds.
// China keeps +08:00 without summer time in the years we accept, so Asia/Shanghai is plain arithmetic here and nothing
// depends on the machine's zone or on its locale data. (1986–1991 had summer time from mid-April to mid-September;
// a limit of those years is not a matter of this platform, and dates as such are not touched by it.)

export const firstYear = 1990;
export const lastYear = 2100;

export const msPerDay = 86_400_000;
const shanghaiOffsetMs = 8 * 3_600_000;

const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

/** @param month 1–12 */
export function daysInMonth(year: number, month: number): number {
  return month === 2 && isLeapYear(year) ? 29 : monthLengths[month - 1]!;
}

/** Day number (1970-01-01 = 0) of a date of the Gregorian calendar that is known to exist. */
export function dayNumberOf(year: number, month: number, day: number): number {
  const shiftedYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The parts of a day number: the inverse of {@link dayNumberOf}. */
export function partsOf(dayNumber: number): { year: number; month: number; day: number } {
  const shifted = dayNumber + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthIndex = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthIndex + 2) / 5) + 1,
  };
}

const two = (value: number): string => (value < 10 ? `0${value}` : String(value));

/** 'YYYY-MM-DD' of a day number inside the accepted years. */
export function formatDay(dayNumber: number): string {
  const { year, month, day } = partsOf(dayNumber);
  return `${year}-${two(month)}-${two(day)}`;
}

/** 0 is Sunday. */
export function weekdayOf(dayNumber: number): number {
  return (((dayNumber + 4) % 7) + 7) % 7;
}

function badDate(value: unknown, reason: string, field?: string): DomainError {
  const shown = typeof value === 'string' ? value.slice(0, 40) : typeof value;
  return new DomainError('BAD_DATE', { value: shown, reason }, field);
}

function dayNumberFrom(year: number, month: number, day: number, value: unknown, field?: string): number {
  if (year < firstYear || year > lastYear) {
    throw badDate(value, `年份须在 ${firstYear} 至 ${lastYear} 之间`, field);
  }
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) throw badDate(value, '没有这一天', field);
  return dayNumberOf(year, month, day);
}

/** @throws DomainError BAD_DATE when `date` is not an existing 'YYYY-MM-DD' of 1990–2100. */
export function parseDate(date: unknown, field?: string): number {
  const match = typeof date === 'string' ? /^(\d{4})-(\d{2})-(\d{2})$/.exec(date) : null;
  if (!match) throw badDate(date, '须为 YYYY-MM-DD', field);
  return dayNumberFrom(Number(match[1]), Number(match[2]), Number(match[3]), date, field);
}

/** What a start or an arrival was given as: a day without an hour, or an instant. `dayNumber` is the day in Shanghai. */
export type Moment = { kind: 'day'; dayNumber: number } | { kind: 'instant'; dayNumber: number; epochMs: number };

const momentForm =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/;

/**
 * Reads 'YYYY-MM-DD' or an ISO date and time; without an offset the time is Asia/Shanghai.
 * Fractions of a millisecond are kept, so that 16:00:00.0001 lies after 16:00.
 * @throws DomainError BAD_DATE
 */
export function parseMoment(value: unknown, field?: string): Moment {
  const match = typeof value === 'string' ? momentForm.exec(value) : null;
  if (!match) throw badDate(value, '须为 YYYY-MM-DD 或 YYYY-MM-DDTHH:mm[:ss][+08:00]', field);
  const dayNumber = dayNumberFrom(Number(match[1]), Number(match[2]), Number(match[3]), value, field);
  if (match[4] === undefined) return { kind: 'day', dayNumber };
  const [hour, minute, second] = [Number(match[4]), Number(match[5]), Number(match[6] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59) throw badDate(value, '没有这个时刻', field);
  const localMs = dayNumber * msPerDay + (hour * 3600 + minute * 60 + second + Number(match[7] ?? 0)) * 1000;
  const epochMs = localMs - (match[8] === undefined ? shanghaiOffsetMs : offsetMsOf(match[8], value, field));
  const shanghaiDay = shanghaiDayOf(epochMs);
  const { year } = partsOf(shanghaiDay);
  if (year < firstYear || year > lastYear) throw badDate(value, `年份须在 ${firstYear} 至 ${lastYear} 之间`, field);
  return { kind: 'instant', dayNumber: shanghaiDay, epochMs };
}

function offsetMsOf(text: string, value: unknown, field?: string): number {
  if (text === 'Z') return 0;
  const digits = text.slice(1).replace(':', '').padEnd(4, '0');
  const [hours, minutes] = [Number(digits.slice(0, 2)), Number(digits.slice(2))];
  if (hours > 14 || minutes > 59) throw badDate(value, '时区偏移无效', field);
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** The day number, in Shanghai, of an instant. */
export function shanghaiDayOf(epochMs: number): number {
  return Math.floor((epochMs + shanghaiOffsetMs) / msPerDay);
}

/** Milliseconds since midnight in Shanghai; may hold a fraction. */
export function shanghaiTimeOfDayMs(epochMs: number): number {
  return epochMs + shanghaiOffsetMs - shanghaiDayOf(epochMs) * msPerDay;
}

/** 'YYYY-MM-DD' in Shanghai of an instant. */
export function shanghaiDate(epochMs: number): string {
  return formatDay(shanghaiDayOf(epochMs));
}

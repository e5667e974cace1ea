import { isWorkingDay } from '../calendar/counting';
import { calendarFor } from '../calendar/work-calendar';
import { payDayOf } from './pay-day';

const national = calendarFor();
const at = (moment: string) => Date.parse(`${moment}:00+08:00`);
const day = (moment: string, cutOff: string | null = '15:30', closed: string[] = []) =>
  payDayOf({ at: at(moment), cutOff, isBankDay: (date) => isWorkingDay(national, date) && !closed.includes(date) });

it.each([
  ['2026-11-25T15:29', '2026-11-25', 'before the cut-off of a working day'],
  ['2026-11-25T15:30', '2026-11-26', 'at the cut-off'],
  ['2026-11-27T16:00', '2026-11-30', 'late on a Friday'],
  ['2026-11-28T09:00', '2026-11-30', 'on a Saturday'],
  ['2026-09-20T09:00', '2026-09-20', 'on a Sunday that is worked'],
  ['2026-09-30T16:00', '2026-10-08', 'before the National Day holiday'],
  ['2026-11-25T00:10', '2026-11-25', 'just after midnight in Shanghai, the day before in UTC'],
])('%s is paid on %s: %s', (moment, expected) => {
  expect(day(moment)).toBe(expected);
});

it('passes over a day on which the bank alone is closed, and knows no hour without a cut-off', () => {
  expect(day('2026-11-25T09:00', '15:30', ['2026-11-25'])).toBe('2026-11-26');
  expect(day('2026-11-25T23:59', null)).toBe('2026-11-25');
});

it('ends with an error where no day is a bank day', () => {
  expect(() => payDayOf({ at: at('2026-11-25T09:00'), cutOff: null, isBankDay: () => false })).toThrow(
    /no bank working day/,
  );
});

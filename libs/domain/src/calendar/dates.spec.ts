import fc from 'fast-check';
import { DomainError } from '../errors';
import { formatDay, parseDate, parseMoment, partsOf, shanghaiDate, weekdayOf } from './dates';

const code = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
  return 'no error';
};

describe('day numbers', () => {
  it('agree with the Gregorian calendar of the runtime on every day of 1990–2100', () => {
    const last = Date.UTC(2100, 11, 31) / 86_400_000;
    for (let day = Date.UTC(1990, 0, 1) / 86_400_000; day <= last; day += 1) {
      const reference = new Date(day * 86_400_000);
      const date = reference.toISOString().slice(0, 10);
      if (formatDay(day) !== date || parseDate(date) !== day || weekdayOf(day) !== reference.getUTCDay()) {
        throw new Error(`${date} differs: ${JSON.stringify(partsOf(day))}`);
      }
    }
    expect(formatDay(last)).toBe('2100-12-31');
  });

  it.each([
    '2025-02-29',
    '2025-13-01',
    '2025-00-10',
    '2025-04-31',
    '2025-4-3',
    '1989-12-31',
    '2101-01-01',
    '25-01-01',
    '2025/01/01',
    ' 2025-01-01',
    '2025-01-01\n',
    '',
    null,
    undefined,
    20250101,
    {},
  ])('refuse %p', (value) => expect(code(() => parseDate(value))).toBe('BAD_DATE'));
});

describe('moments', () => {
  it.each([
    ['2025-06-03', '2025-06-03', undefined],
    ['2025-06-03T10:00', '2025-06-03', '2025-06-03T02:00:00.000Z'],
    ['2025-06-03 10:00:30', '2025-06-03', '2025-06-03T02:00:30.000Z'],
    ['2025-06-03T10:00:00.5', '2025-06-03', '2025-06-03T02:00:00.500Z'],
    ['2025-06-03T16:00:00.000Z', '2025-06-04', '2025-06-03T16:00:00.000Z'],
    ['2025-06-03T15:59:59.999Z', '2025-06-03', '2025-06-03T15:59:59.999Z'],
    ['2025-06-03T23:30:00-05:00', '2025-06-04', '2025-06-04T04:30:00.000Z'],
    ['2025-06-03T00:30+0900', '2025-06-02', '2025-06-02T15:30:00.000Z'],
    ['2025-06-03T00:30+09', '2025-06-02', '2025-06-02T15:30:00.000Z'],
    ['2026-12-31T16:00:00Z', '2027-01-01', '2026-12-31T16:00:00.000Z'],
  ])('reads %s as %s in Shanghai', (text, date, instant) => {
    const moment = parseMoment(text);
    expect(formatDay(moment.dayNumber)).toBe(date);
    expect(moment.kind === 'instant' ? new Date(moment.epochMs).toISOString() : undefined).toBe(instant);
  });

  it.each([
    '2025-06-03T24:00',
    '2025-06-03T10:60',
    '2025-06-03T10:00:60',
    '2025-06-03T1:00',
    '2025-06-03T10',
    '2025-06-03T10:00+15:00',
    '2025-06-03T10:00+08:60',
    '2025-06-03Z',
    '2025-02-30T10:00',
    '2100-12-31T23:00Z',
    '1990-01-01T00:00+14:00',
    'tomorrow',
    '',
    Number.NaN,
  ])('refuses %p', (value) => expect(code(() => parseMoment(value))).toBe('BAD_DATE'));

  it('reads back every instant that the runtime writes', () => {
    const instants = fc.integer({ min: Date.UTC(1990, 0, 2), max: Date.UTC(2100, 11, 30) });
    fc.assert(
      fc.property(instants, (epochMs) => {
        const moment = parseMoment(new Date(epochMs).toISOString());
        const inShanghai = new Date(epochMs + 8 * 3_600_000).toISOString().slice(0, 10);
        return moment.kind === 'instant' && moment.epochMs === epochMs && shanghaiDate(epochMs) === inShanghai;
      }),
      { numRuns: 2000 },
    );
  });
});

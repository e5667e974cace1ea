import { DomainError } from '../errors';
import { computeDeadline, type DeadlineInput, type Limit } from './deadline';
import { calendarFor } from './work-calendar';

const workingDays = (n: number): Limit => ({ kind: 'workingDays', n });
const pauseOfExample = { from: '2025-06-10', to: '2025-06-16' };

describe('the worked examples of 04-clocks § 5', () => {
  it.each<[string, DeadlineInput, string]>([
    ['调休 Sunday', { start: '2025-04-25T10:00', limit: workingDays(1) }, '2025-04-27'],
    ['across 劳动节', { start: '2025-04-30', limit: workingDays(5) }, '2025-05-12'],
    ['across 春节', { start: '2026-01-30', limit: workingDays(15) }, '2026-02-27'],
    ['across 春节, one more', { start: '2026-01-30', limit: workingDays(16) }, '2026-02-28'],
    ['K-02 paused', { start: '2025-06-03', limit: workingDays(18), pauses: [pauseOfExample] }, '2025-07-03'],
    ['K-02, pausing off', { start: '2025-06-03', limit: workingDays(18) }, '2025-06-27'],
    ['online on a Saturday', { start: '2025-06-07', limit: workingDays(1) }, '2025-06-10'],
    ['online on a Saturday at ten', { start: '2025-06-07T10:00', limit: workingDays(1) }, '2025-06-10'],
    ['Saturday, ACTUAL_DATE', { start: '2025-06-07', limit: workingDays(1), afterHours: 'actualDate' }, '2025-06-09'],
    ['14 days from discharge', { start: '2025-06-10', limit: { kind: 'calendarDays', n: 14 } }, '2025-06-24'],
    ['three months', { start: '2026-08-31', limit: { kind: 'months', n: 3 } }, '2026-11-30'],
  ])('%s', (_, input, dueDate) => {
    expect(computeDeadline(input)).toMatchObject({ dueDate, dueAt: `${dueDate}T16:00:00+08:00`, provisional: false });
  });

  it('gives exactly these fields', () => {
    expect(computeDeadline({ start: '2025-04-30', limit: workingDays(5) })).toEqual({
      receivedOn: '2025-04-30',
      dueDate: '2025-05-12',
      dueAt: '2025-05-12T16:00:00+08:00',
      provisional: false,
      calendarVersion: calendarFor().version,
      countedDays: ['2025-05-06', '2025-05-07', '2025-05-08', '2025-05-09', '2025-05-12'],
      pausedDays: [],
    });
  });
});

describe('the counting rules', () => {
  it.each<[string, DeadlineInput, { receivedOn?: string; dueDate: string; countedDays?: string[] }]>([
    ['T-03 day zero is not counted', { start: '2025-06-03', limit: workingDays(1) }, { dueDate: '2025-06-04' }],
    [
      'T-05 after closing',
      { start: '2025-06-03T16:00:00.001', limit: workingDays(1) },
      { receivedOn: '2025-06-04', dueDate: '2025-06-05' },
    ],
    [
      'T-05 at closing',
      { start: '2025-06-03T16:00', limit: workingDays(1) },
      { receivedOn: '2025-06-03', dueDate: '2025-06-04' },
    ],
    [
      'T-05 after closing, given in another offset',
      { start: '2025-06-03T08:00:00.001Z', limit: workingDays(1) },
      { receivedOn: '2025-06-04', dueDate: '2025-06-05' },
    ],
    [
      'T-05 does not move acts of staff in the evening',
      { start: '2025-06-03T21:00', limit: workingDays(1), fromOutside: false },
      { receivedOn: '2025-06-03', dueDate: '2025-06-04' },
    ],
    [
      'T-05 does not move acts of staff on a Saturday',
      { start: '2025-06-07T10:00', limit: workingDays(1), fromOutside: false },
      { receivedOn: '2025-06-07', dueDate: '2025-06-09' },
    ],
    [
      'T-06 same day',
      { start: '2025-06-03T10:00', limit: { kind: 'sameDay' } },
      { dueDate: '2025-06-03', countedDays: ['2025-06-03'] },
    ],
    ['T-06 filed on a Saturday', { start: '2025-06-07', limit: { kind: 'sameDay' } }, { dueDate: '2025-06-09' }],
    [
      'T-07 day 1 and day 14 are inside',
      { start: '2025-06-10', limit: { kind: 'calendarDays', n: 2 } },
      { dueDate: '2025-06-12', countedDays: ['2025-06-11', '2025-06-12'] },
    ],
    [
      'T-07 not moved by 国庆',
      { start: '2025-09-20', limit: { kind: 'calendarDays', n: 14 } },
      { dueDate: '2025-10-04' },
    ],
    [
      'T-07 runs from the event, also on a Saturday evening',
      { start: '2025-06-07T20:00', limit: { kind: 'calendarDays', n: 14 } },
      { receivedOn: '2025-06-07', dueDate: '2025-06-21' },
    ],
    [
      'T-07 with T-05 asked for',
      { start: '2025-06-07', limit: { kind: 'calendarDays', n: 14 }, afterHours: 'nextDay' },
      { receivedOn: '2025-06-09', dueDate: '2025-06-23' },
    ],
    ['T-08 31 March', { start: '2026-03-31', limit: { kind: 'months', n: 3 } }, { dueDate: '2026-06-30' }],
    ['T-08 end of February', { start: '2024-11-30', limit: { kind: 'months', n: 3 } }, { dueDate: '2025-02-28' }],
    ['T-08 leap February', { start: '2023-11-30', limit: { kind: 'months', n: 3 } }, { dueDate: '2024-02-29' }],
    ['T-08 over the year', { start: '2025-12-15', limit: { kind: 'months', n: 1 } }, { dueDate: '2026-01-15' }],
    ['T-09 validity is not moved', { start: '2025-07-03', limit: { kind: 'months', n: 3 } }, { dueDate: '2025-10-03' }],
    [
      'T-09 a person must act at an office: months',
      { start: '2025-07-03', limit: { kind: 'months', n: 3 }, mustActAtOffice: true },
      { dueDate: '2025-10-09' },
    ],
    [
      'T-09 a person must act at an office: days',
      { start: '2025-06-07', limit: { kind: 'calendarDays', n: 7 }, mustActAtOffice: true },
      { dueDate: '2025-06-16' },
    ],
    [
      'T-09 working days never end on a holiday, not even none',
      { start: '2025-06-07', limit: workingDays(0), afterHours: 'actualDate' },
      { receivedOn: '2025-06-07', dueDate: '2025-06-09', countedDays: [] },
    ],
    ['T-10 acceptance used up', { start: '2025-06-03', limit: workingDays(1) }, { dueDate: '2025-06-04' }],
    [
      'T-13 三月三 in the region',
      { start: '2026-04-17', limit: workingDays(1), region: '450200' },
      { dueDate: '2026-04-22' },
    ],
    ['T-13 and not in the country', { start: '2026-04-17', limit: workingDays(1) }, { dueDate: '2026-04-20' }],
  ])('%s', (_, input, expected) => expect(computeDeadline(input)).toMatchObject(expected));

  it('T-10: every day of 1/18/1 used ends exactly on the overall 20, whatever the day of receipt', () => {
    for (const start of ['2025-01-20', '2025-04-25', '2025-09-26', '2026-01-30', '2026-02-14', '2026-09-18']) {
      const stage = [1, 18, 1].reduce(
        (from, n) => computeDeadline({ start: from, limit: workingDays(n), fromOutside: false }).dueDate,
        start,
      );
      expect(stage).toBe(computeDeadline({ start, limit: workingDays(20) }).dueDate);
    }
  });

  it.each<[string, DeadlineInput, boolean]>([
    ['inside published years', { start: '2026-12-01', limit: workingDays(18) }, false],
    ['to the last day of a published year', { start: '2026-12-28', limit: workingDays(3) }, false],
    ['over the edge', { start: '2026-12-28', limit: workingDays(4) }, true],
    ['received over the edge', { start: '2026-12-31T17:00', limit: { kind: 'sameDay' } }, true],
    [
      'day zero in an unpublished year, every counted day in a published one',
      { start: '2024-12-31', limit: workingDays(1), fromOutside: false },
      false,
    ],
    ['no calendar asked', { start: '2026-11-23', limit: { kind: 'months', n: 6 } }, false],
    [
      'calendar asked for the end',
      { start: '2026-11-23', limit: { kind: 'months', n: 6 }, mustActAtOffice: true },
      true,
    ],
    ['region without its notice', { start: '2026-06-01', limit: workingDays(1), region: '450200' }, true],
  ])('T-12 provisional: %s', (_, input, provisional) => {
    expect(computeDeadline(input).provisional).toBe(provisional);
  });

  it('an arrival given as an instant follows T-05, one given as a date stands', () => {
    const dueWith = (to: string): string =>
      computeDeadline({ start: '2025-06-03', limit: workingDays(18), pauses: [{ from: '2025-06-10', to }] }).dueDate;
    expect(dueWith('2025-06-13T16:00')).toBe(dueWith('2025-06-13'));
    expect(dueWith('2025-06-13T16:01')).toBe(dueWith('2025-06-16'));
    expect(dueWith('2025-06-14T10:00')).toBe(dueWith('2025-06-16'));
    expect(dueWith('2025-06-14')).toBe(dueWith('2025-06-13'));
  });
});

describe('bad input', () => {
  const good: DeadlineInput = { start: '2025-06-03', limit: workingDays(18) };
  it.each<[string, object, string, string]>([
    ['a start that is no date', { start: 'yesterday' }, 'BAD_DATE', 'start'],
    ['no start', { start: undefined }, 'BAD_DATE', 'start'],
    ['a year before 1990', { start: '1989-12-31' }, 'BAD_DATE', 'start'],
    ['a negative limit', { limit: workingDays(-1) }, 'BAD_LIMIT', 'limit'],
    ['half a day', { limit: workingDays(1.5) }, 'BAD_LIMIT', 'limit'],
    ['not a number', { limit: workingDays(Number.NaN) }, 'BAD_LIMIT', 'limit'],
    ['a number as text', { limit: { kind: 'workingDays', n: '18' } }, 'BAD_LIMIT', 'limit'],
    ['a limit too long', { limit: workingDays(2001) }, 'BAD_LIMIT', 'limit'],
    ['an unknown kind', { limit: { kind: 'hours', n: 24 } }, 'BAD_LIMIT', 'limit'],
    ['no limit', { limit: null }, 'BAD_LIMIT', 'limit'],
    ['months beyond 2100', { limit: { kind: 'months', n: 2000 } }, 'BAD_LIMIT', 'limit'],
    ['a reversed pause', { pauses: [{ from: '2025-06-16', to: '2025-06-10' }] }, 'BAD_PAUSE', 'pauses'],
    ['a pause that is no date', { pauses: [{ from: '2025-06-16', to: 'soon' }] }, 'BAD_DATE', 'pauses'],
    [
      'a pause of calendar days',
      { limit: { kind: 'calendarDays', n: 14 }, pauses: [pauseOfExample] },
      'BAD_PAUSE',
      'pauses',
    ],
    ['an unknown region', { region: '999999' }, 'UNKNOWN_REGION', 'region'],
    ['another region than the calendar', { region: '450200', calendar: calendarFor() }, 'UNKNOWN_REGION', 'region'],
    ['an unknown policy', { afterHours: 'never' }, 'BAD_DEADLINE_OPTION', 'afterHours'],
    ['an unknown pause maximum', { pauseMaximumWorkingDays: -1 }, 'BAD_DEADLINE_OPTION', 'pauseMaximumWorkingDays'],
  ])('is refused: %s', (_, change, code, field) => {
    let refused: unknown;
    try {
      computeDeadline({ ...good, ...change });
    } catch (error) {
      refused = error;
    }
    expect(refused).toBeInstanceOf(DomainError);
    expect(refused).toMatchObject({ code, field });
    expect((refused as DomainError).message).not.toMatch(/[{}]|未注明/);
  });

  it('a limit that would run past 2100 is refused, not counted for ever', () => {
    expect(() => computeDeadline({ start: '2100-12-01', limit: workingDays(60) })).toThrow(/2100/);
    const pauses = [{ from: '2025-06-10', to: '2100-12-31' }];
    expect(() => computeDeadline({ start: '2025-06-03', limit: workingDays(18), pauses })).toThrow(/2100/);
  });
});

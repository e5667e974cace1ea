import { builtInTables, calendarFor, computeDeadline } from '@banjie/domain';
import { BruteCount, dateOf } from './counting';
import { readCalendar, readPackages } from './example-files';
import { examplesHome } from './running-system';

const calendar = readCalendar(examplesHome);
const national = new BruteCount(calendar, false);
const liuzhou = new BruteCount(calendar, true);

describe('the count of the demo', () => {
  // 04-clocks § 5, typed by hand.
  it.each([
    ['2025-04-25', 1, [], '2025-04-27'],
    ['2025-04-30', 5, [], '2025-05-12'],
    ['2026-01-30', 15, [], '2026-02-27'],
    ['2026-01-30', 16, [], '2026-02-28'],
    ['2025-06-03', 18, [{ from: '2025-06-10', to: '2025-06-16' }], '2025-07-03'],
    ['2025-06-03', 18, [], '2025-06-27'],
  ] as const)('from %s, %d working days, pauses %j → %s', (dayZero, limit, pauses, due) => {
    expect(national.dueDate(dayZero, limit, pauses)).toBe(due);
  });

  it.each([
    ['2025-06-07T10:00:00+08:00', '2025-06-09'],
    ['2026-02-13T08:00:00.000Z', '2026-02-13'],
    ['2026-02-13T08:00:00.001Z', '2026-02-14'],
    ['2026-02-14T02:00:00Z', '2026-02-14'],
    ['2026-09-30T17:00:00+08:00', '2026-10-08'],
  ])('what arrives at %s is received on %s', (instant, date) => {
    expect(national.receivedOn(instant)).toBe(date);
  });

  it('knows the regional days, the make-up days and the fixed holidays of a year without a notice', () => {
    expect([national.isWorkingDay('2025-03-31'), liuzhou.isWorkingDay('2025-03-31')]).toEqual([true, false]);
    expect([national.isWorkingDay('2026-02-14'), national.isWorkingDay('2026-02-16')]).toEqual([true, false]);
    const unpublished = ['2031-01-01', '2031-05-01', '2031-05-02', '2031-10-03', '2031-02-03', '2031-02-08'];
    expect(unpublished.map((date) => national.isWorkingDay(date))).toEqual([false, false, false, false, true, false]);
    expect(dateOf('2026-01-01T16:00:00Z')).toBe('2026-01-02');
  });

  it('agrees with the domain on every day of two years and over the end of the tables', () => {
    const workCalendar = calendarFor('450200', builtInTables);
    for (let day = Date.parse('2025-01-02T02:00:00Z'); day < Date.parse('2027-03-01'); day += 86_400_000) {
      const start = new Date(day).toISOString();
      const { receivedOn, dueDate } = computeDeadline({
        start,
        limit: { kind: 'workingDays', n: 18 },
        calendar: workCalendar,
      });
      expect([start, liuzhou.receivedOn(start), liuzhou.dueDate(receivedOn, 18, [])]).toEqual([
        start,
        receivedOn,
        dueDate,
      ]);
    }
  });

  it('finds the typed dates of the packages', () => {
    const packages = readPackages(examplesHome);
    const probes = packages.flatMap((one) => (one.kind === 'deadlines' ? one.probes : []));
    expect(probes.length).toBeGreaterThanOrEqual(15);
    for (const { request, expect: expected, why } of probes) {
      const count = request.region === '450200' ? liuzhou : national;
      const days = request.limit.kind === 'workingDays' ? request.limit.n : 0;
      const start = request.start.length === 10 ? `${request.start}T09:00` : request.start;
      const received = count.receivedOn(/(?:Z|[+-]\d\d:\d\d)$/.test(start) ? start : `${start}+08:00`);
      expect([why, received, count.dueDate(received, days, request.pauses ?? [])]).toEqual([
        why,
        expected.receivedOn,
        expected.dueDate,
      ]);
    }
  });
});

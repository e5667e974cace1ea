import { isWorkday } from 'chinese-days';
import { DomainError } from '../errors';
import { parseCalendarFile } from './calendar-file';
import { closeOfOffice, deemReceived, isWorkingDay, officeHoursOn } from './counting';
import { formatDay, parseDate } from './dates';
import { builtInTables, calendarFor, mergeCalendars } from './work-calendar';

function datesOf(from: string, to: string): string[] {
  const dates: string[] = [];
  for (let day = parseDate(from); day <= parseDate(to); day += 1) dates.push(formatDay(day));
  return dates;
}

const workingIn = (from: string, to: string, region: string | null = null): string[] =>
  datesOf(from, to).filter((date) => isWorkingDay(calendarFor(region), date));

describe('the national calendar (T-01)', () => {
  it('agrees with a second source on every day of 2025 and 2026', () => {
    const differing = datesOf('2025-01-01', '2026-12-31').filter(
      (date) => isWorkingDay(calendarFor(), date) !== isWorkday(date),
    );
    expect(differing).toEqual([]);
  });

  it.each([
    ['2025-04-27', true],
    ['2025-10-11', true],
    ['2025-10-08', false],
    ['2026-02-14', true],
    ['2026-02-28', true],
    ['2026-09-20', true],
    ['2026-09-25', false],
    ['2026-10-08', true],
  ])('%s is a working day: %s', (date, working) => expect(isWorkingDay(calendarFor(), date)).toBe(working));

  it('closes for the whole of 春节 2026', () => {
    expect(workingIn('2026-02-13', '2026-02-24')).toEqual(['2026-02-13', '2026-02-14', '2026-02-24']);
  });

  it('has 248 working days in 2025 and 248 in 2026', () => {
    expect(workingIn('2025-01-01', '2025-12-31')).toHaveLength(248);
    expect(workingIn('2026-01-01', '2026-12-31')).toHaveLength(248);
  });
});

describe('an unpublished year (T-12)', () => {
  it('knows weekends and the holidays with a fixed date, and nothing else', () => {
    expect(workingIn('2026-12-31', '2027-01-05')).toEqual(['2026-12-31', '2027-01-04', '2027-01-05']);
    const closedWeekdays = datesOf('2029-01-01', '2029-12-31').filter((date) => {
      const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
      return weekday !== 0 && weekday !== 6 && !isWorkingDay(calendarFor(), date);
    });
    expect(closedWeekdays).toEqual([
      '2029-01-01',
      '2029-05-01',
      '2029-05-02',
      '2029-10-01',
      '2029-10-02',
      '2029-10-03',
    ]);
  });
});

describe('regional days (T-13)', () => {
  it('come on top of the national table', () => {
    expect(isWorkingDay(calendarFor(), '2026-04-20')).toBe(true);
    expect(workingIn('2026-04-17', '2026-04-23', '450200')).toEqual(['2026-04-17', '2026-04-22', '2026-04-23']);
    expect(workingIn('2025-03-28', '2025-04-02', '450200')).toEqual(['2025-03-28', '2025-04-02']);
    expect(isWorkingDay(calendarFor('450200'), '2026-02-14')).toBe(true);
  });

  it('close exactly two working days a year, provisional until the notice is loaded', () => {
    for (const year of [2025, 2026]) {
      const national = workingIn(`${year}-01-01`, `${year}-12-31`).length;
      expect(national - workingIn(`${year}-01-01`, `${year}-12-31`, '450200').length).toBe(2);
      expect(calendarFor('450200').years[year]?.status).toBe('provisional');
      expect(calendarFor().years[year]?.status).toBe('published');
    }
  });

  it('win over the national table, closed or made up', () => {
    const tables = mergeCalendars(
      builtInTables,
      parseCalendarFile(
        JSON.stringify({
          regions: {
            '450300': { 2026: { status: 'published', source: '例', closed: ['2026-02-14'], makeUp: ['2026-04-04'] } },
          },
        }),
      ),
    );
    expect(isWorkingDay(calendarFor('450300', tables), '2026-02-14')).toBe(false);
    expect(isWorkingDay(calendarFor('450300', tables), '2026-04-04')).toBe(true);
    expect(calendarFor('450300', tables).years[2026]?.status).toBe('published');
    // 2025 has no row of this region: its own days are unknown.
    expect(calendarFor('450300', tables).years[2025]?.status).toBe('provisional');
  });

  it.each(['440100', '柳州', '', '4502000', '__proto__', 'constructor'])('refuses the unknown region %p', (region) => {
    expect(() => calendarFor(region)).toThrow(DomainError);
    expect(() => calendarFor(region)).toThrow(/450200|六位/);
  });
});

describe('what one agency has of its own', () => {
  const hours = [{ open: '08:30', close: '12:00' }];
  const tables = {
    ...builtInTables,
    agencies: {
      A1: {
        officeHours: [...hours, { open: '14:00', close: '17:30' }],
        years: {
          2026: {
            ...{ year: 2026, status: 'published' as const, source: '停电通知' },
            ...{ closedDays: ['2026-06-10'], makeUpDays: ['2026-06-13'] },
          },
        },
        shortDays: { '2026-06-11': hours },
      },
    },
  };
  const own = calendarFor('450200', tables, 'A1');

  it('comes on top of the region, with hours and days of its own', () => {
    expect(isWorkingDay(own, '2026-06-10')).toBe(false);
    expect(isWorkingDay(own, '2026-06-13')).toBe(true);
    expect(isWorkingDay(own, '2026-04-20')).toBe(false);
    expect(closeOfOffice(own, '2026-06-12')).toBe('2026-06-12T17:30:00+08:00');
    // A local closure publishes no notice of the region.
    expect(own.years[2026]?.status).toBe('provisional');
  });

  it('closes earlier on a day of fewer hours: for limits and for what arrives', () => {
    expect(closeOfOffice(own, '2026-06-11')).toBe('2026-06-11T12:00:00+08:00');
    expect(officeHoursOn(own, '2026-06-11')).toEqual(hours);
    expect(deemReceived(own, Date.parse('2026-06-11T12:00:00+08:00'))).toBe('2026-06-11');
    expect(deemReceived(own, Date.parse('2026-06-11T12:00:01+08:00'))).toBe('2026-06-12');
    expect(deemReceived(own, Date.parse('2026-06-12T17:30:00+08:00'))).toBe('2026-06-12');
  });

  it('has a version of its own, and an agency with nothing of its own has its region’s calendar', () => {
    expect(own.version).not.toBe(calendarFor('450200', tables).version);
    expect(calendarFor('450200', tables, 'A2')).toBe(calendarFor('450200', tables));
    const { A1 } = tables.agencies;
    const without = { ...tables, agencies: { A1: { ...A1, shortDays: {} } } };
    expect(calendarFor('450200', without, 'A1').version).not.toBe(own.version);
  });
});

describe('the version (T-14)', () => {
  const year = (closed: string[], status = 'published'): string =>
    JSON.stringify({ national: { 2027: { status, source: '例', closed } } });
  const versionOf = (file: string): string =>
    calendarFor(null, mergeCalendars(builtInTables, parseCalendarFile(file))).version;

  it('stays while the contents stay, and the calendar is made once', () => {
    expect(calendarFor()).toBe(calendarFor(null));
    expect(versionOf(year(['2027-01-01']))).toBe(versionOf(year(['2027-01-01'])));
  });

  it('changes with a day, a status, a region', () => {
    const versions = [
      calendarFor().version,
      calendarFor('450200').version,
      versionOf(year([])),
      versionOf(year(['2027-01-01'])),
      versionOf(year(['2027-01-01'], 'provisional')),
    ];
    expect(new Set(versions).size).toBe(versions.length);
    for (const version of versions) expect(version).toMatch(/^(CN|450200)-20\d\d-[0-9a-z]{11}$/);
  });
});

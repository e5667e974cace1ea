import { DomainError } from '../errors';
import { applyCalendarChange, type CalendarChange } from './change';
import { isWorkingDay, officeHoursOn } from './counting';
import { builtInTables, calendarFor } from './work-calendar';

const source = '示例文号〔2026〕1号';
type YearChange = Extract<CalendarChange, { kind: 'year' }>;
type Closure = Extract<CalendarChange, { kind: 'localClosure' }>;

/** Nobody's announcement: the form of a national notice of 2027 whose sum is right. */
const year2027: YearChange = {
  kind: 'year',
  regionCode: null,
  year: 2027,
  status: 'published',
  closed: [
    { name: '元旦', from: '2027-01-01', to: '2027-01-03', days: 3 },
    { name: '春节', from: '2027-02-05', to: '2027-02-11', days: 7 },
    { name: '清明节', from: '2027-04-05', to: '2027-04-05', days: 1 },
    { name: '劳动节', from: '2027-05-01', to: '2027-05-05', days: 5 },
    { name: '端午节', from: '2027-06-09', to: '2027-06-09', days: 1 },
    { name: '中秋节', from: '2027-09-15', to: '2027-09-15', days: 1 },
    { name: '国庆节', from: '2027-10-01', to: '2027-10-07', days: 7 },
  ],
  makeUp: ['2027-02-14', '2027-05-08', '2027-09-26', '2027-10-09'],
};
const closure: Closure = {
  kind: 'localClosure',
  agencyId: 'A1',
  regionCode: '450200',
  year: 2026,
  closed: [{ name: '停电检修', from: '2026-06-10', to: '2026-06-10', days: 1 }],
  makeUp: ['2026-06-13'],
  shortDays: [{ date: '2026-06-11', officeHours: [{ open: '09:00', close: '12:00' }] }],
};

function refusalOf(change: CalendarChange): string {
  try {
    applyCalendarChange(builtInTables, change, source);
  } catch (error) {
    expect(error).toBeInstanceOf(DomainError);
    expect(error).toMatchObject({ code: 'BAD_CALENDAR_CHANGE' });
    return (error as Error).message;
  }
  return 'accepted';
}

describe('a change of the calendar', () => {
  it('publishes a year, which then is no longer provisional', () => {
    const tables = applyCalendarChange(builtInTables, year2027, source);
    const calendar = calendarFor(null, tables);
    expect(calendar.years[2027]).toMatchObject({ status: 'published', source });
    expect(isWorkingDay(calendar, '2027-02-14')).toBe(true);
    expect(isWorkingDay(calendar, '2027-02-10')).toBe(false);
    expect(calendar.years[2026]).toBe(calendarFor().years[2026]);
  });

  it('gives a region its days', () => {
    const tables = applyCalendarChange(
      builtInTables,
      {
        ...{ kind: 'year', regionCode: '450200', year: 2026, status: 'published', makeUp: [] },
        closed: [{ name: '三月三', from: '2026-04-20', to: '2026-04-21', days: 2 }],
      },
      source,
    );
    expect(calendarFor('450200', tables).years[2026]).toMatchObject({ status: 'published' });
    expect(isWorkingDay(calendarFor(null, tables), '2026-04-20')).toBe(true);
  });

  it('closes one office and no other, and takes the place of what it had that year', () => {
    const first = applyCalendarChange(builtInTables, closure, source);
    const own = calendarFor('450200', first, 'A1');
    expect(['2026-06-10', '2026-06-13'].map((date) => isWorkingDay(own, date))).toEqual([false, true]);
    expect(officeHoursOn(own, '2026-06-11')).toEqual([{ open: '09:00', close: '12:00' }]);
    expect(isWorkingDay(calendarFor('450200', first, 'A2'), '2026-06-10')).toBe(true);
    const again = applyCalendarChange(first, { ...closure, closed: [], makeUp: [], shortDays: [] }, source);
    expect(isWorkingDay(calendarFor('450200', again, 'A1'), '2026-06-10')).toBe(true);
    expect(calendarFor('450200', again, 'A1').shortDays).toBeUndefined();
  });

  it('sets the hours of one office', () => {
    const officeHours = [
      { open: '08:30', close: '12:00' },
      { open: '14:30', close: '17:30' },
    ];
    const tables = applyCalendarChange(builtInTables, { kind: 'officeHours', agencyId: 'A1', officeHours }, source);
    expect(calendarFor('450200', tables, 'A1').officeHours).toEqual(officeHours);
    expect(calendarFor('450200', tables, 'A2')).toEqual(calendarFor('450200'));
  });

  const closedWith = (...more: YearChange['closed']) => ({ closed: [...year2027.closed.slice(0, -1), ...more] });
  it.each<[string, Partial<YearChange>, RegExp]>([
    ['a year out of range', { year: 2101 }, /1990 至 2100/],
    ['a day of another year', { makeUp: ['2026-02-14'] }, /2026-02-14 不在 2027 年内/],
    ['a make-up day that is an ordinary weekday', { makeUp: ['2027-02-15'] }, /2027-02-15 是周一至周五/],
    ['a day closed and made up at once', { makeUp: ['2027-02-06'] }, /2027-02-06 既列为休息日又列为调休上班日/],
    ['a day that does not exist', { makeUp: ['2027-02-30'] }, /没有这一天/],
    [
      'overlapping spans',
      closedWith(
        { name: '国庆节', from: '2027-10-01', to: '2027-10-05', days: 5 },
        { name: '国庆节', from: '2027-10-05', to: '2027-10-07', days: 3 },
      ),
      /2027-10-05 重复出现/,
    ],
    [
      'a gap in a declared span',
      closedWith(
        { name: '国庆节', from: '2027-10-01', to: '2027-10-03', days: 3 },
        { name: '国庆节', from: '2027-10-05', to: '2027-10-07', days: 3 },
      ),
      /国庆节.*中间缺少 2027-10-04/,
    ],
    [
      'fewer days than the notice says',
      closedWith({ name: '国庆节', from: '2027-10-01', to: '2027-10-06', days: 7 }),
      /是 6 天,文件写的是 7 天/,
    ],
    ['a reversed span', closedWith({ name: '国庆节', from: '2027-10-07', to: '2027-10-01', days: 7 }), /起止日期颠倒/],
    ['a missing make-up day', { makeUp: year2027.makeUp.slice(1) }, /相差 14 天,法定节假日应为 13 天.*缺少调休上班日/],
    ['a missing holiday', { closed: year2027.closed.slice(0, -1) }, /应为 13 天.*缺少休息日/],
    ['a region that is none', { regionCode: '柳州' }, /六位行政区划代码/],
  ])('is refused with the reason: %s', (_, change, sentence) => {
    expect(refusalOf({ ...year2027, ...change })).toMatch(sentence);
  });

  it('may state another number of holidays, when a notice of that year gives one more', () => {
    expect(refusalOf({ ...year2027, makeUp: year2027.makeUp.slice(1), holidayDays: 14 })).toBe('accepted');
    expect(refusalOf({ ...year2027, makeUp: [], status: 'provisional' })).toBe('accepted');
  });

  const morning = [{ open: '09:00', close: '12:00' }];
  it.each<[string, Partial<Closure>, RegExp]>([
    [
      'of a day that is a holiday anyway',
      { closed: [{ name: '关闭', from: '2026-10-01', to: '2026-10-01', days: 1 }] },
      /2026-10-01 本来就不上班/,
    ],
    ['made up on a day that counts anyway', { makeUp: ['2026-02-14'] }, /2026-02-14 本来就上班/],
    ['for some hours of a closed day', { shortDays: [{ date: '2026-06-10', officeHours: morning }] }, /全天关闭/],
    ['for some hours of a Sunday', { shortDays: [{ date: '2026-06-14', officeHours: morning }] }, /2026-06-14 不上班/],
    ['for some hours of another year', { shortDays: [{ date: '2027-06-10', officeHours: morning }] }, /不在 2026 年/],
    [
      'for some hours twice',
      { shortDays: [1, 2].map(() => ({ date: '2026-06-11', officeHours: morning })) },
      /重复出现/,
    ],
    ['for no hours', { shortDays: [{ date: '2026-06-11', officeHours: [] }] }, /至少要有一段/],
    [
      'for hours beyond the usual ones',
      { shortDays: [{ date: '2026-06-11', officeHours: [{ open: '08:00', close: '12:00' }] }] },
      /平日的办公时间之内/,
    ],
    [
      'for hours that are none',
      { shortDays: [{ date: '2026-06-11', officeHours: [{ open: '9点', close: '12:00' }] }] },
      /HH:mm/,
    ],
  ])('is refused with the reason: a local closure %s', (_, change, sentence) => {
    expect(refusalOf({ ...closure, ...change })).toMatch(sentence);
  });

  it('is refused with hours that overlap or run backwards', () => {
    const hours = (...officeHours: [string, string][]): CalendarChange => ({
      ...{ kind: 'officeHours', agencyId: 'A1' },
      officeHours: officeHours.map(([open, close]) => ({ open, close })),
    });
    expect(refusalOf(hours(['09:00', '12:00'], ['11:00', '16:00']))).toMatch(/早于上一段/);
    expect(refusalOf(hours(['12:00', '09:00']))).toMatch(/颠倒/);
    expect(refusalOf(hours())).toMatch(/至少要有一段/);
  });
});

import { DomainError } from '../errors';
import { parseCalendarFile } from './calendar-file';
import { computeDeadline } from './deadline';
import { builtInTables, calendarFor, mergeCalendars } from './work-calendar';

const year2027 = {
  status: 'published',
  source: '示例通知',
  closed: ['2027-01-01', '2027-02-05..2027-02-11'],
  makeUp: ['2027-01-30', '2027-02-14'],
};

describe('a calendar file', () => {
  it('adds a year, which then is no longer provisional', () => {
    const tables = mergeCalendars(builtInTables, parseCalendarFile(JSON.stringify({ national: { 2027: year2027 } })));
    const input = { start: '2027-02-01', limit: { kind: 'workingDays', n: 5 } } as const;
    const loaded = computeDeadline({ ...input, calendar: calendarFor(null, tables) });
    expect(loaded.countedDays).toEqual(['2027-02-02', '2027-02-03', '2027-02-04', '2027-02-12', '2027-02-14']);
    expect(loaded.provisional).toBe(false);
    expect(computeDeadline(input)).toMatchObject({ dueDate: '2027-02-08', provisional: true });
  });

  it('replaces a year whole and leaves the others', () => {
    const file = parseCalendarFile('{"national":{"2026":{"status":"provisional","source":"例","closed":[]}}}');
    const calendar = calendarFor(null, mergeCalendars(builtInTables, file));
    expect(calendar.years[2026]?.closedDays).toEqual([]);
    expect(calendar.years[2025]).toBe(calendarFor().years[2025]);
  });

  it('makes a region known', () => {
    const file = parseCalendarFile(JSON.stringify({ regions: { 451000: { 2027: year2027 } } }));
    const calendar = calendarFor('451000', mergeCalendars(builtInTables, file));
    // The national notice of 2027 is missing, so the year stays provisional in the region too.
    expect(calendar.years[2027]).toMatchObject({ status: 'provisional', makeUpDays: ['2027-01-30', '2027-02-14'] });
    expect(calendar.years[2027]?.closedDays).toEqual(expect.arrayContaining(['2027-02-05', '2027-10-01']));
  });

  it('may begin with a byte order mark', () => {
    expect(parseCalendarFile('\uFEFF{"national":{}}')).toEqual({ national: {}, regions: {} });
  });

  const national = (change: object): string => JSON.stringify({ national: { 2027: { ...year2027, ...change } } });
  it.each<[string, string, RegExp]>([
    ['no JSON', 'closed: []', /JSON/],
    ['an array', '[]', /全文.*JSON 对象/],
    ['neither layer', '{}', /national 或 regions/],
    ['an unknown key', '{"years":{}}', /years/],
    ['an unknown key in a year', national({ holidays: [] }), /holidays/],
    ['a year that is none', '{"national":{"27":{}}}', /“27”/],
    ['a year out of range', '{"national":{"2101":{}}}', /“2101”/],
    ['a region that is none', '{"regions":{"柳州":{}}}', /柳州/],
    ['a status in other words', national({ status: 'final' }), /national\.2027\.status/],
    ['no source', national({ source: ' ' }), /national\.2027\.source/],
    ['days that are no list', national({ closed: '2027-01-01' }), /数组/],
    ['a day that is no text', national({ closed: [1] }), /数组/],
    ['a day that does not exist', national({ closed: ['2027-02-29'] }), /2027-02-29.*没有这一天/],
    ['a day of another year', national({ closed: ['2026-12-31..2027-01-02'] }), /2026-12-31 不在 2027 年内/],
    ['a reversed span', national({ closed: ['2027-02-11..2027-02-05'] }), /颠倒/],
    ['a span of three', national({ closed: ['2027-02-05..2027-02-06..2027-02-07'] }), /YYYY-MM-DD\.\./],
    ['a day named twice', national({ closed: ['2027-01-01', '2027-01-01..2027-01-02'] }), /2027-01-01 重复/],
    ['a day both closed and made up', national({ closed: ['2027-01-30'] }), /2027-01-30 既列为休息日又列为调休上班日/],
    ['a make-up day in the week', national({ makeUp: ['2027-01-29'] }), /2027-01-29 是周一至周五/],
    ['a make-up span', national({ makeUp: ['2027-01-30..2027-01-31'] }), /逐日/],
  ])('is refused with a sentence: %s', (_, text, sentence) => {
    let refused: unknown;
    try {
      parseCalendarFile(text);
    } catch (error) {
      refused = error;
    }
    expect(refused).toBeInstanceOf(DomainError);
    expect(refused).toMatchObject({ code: 'BAD_CALENDAR_FILE', message: expect.stringMatching(sentence) });
  });
});

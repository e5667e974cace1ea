import { isWorkday } from 'chinese-days';
import fc from 'fast-check';
import { addWorkingDays, deemReceived, isWorkingDay, remainingWorkingDays, workingDaysBetween } from './counting';
import { formatDay, parseDate } from './dates';
import { computeDeadline } from './deadline';
import { bruteForceCounter } from './testing/brute-force';
import { calendarFor, yearTableAt } from './work-calendar';

const national = calendarFor();

const bruteForce = bruteForceCounter(isWorkday);

const base = parseDate('2024-10-01');
const anyDate = fc.integer({ min: 0, max: 1000 }).map((offset) => formatDay(base + offset));

describe('counting working days', () => {
  it('agrees with a brute-force counter on 10 000 random spans with pauses', () => {
    const pause = fc
      .tuple(anyDate, fc.integer({ min: 0, max: 60 }))
      .map(([from, length]) => ({ from, to: formatDay(parseDate(from) + length) }));
    // Pauses that begin near the start are the ones that matter; a few lie anywhere.
    const nearPauses = (start: string) =>
      fc.array(
        fc.tuple(fc.integer({ min: -10, max: 60 }), fc.integer({ min: 0, max: 40 })).map(([after, length]) => ({
          from: formatDay(parseDate(start) + after),
          to: formatDay(parseDate(start) + after + length),
        })),
        { maxLength: 4 },
      );
    const spans = anyDate.chain((start) =>
      fc.record({
        start: fc.constant(start),
        n: fc.integer({ min: 0, max: 60 }),
        near: nearPauses(start),
        far: fc.array(pause, { maxLength: 1 }),
      }),
    );
    let paused = 0;
    fc.assert(
      fc.property(spans, ({ start, n, near, far }) => {
        const pauses = [...near, ...far];
        const { dueAt, calendarVersion, ...deadline } = computeDeadline({
          start,
          limit: { kind: 'workingDays', n },
          pauses,
        });
        expect(deadline).toEqual(bruteForce(start, n, pauses));
        expect(dueAt).toBe(`${deadline.dueDate}T16:00:00+08:00`);
        expect(calendarVersion).toBe(national.version);
        if (deadline.pausedDays.length > 0) paused += 1;
      }),
      { numRuns: 10_000 },
    );
    expect(paused).toBeGreaterThan(3000);
  });

  it('counts up to the due date what it added', () => {
    fc.assert(
      fc.property(anyDate, fc.integer({ min: 1, max: 200 }), (start, n) => {
        const { dueDate } = addWorkingDays(national, start, n);
        expect(isWorkingDay(national, dueDate)).toBe(true);
        expect(workingDaysBetween(national, start, dueDate)).toBe(n);
        expect(workingDaysBetween(national, dueDate, start)).toBe(-n);
      }),
    );
  });

  it('builds the table of a year once, so that an act can work out every clock of its case', () => {
    const table = yearTableAt(national, parseDate('2025-06-03'));
    computeDeadline({ start: '2025-06-03', limit: { kind: 'workingDays', n: 18 } });
    expect(yearTableAt(calendarFor(), parseDate('2025-12-31'))).toBe(table);
    expect(yearTableAt(national, parseDate('2026-01-01'))).not.toBe(table);
  });
});

describe('a pause opened on the last day (04-clocks § 2)', () => {
  // Five working days from 3 June end on the 10th.
  const dueOf = (...pauses: [from: string, to: string, isOfLastDay?: boolean][]) => {
    const spans = pauses.map(([from, to, isOfLastDay = true]) => ({
      from: parseDate(from),
      to: parseDate(to),
      isOfLastDay,
    }));
    const { dueDate, countedDays, pausedDays } = addWorkingDays(national, '2025-06-03', 5, spans);
    expect(countedDays.at(-1)).toBe('2025-06-10');
    return [dueDate, pausedDays];
  };
  it('moves nothing where it ends the same day, or on days off after it', () => {
    expect(dueOf(['2025-06-10', '2025-06-10'])).toEqual(['2025-06-10', []]);
    const friday = [{ from: parseDate('2025-06-06'), to: parseDate('2025-06-08'), isOfLastDay: true }];
    expect(addWorkingDays(national, '2025-06-03', 3, friday)).toMatchObject({ dueDate: '2025-06-06', pausedDays: [] });
  });
  it('moves the due date by its working days, and by those of the next that is opened on the new one', () => {
    expect(dueOf(['2025-06-10', '2025-06-11'])).toEqual(['2025-06-11', ['2025-06-11']]);
    // Saturday: the last working day of the pause is Friday the 13th.
    expect(dueOf(['2025-06-10', '2025-06-14'])).toEqual(['2025-06-13', ['2025-06-11', '2025-06-12', '2025-06-13']]);
    const further: [string, string] = ['2025-06-12', '2025-06-16'];
    expect(dueOf(further, ['2025-06-10', '2025-06-12'])[0]).toBe('2025-06-16');
    expect(dueOf(further)).toEqual(['2025-06-10', []]);
  });
  it('moves nothing where nobody knows that the limit still ran', () => {
    expect(dueOf(['2025-06-10', '2025-06-13', false])).toEqual(['2025-06-10', []]);
  });
});

describe('pauses (04-clocks § 2)', () => {
  const due = (n: number, pauses: { from: string; to: string | null }[], maximum?: number) =>
    addWorkingDays(
      national,
      '2025-06-03',
      n,
      pauses.map(({ from, to }) => ({ from: parseDate(from), to: to === null ? null : parseDate(to) })),
      maximum,
    );

  it('count the day of the notice and not the day of arrival', () => {
    expect(due(18, [{ from: '2025-06-10', to: '2025-06-16' }])).toEqual({
      dueDate: '2025-07-03',
      countedDays: expect.arrayContaining(['2025-06-10', '2025-06-17']),
      pausedDays: ['2025-06-11', '2025-06-12', '2025-06-13', '2025-06-16'],
      provisional: false,
    });
  });

  it('that end on the day they begin change nothing', () => {
    expect(due(18, [{ from: '2025-06-10', to: '2025-06-10' }])).toEqual(due(18, []));
  });

  it('that overlap are left out once', () => {
    const overlapping = due(18, [
      { from: '2025-06-12', to: '2025-06-16' },
      { from: '2025-06-10', to: '2025-06-13' },
    ]);
    expect(overlapping).toEqual(due(18, [{ from: '2025-06-10', to: '2025-06-16' }]));
  });

  it('that begin on the due date or later come too late', () => {
    expect(due(5, [{ from: '2025-06-10', to: '2025-06-20' }])).toEqual(due(5, []));
  });

  it('without an arrival run to their maximum', () => {
    expect(due(6, [{ from: '2025-06-10', to: null }], 3)).toMatchObject({
      dueDate: '2025-06-16',
      pausedDays: ['2025-06-11', '2025-06-12', '2025-06-13'],
    });
    expect(due(6, [{ from: '2025-06-10', to: null }]).pausedDays).toHaveLength(30);
  });

  it('without an arrival, after the due date, do not make it provisional', () => {
    expect(addWorkingDays(national, '2026-12-21', 2, [{ from: parseDate('2026-12-30'), to: null }]).provisional).toBe(
      false,
    );
  });
});

describe('what arrives outside office hours (T-05)', () => {
  it.each([
    ['2025-06-03T00:00:00+08:00', '2025-06-03', 'before opening'],
    ['2025-06-03T12:30:00+08:00', '2025-06-03', 'lunch break'],
    ['2025-06-03T16:00:00.000+08:00', '2025-06-03', 'the closing instant is inside'],
    ['2025-06-03T16:00:00.001+08:00', '2025-06-04', 'a millisecond later is not'],
    ['2025-06-03T23:59:59.999+08:00', '2025-06-04', 'late in the evening'],
    ['2025-06-07T10:00:00+08:00', '2025-06-09', 'Saturday'],
    ['2025-04-27T10:00:00+08:00', '2025-04-27', 'make-up Sunday'],
    ['2025-04-26T10:00:00+08:00', '2025-04-27', 'Saturday before a make-up Sunday'],
    ['2025-04-30T17:00:00+08:00', '2025-05-06', 'evening before 劳动节'],
    ['2026-02-14T16:00:00.001+08:00', '2026-02-24', 'evening before 春节'],
  ])('%s is received on %s: %s', (instant, date) => {
    expect(deemReceived(national, Date.parse(instant))).toBe(date);
    expect(deemReceived(national, Date.parse(instant), 'actualDate')).toBe(instant.slice(0, 10));
  });
});

describe('remaining working days (04-clocks § 4)', () => {
  it.each([
    ['2025-06-03', '2025-06-27', 18],
    ['2025-06-26', '2025-06-27', 1],
    ['2025-06-27', '2025-06-27', 0],
    ['2025-06-28', '2025-06-27', 0],
    ['2025-06-29', '2025-06-27', 0],
    ['2025-06-30', '2025-06-27', -1],
    ['2025-07-01', '2025-06-27', -2],
    ['2025-05-10', '2025-05-12', 1],
    ['2025-04-26', '2025-04-27', 1],
  ])('on %s, due %s: %i', (today, dueDate, remaining) => {
    expect(remainingWorkingDays(national, today, dueDate)).toBe(remaining);
  });

  it('leaves out days on which the clock stands still', () => {
    const { dueDate, pausedDays } = addWorkingDays(national, '2025-06-03', 18, [
      { from: parseDate('2025-06-10'), to: parseDate('2025-06-16') },
    ]);
    expect(remainingWorkingDays(national, '2025-06-03', dueDate, pausedDays)).toBe(18);
    expect(remainingWorkingDays(national, '2025-06-12', dueDate, pausedDays)).toBe(13);
    expect(remainingWorkingDays(national, '2025-07-03', dueDate, pausedDays)).toBe(0);
    expect(remainingWorkingDays(national, '2025-07-05', dueDate, pausedDays)).toBe(-1);
  });
});

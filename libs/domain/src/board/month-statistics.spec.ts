import { calendarFor } from '../calendar/work-calendar';
import { MonthCount, percentileOf, type CountedClock } from './month-statistics';
import { officeMinutesBetween } from './office-minutes';
import { auditPauses, type OpenedPause } from './pause-audit';

const calendar = calendarFor('450200');
const monthEnd = Date.parse('2026-12-01T00:00:00+08:00');

const clock = (
  dayZero: string,
  dueDate: string,
  stopped: string | null,
  pauses: CountedClock['pauses'] = [],
): CountedClock => ({
  ...{ clock: 'K-04', run: 1, dayZero, dueDate, pauses },
  startedAt: `${dayZero}T10:00:00+08:00`,
  stoppedAt: stopped && `${stopped}+08:00`,
  dueAt: `${dueDate}T16:00:00+08:00`,
});
const finished = (clocks: CountedClock[], more = {}) => ({
  ...{ matter: 'claim', outcome: 'approved' as const, round: 0, supplementUsed: false, clocks },
  ...more,
});

describe('a month in figures', () => {
  it('tells early, on time and late apart by every limit, and leaves out what was withdrawn', () => {
    const count = new MonthCount(calendar, monthEnd);
    count.finished(finished([clock('2026-11-02', '2026-11-20', '2026-11-19T11:00')]));
    count.finished(finished([clock('2026-11-02', '2026-11-20', '2026-11-20T15:59')], { round: 1 }));
    count.finished(finished([clock('2026-11-02', '2026-11-20', '2026-11-20T16:01')]));
    // The stage overran, the total is inside.
    const stage = { ...clock('2026-11-02', '2026-11-03', '2026-11-04T09:00'), clock: 'K-01' };
    count.finished(finished([stage, clock('2026-11-02', '2026-11-20', '2026-11-10T09:00')], { supplementUsed: true }));
    count.finished(finished([clock('2026-11-02', '2026-11-20', '2026-11-30T09:00')], { outcome: 'withdrawn' }));
    const [all] = count.result().matters;
    expect(all).toMatchObject({
      ...{ matter: '', finished: 5, early: 1, onTime: 1, late: 2, withdrawn: 1 },
      ...{ onTimeRateBp: 5_000, returnRateBp: 2_500, firstPassRateBp: 5_000 },
    });
    // 13, 14, 14 and 6 WD.
    expect(all!.medianWorkingDays).toBe(13);
  });

  it('counts days a pause left out of no median, and what is paused as neither overdue nor inside', () => {
    const count = new MonthCount(calendar, monthEnd);
    count.finished(
      finished([
        clock('2026-11-02', '2026-11-24', '2026-11-20T10:00', [{ from: '2026-11-09', to: '2026-11-12' }] as never),
      ]),
    );
    expect(count.result().matters[0]!.medianWorkingDays).toBe(11);
    count.open({ matter: 'claim', clocks: [clock('2026-11-02', '2026-11-20', null)] });
    count.open({
      matter: 'claim',
      clocks: [clock('2026-11-02', '2026-11-20', null, [{ from: '2026-11-18', to: null }] as never)],
    });
    count.open({ matter: 'claim', clocks: [clock('2026-11-20', '2026-12-20', null)] });
    // Over by the time that another clock of it began, and stopped late: no longer running, so not overdue now.
    count.open({
      matter: 'claim',
      clocks: [clock('2026-11-02', '2026-11-03', '2026-11-10T10:00'), clock('2026-11-02', '2026-12-03', null)],
    });
    // It stopped after the month: at its end it ran and was over.
    count.open({ matter: 'claim', clocks: [clock('2026-11-02', '2026-11-20', '2026-12-02T10:00')] });
    expect(count.result().matters[1]).toMatchObject({ matter: 'claim', openInside: 2, openOverdue: 2, suspended: 1 });
  });

  it('measures a limit that went on after a return to its last end, in whatever order the runs come', () => {
    const first = clock('2026-11-02', '2026-11-30', '2026-11-06T10:00');
    const again = {
      ...clock('2026-11-02', '2026-11-30', '2026-11-18T10:00'),
      run: 2,
      startedAt: '2026-11-16T10:00+08:00',
    };
    for (const clocks of [
      [first, again],
      [again, first],
    ]) {
      const count = new MonthCount(calendar, monthEnd);
      count.finished(finished(clocks));
      // 3 to 18 November.
      expect(count.result().matters[0]).toMatchObject({ early: 1, medianWorkingDays: 12 });
    }
  });

  it('has no rate where there is nothing to take it of', () => {
    expect(new MonthCount(calendar, monthEnd).result().matters).toEqual([
      expect.objectContaining({
        matter: '',
        onTimeRateBp: null,
        returnRateBp: null,
        firstPassRateBp: null,
        medianWorkingDays: null,
      }),
    ]);
  });

  it('measures stages in office minutes', () => {
    const minutes = (from: string, to: string) =>
      officeMinutesBetween(calendar, Date.parse(`${from}+08:00`), Date.parse(`${to}+08:00`));
    expect(minutes('2026-11-25T09:00', '2026-11-25T16:00')).toBe(360);
    expect(minutes('2026-11-25T11:30', '2026-11-25T13:10')).toBe(40);
    expect(minutes('2026-11-27T15:00', '2026-11-30T10:00')).toBe(120);
    expect(minutes('2026-11-28T10:00', '2026-11-29T10:00')).toBe(0);
    const count = new MonthCount(calendar, monthEnd);
    for (let n = 1; n <= 10; n += 1) count.task('claim', 'approval', n * 10);
    expect(count.result().stages).toEqual([
      { matter: 'claim', stage: 'approval', tasks: 10, p50OfficeMinutes: 50, p90OfficeMinutes: 90 },
    ]);
    expect(percentileOf([7], 0.9)).toBe(7);
  });
});

describe('the audit of pauses', () => {
  // 18 WD from Monday 2026-11-02: due on 2026-11-26.
  const pause = (personId: string, caseNo: string, ...spans: [string, string | null][]): OpenedPause => ({
    ...{ personId, caseNo, at: Date.parse(`${spans.at(-1)![0]}T15:00:00+08:00`) },
    clocks: [
      {
        clock: 'K-02',
        dayZero: '2026-11-02',
        limitWorkingDays: 18,
        pauses: spans.map(([from, to]) => ({ from, to })) as never,
      },
    ],
  });

  it('puts whoever pauses just before a limit on top of whoever pauses most', () => {
    const busy = Array.from({ length: 20 }, (_, n) => pause('busy', `c${n}`, ['2026-11-09', '2026-11-13']));
    const abuser = [pause('abuser', 'x1', ['2026-11-25', null]), pause('abuser', 'x2', ['2026-11-24', '2026-11-27'])];
    const again = [
      pause('again', 'y', ['2026-11-09', '2026-11-10']),
      pause('again', 'y', ['2026-11-09', '2026-11-10'], ['2026-11-16', '2026-11-17']),
    ];
    const audited = auditPauses([...busy, ...again, ...abuser], calendar, '2026-11-30');
    expect(audited.map(({ personId }) => personId)).toEqual(['abuser', 'again', 'busy']);
    expect(audited[0]).toEqual({
      ...{ personId: 'abuser', count: 2, workingDays: 6, repeats: 0, justBeforeDue: 2 },
      caseNosJustBeforeDue: ['x1', 'x2'],
    });
    expect(audited[1]).toMatchObject({ count: 2, repeats: 1, workingDays: 2, justBeforeDue: 0 });
    expect(audited[2]).toMatchObject({ count: 20, workingDays: 80 });
  });

  it('counts the days an earlier pause gave as days that were left', () => {
    const [person] = auditPauses(
      [pause('a', 'x', ['2026-11-09', '2026-11-13'], ['2026-11-25', null])],
      calendar,
      '2026-11-30',
    );
    expect(person).toMatchObject({ count: 1, justBeforeDue: 0 });
  });
});

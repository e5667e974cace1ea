import { closeOfOffice } from '../calendar/counting';
import { calendarFor } from '../calendar/work-calendar';
import type { Stage } from '../case/words';
import { inpatientReimbursement } from '../matters/inpatient-reimbursement';
import { lastWorkingDays, type FinishedTasks } from './pace';
import { predictBreaches, stagesAgain, stagesAhead, type QueuedCase, type SeenWork } from './prediction';

const calendar = calendarFor('450200');
const at = (text: string) => Date.parse(`${text}+08:00`);

describe('the prediction', () => {
  const now = at('2026-11-25T09:00');
  const days = lastWorkingDays(calendar, now, 10);
  const queued = (n: number, due: string, more: Partial<QueuedCase> = {}): QueuedCase => ({
    ...{ caseNo: `c${String(n).padStart(3, '0')}`, stage: 'approval', isPaused: false, heldBy: null },
    ...{ again: [], ahead: ['approval'] },
    dueAt: at(`${due}T16:00`),
    ...more,
  });
  const many = (count: number, due: string, from = 0) => Array.from({ length: count }, (_, n) => queued(from + n, due));
  /** Two people, three cases a day each, every day. */
  const finished = (more: Partial<FinishedTasks> = {}) =>
    days.flatMap((day) =>
      ['a', 'b'].map((personId): FinishedTasks => ({
        ...{ stage: 'approval', day, personId, count: 3, sentBack: 0, outOfTurn: 0 },
        ...more,
      })),
    );
  const predict = (cases: QueuedCase[], more: Partial<SeenWork> = {}) =>
    predictBreaches({ cases, further: new Map(), finished: finished(), days, ...more }, calendar, now, 2);
  const named = (...of: Parameters<typeof predict>) => predict(...of).breaches.map(({ caseNo }) => caseNo);

  it('names those that the queue in front of them may make late, with the figures it took, and the same each time', () => {
    // 30 due tomorrow at six a day, a little less where someone stays away: twelve are done by then, or some fewer.
    const cases = many(30, '2026-11-26');
    const { breaches, inputs, trials } = predict(cases);
    const first = breaches[0]!;
    expect(first.queueAhead).toBeGreaterThanOrEqual(8);
    expect(breaches.map(({ caseNo }) => caseNo)).toEqual(cases.slice(first.queueAhead).map(({ caseNo }) => caseNo));
    expect(breaches.at(-1)).toMatchObject({ caseNo: 'c029', queueAhead: 29, lateInHundred: 100 });
    expect(breaches.find(({ caseNo }) => caseNo === 'c013')!.lateInHundred).toBe(100);
    expect(trials).toBe(128);
    expect(inputs).toEqual([
      {
        ...{ stage: 'approval', queue: 30, perWorkingDay: 6, usualPeople: 2, lastPeople: 2 },
        ...{ sentBackInHundred: 0, outOfTurnInHundred: 0, lookedAtWorkingDays: 10 },
      },
    ]);
    expect(predict([...cases].reverse())).toEqual({ breaches, inputs, trials });
  });

  it('leaves out the paused, the overdue and those due after the horizon; the overdue stand in front', () => {
    const cases = [
      ...many(14, '2026-11-20'),
      queued(50, '2026-11-26'),
      queued(51, '2026-11-26', { isPaused: true }),
      queued(52, '2026-12-10'),
    ];
    expect(named(cases)).toEqual(['c050']);
  });

  it('takes into account who is away, what is taken out of turn and what is sent back', () => {
    const cases = many(30, '2026-11-26');
    const usual = named(cases).length;
    // b has not been seen for three days.
    const away = finished().filter(({ personId, day }) => personId === 'a' || day < days[7]!);
    expect(named(cases, { finished: away }).length).toBeGreaterThan(usual);
    const further = new Map<Stage, number>([['approval', 300]]);
    expect(named(cases, { finished: finished({ outOfTurn: 1 }), further }).length).toBeGreaterThan(usual);
    const reviewed = many(4, '2026-11-26').map((entry) => ({ ...entry, again: ['secondReview' as const] }));
    expect(named(reviewed)).toEqual([]);
    const slow = days.map((day): FinishedTasks => ({
      ...{ stage: 'secondReview', day, personId: 'c', count: 0, sentBack: 0, outOfTurn: 0 },
    }));
    expect(named(reviewed, { finished: [...finished({ sentBack: 2 }), ...slow] }).length).toBe(4);
  });

  it('lets what someone holds who is away wait for him', () => {
    const away = finished().filter(({ personId, day }) => personId === 'a' || day < days[7]!);
    const cases = [queued(1, '2026-11-26', { heldBy: 'b' }), queued(2, '2026-11-26', { heldBy: 'a' })];
    expect(named(cases, { finished: away })).toEqual(['c001']);
  });

  it('foretells nothing without any history; who finished nothing lately while others did finishes nothing', () => {
    const cases = many(3, '2026-11-26');
    expect(predict(cases, { finished: [] })).toMatchObject({ breaches: [], inputs: [{ perWorkingDay: Infinity }] });
    const elsewhere = finished({ stage: 'deliver' });
    expect(predict(cases, { finished: elsewhere }).breaches).toHaveLength(3);
  });

  it('looks at the days that have ended', () => {
    expect(lastWorkingDays(calendar, at('2026-11-25T15:59'), 2)).toEqual(['2026-11-23', '2026-11-24']);
    const closed = Date.parse(closeOfOffice(calendar, '2026-11-25'));
    expect(lastWorkingDays(calendar, closed, 2)).toEqual(['2026-11-24', '2026-11-25']);
  });

  it('knows what is done again after a return', () => {
    const { stages } = inpatientReimbursement;
    expect(stagesAgain(stages, 'approval', ['approval'])).toEqual(['initialReview', 'secondReview']);
    expect(stagesAgain(stages, 'initialReview', ['initialReview', 'secondReview'])).toEqual([]);
    expect(stagesAgain(stages, 'deliver', ['deliver'])).toEqual([]);
  });

  it('follows a clock along the road to the stage where it stops', () => {
    const road = inpatientReimbursement.stages.map(({ stage }) => stage);
    const clock = (name: string) => inpatientReimbursement.clocks.find((entry) => entry.clock === name);
    expect(stagesAhead(road, 'acceptance', clock('K-01'))).toEqual(['acceptance']);
    expect(stagesAhead(road, 'approval', clock('K-02'))).toEqual([
      ...['approval', 'preparePayout', 'financeReview', 'financeApproval', 'pay'],
    ]);
    expect(stagesAhead(road, 'pay', clock('K-04'))).toEqual(['pay', 'deliver']);
    expect(stagesAhead(road, 'deliver', clock('K-01'))).toEqual([]);
    expect(stagesAhead(road, 'approval', undefined)).toEqual([]);
  });
});

import { calendarFor } from '../calendar/work-calendar';
import type { Stage } from '../case/words';
import { inpatientReimbursement } from '../matters/inpatient-reimbursement';
import { predictBreaches, stagesAhead, type QueuedCase } from './prediction';

const calendar = calendarFor('450200');
const at = (text: string) => Date.parse(`${text}+08:00`);

describe('the prediction', () => {
  const now = at('2026-11-25T09:00');
  const queued = (n: number, due: string, more: Partial<QueuedCase> = {}): QueuedCase => ({
    ...{ caseNo: `c${String(n).padStart(3, '0')}`, stage: 'approval', isPaused: false, ahead: ['approval'] },
    dueAt: at(`${due}T16:00`),
    ...more,
  });
  const pace = new Map<Stage, number[]>([['approval', [6, 6]]]);

  it('names those that the queue in front of them makes late, and shows what it took', () => {
    // 20 due tomorrow, 6 a day less some caution: 11 are done by then.
    const cases = Array.from({ length: 20 }, (_, n) => queued(n, '2026-11-26'));
    const { breaches, inputs } = predictBreaches(cases, pace, calendar, now, 2);
    expect(breaches.map(({ caseNo }) => caseNo)).toEqual(cases.slice(11).map(({ caseNo }) => caseNo));
    expect(breaches[0]).toMatchObject({ stage: 'approval', queueAhead: 11, finishesInWorkingDays: expect.any(Number) });
    expect(inputs).toEqual([{ stage: 'approval', queue: 20, perWorkingDay: 5.7, lookedAtWorkingDays: 2 }]);
  });

  it('leaves out the paused, the overdue and those due after the horizon; the overdue stand in front', () => {
    const overdue = Array.from({ length: 12 }, (_, n) => queued(n, '2026-11-20'));
    const cases = [
      ...overdue,
      queued(50, '2026-11-26'),
      queued(51, '2026-11-26', { isPaused: true }),
      queued(52, '2026-12-10'),
    ];
    const { breaches } = predictBreaches(cases, pace, calendar, now, 2);
    expect(breaches.map(({ caseNo }) => caseNo)).toEqual(['c050']);
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

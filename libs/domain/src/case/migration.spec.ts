import { calendarFor } from '../calendar/work-calendar';
import { inpatientReimbursement } from '../matters/inpatient-reimbursement';
import { turnClocks } from './clocks';
import type { MatterDefinition } from './definition';
import { patchDefinition } from './definition-changes';
import { planMove, planReturn, type MovableCase } from './migration';

const calendar = calendarFor('450200');
const from = inpatientReimbursement;
const receivedAt = Date.parse('2026-11-02T10:00:00+08:00');
const at = Date.parse('2026-11-10T10:00:00+08:00');

function next(bend: (definition: MatterDefinition) => void): MatterDefinition {
  const definition = structuredClone(patchDefinition(from, {}));
  bend(definition);
  return { ...definition, version: 2 };
}
const shorter = next((d) => {
  d.clocks[1]!.limitWorkingDays = 16;
  d.clocks[3]!.limitWorkingDays = 18;
});

/** Accepted on the day of 收件, at 初审. */
function running(change: Partial<MovableCase> = {}, place: Partial<MovableCase['position']> = {}): MovableCase {
  const received = turnClocks(from, [], { act: 'receiveFiling', events: ['received'], at: receivedAt }, calendar);
  const first = received.map(({ ledger }) => ledger);
  const accepted = turnClocks(from, first, { act: 'accept', events: ['accepted'], at: receivedAt }, calendar);
  const ledgers = [...first.filter(({ clock }) => clock !== 'K-01'), ...accepted.map(({ ledger }) => ledger)];
  return {
    position: {
      ...{ caseNo: 'T1', seq: 2, stage: 'initialReview', waiting: null, outcome: null, duties: [] },
      ...place,
    },
    definitionVersion: 1,
    clocks: ledgers.map((ledger) => ({ ...ledger, breached: false })),
    events: ['received', 'accepted'],
    reasons: [],
    ...change,
  };
}

const plan = (subject: MovableCase, to: MatterDefinition, stageMap = {}, now = at) =>
  planMove(subject, { from, to, stageMap, at: now }, calendar);
const messages = (...args: Parameters<typeof plan>) => plan(...args).obstacles.map(({ message }) => message);

describe('a move to another version', () => {
  it('gives running clocks the new limits from the day they began, and leaves stopped ones', () => {
    const { move } = plan(running(), shorter);
    expect(move).toMatchObject({ toStage: 'initialReview', posts: ['initialReviewer'] });
    const dues = move!.clocks.map(({ clock, before, after }) => [
      clock,
      before.limitWorkingDays,
      before.dueDate,
      after.limitWorkingDays,
      after.dueDate,
    ]);
    expect(dues.sort()).toEqual([
      ['K-02', 18, '2026-11-26', 16, '2026-11-24'],
      ['K-04', 20, '2026-11-30', 18, '2026-11-26'],
    ]);
  });

  it('comes back to the ledgers it left', () => {
    const before = running();
    const { move } = plan(before, shorter);
    const moved = before.clocks.map((clock) => {
      const after = move!.clocks.find((change) => change.clock === clock.clock)?.after;
      return after ? { ...after, breached: false } : clock;
    });
    const back = planReturn(
      { ...before, clocks: moved, definitionVersion: 2 },
      { from: shorter, to: from, toStage: 'initialReview' },
      calendar,
    );
    const restored = back.clocks.map(({ after }) => after);
    const originals = before.clocks.filter(({ clock }) => clock === 'K-02' || clock === 'K-04');
    for (const { breached: _, ...original } of originals) expect(restored).toContainEqual(original);
  });

  it('makes no breach after the fact', () => {
    const late = Date.parse('2026-11-25T09:00:00+08:00');
    expect(messages(running(), shorter, {}, late)).toEqual(['时限 K-02 按第 2 版已于 2026-11-24 届满']);
    // Overdue before it moved: the breach is the old version's own.
    const overdue = Date.parse('2026-12-02T09:00:00+08:00');
    expect(messages(running(), shorter, {}, overdue)).toEqual([]);
  });

  const withoutSecond = next((d) => (d.stages = d.stages.filter(({ stage }) => stage !== 'secondReview')));
  const duties = [{ personId: 'p1', duty: 'initialReview' as const }];

  it('takes a stage that is gone where people say, and skips no level', () => {
    const atSecond = running({}, { stage: 'secondReview', duties });
    expect(messages(atSecond, withoutSecond)).toEqual(['第 2 版没有“复核”环节,也没有写明对应到哪个环节']);
    expect(plan(atSecond, withoutSecond, { secondReview: 'approval' }).move?.toStage).toBe('approval');
    expect(messages(atSecond, withoutSecond, { secondReview: 'secondReview' })).toEqual([
      '第 2 版没有“复核”环节,不能对应过去',
    ]);
    expect(messages(running(), shorter, { initialReview: 'approval' })).toEqual([
      '迁移到“审批”会跳过“初审”,审核层级不得越级(SD-02)',
      '迁移到“审批”会跳过“复核”,审核层级不得越级(SD-02)',
    ]);
    expect(messages(running(), shorter, { initialReview: 'pay' })).toEqual(['“支付”由系统自动办理,不能迁移过去']);
  });

  it.each<[string, MovableCase, MatterDefinition, string]>([
    ['a closed case', running({}, { stage: 'closed' }), shorter, '办件已办结'],
    ['a case under another version', running({ definitionVersion: 3 }), shorter, '办件现在按第 3 版办理'],
    [
      'money on its way',
      running({}, { stage: 'pay', outcome: 'approved' }),
      shorter,
      '款项正在支付,待支付结果入账后再迁移',
    ],
    [
      'a clock the new version does not have',
      running(),
      next((d) => (d.clocks = d.clocks.filter(({ clock }) => clock !== 'K-02'))),
      '时限 K-02 正在计时,第 2 版没有这一时限',
    ],
    [
      'a clock that ought to run already',
      running(),
      next((d) => d.clocks.push({ ...d.clocks[1]!, clock: 'K-09', limitWorkingDays: 5 })),
      '第 2 版增加的时限 K-09 应当已在计时,不能补起',
    ],
    [
      'a clock that ought to have stopped',
      running({ events: ['received', 'accepted', 'decided'] }, { stage: 'preparePayout', outcome: 'approved' }),
      next((d) => d.clocks[1]!.stopsOn.push('decided')),
      '时限 K-02 按第 2 版应当已经停止',
    ],
    [
      'a reason the new version does not know',
      running({ reasons: ['RS-14'] }),
      next((d) => (d.reasons = d.reasons.filter(({ code }) => code !== 'RS-14'))),
      '办件中已使用的理由 RS-14 在第 2 版中没有',
    ],
  ])('is refused for %s', (_, subject, to, message) => {
    expect(messages(subject, to)).toEqual([message]);
  });

  it('moves no case that waits or is decided to another stage', () => {
    const elsewhere = { initialReview: 'acceptance', deliver: 'approval' };
    expect(messages(running({}, { waiting: 'supplement' }), shorter, elsewhere)).toEqual([
      '办件正在等待补正,不能改变环节',
    ]);
    expect(plan(running({}, { waiting: 'supplement' }), shorter).move).not.toBeNull();
    const decided = running({}, { stage: 'deliver', outcome: 'rejected' });
    expect(messages(decided, shorter, elsewhere)).toEqual(['已经作出决定的办件不能改变环节']);
    expect(plan(decided, shorter).move?.toStage).toBe('deliver');
  });
});

import { calendarFor } from '../calendar/work-calendar';
import { advance, type ActFacts } from '../case/advance';
import { turnClocks } from '../case/clocks';
import { nextRungOf, pendingRungs, rungInstants } from '../case/ladder';
import type { ClockLedger } from '../case/ledger';
import { checkDefinition } from '../case/check-definition';
import { abilities, isForApplicant, judgeMove, judgeRight, openReturns, type CasePosition } from '../case/judge';
import type { ActCode, Post, Stage } from '../case/words';
import { crossRegionReimbursement as matter } from './cross-region-reimbursement';

const beginning: CasePosition = {
  ...{
    caseNo: 'LJ2026000001',
    seq: 0,
    stage: 'acceptance',
    waiting: null,
    supplementUsed: false,
    outcome: null,
    round: 0,
  },
  ...{ duties: [], order: null, paidOnce: false, delivered: false, last: null, nextRungAt: null },
};
const calendar = calendarFor();
// A Monday morning; every act an hour after the one before.
const begin = Date.parse('2026-11-02T09:30:00+08:00');

/** A case that has come so far; every step is one the policy allows. */
class Walk {
  position = beginning;
  ledgers: ClockLedger[] = [];
  private at = begin;

  /** The next act is an hour after this, Shanghai time. */
  on(time: string): this {
    this.at = Date.parse(`${time}+08:00`);
    return this;
  }

  do(act: ActCode, actorId: string, facts: ActFacts = {}): this {
    if (act !== 'receiveFiling') {
      const wish = { act, actorId, seenSeq: this.position.seq, toStage: facts.toStage };
      const verdict = judgeMove(matter, this.position, wish);
      if (!verdict.allowed) throw new Error(`${act} at ${this.position.stage}: ${verdict.code}`);
    }
    const step = advance(matter, this.position, act, actorId, facts);
    this.position = step.position;
    this.at += 3_600_000;
    for (const { ledger } of turnClocks(matter, this.ledgers, { act, events: step.events, at: this.at }, calendar)) {
      this.ledgers = [...this.ledgers.filter((l) => l.clock !== ledger.clock || l.run !== ledger.run), ledger];
    }
    return this;
  }

  refusal(act: ActCode, actorId: string, toStage?: Stage): string {
    const verdict = judgeMove(matter, this.position, { act, actorId, seenSeq: this.position.seq, toStage });
    return verdict.allowed ? 'allowed' : verdict.code;
  }

  /** Every run of a clock as `state dueDate`. */
  runs(clock: string): string[] {
    return this.ledgers.filter((l) => l.clock === clock).map(({ state, dueDate }) => `${state} ${dueDate}`);
  }

  get clocks(): Record<string, string> {
    return Object.fromEntries(this.ledgers.map((l) => [l.clock, l.state]));
  }
}

const approved = (payableFen = 100_00) =>
  new Walk()
    .do('receiveFiling', 'window1')
    .do('accept', 'initial1')
    .do('propose', 'initial1')
    .do('propose', 'second1')
    .do('approve', 'approver1', { payableFen });
const drawn = (walk: Walk) => walk.do('preparePayout', 'settle1', { orderNo: 'P1' });
const released = (walk: Walk) => drawn(walk).do('confirmPayout', 'finreview1').do('releasePayout', 'finapprove1');
const paid = (walk: Walk) => walk.do('settlePayout', 'system:bank', { orderState: 'paid' });

describe('P-02 as data', () => {
  it('is sound, asks every paper of R-MT-X for the seal, and gives payment no number', () => {
    expect(checkDefinition(matter)).toEqual([]);
    const ofX = matter.materials.filter(({ id }) => id.startsWith('R-MT-X'));
    expect(ofX.map(({ id }) => id)).toEqual(['R-MT-X1', 'R-MT-X2', 'R-MT-X3', 'R-MT-X4', 'R-MT-X5']);
    expect(ofX.every(({ hospitalSeal }) => hospitalSeal)).toBe(true);
    expect(matter.withoutLimit).toMatchObject([{ clock: 'K-06', words: '及时' }]);
    expect(matter.clocks.map(({ clock, limitWorkingDays }) => [clock, limitWorkingDays])).toEqual([
      ['K-01', 1],
      ['K-05', 20],
      ['K-03', 1],
      ['K-86', 10],
    ]);
  });

  it('names a reason with its clause for every gap of its own', () => {
    const reasonOf = (code: string) => matter.reasons.find(({ gaps }) => gaps?.includes(code));
    for (const code of [
      'INSIDE_AREA',
      'HOSPITAL_SEAL_MISSING',
      'INVOICE_SETTLED_ELSEWHERE',
      'HOSPITAL_WITHOUT_AGREEMENT',
    ]) {
      expect(reasonOf(code)?.clause).not.toBe('');
    }
    expect(new Set(matter.reasons.map(({ code }) => code)).size).toBe(matter.reasons.length);
    expect(matter.reasons.some(({ gaps }) => gaps?.includes('OUTSIDE_AREA_NOT_ENABLED'))).toBe(false);
  });
});

describe('the clocks of P-02 after a return', () => {
  const voided = (walk: Walk) =>
    drawn(walk).on('2026-11-09T09:30').do('sendBack', 'finreview1', { toStage: 'initialReview' });

  it('go on where finance returns an approval: the review from 受理, the delivery with the next decision', () => {
    // 20 WD from 2 November end on the 30th, whatever was decided in between (T-11).
    const walk = approved();
    expect([walk.runs('K-05'), walk.runs('K-03')]).toEqual([['stopped 2026-11-30'], ['running 2026-11-03']]);
    voided(walk);
    expect(walk.runs('K-05')).toEqual(['stopped 2026-11-30', 'running 2026-11-30']);
    expect(walk.runs('K-03')).toEqual(['stopped 2026-11-03']);
    // Its ladder exists again: half of it on 16 November, the breach at the end.
    const again = walk.ledgers.find(({ clock, run }) => clock === 'K-05' && run === 2)!;
    expect(nextRungOf(again, calendar)).toBe('2026-11-16T08:00:00.000Z');
    expect(rungInstants(again, calendar).map(({ rung }) => rung)).toEqual(['half', 'eighty', 'due', 'plus1', 'plus3']);
    walk.do('propose', 'initial1').do('propose', 'second1').on('2026-11-12T09:30');
    walk.do('approve', 'approver1', { payableFen: 100_00 });
    expect(walk.runs('K-05')).toEqual(['stopped 2026-11-30', 'stopped 2026-11-30']);
    expect(walk.runs('K-03')).toEqual(['stopped 2026-11-03', 'running 2026-11-13']);
  });

  it('leave out what the review had stood still for before the decision', () => {
    const walk = new Walk().do('receiveFiling', 'window1').do('accept', 'initial1').do('askSupplement', 'initial1');
    walk.on('2026-11-04T09:30').do('supplement', 'window1').do('propose', 'initial1').do('propose', 'second1');
    walk.do('approve', 'approver1', { payableFen: 100_00 });
    // 3 and 4 November were the applicant's.
    expect(walk.runs('K-05')).toEqual(['stopped 2026-12-02']);
    expect(voided(walk).runs('K-05')).toEqual(['stopped 2026-12-02', 'running 2026-12-02']);
  });

  it('are in breach at once where the limit has passed meanwhile', () => {
    const walk = drawn(approved()).on('2026-12-02T09:30').do('sendBack', 'finreview1', { toStage: 'initialReview' });
    const again = walk.ledgers.find(({ clock, run }) => clock === 'K-05' && run === 2)!;
    expect(pendingRungs(again, calendar).map(({ rung, at }) => [rung, at - Date.parse(again.startedAt)])[0]).toEqual([
      'due',
      0,
    ]);
  });

  it('end with a withdrawal after the return', () => {
    const walk = voided(approved()).do('withdraw', 'window1');
    expect(walk.ledgers.every(({ state }) => state === 'stopped')).toBe(true);
    expect(walk.runs('K-03')).toHaveLength(1);
  });

  it('begin no new review after a 退票: the decision stands; a delivery that was owed is owed still', () => {
    const walk = paid(released(approved()));
    expect(walk.do('returnPayout', 'system:bank').position).toMatchObject({ stage: 'deliver', outcome: 'approved' });
    expect([walk.runs('K-05'), walk.runs('K-03')]).toEqual([['stopped 2026-11-30'], ['running 2026-11-03']]);
    walk.do('deliver', 'window1');
    expect(walk.position.stage).toBe('preparePayout');
    // The money that came back has a clock of its own, and no other begins again.
    expect(walk.runs('K-86')).toEqual(['running 2026-11-16']);
    expect(walk.ledgers.every(({ clock, state, run }) => run === 1 && (state === 'stopped' || clock === 'K-86'))).toBe(
      true,
    );
    // Back in the archive by the next order: nothing has begun again on the way.
    expect(paid(released(walk)).position.stage).toBe('archive');
    expect(walk.ledgers.map(({ state, run }) => `${state} ${run}`)).toEqual(
      Array.from({ length: 4 }, () => 'stopped 1'),
    );
  });
});

describe('the road of P-02', () => {
  it('stops K-05 at 审批 and starts K-03 there; payment runs after the limit', () => {
    const walk = approved();
    expect(walk.position.stage).toBe('preparePayout');
    expect(walk.clocks).toEqual({ 'K-01': 'stopped', 'K-05': 'stopped', 'K-03': 'running' });
    expect(walk.ledgers.find(({ clock }) => clock === 'K-03')).toMatchObject({
      dayZero: '2026-11-02',
      dueDate: '2026-11-03',
    });
  });

  it.each<[string, (walk: Walk) => Walk]>([
    ['before 拨付制定', (walk) => paid(released(walk.do('deliver', 'window1')))],
    [
      'at 财务复核',
      (walk) =>
        paid(
          drawn(walk).do('deliver', 'initial1').do('confirmPayout', 'finreview1').do('releasePayout', 'finapprove1'),
        ),
    ],
    ['while the bank is asked', (walk) => paid(released(walk).do('deliver', 'window1'))],
    ['after the payment', (walk) => paid(released(walk)).do('deliver', 'window1')],
  ])('closes when both have ended, delivered %s', (_, go) => {
    const walk = go(approved());
    expect(walk.position).toMatchObject({ stage: 'archive', delivered: true, paidOnce: true });
    expect(Object.values(walk.clocks)).toEqual(['stopped', 'stopped', 'stopped']);
    expect(walk.do('archive', 'system:workflow').position.stage).toBe('closed');
  });

  it('delivers beside the open task: it stays whose it is, no duty is claimed, and once is enough', () => {
    const walk = drawn(approved());
    const before = walk.position;
    const step = advance(matter, before, 'deliver', 'window1');
    expect(step).toMatchObject({ closesTask: false, opensTask: false, claimsDuty: null, events: ['delivered'] });
    expect(step.position).toMatchObject({ stage: 'financeReview', duties: before.duties, order: before.order });
    walk.do('deliver', 'window1');
    expect(walk.refusal('deliver', 'window1')).toBe('ACT_NOT_ALLOWED');
  });

  it('offers it to the posts at the counter alone, also while another holds the task', () => {
    const { position } = drawn(approved());
    const may = (posts: Post[], heldByOther = false) =>
      abilities(matter, position, { personId: 'x', posts, heldByOther });
    expect(may(['window'])).toEqual(['deliver']);
    expect(may(['initialReviewer'], true)).toEqual(['deliver']);
    expect(may(['financeReviewer'])).toEqual(['sendBack', 'confirmPayout']);
    expect(judgeRight(matter, position, 'deliver', ['settlementClerk'])).toMatchObject({ code: 'NOT_YOUR_POST' });
    expect([isForApplicant(matter, 'financeReview', 'deliver'), isForApplicant(matter, 'deliver', 'deliver')]).toEqual([
      true,
      false,
    ]);
  });

  it.each(['acceptance', 'initialReview', 'secondReview', 'approval', 'archive'] as const)(
    'delivers nothing at %s',
    (stage) => {
      const delivered = stage === 'archive';
      const position = { ...beginning, seq: 3, stage, delivered, outcome: delivered ? ('approved' as const) : null };
      expect(judgeMove(matter, position, { act: 'deliver', actorId: 'window1', seenSeq: 3 })).toMatchObject({
        code: 'ACT_NOT_ALLOWED',
      });
    },
  );

  it('lets the decision stand once it is in the hands of the applicant', () => {
    const walk = drawn(approved());
    expect(openReturns(matter, walk.position)).toEqual(['initialReview', 'secondReview']);
    walk.do('deliver', 'window1');
    expect(openReturns(matter, walk.position)).toEqual(['preparePayout']);
    expect(walk.refusal('sendBack', 'finreview1', 'initialReview')).toBe('ALREADY_DELIVERED');
    const step = advance(matter, walk.position, 'sendBack', 'finreview1', { toStage: 'preparePayout' });
    expect(step).toMatchObject({
      voidsDecision: false,
      position: { outcome: 'approved', order: null, stage: 'preparePayout' },
    });
  });

  it('goes on to finance with a delivered result when the bank refuses, and ends with the next order', () => {
    const walk = released(approved()).do('deliver', 'window1');
    walk.do('settlePayout', 'system:bank', { orderState: 'failed' });
    expect(walk.position.stage).toBe('preparePayout');
    expect(paid(released(walk)).position.stage).toBe('archive');
  });

  it('makes no order of nought, and delivers (R-FN-10)', () => {
    const walk = approved(0);
    expect(walk.position.stage).toBe('deliver');
    expect(walk.do('deliver', 'window1').position.stage).toBe('archive');
    expect(Object.values(walk.clocks)).toEqual(['stopped', 'stopped', 'stopped']);
  });
});

import { inpatientReimbursement as road } from '../matters/inpatient-reimbursement';
import { advance, type ActFacts } from './advance';
import { judgeMove, judgeRight, type CasePosition } from './judge';
import { posts, stages, staffActs, systemActs, type ActCode, type Duty, type Stage } from './words';

/** A case standing at a stage after a plain walk there: nothing sent back, no supplement asked, 100.00 approved. */
function caseAt(stage: Stage, changes: Partial<CasePosition> = {}): CasePosition {
  const index = stages.indexOf(stage);
  const decided = index >= stages.indexOf('preparePayout');
  const orderStates = { financeReview: 'drawn', financeApproval: 'reviewed', pay: 'released' } as const;
  const orderState = stage in orderStates ? orderStates[stage as keyof typeof orderStates] : 'paid';
  return {
    caseNo: 'LJ2025000001',
    seq: 7,
    stage,
    waiting: null,
    supplementUsed: false,
    outcome: decided ? 'approved' : null,
    round: 0,
    duties: [],
    order: decided && stage !== 'preparePayout' ? { orderNo: 'LJ2025000001P1', state: orderState } : null,
    paidOnce: index >= stages.indexOf('deliver'),
    delivered: index >= stages.indexOf('archive'),
    last: { act: 'receiveFiling', actorId: 'window1' },
    nextRungAt: null,
    ...changes,
  };
}

/** The seven duties of SD-01 and where they are claimed; the other stages are free. */
const dutyAt: Partial<Record<Stage, Duty>> = {
  initialReview: 'initialReview',
  secondReview: 'secondReview',
  approval: 'approval',
  preparePayout: 'preparePayout',
  financeReview: 'financeReview',
  financeApproval: 'financeApproval',
};

describe('what follows', () => {
  const plain = { closesTask: true, opensTask: true, voidsDecision: false, releasesInvoices: false, events: [] };
  const toSystem = { ...plain, opensTask: false };
  const inPlace = { ...plain, closesTask: false, opensTask: false };
  const returned = { closesTask: false, events: ['paymentReturned'] };
  const waiting = { waiting: 'supplement', supplementUsed: true } as const;
  type Row = [string, CasePosition, ActCode, ActFacts, Stage, object];
  const rows: Row[] = [
    ['收件', caseAt('acceptance'), 'receiveFiling', {}, 'acceptance', { ...plain, events: ['received'] }],
    ['受理', caseAt('acceptance'), 'accept', {}, 'initialReview', { ...plain, events: ['accepted'] }],
    [
      '不予受理',
      caseAt('acceptance'),
      'refuseAcceptance',
      {},
      'archive',
      { ...toSystem, releasesInvoices: true, events: ['acceptanceRefused'] },
    ],
    ['初审意见', caseAt('initialReview'), 'propose', {}, 'secondReview', plain],
    ['复核意见', caseAt('secondReview'), 'propose', {}, 'approval', plain],
    ['通过', caseAt('approval'), 'approve', { payableFen: 1 }, 'preparePayout', { ...plain, events: ['decided'] }],
    [
      '通过 0.00',
      caseAt('approval'),
      'approve',
      { payableFen: 0 },
      'deliver',
      { ...plain, events: ['decided', 'decidedNothingToPay'] },
    ],
    [
      '不予通过',
      caseAt('approval'),
      'reject',
      {},
      'deliver',
      { ...plain, releasesInvoices: true, events: ['decided', 'decidedNothingToPay'] },
    ],
    ['审批退回', caseAt('approval'), 'sendBack', { toStage: 'secondReview' }, 'secondReview', plain],
    ['复核退回', caseAt('secondReview'), 'sendBack', { toStage: 'initialReview' }, 'initialReview', plain],
    [
      '结算退回',
      caseAt('preparePayout'),
      'sendBack',
      { toStage: 'secondReview' },
      'secondReview',
      { ...plain, voidsDecision: true, events: ['decisionVoided'] },
    ],
    [
      '失败后退回',
      caseAt('preparePayout', { order: { orderNo: 'P1', state: 'failed' } }),
      'sendBack',
      { toStage: 'initialReview' },
      'initialReview',
      { ...plain, voidsDecision: true, events: ['decisionVoided'] },
    ],
    [
      '财务退回',
      caseAt('financeApproval'),
      'sendBack',
      { toStage: 'initialReview' },
      'initialReview',
      { ...plain, voidsDecision: true, events: ['decisionVoided'] },
    ],
    [
      '退票后财务退回制单',
      caseAt('financeReview', { paidOnce: true, delivered: true }),
      'sendBack',
      { toStage: 'preparePayout' },
      'preparePayout',
      plain,
    ],
    ['补正告知', caseAt('secondReview'), 'askSupplement', {}, 'secondReview', inPlace],
    ['补正收件', caseAt('secondReview', waiting), 'supplement', {}, 'secondReview', inPlace],
    ['补正逾期收件', caseAt('approval', { supplementUsed: true }), 'supplement', {}, 'approval', inPlace],
    ['补正期满', caseAt('approval', waiting), 'endPause', {}, 'approval', inPlace],
    [
      '撤回',
      caseAt('initialReview', waiting),
      'withdraw',
      {},
      'archive',
      { ...toSystem, releasesInvoices: true, events: ['withdrawn'] },
    ],
    ['制单', caseAt('preparePayout'), 'preparePayout', { orderNo: 'P1' }, 'financeReview', plain],
    ['财务复核', caseAt('financeReview'), 'confirmPayout', {}, 'financeApproval', plain],
    ['财务审批', caseAt('financeApproval'), 'releasePayout', {}, 'pay', toSystem],
    ['支付', caseAt('pay'), 'settlePayout', { orderState: 'paid' }, 'deliver', { ...plain, events: ['paid'] }],
    ['支付失败', caseAt('pay'), 'settlePayout', { orderState: 'failed' }, 'preparePayout', plain],
    [
      '退票后再支付',
      caseAt('pay', { paidOnce: true, delivered: true }),
      'settlePayout',
      { orderState: 'paid' },
      'archive',
      { ...toSystem, events: ['repaid'] },
    ],
    ['送达前退票', caseAt('deliver'), 'returnPayout', {}, 'deliver', { ...inPlace, ...returned }],
    ['归档前退票', caseAt('archive'), 'returnPayout', {}, 'preparePayout', { ...plain, ...returned }],
    ['办结后退票', caseAt('closed'), 'returnPayout', {}, 'preparePayout', { ...plain, ...returned }],
    ['送达', caseAt('deliver'), 'deliver', {}, 'archive', { ...toSystem, events: ['delivered'] }],
    [
      '退票后送达',
      caseAt('deliver', { order: { orderNo: 'P1', state: 'returned' } }),
      'deliver',
      {},
      'preparePayout',
      { ...plain, events: ['delivered'] },
    ],
    ['归档', caseAt('archive'), 'archive', {}, 'closed', toSystem],
  ];
  it.each(rows)('%s', (_, before, act, facts, stage, effects) => {
    const frozen = structuredClone(before);
    const result = advance(road, before, act, 'person1', facts);
    expect(before).toEqual(frozen);
    expect(result).toMatchObject(effects);
    expect(result.position).toMatchObject({ stage, seq: 8, last: { act, actorId: 'person1' } });
    const duty = act === 'withdraw' || act === 'supplement' || act === 'endPause' ? undefined : dutyAt[before.stage];
    expect(result.claimsDuty).toBe(duty ?? null);
    expect(result.position.duties).toEqual(duty ? [{ personId: 'person1', duty }] : []);
  });

  it('leaves the marks that later steps look at', () => {
    const after = (before: CasePosition, act: ActCode, facts: ActFacts = {}) =>
      advance(road, before, act, 'person1', facts).position;
    expect(after(caseAt('acceptance'), 'refuseAcceptance').outcome).toBe('refusedAcceptance');
    expect(after(caseAt('approval'), 'reject').outcome).toBe('rejected');
    expect(after(caseAt('approval'), 'approve', { payableFen: 0 })).toMatchObject({ outcome: 'approved', order: null });
    expect(after(caseAt('initialReview', waiting), 'withdraw')).toMatchObject({ outcome: 'withdrawn', waiting: null });
    expect(after(caseAt('initialReview'), 'askSupplement')).toMatchObject(waiting);
    expect(after(caseAt('initialReview'), 'askSupplement', { pausesClock: true })).toMatchObject(waiting);
    expect(after(caseAt('initialReview'), 'askSupplement', { pausesClock: false })).toMatchObject({
      waiting: null,
      supplementUsed: true,
    });
    expect(after(caseAt('initialReview', { supplementUsed: true }), 'supplement')).toMatchObject({
      waiting: null,
      supplementUsed: true,
    });
    expect(after(caseAt('financeApproval'), 'sendBack', { toStage: 'secondReview' })).toMatchObject({
      outcome: null,
      order: null,
      round: 1,
    });
    const again = caseAt('financeApproval', { paidOnce: true, delivered: true });
    expect(after(again, 'sendBack', { toStage: 'preparePayout' })).toMatchObject({
      outcome: 'approved',
      order: null,
      paidOnce: true,
      delivered: true,
      round: 1,
    });
    expect(after(caseAt('preparePayout'), 'preparePayout', { orderNo: 'P2' }).order).toEqual({
      orderNo: 'P2',
      state: 'drawn',
    });
    expect(after(caseAt('pay'), 'settlePayout', { orderState: 'paid' })).toMatchObject({
      paidOnce: true,
      order: { state: 'paid' },
    });
    expect(after(caseAt('pay'), 'settlePayout', { orderState: 'failed' })).toMatchObject({
      paidOnce: false,
      order: { state: 'failed' },
    });
    expect(after(caseAt('deliver'), 'returnPayout')).toMatchObject({ order: { state: 'returned' }, paidOnce: true });
    expect(after(caseAt('deliver'), 'deliver').delivered).toBe(true);
  });

  it('stops on what only a bug can ask', () => {
    expect(() => advance(road, caseAt('approval'), 'approve', 'person1')).toThrow('decided amount');
    expect(() => advance(road, caseAt('approval'), 'sendBack', 'person1')).toThrow('needs a stage');
    expect(() => advance(road, caseAt('preparePayout'), 'preparePayout', 'person1')).toThrow('order number');
    expect(() => advance(road, caseAt('financeReview', { order: null }), 'confirmPayout', 'person1')).toThrow(
      'no order',
    );
    for (const orderState of [undefined, 'unknown', 'sent', 'returned'] as const) {
      const facts = orderState ? { orderState } : {};
      expect(() => advance(road, caseAt('pay'), 'settlePayout', 'system:bank', facts)).toThrow('cannot take the word');
    }
    expect(() => advance(road, caseAt('closed'), 'propose', 'person1')).toThrow('nothing follows closed');
  });
});

describe('every state a case can come to', () => {
  const key = (p: CasePosition) =>
    [p.stage, p.waiting ?? '-', p.outcome ?? '-', p.order?.state ?? '-', p.delivered ? 'delivered' : '-'].join(' ');
  const whole = (p: CasePosition) => `${key(p)} ${p.supplementUsed} ${p.paidOnce}`;

  /** May anyone do it: a person new to the case who holds every post, or the system? */
  function open(position: CasePosition, act: ActCode, toStage: Stage | undefined): boolean {
    const byPerson = (staffActs as readonly ActCode[]).includes(act);
    const actorId = byPerson ? 'person1' : 'system:workflow';
    return (
      judgeMove(road, position, { act, actorId, seenSeq: position.seq, toStage }).allowed &&
      (!byPerson || judgeRight(road, position, act, posts).allowed)
    );
  }

  function successors(position: CasePosition): { act: ActCode; position: CasePosition }[] {
    const found: { act: ActCode; position: CasePosition }[] = [];
    for (const act of [...staffActs, ...systemActs]) {
      for (const toStage of act === 'sendBack' ? stages : [undefined]) {
        if (!open(position, act, toStage)) continue;
        const words: ActFacts[] =
          act === 'settlePayout'
            ? [{ orderState: 'paid' }, { orderState: 'failed' }]
            : [0, 10_000].map((payableFen) => ({
                ...{ payableFen, toStage, orderNo: 'P1' },
                pausesClock: payableFen > 0,
              }));
        for (const facts of words) {
          // Fresh persons every time: the duties of earlier ones are left out of the picture here.
          const next = { ...advance(road, position, act, 'person1', facts).position, duties: [], round: 0, seq: 7 };
          found.push({ act, position: next });
        }
      }
    }
    return found;
  }

  const reached = new Map<string, { position: CasePosition; next: { act: ActCode; to: string }[] }>();
  const queue = [caseAt('acceptance')];
  for (let position = queue.pop(); position; position = queue.pop()) {
    if (reached.has(whole(position))) continue;
    const next = successors(position);
    reached.set(whole(position), { position, next: next.map((n) => ({ act: n.act, to: whole(n.position) })) });
    queue.push(...next.map((n) => n.position));
  }

  it('is one of these and no other', () => {
    const combinations = [...new Set([...reached.values()].map(({ position }) => key(position)))].sort();
    expect(combinations).toEqual(
      [
        'acceptance - - - -',
        'initialReview - - - -',
        'initialReview supplement - - -',
        'secondReview - - - -',
        'secondReview supplement - - -',
        'approval - - - -',
        'approval supplement - - -',
        'preparePayout - approved - -',
        'preparePayout - approved - delivered',
        'preparePayout - approved failed -',
        'preparePayout - approved failed delivered',
        'preparePayout - approved returned delivered',
        'financeReview - approved drawn -',
        'financeReview - approved drawn delivered',
        'financeApproval - approved reviewed -',
        'financeApproval - approved reviewed delivered',
        'pay - approved released -',
        'pay - approved released delivered',
        'deliver - approved - -',
        'deliver - approved paid -',
        'deliver - approved returned -',
        'deliver - rejected - -',
        'archive - refusedAcceptance - -',
        'archive - withdrawn - -',
        'archive - rejected - delivered',
        'archive - approved - delivered',
        'archive - approved paid delivered',
        'closed - refusedAcceptance - -',
        'closed - withdrawn - -',
        'closed - rejected - delivered',
        'closed - approved - delivered',
        'closed - approved paid delivered',
      ].sort(),
    );
  });

  it('has a next actor, or is closed (W5)', () => {
    for (const [name, { position, next }] of reached) {
      if (position.stage !== 'closed') expect([name, next.length > 0]).toEqual([name, true]);
    }
  });

  it('can come to its end by the ordinary acts, without a return or a withdrawal', () => {
    const ends = new Set([...reached].filter(([, { position }]) => position.stage === 'closed').map(([name]) => name));
    for (let before = -1; before !== ends.size;) {
      before = ends.size;
      for (const [name, { next }] of reached) {
        if (next.some(({ act, to }) => act !== 'sendBack' && act !== 'withdraw' && ends.has(to))) ends.add(name);
      }
    }
    expect([...reached.keys()].filter((name) => !ends.has(name))).toEqual([]);
  });
});

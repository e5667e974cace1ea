import { crossProvinceTransfers } from '../matters/cross-province-transfer';
import { crossRegionFiling } from '../matters/cross-region-filing';
import { crossRegionReimbursement } from '../matters/cross-region-reimbursement';
import { inpatientReimbursement } from '../matters/inpatient-reimbursement';
import { referralFiling } from '../matters/referral-filing';
import { checkDefinition } from './check-definition';
import type { ClockDefinition, MatterDefinition, StageDefinition } from './definition';
import type { Stage } from './words';

/** P-01, bent in one place. */
function bent(bend: (definition: MatterDefinition) => void): MatterDefinition {
  const definition = structuredClone(inpatientReimbursement);
  bend(definition);
  return definition;
}

function stage(definition: MatterDefinition, name: Stage): StageDefinition {
  return definition.stages.find((s) => s.stage === name)!;
}

function clock(definition: MatterDefinition, name: string): ClockDefinition {
  return definition.clocks.find((c) => c.clock === name)!;
}

const d1Stages = inpatientReimbursement.stages.map((s) => s.stage);

describe('a definition of a matter', () => {
  it('is sound for P-01', () => {
    expect(checkDefinition(inpatientReimbursement)).toEqual([]);
  });

  it('may stop the review clock at 审批 where payment lies outside the limit (C-02, P-02)', () => {
    const outside = (bend: (definition: MatterDefinition) => void) =>
      bent((d) => {
        d.payoutInsideReviewLimit = false;
        // A return from finance ends the delivery that the decision began, and the review goes on.
        Object.assign(clock(d, 'K-02'), {
          startsOn: ['accepted', 'decisionVoided'],
          stopsOn: ['decided', 'withdrawn'],
        });
        Object.assign(clock(d, 'K-03'), { startsOn: ['decided'], stopsOn: ['delivered', 'decisionVoided'] });
        bend(d);
      });
    expect(checkDefinition(outside(() => undefined))).toEqual([]);
    const voided = 'received → accepted → decided → decisionVoided';
    expect(checkDefinition(outside((d) => (clock(d, 'K-02').startsOn = ['accepted'])))).toEqual([
      `K-02 在决定作废后不再计时: ${voided}`,
    ]);
    expect(checkDefinition(outside((d) => (clock(d, 'K-03').stopsOn = ['delivered', 'withdrawn'])))).toEqual([
      `K-03 在决定作废后仍在计时: ${voided}`,
    ]);
  });

  // Whatever may end a case ends each of its clocks: no entry of `stopsOn` of any matter can be forgotten, none is there for nothing.
  const ends = [
    inpatientReimbursement,
    crossRegionReimbursement,
    crossRegionFiling,
    referralFiling,
    ...crossProvinceTransfers,
  ].flatMap((definition) =>
    definition.clocks.flatMap(({ clock: name, stopsOn }) =>
      stopsOn.map((end) => [`${definition.matter} ${definition.version}`, name, end, definition] as const),
    ),
  );
  it.each(ends)('%s: %s has to stop on %s', (_, name, end, definition) => {
    const without = structuredClone(definition);
    const { stopsOn } = clock(without, name);
    stopsOn.splice(stopsOn.indexOf(end), 1);
    expect(checkDefinition(without)).toContainEqual(
      expect.stringMatching(new RegExp(`^${name} (在办结后仍在计时|在决定作废后仍在计时|没有起止事件)`)),
    );
  });

  const bends: [string, (definition: MatterDefinition) => void, string[]][] = [
    ['a stage twice', (d) => d.stages.push(structuredClone(stage(d, 'archive'))), ['环节重复出现']],
    [
      'a return to 受理',
      (d) => stage(d, 'secondReview').returnsTo.push('acceptance'),
      ['secondReview 不能退回到 acceptance'],
    ],
    [
      'a return forward',
      (d) => stage(d, 'secondReview').returnsTo.push('approval'),
      ['secondReview 不能退回到 approval'],
    ],
    ['a return to itself', (d) => stage(d, 'approval').returnsTo.push('approval'), ['approval 不能退回到 approval']],
    [
      'a return to a stage that is not on the road',
      (d) => stage(d, 'secondReview').returnsTo.push('closed'),
      ['secondReview 不能退回到 closed'],
    ],
    [
      'a return to an order in the middle of its checks',
      (d) => stage(d, 'financeApproval').returnsTo.push('financeReview'),
      ['financeApproval 不能退回到 financeReview'],
    ],
    ['sendBack without a target', (d) => (stage(d, 'approval').returnsTo = []), ['approval 的退回设置前后不一']],
    [
      'a target without sendBack',
      (d) => (stage(d, 'preparePayout').acts = ['preparePayout']),
      ['preparePayout 的退回设置前后不一'],
    ],
    ['a decision made by the system', (d) => (stage(d, 'approval').posts = []), ['approval 的操作没有岗位']],
    ['a delivery made by the system', (d) => (stage(d, 'deliver').posts = []), ['deliver 的操作没有岗位']],
    [
      'a proposal without a duty',
      (d) => (stage(d, 'secondReview').duty = null),
      ['secondReview 的操作没有对应的职责 (SD-01)'],
    ],
    [
      'a payment released without a duty',
      (d) => (stage(d, 'financeApproval').duty = null),
      ['financeApproval 的操作没有对应的职责 (SD-01)'],
    ],
    ['one duty at two stages', (d) => (stage(d, 'secondReview').duty = 'initialReview'), ['同一职责出现在两个环节']],
    [
      'a single level of review',
      (d) => {
        d.stages = d.stages.filter((s) => !s.duty || s.duty === 'initialReview');
      },
      ['审核层级不得少于两人 (C-01)'],
    ],
    [
      'stages that nothing leads to',
      (d) => {
        stage(d, 'acceptance').acts = ['refuseAcceptance'];
        d.applicantActs = [];
      },
      ['初审', '复核', '审批', '拨付制定', '财务复核', '财务审批', '支付', '送达'].map((label, index) => {
        return `环节“${label}”(${d1Stages[index + 1]}) 无法到达`;
      }),
    ],
    ['a limit below nought', (d) => (clock(d, 'K-03').limitWorkingDays = -1), ['K-03 的时限须为不小于 0 的整数']],
    ['a limit of half days', (d) => (clock(d, 'K-02').limitWorkingDays = 17.5), ['K-02 的时限须为不小于 0 的整数']],
    ['a clock that nothing starts', (d) => (clock(d, 'K-03').startsOn = []), ['K-03 没有起止事件']],
    [
      'a clock that nothing stops',
      (d) => (clock(d, 'K-03').stopsOn = []),
      ['K-03 没有起止事件', 'K-03 在办结后仍在计时: received → accepted → decided → decidedNothingToPay → delivered'],
    ],
    ['a clock that starts and stops on one event', (d) => clock(d, 'K-03').stopsOn.push('paid'), ['K-03 起止事件相同']],
    [
      'an overall clock that outlives a withdrawal',
      (d) => (clock(d, 'K-04').stopsOn = ['delivered', 'acceptanceRefused']),
      ['K-04 在办结后仍在计时: received → withdrawn'],
    ],
    [
      'an acceptance clock that outlives 不予受理',
      (d) => (clock(d, 'K-01').stopsOn = ['accepted', 'withdrawn']),
      ['K-01 在办结后仍在计时: received → acceptanceRefused'],
    ],
    [
      'a review clock that a decision of 0.00 leaves running',
      (d) => (clock(d, 'K-02').stopsOn = ['paid', 'withdrawn']),
      ['K-02 在办结后仍在计时: received → accepted → decided → decidedNothingToPay → delivered'],
    ],
    [
      'a review clock stopped at 审批 with payment inside it',
      (d) => clock(d, 'K-02').stopsOn.push('decided'),
      [
        'K-02 在决定作废后不再计时: received → accepted → decided → decisionVoided',
        'K-02 的停止事件与 payoutInsideReviewLimit 不一致',
      ],
    ],
    [
      'a review clock stopped by payment with payment outside it',
      (d) => (d.payoutInsideReviewLimit = false),
      ['K-02 的停止事件与 payoutInsideReviewLimit 不一致'],
    ],
    ['a clock twice', (d) => d.clocks.push(structuredClone(clock(d, 'K-03'))), ['时限编号重复']],
    ['a reason without a clause', (d) => (d.reasons[0]!.clause = ''), ['理由 RS-01 缺少条款']],
    ['a reason twice', (d) => d.reasons.push(structuredClone(d.reasons[0]!)), ['理由代码重复']],
    ['a material twice', (d) => d.materials.push(structuredClone(d.materials[0]!)), ['材料编号重复']],
  ];
  it.each(bends)('is refused with %s', (_, bend, faults) => {
    expect(checkDefinition(bent(bend))).toEqual(faults);
  });

  it('is sound for every matter that is data', () => {
    for (const definition of [crossRegionFiling, referralFiling, ...crossProvinceTransfers]) {
      expect([definition.matter, definition.version, checkDefinition(definition)]).toEqual([
        definition.matter,
        definition.version,
        [],
      ]);
    }
  });

  const transfer = crossProvinceTransfers.find((d) => d.matter === 'crossProvinceTransferIn' && d.version === 2)!;
  const bendsOfOthers: [string, MatterDefinition, (definition: MatterDefinition) => void, string[]][] = [
    [
      'a stage that no way leads to',
      crossRegionFiling,
      (d) => d.stages.splice(2, 0, { ...stage(d, 'review'), stage: 'secondReview', duty: 'secondReview' }),
      ['环节“复核”(secondReview) 无法到达'],
    ],
    [
      'a road without its end',
      crossRegionFiling,
      (d) => (d.stages = d.stages.filter((s) => s.stage !== 'archive')),
      ['缺少环节 archive'],
    ],
    [
      'an archive before anybody decided (bar 51)',
      crossRegionFiling,
      (d) => (d.stages = d.stages.filter((s) => s.stage !== 'review')),
      ['审核层级不得少于两人 (C-01)'],
    ],
    [
      'a road past its decision',
      referralFiling,
      (d) => (stage(d, 'review').acts = ['propose']),
      ['没有决定就到了 deliver', '没有决定就到了 archive', '没有决定就到了 closed'],
    ],
    [
      'an act of the system where people decide (bar 51)',
      referralFiling,
      (d) => stage(d, 'review').acts.push('settlePayout'),
      ['review 不能由系统办理支付结果入账:时间和系统不作决定'],
    ],
    [
      'a stage with nothing to do',
      referralFiling,
      (d) => (stage(d, 'acceptance').acts = []),
      ['acceptance 没有可办理的操作'],
    ],
    [
      'one officer where money is paid',
      inpatientReimbursement,
      (d) => {
        d.stages = d.stages.filter((s) => !s.duty || s.duty === 'initialReview');
        d.singleReview = { source: '惯例' };
      },
      ['审核层级不得少于两人 (C-01)'],
    ],
    [
      'one officer without a text for it',
      referralFiling,
      (d) => delete d.singleReview,
      ['审核层级不得少于两人 (C-01)'],
    ],
    [
      'an outside stage where nobody records the answer',
      transfer,
      (d) => (stage(d, 'transferOut').acts = ['propose']),
      ['transferOut 的操作没有对应的职责 (SD-01)', 'transferOut 由对方机构办理与登记对方答复须同时设置'],
    ],
    [
      'a chained clock that a withdrawal leaves running',
      transfer,
      (d) => (clock(d, 'K-11a').stopsOn = ['enter:initialReview']),
      ['K-11a 在办结后仍在计时: received → accepted → withdrawn'],
    ],
    [
      'a clock that waits for a stage nobody enters',
      transfer,
      (d) => (clock(d, 'K-11b').startsOn = ['enter:secondReview']),
      ['K-11b 在任何一条路上都不会开始计时'],
    ],
    [
      'a letter that may not be asked for (D5 第1项)',
      transfer,
      (d) => d.materials.push(crossProvinceTransfers[0]!.materials.at(-1)!),
      ['材料 P61-3 要求了不得索要的材料(十六项便民措施 第1项)'],
    ],
    [
      'a result without its fields',
      referralFiling,
      (d) => (d.form!.fields = d.form!.fields.filter(({ field }) => field !== 'region')),
      ['办理结果 用到的栏目 region 有误'],
    ],
    [
      'an option that would be entered as nothing',
      crossRegionFiling,
      (d) => d.form!.fields[0]!.options!.push({ code: 'holiday', label: '度假', source: '无' }),
      ['办理结果没有说明这些选项登记为什么:度假'],
    ],
    [
      'a condition on an option nobody can choose',
      crossRegionFiling,
      (d) => (d.materials.at(-1)!.requiredWhen = { field: 'kind', is: ['holiday'] }),
      ['材料 P20-8 的条件有误:kind 没有选项 holiday'],
    ],
    ['an approval that brings nothing about', referralFiling, (d) => delete d.result, ['办理结果与 follows 不一致']],
  ];
  it.each(bendsOfOthers)('is refused with %s', (_, definition, bend, faults) => {
    const copy = structuredClone(definition);
    bend(copy);
    expect(checkDefinition(copy)).toEqual(faults);
  });

  it('names every fault at once', () => {
    const faults = checkDefinition(
      bent((d) => {
        clock(d, 'K-01').limitWorkingDays = -1;
        stage(d, 'approval').posts = [];
        d.materials.push(structuredClone(d.materials[0]!));
      }),
    );
    expect(faults).toEqual(['approval 的操作没有岗位', 'K-01 的时限须为不小于 0 的整数', '材料编号重复']);
  });

  it('sends back to 初审 at most, from wherever it is sent back', () => {
    const targets = new Set(inpatientReimbursement.stages.flatMap((s) => s.returnsTo));
    expect([...targets].sort()).toEqual(['initialReview', 'preparePayout', 'secondReview']);
  });
});

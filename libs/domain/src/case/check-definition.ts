import type { FieldDefinition, FormDefinition } from '../forms/form';
import { advance, triggersOf, type ActFacts } from './advance';
import { checkClocks } from './clock-checks';
import type { MaterialCondition } from '../forms/material-condition';
import type { ClockDefinition, MatterDefinition } from './definition';
import { judgeMove, openReturns, stageOf, type CasePosition } from './judge';
import { actLabels, stageLabels, staffActs, systemActors, type ActCode, type ClockTrigger, type Stage } from './words';

/**
 * Looks for contradictions a schema cannot see; answers sentences, empty = sound. The road itself is walked with the one
 * transition table, every way to every end: a stage that is never reached, a dead end, a decision nobody made, a clock that
 * outlives the case are found there and not guessed (bars 10, 51).
 */
export function checkDefinition(definition: MatterDefinition): string[] {
  const stageFaults = checkStages(definition);
  // A road whose stages contradict one another cannot be walked.
  const road = stageFaults.length > 0 ? null : walkRoad(definition);
  return [
    ...stageFaults,
    ...(road?.faults ?? []),
    ...definition.clocks.flatMap((clock) => checkClock(definition, clock, road)),
    ...checkClocks(definition),
    ...checkNames(definition),
    ...checkForm(definition),
  ];
}

function checkStages(definition: MatterDefinition): string[] {
  const faults: string[] = [];
  const order = definition.stages.map((s) => s.stage);
  if (new Set(order).size !== order.length) faults.push('环节重复出现');
  for (const stage of definition.stages) {
    for (const target of stage.returnsTo) {
      const [to, from] = [order.indexOf(target as never), order.indexOf(stage.stage)];
      if (to >= from || to < 1 || !returnTargets.includes(target)) {
        faults.push(`${stage.stage} 不能退回到 ${target}`);
      }
    }
    if (stage.returnsTo.length > 0 !== stage.acts.includes('sendBack'))
      faults.push(`${stage.stage} 的退回设置前后不一`);
    // No path reaches a decision without a person's act, whatever the settings (bar 51).
    if (stage.posts.length === 0 && stage.acts.some(isStaffAct)) faults.push(`${stage.stage} 的操作没有岗位`);
    if (stage.acts.length === 0) faults.push(`${stage.stage} 没有可办理的操作`);
    for (const act of stage.acts) {
      if (!isStaffAct(act) && systemStages[act] !== stage.stage) {
        faults.push(`${stage.stage} 不能由系统办理${actLabels[act]}:时间和系统不作决定`);
      }
    }
    if (!stage.duty && stage.acts.some((act) => dutifulActs.includes(act))) {
      faults.push(`${stage.stage} 的操作没有对应的职责 (SD-01)`);
    }
    if ((stage.party === 'outside') !== stage.acts.includes('recordAnswer')) {
      faults.push(`${stage.stage} 由对方机构办理与登记对方答复须同时设置`);
    }
  }
  const duties = definition.stages.flatMap((s) => (s.duty ? [s.duty] : []));
  if (new Set(duties).size !== duties.length) faults.push('同一职责出现在两个环节');
  if (duties.length < 2 && (!definition.singleReview || definition.follows === 'payout' || duties.length < 1)) {
    faults.push('审核层级不得少于两人 (C-01)');
  }
  return faults;
}

const isStaffAct = (act: ActCode): boolean => (staffActs as readonly ActCode[]).includes(act);

/** The system records what the bank said and seals the archive; nothing else is its own. */
const systemStages: Partial<Record<ActCode, Stage>> = { settlePayout: 'pay', archive: 'archive' };

/** No order in the middle of its checks is returned to: it is drawn up anew, or the decision falls. */
const returnTargets: readonly Stage[] = [
  'review',
  'transferOut',
  'initialReview',
  'secondReview',
  'transferIn',
  'approval',
  'preparePayout',
];

/** Acts that one of the seven duties of SD-01 stands behind. */
const dutifulActs: readonly ActCode[] = [
  'propose',
  'approve',
  'reject',
  'preparePayout',
  'confirmPayout',
  'releasePayout',
];

// ---- every way the road can be walked

interface Step {
  from: CasePosition;
  to: CasePosition;
  triggers: ClockTrigger[];
}

interface WalkedRoad {
  start: CasePosition;
  /** By the position they leave. */
  steps: Map<string, Step[]>;
  faults: string[];
}

const placeOf = (p: CasePosition): string =>
  [p.stage, p.waiting, p.supplementUsed, p.outcome, p.order?.state, p.paidOnce, p.delivered].join(' ');

/** Stages behind the decision; to stand there undecided would be a decision by nobody. */
const decidedStages: readonly Stage[] = ['preparePayout', 'pay', 'deliver', 'archive', 'closed'];

function walkRoad(definition: MatterDefinition): WalkedRoad {
  const start = advance(definition, beginning, 'receiveFiling', 'window').position;
  const steps = new Map<string, Step[]>();
  const faults = new Set<string>();
  const reached = new Set<Stage>();
  const waiting = [start];
  for (let position = waiting.shift(); position; position = waiting.shift()) {
    if (steps.has(placeOf(position))) continue;
    reached.add(position.stage);
    const found = stepsFrom(definition, position, faults);
    steps.set(placeOf(position), found);
    waiting.push(...found.map((step) => step.to));
    const { stage } = position;
    if (decidedStages.includes(stage) && position.outcome === null) faults.add(`没有决定就到了 ${stage}`);
    if (stage !== 'closed' && !stageOf(definition, stage)) faults.add(`缺少环节 ${stage}`);
    else if (stage !== 'closed' && found.length === 0) faults.add(`${stage} 没有下一步,办件走不到办结`);
  }
  for (const { stage } of definition.stages) {
    if (!reached.has(stage)) faults.add(`环节“${stageLabels[stage]}”(${stage}) 无法到达`);
  }
  if (!reached.has('closed') && faults.size === 0) faults.add('办件走不到办结');
  return { start, steps, faults: [...faults] };
}

function stepsFrom(definition: MatterDefinition, from: CasePosition, faults: Set<string>): Step[] {
  const own = stageOf(definition, from.stage)?.acts ?? [];
  const acts: ActCode[] = [...own, ...definition.applicantActs.map(({ act }) => act), 'endPause', 'returnPayout'];
  return [...new Set(acts)].flatMap((act) =>
    factsOf(definition, from, act).flatMap((facts) => {
      // Somebody new to the case each time: whether one person may do it all is SD-01's matter.
      const actorId = isStaffAct(act) ? `person-${from.seq}` : systemActors.workflow;
      const wish = { act, actorId, seenSeq: from.seq, toStage: facts.toStage };
      if (!judgeMove(definition, from, wish).allowed) return [];
      try {
        const step = advance(definition, from, act, actorId, facts);
        return [{ from, to: { ...step.position, duties: [] }, triggers: triggersOf(from, step) }];
      } catch {
        faults.add(`${from.stage} 办理${actLabels[act]}之后没有环节`);
        return [];
      }
    }),
  );
}

/** What the road depends on beside the act: the amount, the bank's word, the stage returned to, whether the clock stood. */
function factsOf(definition: MatterDefinition, position: CasePosition, act: ActCode): ActFacts[] {
  switch (act) {
    case 'approve':
      return definition.follows === 'payout' ? [{ payableFen: 0 }, { payableFen: 1 }] : [{ payableFen: 0 }];
    case 'settlePayout':
      return [{ orderState: 'paid' }, { orderState: 'failed' }];
    case 'preparePayout':
      return [{ orderNo: 'order' }];
    case 'sendBack':
      return openReturns(definition, position).map((toStage) => ({ toStage }));
    case 'askSupplement':
      return [{ pausesClock: true }, { pausesClock: false }];
    default:
      return [{}];
  }
}

const beginning: CasePosition = {
  caseNo: '',
  seq: 0,
  stage: 'acceptance',
  waiting: null,
  supplementUsed: false,
  outcome: null,
  round: 0,
  duties: [],
  order: null,
  paidOnce: false,
  delivered: false,
  last: null,
  nextRungAt: null,
};

// ---- clocks

function checkClock(definition: MatterDefinition, clock: ClockDefinition, road: WalkedRoad | null): string[] {
  const faults: string[] = [];
  if (clock.limitWorkingDays < 0 || !Number.isInteger(clock.limitWorkingDays))
    faults.push(`${clock.clock} 的时限须为不小于 0 的整数`);
  // A step is started and stopped by its stage (`checkClocks`).
  if (clock.step) return faults;
  if (clock.startsOn.length === 0 || clock.stopsOn.length === 0) faults.push(`${clock.clock} 没有起止事件`);
  if (clock.startsOn.some((e) => clock.stopsOn.includes(e))) faults.push(`${clock.clock} 起止事件相同`);
  if (road && road.faults.length === 0) faults.push(...checkClockOnRoad(clock, road));
  // The switch and the events say the same thing twice; they must agree (C-02).
  const stopsAtDecision = clock.stopsOn.includes('decided');
  if (
    definition.follows === 'payout' &&
    clock.startsOn.includes('accepted') &&
    stopsAtDecision === definition.payoutInsideReviewLimit
  ) {
    faults.push(`${clock.clock} 的停止事件与 payoutInsideReviewLimit 不一致`);
  }
  return faults;
}

const eventsOf = (way: readonly ClockTrigger[]) => way.filter((trigger) => !trigger.startsWith('enter:')).join(' → ');

/**
 * Along every way: does the clock ever start, has the end itself stopped it wherever nothing is left to do, and where a decision
 * falls by a return from finance, does the limit of the review go on and that of its delivery end (bar 8)?
 */
function checkClockOnRoad(clock: ClockDefinition, { start, steps }: WalkedRoad): string[] {
  const begun = clock.startsOn.includes('received');
  const waiting: { position: CasePosition; running: boolean; way: ClockTrigger[] }[] = [
    { position: start, running: begun, way: ['received'] },
  ];
  const seen = new Set<string>();
  let everStarted = begun;
  for (let here = waiting.shift(); here; here = waiting.shift()) {
    const { position, running, way } = here;
    const key = `${placeOf(position)} ${running}`;
    if (seen.has(key)) continue;
    seen.add(key);
    everStarted ||= running;
    // Nothing is left for anybody in the archive: what ended the case has stopped its clocks there already.
    if ((position.stage === 'archive' || position.stage === 'closed') && running) {
      return [`${clock.clock} 在办结后仍在计时: ${eventsOf(way)}`];
    }
    for (const { to, triggers } of steps.get(placeOf(position)) ?? []) {
      const hit = (events: readonly ClockTrigger[]) => events.some((event) => triggers.includes(event));
      // As in turnClocks: an act that stops a clock does not start it as well.
      const goesOn = running ? !hit(clock.stopsOn) : hit(clock.startsOn);
      const further = [...way, ...triggers];
      if (triggers.includes('decisionVoided')) {
        if (clock.stopsOn.includes('decided') && !goesOn)
          return [`${clock.clock} 在决定作废后不再计时: ${eventsOf(further)}`];
        if (clock.startsOn.includes('decided') && goesOn)
          return [`${clock.clock} 在决定作废后仍在计时: ${eventsOf(further)}`];
      }
      waiting.push({ position: to, running: goesOn, way: further });
    }
  }
  return everStarted || clock.startsOn.length === 0 ? [] : [`${clock.clock} 在任何一条路上都不会开始计时`];
}

// ---- codes, materials and the form

function checkNames(definition: MatterDefinition): string[] {
  const faults: string[] = [];
  const repeats = (names: string[]) => new Set(names).size !== names.length;
  if (repeats(definition.clocks.map((c) => c.clock))) faults.push('时限编号重复');
  for (const reason of definition.reasons) if (!reason.clause) faults.push(`理由 ${reason.code} 缺少条款`);
  if (repeats(definition.reasons.map((r) => r.code))) faults.push('理由代码重复');
  if (repeats(definition.materials.map((m) => m.id))) faults.push('材料编号重复');
  const never = definition.neverAsked;
  for (const { id, alternatives } of definition.materials) {
    if (alternatives.some(({ papers }) => papers.some((paper) => (never?.papers as string[])?.includes(paper)))) {
      faults.push(`材料 ${id} 要求了不得索要的材料(${never!.source})`);
    }
  }
  return faults;
}

function checkForm({ follows, form, result, materials }: MatterDefinition): string[] {
  const faults: string[] = [];
  if ((follows === 'result') !== (result !== undefined)) faults.push('办理结果与 follows 不一致');
  if (follows === 'result' && !form) faults.push('登记结果的事项没有表格');
  const conditions = [
    ...materials.map(({ id, requiredWhen }) => [`材料 ${id}`, requiredWhen] as const),
    ...(form?.fields ?? []).map(({ field, requiredWhen }) => [`栏目 ${field}`, requiredWhen] as const),
    ...(form?.rules ?? []).map(({ id, when }) => [`规则 ${id}`, when] as const),
  ];
  for (const [what, condition] of conditions) {
    const problem = conditionProblem(form, condition);
    if (problem) faults.push(`${what} 的条件有误:${problem}`);
  }
  if (!form) return faults;
  if (new Set(form.fields.map(({ field }) => field)).size !== form.fields.length) faults.push('表格栏目重复');
  for (const field of form.fields) {
    if ((field.kind === 'choice') !== (field.options ?? []).length > 0) faults.push(`栏目 ${field.field} 的选项有误`);
  }
  const demandField = (name: string | undefined, kinds: FieldDefinition['kind'][], what: string) => {
    const field = form.fields.find((one) => one.field === name);
    if (name !== undefined && (!field || !kinds.includes(field.kind))) faults.push(`${what} 用到的栏目 ${name} 有误`);
  };
  for (const rule of form.rules) {
    demandField(rule.from, ['date'], `规则 ${rule.id}`);
    if (rule.rule === 'months') demandField(rule.to, ['date'], `规则 ${rule.id}`);
  }
  if (result?.result === 'crossRegionFiling') {
    demandField(result.region, ['region'], '办理结果');
    demandField(result.hospitals, ['hospital', 'hospitals'], '办理结果');
    demandField(result.certificateIssuedOn, ['date'], '办理结果');
    demandField(result.validFrom, ['date'], '办理结果');
    if (typeof result.kind === 'object') {
      const { field, as } = result.kind;
      demandField(field, ['choice'], '办理结果');
      const options = form.fields.find((one) => one.field === field)?.options ?? [];
      const open = options.filter(({ code, filedAs }) => !filedAs && !as[code]).map(({ label }) => label);
      if (open.length > 0) faults.push(`办理结果没有说明这些选项登记为什么:${open.join('、')}`);
    }
  }
  if (result?.result === 'transfer') demandField(result.counterpart, ['region'], '办理结果');
  return faults;
}

function conditionProblem(form: FormDefinition | undefined, condition: MaterialCondition): string | null {
  if (typeof condition === 'string') return null;
  const options = form?.fields.find(({ field }) => field === condition.field)?.options;
  if (!options) return `没有可选栏目 ${condition.field}`;
  const unknown = condition.is.filter((code) => !options.some((option) => option.code === code));
  return unknown.length > 0 ? `${condition.field} 没有选项 ${unknown.join('、')}` : null;
}

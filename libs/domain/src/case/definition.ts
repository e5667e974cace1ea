import {
  stageLabels,
  staffActs,
  type ActCode,
  type CaseEvent,
  type Duty,
  type Post,
  type StaffAct,
  type Stage,
} from './words';

/** A step of the road: who may stand there, what may be done, where it may be sent back to. */
export interface StageDefinition {
  stage: Exclude<Stage, 'closed'>;
  /** Posts whose inbox the task appears in; empty = the system acts. */
  posts: Post[];
  /** The SD-01 duty that any act at this stage claims; null = free (收件, 受理, 送达, 归档). */
  duty: Duty | null;
  acts: ActCode[];
  /**
   * Stages a `sendBack` may name (at most to 初审, never to 受理): review stages until money has left, 拨付制定 (from finance)
   * only after that; `openReturns` tells which are open.
   */
  returnsTo: Stage[];
  /** True where the text is silent and practice fills the gap. */
  customary?: boolean;
}

export interface ClockDefinition {
  clock: string;
  label: string;
  limitWorkingDays: number;
  startsOn: CaseEvent[];
  stopsOn: CaseEvent[];
  /** T-05 holds for what arrives from outside; acts of staff take their calendar date as day zero. */
  startsFromOutside: boolean;
  /** 04-clocks § 2: one pause for 补正 after acceptance. */
  pausedBySupplement: boolean;
  source: string;
}

export type ReasonUse = 'refuseAcceptance' | 'refuse' | 'reject' | 'sendBack' | 'deduct' | 'askSupplement';

/** A coded reason with its clause; `needsText` for "other". */
export interface ReasonDefinition {
  code: string;
  label: string;
  clause: string;
  uses: ReasonUse[];
  needsText?: boolean;
  /** Codes of the completeness check that this reason stands for in 不予受理; `*`: those that no other reason names. */
  gaps?: string[];
}

export type MaterialCondition = 'always' | 'proxy' | 'emergencyObservation' | 'accident';

/** One row of the acceptance matrix (R-MT-n): any one of the alternatives satisfies it; all papers of that alternative are needed. */
export interface MaterialDefinition {
  id: string;
  label: string;
  requiredWhen: MaterialCondition;
  alternatives: { papers: string[]; label: string }[];
  source: string;
}

export interface NoticeDefinition {
  notice: string;
  label: string;
  on: ActCode;
}

/** A matter (事项) as data: versioned, effective-dated, a case is pinned to its version (architecture § 2). */
export interface MatterDefinition {
  matter: string;
  procedure: string;
  label: string;
  version: number;
  effectiveFrom: string;
  sourceDocument: string;
  stages: StageDefinition[];
  /** Acts recorded for the applicant at any stage before the decision, by these posts. */
  applicantActs: { act: StaffAct; posts: Post[] }[];
  clocks: ClockDefinition[];
  /** C-02: true for D1 (K-02 stops when paid), false for D3 (stops at 审批). */
  payoutInsideReviewLimit: boolean;
  supplementPausesClock: boolean;
  /** A pause ends at the arrival or after this many working days; a person is told, time refuses nothing. */
  pauseMaximumWorkingDays: number;
  reasons: ReasonDefinition[];
  materials: MaterialDefinition[];
  notices: NoticeDefinition[];
}

/** What the workflow needs of a definition: the transition table, without texts. */
export type Road = Pick<MatterDefinition, 'stages' | 'applicantActs'>;

/** Looks for contradictions a schema cannot see. Returns sentences; empty = sound. */
export function checkDefinition(definition: MatterDefinition): string[] {
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
    if (!stage.duty && stage.acts.some((act) => dutifulActs.includes(act))) {
      faults.push(`${stage.stage} 的操作没有对应的职责 (SD-01)`);
    }
  }
  for (const stage of unreachable(definition)) faults.push(`环节“${stageLabels[stage]}”(${stage}) 无法到达`);
  for (const clock of definition.clocks) {
    if (clock.limitWorkingDays < 1 || !Number.isInteger(clock.limitWorkingDays))
      faults.push(`${clock.clock} 的时限须为正整数`);
    if (clock.startsOn.length === 0 || clock.stopsOn.length === 0) faults.push(`${clock.clock} 没有起止事件`);
    if (clock.startsOn.some((e) => clock.stopsOn.includes(e))) faults.push(`${clock.clock} 起止事件相同`);
    const unstopped = waysToEnd.find((way) => runsOn(clock, way));
    if (unstopped) faults.push(`${clock.clock} 在办结后仍在计时: ${unstopped.flat().join(' → ')}`);
    // The switch and the events say the same thing twice; they must agree (C-02).
    const stopsAtDecision = clock.stopsOn.includes('decided');
    if (clock.startsOn.includes('accepted') && stopsAtDecision === definition.payoutInsideReviewLimit) {
      faults.push(`${clock.clock} 的停止事件与 payoutInsideReviewLimit 不一致`);
    }
  }
  if (new Set(definition.clocks.map((c) => c.clock)).size !== definition.clocks.length) faults.push('时限编号重复');
  const duties = definition.stages.flatMap((s) => (s.duty ? [s.duty] : []));
  if (new Set(duties).size !== duties.length) faults.push('同一职责出现在两个环节');
  if (duties.length < 2) faults.push('审核层级不得少于两人 (C-01)');
  for (const reason of definition.reasons) if (!reason.clause) faults.push(`理由 ${reason.code} 缺少条款`);
  if (new Set(definition.reasons.map((r) => r.code)).size !== definition.reasons.length) faults.push('理由代码重复');
  if (new Set(definition.materials.map((m) => m.id)).size !== definition.materials.length) faults.push('材料编号重复');
  return faults;
}

/** Stages that no act leads to, as `advance` walks the road. */
function unreachable({ stages, applicantActs }: Road): Stage[] {
  const order = stages.map((s) => s.stage as Stage);
  const [first] = order;
  const reached = new Set<Stage>(first ? [first] : []);
  const withdrawn: Stage[] = applicantActs.some((a) => a.act === 'withdraw') ? ['archive'] : [];
  for (let size = 0; size !== reached.size;) {
    size = reached.size;
    for (const [index, { stage, acts, returnsTo }] of stages.entries()) {
      if (!reached.has(stage)) continue;
      const following = order.slice(index + 1, index + 2);
      for (const next of [...withdrawn, ...returnsTo, ...acts.flatMap((act) => leadsTo(act, following))])
        reached.add(next);
    }
  }
  return order.filter((stage) => !reached.has(stage));
}

function leadsTo(act: ActCode, following: Stage[]): Stage[] {
  switch (act) {
    case 'askSupplement':
    case 'sendBack':
      return [];
    case 'refuseAcceptance':
      return ['archive'];
    case 'approve':
      return [...following, 'deliver'];
    case 'reject':
      return ['deliver'];
    case 'settlePayout':
      return ['deliver', 'archive', 'preparePayout'];
    case 'deliver':
      return ['archive', 'preparePayout'];
    default:
      return following;
  }
}

const isStaffAct = (act: ActCode): boolean => (staffActs as readonly ActCode[]).includes(act);

/** No order in the middle of its checks is returned to: it is drawn up anew, or the decision falls. */
const returnTargets: readonly Stage[] = ['initialReview', 'secondReview', 'approval', 'preparePayout'];

/** Acts that one of the seven duties of SD-01 stands behind. */
const dutifulActs: readonly ActCode[] = [
  'propose',
  'approve',
  'reject',
  'preparePayout',
  'confirmPayout',
  'releasePayout',
];

/** Every way a case can come to its end, as the events of its acts in order. No clock may outlive any of them (bar 10). */
const waysToEnd: readonly (readonly CaseEvent[])[][] = [
  [['received'], ['acceptanceRefused']],
  [['received'], ['withdrawn']],
  [['received'], ['accepted'], ['withdrawn']],
  [['received'], ['accepted'], ['decided', 'decidedNothingToPay'], ['delivered']],
  [['received'], ['accepted'], ['decided'], ['paid'], ['delivered']],
];

function runsOn(clock: ClockDefinition, way: readonly (readonly CaseEvent[])[]): boolean {
  let running = false;
  for (const events of way) {
    // As in turnClocks: an act that stops a clock does not start it as well.
    if (running) running = !clock.stopsOn.some((e) => events.includes(e));
    else running = clock.startsOn.some((e) => events.includes(e));
  }
  return running;
}

import type { WorkCalendar } from '../calendar/work-calendar';
import type { MatterDefinition, StageDefinition } from './definition';
import { stageOf, type CasePosition } from './judge';
import { due, type ClockLedger } from './ledger';
import { dutyLabels, stageLabels, type CaseEvent, type Post, type Stage } from './words';

/** Why a running case cannot be moved to another version; each with its sentence. */
export const obstacleSentences = {
  closed: '办件已办结',
  otherVersion: '办件现在按第 {version} 版办理',
  paying: '款项正在支付,待支付结果入账后再迁移',
  stageMissing: '第 {version} 版没有“{stage}”环节,也没有写明对应到哪个环节',
  stageUnknown: '第 {version} 版没有“{stage}”环节,不能对应过去',
  systemStage: '“{stage}”由系统自动办理,不能迁移过去',
  waiting: '办件正在等待补正,不能改变环节',
  decided: '已经作出决定的办件不能改变环节',
  skipsDuty: '迁移到“{stage}”会跳过“{duty}”,审核层级不得越级(SD-02)',
  clockMissing: '时限 {clock} 正在计时,第 {version} 版没有这一时限',
  clockNew: '第 {version} 版增加的时限 {clock} 应当已在计时,不能补起',
  clockPassed: '时限 {clock} 按第 {version} 版应当已经停止',
  clockTurns: '进入“{stage}”会使时限 {clock} 起算或停止,不能迁移到这个环节',
  alreadyDue: '时限 {clock} 按第 {version} 版已于 {dueDate} 届满',
  reasonMissing: '办件中已使用的理由 {reason} 在第 {version} 版中没有',
  actedSince: '迁移后{actor}已办理“{act}”,不能撤销',
  notMoved: '这一办件没有迁移',
} as const;
export type ObstacleCode = keyof typeof obstacleSentences;

export interface Obstacle {
  code: ObstacleCode;
  /** The Chinese sentence, facts filled in; no personal data. */
  message: string;
}

export function obstacle(code: ObstacleCode, facts: Record<string, string | number> = {}): Obstacle {
  const sentence: string = obstacleSentences[code];
  return { code, message: sentence.replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? '未注明')) };
}

/** A running case as far as its move depends on it. */
export interface MovableCase {
  position: Pick<CasePosition, 'caseNo' | 'seq' | 'stage' | 'waiting' | 'outcome' | 'duties'>;
  definitionVersion: number;
  clocks: (ClockLedger & { breached: boolean })[];
  /** What has happened to the case so far. */
  events: CaseEvent[];
  /** Codes of reasons that its acts and reductions name. */
  reasons: string[];
}

/** Where stages go that the new version does not have, or that people want elsewhere: old stage → new stage. */
export type StageMap = Partial<Record<Stage, Stage>>;

/** What a move changes of a case; instants ISO, dates 'YYYY-MM-DD'. */
export interface CaseMove {
  toStage: Stage;
  /** Of the open task in the new version. */
  posts: Post[];
  /** Running and paused clocks whose limit or due date becomes another. */
  clocks: { clock: string; run: number; before: ClockLedger; after: ClockLedger }[];
}

/**
 * What moving a case to another version would change, or everything that forbids it. `at` is epoch ms. A move makes no
 * breach after the fact, skips no level and touches no decision: where it would, it is refused.
 */
export function planMove(
  subject: MovableCase,
  { from, to, stageMap, at }: { from: MatterDefinition; to: MatterDefinition; stageMap: StageMap; at: number },
  calendar: WorkCalendar,
): { move: CaseMove; obstacles: [] } | { move: null; obstacles: Obstacle[] } {
  const { stage } = subject.position;
  const { version } = to;
  if (stage === 'closed') return { move: null, obstacles: [obstacle('closed')] };
  if (subject.definitionVersion !== from.version) {
    return { move: null, obstacles: [obstacle('otherVersion', { version: subject.definitionVersion })] };
  }
  const toStage = stageMap[stage] ?? stage;
  const clocks = moveClocks(subject, from, to, calendar);
  const obstacles = [
    ...stageObstacles(subject, to, toStage, stageMap),
    ...clockObstacles(subject, from, to),
    ...(toStage === stage ? [] : turningObstacles(to, toStage)),
    ...clocks
      .filter(({ before, after }) => isOver(after, at) && !isOver(before, at))
      .map(({ after }) => obstacle('alreadyDue', { clock: after.clock, dueDate: after.dueDate, version })),
    ...subject.reasons
      .filter((reason) => !to.reasons.some(({ code }) => code === reason))
      .map((reason) => obstacle('reasonMissing', { reason, version })),
  ];
  if (obstacles.length > 0) return { move: null, obstacles };
  return { move: { toStage, posts: stageOf(to, toStage)?.posts ?? [], clocks }, obstacles: [] };
}

/** What taking a move back changes: the stage it came from, and the limits of the old version with the pauses as they are. */
export function planReturn(
  subject: MovableCase,
  { from, to, toStage }: { from: MatterDefinition; to: MatterDefinition; toStage: Stage },
  calendar: WorkCalendar,
): CaseMove {
  return { toStage, posts: stageOf(to, toStage)?.posts ?? [], clocks: moveClocks(subject, from, to, calendar) };
}

function stageObstacles(
  { position: { stage, waiting, outcome, duties } }: MovableCase,
  to: MatterDefinition,
  toStage: Stage,
  stageMap: StageMap,
): Obstacle[] {
  const { version } = to;
  if (stage === 'pay') return [obstacle('paying')];
  const target = stageOf(to, toStage);
  if (!target) {
    const code = stageMap[stage] === undefined ? 'stageMissing' : 'stageUnknown';
    return [obstacle(code, { stage: stageLabels[toStage], version })];
  }
  if (toStage !== stage && target.posts.length === 0) {
    return [obstacle('systemStage', { stage: stageLabels[toStage] })];
  }
  if (waiting !== null && toStage !== stage) return [obstacle('waiting')];
  if (outcome !== null) return toStage === stage ? [] : [obstacle('decided')];
  const skipped = before(to, toStage).filter(({ duty }) => duty !== null && !duties.some((held) => held.duty === duty));
  return skipped.map(({ duty }) => obstacle('skipsDuty', { stage: stageLabels[toStage], duty: dutyLabels[duty!] }));
}

const before = ({ stages }: MatterDefinition, stage: Stage): StageDefinition[] =>
  stages.slice(
    0,
    stages.findIndex((s) => s.stage === stage),
  );

/** A move stands still for clocks that the entering of a stage turns. */
function turningObstacles({ clocks }: MatterDefinition, toStage: Stage): Obstacle[] {
  const turning = clocks.filter(({ startsOn, stopsOn }) => [...startsOn, ...stopsOn].includes(`enter:${toStage}`));
  return turning.map(({ clock }) => obstacle('clockTurns', { stage: stageLabels[toStage], clock }));
}

function clockObstacles(
  { clocks, events, position }: MovableCase,
  from: MatterDefinition,
  to: MatterDefinition,
): Obstacle[] {
  const { version } = to;
  const live = clocks.filter(({ state }) => state !== 'stopped');
  const rulesOf = (clock: string) => to.clocks.find((rules) => rules.clock === clock);
  const past = new Set<string>([...events, `enter:${position.stage}`]);
  const happened = (list: readonly string[]) => list.some((event) => past.has(event));
  return [
    ...live.flatMap(({ clock }) => {
      const rules = rulesOf(clock);
      if (!rules) return [obstacle('clockMissing', { clock, version })];
      return happened(rules.stopsOn) ? [obstacle('clockPassed', { clock, version })] : [];
    }),
    ...to.clocks
      .filter(({ clock }) => !from.clocks.some((old) => old.clock === clock))
      .filter(({ startsOn, stopsOn }) => happened(startsOn) && !happened(stopsOn))
      .map(({ clock }) => obstacle('clockNew', { clock, version })),
  ];
}

/** The budget of the new version; what an extension had added stays added, pauses stay as they are. */
function moveClocks(
  { clocks }: MovableCase,
  from: MatterDefinition,
  to: MatterDefinition,
  calendar: WorkCalendar,
): CaseMove['clocks'] {
  return clocks.flatMap(({ breached: _, ...ledger }) => {
    const limitIn = (definition: MatterDefinition) =>
      definition.clocks.find(({ clock }) => clock === ledger.clock)?.limitWorkingDays;
    const [old, limit] = [limitIn(from), limitIn(to)];
    if (ledger.state === 'stopped' || old === undefined || limit === undefined) return [];
    const limitWorkingDays = ledger.limitWorkingDays + limit - old;
    const after = due({ ...ledger, limitWorkingDays }, calendar);
    const isSame = after.limitWorkingDays === ledger.limitWorkingDays && after.dueAt === ledger.dueAt;
    return isSame ? [] : [{ clock: ledger.clock, run: ledger.run, before: ledger, after }];
  });
}

const isOver = ({ state, dueAt }: ClockLedger, at: number) => state === 'running' && Date.parse(dueAt) <= at;

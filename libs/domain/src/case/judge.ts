import type { ErrorCode } from '../errors';
import type { Road, StageDefinition } from './definition';
import {
  actLabels,
  dutyLabels,
  moveActs,
  reopeningActs,
  outcomeLabels,
  pauseKindLabels,
  postLabels,
  stageLabels,
  staffActs,
  systemActors,
  systemActs,
  type ActCode,
  type Duty,
  type Outcome,
  type PauseKind,
  type PayoutState,
  type Post,
  type StaffAct,
  type Stage,
} from './words';

/**
 * Where a case stands: what the workflow remembers and PostgreSQL holds. Ids, codes and instants only (architecture § 7).
 * `seq` is the number of the last committed act.
 */
export interface CasePosition {
  caseNo: string;
  seq: number;
  stage: Stage;
  /** What its clocks stand still for; the office waits. */
  waiting: PauseKind | null;
  supplementUsed: boolean;
  /** The one extension of the limit, from its request on. */
  extension?: { state: 'requested' | 'granted' | 'refused'; requestedBy: string; workingDays: number } | null;
  outcome: Outcome | null;
  /** Times the case was sent back; a new round keeps the duties of the old ones. */
  round: number;
  duties: { personId: string; duty: Duty }[];
  /** `batchNo`: it stands in that batch now, which sends it with others; the case does not. */
  order: { orderNo: string; state: PayoutState; batchNo?: string } | null;
  /** True once any order of the case was paid, a later 退票 included. */
  paidOnce: boolean;
  delivered: boolean;
  last: { act: ActCode; actorId: string } | null;
  /** The earliest instant at which a clock wants to be looked at, ISO; null when none runs. */
  nextRungAt: string | null;
}

export interface Wish {
  act: ActCode;
  actorId: string;
  /** The `seq` the person's screen showed. */
  seenSeq: number;
  toStage?: Stage | undefined;
  /** For `openPause`: what for. */
  pause?: PauseKind | undefined;
}

export type Verdict = { allowed: true } | { allowed: false; code: ErrorCode; facts: Record<string, unknown> };

const yes: Verdict = { allowed: true };
const no = (code: ErrorCode, facts: Record<string, unknown> = {}): Verdict => ({ allowed: false, code, facts });

export function stageOf(road: Road, stage: Stage): StageDefinition | null {
  return road.stages.find((s) => s.stage === stage) ?? null;
}

/** Acts that no person makes; 收件 is the window clerk's and stands outside: it begins the case. */
const isSystemAct = (act: ActCode): boolean =>
  act !== 'receiveFiling' && ([...systemActs, ...moveActs, ...reopeningActs] as readonly ActCode[]).includes(act);
const systemActorIds: ReadonlySet<string> = new Set(Object.values(systemActors));

const listed = (acts: readonly ActCode[]) => acts.map((a) => actLabels[a]).join('、') || '无';

/**
 * May this act move this case now? Asked by the API, by the workflow's validator and by the transaction that commits, each
 * with its own memory: an act is refused unless all three agree. Knows nothing of posts or task holders (`judgeRight`).
 */
export function judgeMove(road: Road, position: CasePosition, wish: Wish): Verdict {
  // Nothing automatic stands under a person's name, and the system does nothing of a person's (bars 25, 51).
  if (isSystemAct(wish.act) !== systemActorIds.has(wish.actorId)) return notYours(road, position.stage, wish.act);
  if (wish.act === 'returnPayout') {
    return position.order?.state === 'paid' ? yes : no('ACT_NOT_ALLOWED', refusal(road, position, wish.act));
  }
  if (wish.act === 'supplementPayout') {
    const isPaid = position.stage === 'closed' && position.order?.state === 'paid';
    return isPaid ? yes : no('ACT_NOT_ALLOWED', refusal(road, position, wish.act));
  }
  if (position.stage === 'closed') {
    return no('CASE_CLOSED', { outcome: position.outcome ? outcomeLabels[position.outcome] : '已办结' });
  }
  if (wish.seenSeq !== position.seq) {
    return no('CASE_MOVED', {
      seq: position.seq,
      stage: stageLabels[position.stage],
      lastAct: position.last ? actLabels[position.last.act] : '收件',
      lastActorId: position.last?.actorId ?? null,
      lastActor: '其他人员',
    });
  }
  if (wish.act === 'supplement' || wish.act === 'endPause') {
    const open = wish.act === 'supplement' ? maySupplement(position) : position.waiting !== null;
    return open ? yes : no('NOT_WAITING_SUPPLEMENT');
  }
  if (wish.act === 'closePause') {
    return position.waiting && position.waiting !== 'supplement' ? yes : no('NOT_PAUSED');
  }
  if (wish.act === 'grantExtension' || wish.act === 'refuseExtension') return judgeExtensionDecision(position, wish);
  if (wish.act === 'withdraw') {
    return position.outcome === null ? yes : no('ALREADY_DECIDED');
  }
  if (position.waiting === 'supplement') return no('WAITING_SUPPLEMENT', { act: actLabels[wish.act] });
  if (position.waiting) {
    return no('CASE_PAUSED', { act: actLabels[wish.act], pause: pauseKindLabels[position.waiting] });
  }
  if (wish.act === 'recallPayout') return judgeRecall(road, position);
  if (wish.act === 'openPause') return judgePause(road, position, wish);
  if (wish.act === 'requestExtension') return judgeExtensionRequest(road, position);

  const here = stageOf(road, position.stage);
  if (mayDeliverBeside(road, position, wish.act)) return yes;
  if (!here || !here.acts.includes(wish.act)) return no('ACT_NOT_ALLOWED', refusal(road, position, wish.act));
  if (here.duty) {
    const other = position.duties.find((d) => d.personId === wish.actorId && d.duty !== here.duty);
    if (other) return no('DUTY_CONFLICT', { duty: dutyLabels[other.duty], stage: stageLabels[here.stage] });
  }
  if (wish.act === 'askSupplement' && position.supplementUsed) return no('SUPPLEMENT_USED');
  if (wish.act === 'sendBack') {
    const open = openReturns(road, position);
    if (!wish.toStage || !open.includes(wish.toStage)) {
      if (position.paidOnce) return no('ALREADY_PAID');
      if (position.delivered) return no('ALREADY_DELIVERED');
      return no('BAD_RETURN', {
        stage: stageLabels[here.stage],
        toStage: wish.toStage ? stageLabels[wish.toStage] : '未选择',
        allowed: open.map((s) => stageLabels[s]).join('、'),
      });
    }
  }
  return yes;
}

/** An order that finance let go and that has not left; whether it has is seen again under the order's lock. */
function judgeRecall(road: Road, position: CasePosition): Verdict {
  if (position.stage !== 'pay' || !position.order)
    return no('ACT_NOT_ALLOWED', refusal(road, position, 'recallPayout'));
  const { orderNo, state } = position.order;
  return state === 'released' ? yes : no('RECALL_TOO_LATE', { orderNo });
}

/** A pause beyond 补正: only where the matter has it, and before the decision (04-clocks § 2). */
function judgePause(road: Road, position: CasePosition, { pause }: Wish): Verdict {
  const kinds = (road.pauses ?? []).filter(({ kind }) => pause === undefined || kind === pause);
  if (kinds.length === 0) return no('PAUSE_NOT_ALLOWED', { pause: pause ? pauseKindLabels[pause] : '暂停' });
  const isOpen = kinds.some(({ stages }) => stages.includes(position.stage));
  return isOpen ? yes : no('ACT_NOT_ALLOWED', refusal(road, position, 'openPause'));
}

/** Once in a case; a refused request is no extension, and another may be made. */
function judgeExtensionRequest(road: Road, position: CasePosition): Verdict {
  if (!road.extension) return no('EXTENSION_NOT_ALLOWED');
  const { extension } = position;
  if (extension?.state === 'granted') return no('EXTENSION_USED', { workingDays: extension.workingDays });
  if (extension?.state === 'requested') return no('EXTENSION_PENDING', { workingDays: extension.workingDays });
  const isOpen = road.extension.stages.includes(position.stage);
  return isOpen ? yes : no('ACT_NOT_ALLOWED', refusal(road, position, 'requestExtension'));
}

function judgeExtensionDecision({ extension }: CasePosition, { actorId }: Wish): Verdict {
  if (extension?.state === 'granted') return no('EXTENSION_USED', { workingDays: extension.workingDays });
  if (extension?.state !== 'requested') return no('NO_EXTENSION_REQUEST');
  return extension.requestedBy === actorId ? no('EXTENSION_OWN_REQUEST') : yes;
}

/**
 * Papers asked for under 补正 are taken in until the decision, also after the pause has run out: a late arrival is recorded
 * and moves no clock (04-clocks § 2; time refuses nothing).
 */
export function maySupplement(position: CasePosition): boolean {
  if (position.waiting === 'supplement') return true;
  return position.supplementUsed && position.outcome === null;
}

/**
 * Who brings the papers of a pause: those who may open one here, for its document, and those who may close the one that is
 * open, for what came back. Empty: no pause is possible here.
 */
export function pausePaperPosts(road: Road, position: CasePosition): readonly Post[] {
  const { stage, waiting, outcome } = position;
  if (waiting === 'supplement' || outcome !== null) return [];
  const kinds = (road.pauses ?? []).filter((entry) =>
    waiting ? entry.kind === waiting : entry.stages.includes(stage),
  );
  return [...new Set(kinds.flatMap(({ openedBy, closedBy }) => (waiting ? closedBy : openedBy)))];
}

/**
 * Where payment lies outside the review limit (C-02) the result is handed over while finance goes on: from the decision on,
 * at any stage of the payment, by the posts that record acts for the applicant; the open task stays whose it is.
 */
export function mayDeliverBeside(road: Road, position: CasePosition, act: ActCode): boolean {
  const beside = act === 'deliver' && road.applicantActs.some((a) => a.act === act);
  return beside && position.outcome === 'approved' && !position.delivered && position.stage !== 'deliver';
}

/** Once money has left or the applicant holds the result, the decision stands: a return from finance asks for a new order only. */
export function decisionStands(position: Pick<CasePosition, 'paidOnce' | 'delivered'>): boolean {
  return position.paidOnce || position.delivered;
}

/**
 * Where a `sendBack` may lead from here. Before any money has left: to the review stages, the approval falls. After that the
 * decision stands, and only the drawing up of the new order can be asked for again (a wrong new account after a 退票).
 */
export function openReturns(road: Road, position: CasePosition): Stage[] {
  const here = stageOf(road, position.stage);
  return here ? here.returnsTo.filter((stage) => (stage === 'preparePayout') === decisionStands(position)) : [];
}

function refusal(road: Road, position: CasePosition, act: ActCode): Record<string, unknown> {
  const allowed = stageOf(road, position.stage)?.acts ?? [];
  return { stage: stageLabels[position.stage], act: actLabels[act], allowed: listed(allowed), allowedActs: allowed };
}

/** An act recorded for the applicant beside the open task, which its holder keeps; at a stage of its own it is that stage's task. */
export function isForApplicant(road: Road, stage: Stage, act: ActCode): boolean {
  return road.applicantActs.some((a) => a.act === act) && !stageOf(road, stage)?.acts.includes(act);
}

/** The posts that may do an act at a stage; empty = the system alone, also where its act falls on a stage of the staff. */
export function postsFor(road: Road, stage: Stage, act: ActCode, pause?: PauseKind | null): readonly Post[] {
  if (isSystemAct(act)) return [];
  if (act === 'openPause' || act === 'closePause') {
    const kinds = (road.pauses ?? []).filter(({ kind }) => !pause || kind === pause);
    return [...new Set(kinds.flatMap(({ openedBy, closedBy }) => (act === 'openPause' ? openedBy : closedBy)))];
  }
  if (act === 'requestExtension') return road.extension?.requestedBy ?? [];
  // Who lets money go may call it back.
  if (act === 'recallPayout') return stageOf(road, 'financeApproval')?.posts ?? [];
  if (act === 'grantExtension' || act === 'refuseExtension') return road.extension?.decidedBy ?? [];
  const applicant = road.applicantActs.find((a) => a.act === act);
  return applicant ? applicant.posts : (stageOf(road, stage)?.posts ?? []);
}

/** Has this person the post for it? (roles × action; the agency was settled before: a foreign case is not found.) */
export function judgeRight(
  road: Road,
  position: CasePosition,
  act: ActCode,
  posts: readonly Post[],
  pause: PauseKind | null = position.waiting,
): Verdict {
  const needed = postsFor(road, position.stage, act, pause);
  if (needed.some((p) => posts.includes(p))) return yes;
  return notYours(road, position.stage, act, pause);
}

/**
 * Is it for whoever has taken the task? Not what is recorded for the applicant, nor what a post outside the stage decides
 * about its time (a special procedure, an extension).
 */
export function needsTask(road: Road, stage: Stage, act: ActCode, pause?: PauseKind | null): boolean {
  if (isForApplicant(road, stage, act)) return false;
  if (act === 'closePause' || act === 'grantExtension' || act === 'refuseExtension') return false;
  const here = stageOf(road, stage)?.posts ?? [];
  return postsFor(road, stage, act, pause).some((post) => here.includes(post));
}

function notYours(road: Road, stage: Stage, act: ActCode, pause?: PauseKind | null): Verdict {
  const needed = postsFor(road, stage, act, pause);
  return no('NOT_YOUR_POST', { act: actLabels[act], posts: needed.map((p) => postLabels[p]).join('或') || '系统' });
}

/**
 * What this person may do next, so that screens never guess. `sendBack` is offered when any return is open; a task that
 * another has taken leaves only what is recorded for the applicant.
 */
export function abilities(
  road: Road,
  position: CasePosition,
  person: { personId: string; posts: readonly Post[]; heldByOther?: boolean },
): StaffAct[] {
  return staffActs.filter((act) => {
    if (person.heldByOther && needsTask(road, position.stage, act)) return false;
    const toStage = act === 'sendBack' ? openReturns(road, position)[0] : undefined;
    const wish: Wish = { act, actorId: person.personId, seenSeq: position.seq, toStage };
    return judgeMove(road, position, wish).allowed && judgeRight(road, position, act, person.posts).allowed;
  });
}

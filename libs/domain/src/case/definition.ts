import type { FormDefinition, ResultDefinition } from '../forms/form';
import type { MaterialCondition } from '../forms/material-condition';
import type { Paper } from '../filing/papers';
import type { RungDefinition } from './escalation';
import type {
  ActCode,
  CaseEvent,
  ClockLevel,
  ClockTrigger,
  Duty,
  PauseKind,
  Post,
  Rung,
  StaffAct,
  Stage,
} from './words';

/** Whose turn it is, where it is not ours. */
export type Party = 'outside';

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
  /**
   * The stage belongs to another agency: nobody of ours decides here, an officer puts its answer on record with the paper it
   * came on. Absent: ours.
   */
  party?: Party;
  /** True where the text is silent and practice fills the gap. */
  customary?: boolean;
}

/**
 * What is left of a limit that begins again after 退回 (bar 8): `resume` what the run before left, `restart` the whole limit,
 * `share` one limit for all runs, counted from the first, time elsewhere included; what the case stood still for counts in none.
 */
export type ReentryPolicy = 'resume' | 'restart' | 'share';

export interface ClockDefinition {
  clock: string;
  label: string;
  /** Left out: `internal` where the clock measures a step, otherwise `statutory`. */
  level?: ClockLevel;
  /** 0: the day it starts on (T-06). */
  limitWorkingDays: number;
  /** T-11: a target for one stage instead of events; it starts when the stage is entered and stops when it is left. */
  step?: { stage: StageDefinition['stage']; reentry: ReentryPolicy };
  startsOn: ClockTrigger[];
  stopsOn: ClockTrigger[];
  /** For a limit by events that can begin more than once; left out: `restart` (T-10). */
  reentry?: ReentryPolicy;
  /** Another agency's time: it runs as ours does, a breach of it is counted apart. */
  party?: Party;
  /** T-05 holds for what arrives from outside; acts of staff take their calendar date as day zero. */
  startsFromOutside: boolean;
  /** 04-clocks § 2: it stands still for 补正 after acceptance, and for whatever else the matter pauses for. */
  pausedBySupplement: boolean;
  /** The rungs of its ladder; left out: all five (04-clocks § 4). */
  rungs?: Rung[];
  source: string;
}

/** A pause beyond 补正, as the matter allows it: opened by an act with a coded reason and a document, closed by another. */
export interface PauseDefinition {
  kind: Exclude<PauseKind, 'supplement'>;
  /** Stages at which it may be opened; after the decision there is nothing left to wait for. */
  stages: Stage[];
  openedBy: Post[];
  closedBy: Post[];
  /** It ends by itself after this many working days; a person is told, time refuses nothing. */
  maximumWorkingDays: number;
  source: string;
}

/** An extension of the limit, once in a case, approved by another person (customary, 行政许可法 第四十二条). */
export interface ExtensionDefinition {
  /** The clocks that it extends. */
  clocks: string[];
  maximumWorkingDays: number;
  stages: Stage[];
  requestedBy: Post[];
  decidedBy: Post[];
  source: string;
}

export type ReasonUse =
  | 'refuseAcceptance'
  | 'refuse'
  | 'reject'
  | 'sendBack'
  | 'deduct'
  | 'askSupplement'
  | 'openPause'
  | 'requestExtension'
  | 'refuseExtension';

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

/** One row of the acceptance matrix (R-MT-n): any one of the alternatives satisfies it; all papers of that alternative are needed. */
export interface MaterialDefinition {
  id: string;
  label: string;
  requiredWhen: MaterialCondition;
  alternatives: { papers: string[]; label: string }[];
  /** Every paper that an institution issued must bear the hospital's seal (R-MT-X). */
  hospitalSeal?: true;
  source: string;
}

/** What must be done 及时 and has no number: it is shown with its beginning and end, and nothing can be in breach of it. */
export interface WithoutLimitDefinition {
  clock: string;
  label: string;
  words: string;
  startsOn: CaseEvent;
  stopsOn: CaseEvent;
  source: string;
}

export interface NoticeDefinition {
  notice: string;
  label: string;
  on: ActCode;
  /** What it says, for the sentence `您的…申请(受理号 …){said}。`; absent: the platform's own words for this notice. */
  said?: string;
}

/** When a clock turns yellow; customary, configuration per matter (04-clocks § 4). */
export interface YellowThresholds {
  yellowWorkingDays: number;
  /** For limits of one working day and of the same day. */
  yellowOfficeHours: number;
}

/** A matter (事项) as data: versioned, effective-dated, a case is pinned to its version (architecture § 2). */
export interface MatterDefinition {
  matter: string;
  procedure: string;
  label: string;
  version: number;
  effectiveFrom: string;
  sourceDocument: string;
  /** What an approval brings about: an order to pay, or an entry of `result`. */
  follows: 'payout' | 'result';
  /** The form of a matter that is no claim for costs; a claim's is the claim itself. */
  form?: FormDefinition;
  result?: ResultDefinition;
  /** C-01 wants two levels of whatever is paid; where one officer decides, the text that has it so. */
  singleReview?: { source: string };
  /** Papers that no material may ask for (D5 第1项). */
  neverAsked?: { papers: Paper[]; source: string };
  stages: StageDefinition[];
  /** Acts recorded for the applicant beside the open task, by these posts: before the decision, and `deliver` after it (C-02). */
  applicantActs: { act: StaffAct; posts: Post[] }[];
  clocks: ClockDefinition[];
  withoutLimit?: WithoutLimitDefinition[];
  /** The stay lies outside the pooling area, and R-RT-01…09 cut the ratio; otherwise a stay outside is a gap. */
  careElsewhere?: true;
  /** C-02: true for D1 (K-02 stops when paid), false for D3 (stops at 审批). */
  payoutInsideReviewLimit: boolean;
  supplementPausesClock: boolean;
  /** A pause ends at the arrival or after this many working days; a person is told, time refuses nothing. */
  pauseMaximumWorkingDays: number;
  /** Pauses beyond 补正; a kind that is not listed is off. */
  pauses?: PauseDefinition[];
  /** Left out: off. */
  extension?: ExtensionDefinition;
  /** Who hears of a rung; left out: `defaultLadder`. */
  ladder?: RungDefinition[];
  /** When a clock turns yellow; left out: `defaultYellowThresholds`. */
  lights?: YellowThresholds;
  reasons: ReasonDefinition[];
  materials: MaterialDefinition[];
  notices: NoticeDefinition[];
}

/** What the workflow needs of a definition: the transition table, without texts. */
export type Road = Pick<MatterDefinition, 'stages' | 'applicantActs' | 'pauses' | 'extension'>;

/** The words a case is told in. Code says the identifier, screens and notices say the Chinese (00-glossary). */

export const stages = [
  'acceptance',
  'review',
  'transferOut',
  'initialReview',
  'secondReview',
  'transferIn',
  'approval',
  'preparePayout',
  'financeReview',
  'financeApproval',
  'pay',
  'deliver',
  'archive',
  'closed',
] as const;
export type Stage = (typeof stages)[number];

export const stageLabels = {
  acceptance: '受理',
  review: '审核',
  transferOut: '转出地办理',
  initialReview: '初审',
  secondReview: '复核',
  transferIn: '转入地办理',
  approval: '审批',
  preparePayout: '拨付制定',
  financeReview: '财务复核',
  financeApproval: '财务审批',
  pay: '支付',
  deliver: '送达',
  archive: '归档',
  closed: '办结',
} as const satisfies Record<Stage, string>;

export const posts = [
  'window',
  'initialReviewer',
  'secondReviewer',
  'approver',
  'settlementClerk',
  'financeReviewer',
  'financeApprover',
  'supervisor',
  'deputyHead',
  'auditReader',
  'systemAdmin',
] as const;
/** A post (岗位) an account holds; `system` acts are never under a post. */
export type Post = (typeof posts)[number];

export const postLabels = {
  window: '医疗保障综合窗口',
  initialReviewer: '初审岗',
  secondReviewer: '复核岗',
  approver: '审批岗',
  settlementClerk: '结算岗',
  financeReviewer: '财务复核岗',
  financeApprover: '财务审批岗',
  supervisor: '督办岗',
  deputyHead: '分管领导',
  auditReader: '内部监督',
  systemAdmin: '系统管理员',
} as const satisfies Record<Post, string>;

export const duties = [
  'initialReview',
  'secondReview',
  'approval',
  'preparePayout',
  'financeReview',
  'financeApproval',
  'qualityCheck',
  'supplement',
] as const;
/** SD-01: one person holds at most one of these per case, in any round. */
export type Duty = (typeof duties)[number];

export const dutyLabels = {
  initialReview: '初审',
  secondReview: '复核',
  approval: '审批',
  preparePayout: '拨付制定',
  financeReview: '财务复核',
  financeApproval: '财务审批',
  qualityCheck: '质检',
  supplement: '补付决定',
} as const satisfies Record<Duty, string>;

export const staffActs = [
  'accept',
  'refuseAcceptance',
  'propose',
  'approve',
  'reject',
  'sendBack',
  'askSupplement',
  'supplement',
  'withdraw',
  'recordAnswer',
  'openPause',
  'closePause',
  'requestExtension',
  'grantExtension',
  'refuseExtension',
  'preparePayout',
  'confirmPayout',
  'releasePayout',
  'recallPayout',
  'deliver',
] as const;
export type StaffAct = (typeof staffActs)[number];

/** Acts that move a running case to another version of its matter and back; they change rules, never a decision. */
export const moveActs = ['migrateDefinition', 'undoMigration'] as const;
export type MoveAct = (typeof moveActs)[number];

export const systemActs = ['receiveFiling', 'settlePayout', 'returnPayout', 'endPause', 'archive'] as const;
/** Acts by a named system actor, never under a person's name (bar 25). `receiveFiling` is made by the window clerk who files. */
export type SystemAct = (typeof systemActs)[number];

/** A closed case that goes on, because three persons raised what it pays (补付); their names stand in the chain of finance. */
export const reopeningActs = ['supplementPayout'] as const;
export type ReopeningAct = (typeof reopeningActs)[number];

export type ActCode = StaffAct | SystemAct | MoveAct | ReopeningAct;

export const actLabels = {
  receiveFiling: '收件',
  accept: '予以受理',
  refuseAcceptance: '不予受理',
  propose: '提出审核意见',
  approve: '予以通过',
  reject: '不予通过',
  sendBack: '退回',
  askSupplement: '一次性告知补正',
  supplement: '补正收件',
  withdraw: '撤回',
  recordAnswer: '登记对方答复',
  openPause: '中止计时',
  closePause: '恢复计时',
  requestExtension: '申请延长办理时限',
  grantExtension: '同意延长办理时限',
  refuseExtension: '不同意延长办理时限',
  preparePayout: '拨付制定',
  confirmPayout: '财务复核通过',
  releasePayout: '财务审批放行',
  recallPayout: '撤回拨付',
  settlePayout: '支付结果入账',
  returnPayout: '银行退票入账',
  supplementPayout: '补付决定入账',
  endPause: '暂停期满恢复计时',
  deliver: '送达',
  archive: '归档',
  migrateDefinition: '转入新版本',
  undoMigration: '撤销转入新版本',
} as const satisfies Record<ActCode, string>;

export const outcomes = ['refusedAcceptance', 'approved', 'rejected', 'withdrawn'] as const;
export type Outcome = (typeof outcomes)[number];

export const outcomeLabels = {
  refusedAcceptance: '不予受理',
  approved: '予以通过',
  rejected: '不予通过',
  withdrawn: '已撤回',
} as const satisfies Record<Outcome, string>;

export const payoutStates = [
  'drawn',
  'reviewed',
  'released',
  'sent',
  'paid',
  'unknown',
  'failed',
  'returned',
  'void',
] as const;
export type PayoutState = (typeof payoutStates)[number];

export const payoutStateLabels = {
  drawn: '待复核',
  reviewed: '待审批',
  released: '待发',
  sent: '已发',
  paid: '成功',
  unknown: '未知',
  failed: '失败',
  returned: '退票',
  void: '作废',
} as const satisfies Record<PayoutState, string>;

/** The instants that clocks start and stop on; an act brings about none, one or several of them. */
export const caseEvents = [
  'received',
  'accepted',
  'acceptanceRefused',
  'decided',
  'decidedNothingToPay',
  'decisionVoided',
  'paid',
  'paymentReturned',
  'repaid',
  'delivered',
  'withdrawn',
] as const;
export type CaseEvent = (typeof caseEvents)[number];

/** What a clock may start and stop on: an event of the case, or its coming to a stage, for limits that chain on stages (T-10). */
export type ClockTrigger = CaseEvent | `enter:${Stage}`;

/** What the time of the case is spent on: the whole case, a stage with a legal limit, an internal step (T-11). */
export const clockLevels = ['case', 'statutory', 'internal'] as const;
export type ClockLevel = (typeof clockLevels)[number];

export const clockLevelLabels = {
  case: '全程时限',
  statutory: '法定环节时限',
  internal: '内部环节目标',
} as const satisfies Record<ClockLevel, string>;

/** The rungs of a clock's ladder (04-clocks § 4), lowest first: shares of the limit, its end, working days after it. */
export const rungs = ['half', 'eighty', 'due', 'plus1', 'plus3'] as const;
export type Rung = (typeof rungs)[number];

export const rungLabels = {
  half: '时限过半',
  eighty: '时限已用八成',
  due: '时限届满',
  plus1: '超时 1 个工作日',
  plus3: '超时 3 个工作日',
} as const satisfies Record<Rung, string>;

/** What a clock stands still for: 补正, 外省协查或医院函询, 稽核、专家评审或听证 (04-clocks § 2). */
export const pauseKinds = ['supplement', 'inquiry', 'specialProcedure'] as const;
export type PauseKind = (typeof pauseKinds)[number];

export const pauseKindLabels = {
  supplement: '补正',
  inquiry: '协查函询',
  specialProcedure: '特别程序',
} as const satisfies Record<PauseKind, string>;

export const systemActors = {
  workflow: 'system:workflow',
  timer: 'system:timer',
  sweeper: 'system:sweeper',
  bank: 'system:bank',
  migration: 'system:migration',
} as const;
export type SystemActor = (typeof systemActors)[keyof typeof systemActors];

export const systemActorLabels = {
  'system:workflow': '系统(流程)',
  'system:timer': '系统(时限)',
  'system:sweeper': '系统(巡检)',
  'system:bank': '系统(银行回执)',
  'system:migration': '系统(版本迁移)',
} as const satisfies Record<SystemActor, string>;

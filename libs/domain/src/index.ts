export { DomainError, errorSentence, errorTable, type ErrorCode, type ErrorEntry } from './errors';
export { chineseUpperAmount, fen, formatYuan, mulDiv, parseYuan, sumFen, type Fen, type Rounding } from './money';
export { getChecked, type Checked } from './checks/checked';
export { checkIdNumber } from './checks/id-number';
export { checkCreditCode } from './checks/credit-code';
export { checkBankAccount, checkBankCard, checkBankCode } from './checks/bank-account';
export { invoiceKey, normaliseInvoicePart, type InvoiceKey } from './checks/invoice-key';
export { checkPersonName } from './checks/person-name';
export { checkPhone } from './checks/phone';
export { advance, triggersOf, type ActFacts, type Advance } from './case/advance';
export { checkDefinition } from './case/check-definition';
export {
  type ClockDefinition,
  type ExtensionDefinition,
  type MaterialDefinition,
  type MatterDefinition,
  type NoticeDefinition,
  type Party,
  type PauseDefinition,
  type ReasonDefinition,
  type ReasonUse,
  type ReentryPolicy,
  type Road,
  type StageDefinition,
} from './case/definition';
export {
  definitionDifferences,
  patchDefinition,
  type DefinitionDifference,
  type DefinitionPatch,
} from './case/definition-changes';
export {
  obstacle,
  obstacleSentences,
  planMove,
  planReturn,
  type CaseMove,
  type MovableCase,
  type Obstacle,
  type ObstacleCode,
  type StageMap,
} from './case/migration';
export {
  abilities,
  decisionStands,
  isForApplicant,
  judgeMove,
  judgeRight,
  maySupplement,
  pausePaperPosts,
  needsTask,
  openReturns,
  postsFor,
  stageOf,
  type CasePosition,
  type Verdict,
  type Wish,
} from './case/judge';
export {
  actLabels,
  caseEvents,
  clockLevelLabels,
  clockLevels,
  duties,
  dutyLabels,
  moveActs,
  outcomeLabels,
  outcomes,
  pauseKindLabels,
  pauseKinds,
  payoutStateLabels,
  payoutStates,
  postLabels,
  posts,
  rungLabels,
  rungs,
  staffActs,
  stageLabels,
  stages,
  systemActorLabels,
  systemActors,
  systemActs,
  type ActCode,
  type CaseEvent,
  type ClockLevel,
  type ClockTrigger,
  type Duty,
  type MoveAct,
  type Outcome,
  type PauseKind,
  type PayoutState,
  type Post,
  type Rung,
  type StaffAct,
  type Stage,
  type SystemAct,
  type SystemActor,
} from './case/words';
export {
  fieldKinds,
  type FieldDefinition,
  type FieldKind,
  type FieldOption,
  type FormDefinition,
  type FormRule,
  type FormValue,
  type FormValues,
  type ResultDefinition,
  type Validity,
} from './forms/form';
export type { MaterialCondition } from './forms/material-condition';
export { crossProvinceTransfers } from './matters/cross-province-transfer';
export { crossRegionFiling } from './matters/cross-region-filing';
export {
  cityOf,
  formEntries,
  hospitalsOf,
  isAskedFor,
  lastDayOf,
  textOf,
  valueOf,
  type FormEntry,
} from './forms/form-values';
export { inpatientReimbursement } from './matters/inpatient-reimbursement';
export { referralFiling } from './matters/referral-filing';
export { crossRegionReimbursement } from './matters/cross-region-reimbursement';
export {
  addMonths,
  addWorkingDays,
  closeOfOffice,
  deemReceived,
  defaultPauseMaximumWorkingDays,
  isWorkingDay,
  officeHoursOn,
  remainingWorkingDays,
  workingDaysBetween,
  type AfterHoursPolicy,
  type CountedSpan,
  type PausedSpan,
} from './calendar/counting';
export {
  daysInMonth,
  formatDay,
  parseDate,
  parseMoment,
  partsOf,
  shanghaiDate,
  weekdayOf,
  type Moment,
} from './calendar/dates';
export {
  computeDeadline,
  limitKinds,
  longestLimit,
  type Deadline,
  type DeadlineInput,
  type DeadlinePause,
  type Limit,
  type LimitKind,
} from './calendar/deadline';
export { parseCalendarFile } from './calendar/calendar-file';
export { applyCalendarChange, statutoryHolidayDays, type CalendarChange, type ClosedSpan } from './calendar/change';
export { type CalendarStatus, type CalendarYear } from './calendar/notice';
export {
  builtInTables,
  calendarFor,
  defaultOfficeHours,
  mergeCalendars,
  type AgencyTable,
  type CalendarTables,
  type OfficeHours,
  type WorkCalendar,
} from './calendar/work-calendar';
export {
  benefitSteps,
  computeBenefit,
  type Benefit,
  type BenefitInput,
  type BenefitStep,
  type BenefitTraceEntry,
} from './benefit/compute-benefit';
export {
  catalogueClassLabels,
  divideLine,
  divideLines,
  type CatalogueClass,
  type CostLine,
  type LineDeduction,
  type LineShare,
} from './benefit/cost-line';
export {
  capYearOf,
  findPolicyRow,
  hospitalGradeLabels,
  hospitalGrades,
  insuranceSchemeLabels,
  insuranceSchemes,
  type BenefitPolicyRow,
  type HospitalGrade,
  type InsuranceScheme,
  type PolicyKey,
} from './benefit/policy';
export {
  crossRegionRuleIds,
  crossRegionRuleLabels,
  findCrossRegionPolicy,
  type CrossRegionCut,
  type CrossRegionPolicy,
  type CrossRegionRuleId,
  type CutMode,
} from './benefit/cross-region-policy';
export { crossRegionPolicies450200Example } from './benefit/cross-region-450200.example';
export {
  filingShortfallLabels,
  judgeFilings,
  outsideReasonLabels,
  outsideReasons,
  ruleCrossRegion,
  type CrossRegionInput,
  type CrossRegionRuling,
  type CrossRegionStay,
  type FilingShortfall,
  type JudgedFiling,
  type OutsideReason,
} from './benefit/cross-region-ratio';
export { policyRows450200Example } from './benefit/policy-450200.example';
export {
  leadingClock,
  levelOf,
  nextRungAt,
  pauseEndsAt,
  standsStill,
  supplementPauses,
  turnClocks,
  type ClockChange,
  type Happened,
} from './case/clocks';
export { checkCalendars } from './case/clock-checks';
export {
  defaultLadder,
  rungDefinition,
  rungRecipientLabels,
  rungRecipients,
  type RungDefinition,
  type RungRecipient,
} from './case/escalation';
export { nextRungOf, pendingRungs, rungInstants, type KeptClock, type RungInstant } from './case/ladder';
export {
  applyEvent,
  due,
  ledgerAt,
  pausedSpans,
  readClock,
  type ClockEvent,
  type ClockEventKind,
  type ClockLedger,
  type ClockReading,
  type LedgerPause,
  type RecordedClockEvent,
} from './case/ledger';
export { officeDayMs, officeMsBetween } from './calendar/office-time';
export {
  type Applicant,
  type DescribedHospital,
  type FiledPaper,
  type FilingBody,
  type Gap,
  type GapList,
  type Injury,
  type Invoice,
  type PaperFacts,
  type Payee,
  type Proxy,
  type Statement,
  type StatementLine,
  type Stay,
} from './filing/filing';
export { kinRelationLabels, kinRelations, paperLabels, papers, type KinRelation, type Paper } from './filing/papers';
export {
  crossRegionFilingKindLabels,
  crossRegionFilingKinds,
  type CrossRegionFiling,
  type CrossRegionFilingKind,
} from './cross-region/filing-kinds';
export { bankReasonLabels, bankReasonOf, bankReasons, type BankReason } from './case/bank-reasons';
export { demandOwnParts, demandStatement } from './filing/filing-parts';
export { hospitalOfStay } from './filing/elsewhere-gaps';
export { findGaps } from './filing/find-gaps';
export { findFormGaps, type FiledForm, type FormHospital } from './filing/form-gaps';
export {
  checkNewPayee,
  takesCorrectionPapers,
  takesPayeePapers,
  type LawfulPayee,
  type NewPayee,
} from './filing/new-payee';
export {
  type CareElsewhere,
  type ClassedLine,
  type FiledClaim,
  type HospitalOfStay,
  type RegisteredHospital,
  type RegisteredPerson,
} from './filing/claim';
export { entryFault, gap, gapTable, type GapCode } from './filing/gap-table';
export { demandFittingReasons, otherGaps, reasonOfGap } from './filing/gap-reasons';
export {
  mayReadNames,
  maskName,
  noticeLines,
  noticePlainText,
  noticeSummary,
  printedClause,
  type NoticeContent,
  type NoticeDeduction,
  type NoticeItem,
  type NoticeLine,
  type NoticeReason,
} from './notices/notice-content';
export {
  backOffMs,
  dismissReasonLabels,
  dismissReasons,
  hopelessFaults,
  retryReasonLabels,
  retryReasons,
  sideFaultLabels,
  sideFaults,
  sideTopicLabels,
  sideTopics,
  type DismissReason,
  type RetryReason,
  type SideFault,
  type SideTopic,
} from './side-work';
export { regionRemedies, remediesOf, type RemedyLine } from './notices/remedies';
export {
  StatementTable,
  statementLimits,
  type Cell,
  type ReadStatement,
  type StatementFault,
} from './filing/statement-table';
export { statementSum, warnOfLines } from './filing/cost-gaps';
export { maskFiling, maskLines, maskPaper, maskText, mayReadCases, mayReadPaper } from './filing/masking';
export {
  boardLevelLabels,
  boardLevels,
  defaultYellowThresholds,
  levelAt,
  lightBounds,
  type BoardLevel,
  type LightBound,
} from './board/light-bounds';
export {
  planMoves,
  refuseAssignee,
  type Assignee,
  type MovableTask,
  type PlannedMove,
  type Refusal,
} from './board/reassignment';
export {
  allMatters,
  MonthCount,
  percentileOf,
  type CountedClock,
  type FinishedCase,
  type MatterMonth,
  type StageMonth,
} from './board/month-statistics';
export { officeMinutesBetween } from './board/office-minutes';
export { auditPauses, type OpenedPause, type PersonPauses } from './board/pause-audit';
export { lastWorkingDays, paceWorkingDays, type FinishedTasks } from './board/pace';
export {
  longestHorizon,
  predictBreaches,
  stagesAgain,
  stagesAhead,
  type PredictedBreach,
  type QueuedCase,
  type SeenWork,
  type StageInput,
} from './board/prediction';
export {
  bookAccountLabels,
  bookAccounts,
  orderMoves,
  orderWay,
  type BookAccount,
  type OrderMove,
  type PostedAccount,
} from './payouts/order-moves';
export {
  adjustedBalances,
  bankJournalAccounts,
  closeAfterHours,
  openSideLabels,
  openSideOf,
  openSides,
  type AdjustedBalances,
  type OpenSide,
  type OrderMovement,
} from './books/balance-statement';
export { plainMeanings, receiptAccounts, receiptMeaning, type ReceiptMeaning } from './payouts/receipts';
export {
  clearedTo,
  clearingLabels,
  clearingReasons,
  clearings,
  clearingsOf,
  doubtfulMeanings,
  entryKinds,
  stateAfterClearing,
  type Clearing,
  type ClearingReason,
  type DoubtfulMeaning,
  type EntryKind,
} from './payouts/suspense';
export {
  judgeMovementRight,
  movementKinds,
  movementLabels,
  movementPosts,
  movementStepLabels,
  movementSteps,
  offsetBases,
  offsetRoom,
  recoveryReasons,
  supplementReasons,
  type MovementKind,
  type MovementStep,
  type OffsetBasis,
  type RecoveryReason,
  type SupplementReason,
} from './payouts/recovery';
export {
  judgeRelease,
  releasedByPerson,
  releaseLimitKinds,
  releaseLimitLabels,
  type OrderToRelease,
  type PassedLimit,
  type ReleasedToday,
  type ReleaseLimitKind,
  type ReleaseLimits,
} from './payouts/release-limits';
export { monthSpan, shiftMonth } from './calendar/months';
export {
  forecastPayouts,
  monthOf,
  planError,
  usePlanDueDay,
  warnOfReserve,
  type Forecast,
  type ForecastBasis,
  type ForecastDay,
  type OpenCases,
  type PastPayments,
  type PastStay,
  type ReserveWarning,
  type UsePlanFacts,
} from './payouts/use-plan';
export {
  firstDayOf,
  judgePayoutRuleRight,
  payoutRuleKinds,
  payoutRuleLabels,
  type BankDaysRule,
  type LimitsRule,
  type PayoutRule,
  type PayoutRuleKind,
  type SettingRule,
} from './payouts/payout-rules';
export {
  judgeReserve,
  reserveBaseMonths,
  reserveMonths,
  reserveOf,
  reserveReasonLabels,
  reserveReasons,
  reserveStateLabels,
  type FundStanding,
  type ReserveJudgement,
  type ReserveReason,
  type ReserveState,
} from './payouts/reserve';
export {
  advanceBatch,
  batchAbilities,
  batchActLabels,
  batchActs,
  batchLeavingLabels,
  batchLeavings,
  batchStateLabels,
  batchStates,
  batchSteps,
  batchVoidReasonLabels,
  batchVoidReasons,
  judgeBatchMove,
  judgeBatchRight,
  judgeReserveApproval,
  reserveAct,
  type BatchAct,
  type BatchActCode,
  type BatchLeaving,
  type BatchPosition,
  type BatchState,
  type BatchVoidReason,
} from './payouts/batch';
export { payDayOf } from './payouts/pay-day';

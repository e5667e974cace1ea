export {
  actBodyContext,
  actBodyDigest,
  dropRefusedBody,
  keepActBody,
  logAttempt,
  type ActBodyEntry,
} from './cases/act-bodies';
export { impactOf, type ChangeImpact, type MovedClock } from './calendars/change-impact';
export {
  approveChange,
  findChange,
  listChanges,
  proposeChange,
  rejectChange,
  tablesWith,
  type ChangeToPropose,
  type ProposedChange,
} from './calendars/changes';
export { listRuns, reprojectStep, type ReprojectionRun } from './calendars/reprojection';
export { calendarChannel, CalendarFollower } from './calendars/calendar-follower';
export {
  calendarByVersion,
  calendarNumber,
  calendarNumberForReceipt,
  calendarOf,
  currentCalendar,
  tablesOf,
  type Office,
} from './calendars/calendar-store';
export { ChannelListener } from './channel-listener';
export { ColumnCipher, sameBytes } from './column-cipher';
export {
  createDataSource,
  databaseFault,
  installTypeParsers,
  isStoreAway,
  migrate,
  openDataSource,
  rows,
  type Statement,
  type StoreOptions,
} from './data-source';
export { bankKeysPath, loadKeys, type Keys } from './keys';
export { canonical, chainRoot, chainText, type ActRow } from './cases/chain';
export { benefitOf, capUsed, insuredOf, openFiledClaim, type FiledClaimFacts } from './cases/case-benefit';
export { findCase, lockCases, type CaseRecord } from './cases/case-record';
export { findDefinitionInForce, findMattersInForce, getDefinition } from './cases/definitions';
export {
  addDefinitionDraft,
  findDefinition,
  findDefinitionDraft,
  findNewestDefinition,
  findOwnOpenCase,
  findWaitingDrafts,
  judgeDefinitionDraft,
  listVersions,
  lockMatter,
  type DefinitionDraft,
  type PersonName,
  type PublishedVersion,
} from './definitions/versions';
export {
  addCaseMove,
  addMoveEvent,
  findCaseMove,
  findCasesToMove,
  findMoveCases,
  findMoveInHand,
  findMovesToRun,
  keepMoveResult,
  listCaseMoves,
  moveActionId,
  repinCase,
  takeMoveCases,
  type CaseMoveRecord,
  type MoveCaseRecord,
  type MoveFilter,
  type MoveInHand,
  type MoveToRun,
} from './definitions/case-moves';
export { readMovableCases, type MovableRecord } from './definitions/movable-cases';
export { receiveCase, type CaseToReceive } from './cases/receive-case';
export { clockEventRow, findClockEvents, type ShownClock } from './cases/clock-events';
export { recordDueRungs, recordPassedRungs, type PassedRung, type RungLook } from './cases/record-rung';
export { writeAct, writeActs, type ActingCase, type ActToWrite } from './cases/write-act';
export {
  addCrossRegionFiling,
  cancelCrossRegionFiling,
  findCrossRegionFilings,
  findCrossRegionFilingsOn,
  type CrossRegionFilingEntry,
} from './cross-region/cross-region-filings';
export { crossRegionPolicies } from './cross-region/cross-region-policies';
export { hashPassword, isPassword, longestPassword, shortestPassword } from './passwords';
export {
  findInsuredPerson,
  getInsuredName,
  openPerson,
  personIdHash,
  registerInsuredPerson,
  sealInsuredPerson,
  type InsuredPerson,
  type InsuredPersonEntry,
} from './registry';
export { exampleAgencies } from './seed/agencies';
export { exampleCatalogue, type CatalogueEntry } from './seed/catalogue';
export { matterDefinitions, seedDefinitions } from './seed/definitions';
export { demoIdNumber, demoInsuredPersons } from './seed/demo-insured';
export { demoStaff, seedDemoPeople, type DemoPerson } from './seed/demo-people';
export { gradeNumbers, hospitalGradeOf, seedGround } from './seed/ground';
export { exampleHospitals, type HospitalEntry } from './seed/hospitals';
export { createStaffAccount, type StaffEntry } from './seed/staff';
export {
  addAgencyWork,
  addOutbox,
  claimOutbox,
  finishOutbox,
  outboxChannel,
  type OutboxEntry,
  type OutboxRow,
  type OutboxTopic,
  type RelayTopic,
  wakeDispatch,
} from './outbox/outbox';
export {
  findProposal as findFinanceProposal,
  listProposals as listFinanceProposals,
  type FinanceProposal,
  type FinanceProposalState,
  type FinanceWords,
} from './books/finance-proposals';
export { balanceStatement, type BalanceStatement, type OpenItem } from './books/balance-statement';
export {
  closedBookMonth,
  confirmMonthClose,
  openMonthClose,
  proposeMonthClose,
  refuseMonthClose,
  type ClosedBookMonth,
} from './books/book-months';
export { trialBalance, type BookBalance } from './books/trial-balance';
export {
  addToStatement,
  contradictingEntries,
  faultyStatement,
  hasEntryBefore,
  hasStatementOf,
  keepStatement,
  lastStatement,
  lockStatements,
  noOrder,
  openStatementFiles,
  type KeptStatement,
  type StatedEntry,
} from './books/bank-statements';
export {
  confirmClearing,
  findSuspense,
  proposeClearing,
  refuseClearing,
  type ClearingFacts,
  type DoubtfulEntry,
} from './books/suspense';
export {
  burySideWork,
  claimHints,
  findDeadLetters,
  finishSideWork,
  oldestDueSeconds,
  postponeSideWork,
  returnHints,
  takeSideWork,
  workOffDeadLetter,
  type DeadLetter,
  type DeadLetterAct,
  type SideWork,
} from './outbox/side-work';
export {
  checkBooks,
  reconcile,
  type BookDifference,
  type ExceptionReason,
  type Reconciliation,
  type ReconciliationException,
  type ReconciliationSpan,
} from './books/reconciliation';
export {
  fundAccounts,
  isDoubtful,
  lastBankEntryNo,
  ownMoves,
  recordBankEntry,
  recordBankReceipt,
  type BankEntry,
  type BankReceipt,
  type EntryMeaning,
  type EntryWay,
  type OwnMove,
} from './payouts/bank-entries';
export {
  endBankFile,
  findBankFile,
  keepBankFile,
  listBatchFiles,
  openBankFile,
  refusedByBank,
  refusedInARow,
  reportOnBankFile,
  startUpload,
  type BankFileEntry,
  type BankFileFacts,
  type BankFileKind,
  type BankFileLayout,
  type BankFilePersons,
  type BankFileRecord,
  type BankFileState,
} from './payouts/bank-files';
export { findDebitsInDoubt } from './payouts/debits-in-doubt';
export {
  decideUpload,
  finishUpload,
  getUpload,
  keepUpload,
  listUploads,
  openUpload,
  openUploads,
  proposeUpload,
  refuseOwnResults,
  refuseUpload,
  turnBackFile,
  type BankUpload,
  type BankUploadState,
  type UploadFault,
  type UploadReport,
} from './payouts/bank-uploads';
export {
  dropExpiredExports,
  findExports,
  keepExport,
  makeExport,
  openExport,
  type ExportedOrder,
  type ExportFile,
  type ExportList,
} from './payouts/exports';
export { findReceipts, makeReceipt, type PaymentReceipt } from './payouts/payment-receipts';
export {
  answerSends,
  lockPayoutOrders,
  markTurnedAway,
  movePayoutOrders,
  ordersOfFile,
  ordersStillWith,
  startSends,
  type OrderMoveToMake,
  turnedAwayBefore,
} from './payouts/order-sets';
export { reserveStanding, type MonthPaid, type ReserveStanding } from './payouts/reserve';
export {
  bankDaysOf,
  comingBankDays,
  confirmPayoutRule,
  getRule,
  listPayoutRules,
  payoutSettingOf,
  proposePayoutRule,
  refusePayoutRule,
  releasedOn,
  type PayoutRuleProposal,
} from './payouts/payout-rules';
export { paidByDay, usePlanFacts } from './payouts/use-plan-facts';
export { addUsePlan, decideUsePlan, getUsePlan, listUsePlans, type KeptUsePlan } from './payouts/use-plans';
export { approveReserve, findReserveApproval, type ReserveApproval } from './payouts/reserve-approvals';
export {
  demandReleasable,
  giveBackReleased,
  releaseStanding,
  type ReleaseStanding,
  type Releasing,
} from './payouts/release-limits';
export {
  approveMovement,
  checkMovementProposal,
  listRecoveries,
  proposeMovement,
  refuseMovement,
  type Movement,
  type OffsetFacts,
  type Recovery,
  type RecoveryFacts,
} from './books/recoveries';
export { type SupplementFacts } from './books/supplements';
export {
  readPersonLedger,
  type LedgerKind,
  type LedgerLine,
  type LedgerTotals,
  type PersonLedger,
} from './books/person-ledger';
export { findProposedPayee, findSignedActs, type PayingAct, type SignedActs } from './payouts/signed-orders';
export { accountDigest, openPayee, payeeDigest, sealPayee, type FrozenPayee } from './payouts/payee';
export {
  answerAttempt,
  lockPayoutOrder,
  movePayoutOrder,
  startAttempt,
  type PayoutOrder,
} from './payouts/payout-orders';
export {
  addAttachment,
  attachmentLimits,
  findAttachments,
  getAttachment,
  removeAttachment,
  type AttachmentEntry,
  type AttachmentRecord,
} from './filings/attachments';
export {
  createFiling,
  filingBodyContext,
  findDraftsOf,
  getDraft,
  getFiling,
  saveDraft,
  type DraftEntry,
  type FilingRecord,
} from './filings/drafts';
export { bodyDigest, papersDigest, type FilingDigests, type SignedPaper } from './filings/filing-digests';
export {
  checkFiling,
  countFilingGaps,
  findFilingGaps,
  findHospital,
  findHospitals,
  type CheckedFiling,
} from './filings/filing-gaps';
export { findStatementLines, replaceStatementLines, type KeptLine } from './filings/statement-lines';
export { submitFiling, type FilingToSubmit, type SubmittedFiling } from './filings/submit-filing';
export { findTask, releaseIfHeld, takeIfFree, type SeenTask } from './tasks/holding';
export { countInbox, findInboxPage, type InboxOwner, type InboxPlace, type InboxRow } from './tasks/inbox';
export { stagesOfPosts, stageTable, type InboxStage } from './tasks/stage-table';
export {
  noticeAddressee,
  openNotice,
  sealNotice,
  type NoticeAddressee,
  type SealedNotice,
} from './notices/notice-contents';
export { walkAudit, type AuditReport } from './audit/audit-walk';
export { chainFaults, type ChainFault, type ChainFaultKind } from './audit/chain-faults';
export {
  findActBodies,
  findCaseDetails,
  findLatestBenefit,
  findNotice,
  findNotices,
  recordReading,
  searchCases,
  type CaseDetails,
  type CaseSummary,
  type LatestBenefit,
  type NoticeRow,
} from './cases/case-views';
export { boardMatters, readBoardMatters, type BoardMatter } from './board/board-definitions';
export { inSnapshot } from './board/snapshot';
export { countBoard, findStaff, type BoardGroup, type BoardPart } from './board/board-counts';
export { findBoardPage, type BoardFilter, type BoardPlace, type BoardRow } from './board/board-cases';
export { checkBoard, earlierChecks, type BoardDifference, type CheckedBoard } from './board/self-check';
export {
  dutiesAmong,
  findAssignees,
  findTasksToMove,
  reassignTasks,
  type ReassignedItem,
  type TaskToMove,
} from './board/reassignments';
export { findPauses, type FoundPause } from './board/pauses';
export { closeMonth, closedMonth, countMonth, type ClosedMonth } from './board/statistics';
export { countFinished, countFurther, findQueue, type QueuedTask } from './board/prediction';
export { findDeliveries, type DeliveryPlace, type DeliveryRow } from './tasks/deliveries';
export {
  batchesUnderWay,
  batchList,
  casesWithOtherDuty,
  countForRelease,
  findBatch,
  findBatchAct,
  gatherBatch,
  itemsBehind,
  linkOf,
  listBatchActs,
  listBatches,
  markCarried,
  moveItems,
  writeBatchAct,
  type BatchActRow,
  type BatchItem,
  type BatchList,
  type BatchRecord,
} from './payouts/batches';
export { dumpRows, type RowManifest, type TableRows } from './backup/row-dump';
export { demandSameMigrations, loadRows, RowsUnfit } from './backup/row-load';
export { beginAfterRestore } from './backup/begin-after-restore';
export {
  demandCaughtUp,
  isHeld,
  markCaughtUp,
  restorationMark,
  StatementBehind,
  takeUpBooked,
  type LostTimeWord,
} from './payouts/lost-time';

export { createCaseActivities, type CaseActivities } from './cases/cases.activities';
export { commitAct, loadCase, type CommitDependencies, type CommitInput } from './cases/commit-act';
export { createBankClient, type BankClient, type BankFileClient } from './payouts/bank-client';
export {
  collectPaymentResults,
  judgeResults,
  readResults,
  takeResults,
  type CollectedResults,
  type PostingDependencies,
} from './payouts/file-exchange/collect-results';
export type { ExchangeDependencies, PaymentLayout } from './payouts/file-exchange/exchange';
export { sendPaymentFile, type LeftOut, type SentFile } from './payouts/file-exchange/send-payment-file';
export {
  createPayoutActivities,
  type PayoutActivities,
  type PayoutDependencies,
  type PayWord,
} from './payouts/payout.activities';
export { createBatchActivities, type BatchActivities } from './payouts/batches/batch.activities';
export type { BatchDependencies } from './payouts/batches/batch-dependencies';
export type { CommitBatchInput } from './payouts/batches/batch-acts';

export { createCaseActivities, type CaseActivities } from './cases/cases.activities';
export { commitAct, loadCase, type CommitDependencies, type CommitInput } from './cases/commit-act';
export { createBankClient, type BankClient } from './payouts/bank-client';
export {
  createPayoutActivities,
  type PayoutActivities,
  type PayoutDependencies,
  type PayWord,
} from './payouts/payout.activities';

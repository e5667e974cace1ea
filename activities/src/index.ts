export { createCaseActivities, type CaseActivities } from './cases/cases.activities';
export { commitAct, loadCase, type CommitDependencies, type CommitInput } from './cases/commit-act';
export { benefitOf } from './cases/proposals';
export { payeeDigest, type Payee } from './cases/filing-facts';
export { createBankClient, type BankClient } from './payouts/bank-client';
export {
  createPayoutActivities,
  type PayoutActivities,
  type PayoutDependencies,
  type PayWord,
} from './payouts/payout.activities';

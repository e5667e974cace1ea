export { claimApproval } from './claim-approval/claim-approval.workflow';
export { gatherPayouts } from './payout-batch/gather-payouts.workflow';
export { payoutBatch } from './payout-batch/payout-batch.workflow';
export { startProbe } from './start-probe.workflow';

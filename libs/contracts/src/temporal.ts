/** Names that client, worker and workflow must agree on. */
export const caseTaskQueue = 'banjie-cases';
/** The payouts beside a queue of cases: their activities speak with the bank and may take long. */
export const payoutTaskQueueOf = (taskQueue: string) => `${taskQueue}-payouts`;

/** One workflow per case; the id is the business's (house-style § 5). */
export const caseWorkflowId = (caseNo: string) => `case/${caseNo}`;

/** One workflow per batch of payouts. */
export const batchWorkflowId = (batchNo: string) => `payout-batch/${batchNo}`;

export const claimApprovalType = 'claimApproval';
export const payoutBatchType = 'payoutBatch';
export const gatherPayoutsType = 'gatherPayouts';
/** One schedule per agency: when its payouts are gathered. */
export const gatherScheduleId = (agencyId: string) => `gather-payouts/${agencyId}`;
export const startProbeType = 'startProbe';

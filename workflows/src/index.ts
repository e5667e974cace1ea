export { claimApproval } from './claim-approval/claim-approval.workflow';
export { startProbe } from './start-probe.workflow';

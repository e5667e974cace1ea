import type { BatchActivities } from '@banjie/activities';
import { payoutTaskQueueOf } from '@banjie/contracts/temporal';
import { proxyActivities, workflowInfo } from '@temporalio/workflow';

/** What the schedule of an agency starts each day: one batch of what waits for 拨付制定. The three persons' acts start its own run. */
export async function gatherPayouts({ agencyId }: { agencyId: string }): Promise<{ batchNo: string | null }> {
  const taskQueue = payoutTaskQueueOf(workflowInfo().taskQueue);
  const { gatherScheduled } = proxyActivities<BatchActivities>({
    taskQueue,
    startToCloseTimeout: '1 minute',
    retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
  });
  return gatherScheduled({ agencyId });
}

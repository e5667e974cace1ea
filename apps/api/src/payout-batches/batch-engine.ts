import { Injectable } from '@nestjs/common';
import {
  batchWorkflowId,
  caseTaskQueue,
  payoutBatchType,
  type BatchActResult,
  type BatchActUpdate,
} from '@banjie/contracts';
import { batchActUpdate } from '@banjie/workflows/messages';
import { WithStartWorkflowOperation } from '@temporalio/client';
import { refusalOf } from '../engine/case-engine';
import { TemporalClient } from '../engine/temporal-client';

const actLimitMs = 15_000;

/** The batches of payouts as the process engine knows them. */
@Injectable()
export class BatchEngine {
  constructor(private readonly temporal: TemporalClient) {}

  /**
   * Puts an act to a batch, whose run is started where there is none: it loads what the rows say. `updateId` makes a repeated call the
   * same act.
   * @throws DomainError the refusal of the workflow or of the transaction; ENGINE_UNAVAILABLE when nobody knows yet
   */
  async act(batchNo: string, updateId: string, update: BatchActUpdate): Promise<BatchActResult> {
    const startWorkflowOperation = new WithStartWorkflowOperation(payoutBatchType, {
      workflowId: batchWorkflowId(batchNo),
      taskQueue: caseTaskQueue,
      args: [{ batchNo }],
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    try {
      return await this.temporal.within(actLimitMs, (client) =>
        client.workflow.executeUpdateWithStart(batchActUpdate, { updateId, args: [update], startWorkflowOperation }),
      );
    } catch (error) {
      throw refusalOf(error);
    }
  }
}

import { Injectable } from '@nestjs/common';
import { batchWorkflowId, caseTaskQueue, payoutBatchType } from '@banjie/contracts';
import { batchesUnderWay, type SideWork } from '@banjie/persistence';
import { lookAgainSignal } from '@banjie/workflows/messages';
import type { EntityManager } from 'typeorm';
import { SideWorkFault } from '../side-work/side-work-fault';
import { TemporalClient } from '../temporal-client';

const callLimitMs = 10_000;

/**
 * Tells the run of a batch to look at its rows now and not at the end of its gap: what may be sent is sent, what is known is written.
 * Twice is as good as once, and lost only means later.
 */
@Injectable()
export class DispatchWaker {
  constructor(private readonly temporal: TemporalClient) {}

  async handle(manager: EntityManager, { payload }: SideWork): Promise<void> {
    const { batchNo } = payload;
    if (typeof batchNo !== 'string') throw new SideWorkFault('subjectMissing');
    if (!(await batchesUnderWay(manager)).includes(batchNo)) return; // at its end meanwhile
    await this.temporal.within(callLimitMs, ({ workflow }) =>
      workflow.signalWithStart(payoutBatchType, {
        ...{ workflowId: batchWorkflowId(batchNo), taskQueue: caseTaskQueue, args: [{ batchNo }] },
        ...{ signal: lookAgainSignal, signalArgs: [], workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const },
      }),
    );
  }
}

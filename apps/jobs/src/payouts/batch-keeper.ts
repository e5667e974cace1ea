import { Injectable } from '@nestjs/common';
import {
  batchWorkflowId,
  caseTaskQueue,
  gatherPayoutsType,
  gatherScheduleId,
  payoutBatchType,
} from '@banjie/contracts';
import { batchesUnderWay, rows } from '@banjie/persistence';
import { ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import { DataSource } from 'typeorm';
import { TemporalClient } from '../temporal-client';

const callLimitMs = 10_000;

/** Batches that have something to be done have a run, and agencies that pay by the day have their schedule, whatever Temporal has lost. */
@Injectable()
export class BatchKeeper {
  constructor(
    private readonly dataSource: DataSource,
    private readonly temporal: TemporalClient,
  ) {}

  /** A run that is there is left as it is; a new one loads what the rows say. */
  async keepRuns(): Promise<number> {
    const underWay = await batchesUnderWay(this.dataSource);
    for (const batchNo of underWay) {
      await this.temporal.within(callLimitMs, (client) =>
        client.workflow.start(payoutBatchType, {
          workflowId: batchWorkflowId(batchNo),
          taskQueue: caseTaskQueue,
          args: [{ batchNo }],
          workflowIdConflictPolicy: 'USE_EXISTING',
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        }),
      );
    }
    return underWay.length;
  }

  /** One schedule for each agency that gathers by itself, at its hour of every day; a fire that was missed is made up for. */
  async keepSchedules(): Promise<number> {
    const settings = await rows<{ agencyId: string; gatherAt: string | null }>(
      this.dataSource,
      `SELECT s.agency_id AS "agencyId", s.gather_at::text AS "gatherAt"
       FROM agency g, payout_setting_of(g.id, (now() AT TIME ZONE 'Asia/Shanghai')::date) s WHERE s.agency_id IS NOT NULL ORDER BY g.id`,
    );
    for (const { agencyId, gatherAt } of settings) await this.keepSchedule(agencyId, gatherAt);
    return settings.length;
  }

  private async keepSchedule(agencyId: string, gatherAt: string | null): Promise<void> {
    const scheduleId = gatherScheduleId(agencyId);
    const [hour, minute] = (gatherAt ?? '0:0').split(':').map(Number) as [number, number];
    const spec = { calendars: [{ hour, minute }], timezone: 'Asia/Shanghai' };
    const action = {
      type: 'startWorkflow' as const,
      workflowType: gatherPayoutsType,
      workflowId: `gather-payouts/${agencyId}`,
      taskQueue: caseTaskQueue,
      args: [{ agencyId }],
    };
    const policies = { overlap: ScheduleOverlapPolicy.BUFFER_ONE, catchupWindow: '3 days' };
    await this.temporal.within(callLimitMs, async ({ schedule }) => {
      try {
        await schedule.create({ scheduleId, spec, action, policies, state: { paused: gatherAt === null } });
      } catch (error) {
        if (!(error instanceof ScheduleAlreadyRunning)) throw error;
        await schedule.getHandle(scheduleId).update((known) => ({
          ...known,
          spec,
          action,
          state: { ...known.state, paused: gatherAt === null },
        }));
      }
    });
  }
}

import { Injectable } from '@nestjs/common';
import { caseTaskQueue, caseWorkflowId, claimApprovalType, type ActResult, type ActUpdate } from '@banjie/contracts';
import { DomainError, errorTable, type ErrorCode } from '@banjie/domain';
import { actUpdate, lookAgainSignal } from '@banjie/workflows/messages';
import {
  isGrpcServiceError,
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { TemporalClient } from './temporal-client';

const startLimitMs = 5_000;
const actLimitMs = 15_000;

/** The cases as the process engine knows them: start one, and put an act to it. */
@Injectable()
export class CaseEngine {
  constructor(private readonly temporal: TemporalClient) {}

  /** Starts the workflow of a received case; one that runs already is left as it is. */
  async start(caseNo: string): Promise<void> {
    await this.temporal.within(startLimitMs, (client) =>
      client.workflow.start(claimApprovalType, {
        workflowId: caseWorkflowId(caseNo),
        taskQueue: caseTaskQueue,
        args: [{ caseNo }],
        workflowIdConflictPolicy: 'USE_EXISTING',
      }),
    );
  }

  /**
   * Puts an act to the case and waits for what became of it. `updateId` makes a repeated call the same act.
   * @throws DomainError the refusal of the workflow or of the transaction; ENGINE_UNAVAILABLE when nobody knows yet
   */
  async act(caseNo: string, updateId: string, update: ActUpdate): Promise<ActResult> {
    try {
      return await this.put(caseNo, updateId, update);
    } catch (error) {
      // The wake-up of a new case may still be under way, or the engine was restored without it: the rows are the record.
      if (!(error instanceof WorkflowNotFoundError)) throw refusalOf(error);
      await this.start(caseNo).catch((failure: unknown) => {
        throw refusalOf(failure);
      });
      return this.put(caseNo, updateId, update).catch((failure: unknown) => {
        throw refusalOf(failure);
      });
    }
  }

  /** The rows know an act that the run may not: lets it read them again. Best effort; the sweeper in apps/jobs comes after us. */
  async lookAgain(caseNo: string): Promise<void> {
    await this.temporal
      .within(startLimitMs, (client) => client.workflow.getHandle(caseWorkflowId(caseNo)).signal(lookAgainSignal))
      .catch(() => undefined);
  }

  private put(caseNo: string, updateId: string, update: ActUpdate): Promise<ActResult> {
    return this.temporal.within(actLimitMs, (client) =>
      client.workflow.getHandle(caseWorkflowId(caseNo)).executeUpdate(actUpdate, { updateId, args: [update] }),
    );
  }
}

/** What an engine's failure means for the person who acts: a refusal by rule, or that nobody knows yet. Anything else is a bug. */
export function refusalOf(error: unknown): unknown {
  if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
    const { type, details } = error.cause;
    if (type && type in errorTable) {
      const [facts, field] = (details ?? []) as [Record<string, unknown>?, (string | null)?];
      return new DomainError(type as ErrorCode, facts ?? {}, field ?? undefined);
    }
    // The run ended while our act was on its way; what the rows say decides, so the same act may be put again.
    if (type === 'AcceptedUpdateCompletedWorkflow') return new DomainError('ENGINE_UNAVAILABLE');
  }
  const unknownOutcome =
    error instanceof WorkflowUpdateRPCTimeoutOrCancelledError ||
    error instanceof WorkflowNotFoundError ||
    // Whatever the server said instead of an answer, a workflow task cut short by its own death among them.
    error instanceof ServiceError ||
    isGrpcServiceError(error);
  return unknownOutcome ? new DomainError('ENGINE_UNAVAILABLE') : error;
}

import { DomainError, type BatchPosition } from '@banjie/domain';
import { findBatch, type BatchRecord } from '@banjie/persistence';
import { toFailure } from '../../cases/refusal';
import { commitBatchAct, type CommitBatchInput } from './batch-acts';
import type { BatchDependencies } from './batch-dependencies';
import { carryOut } from './carry-out';
import { askInDoubt, sendByCalls, sendByFiles } from './dispatch';
import { gatherScheduled } from './scheduled';
import { settle, type Settling } from './settle';

/** The effects of a batch of payouts. Ids, counts and codes travel; each may run twice and then goes on where it stood. */
export interface BatchActivities {
  /** The batch of the day that the schedule asks for; null where nothing waits or the agency gathers by hand. */
  gatherScheduled(input: { agencyId: string }): Promise<{ batchNo: string | null }>;
  loadBatch(input: { batchNo: string }): Promise<BatchPosition>;
  commitBatchAct(input: CommitBatchInput): Promise<BatchPosition>;
  /** Carries the last act out on every case of the batch. */
  carryOutBatch(input: { batchNo: string }): Promise<BatchPosition>;
  /** Sends what may be sent, by calls or by files, and posts what the bank answers at once. */
  sendBatch(input: { batchNo: string }): Promise<{ sent: number }>;
  /** Asks the bank about every order whose word is not known. `resend`: so many were proven not to have been booked. */
  askBatch(input: { batchNo: string }): Promise<{ asked: number; resend: number }>;
  /** Writes the words that came into the cases; settles the batch when none is open. */
  settleBatch(input: { batchNo: string }): Promise<Settling>;
}

const beatEveryMs = 4_000;

/** `beat`: tells the engine that a long activity lives. */
export function createBatchActivities(
  dependencies: BatchDependencies,
  beat: () => void = () => undefined,
): BatchActivities {
  const { dataSource } = dependencies;

  async function get(batchNo: string): Promise<BatchRecord> {
    const batch = await findBatch(dataSource, batchNo);
    if (!batch) throw new DomainError('BATCH_NOT_FOUND', { batchNo });
    return batch;
  }
  const load = async (batchNo: string) => (await get(batchNo)).position;

  const refusing =
    <Input, Answer>(work: (input: Input) => Promise<Answer>) =>
    async (input: Input): Promise<Answer> => {
      // By the clock and not by progress: one call to a slow bank may take longer than silence is borne.
      const beating = setInterval(beat, beatEveryMs);
      try {
        return await work(input);
      } catch (error) {
        throw toFailure(error);
      } finally {
        clearInterval(beating);
      }
    };

  return {
    gatherScheduled: refusing(async ({ agencyId }) => ({ batchNo: await gatherScheduled(dependencies, agencyId) })),
    loadBatch: refusing(({ batchNo }) => load(batchNo)),
    commitBatchAct: refusing((input) => commitBatchAct(dependencies, input)),
    carryOutBatch: refusing(async ({ batchNo }) => {
      await carryOut(dependencies, batchNo, beat);
      return load(batchNo);
    }),
    sendBatch: refusing(async ({ batchNo }) => {
      const { channel } = await get(batchNo);
      return { sent: await (channel === 'file' ? sendByFiles : sendByCalls)(dependencies, batchNo, beat) };
    }),
    askBatch: refusing(async ({ batchNo }) => {
      const { channel } = await get(batchNo);
      return askInDoubt(dependencies, { batchNo, channel }, beat);
    }),
    settleBatch: refusing(({ batchNo }) => settle(dependencies, batchNo, beat)),
  };
}

import type { BatchActivities } from '@banjie/activities';
import type { BatchActResult, BatchActUpdate } from '@banjie/contracts';
import { payoutTaskQueueOf } from '@banjie/contracts/temporal';
import { judgeBatchMove, type BatchPosition } from '@banjie/domain/for-workflows';
import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { batchActUpdate, lookAgainSignal } from '../messages';
import { isId, refusal, refusalIn } from '../refusals';

// Rows alone: retried for as long as PostgreSQL is away, never for a refusal.
const short = {
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '10 seconds' },
};
// Thousands of cases or calls: each goes on where it stood. A worker beats every few seconds while it works on one, so that one that died
// is noticed by its silence, and a batch does not wait for minutes.
const long = {
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds' },
};

const firstAskAfterMs = 1_000;
const longestAskGapMs = 5 * 60_000;

interface PersonsWish {
  update: BatchActUpdate;
  settled: boolean;
  result: BatchActResult | null;
  refusal: ApplicationFailure | null;
}

/**
 * 拨付批次 from 归集 to 结清, one run per batch (`payout-batch/{batchNo}`): waits for three persons, carries each act out on the cases,
 * sends the orders, hears the bank's word about every one of them and writes it into the cases. PostgreSQL says where the batch stands;
 * a restart equals a start.
 */
export async function payoutBatch({ batchNo }: { batchNo: string }): Promise<{ state: string }> {
  let position = null as BatchPosition | null;
  let wish = null as PersonsWish | null;
  let isStale = false;
  const taskQueue = payoutTaskQueueOf(workflowInfo().taskQueue);
  const batches = proxyActivities<BatchActivities>({ ...short, taskQueue });
  const works = proxyActivities<BatchActivities>({ ...long, taskQueue });

  setHandler(
    batchActUpdate,
    async (update) => {
      // State first: the second click of the same moment is refused by the validator below.
      const mine: PersonsWish = { update, settled: false, result: null, refusal: null };
      wish = mine;
      await condition(() => mine.settled);
      if (mine.refusal) throw mine.refusal;
      return mine.result!;
    },
    {
      validator: (update) => {
        if (!isId(update.actionId) || !isId(update.actorId)) throw refusal('FORBIDDEN', {});
        if (wish) throw refusal('BATCH_BUSY', { batchNo, state: '', act: '' });
        if (!position || update.seenSeq > position.seq) return;
        // Whether the act before is carried out, the rows know sooner: the API has asked them, and the commit asks them again.
        const verdict = judgeBatchMove({ ...position, carried: position.state }, update);
        if (!verdict.allowed) throw refusal(verdict.code, verdict.facts);
      },
    },
  );
  setHandler(lookAgainSignal, () => {
    isStale = true;
  });

  position = await batches.loadBatch({ batchNo });
  let gap = firstAskAfterMs;
  // An act that started the run of a batch that is over is answered by the commit.
  while (!isOver(position) || wish) {
    if (wish) {
      await carryOut(wish);
    } else if (position.carried !== position.state) {
      position = await works.carryOutBatch({ batchNo });
    } else if (position.state === 'released') {
      await dispatch();
    } else {
      await condition(() => wish !== null || isStale);
      isStale = false;
      if (!wish) position = await batches.loadBatch({ batchNo });
    }
    if (workflowInfo().continueAsNewSuggested && !wish) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof payoutBatch>({ batchNo });
    }
  }
  await condition(allHandlersFinished);
  return { state: position.state };

  async function carryOut(mine: PersonsWish): Promise<void> {
    const { actionId, act, actorId, seenDigest, reason } = mine.update;
    try {
      position = await batches.commitBatchAct({ batchNo, actionId, act, actorId, seenDigest, reason });
      mine.result = { seq: position.seq, state: position.state };
    } catch (error) {
      const cause = refusalIn(error);
      if (!cause) throw error;
      const [facts, field] = (cause.details ?? []) as [Record<string, unknown>?, (string | null)?];
      mine.refusal = refusal(cause.type ?? 'BATCH_BUSY', facts ?? {}, field ?? null);
      position = await batches.loadBatch({ batchNo });
    }
    mine.settled = true;
    wish = null;
  }

  /** One round: send what may be sent, write the words that came, ask about the rest after longer and longer gaps. Unknown is never resent. */
  async function dispatch(): Promise<void> {
    await works.sendBatch({ batchNo });
    const { open, sendable } = await works.settleBatch({ batchNo });
    if (open > 0) {
      // A hint or the statement may have brought the word first; a person's act goes first too.
      const isTold = await condition(() => wish !== null || isStale, gap);
      isStale = false;
      gap = isTold ? firstAskAfterMs : Math.min(gap * 2, longestAskGapMs);
      if (open > sendable) await works.askBatch({ batchNo });
      await works.settleBatch({ batchNo });
    }
    position = await batches.loadBatch({ batchNo });
  }
}

const isOver = ({ state, carried }: BatchPosition) => state === 'settled' || (state === 'void' && carried === 'void');

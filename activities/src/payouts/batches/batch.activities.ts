import { DomainError, type BatchPosition } from '@banjie/domain';
import { findBatch, rows, type ColumnCipher } from '@banjie/persistence';
import type { DataSource } from 'typeorm';
import { toFailure } from '../../cases/refusal';
import type { PayoutActivities } from '../payout.activities';
import { commitBatchAct, type CommitBatchInput } from './batch-acts';
import { carryOut } from './carry-out';
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
  /** Sends what may be sent, each order once under its own number. */
  sendBatch(input: { batchNo: string }): Promise<{ called: number }>;
  /** Asks the bank about every order whose word is not known. `resend`: so many were proven not to have been booked. */
  askBatch(input: { batchNo: string }): Promise<{ asked: number; resend: number }>;
  /** Writes the words that came into the cases; settles the batch when none is open. */
  settleBatch(input: { batchNo: string }): Promise<Settling>;
}

/** Where death between two sub-steps differs in what it leaves behind; tests fail here. */
export type BatchStep = 'carried' | 'committed' | 'settled';

export interface BatchDependencies {
  dataSource: DataSource;
  cipher: ColumnCipher;
  /** The single order's way to the bank, with its write-ahead rows. */
  payouts: PayoutActivities;
  now?: () => Date;
  /** Calls at the bank at a time. */
  callsAtOnce?: number;
  onStep?: (step: BatchStep) => void | Promise<void>;
}

const ordersAtOnce = 200;

/** `beat`: tells the engine that a long activity lives. */
export function createBatchActivities(
  dependencies: BatchDependencies,
  beat: () => void = () => undefined,
): BatchActivities {
  const { dataSource, payouts, callsAtOnce = 16 } = dependencies;

  async function load(batchNo: string): Promise<BatchPosition> {
    const batch = await findBatch(dataSource, batchNo);
    if (!batch) throw new DomainError('BATCH_NOT_FOUND', { batchNo });
    return batch.position;
  }

  /** Every order of the batch in one of these states, some hundred at a time, `callsAtOnce` of them at the bank together. */
  async function each<Answer>(
    batchNo: string,
    states: readonly string[],
    call: (orderNo: string) => Promise<Answer>,
  ): Promise<Answer[]> {
    const answers: Answer[] = [];
    for (let after = ''; ;) {
      const page = await rows<{ order_no: string }>(
        dataSource,
        `SELECT o.order_no FROM payout_batch_item i JOIN payout_order o ON o.order_no = i.order_no
         WHERE i.batch_no = $1 AND i.left_as IS NULL AND o.state = ANY ($2::text[]) AND o.order_no > $3 ORDER BY o.order_no LIMIT $4`,
        [batchNo, states, after, ordersAtOnce],
      );
      const waiting = page.map((row) => row.order_no);
      const one = async () => {
        for (let orderNo = waiting.shift(); orderNo !== undefined; orderNo = waiting.shift()) {
          answers.push(await call(orderNo));
          beat();
        }
      };
      await Promise.all(Array.from({ length: callsAtOnce }, one));
      if (page.length < ordersAtOnce) return answers;
      after = page.at(-1)!.order_no;
    }
  }

  /** One order that may not leave (its payee is not the approved one) keeps no other from leaving; a person was called. */
  const unless =
    <Answer>(refused: Answer) =>
    (error: unknown) => {
      if ((error as { nonRetryable?: boolean }).nonRetryable) return refused;
      throw error;
    };

  const refusing =
    <Input, Answer>(work: (input: Input) => Promise<Answer>) =>
    (input: Input): Promise<Answer> =>
      work(input).catch((error: unknown) => {
        throw toFailure(error);
      });

  return {
    gatherScheduled: refusing(async ({ agencyId }) => ({ batchNo: await gatherScheduled(dependencies, agencyId) })),
    loadBatch: refusing(({ batchNo }) => load(batchNo)),
    commitBatchAct: refusing((input) => commitBatchAct(dependencies, input)),
    carryOutBatch: refusing(async ({ batchNo }) => {
      await carryOut(dependencies, batchNo, beat);
      return load(batchNo);
    }),
    sendBatch: refusing(async ({ batchNo }) => {
      const words = await each(batchNo, ['released'], (orderNo) =>
        payouts.payOrder({ orderNo }).catch(unless({ word: 'unknown' as const })),
      );
      return { called: words.length };
    }),
    askBatch: refusing(async ({ batchNo }) => {
      const words = await each(batchNo, ['sent', 'unknown'], (orderNo) =>
        payouts.askBank({ orderNo }).catch(unless({ word: 'unknown' as const })),
      );
      return { asked: words.length, resend: words.filter(({ word }) => word === 'resend').length };
    }),
    settleBatch: refusing(({ batchNo }) => settle(dependencies, batchNo, beat)),
  };
}

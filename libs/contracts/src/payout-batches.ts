import {
  batchActs,
  batchLeavings,
  batchStates,
  batchVoidReasons,
  payoutStates,
  type BatchAct,
  type BatchState,
  type BatchVoidReason,
} from '@banjie/domain';
import { z } from 'zod';

const actionId = z.uuid().meta({ description: '由界面生成,重试时不变' });
export const batchNoSchema = z.string().regex(/^[\w-]{1,60}$/, { error: '批次号格式不对' });

/** `POST /api/payout-batches`: gathers on demand. */
export const gatherBatchSchema = z.strictObject({ actionId }).meta({ id: 'GatherPayoutBatch' });
export type GatherBatch = z.infer<typeof gatherBatchSchema>;

/** `POST /api/payout-batches/{batchNo}/acts`. `seenSeq` and `seenDigest` are those of the screen; `reason` is for 作废 alone. */
export const batchActBodySchema = z
  .strictObject({
    actionId,
    act: z.enum(batchActs),
    seenSeq: z.number().int().min(1),
    seenDigest: z.string().regex(/^[0-9a-f]{64}$/, { error: '清单校验值格式不对' }),
    reason: z.enum(batchVoidReasons).optional(),
  })
  .meta({ id: 'PayoutBatchAct' });
export type BatchActBody = z.infer<typeof batchActBodySchema>;

export const batchListQuerySchema = z.strictObject({
  open: z.enum(['true', 'false']).optional(),
  before: batchNoSchema.optional(),
  limit: z.coerce.number().int().min(1).max(100).optional(),
});
export type BatchListQuery = z.infer<typeof batchListQuerySchema>;

const batchHeadSchema = z.object({
  batchNo: z.string(),
  state: z.enum(batchStates),
  stateLabel: z.string(),
  payDate: z.string(),
  occasion: z.enum(['scheduled', 'demand']),
  channel: z.enum(['file', 'http']),
  fundAccount: z.string(),
  seq: z.number(),
  /** False while an act is being carried out on the cases one after another. */
  isCarried: z.boolean(),
  gatheredAt: z.string(),
  settledAt: z.string().nullable(),
  /** Cases in it now. */
  count: z.number(),
  amountFen: z.number(),
  listDigest: z.string(),
  abilities: z.array(z.enum(batchActs)),
});

export const batchesAnswerSchema = z
  .object({ batches: z.array(batchHeadSchema), nextBefore: z.string().nullable() })
  .meta({ id: 'PayoutBatches' });
export type BatchesAnswer = z.infer<typeof batchesAnswerSchema>;

export const batchAnswerSchema = batchHeadSchema
  .extend({
    orders: z.array(
      z.object({ state: z.enum(payoutStates), label: z.string(), count: z.number(), amountFen: z.number() }),
    ),
    left: z.array(z.object({ code: z.enum(batchLeavings), label: z.string(), count: z.number() })),
    acts: z.array(
      z.object({
        seq: z.number(),
        act: z.string(),
        label: z.string(),
        actor: z.string(),
        at: z.string(),
        reason: z.string().nullable(),
        count: z.number().nullable(),
        amountFen: z.number().nullable(),
      }),
    ),
  })
  .meta({ id: 'PayoutBatch' });
export type BatchAnswer = z.infer<typeof batchAnswerSchema>;

export const batchItemsQuerySchema = z.strictObject({
  after: z.string().max(60).optional(),
  limit: z.coerce.number().int().min(1).max(500).optional(),
});
export type BatchItemsQuery = z.infer<typeof batchItemsQuerySchema>;

export const batchItemsAnswerSchema = z
  .object({
    items: z.array(
      z.object({
        caseNo: z.string(),
        amountFen: z.number(),
        orderNo: z.string().nullable(),
        orderState: z.enum(payoutStates).nullable(),
        orderStateLabel: z.string().nullable(),
        leftAs: z.enum(batchLeavings).nullable(),
        leftLabel: z.string().nullable(),
      }),
    ),
    nextAfter: z.string().nullable(),
  })
  .meta({ id: 'PayoutBatchItems' });
export type BatchItemsAnswer = z.infer<typeof batchItemsAnswerSchema>;

/** The update `batchAct` of `payoutBatch`: ids, codes and a digest. */
export interface BatchActUpdate {
  actionId: string;
  act: BatchAct;
  actorId: string;
  seenSeq: number;
  seenDigest: string;
  reason: BatchVoidReason | null;
}

export interface BatchActResult {
  seq: number;
  state: BatchState;
}

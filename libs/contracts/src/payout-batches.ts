import {
  batchActs,
  batchLeavings,
  batchStates,
  batchVoidReasons,
  payoutStates,
  reserveReasons,
  type BatchAct,
  type BatchState,
  type BatchVoidReason,
} from '@banjie/domain';
import { z } from 'zod';
import { bankFileFaultSchema } from './bank-uploads';
import { trimmedText } from './text';

const actionId = z.uuid().meta({ description: '由界面生成,重试时不变' });
const seenDigest = z.string().regex(/^[0-9a-f]{64}$/, { error: '清单校验值格式不对' });
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
    seenDigest,
    reason: z.enum(batchVoidReasons).optional(),
  })
  .meta({ id: 'PayoutBatchAct' });
export type BatchActBody = z.infer<typeof batchActBodySchema>;

/**
 * `POST /api/payout-batches/{batchNo}/reserve-approval`: 分管领导 lets this very list go below the reserve of the 支出户, once (R-FN-09).
 * `document` is the number of the paper on which it was approved.
 */
export const approveReserveSchema = z
  .strictObject({ actionId, seenDigest, reason: z.enum(reserveReasons), document: trimmedText(100).min(1) })
  .meta({ id: 'ApproveReserve' });
export type ApproveReserve = z.infer<typeof approveReserveSchema>;

export const batchListQuerySchema = z.strictObject({
  open: z.enum(['true', 'false']).optional(),
  before: batchNoSchema.optional(),
  limit: z.coerce.number().int().min(1).max(100).optional(),
});
export type BatchListQuery = z.infer<typeof batchListQuerySchema>;

/** The 支出户 if this batch is released now; null once it was released or made void. 分 throughout. */
const batchReserveSchema = z.object({
  state: z.enum(['kept', 'short', 'balanceUnknown']),
  label: z.string(),
  /** By the bank's last stated balance and all booked since; null: none is known. */
  balanceFen: z.number().nullable(),
  statedAt: z.string().nullable(),
  /** Released before and not yet booked. */
  committedFen: z.number(),
  reserveFen: z.number(),
  afterFen: z.number().nullable(),
  shortFen: z.number(),
  /** Of the list as it stands now. */
  approval: z.object({ downToFen: z.number(), reasonLabel: z.string(), at: z.string() }).nullable(),
  mayApprove: z.boolean(),
});

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
    reserve: batchReserveSchema.nullable(),
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

/**
 * `GET /api/payout-batches/{batchNo}/files`: what was written to the bank for a batch, part by part, and what it answered; each as its exact
 * bytes were kept. Names no person and no account.
 */
export const batchFilesSchema = z
  .object({
    items: z.array(
      z.object({
        kind: z.enum(['payments', 'results']),
        kindLabel: z.string(),
        /** From 1; of results, that of the file they answer. */
        part: z.number(),
        name: z.string(),
        /** Of the bytes as they went or came. */
        sha256: z.string(),
        byteCount: z.number(),
        /** The file's own number. */
        messageId: z.string().nullable(),
        lineCount: z.number(),
        totalFen: z.number(),
        state: z.enum(['written', 'taken', 'refused', 'received', 'waiting', 'posted', 'ownCase']),
        stateLabel: z.string(),
        /** Of a payment file of which the bank pays nothing: why. */
        refusedLabel: z.string().nullable(),
        /** Results alone: over the line, or brought on a medium by one person and confirmed by another. */
        cameBy: z.enum(['line', 'medium']).nullable(),
        /** How often the upload was begun, and the last time. */
        uploads: z.number(),
        uploadedAt: z.string().nullable(),
        writtenAt: z.string(),
        endedAt: z.string().nullable(),
        /** Orders that could not go with the file. */
        leftOut: z.array(z.object({ orderNo: z.string(), label: z.string() })),
        faults: z.array(bankFileFaultSchema),
      }),
    ),
  })
  .meta({ id: 'PayoutBatchFiles' });
export type BatchFiles = z.infer<typeof batchFilesSchema>;

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

import { payoutStates } from '@banjie/domain';
import { z } from 'zod';
import { trimmedText } from './text';

export const exportIdSchema = z.uuid();

/** `POST /api/finance/exports`. `id` is made by the screen and kept when it asks again; `of` is the batch, or the month as 2026-11. */
export const askExportSchema = z
  .discriminatedUnion('list', [
    z.strictObject({ id: z.uuid(), list: z.literal('batchOrders'), of: trimmedText(40).min(1) }),
    z.strictObject({
      id: z.uuid(),
      list: z.literal('monthOrders'),
      of: z.string().regex(/^20\d\d-(0[1-9]|1[0-2])$/, { error: '须为月份,如 2026-11' }),
    }),
  ])
  .meta({ id: 'AskExport' });
export type AskExport = z.infer<typeof askExportSchema>;

/** A list that staff asked for: made in the background, kept for seven days. */
export const exportViewSchema = z
  .object({
    id: z.string(),
    list: z.enum(['batchOrders', 'monthOrders']),
    listLabel: z.string(),
    of: z.string(),
    state: z.enum(['making', 'ready', 'expired', 'failed']),
    stateLabel: z.string(),
    askedBy: z.string(),
    askedAt: z.string(),
    rowCount: z.number().nullable(),
    sha256: z.string().nullable(),
    expiresAt: z.string().nullable(),
  })
  .meta({ id: 'ExportView' });
export type ExportView = z.infer<typeof exportViewSchema>;

export const exportListSchema = z.object({ items: z.array(exportViewSchema) }).meta({ id: 'ExportList' });
export type ExportViews = z.infer<typeof exportListSchema>;

/** `GET /api/cases/{caseNo}/payment-receipts`: 拨付凭证, one for each order that was paid. */
export const paymentReceiptsSchema = z
  .object({
    items: z.array(
      z.object({
        orderNo: z.string(),
        agencyName: z.string(),
        fundAccount: z.string(),
        payeeName: z.string(),
        payeeAccount: z.string(),
        amountFen: z.number(),
        /** 大写金额. */
        amountInWords: z.string(),
        paidAt: z.string(),
        bankReference: z.string().nullable(),
        /** What has become of the payment since: paid, or returned (退票). */
        state: z.enum(payoutStates),
        stateLabel: z.string(),
        madeAt: z.string(),
      }),
    ),
  })
  .meta({ id: 'PaymentReceipts' });
export type PaymentReceipts = z.infer<typeof paymentReceiptsSchema>;

import { bookAccounts } from '@banjie/domain';
import { z } from 'zod';
import { financeProposalIdSchema, proposalFields } from './finance';
import { trimmedText } from './text';

const sumSchema = z.object({ count: z.number(), fen: z.number() });

/** What one side has and the other has not yet (未达账项), the oldest first. */
const openGroupSchema = z.object({
  label: z.string(),
  count: z.number(),
  fen: z.number(),
  items: z.array(
    z.object({
      orderNo: z.string().nullable(),
      entryNo: z.number().nullable(),
      /** The day in Shanghai: when it was sent, or when the bank booked it. */
      date: z.string(),
      amountFen: z.number(),
      /** Masked; null where nobody of ours is known. */
      payee: z.string().nullable(),
    }),
  ),
});

const sideSchema = z.object({
  balanceFen: z.number(),
  plus: openGroupSchema,
  minus: openGroupSchema,
  adjustedFen: z.number(),
});

/**
 * 银行存款余额调节表 of a month (第九十九条, R-FN-08). `bank` begins with the balance that the bank's statement states, `books` with that of
 * our journal: what is on the account by our papers, what was sent counted as gone. Both come to the same where `differenceFen` is 0.
 */
export const reconciliationStatementSchema = z
  .object({
    agencyId: z.string(),
    agencyName: z.string(),
    fundAccount: z.string(),
    month: z.string(),
    /** The end of the month; of a month whose statements have not all come, the end of the last of them. */
    asOf: z.string(),
    isComplete: z.boolean(),
    /** The bank's statement that it stands on; `sha256` is of the exact file. */
    statement: z.object({ statementId: z.string(), sequenceNo: z.number().nullable(), sha256: z.string() }),
    bank: sideSchema,
    books: sideSchema,
    differenceFen: z.number(),
    /** Every entry of the month is in one of matched, cleared and exceptions; in transit is what left and is on no statement. */
    parts: z.object({
      entries: sumSchema,
      matched: sumSchema,
      cleared: sumSchema,
      exceptions: sumSchema,
      inTransit: sumSchema,
    }),
    /** Entries that the bank told during the month and that stand on none of its statements. */
    unstated: sumSchema,
    /** Carried over to the next month. */
    accounts: z.array(
      z.object({
        account: z.enum(bookAccounts),
        label: z.string(),
        debitFen: z.number(),
        creditFen: z.number(),
        balanceFen: z.number(),
      }),
    ),
  })
  .meta({ id: 'ReconciliationStatement' });
export type ReconciliationStatement = z.infer<typeof reconciliationStatementSchema>;

export const monthCloseSchema = z
  .object({
    id: z.string(),
    month: z.string(),
    bankFen: z.number(),
    journalFen: z.number(),
    adjustedFen: z.number(),
    ...proposalFields,
  })
  .meta({ id: 'MonthClose' });
export type MonthClose = z.infer<typeof monthCloseSchema>;

/** `GET /api/finance/reconciliation-statements/{month}`. A closed month answers what was kept when it was closed, for ever. */
export const reconciliationStatementAnswerSchema = z
  .object({
    state: z.enum(['open', 'closed']),
    closedAt: z.string().nullable(),
    /** The closing that waits for its second person, or the one that closed it. */
    close: monthCloseSchema.nullable(),
    statement: reconciliationStatementSchema,
  })
  .meta({ id: 'ReconciliationStatementAnswer' });
export type ReconciliationStatementAnswer = z.infer<typeof reconciliationStatementAnswerSchema>;

/** `POST /api/finance/reconciliation-statements/{month}/close`. `id` is made by the screen and kept when it asks again. */
export const proposeMonthCloseSchema = z
  .strictObject({
    id: financeProposalIdSchema,
    /** What was looked at; sealed. */
    text: trimmedText(2_000).min(1),
  })
  .meta({ id: 'ProposeMonthClose' });
export type ProposeMonthClose = z.infer<typeof proposeMonthCloseSchema>;

export const refuseMonthCloseSchema = z
  .strictObject({ reason: trimmedText(500).min(1) })
  .meta({ id: 'RefuseMonthClose' });
export type RefuseMonthClose = z.infer<typeof refuseMonthCloseSchema>;

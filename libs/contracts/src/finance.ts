import {
  bookAccounts,
  clearingReasons,
  clearings,
  doubtfulMeanings,
  entryKinds,
  payoutStates,
  type ClearingReason,
} from '@banjie/domain';
import { z } from 'zod';
import { trimmedText } from './text';

/** What every proposal of finance says of itself: why, by whom, and what the second person made of it. */
export const proposalFields = {
  text: z.string(),
  document: z.object({ number: z.string(), text: z.string() }),
  proposedBy: z.string(),
  proposedAt: z.string(),
  state: z.enum(['proposed', 'confirmed', 'refused']),
  decidedBy: z.string().nullable(),
  decidedAt: z.string().nullable(),
  decisionReason: z.string().nullable(),
  mayDecide: z.boolean(),
};

const sumSchema = z.object({ count: z.number(), fen: z.number() });

export const exceptionReasons = [...doubtfulMeanings, 'notOnStatement'] as const;

/** `GET /api/finance/reconciliation?date=` and `GET /api/finance/books?date=`: a calendar day in Shanghai, today where none is given. */
export const financeDayQuerySchema = z.strictObject({
  date: z.iso.date({ error: '须为日期,如 2026-11-24' }).optional(),
});
export type FinanceDayQuery = z.infer<typeof financeDayQuerySchema>;

/**
 * One day of the 支出户 against the bank's statement, by reference and amount and payee. Every line of the statement is in `matched` or in
 * `exceptions`; what left by our word and is on no statement is in `inTransit`, or an exception once the bank has had its working day.
 */
export const reconciliationSchema = z
  .object({
    date: z.string(),
    agencyId: z.string(),
    fundAccount: z.string(),
    bank: z.object({ debits: sumSchema, returns: sumSchema, credits: sumSchema }),
    matched: z.object({ debits: sumSchema, returns: sumSchema, credits: sumSchema }),
    inTransit: sumSchema,
    exceptions: z.array(
      z.object({
        side: z.enum(['bank', 'books']),
        entryNo: z.number().nullable(),
        kind: z.enum(entryKinds),
        /** Null of money that came in and is no order's. */
        orderNo: z.string().nullable(),
        orderState: z.enum(payoutStates).nullable(),
        orderStateLabel: z.string().nullable(),
        amountFen: z.number(),
        reason: z.enum(exceptionReasons),
        reasonLabel: z.string(),
        /** What two persons have found it to be, where it is no order's. */
        clearing: z.enum(clearings).nullable(),
        clearingLabel: z.string().nullable(),
        at: z.string(),
      }),
    ),
    /** Over all that ever moved: statement − journal − what is paid and not on the statement = difference, 0 where the books are whole. */
    balance: z.object({
      bankFen: z.number(),
      journalFen: z.number(),
      paidNotOnStatementFen: z.number(),
      differenceFen: z.number(),
    }),
  })
  .meta({ id: 'Reconciliation' });
export type ReconciliationAnswer = z.infer<typeof reconciliationSchema>;

/** The trial balance at the end of a day; `balanceFen` is debit − credit. */
export const booksAnswerSchema = z
  .object({
    date: z.string(),
    agencyId: z.string(),
    accounts: z.array(
      z.object({
        account: z.enum(bookAccounts),
        label: z.string(),
        debitFen: z.number(),
        creditFen: z.number(),
        balanceFen: z.number(),
      }),
    ),
    total: z.object({ debitFen: z.number(), creditFen: z.number() }),
  })
  .meta({ id: 'BooksAnswer' });
export type BooksAnswer = z.infer<typeof booksAnswerSchema>;

export const entryNoSchema = z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER);
export const financeProposalIdSchema = z.uuid();

/** `GET /api/finance/exceptions?after=`: `after` is the last entry of the page before. */
export const suspenseQuerySchema = z.strictObject({ after: entryNoSchema.optional() });
export type SuspenseQuery = z.infer<typeof suspenseQuerySchema>;

/** `POST /api/finance/exceptions/{entryNo}/proposals`. `id` is made by the screen and kept when it asks again. */
export const proposeClearingSchema = z
  .strictObject({
    id: z.uuid(),
    clearing: z.enum(clearings),
    /** With belongsToOrder alone. */
    orderNo: trimmedText(40).min(1).optional(),
    /** With reversed alone: the entry by which the bank took it back. */
    counterEntryNo: z.int().positive().optional(),
    /** With recovered alone: the claim that it came in for. */
    recoveryNo: trimmedText(60).min(1).optional(),
    reason: z.enum(Object.keys(clearingReasons) as [ClearingReason, ...ClearingReason[]]),
    /** What was found out; sealed, as is the document. */
    text: trimmedText(2_000).min(1),
    /** The bank's letter or advice that it stands on: its number, and what it says. */
    document: z.strictObject({ number: trimmedText(100).min(1), text: trimmedText(20_000).min(1) }),
  })
  .meta({ id: 'ProposeClearing' });
export type ProposeClearing = z.infer<typeof proposeClearingSchema>;

export const refuseClearingSchema = z.strictObject({ reason: trimmedText(500).min(1) }).meta({ id: 'RefuseClearing' });
export type RefuseClearing = z.infer<typeof refuseClearingSchema>;

export const clearingProposalSchema = z
  .object({
    id: z.string(),
    entryNo: z.number(),
    clearing: z.enum(clearings),
    clearingLabel: z.string(),
    orderNo: z.string().nullable(),
    counterEntryNo: z.number().nullable(),
    recoveryNo: z.string().nullable(),
    reason: z.string(),
    reasonLabel: z.string(),
    ...proposalFields,
  })
  .meta({ id: 'ClearingProposal' });
export type ClearingProposal = z.infer<typeof clearingProposalSchema>;

/** What stands under 待查, the oldest first; 分, and age in WD since the bank booked it. */
export const suspenseSchema = z
  .object({
    items: z.array(
      z.object({
        entryNo: z.number(),
        kind: z.enum(entryKinds),
        kindLabel: z.string(),
        orderNo: z.string().nullable(),
        caseNo: z.string().nullable(),
        amountFen: z.number(),
        at: z.string(),
        ageWorkingDays: z.number(),
        meaning: z.enum(doubtfulMeanings),
        meaningLabel: z.string(),
        /** What it may be found to be. */
        clearings: z.array(z.object({ clearing: z.enum(clearings), label: z.string() })),
        /** Orders in doubt of the same account and amount: the bank may have booked one of them under another number. */
        fittingOrders: z.array(z.string()),
        proposal: clearingProposalSchema.nullable(),
      }),
    ),
    /** `after` of the next page; null: this is the last. */
    next: z.number().nullable(),
    total: z.object({ count: z.number(), debitFen: z.number(), returnFen: z.number(), creditFen: z.number() }),
  })
  .meta({ id: 'Suspense' });
export type Suspense = z.infer<typeof suspenseSchema>;

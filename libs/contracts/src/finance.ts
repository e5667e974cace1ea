import { bookAccounts, payoutStates } from '@banjie/domain';
import { z } from 'zod';

const sumSchema = z.object({ count: z.number(), fen: z.number() });

export const exceptionReasons = [
  'unknownOrder',
  'otherAmount',
  'otherPayee',
  'bookedTwice',
  'impossible',
  'notOnStatement',
] as const;

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
    bank: z.object({ debits: sumSchema, returns: sumSchema }),
    matched: z.object({ debits: sumSchema, returns: sumSchema }),
    inTransit: sumSchema,
    exceptions: z.array(
      z.object({
        side: z.enum(['bank', 'books']),
        entryNo: z.number().nullable(),
        kind: z.enum(['debit', 'return']),
        orderNo: z.string(),
        orderState: z.enum(payoutStates).nullable(),
        orderStateLabel: z.string().nullable(),
        amountFen: z.number(),
        reason: z.enum(exceptionReasons),
        reasonLabel: z.string(),
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

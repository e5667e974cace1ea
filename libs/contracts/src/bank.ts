import { z } from 'zod';

/*
 * The wire of the HTTP bank (apps/bank stands in for it). Amounts are whole 分, instants are ISO strings with an offset.
 * Personal data (names, account numbers) travels in bodies only, never in a path or a query.
 */

const amountFenSchema = z.int().positive();
const accountSchema = z.string().regex(/^[0-9A-Za-z]{4,40}$/);
const instantSchema = z.iso.datetime({ offset: true });

/** The payout order's own number: the bank's reference for a payment, and it never changes (architecture § 5). */
export const bankOrderNoSchema = z.string().regex(/^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$/);

/** `POST /payments` */
export const bankPaymentSchema = z.strictObject({
  orderNo: bankOrderNoSchema,
  amountFen: amountFenSchema,
  fundAccount: accountSchema,
  payeeName: z.string().min(1).max(200),
  payeeAccount: accountSchema,
  payeeBankCode: accountSchema,
});
export type BankPayment = z.infer<typeof bankPaymentSchema>;

/**
 * Answer to `POST /payments` with 200: `booked` (money left the fund account), `refused` (nothing left, proven and final
 * for this number) or, with 202, `accepted`: the bank has it and books it later; ask by order number. The same body
 * again gets the first result with `duplicate: true`; another body under a known number gets 409 (`bankErrorSchema`,
 * ORDER_NUMBER_REUSED), which says nothing about the order that the number belongs to. 400 and 422 say that what is in the call is not
 * taken: nothing was booked for it. No other status says that.
 */
export const bankPaymentAnswerSchema = z.object({
  orderNo: bankOrderNoSchema,
  status: z.enum(['booked', 'refused', 'accepted']),
  bankReference: z.string(),
  bookedAt: instantSchema.nullable(),
  duplicate: z.boolean(),
  reason: z.string().optional(),
});
export type BankPaymentAnswer = z.infer<typeof bankPaymentAnswerSchema>;

/**
 * `GET /payments/:orderNo`. `notReceived` proves that nothing was booked only while `inFlight` is false. A booked
 * payment that came back stays `booked` and carries `returned` (退票); the statement has the entry.
 */
export const bankQueryAnswerSchema = z.object({
  orderNo: bankOrderNoSchema,
  status: z.enum(['booked', 'refused', 'notReceived']),
  inFlight: z.boolean(),
  amountFen: amountFenSchema.optional(),
  bankReference: z.string().optional(),
  bookedAt: instantSchema.nullable().optional(),
  reason: z.string().optional(),
  returned: z.object({ at: instantSchema, reason: z.string(), entryNo: z.int() }).optional(),
});
export type BankQueryAnswer = z.infer<typeof bankQueryAnswerSchema>;

/** One line of the account: `debit` pays out, `return` brings a payment back (退票). `entryNo` counts from 1 without gaps. */
export const bankStatementEntrySchema = z.object({
  entryNo: z.int().positive(),
  kind: z.enum(['debit', 'return']),
  orderNo: bankOrderNoSchema,
  amountFen: amountFenSchema,
  at: instantSchema,
  bankReference: z.string(),
  fundAccount: accountSchema,
  payeeAccount: accountSchema,
  reason: z.string().optional(),
});
export type BankStatementEntry = z.infer<typeof bankStatementEntrySchema>;

/** Money that came in and belongs to no payment of ours; it is counted in the same `entryNo` as the payments. */
export const bankReceiptEntrySchema = z.object({
  entryNo: z.int().positive(),
  kind: z.literal('credit'),
  amountFen: amountFenSchema,
  at: instantSchema,
  bankReference: z.string(),
  fundAccount: accountSchema,
  /** Null where the bank itself pays (interest), or does not say. */
  payerAccount: accountSchema.nullable(),
  purpose: z.enum(['transfer', 'interest']),
});
export type BankReceiptEntry = z.infer<typeof bankReceiptEntrySchema>;
export type BankAccountLine = BankStatementEntry | BankReceiptEntry;

/**
 * `POST /receipts`: money comes in at the bank's counter. The same body under a known number gets the first answer, another one 409
 * (RECEIPT_NUMBER_REUSED).
 */
export const bankReceiptSchema = z.strictObject({
  receiptNo: bankOrderNoSchema,
  fundAccount: accountSchema,
  amountFen: amountFenSchema,
  payerAccount: accountSchema.nullable(),
  purpose: z.enum(['transfer', 'interest']),
});
export type BankReceipt = z.infer<typeof bankReceiptSchema>;

/**
 * `GET /statement?after=0&limit=500`: payments in `entries`, other money in `receipts`, all with `entryNo > after`, each in order; go on
 * from `nextAfter` while `hasMore`.
 */
export const bankStatementQuerySchema = z.object({
  after: z.coerce.number().int().nonnegative().default(0),
  limit: z.coerce.number().int().min(1).max(5000).default(500),
});
export const bankStatementSchema = z.object({
  entries: z.array(bankStatementEntrySchema),
  receipts: z.array(bankReceiptEntrySchema),
  nextAfter: z.int().nonnegative(),
  hasMore: z.boolean(),
});
export type BankStatement = z.infer<typeof bankStatementSchema>;

/** `GET /ledger/summary`: what is in the books, counted from the entries themselves, to prove that nothing was paid twice. */
export const bankLedgerSummarySchema = z.object({
  debits: z.object({ count: z.int(), sumFen: z.int() }),
  returns: z.object({ count: z.int(), sumFen: z.int() }),
  receipts: z.object({ count: z.int(), sumFen: z.int() }),
  refusedCount: z.int(),
  acceptedCount: z.int(),
  accounts: z.array(z.object({ fundAccount: accountSchema, openingFen: z.int(), balanceFen: z.int() })),
  /** Bookings per order number; every value must be 1. */
  bookingsByOrder: z.record(z.string(), z.int()),
  ordersBookedTwice: z.array(z.string()),
});
export type BankLedgerSummary = z.infer<typeof bankLedgerSummarySchema>;

/**
 * Answer to `POST /files`, a pain.001 (`application/xml`) or a CSV for 批量代发 (`text/csv; charset=gb18030` or `utf-8`): the
 * same bytes again get the first answer with `duplicate: true` and pay nothing. A file refused as a whole gets
 * `bankErrorSchema` with 400, 413, 415 or 422 and nothing of it is paid; other bytes under a known message number get 409 (FILE_NUMBER_REUSED).
 * The result is at `GET /files/:fileId/result`, in the file's own form.
 */
export const bankFileAnswerSchema = z.object({
  /** SHA-256 of the bytes. */
  fileId: z.string(),
  messageId: z.string(),
  count: z.int(),
  sumFen: z.int(),
  /** Lines that were not taken, and why. */
  faults: z.array(z.object({ line: z.int().nullable(), code: z.string(), orderNo: z.string().nullable() })),
  duplicate: z.boolean(),
});
export type BankFileAnswer = z.infer<typeof bankFileAnswerSchema>;

/**
 * `GET /files/:fileId`, whether the bank has a file. `notReceived` proves that nothing of it was paid only while `inFlight` is false
 * (no upload is under way).
 */
export const bankFileQueryAnswerSchema = z.object({
  fileId: z.string(),
  status: z.enum(['received', 'notReceived']),
  inFlight: z.boolean(),
});
export type BankFileQueryAnswer = z.infer<typeof bankFileQueryAnswerSchema>;

/**
 * The bank closes the period of an account at every midnight in Beijing; `POST /statements` closes the running one, however short.
 * Periods are numbered from 1, also those in which nothing moved;
 * `GET /statement/camt053?fundAccount=&sequenceNo=` gives the statement of a closed period, the same each time.
 */
export const bankStatementOrderSchema = z.strictObject({ fundAccount: accountSchema });
export const bankClosedStatementSchema = z.object({ fundAccount: accountSchema, sequenceNo: z.int().positive() });
export type BankClosedStatement = z.infer<typeof bankClosedStatementSchema>;
export const bankStatementFileQuerySchema = z.object({
  fundAccount: accountSchema,
  sequenceNo: z.coerce.number().int().positive(),
});

/** `POST /accounts`: opens a fund account with a balance of one's own; unknown ones open by themselves with a large one. */
export const bankAccountOpeningSchema = z.strictObject({
  fundAccount: accountSchema,
  balanceFen: z.int().nonnegative(),
});
export type BankAccountOpening = z.infer<typeof bankAccountOpeningSchema>;

const millisecondsSchema = z
  .int()
  .min(0)
  .max(366 * 86_400_000);
const faultReasonSchema = z.string().min(1).max(200);

/**
 * Which calls a fault meets: every condition that is given must hold; none means all calls. `next: n` wears out after
 * n of them, otherwise the fault stays until it is deleted.
 */
export const bankFaultMatchSchema = z.strictObject({
  orderNo: bankOrderNoSchema.optional(),
  payeeAccount: accountSchema.optional(),
  /** A payment by call, or an upload of a file. */
  operation: z.enum(['pay', 'file']).optional(),
  next: z.int().min(1).max(1_000_000).optional(),
});

/**
 * Faults to switch on, one per call, the oldest that fits first:
 * - `lostReplyBeforeBooking` the connection breaks, nothing is booked; `lostReplyAfterBooking` it breaks after booking.
 * - `slow` waits `ms`, then books and answers; `slowReply` books, then waits `ms` with the answer.
 * - `refuse` with `reason`. `returnAfter` books and brings the money back after `ms` (退票).
 * - `outage` answers 503 to payments, queries and statements, for `calls` calls, for `ms`, or until deleted.
 * - `duplicateReply` answers a first booking as if it were a repeated one.
 * - `lateSuccess` answers `accepted` and books after `ms`.
 * - `partialFile` leaves a payment out of a result file; `wrongAmount` writes its amount `byFen` more or less there and in
 *   a statement file, `unknownReference` another order number. What is booked stays as it is.
 * - `turnAway` answers 422 to a payment, and to a whole file with a line that it meets; `lineNotTaken` takes the file without that line and
 *   names it. Nothing of either stands in the books.
 * - `outOfOrderStatement` gives the statement before the one that was asked for, its entries backwards.
 * Those about the outcome (`refuse`, `returnAfter`, `lateSuccess`) meet only order numbers the bank has not decided yet.
 */
export const bankFaultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('lostReplyBeforeBooking'), match: bankFaultMatchSchema }),
  z.strictObject({ kind: z.literal('lostReplyAfterBooking'), match: bankFaultMatchSchema }),
  z.strictObject({ kind: z.literal('slow'), match: bankFaultMatchSchema, ms: millisecondsSchema }),
  z.strictObject({ kind: z.literal('slowReply'), match: bankFaultMatchSchema, ms: millisecondsSchema }),
  z.strictObject({ kind: z.literal('refuse'), match: bankFaultMatchSchema, reason: faultReasonSchema }),
  z.strictObject({
    kind: z.literal('returnAfter'),
    match: bankFaultMatchSchema,
    ms: millisecondsSchema,
    reason: faultReasonSchema,
  }),
  z.strictObject({
    kind: z.literal('outage'),
    match: bankFaultMatchSchema,
    calls: z.int().min(1).optional(),
    ms: millisecondsSchema.optional(),
  }),
  z.strictObject({ kind: z.literal('duplicateReply'), match: bankFaultMatchSchema }),
  z.strictObject({ kind: z.literal('lateSuccess'), match: bankFaultMatchSchema, ms: millisecondsSchema }),
  z.strictObject({ kind: z.literal('partialFile'), match: bankFaultMatchSchema }),
  z.strictObject({ kind: z.literal('wrongAmount'), match: bankFaultMatchSchema, byFen: z.int() }),
  z.strictObject({ kind: z.literal('unknownReference'), match: bankFaultMatchSchema }),
  z.strictObject({ kind: z.literal('turnAway'), match: bankFaultMatchSchema }),
  z.strictObject({ kind: z.literal('lineNotTaken'), match: bankFaultMatchSchema }),
  z.strictObject({ kind: z.literal('outOfOrderStatement'), match: bankFaultMatchSchema }),
]);
export type BankFault = z.infer<typeof bankFaultSchema>;
export type BankFaultKind = BankFault['kind'];

/** One switched-on fault in the answers of `/faults`. */
export interface BankFaultListing {
  faultId: string;
  fault: BankFault;
  setAt: string;
  /** Calls it will still meet; `null` without a number. */
  callsLeft: number | null;
  /** How often it has met a call. */
  met: number;
}

/** Every answer that is not 2xx. */
export const bankErrorSchema = z.object({ code: z.string(), message: z.string() });
export type BankError = z.infer<typeof bankErrorSchema>;

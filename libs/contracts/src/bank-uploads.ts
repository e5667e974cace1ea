import { z } from 'zod';
import { trimmedText } from './text';

/** The bytes a bank file that is brought on a medium may have; some twenty-five thousand lines of a pain.002. */
export const bankUploadBytes = 20 * 1024 * 1024;

export const bankUploadShaSchema = z.string().regex(/^[0-9a-f]{64}$/, { error: '须为文件的校验值(64 位小写十六进制)' });

/** `GET /api/finance/bank-files?before=`: the instant of the last one seen. */
export const bankUploadsQuerySchema = z.strictObject({ before: z.iso.datetime({ offset: true }).optional() });
export type BankUploadsQuery = z.infer<typeof bankUploadsQuerySchema>;

/** What was found in a file of the bank. */
export const bankFileFaultSchema = z.object({
  /** Null: of the file as a whole, nothing of which is posted. */
  line: z.number().nullable(),
  code: z.string(),
  message: z.string(),
  next: z.string(),
  orderNo: z.string().nullable(),
  amountFen: z.number().nullable(),
});

/**
 * A file of the bank that a person brought. `received`: not read yet; `checked`: nothing is posted before a second person confirms;
 * `confirmed`: being posted; `waiting`: a statement before whose turn others come; `posted`; `refused` by us as a whole; `declined` by the
 * second person.
 */
export const bankUploadSchema = z
  .object({
    sha256: z.string(),
    name: z.string(),
    byteCount: z.number(),
    state: z.enum(['received', 'checked', 'confirmed', 'waiting', 'posted', 'refused', 'declined']),
    stateLabel: z.string(),
    /** These bytes had been brought before; nothing was done again. */
    isRepeated: z.boolean(),
    kind: z.enum(['results', 'statement']).nullable(),
    kindLabel: z.string().nullable(),
    messageId: z.string().nullable(),
    batchNo: z.string().nullable(),
    lineCount: z.number(),
    totalFen: z.number(),
    /** Lines to be posted, or that were; the first two thousand. */
    lines: z.array(
      z.object({
        orderNo: z.string().nullable(),
        outcome: z.string(),
        outcomeLabel: z.string(),
        amountFen: z.number(),
      }),
    ),
    faults: z.array(bankFileFaultSchema),
    broughtBy: z.string(),
    broughtAt: z.string(),
    decidedBy: z.string().nullable(),
    decidedAt: z.string().nullable(),
    mayDecide: z.boolean(),
  })
  .meta({ id: 'BankUpload' });
export type BankUploadView = z.infer<typeof bankUploadSchema>;

export const bankUploadsSchema = z
  .object({
    items: z.array(bankUploadSchema.omit({ lines: true, faults: true }).extend({ faultCount: z.number() })),
    next: z.string().nullable(),
  })
  .meta({ id: 'BankUploads' });
export type BankUploads = z.infer<typeof bankUploadsSchema>;

export const declineBankUploadSchema = z
  .strictObject({ reason: trimmedText(500).min(1) })
  .meta({ id: 'DeclineBankUpload' });
export type DeclineBankUpload = z.infer<typeof declineBankUploadSchema>;

import {
  hospitalGrades,
  insuranceSchemes,
  kinRelations,
  outsideReasons,
  papers,
  stages,
  type FilingBody,
  type StatementLine,
} from '@banjie/domain';
import { z } from 'zod';
import { matterNameSchema } from './matters';
import { trimmedText as text } from './text';

/*
 * Filing (收件). Which parts of the body a matter asks for is said by its definition: those of a claim, or the fields of its
 * form; the others are refused. A draft may be incomplete: every field may be missing or null, what is filled must have the right
 * shape. Unknown keys are refused. Amounts are whole 分 (0 … 2^53−1), dates 'YYYY-MM-DD' in Asia/Shanghai.
 */

/** The most of each thing that one filing may hold (issue 3 § 3). */
export const filingLimits = {
  invoices: 200,
  statementLines: 5_000,
  attachments: 60,
  fileBytes: 20 * 1024 * 1024,
  caseBytes: 200 * 1024 * 1024,
} as const;

const draftText = (max: number) => text(max).nullish();
const fen = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const date = z.iso.date();
const instantOrDate = z.union([z.iso.datetime({ offset: true }), date], {
  error: '须为日期或带时区的时刻,形如 2026-01-05 或 2026-01-05T10:00:00+08:00',
});
const flag = z.boolean().nullish();

export const filingBodySchema = z
  .strictObject({
    applicant: z
      .strictObject({
        idNumber: draftText(30),
        name: draftText(100),
        phone: draftText(30),
        scheme: z.enum(insuranceSchemes).nullish(),
      })
      .nullish(),
    /** null: the insured person files. */
    proxy: z
      .strictObject({ name: draftText(100), idNumber: draftText(30), phone: draftText(30), relation: draftText(40) })
      .nullish(),
    stay: z
      .strictObject({
        hospitalCode: draftText(40),
        admissionDate: date.nullish(),
        dischargeDate: date.nullish(),
        diagnosis: draftText(500),
        sudden: flag,
        accident: flag,
        emergencyObservation: flag,
        outsideReason: z.enum(outsideReasons).nullish(),
        rescue: flag,
        describedHospital: z
          .strictObject({
            name: draftText(200),
            regionCode: z
              .string()
              .regex(/^\d{6}$/, { error: '须为六位行政区划代码,形如 440100' })
              .nullish(),
            grade: z.enum(hospitalGrades).nullish(),
            designated: flag,
          })
          .nullish(),
      })
      .nullish(),
    /** What the 意外伤害就医个人承诺书 says; instants with offset or dates. */
    injury: z
      .strictObject({
        happenedAt: instantOrDate.nullish(),
        place: draftText(200),
        course: draftText(2_000),
        visitedAt: instantOrDate.nullish(),
        hospital: draftText(200),
        signed: flag,
      })
      .nullish(),
    payee: z
      .strictObject({
        relation: z.enum(['self', 'kin']).nullish(),
        accountName: draftText(100),
        accountNumber: draftText(60),
        bankCode: draftText(20),
        kinIdNumber: draftText(30),
        kinRelation: z.enum(kinRelations).nullish(),
      })
      .nullish(),
    invoices: z
      .array(
        z.strictObject({
          code: draftText(40),
          number: draftText(40),
          hospitalCode: draftText(40),
          patientName: draftText(100),
          amountFen: fen.nullish(),
          issuedOn: date.nullish(),
          lost: flag,
          settledElsewhere: flag,
        }),
      )
      .max(filingLimits.invoices)
      .nullish(),
    statement: z
      .strictObject({ number: draftText(40), patientName: draftText(100), totalFen: fen.nullish() })
      .nullish(),
    /** Of a matter with a form of its own: its fields by name, of the kinds that `GET /api/matters/:matter` tells. */
    form: z
      .record(
        z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,59}$/, { error: '须为栏目的英文代码' }),
        z.union([text(500), z.array(text(40)).max(20), z.null()], { error: '须为文字或列表' }),
      )
      .nullish(),
  })
  .meta({ id: 'FilingBody' }) satisfies z.ZodType<FilingBody>;

/** `POST /api/filings` */
export const createFilingSchema = z
  .strictObject({ matter: matterNameSchema, body: filingBodySchema })
  .meta({ id: 'CreateFiling' });
export type CreateFiling = z.infer<typeof createFilingSchema>;

/** `PUT /api/filings/:id`; `version` is the one that was read, another one now is answered with DRAFT_CHANGED. */
export const saveFilingSchema = z
  .strictObject({ version: z.int().min(1).max(1_000_000_000), body: filingBodySchema })
  .meta({ id: 'SaveFiling' });
export type SaveFiling = z.infer<typeof saveFilingSchema>;

export const statementLineSchema = z
  .strictObject({
    lineNo: z.int().min(1).max(100_000),
    serviceDate: date,
    itemCode: text(40).min(1),
    itemName: text(200).min(1),
    category: text(40),
    /** Decimal with at most 3 places: '1', '0.5', '12.125'. */
    quantity: z.string().regex(/^(?:0|[1-9]\d{0,8})(?:\.\d{1,3})?$/, { error: '须为至多三位小数的数,形如 0.5' }),
    unitPriceFen: fen,
    amountFen: fen,
  })
  .meta({ id: 'StatementLine' }) satisfies z.ZodType<StatementLine>;

/** `PUT /api/filings/:id/lines`: replaces all lines of the statement. */
export const statementLinesSchema = z
  .strictObject({ lines: z.array(statementLineSchema).max(filingLimits.statementLines) })
  .meta({ id: 'StatementLines' });
export type StatementLines = z.infer<typeof statementLinesSchema>;

export const paperSchema = z.enum(papers);

/**
 * What the clerk saw on a paper. Needed for a paper to count: `legible` always; `sealed` (财务章) for invoiceStubCopy;
 * `signed` for lostInvoiceCommitment and kinshipCommitment; `describesTreatment` for diagnosisCertificate and
 * dischargeRecord. `ownName` and `issuedBy` (code or name of the hospital) are compared when they are given;
 * `documentNumber` ties an invoice paper to one of several invoices.
 */
export const paperFactsSchema = z
  .strictObject({
    legible: z.boolean(),
    ownName: draftText(100),
    issuedBy: draftText(200),
    sealed: flag,
    signed: flag,
    describesTreatment: flag,
    documentNumber: draftText(40),
  })
  .meta({ id: 'PaperFacts' });

/** The fields beside `file` in the multipart body of `POST …/attachments`; `facts` is JSON text. */
export const attachmentFieldsSchema = z.strictObject({ paper: paperSchema, facts: paperFactsSchema });
export type AttachmentFields = z.infer<typeof attachmentFieldsSchema>;

export const attachmentAnswerSchema = z
  .object({
    id: z.string(),
    paper: paperSchema,
    sha256: z.string(),
    sizeBytes: z.number(),
    mediaType: z.enum(['application/pdf', 'image/jpeg', 'image/png']),
    fileName: z.string(),
    facts: paperFactsSchema,
    uploadedAt: z.string(),
    /** The same content was already there under the same paper; its id is answered and nothing was added. */
    repeated: z.boolean().optional(),
  })
  .meta({ id: 'AttachmentAnswer' });
export type AttachmentAnswer = z.infer<typeof attachmentAnswerSchema>;

/** One thing that stands in the way of 受理, or a warning. */
export const gapSchema = z
  .object({
    code: z.string(),
    rule: z.string(),
    material: z.string().optional(),
    field: z.string().optional(),
    message: z.string(),
    clause: z.string(),
    facts: z.record(z.string(), z.unknown()).optional(),
    /** True: 收件 does not take it over either (a wrong check digit, a day in the future); mend the draft. */
    blocksSubmit: z.literal(true).optional(),
  })
  .meta({ id: 'Gap' });
export type GapAnswer = z.infer<typeof gapSchema>;

/** `GET /api/filings/:id/check` */
export const checkAnswerSchema = z
  .object({ gaps: z.array(gapSchema), warnings: z.array(gapSchema) })
  .meta({ id: 'CheckAnswer' });
export type CheckAnswer = z.infer<typeof checkAnswerSchema>;

/** A line as kept, with the class the catalogue gave it. */
export const savedLineSchema = z.object({
  ...statementLineSchema.shape,
  catalogueClass: z.enum(['A', 'B', 'outside']),
  selfPaidFirstBp: z.number(),
});
export type SavedLine = z.infer<typeof savedLineSchema>;

/** Answer to `PUT …/lines` and `POST …/statement`. */
export const linesAnswerSchema = z
  .object({
    lineCount: z.number(),
    totalFen: z.number(),
    /** The 合计 row of the file, when it had one. */
    printedTotalFen: z.number().nullable(),
    warnings: z.array(gapSchema),
  })
  .meta({ id: 'LinesAnswer' });
export type LinesAnswer = z.infer<typeof linesAnswerSchema>;

/** `POST /api/filings` 201 and `PUT /api/filings/:id` */
export const filingVersionSchema = z.object({ id: z.string(), version: z.number() }).meta({ id: 'FilingVersion' });
export type FilingVersion = z.infer<typeof filingVersionSchema>;

/** `GET /api/filings/:id` */
export const filingAnswerSchema = z
  .object({
    id: z.string(),
    matter: z.string(),
    state: z.enum(['draft', 'submitted']),
    version: z.number(),
    caseNo: z.string().nullable(),
    body: filingBodySchema,
    lines: z.array(savedLineSchema),
    attachments: z.array(attachmentAnswerSchema),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: 'FilingAnswer' });
export type FilingAnswer = z.infer<typeof filingAnswerSchema>;

/** `GET /api/filings`: my drafts, newest first; names stay in the draft itself. */
export const filingListSchema = z
  .object({
    items: z.array(
      z.object({
        id: z.string(),
        matter: z.string(),
        version: z.number(),
        createdAt: z.string(),
        updatedAt: z.string(),
      }),
    ),
  })
  .meta({ id: 'FilingList' });
export type FilingList = z.infer<typeof filingListSchema>;

/** `POST /api/filings/:id/submit` */
export const submitFilingSchema = z
  .strictObject({ actionId: z.uuid().meta({ description: '由界面生成,重试时不变' }) })
  .meta({ id: 'SubmitFiling' });
export type SubmitFiling = z.infer<typeof submitFilingSchema>;

/** 201: the case that 收件 made, with the gaps that stand in the way of 受理. */
export const submitAnswerSchema = z
  .object({
    caseNo: z.string(),
    seq: z.number(),
    stage: z.enum(stages),
    receivedAt: z.string(),
    receivedOn: z.string(),
    gaps: z.array(gapSchema),
    warnings: z.array(gapSchema),
  })
  .meta({ id: 'SubmitAnswer' });
export type SubmitAnswer = z.infer<typeof submitAnswerSchema>;

import {
  bankReasons,
  clockLevels,
  duties,
  kinRelations,
  outcomes,
  pauseKinds,
  payoutStates,
  staffActs,
  stages,
} from '@banjie/domain';
import { z } from 'zod';
import { benefitAnswerSchema } from './benefit';
import { attachmentAnswerSchema, filingBodySchema, gapSchema, savedLineSchema } from './filing';
import { holderSchema } from './inbox';
import { trimmedText } from './text';

export const caseNoSchema = z.string().regex(/^[0-9A-Za-z-]{6,40}$/, { error: '须为 6 至 40 位的字母、数字或短横' });
/** The number of a case with P and how many orders it has had. */
export const orderNoSchema = z.string().regex(/^[0-9A-Za-z-]{6,50}$/, { error: '须为 6 至 50 位的字母、数字或短横' });

const clockViewSchema = z
  .object({
    clock: z.string(),
    label: z.string(),
    run: z.number(),
    level: z.enum(clockLevels),
    /** Another agency's time: a breach of it is theirs. */
    isOutside: z.boolean(),
    state: z.enum(['running', 'paused', 'stopped']),
    /** An extension included. */
    limitWorkingDays: z.number(),
    extendedWorkingDays: z.number(),
    startedAt: z.string(),
    /** Day zero; the first day counted is the working day after it (T-03). */
    dayZero: z.string(),
    pauses: z.array(
      z.object({ kind: z.enum(pauseKinds), kindLabel: z.string(), from: z.string(), to: z.string().nullable() }),
    ),
    stoppedAt: z.string().nullable(),
    dueAt: z.string(),
    dueDate: z.string(),
    isProvisional: z.boolean(),
    calendarVersion: z.string(),
    isBreached: z.boolean(),
    /** Null once it stopped. */
    remainingWorkingDays: z.number().nullable(),
  })
  .meta({ id: 'ClockView' });

const actViewSchema = z
  .object({
    seq: z.number(),
    act: z.string(),
    actLabel: z.string(),
    actorId: z.string(),
    actorName: z.string(),
    stageFrom: z.enum(stages),
    stageTo: z.enum(stages),
    round: z.number(),
    at: z.string(),
    /** Codes, amounts, instants and ids of the act; no personal data. */
    facts: z.record(z.string(), z.unknown()),
    /** What people wrote, from the sealed body, with labels and clauses. */
    words: z.object({
      reasons: z.array(
        z.object({ code: z.string(), label: z.string(), clause: z.string(), text: z.string().nullable() }),
      ),
      note: z.string().nullable(),
      items: z.array(z.object({ material: z.string(), label: z.string(), text: z.string() })),
      toStageLabel: z.string().nullable(),
      delivery: z
        .object({
          way: z.string(),
          wayLabel: z.string(),
          receiver: z.string().nullable(),
          trackingNumber: z.string().nullable(),
        })
        .nullable(),
    }),
  })
  .meta({ id: 'ActView' });

/** Whom an order pays; the account number masked for posts that need it not. */
const payeeViewSchema = z
  .object({
    accountName: z.string(),
    accountNumber: z.string(),
    bankCode: z.string(),
    relation: z.enum(['self', 'kin']).nullable(),
    kinRelation: z.enum(kinRelations).nullable(),
    relationLabel: z.string().nullable(),
  })
  .meta({ id: 'PayeeView' });

const orderViewSchema = z
  .object({
    orderNo: z.string(),
    state: z.enum(payoutStates),
    stateLabel: z.string(),
    amountFen: z.number(),
    previousOrderNo: z.string().nullable(),
    drawnAt: z.string(),
    sentAt: z.string().nullable(),
    settledAt: z.string().nullable(),
    bankReference: z.string().nullable(),
    /** Why the bank refused it or sent it back. */
    bankReason: z.enum(bankReasons).nullable(),
    bankReasonLabel: z.string().nullable(),
    payee: payeeViewSchema,
  })
  .meta({ id: 'OrderView' });

/** `GET /api/cases/:caseNo` */
export const caseViewSchema = z
  .object({
    caseNo: z.string(),
    seq: z.number(),
    matter: z.string(),
    matterLabel: z.string(),
    definitionVersion: z.number(),
    agencyId: z.string(),
    filingId: z.string(),
    /** Whose ledger finance looks up; null for a person who is in no register. */
    personId: z.string().nullable(),
    stage: z.enum(stages),
    stageLabel: z.string(),
    waiting: z.enum(pauseKinds).nullable(),
    supplementUsed: z.boolean(),
    outcome: z.enum(outcomes).nullable(),
    outcomeLabel: z.string().nullable(),
    round: z.number(),
    totalFen: z.number(),
    proposalOutcome: z.enum(['pass', 'refuse']).nullable(),
    proposedFen: z.number().nullable(),
    payableFen: z.number().nullable(),
    receivedAt: z.string(),
    receivedOn: z.string(),
    acceptedAt: z.string().nullable(),
    decidedAt: z.string().nullable(),
    paidAt: z.string().nullable(),
    deliveredAt: z.string().nullable(),
    closedAt: z.string().nullable(),
    task: z.object({ taskId: z.number(), holder: holderSchema.nullable() }).nullable(),
    clocks: z.array(clockViewSchema),
    duties: z.array(
      z.object({ personId: z.string(), personName: z.string(), duty: z.enum(duties), dutyLabel: z.string() }),
    ),
    acts: z.array(actViewSchema),
    orders: z.array(orderViewSchema),
    /** What is taken off the payout for a claim on the same person (抵扣). */
    offsets: z.array(
      z.object({ recoveryNo: z.string(), amountFen: z.number(), basisLabel: z.string(), at: z.string() }),
    ),
    /** The account that 初审 or 复核 put in the place of the filed one; null: the filed one stands. */
    correctedPayee: payeeViewSchema.nullable(),
    /** What stands in the way of 予以受理; null once it was decided. */
    gapCount: z.number().nullable(),
    /** The same, one by one. */
    gaps: z.array(gapSchema).nullable(),
    /** What the latest proposal to pass computed; null before 初审 has proposed. */
    benefit: z
      .object({
        /** Number of the act that proposed it. */
        seq: z.number(),
        payableFen: z.number(),
        trace: benefitAnswerSchema.shape.trace,
        deductions: z.array(
          z.object({
            lineNo: z.number(),
            amountFen: z.number(),
            reasonCode: z.string(),
            label: z.string(),
            clause: z.string(),
            text: z.string().nullable(),
          }),
        ),
      })
      .nullable(),
    /** What the asking person may do next. */
    abilities: z.array(z.enum(staffActs)),
    /** Where `sendBack` may lead from here. */
    returnsTo: z.array(z.enum(stages)),
  })
  .meta({ id: 'CaseView' });
export type CaseView = z.infer<typeof caseViewSchema>;

/** `GET /api/cases/:caseNo/clocks?at=`: `at` with its offset; left out, now. */
export const caseClocksQuerySchema = z.strictObject({
  at: z.iso.datetime({ offset: true, error: '须为带时区的时刻,如 2025-06-16T09:30:00+08:00' }).optional(),
});
export type CaseClocksQuery = z.infer<typeof caseClocksQuerySchema>;

/** Why every clock is due when it is due, recomputed from its events as of `at`; a run that had not begun is not listed. */
export const caseClocksSchema = z
  .object({
    caseNo: z.string(),
    at: z.string(),
    clocks: z.array(
      clockViewSchema.omit({ isBreached: true, remainingWorkingDays: true, pauses: true }).extend({
        /** The days of the limit in order; the last is the due date. */
        countedDays: z.array(z.string()),
        pauses: z.array(
          z.object({
            kind: z.enum(pauseKinds),
            kindLabel: z.string(),
            from: z.string(),
            /** Null while nothing has arrived. */
            to: z.string().nullable(),
            maximumWorkingDays: z.number(),
            /** Working days that are not counted; of an open pause those up to its maximum. */
            days: z.array(z.string()),
            reasons: z.array(z.object({ code: z.string(), label: z.string(), clause: z.string() })),
          }),
        ),
        netWorkingDays: z.number(),
        grossWorkingDays: z.number(),
        /** Negative when overdue; as it was when the clock stopped. */
        remainingWorkingDays: z.number(),
        overdueWorkingDays: z.number(),
        runningSince: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'CaseClocks' });
export type CaseClocks = z.infer<typeof caseClocksSchema>;

/** `GET /api/cases/:caseNo/file`: the filing as handed in; numbers of persons and accounts masked for posts that need none. */
export const caseFileSchema = z
  .object({
    caseNo: z.string(),
    filingId: z.string(),
    body: filingBodySchema,
    isMasked: z.boolean(),
    lines: z.array(savedLineSchema),
    attachments: z.array(attachmentAnswerSchema),
  })
  .meta({ id: 'CaseFile' });
export type CaseFile = z.infer<typeof caseFileSchema>;

/** `POST /api/cases/search`: one of the two; a POST, because an ID number has no place in an address. */
export const caseSearchSchema = z
  .union([z.strictObject({ caseNo: trimmedText(40).min(1) }), z.strictObject({ idNumber: trimmedText(40).min(1) })], {
    error: '须给出受理号(caseNo)或身份证号(idNumber)中的一项,不超过 40 个字',
  })
  .meta({ id: 'CaseSearch' });
export type CaseSearch = z.infer<typeof caseSearchSchema>;

export const caseSummarySchema = z
  .object({
    caseNo: z.string(),
    matter: z.string(),
    matterLabel: z.string(),
    stage: z.enum(stages),
    stageLabel: z.string(),
    outcome: z.enum(outcomes).nullable(),
    outcomeLabel: z.string().nullable(),
    totalFen: z.number(),
    payableFen: z.number().nullable(),
    receivedAt: z.string(),
    closedAt: z.string().nullable(),
  })
  .meta({ id: 'CaseSummary' });
export const caseSearchAnswerSchema = z
  .object({ items: z.array(caseSummarySchema), hasMore: z.boolean() })
  .meta({ id: 'CaseSearchAnswer' });
export type CaseSearchAnswer = z.infer<typeof caseSearchAnswerSchema>;

/** `GET /api/notices?caseNo=&before=`: newest first. */
export const noticeQuerySchema = z.strictObject({
  caseNo: caseNoSchema.optional(),
  before: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
});
export const noticeIdSchema = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

const noticeHead = {
  id: z.number(),
  caseNo: z.string(),
  notice: z.string(),
  label: z.string(),
  channel: z.enum(['inApp', 'file']),
  createdAt: z.string(),
  sentAt: z.string().nullable(),
  /** One sentence; names nobody. */
  text: z.string(),
  /** Family name alone; null for what tells the staff of a time limit. */
  recipient: z.string().nullable(),
};
export const noticeListSchema = z
  .object({ items: z.array(z.object(noticeHead)), next: z.number().nullable() })
  .meta({ id: 'NoticeList' });
export type NoticeList = z.infer<typeof noticeListSchema>;

const coded = { code: z.string(), clause: z.string().nullable() };

/** `GET /api/notices/:id`: the content as it was frozen with the act, its lines and the text to print. */
export const noticeViewSchema = z
  .object({
    ...noticeHead,
    /** True: the reader sees the family name alone. */
    isMasked: z.boolean(),
    content: z
      .object({
        notice: z.string(),
        label: z.string(),
        caseNo: z.string(),
        matter: z.string(),
        matterLabel: z.string(),
        personName: z.string().nullable(),
        date: z.string(),
        agencyName: z.string(),
        decidingPost: z.string(),
        reasons: z.array(z.object({ ...coded, label: z.string(), text: z.string().nullable() })),
        items: z.array(z.object({ ...coded, label: z.string().nullable(), text: z.string() })),
        amountFen: z.number().nullable(),
        deductions: z.array(
          z.object({ lineNo: z.number(), amountFen: z.number(), label: z.string(), clause: z.string() }),
        ),
        paymentState: z.enum(['paid', 'failed']).nullable(),
        deadline: z.object({ label: z.string(), date: z.string() }).nullable(),
        remedies: z.array(z.object({ text: z.string(), source: z.string() })),
      })
      .nullable(),
    lines: z.array(z.object({ label: z.string(), text: z.string() })),
    printed: z.string(),
  })
  .meta({ id: 'NoticeView' });
export type NoticeView = z.infer<typeof noticeViewSchema>;

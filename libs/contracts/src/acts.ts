import {
  kinRelations,
  longestLimit,
  pauseKinds,
  stages,
  type ActCode,
  type PauseKind,
  type StaffAct,
  type Stage,
} from '@banjie/domain';
import { z } from 'zod';
import { trimmedText } from './text';

const actionId = z.uuid().meta({ description: '由界面生成,重试时不变' });
const seenSeq = z.int().min(1).max(1_000_000);
const text = trimmedText(2_000);
const common = { actionId, seenSeq };
const fen = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** Codes are codes: what a person types here would travel in answers and histories. */
const reasonCode = z.string().regex(/^RS-\d{2}$/, { error: '须为理由代码,如 RS-01' });
const materialId = z.string().regex(/^(?:R-MT|P\d{2,3})-[A-Z0-9]{1,3}[a-z]?$/, { error: '须为材料编号,如 R-MT-2' });

export const reasonSchema = z.strictObject({ code: reasonCode, text: text.optional() });
const reasons = z.array(reasonSchema).min(1).max(20);

export const deductionSchema = z.strictObject({
  lineNo: z.int().min(1).max(100_000),
  amountFen: fen.min(1),
  reasonCode,
  text: text.optional(),
});

/**
 * Another account: after a 退票 or a refusal by the bank at 拨付制定, before that at 初审 or 复核 (R-MT-3): `self` under the insured person's own name, `kin` with
 * `kinRelation` and the papers named by `attachmentIds` of the act; `checkNewPayee` judges it as 收件 does.
 */
export const newPayeeSchema = z.strictObject({
  accountName: trimmedText(100).min(1),
  accountNumber: trimmedText(60).min(1),
  bankCode: trimmedText(20).min(1),
  relation: z.enum(['self', 'kin']),
  kinRelation: z.enum(kinRelations).optional(),
  kinIdNumber: trimmedText(30).min(1).optional(),
});

/** The body of `POST /api/cases/{caseNo}/acts`: one shape per act, unknown keys refused. */
export const actBodySchema = z
  .discriminatedUnion('act', [
    z.strictObject({ ...common, act: z.literal('accept') }),
    z.strictObject({ ...common, act: z.literal('refuseAcceptance'), reasons }),
    z.strictObject({
      ...common,
      act: z.literal('propose'),
      outcome: z.enum(['pass', 'refuse']),
      /** Left out: the deductions of the earlier proposal stay. */
      deductions: z.array(deductionSchema).max(5_000).optional(),
      /** What the screen showed; another result is answered with AMOUNT_CHANGED. */
      payableFen: fen.optional(),
      /** Another account than the one filed, before anything was paid; 审批 decides on it anew (M7). Left out: as before. */
      payee: newPayeeSchema.optional(),
      /** Papers of that account, handed in before. */
      attachmentIds: z.array(z.uuid()).max(60).optional(),
      reasons: z.array(reasonSchema).max(20).optional(),
      note: text.optional(),
    }),
    z.strictObject({
      ...common,
      act: z.literal('approve'),
      /** What is to be paid, as the screen showed it; left out where a matter pays nothing. */
      payableFen: fen.optional(),
      note: text.optional(),
    }),
    z.strictObject({ ...common, act: z.literal('reject'), reasons, note: text.optional() }),
    z.strictObject({ ...common, act: z.literal('sendBack'), toStage: z.enum(stages), reasons, note: text.optional() }),
    z.strictObject({
      ...common,
      act: z.literal('askSupplement'),
      reasons,
      items: z
        .array(z.strictObject({ material: materialId, text }))
        .min(1)
        .max(50),
    }),
    z.strictObject({
      ...common,
      act: z.literal('supplement'),
      attachmentIds: z.array(z.uuid()).max(60).default([]),
      note: text.optional(),
    }),
    z.strictObject({ ...common, act: z.literal('withdraw'), note: text.optional() }),
    z.strictObject({
      ...common,
      act: z.literal('recordAnswer'),
      /** What the other agency answered: its part is done, or it refuses. */
      outcome: z.enum(['done', 'refused']),
      answeredOn: z.iso.date(),
      /** Papers of the case; one of them is the answer itself (counterpartReply). */
      attachmentIds: z.array(z.uuid()).max(60).default([]),
      note: text.optional(),
    }),
    z.strictObject({
      ...common,
      act: z.literal('openPause'),
      kind: z.enum(pauseKinds).exclude(['supplement']),
      reasons,
      /** The letter of inquiry, the written notice of the procedure: uploaded before. None is refused with PAUSE_NEEDS_DOCUMENT. */
      attachmentIds: z.array(z.uuid()).max(60).default([]),
      note: text.optional(),
    }),
    z.strictObject({
      ...common,
      act: z.literal('closePause'),
      /** What came back. */
      attachmentIds: z.array(z.uuid()).max(60).default([]),
      note: text.optional(),
    }),
    z.strictObject({
      ...common,
      act: z.literal('requestExtension'),
      workingDays: z.int().min(1).max(longestLimit),
      reasons,
      note: text.optional(),
    }),
    z.strictObject({ ...common, act: z.literal('grantExtension'), note: text.optional() }),
    z.strictObject({ ...common, act: z.literal('refuseExtension'), reasons, note: text.optional() }),
    z.strictObject({
      ...common,
      act: z.literal('preparePayout'),
      /** Only where the order before failed, came back or fell; otherwise the payee is the one that was approved. */
      payee: newPayeeSchema.optional(),
      /** Papers of the new account, handed in before: for kin the account and the proof of the relation or the 承诺书. */
      attachmentIds: z.array(z.uuid()).max(60).optional(),
    }),
    z.strictObject({ ...common, act: z.literal('confirmPayout') }),
    z.strictObject({ ...common, act: z.literal('releasePayout') }),
    z.strictObject({ ...common, act: z.literal('recallPayout'), reasons, note: text.optional() }),
    z.strictObject({
      ...common,
      act: z.literal('deliver'),
      way: z.enum(['window', 'courier', 'online']),
      deliveredOn: z.iso.date(),
      receiver: trimmedText(100).optional(),
      trackingNumber: trimmedText(60).optional(),
    }),
  ])
  .meta({ id: 'ActBody' });
export type ActBody = z.infer<typeof actBodySchema>;
export type ActBodyOf<Act extends StaffAct> = Extract<ActBody, { act: Act }>;

/** What an act answers: where the case is now and what this person may do next. */
export const actAnswerSchema = z
  .object({
    caseNo: z.string(),
    seq: z.number(),
    act: z.string(),
    stage: z.enum(stages),
    waiting: z.enum(pauseKinds).nullable(),
    outcome: z.string().nullable(),
    /** What 初审 or 复核 last proposed, in 分; null before, and once 审批 has decided. */
    proposedFen: z.number().nullable(),
    /** What 审批 decided, in 分. */
    payableFen: z.number().nullable(),
    /** Who has taken the task, where it is not the person who asks. */
    heldBy: z.string().nullable(),
    abilities: z.array(z.string()),
  })
  .meta({ id: 'ActAnswer' });
export type ActAnswer = z.infer<typeof actAnswerSchema>;

/** The update `act` of `claimApproval`: ids and codes only; the body waits in `act_body` under the action id. */
export interface ActUpdate {
  actionId: string;
  act: ActCode;
  actorId: string;
  seenSeq: number;
  toStage?: Stage | undefined;
  /** For `openPause`. */
  pause?: PauseKind | undefined;
}

export interface ActResult {
  seq: number;
  stage: Stage;
}

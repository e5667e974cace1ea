import { stages } from '@banjie/domain';
import { z } from 'zod';
import { rawText } from './text';

/** `GET /api/inbox?stage=&holder=&after=&limit=` */
export const inboxQuerySchema = z.strictObject({
  stage: z.enum(stages).optional(),
  holder: z.enum(['me', 'free', 'all']).default('all'),
  /** `next` of the page before. */
  after: rawText(100).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type InboxQuery = z.infer<typeof inboxQuerySchema>;

export const holderSchema = z.object({ id: z.string(), displayName: z.string(), isMe: z.boolean() });

export const inboxItemSchema = z
  .object({
    taskId: z.number(),
    caseNo: z.string(),
    matter: z.string(),
    matterLabel: z.string(),
    stage: z.enum(stages),
    stageLabel: z.string(),
    /** How often the case was sent back. */
    round: z.number(),
    amountFen: z.number(),
    holder: holderSchema.nullable(),
    openedAt: z.string(),
    /** The clock whose due date is shown; null when none runs any more. */
    dueClock: z.string().nullable(),
    dueAt: z.string().nullable(),
    dueDate: z.string().nullable(),
    /** Nought on the due date, negative when overdue; days a pause leaves out are not counted. */
    remainingWorkingDays: z.number().nullable(),
    isOverdue: z.boolean(),
    /** Waiting for 补正. */
    isPaused: z.boolean(),
    /** The due date reaches into a year without a published notice (T-12). */
    isProvisional: z.boolean(),
  })
  .meta({ id: 'InboxItem' });
export type InboxItem = z.infer<typeof inboxItemSchema>;

/** How many tasks the list would show for a stage, for each choice of `holder`. */
export const inboxCountSchema = z
  .object({ stage: z.enum(stages), stageLabel: z.string(), all: z.number(), me: z.number(), free: z.number() })
  .meta({ id: 'InboxCount' });
export type InboxCount = z.infer<typeof inboxCountSchema>;

export const inboxAnswerSchema = z
  .object({ items: z.array(inboxItemSchema), counts: z.array(inboxCountSchema), next: z.string().nullable() })
  .meta({ id: 'InboxAnswer' });
export type InboxAnswer = z.infer<typeof inboxAnswerSchema>;

/** Answer to `POST /api/tasks/:id/take` and `…/release`; the second click gets the same. */
export const taskAnswerSchema = z
  .object({ taskId: z.number(), caseNo: z.string(), holder: holderSchema.nullable() })
  .meta({ id: 'TaskAnswer' });
export type TaskAnswer = z.infer<typeof taskAnswerSchema>;

export const taskIdSchema = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

/** `GET /api/inbox/deliveries?after=&limit=` */
export const deliveriesQuerySchema = z.strictObject({
  /** `next` of the page before. */
  after: rawText(100).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type DeliveriesQuery = z.infer<typeof deliveriesQuerySchema>;

/** Decided and to be handed over while finance goes on (C-02), by due instant; nobody takes it, whoever comes first records it. */
export const deliveriesAnswerSchema = z
  .object({
    items: z.array(
      z.object({
        caseNo: z.string(),
        matter: z.string(),
        matterLabel: z.string(),
        /** Where the case lies meanwhile. */
        stage: z.enum(stages),
        stageLabel: z.string(),
        payableFen: z.number().nullable(),
        decidedAt: z.string(),
        dueClock: z.string().nullable(),
        dueAt: z.string().nullable(),
        dueDate: z.string().nullable(),
        remainingWorkingDays: z.number().nullable(),
        isOverdue: z.boolean(),
        isProvisional: z.boolean(),
      }),
    ),
    next: z.string().nullable(),
  })
  .meta({ id: 'DeliveriesAnswer' });
export type DeliveriesAnswer = z.infer<typeof deliveriesAnswerSchema>;

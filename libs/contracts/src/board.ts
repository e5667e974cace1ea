import { boardLevels, posts, stages } from '@banjie/domain';
import { z } from 'zod';
import { matterNameSchema } from './matters';
import { rawText } from './text';

/** Numbers of open cases by light; `open` is their sum. Each has its list at `/api/board/cases?{filter}&level={name}`. */
export const boardLightsSchema = z
  .object({
    open: z.number(),
    red: z.number(),
    yellow: z.number(),
    green: z.number(),
    paused: z.number(),
    unlimited: z.number(),
  })
  .meta({ id: 'BoardLights' });
export type BoardLights = z.infer<typeof boardLightsSchema>;

const row = {
  /** What `/api/board/cases` is asked to list what these numbers count. */
  filter: z.string(),
  lights: boardLightsSchema,
};

/** `GET /api/board` */
export const boardAnswerSchema = z
  .object({
    /** The instant everything here is of. */
    at: z.string(),
    agencyId: z.string(),
    total: z.object(row),
    byMatter: z.array(z.object({ matter: z.string(), label: z.string(), ...row })),
    byStage: z.array(
      z.object({ matter: z.string(), matterLabel: z.string(), stage: z.enum(stages), stageLabel: z.string(), ...row }),
    ),
    /** A task for two posts counts at both; one of the system at none. */
    byPost: z.array(z.object({ post: z.enum(posts), label: z.string(), ...row })),
    /** `holderId` null: nobody's. */
    byPerson: z.array(
      z.object({ holderId: z.string().nullable(), displayName: z.string(), isActive: z.boolean(), ...row }),
    ),
    /** The time of other agencies; in no number above. */
    outside: z.array(z.object({ matter: z.string(), matterLabel: z.string(), clock: z.string(), ...row })),
  })
  .meta({ id: 'BoardAnswer' });
export type BoardAnswer = z.infer<typeof boardAnswerSchema>;

/** `GET /api/board/cases?…`: the filter of a number, and where the page begins. */
export const boardCasesQuerySchema = z.strictObject({
  matter: matterNameSchema.optional(),
  stage: z.enum(stages).optional(),
  post: z.enum(posts).optional(),
  /** `none`: nobody's. */
  holder: z.union([z.literal('none'), z.uuid()]).optional(),
  party: z.enum(['own', 'outside']).optional(),
  clock: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,20}$/, { error: '须为时限编号,如 K-02' })
    .optional(),
  level: z.enum(boardLevels).optional(),
  /** `next` of the page before. */
  after: rawText(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type BoardCasesQuery = z.infer<typeof boardCasesQuerySchema>;

export const boardCaseSchema = z
  .object({
    caseNo: z.string(),
    /** Null while the case waits for the system. */
    taskId: z.number().nullable(),
    matter: z.string(),
    matterLabel: z.string(),
    stage: z.enum(stages),
    stageLabel: z.string(),
    round: z.number(),
    posts: z.array(z.enum(posts)),
    holder: z.object({ id: z.string(), displayName: z.string() }).nullable(),
    level: z.enum(boardLevels),
    levelLabel: z.string(),
    receivedAt: z.string(),
    acceptedAt: z.string().nullable(),
    dueClock: z.string().nullable(),
    isOutside: z.boolean(),
    dueAt: z.string().nullable(),
    dueDate: z.string().nullable(),
    /** The due date reaches into a year without a published notice (T-12). */
    isProvisional: z.boolean(),
    /** WD of the clock shown that have been used, pauses left out, and with them; null without a clock. */
    netWorkingDays: z.number().nullable(),
    grossWorkingDays: z.number().nullable(),
    /** Negative when overdue. */
    remainingWorkingDays: z.number().nullable(),
    /** WD after the due date; 0 while it stands still. */
    overdueWorkingDays: z.number().nullable(),
    pauses: z.array(z.object({ label: z.string(), from: z.string(), to: z.string().nullable() })),
    /** What the pauses were asked for, in words. */
    pauseReasons: z.array(z.string()),
  })
  .meta({ id: 'BoardCase' });
export type BoardCase = z.infer<typeof boardCaseSchema>;

export const boardCasesAnswerSchema = z
  .object({
    at: z.string(),
    items: z.array(boardCaseSchema),
    /** How many the whole list has at `at`; on its first page alone, null on the others. */
    total: z.number().nullable(),
    next: z.string().nullable(),
  })
  .meta({ id: 'BoardCasesAnswer' });
export type BoardCasesAnswer = z.infer<typeof boardCasesAnswerSchema>;

/** One number that the board and the independent count do not agree on. */
const differenceSchema = z.object({
  matter: z.string(),
  stage: z.string(),
  holderId: z.string().nullable(),
  level: z.string(),
  shown: z.number(),
  counted: z.number(),
  /** Some of the cases at fault. */
  caseNos: z.array(z.string()),
});

/** `GET /api/board/self-check`: the board compared with an independent count of the base rows, now. */
export const boardCheckSchema = z
  .object({
    at: z.string(),
    agencyId: z.string(),
    /** How many numbers were compared. */
    compared: z.number(),
    isSound: z.boolean(),
    differences: z.array(differenceSchema),
    /** Of the looks before, newest first. */
    earlier: z.array(z.object({ at: z.string(), compared: z.number(), differences: z.number() })),
  })
  .meta({ id: 'BoardCheck' });
export type BoardCheck = z.infer<typeof boardCheckSchema>;

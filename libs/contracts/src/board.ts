import { boardLevels, posts, stages } from '@banjie/domain';
import { z } from 'zod';
import { matterNameSchema } from './matters';
import { rawText, trimmedText } from './text';

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

const mostMoves = 500;

/**
 * `POST /api/board/reassignments/preview`: which tasks, and to whom. The tasks of `from` (`none`: nobody's) under the other
 * conditions, the earliest due first; or those named.
 */
export const reassignmentPreviewSchema = z
  .strictObject({
    from: z
      .array(z.union([z.literal('none'), z.uuid()]))
      .max(50)
      .default([]),
    taskIds: z.array(z.int().min(1).max(Number.MAX_SAFE_INTEGER)).max(mostMoves).default([]),
    matter: matterNameSchema.optional(),
    stage: z.enum(stages).optional(),
    level: z.enum(boardLevels).optional(),
    to: z.array(z.uuid()).min(1).max(50),
    limit: z.int().min(1).max(mostMoves).default(200),
  })
  .meta({ id: 'ReassignmentPreview' });
export type ReassignmentPreview = z.infer<typeof reassignmentPreviewSchema>;

const refusalSchema = z.object({ code: z.string(), message: z.string(), next: z.string() });

/** What would become of it: nothing has been changed. `moves` is what the reassignment itself is asked for. */
export const reassignmentPlanSchema = z
  .object({
    at: z.string(),
    moves: z.array(
      z.object({
        taskId: z.number(),
        caseNo: z.string(),
        stage: z.enum(stages),
        level: z.enum(boardLevels),
        from: z.string().nullable(),
        to: z.string(),
      }),
    ),
    refused: z.array(z.object({ taskId: z.number(), caseNo: z.string(), ...refusalSchema.shape })),
    people: z.array(
      z.object({ id: z.string(), displayName: z.string(), before: boardLightsSchema, after: boardLightsSchema }),
    ),
  })
  .meta({ id: 'ReassignmentPlan' });
export type ReassignmentPlan = z.infer<typeof reassignmentPlanSchema>;

/** `POST /api/board/reassignments`: the same `reassignmentId` again gets the first answer. */
export const reassignmentSchema = z
  .strictObject({
    reassignmentId: z.uuid().meta({ description: '由界面生成,重试时不变' }),
    reason: trimmedText(500).min(1),
    moves: z
      .array(
        z.strictObject({
          taskId: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
          /** Whose it was in the preview. */
          from: z.uuid().nullable(),
          to: z.uuid(),
        }),
      )
      .min(1)
      .max(mostMoves)
      .refine((moves) => new Set(moves.map(({ taskId }) => taskId)).size === moves.length, {
        error: '同一任务出现了两次',
      }),
  })
  .meta({ id: 'Reassignment' });
export type Reassignment = z.infer<typeof reassignmentSchema>;

export const reassignmentAnswerSchema = z
  .object({
    reassignmentId: z.string(),
    at: z.string(),
    moved: z.number(),
    refused: z.number(),
    items: z.array(
      z.object({
        taskId: z.number(),
        caseNo: z.string().nullable(),
        to: z.string(),
        /** Null: it is his now. */
        refusal: refusalSchema.nullable(),
      }),
    ),
  })
  .meta({ id: 'ReassignmentAnswer' });
export type ReassignmentAnswer = z.infer<typeof reassignmentAnswerSchema>;

export const monthSchema = z.string().regex(/^20\d{2}-(0[1-9]|1[0-2])$/, { error: '须为年月,形如 2026-10' });
export const monthQuerySchema = z.strictObject({ month: monthSchema });
export type MonthQuery = z.infer<typeof monthQuerySchema>;

const rateBp = z.number().nullable();

/**
 * `GET /api/board/statistics?month=2026-10`. 提前, 按时 and 超时 are of what was finished in the month and not withdrawn: 超时 when
 * any limit of ours was overrun, though the total be inside. Open cases are as of `asOf`. Rates are basis points (9 950 = 99.50 %),
 * null where there is nothing to take them of.
 */
export const monthStatisticsSchema = z
  .object({
    agencyId: z.string(),
    month: z.string(),
    /** The end of the month, or the instant of counting while it goes on. */
    asOf: z.string(),
    /** The sum first, with `matter` empty. */
    matters: z.array(
      z.object({
        matter: z.string(),
        label: z.string(),
        received: z.number(),
        finished: z.number(),
        early: z.number(),
        onTime: z.number(),
        late: z.number(),
        withdrawn: z.number(),
        refusedAcceptance: z.number(),
        openInside: z.number(),
        openOverdue: z.number(),
        suspended: z.number(),
        onTimeRateBp: rateBp,
        /** Of the decided: sent back at least once. */
        returnRateBp: rateBp,
        /** Of the decided: neither sent back nor asked for 补正. */
        firstPassRateBp: rateBp,
        /** WD, pauses left out. */
        medianWorkingDays: z.number().nullable(),
      }),
    ),
    /** From opening to closing of a task, in office minutes (360 a working day), waiting for 补正 included. */
    stages: z.array(
      z.object({
        matter: z.string(),
        matterLabel: z.string(),
        stage: z.enum(stages),
        stageLabel: z.string(),
        tasks: z.number(),
        p50OfficeMinutes: z.number(),
        p90OfficeMinutes: z.number(),
      }),
    ),
  })
  .meta({ id: 'MonthStatistics' });
export type MonthStatistics = z.infer<typeof monthStatisticsSchema>;

/** A month, and whether it is closed: then everything in it stays as it was. */
export const monthAnswerSchema = z
  .object({
    state: z.enum(['open', 'closed']),
    closedAt: z.string().nullable(),
    /** Signature over the text and the month closed before. */
    hash: z.string().nullable(),
    statistics: monthStatisticsSchema,
  })
  .meta({ id: 'MonthAnswer' });
export type MonthAnswer = z.infer<typeof monthAnswerSchema>;

/** `GET /api/board/pauses?month=…`: who pauses how often, how long, again, and just before a limit. First whom to look at first. */
export const pauseAuditSchema = z
  .object({
    month: z.string(),
    people: z.array(
      z.object({
        personId: z.string(),
        displayName: z.string(),
        count: z.number(),
        /** WD that stood still, up to today where a pause is open. */
        workingDays: z.number(),
        /** Cases paused more than once by this person. */
        repeats: z.number(),
        /** Opened with at most 2 WD left. */
        justBeforeDue: z.number(),
        caseNosJustBeforeDue: z.array(z.string()),
      }),
    ),
  })
  .meta({ id: 'PauseAudit' });
export type PauseAudit = z.infer<typeof pauseAuditSchema>;

/** `GET /api/board/prediction?days=2` */
export const predictionQuerySchema = z.strictObject({ days: z.coerce.number().int().min(1).max(10).default(2) });
export type PredictionQuery = z.infer<typeof predictionQuerySchema>;

/**
 * Open cases that may well be late within some working days if people work as in the last ten, and what that was reckoned from:
 * the figures of each stage, with which the coming days are lived in many trials.
 */
export const predictionSchema = z
  .object({
    at: z.string(),
    horizonWorkingDays: z.number(),
    /** The last due date looked at. */
    until: z.string(),
    /** More is due than was followed. */
    isCut: z.boolean(),
    /** How often the coming days were lived. */
    trials: z.number(),
    total: z.number(),
    /** Late in fifteen of a hundred trials or more; the earliest due first; at most 500 are named. */
    breaches: z.array(
      z.object({
        caseNo: z.string(),
        matter: z.string(),
        matterLabel: z.string(),
        stage: z.enum(stages),
        stageLabel: z.string(),
        holder: z.object({ id: z.string(), displayName: z.string() }).nullable(),
        dueClock: z.string().nullable(),
        dueAt: z.string(),
        /** In front of it where it lies, by due instant. */
        queueAhead: z.number(),
        /** In how many of a hundred trials it was late. */
        lateInHundred: z.number(),
        /** From now, in the middle one of the trials; null: later than can be said. */
        finishesInWorkingDays: z.number().nullable(),
      }),
    ),
    inputs: z.array(
      z.object({
        stage: z.enum(stages),
        stageLabel: z.string(),
        /** Open there and not paused. */
        queue: z.number(),
        /** What it is taken to finish on a usual day; null: nothing is known, it is taken to hand on at once. */
        perWorkingDay: z.number().nullable(),
        /** Who finished something there: people on a usual day, and on the last day looked at. */
        usualPeople: z.number(),
        lastPeople: z.number(),
        sentBackInHundred: z.number(),
        /** Taken before it was their turn, where cases queue for days. */
        outOfTurnInHundred: z.number(),
        lookedAtWorkingDays: z.number(),
      }),
    ),
  })
  .meta({ id: 'Prediction' });
export type Prediction = z.infer<typeof predictionSchema>;

import { longestLimit } from '@banjie/domain';
import { z } from 'zod';
import { rawText } from './text';

const moment = rawText(40).min(1);
const n = z.int().min(0).max(longestLimit);

/** `POST /api/deadlines`: the same function as `banjie deadline`. Which dates exist is checked there, with a sentence. */
export const deadlineRequestSchema = z
  .strictObject({
    /** 'YYYY-MM-DD' or a date and time; without an offset it is Asia/Shanghai. */
    start: moment,
    limit: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('workingDays'), n }),
      z.strictObject({ kind: z.literal('calendarDays'), n }),
      z.strictObject({ kind: z.literal('months'), n }),
      z.strictObject({ kind: z.literal('sameDay') }),
    ]),
    pauses: z
      .array(z.strictObject({ from: moment, to: moment.nullable() }))
      .max(50)
      .optional(),
    region: rawText(20).nullish(),
    afterHours: z.enum(['nextDay', 'actualDate']).optional(),
    fromOutside: z.boolean().optional(),
    mustActAtOffice: z.boolean().optional(),
    pauseMaximumWorkingDays: n.optional(),
  })
  .meta({ id: 'DeadlineRequest' });
export type DeadlineRequest = z.infer<typeof deadlineRequestSchema>;

export const deadlineAnswerSchema = z
  .object({
    receivedOn: z.string(),
    dueDate: z.string(),
    dueAt: z.string(),
    provisional: z.boolean(),
    calendarVersion: z.string(),
    countedDays: z.array(z.string()),
    pausedDays: z.array(z.string()),
  })
  .meta({ id: 'DeadlineAnswer' });
export type DeadlineAnswer = z.infer<typeof deadlineAnswerSchema>;

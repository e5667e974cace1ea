import { dismissReasons, retryReasons, sideFaults, sideTopics } from '@banjie/domain';
import { z } from 'zod';
import { caseNoSchema } from './cases';

const idSchema = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

/** `GET /api/side-work/dead?topic=&caseNo=&before=`: newest first; `before` is the `next` of the page before. */
export const deadLetterQuerySchema = z.strictObject({
  topic: z.enum(sideTopics).optional(),
  caseNo: caseNoSchema.optional(),
  before: idSchema.optional(),
});
export type DeadLetterQuery = z.infer<typeof deadLetterQuerySchema>;

/** Side work that failed at its last try. Codes and their labels; names nobody. */
export const deadLetterListSchema = z
  .object({
    items: z.array(
      z.object({
        id: z.number(),
        topic: z.enum(sideTopics),
        topicLabel: z.string(),
        caseNo: z.string().nullable(),
        /** Code of the notice; number of the order or batch; what a list is of. */
        about: z.string().nullable(),
        createdAt: z.string(),
        deadAt: z.string(),
        tries: z.number(),
        fault: z.enum(sideFaults),
        faultLabel: z.string(),
      }),
    ),
    next: z.number().nullable(),
  })
  .meta({ id: 'DeadLetterList' });
export type DeadLetterList = z.infer<typeof deadLetterListSchema>;

export const sideWorkIdSchema = idSchema;
/** `POST /api/side-work/:id/retry`: tried again from the first try on. */
export const retryBodySchema = z.strictObject({ reason: z.enum(retryReasons) }).meta({ id: 'RetryBody' });
export type RetryBody = z.infer<typeof retryBodySchema>;
/** `POST /api/side-work/:id/dismiss`: not done any more. */
export const dismissBodySchema = z.strictObject({ reason: z.enum(dismissReasons) }).meta({ id: 'DismissBody' });
export type DismissBody = z.infer<typeof dismissBodySchema>;

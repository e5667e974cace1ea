import { z } from 'zod';

/** Every refusal and fault, in one form. `message` and `next` are sentences for the person in front of the screen. */
export const errorAnswerSchema = z
  .object({
    code: z.string(),
    message: z.string(),
    field: z.string().optional(),
    next: z.string(),
    traceId: z.string(),
    facts: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'ErrorAnswer' });
export type ErrorAnswer = z.infer<typeof errorAnswerSchema>;

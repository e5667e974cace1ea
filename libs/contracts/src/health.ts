import { z } from 'zod';

const part = z.enum(['up', 'down']);

/** `GET /api/health/live`: the process answers. */
export const liveAnswerSchema = z.object({ status: z.literal('up') }).meta({ id: 'LiveAnswer' });

/** `GET /api/health/ready` 200 or 503. Redis down is no reason to be not ready: notices wait, everything else goes on. */
export const readyAnswerSchema = z
  .object({ status: z.enum(['up', 'down', 'draining']), postgres: part, temporal: part, redis: part })
  .meta({ id: 'ReadyAnswer' });
export type ReadyAnswer = z.infer<typeof readyAnswerSchema>;

/** `GET /api/health` */
export const healthAnswerSchema = z
  .object({
    ...readyAnswerSchema.shape,
    /** When a worker last asked for case work; null when none did in the last minutes. */
    workerPolledAt: z.string().nullable(),
    startedAt: z.string(),
  })
  .meta({ id: 'HealthAnswer' });
export type HealthAnswer = z.infer<typeof healthAnswerSchema>;

/** `POST /api/health/probe` */
export const probeAnswerSchema = z.object({ milliseconds: z.number() }).meta({ id: 'ProbeAnswer' });
export type ProbeAnswer = z.infer<typeof probeAnswerSchema>;

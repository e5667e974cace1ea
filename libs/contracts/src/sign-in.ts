import { posts } from '@banjie/domain';
import { z } from 'zod';
import { rawText, trimmedText } from './text';

/** `POST /api/session` */
export const signInSchema = z
  .strictObject({ username: trimmedText(60).min(1), password: rawText(200).min(1) })
  .meta({ id: 'SignIn' });
export type SignIn = z.infer<typeof signInSchema>;

export const accountSchema = z
  .object({
    id: z.string(),
    username: z.string(),
    displayName: z.string(),
    posts: z.array(z.enum(posts)),
    agencyId: z.string(),
    agencyName: z.string(),
  })
  .meta({ id: 'Account' });
export type Account = z.infer<typeof accountSchema>;

/** Answer to `POST` and `GET /api/session`; every request but GET carries the token as `x-csrf-token`. */
export const sessionAnswerSchema = z
  .object({ account: accountSchema, csrfToken: z.string() })
  .meta({ id: 'SessionAnswer' });
export type SessionAnswer = z.infer<typeof sessionAnswerSchema>;

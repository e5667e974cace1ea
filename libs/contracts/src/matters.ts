import { posts, stages } from '@banjie/domain';
import { z } from 'zod';

export const matterNameSchema = z.string().regex(/^[A-Za-z]{1,60}$/, { error: '须为事项的英文代码' });

export const matterQuerySchema = z.strictObject({
  /** The version a case is pinned to; left out, the one in force today. */
  version: z.coerce.number().int().min(1).max(100_000).optional(),
});
export type MatterQuery = z.infer<typeof matterQuerySchema>;

const labelled = z.object({ code: z.string(), label: z.string() });

/** `GET /api/matters/:matter`: the definition in force today, with every code a screen may need and its Chinese. */
export const matterViewSchema = z
  .object({
    matter: z.string(),
    label: z.string(),
    procedure: z.string(),
    version: z.number(),
    effectiveFrom: z.string(),
    sourceDocument: z.string(),
    stages: z.array(
      z.object({
        stage: z.enum(stages),
        label: z.string(),
        posts: z.array(z.object({ code: z.enum(posts), label: z.string() })),
        acts: z.array(labelled),
        returnsTo: z.array(labelled),
      }),
    ),
    acts: z.array(labelled),
    reasons: z.array(
      z.object({
        code: z.string(),
        label: z.string(),
        clause: z.string(),
        /** For which acts it may be given. */
        uses: z.array(z.string()),
        needsText: z.boolean(),
        /** Gaps it stands for in 不予受理; `*`: all that no other reason names. */
        gaps: z.array(z.string()),
      }),
    ),
    materials: z.array(
      z.object({
        id: z.string(),
        label: z.string(),
        requiredWhen: z.string(),
        source: z.string(),
        alternatives: z.array(z.object({ label: z.string(), papers: z.array(labelled) })),
      }),
    ),
    papers: z.array(labelled),
    kinRelations: z.array(labelled),
    schemes: z.array(labelled),
    notices: z.array(z.object({ notice: z.string(), label: z.string(), on: z.string() })),
    clocks: z.array(
      z.object({ clock: z.string(), label: z.string(), limitWorkingDays: z.number(), source: z.string() }),
    ),
  })
  .meta({ id: 'MatterView' });
export type MatterView = z.infer<typeof matterViewSchema>;

import { posts, stages } from '@banjie/domain';
import { z } from 'zod';

export const matterNameSchema = z.string().regex(/^[A-Za-z]{1,60}$/, { error: '须为事项的英文代码' });

export const matterQuerySchema = z.strictObject({
  /** The version a case is pinned to; left out, the one in force today. */
  version: z.coerce.number().int().min(1).max(100_000).optional(),
});
export type MatterQuery = z.infer<typeof matterQuerySchema>;

const conditionSchema = z.union([z.string(), z.object({ field: z.string(), is: z.array(z.string()) })]);

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
    /** What an approval brings about: an order to pay, or an entry. */
    follows: z.enum(['payout', 'result']),
    /** The form of a matter that is no claim; null: a claim. */
    form: z
      .object({
        number: z.string(),
        label: z.string(),
        fields: z.array(
          z.object({
            field: z.string(),
            label: z.string(),
            kind: z.string(),
            requiredWhen: conditionSchema,
            options: z.array(z.object({ code: z.string(), label: z.string(), filedAs: z.string().nullable() })),
            atMost: z.number().nullable(),
            clause: z.string(),
          }),
        ),
        limits: z.array(z.object({ id: z.string(), text: z.string(), clause: z.string() })),
      })
      .nullable(),
    /** How long the result holds, in words; null where nothing is entered or it has no end of its own. */
    validity: z.string().nullable(),
    stages: z.array(
      z.object({
        stage: z.enum(stages),
        label: z.string(),
        /** True: another agency's turn; our officer records its answer. */
        isOutside: z.boolean(),
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
        /** Always, by a fact of a claim, or by what a field of the form says. */
        requiredWhen: conditionSchema,
        source: z.string(),
        alternatives: z.array(z.object({ label: z.string(), papers: z.array(labelled) })),
      }),
    ),
    papers: z.array(labelled),
    kinRelations: z.array(labelled),
    schemes: z.array(labelled),
    notices: z.array(z.object({ notice: z.string(), label: z.string(), on: z.string() })),
    clocks: z.array(
      z.object({
        clock: z.string(),
        label: z.string(),
        limitWorkingDays: z.number(),
        /** True: another agency's time. */
        isOutside: z.boolean(),
        source: z.string(),
      }),
    ),
    /** What must be done 及时 and has no number (K-06): shown, never in breach. */
    withoutLimit: z.array(z.object({ clock: z.string(), label: z.string(), words: z.string(), source: z.string() })),
  })
  .meta({ id: 'MatterView' });
export type MatterView = z.infer<typeof matterViewSchema>;

/** `GET /api/matters`: what can be filed today. */
export const matterListSchema = z
  .object({
    items: z.array(
      matterViewSchema.pick({
        matter: true,
        label: true,
        procedure: true,
        version: true,
        effectiveFrom: true,
        sourceDocument: true,
        follows: true,
      }),
    ),
  })
  .meta({ id: 'MatterList' });
export type MatterList = z.infer<typeof matterListSchema>;

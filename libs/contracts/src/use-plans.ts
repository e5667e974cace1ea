import { insuranceSchemes, stages } from '@banjie/domain';
import { z } from 'zod';
import { trimmedText } from './text';

const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, { error: '须为月份,如 2026-12' });
const amount = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** `POST /api/finance/use-plans`: draws up the plan of a month. `id` is made by the screen and kept when it asks again. */
export const makeUsePlanSchema = z
  .strictObject({
    id: z.uuid(),
    month,
    /** The year's budget for benefits, in 分. */
    yearBudgetFen: amount,
    /** What is asked for beyond the forecast, or less; why stands in `text`. */
    adjustFen: z.int().min(-Number.MAX_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER),
    text: trimmedText(2_000).min(1),
    /** The budget that it stands on. */
    document: z.strictObject({ number: trimmedText(100).min(1), text: trimmedText(20_000).min(1) }),
  })
  .meta({ id: 'MakeUsePlan' });
export type MakeUsePlan = z.infer<typeof makeUsePlanSchema>;

export const refuseUsePlanSchema = z.strictObject({ reason: trimmedText(500).min(1) }).meta({ id: 'RefuseUsePlan' });
export type RefuseUsePlan = z.infer<typeof refuseUsePlanSchema>;

/** `GET /api/finance/use-plans?before=`: `before` is the `madeAt` of the last one of the page before. */
export const usePlansQuerySchema = z.strictObject({ before: z.iso.datetime({ offset: true }).optional() });
export type UsePlansQuery = z.infer<typeof usePlansQuerySchema>;

const scheme = z.enum(insuranceSchemes);

/** A plan as it is kept; 分 throughout. */
export const usePlanBodySchema = z
  .object({
    month: z.string(),
    fundAccount: z.string(),
    /** What the forecast knows happened until the evening of this day. */
    asOf: z.string(),
    dueOn: z.string(),
    isLate: z.boolean(),
    forecastFen: z.number(),
    adjustFen: z.number(),
    plannedFen: z.number(),
    schemes: z.array(z.object({ scheme, label: z.string(), forecastFen: z.number() })),
    /** Each pay day of the month: of claims that are here already, and of those still to come. */
    days: z.array(z.object({ day: z.string(), scheme, openFen: z.number(), comingFen: z.number() })),
    /** What the rest of the running month is still to pay. */
    untilMonthFen: z.number(),
    budget: z.object({ yearBudgetFen: z.number(), paidFen: z.number(), leftAfterFen: z.number() }),
    reserve: z.object({
      balanceFen: z.number().nullable(),
      statedAt: z.string().nullable(),
      reserveFen: z.number(),
      /** The first pay day that would leave less than the reserve, and what must come in by the end of the month; null: none. */
      warning: z.object({ day: z.string(), neededFen: z.number(), text: z.string() }).nullable(),
      note: z.string(),
    }),
    /** What the forecast was made of. */
    basis: z.object({
      method: z.string(),
      payDays: z.number(),
      schemes: z.array(
        z.object({
          scheme,
          usualDayFen: z.number(),
          seasonBp: z.number(),
          meanCaseFen: z.number(),
          mostADayFen: z.number().nullable(),
        }),
      ),
      stages: z.array(
        z.object({
          stage: z.enum(stages),
          label: z.string(),
          openFen: z.number(),
          paidInHundred: z.number(),
          medianPayDays: z.number().nullable(),
        }),
      ),
    }),
  })
  .meta({ id: 'UsePlanBody' });
export type UsePlanBody = z.infer<typeof usePlanBodySchema>;

const differenceSchema = z.object({
  plannedFen: z.number(),
  paidFen: z.number(),
  /** Planned less paid; in basis points of what was paid, null where nothing was. */
  errorFen: z.number(),
  errorBp: z.number().nullable(),
});

/** What was paid in the month so far, beside what was planned; null before the month begins. */
const outcomeSchema = z.object({
  until: z.string(),
  isComplete: z.boolean(),
  plan: differenceSchema,
  forecast: differenceSchema,
  schemes: z.array(differenceSchema.extend({ scheme, label: z.string() })),
});

const usePlanHeadSchema = z.object({
  id: z.string(),
  month: z.string(),
  state: z.enum(['proposed', 'confirmed', 'refused']),
  plannedFen: z.number(),
  forecastFen: z.number(),
  isLate: z.boolean(),
  madeBy: z.string(),
  madeAt: z.string(),
  decidedBy: z.string().nullable(),
  decidedAt: z.string().nullable(),
  decisionReason: z.string().nullable(),
  mayDecide: z.boolean(),
  outcome: outcomeSchema.nullable(),
});

export const usePlanSchema = usePlanHeadSchema
  .extend({
    text: z.string(),
    document: z.object({ number: z.string(), text: z.string() }),
    body: usePlanBodySchema,
    /** Pay days that have passed. */
    dayErrors: z.array(differenceSchema.extend({ day: z.string() })),
  })
  .meta({ id: 'UsePlan' });
export type UsePlan = z.infer<typeof usePlanSchema>;

export const usePlansSchema = z
  .object({
    /** The plan that is due next (K-57), and whether it is there. */
    due: z.object({
      month: z.string(),
      dueOn: z.string(),
      state: z.enum(['none', 'proposed', 'confirmed']),
      isOverdue: z.boolean(),
    }),
    items: z.array(usePlanHeadSchema),
    next: z.string().nullable(),
  })
  .meta({ id: 'UsePlans' });
export type UsePlans = z.infer<typeof usePlansSchema>;

import { payoutRuleKinds } from '@banjie/domain';
import { z } from 'zod';
import { proposalFields } from './finance';
import { trimmedText } from './text';

const day = z.iso.date({ error: '须为日期,如 2026-12-01' });
const amount = z.int().positive().max(Number.MAX_SAFE_INTEGER).nullable();
const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: '须为时间,如 15:30' });

/** 分; null: no limit of this kind, and for `reserveFen` two months of the average of the last twelve (R-FN-09). */
const limits = z.strictObject({
  kind: z.literal('limits'),
  effectiveFrom: day,
  perOrderFen: amount,
  perPersonDayFen: amount,
  perFundDayFen: amount,
  perReleaserDayFen: amount,
  reserveFen: amount,
});
/** `gatherAt` null: never gathered by itself; `cutOff` null: the bank takes orders the whole day. */
const setting = z.strictObject({
  kind: z.literal('setting'),
  effectiveFrom: day,
  channel: z.enum(['file', 'http']),
  gatherAt: time.nullable(),
  cutOff: time.nullable(),
  partSize: z.int().min(1).max(5000),
});
/** Days on which the bank differs from the agency's calendar, in their order and each once. */
const bankDays = z.strictObject({
  kind: z.literal('bankDays'),
  days: z
    .array(z.strictObject({ day, open: z.boolean() }))
    .min(1)
    .max(60)
    .refine((days) => days.every((one, index) => index === 0 || days[index - 1]!.day < one.day), {
      error: '日期须按先后排列,不得重复',
    }),
});

/** `POST /api/finance/payout-rules/proposals`. `id` is made by the screen and kept when it asks again; the words are sealed. */
export const proposePayoutRuleSchema = z
  .strictObject({
    id: z.uuid(),
    rule: z.discriminatedUnion('kind', [limits, setting, bankDays]),
    text: trimmedText(2_000).min(1),
    document: z.strictObject({ number: trimmedText(100).min(1), text: trimmedText(20_000).min(1) }),
  })
  .meta({ id: 'ProposePayoutRule' });
export type ProposePayoutRule = z.infer<typeof proposePayoutRuleSchema>;

export const refusePayoutRuleSchema = z
  .strictObject({ reason: trimmedText(500).min(1) })
  .meta({ id: 'RefusePayoutRule' });
export type RefusePayoutRule = z.infer<typeof refusePayoutRuleSchema>;

/** `GET /api/finance/payout-rules/proposals?before=`: `before` is the `proposedAt` of the last one of the page before. */
export const payoutRulesQuerySchema = z.strictObject({
  kind: z.enum(payoutRuleKinds).optional(),
  before: z.iso.datetime({ offset: true }).optional(),
});
export type PayoutRulesQuery = z.infer<typeof payoutRulesQuerySchema>;

export const payoutRuleProposalSchema = z
  .object({
    id: z.string(),
    kindLabel: z.string(),
    rule: z.discriminatedUnion('kind', [limits, setting, bankDays]),
    ...proposalFields,
  })
  .meta({ id: 'PayoutRuleProposal' });
export type PayoutRuleProposalView = z.infer<typeof payoutRuleProposalSchema>;

export const payoutRuleProposalsSchema = z
  .object({ items: z.array(payoutRuleProposalSchema), next: z.string().nullable() })
  .meta({ id: 'PayoutRuleProposals' });
export type PayoutRuleProposals = z.infer<typeof payoutRuleProposalsSchema>;

/** What stands today, and how much of it is used. 分. */
export const payoutRulesSchema = z
  .object({
    date: z.string(),
    fundAccount: z.string(),
    limits: z.object({
      perOrderFen: z.number().nullable(),
      perPersonDayFen: z.number().nullable(),
      perFundDayFen: z.number().nullable(),
      perReleaserDayFen: z.number().nullable(),
    }),
    released: z.object({
      fundFen: z.number(),
      releasers: z.array(z.object({ name: z.string(), usedFen: z.number() })),
    }),
    /** R-FN-09; `months` are those that the average is taken of, none where two persons set an amount. */
    reserve: z.object({
      reserveFen: z.number(),
      isSet: z.boolean(),
      months: z.array(z.object({ month: z.string(), paidFen: z.number() })),
      balanceFen: z.number().nullable(),
      statedAt: z.string().nullable(),
      committedFen: z.number(),
      note: z.string(),
    }),
    /** Null: the agency pays order by order. */
    setting: z
      .object({
        effectiveFrom: z.string(),
        channel: z.enum(['file', 'http']),
        gatherAt: z.string().nullable(),
        cutOff: z.string().nullable(),
        partSize: z.number(),
      })
      .nullable(),
    /** The bank working day on which what is gathered now is paid. */
    nextPayDay: z.string(),
    bankDays: z.array(z.object({ day: z.string(), open: z.boolean() })),
    mayPropose: z.boolean(),
  })
  .meta({ id: 'PayoutRules' });
export type PayoutRules = z.infer<typeof payoutRulesSchema>;

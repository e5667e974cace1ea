import { z } from 'zod';
import { deductionSchema } from './acts';

/** `POST /api/cases/{caseNo}/benefit`: what the amount would be; nothing is stored. */
export const benefitPreviewSchema = z
  .strictObject({ deductions: z.array(deductionSchema).max(5_000).default([]) })
  .meta({ id: 'BenefitPreview' });
export type BenefitPreview = z.infer<typeof benefitPreviewSchema>;

/** Amounts in 分, `ratioBp` in basis points; the entries that add minus those that take are the payable (R-AM-01…04). */
export const benefitAnswerSchema = z
  .object({
    payableFen: z.number(),
    totalFen: z.number(),
    deductedFen: z.number(),
    eligibleFen: z.number(),
    capRemainingFen: z.number(),
    trace: z.array(
      z.object({
        step: z.string(),
        effect: z.enum(['adds', 'takes', 'states']),
        ruleId: z.string(),
        clause: z.string(),
        valueFen: z.number().optional(),
        ratioBp: z.number().optional(),
        note: z.string(),
      }),
    ),
  })
  .meta({ id: 'Benefit' });
export type BenefitAnswer = z.infer<typeof benefitAnswerSchema>;

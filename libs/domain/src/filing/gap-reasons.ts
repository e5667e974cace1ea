import type { MatterDefinition, ReasonDefinition } from '../case/definition';
import { DomainError } from '../errors';
import type { Gap } from './filing';

/** Stands in `ReasonDefinition.gaps` for every gap that no other reason names. */
export const otherGaps = '*';

/** The coded reason that stands for a gap in 不予受理. */
export function reasonOfGap(
  definition: Pick<MatterDefinition, 'reasons'>,
  gap: Pick<Gap, 'code'>,
): ReasonDefinition | null {
  const named = definition.reasons.find((reason) => reason.gaps?.includes(gap.code));
  return named ?? definition.reasons.find((reason) => reason.gaps?.includes(otherGaps)) ?? null;
}

/**
 * 不予受理 names the reason of every gap, so that the notice is told once and whole (01-procedures P-01). What the check does
 * not bear out a person may have seen on the papers: then it is told in words, and never in place of what was found.
 * @throws DomainError REASONS_DO_NOT_FIT
 */
export function demandFittingReasons(
  definition: Pick<MatterDefinition, 'reasons'>,
  gaps: readonly Pick<Gap, 'code'>[],
  given: readonly { code: string; text?: string | null | undefined }[],
): void {
  const wanted = new Map(
    gaps.flatMap((gap) => {
      const reason = reasonOfGap(definition, gap);
      return reason ? [[reason.code, reason.label]] : [];
    }),
  );
  const missing = [...wanted].filter(([code]) => !given.some((reason) => reason.code === code));
  const unfounded = given.filter(({ code, text }) => !wanted.has(code) && !text?.trim());
  if (missing.length === 0 && unfounded.length === 0) return;
  const labels = new Map(definition.reasons.map(({ code, label }) => [code, label]));
  const problems = [
    missing.length > 0
      ? `还有欠缺没有列入理由(${missing.map(([code, label]) => `${code} ${label}`).join('、')})`
      : null,
    unfounded.length > 0
      ? `核对中没有发现与此相应的欠缺,又没有文字说明(${unfounded.map(({ code }) => `${code} ${labels.get(code) ?? ''}`).join('、')})`
      : null,
  ];
  throw new DomainError(
    'REASONS_DO_NOT_FIT',
    {
      problem: problems.filter((problem) => problem !== null).join(';'),
      missing: missing.map(([code]) => code),
      unfounded: unfounded.map(({ code }) => code),
    },
    'reasons',
  );
}

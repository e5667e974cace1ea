import { DomainError, type ErrorCode, type Verdict } from '@banjie/domain';
import { ApplicationFailure } from '@temporalio/common';

/** A rule's refusal on its way through Temporal: never retried, the code is the type, facts hold no personal data. */
export function toFailure(error: unknown): unknown {
  if (!(error instanceof DomainError)) return error;
  return ApplicationFailure.create({
    message: error.code,
    type: error.code,
    nonRetryable: true,
    details: [error.facts],
  });
}

export function demand(verdict: Verdict): void {
  if (!verdict.allowed) throw new DomainError(verdict.code, verdict.facts);
}

export function demandFact(
  condition: boolean,
  code: ErrorCode,
  facts: Record<string, unknown> = {},
): asserts condition {
  if (!condition) throw new DomainError(code, facts);
}

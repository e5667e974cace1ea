import { DomainError, type ErrorCode, type Verdict } from '@banjie/domain';
import { databaseFault, isStoreAway } from '@banjie/persistence';
import { ApplicationFailure } from '@temporalio/common';

/** A rule's refusal on its way through Temporal: never retried, the code is the type, facts and field hold no personal data. */
export function toFailure(error: unknown): unknown {
  if (!(error instanceof DomainError)) return error;
  return ApplicationFailure.create({
    message: error.code,
    type: error.code,
    nonRetryable: true,
    details: [error.facts, error.field ?? null],
  });
}

/**
 * A person's act that cannot be carried out for a reason nobody foresaw is refused, so that the case stays open to other
 * acts; only a database that is away is waited for. The fault is told to the operators without what was being handled.
 */
export function toStaffFailure(error: unknown, about: { caseNo: string; act: string }): unknown {
  if (error instanceof DomainError || isStoreAway(error)) return toFailure(error);
  const fault = databaseFault(error);
  const name = error instanceof Error ? error.name : typeof error;
  const at = error instanceof Error && !fault ? error.stack?.split('\n').slice(1, 4).join(' ') : undefined;
  console.error(JSON.stringify({ level: 'alarm', code: 'actFailed', ...about, name, ...fault, at }));
  return toFailure(new DomainError('ACT_FAILED'));
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

import { ApplicationFailure } from '@temporalio/workflow';

/** Ids go into SQL as they are: PostgreSQL chokes on some strings, and a choking activity is retried for ever. */
export const isId = (id: unknown): boolean => typeof id === 'string' && /^[\w:.-]{1,200}$/.test(id);

/** The rule's refusal that an activity failed with, if that is what happened. */
export function refusalIn(error: unknown): ApplicationFailure | null {
  const cause = error instanceof ApplicationFailure ? error : (error as { cause?: unknown }).cause;
  return cause instanceof ApplicationFailure && cause.nonRetryable ? cause : null;
}

/** A refusal on its way to the person who acted: the code is the type, facts and field hold no personal data. */
export function refusal(code: string, facts: Record<string, unknown>, field: string | null = null): ApplicationFailure {
  return ApplicationFailure.create({ message: code, type: code, nonRetryable: true, details: [facts, field] });
}

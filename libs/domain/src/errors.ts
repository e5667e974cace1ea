import { bankFileErrors } from './errors/bank-files';
import { benefitErrors } from './errors/benefit';
import { bookErrors } from './errors/books';
import { edgeErrors } from './errors/edge';
import { filingErrors } from './errors/filing';
import { matterErrors } from './errors/matters';
import { paperErrors } from './errors/papers';
import { payoutErrors } from './errors/payouts';
import { roadErrors } from './errors/road';
import { taskErrors } from './errors/tasks';
import { timeErrors } from './errors/time';

export type { ErrorEntry } from './errors/entry';

/** The rows by subject, a file each. A new code is a new row there and nowhere else. */
export const errorParts = [
  timeErrors,
  roadErrors,
  taskErrors,
  filingErrors,
  paperErrors,
  matterErrors,
  benefitErrors,
  payoutErrors,
  bookErrors,
  bankFileErrors,
  edgeErrors,
] as const;

/** Every code the trade can answer with. The codes are the keys, so that the table cannot be incomplete. */
export const errorTable = {
  ...timeErrors,
  ...roadErrors,
  ...taskErrors,
  ...filingErrors,
  ...paperErrors,
  ...matterErrors,
  ...benefitErrors,
  ...payoutErrors,
  ...bookErrors,
  ...bankFileErrors,
  ...edgeErrors,
};

export type ErrorCode = keyof typeof errorTable;

/** Fills `{name}` in the table's sentence; a fact that was not given reads as 未注明 rather than as a bare brace. */
export function errorSentence(code: ErrorCode, facts: Record<string, unknown> = {}): string {
  return errorTable[code].message.replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? '未注明'));
}

/**
 * What a rule of the trade refuses. `message` is the Chinese sentence with the facts filled in; facts are shown to
 * the person and must hold no personal data; `field` names the field of the input that is at fault.
 */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  constructor(
    readonly code: ErrorCode,
    readonly facts: Record<string, unknown> = {},
    readonly field?: string,
  ) {
    super(errorSentence(code, facts));
  }

  get status(): number {
    return errorTable[this.code].status;
  }

  get next(): string {
    return errorTable[this.code].next;
  }
}

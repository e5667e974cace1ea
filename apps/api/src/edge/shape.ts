import { StandardSchemaValidationPipe } from '@nestjs/common';
import { DomainError } from '@banjie/domain';
import { z } from 'zod';

z.config(z.locales.zhCN());

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

const shownIssues = 20;

const pathOf = (issue: Issue): string =>
  (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.');

/** The refusal of a body, query or parameter: the first fault in the sentence, the others in the facts. */
export function shapeFault(issues: readonly Issue[]): DomainError {
  const listed = issues.slice(0, shownIssues).map((issue) => ({
    field: pathOf(issue).slice(0, 200),
    reason: issue.message.slice(0, 200),
  }));
  const [first] = listed;
  const reason = first ? (first.field ? `${first.field} ${first.reason}` : first.reason) : '格式有误';
  const facts = { reason, ...(listed.length > 1 ? { issues: listed } : {}) };
  return new DomainError('BAD_SHAPE', facts, first?.field || undefined);
}

/** Checks everything that carries `{ schema }`; a failure is 400 BAD_SHAPE with the field and a Chinese reason. */
export const shapePipe = new StandardSchemaValidationPipe({ exceptionFactory: shapeFault });

import { DomainError } from '@banjie/domain';

/**
 * Writes what went wrong to stderr, one line of JSON, and answers the exit code: 2 for input the trade refuses.
 * Anything else is our own fault and goes on as it is, with its stack.
 */
export function printFault(error: unknown): number {
  if (!(error instanceof DomainError)) throw error;
  process.stderr.write(`${JSON.stringify({ code: error.code, message: error.message })}\n`);
  return 2;
}

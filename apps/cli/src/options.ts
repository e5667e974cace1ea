import { parseArgs } from 'node:util';
import { DomainError } from '@banjie/domain';

type Kind = 'string' | 'boolean';

/** Options read from a command line: every value of a text option in order, and the flags that were set. */
export interface Options {
  /** The values of an option that may repeat. */
  all(name: string): string[];
  /** The value of an option that may stand once. */
  one(name: string): string | undefined;
  flag(name: string): boolean;
}

/**
 * `node:util` parseArgs with our own sentences, with options repeated by mistake refused, and with negative numbers taken
 * as values, so that the rule that knows them can refuse them.
 * @throws DomainError BAD_USAGE
 */
export function readOptions(args: readonly string[], kinds: Readonly<Record<string, Kind>>): Options {
  const options = Object.fromEntries(Object.entries(kinds).map(([name, type]) => [name, { type, multiple: true }]));
  let values: Record<string, (string | boolean)[] | undefined>;
  try {
    values = parseArgs({ args: joinNegativeNumbers(args, kinds), options, strict: true }).values as typeof values;
  } catch (error) {
    throw asUsage(error);
  }
  const all = (name: string): string[] => (values[name] ?? []).map(String);
  return {
    all,
    one: (name) => {
      const given = all(name);
      if (given.length > 1) throw new DomainError('BAD_USAGE', { reason: `选项 --${name} 只能出现一次` });
      return given[0];
    },
    flag: (name) => values[name] !== undefined,
  };
}

function joinNegativeNumbers(args: readonly string[], kinds: Readonly<Record<string, Kind>>): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const before = joined.at(-1) ?? '';
    if (/^-\d/.test(arg) && kinds[before.slice(2)] === 'string') joined[joined.length - 1] = `${before}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}

function asUsage(error: unknown): unknown {
  const { code, message = '' } = error as { code?: string; message?: string };
  const [, word = ''] = /'([^']*)'/.exec(message) ?? [];
  const named = word === '' ? '' : `“${word.slice(0, 60)}”`;
  switch (code) {
    case 'ERR_PARSE_ARGS_UNKNOWN_OPTION':
      return new DomainError('BAD_USAGE', { reason: `不认识的选项${named}` });
    case 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE':
      return new DomainError('BAD_USAGE', { reason: `选项${named}缺少值,或不应有值` });
    case 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL':
      return new DomainError('BAD_USAGE', { reason: `多余的参数${named}` });
    default:
      return error;
  }
}

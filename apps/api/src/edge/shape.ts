import { type ArgumentMetadata, type PipeTransform, StandardSchemaValidationPipe } from '@nestjs/common';
import { DomainError } from '@banjie/domain';
import { z } from 'zod';
import { codeWithLabel, fieldLabel, fieldOf } from './field-labels';

// Asked for every fault whose schema has no sentence of its own; only here the value is known (missing or wrong).
z.config({ customError: (issue) => reasonOf(issue) });

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  /** Of `unrecognized_keys`. */
  readonly keys?: readonly string[];
}

const shownIssues = 20;
const shownKeys = 5;
const shownValues = 30;

/** The refusal of a body, query or parameter: the first fault in the sentence, the others in the facts. */
export function shapeFault(issues: readonly Issue[], parameter?: string): DomainError {
  const listed = issues.slice(0, shownIssues).map((issue) => {
    const path = pathOf(issue, parameter);
    return { field: fieldOf(path).slice(0, 200), reason: sentenceOf(path, issue) };
  });
  const [first] = listed;
  const facts = { reason: first?.reason ?? '格式有误', ...(listed.length > 1 ? { issues: listed } : {}) };
  return new DomainError('BAD_SHAPE', facts, first?.field || undefined);
}

/** The check of a filing names fields inside its body; so does this, or a screen would need two tables. */
function pathOf({ path = [], keys }: Issue, parameter: string | undefined): (string | number)[] {
  const parts = path.map((part) => {
    const key = typeof part === 'object' ? part.key : part;
    return typeof key === 'number' ? key : plainKey(String(key));
  });
  if (parts.length === 0 && parameter !== undefined) return [parameter];
  const inBody = parts[0] === 'body' && (parts.length > 1 || keys !== undefined) ? parts.slice(1) : parts;
  return keys?.length === 1 ? [...inBody, plainKey(keys[0]!)] : inBody;
}

function sentenceOf(path: (string | number)[], { message, keys }: Issue): string {
  if (keys) return message;
  if (path.length === 0) return `正文${message}`;
  const label = fieldLabel(path);
  const named = typeof path.at(-1) === 'number' ? `${label ?? '列表'}的第 ${Number(path.at(-1)) + 1} 项` : label;
  return `${named ?? '字段 '}${named ? '(' : ''}${fieldOf(path).slice(0, 200)}${named ? ')' : ' '}${message}`;
}

/** Keys come from outside: none is echoed at length or with anything that is no part of a name. */
const plainKey = (key: string) => key.slice(0, 40).replace(/[^\w.\-\p{Script=Han}]/gu, '?');

function reasonOf(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? '须填写' : `须为${kindOf(issue.expected, issue.path?.at(-1))}`;
    case 'too_small':
      return tooSmall(issue.origin, Number(issue.minimum), issue.inclusive ?? true, issue.path?.at(-1));
    case 'too_big':
      return tooBig(issue.origin, Number(issue.maximum), issue.path?.at(-1));
    case 'invalid_format':
      return formats[issue.format] ?? '的格式不符合要求';
    case 'not_multiple_of':
      return `须为 ${issue.divisor} 的倍数`;
    case 'unrecognized_keys':
      return `不认识的字段 ${issue.keys.slice(0, shownKeys).map(plainKey).join('、')},请删除`;
    case 'invalid_value':
      return oneOf(issue.values);
    case 'invalid_union':
      return Array.isArray(issue['options']) ? oneOf(issue['options']) : '不符合任何一种允许的形式';
    default:
      return '的内容不符合要求';
  }
}

const formats: Record<string, string> = {
  uuid: '须为系统使用的 36 位编号',
  date: '须为存在的日期,形如 2026-01-05',
  datetime: '须为带时区的时刻,形如 2026-01-05T10:00:00+08:00',
};

const unitOf = (key: PropertyKey | undefined) => (String(key).endsWith('Fen') ? ',单位为分' : '');

function kindOf(expected: string, key: PropertyKey | undefined): string {
  // No body of ours takes a broken number.
  if (expected === 'number' || expected === 'int') return unitOf(key) ? `不小于 0 的整数${unitOf(key)}` : '整数';
  const kinds: Record<string, string> = {
    string: '文字',
    boolean: '真假值',
    array: '列表',
    object: '一组字段',
    record: '一组字段',
  };
  return kinds[expected] ?? '另一种内容';
}

function tooSmall(origin: string, minimum: number, inclusive: boolean, key: PropertyKey | undefined): string {
  if (origin === 'array' || origin === 'set') return minimum === 1 ? '至少选一条' : `至少要有 ${minimum} 条`;
  if (origin === 'string') return minimum === 1 ? '不能为空' : `至少要有 ${minimum} 个字`;
  return `须为${inclusive ? '不小于' : '大于'} ${minimum} 的整数${unitOf(key)}`;
}

function tooBig(origin: string, maximum: number, key: PropertyKey | undefined): string {
  if (origin === 'array' || origin === 'set') return `不能超过 ${maximum} 条`;
  if (origin === 'string') return `不能超过 ${maximum} 个字`;
  return `须为不大于 ${maximum} 的整数${unitOf(key)}`;
}

function oneOf(values: readonly unknown[]): string {
  const shown = values.slice(0, shownValues).map((value) => codeWithLabel(String(value)));
  return values.length === 1 ? `须为 ${shown[0]}` : `须为下列之一:${shown.join('、')}`;
}

/** What a parameter's schema found; the name of the parameter is known outside alone. */
class ShapeIssues extends Error {
  constructor(readonly issues: readonly Issue[]) {
    super('shape');
  }
}

class ShapePipe extends StandardSchemaValidationPipe {
  override async transform<Value>(value: Value, metadata: ArgumentMetadata): Promise<Value> {
    try {
      return (await super.transform(value, metadata)) as Value;
    } catch (error) {
      if (error instanceof ShapeIssues) throw shapeFault(error.issues, metadata.data);
      throw error;
    }
  }
}

/** Checks everything that carries `{ schema }`; a failure is 400 BAD_SHAPE with the field and a Chinese reason. */
export const shapePipe: PipeTransform = new ShapePipe({ exceptionFactory: (issues) => new ShapeIssues(issues) });

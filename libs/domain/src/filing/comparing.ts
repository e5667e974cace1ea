import { foldWidth } from '../checks/checked';
import { checkPersonName } from '../checks/person-name';
import { gap } from './gap-table';
import type { Finding } from './claim';

/** True when both are given and name the same person: width, case, spaces and kinds of middle dot make no difference. */
export function sameName(left: string | null | undefined, right: string | null | undefined): boolean {
  return left != null && right != null && foldName(left) === foldName(right);
}

function foldName(text: string): string {
  const name = checkPersonName(text);
  return foldWidth(name.ok ? name.value : text);
}

/** True unless both are given and differ: a value that is missing is another gap's matter. */
export function agrees(left: string | null | undefined, right: string | null | undefined): boolean {
  return !left || !right || sameName(left, right);
}

/**
 * Pooling areas are cities in 广西 (统筹地区; D1-A 第九条): the first four digits of the GB/T 2260 code.
 * Areas pooled by a whole province need a table of their own before they are switched on.
 */
export function samePoolingArea(left: string, right: string): boolean {
  return left.slice(0, 4) === right.slice(0, 4);
}

export function isBlank(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

/** One gap per field that is empty. */
export function requireFields(
  holder: object | null | undefined,
  prefix: string,
  labels: Record<string, string>,
  finding: Finding,
): void {
  const values = (holder ?? {}) as Record<string, unknown>;
  for (const [name, label] of Object.entries(labels)) {
    if (isBlank(values[name])) finding.gaps.push(gap('FIELD_MISSING', { label }, { field: `${prefix}.${name}` }));
  }
}

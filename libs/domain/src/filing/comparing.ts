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

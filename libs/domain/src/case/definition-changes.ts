import { DomainError } from '../errors';
import type { MatterDefinition } from './definition';

/** What a new version changes of the one before it: limits by clock in working days; a list replaces the whole list. */
export interface DefinitionPatch {
  limits?: Record<string, number> | undefined;
  reasons?: MatterDefinition['reasons'] | undefined;
  materials?: MatterDefinition['materials'] | undefined;
  notices?: MatterDefinition['notices'] | undefined;
}

/** @throws DomainError UNKNOWN_CLOCK where a limit names no clock of the matter */
export function patchDefinition(base: MatterDefinition, patch: DefinitionPatch): MatterDefinition {
  const limits = patch.limits ?? {};
  const unknown = Object.keys(limits).find((clock) => !base.clocks.some((c) => c.clock === clock));
  if (unknown !== undefined) {
    throw new DomainError(
      'UNKNOWN_CLOCK',
      { clock: unknown, known: base.clocks.map((c) => c.clock).join('、') },
      'limits',
    );
  }
  return {
    ...base,
    reasons: patch.reasons ?? base.reasons,
    materials: patch.materials ?? base.materials,
    notices: patch.notices ?? base.notices,
    clocks: base.clocks.map((clock) => ({
      ...clock,
      limitWorkingDays: limits[clock.clock] ?? clock.limitWorkingDays,
    })),
  };
}

/** One thing that two versions say differently; null where one of them says nothing of it. */
export interface DefinitionDifference {
  /** As in the body: 'clocks.K-02.limitWorkingDays'. */
  path: string;
  before: unknown;
  after: unknown;
}

/** The field by which the rows of a list are known; a list without one is compared as a whole. */
const keys = ['stage', 'clock', 'code', 'id', 'notice', 'act'] as const;
/** The number of a version is no content. */
const passedOver = new Set(['version']);

/** What `after` says otherwise than `before`, row by row and by path; the order of a list is told under its own path. */
export function definitionDifferences(before: MatterDefinition, after: MatterDefinition): DefinitionDifference[] {
  const found = compare('', before, after).filter(({ path }) => !passedOver.has(path));
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function compare(path: string, before: unknown, after: unknown): DefinitionDifference[] {
  if (isSame(before, after)) return [];
  const at = (name: string) => (path ? `${path}.${name}` : name);
  const rows = [keyed(before), keyed(after)];
  if (rows[0] && rows[1]) {
    const [left, right] = rows as [Map<string, unknown>, Map<string, unknown>];
    const changed = union(left.keys(), right.keys()).flatMap((name) =>
      compare(at(name), left.get(name), right.get(name)),
    );
    const [had, has] = [[...left.keys()].filter((k) => right.has(k)), [...right.keys()].filter((k) => left.has(k))];
    return had.join() === has.join() ? changed : [...changed, { path, before: had, after: has }];
  }
  if (isRecord(before) && isRecord(after)) {
    return union(Object.keys(before), Object.keys(after)).flatMap((name) =>
      compare(at(name), before[name], after[name]),
    );
  }
  return [{ path, before: before ?? null, after: after ?? null }];
}

function keyed(value: unknown): Map<string, unknown> | null {
  if (!Array.isArray(value)) return null;
  const key = keys.find((name) => value.every((row) => isRecord(row) && typeof row[name] === 'string'));
  return key ? new Map(value.map((row: Record<string, unknown>) => [row[key] as string, row])) : null;
}

/** Whatever the order of keys: jsonb has its own. */
function isSame(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => isSame(item, right[index]));
  }
  if (isRecord(left) && isRecord(right)) {
    return union(Object.keys(left), Object.keys(right)).every((name) => isSame(left[name], right[name]));
  }
  return left === right;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const union = (left: Iterable<string>, right: Iterable<string>) => [...new Set([...left, ...right])];

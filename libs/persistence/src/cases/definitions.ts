import type { MatterDefinition } from '@banjie/domain';
import type { EntityManager } from 'typeorm';
import { rows } from '../data-source';

const known = new Map<string, MatterDefinition>();

/** The definition a case is pinned to. A stored version never changes, so a process asks once. */
export async function getDefinition(
  manager: EntityManager,
  matter: string,
  version: number,
): Promise<MatterDefinition> {
  const key = `${matter}@${version}`;
  const cached = known.get(key);
  if (cached) return cached;
  const [row] = await rows<{ body: MatterDefinition }>(
    manager,
    `SELECT body FROM matter_definition WHERE matter = $1 AND version = $2`,
    [matter, version],
  );
  if (!row) throw new Error(`事项 ${key} 没有定义`);
  known.set(key, row.body);
  return row.body;
}

/** The newest version in force on a date 'YYYY-MM-DD'. */
export async function findDefinitionInForce(
  manager: EntityManager,
  matter: string,
  date: string,
): Promise<MatterDefinition | null> {
  const [row] = await rows<{ version: number }>(
    manager,
    `SELECT version FROM matter_definition WHERE matter = $1 AND effective_from <= $2
     ORDER BY effective_from DESC, version DESC LIMIT 1`,
    [matter, date],
  );
  return row ? getDefinition(manager, matter, row.version) : null;
}

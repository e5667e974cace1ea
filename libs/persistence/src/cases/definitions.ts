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

/** Of every matter the newest version in force on a date, by procedure and name. */
export async function findMattersInForce(manager: EntityManager, date: string): Promise<MatterDefinition[]> {
  const found = await rows<{ matter: string; version: number }>(
    manager,
    `SELECT DISTINCT ON (matter) matter, version FROM matter_definition WHERE effective_from <= $1
     ORDER BY matter, effective_from DESC, version DESC`,
    [date],
  );
  const definitions = await Promise.all(found.map(({ matter, version }) => getDefinition(manager, matter, version)));
  const order = ({ procedure, matter }: MatterDefinition) => `${procedure} ${matter}`;
  return definitions.sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

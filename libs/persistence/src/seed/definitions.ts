import {
  checkDefinition,
  crossProvinceTransfers,
  crossRegionFiling,
  crossRegionReimbursement,
  inpatientReimbursement,
  referralFiling,
  type MatterDefinition,
} from '@banjie/domain';
import type { EntityManager } from 'typeorm';
import { rows } from '../data-source';

/** Every matter this release knows. A changed definition is a new version: cases stay pinned to theirs (architecture § 2). */
export const matterDefinitions: readonly MatterDefinition[] = [
  inpatientReimbursement,
  crossRegionReimbursement,
  crossRegionFiling,
  referralFiling,
  ...crossProvinceTransfers,
];

/**
 * Stores the definitions by version. Throws a sentence when one contradicts itself, or when a stored version that cases
 * are pinned to reads otherwise than the file.
 */
export async function seedDefinitions(
  manager: EntityManager,
  definitions: readonly MatterDefinition[] = matterDefinitions,
): Promise<void> {
  for (const definition of definitions) {
    const faults = checkDefinition(definition);
    if (faults.length > 0) throw new Error(`事项“${definition.label}”的定义有误:${faults.join(';')}`);
    await seedDefinition(manager, definition);
  }
}

async function seedDefinition(manager: EntityManager, definition: MatterDefinition): Promise<void> {
  const { matter, version, label, effectiveFrom } = definition;
  const body = JSON.stringify(definition);
  const [stored] = await rows<{ same: boolean; in_use: boolean; published: boolean }>(
    manager,
    `SELECT body = $3::jsonb AS same, d.draft_id IS NOT NULL AS published,
       EXISTS (SELECT 1 FROM cases c WHERE c.matter = d.matter AND c.definition_version = d.version) AS in_use
     FROM matter_definition d WHERE matter = $1 AND version = $2`,
    [matter, version, body],
  );
  // What two persons published under this number stands before what a program brings.
  if (stored?.same || stored?.published) return;
  if (stored?.in_use) {
    throw new Error(
      `事项“${label}”第 ${version} 版已有办件使用,但程序中的定义与库中不同:请把改动写成新的版本,不要修改旧版本;` +
        '若只是演示数据,可执行 npm run reset 后重新开始。',
    );
  }
  await manager.query(
    `INSERT INTO matter_definition (matter, version, effective_from, body) VALUES ($1, $2, $3, $4)
     ON CONFLICT (matter, version) DO UPDATE SET body = excluded.body, effective_from = excluded.effective_from`,
    [matter, version, effectiveFrom, body],
  );
}

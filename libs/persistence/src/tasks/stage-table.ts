import { stages, type Duty, type MatterDefinition, type Post, type Stage } from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { rows } from '../data-source';

/** A stage of any stored definition: whose inbox its tasks appear in, and the duty (SD-01) that acting there claims. */
export interface InboxStage {
  stage: Stage;
  posts: readonly Post[];
  duty: Duty | null;
  /** False when stored definitions disagree about the posts: then the posts of each task decide. */
  isUniform: boolean;
}

const keepMs = 60_000;
const kept = new WeakMap<DataSource, { table: InboxStage[]; at: number }>();

/** All stages of all stored definitions, in the order of the road; read once a minute. */
export async function stageTable(dataSource: DataSource): Promise<InboxStage[]> {
  const known = kept.get(dataSource);
  if (known && Date.now() - known.at < keepMs) return known.table;
  const table = await readStages(dataSource);
  kept.set(dataSource, { table, at: Date.now() });
  return table;
}

async function readStages(manager: DataSource | EntityManager): Promise<InboxStage[]> {
  const definitions = await rows<Pick<MatterDefinition, 'stages'>>(
    manager,
    `SELECT body->'stages' AS stages FROM matter_definition`,
  );
  const found = new Map<Stage, InboxStage>();
  for (const { stage, posts, duty } of definitions.flatMap((definition) => definition.stages)) {
    const before = found.get(stage);
    if (before && before.duty !== duty) throw new Error(`stage ${stage} claims different duties in two definitions`);
    const all = [...new Set([...(before?.posts ?? []), ...posts])];
    const isUniform =
      !before || (before.isUniform && all.length === before.posts.length && all.length === posts.length);
    found.set(stage, { stage, posts: all, duty, isUniform });
  }
  return stages.flatMap((stage) => found.get(stage) ?? []);
}

/** The stages whose tasks a person with these posts may see. */
export function stagesOfPosts(table: readonly InboxStage[], posts: readonly Post[]): InboxStage[] {
  return table.filter((entry) => entry.posts.some((post) => posts.includes(post)));
}

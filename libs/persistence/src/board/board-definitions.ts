import type { MatterDefinition, Post, Stage } from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { rows } from '../data-source';

/** What the board needs of the stored definitions, all versions together. */
export interface BoardMatter {
  matter: string;
  label: string;
  /** Of the newest version: its limits and thresholds colour the board. */
  clocks: MatterDefinition['clocks'];
  lights?: { yellowWorkingDays: number; yellowOfficeHours: number };
  stages: { stage: Stage; posts: readonly Post[]; returnsTo: readonly Stage[] }[];
  /** Labels of coded reasons. */
  reasons: Record<string, string>;
}

type StoredDefinition = Pick<MatterDefinition, 'matter' | 'label' | 'clocks' | 'stages' | 'reasons'> &
  Pick<BoardMatter, 'lights'>;

const keepMs = 60_000;
const kept = new WeakMap<DataSource, { matters: BoardMatter[]; at: number }>();

/** Every matter that any stored definition knows; read once a minute. */
export async function boardMatters(dataSource: DataSource): Promise<BoardMatter[]> {
  const known = kept.get(dataSource);
  if (known && Date.now() - known.at < keepMs) return known.matters;
  const matters = await readBoardMatters(dataSource);
  kept.set(dataSource, { matters, at: Date.now() });
  return matters;
}

export async function readBoardMatters(store: DataSource | EntityManager): Promise<BoardMatter[]> {
  const stored = await rows<{ body: StoredDefinition }>(
    store,
    `SELECT json_build_object('matter', body->'matter', 'label', body->'label', 'clocks', body->'clocks', 'stages', body->'stages',
       'reasons', body->'reasons', 'lights', body->'lights') AS body
     FROM matter_definition ORDER BY matter, effective_from DESC, version DESC`,
  );
  const found = new Map<string, BoardMatter>();
  for (const { body } of stored) {
    const { matter, label, clocks, lights } = body;
    const known: BoardMatter = found.get(matter) ?? {
      ...{ matter, label, clocks, stages: [], reasons: {} },
      ...(lights ? { lights } : {}),
    };
    found.set(matter, known);
    for (const { stage, posts, returnsTo } of body.stages) {
      const before = known.stages.find((entry) => entry.stage === stage);
      if (before) before.posts = [...new Set([...before.posts, ...posts])];
      else known.stages.push({ stage, posts, returnsTo });
    }
    known.reasons = {
      ...Object.fromEntries(body.reasons.map((reason) => [reason.code, reason.label])),
      ...known.reasons,
    };
  }
  return [...found.values()];
}

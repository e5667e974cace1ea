import { createHash, randomUUID } from 'node:crypto';
import type { MatterDefinition } from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { canonical } from '../cases/chain';
import { rows } from '../data-source';

export interface PersonName {
  id: string;
  name: string;
}

export interface DefinitionDraft {
  draftId: string;
  matter: string;
  version: number;
  baseVersion: number;
  effectiveFrom: string;
  body: MatterDefinition;
  /** sha256 over the body with sorted keys. */
  digest: string;
  draftedBy: PersonName;
  draftedAt: Date;
  verdict: 'approved' | 'rejected' | null;
  reason: string | null;
  judgedBy: PersonName | null;
  judgedAt: Date | null;
}

export interface PublishedVersion {
  version: number;
  effectiveFrom: string;
  sourceDocument: string;
  draftedBy: PersonName | null;
  approvedBy: PersonName | null;
  publishedAt: Date;
  openCases: number;
  closedCases: number;
}

/** One at a time may change the versions of a matter; held until the transaction ends. */
export async function lockMatter(manager: EntityManager, matter: string): Promise<void> {
  await manager.query(`SELECT pg_advisory_xact_lock(hashtext('banjie-matter:' || $1))`, [matter]);
}

/** The version with the highest number, in force or still to come. */
export async function findNewestDefinition(manager: EntityManager, matter: string): Promise<MatterDefinition | null> {
  const [row] = await rows<{ body: MatterDefinition }>(
    manager,
    `SELECT body FROM matter_definition WHERE matter = $1 ORDER BY version DESC LIMIT 1`,
    [matter],
  );
  return row?.body ?? null;
}

/** A stored version by its number; unlike `getDefinition` it may not be there. */
export async function findDefinition(
  manager: EntityManager,
  matter: string,
  version: number,
): Promise<MatterDefinition | null> {
  const [row] = await rows<{ body: MatterDefinition }>(
    manager,
    `SELECT body FROM matter_definition WHERE matter = $1 AND version = $2`,
    [matter, version],
  );
  return row?.body ?? null;
}

/** Keeps a draft of the next version; nothing follows from it until another person has approved it. Answers its id. */
export async function addDefinitionDraft(
  manager: EntityManager,
  draft: { definition: MatterDefinition; baseVersion: number; draftedBy: string; at: Date },
): Promise<string> {
  const { definition } = draft;
  const id = randomUUID();
  await rows(
    manager,
    `INSERT INTO definition_draft (id, matter, version, base_version, effective_from, body, digest, drafted_by, drafted_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      id,
      definition.matter,
      definition.version,
      draft.baseVersion,
      definition.effectiveFrom,
      JSON.stringify(definition),
      createHash('sha256').update(canonical(definition)).digest('hex'),
      draft.draftedBy,
      draft.at,
    ],
  );
  return id;
}

const draftColumns = `d.id AS "draftId", d.matter, d.version, d.base_version AS "baseVersion", d.effective_from AS "effectiveFrom",
  d.body, d.digest, json_build_object('id', d.drafted_by, 'name', p.display_name) AS "draftedBy", d.drafted_at AS "draftedAt",
  v.verdict, v.reason, v.judged_at AS "judgedAt",
  CASE WHEN v.judged_by IS NOT NULL THEN json_build_object('id', v.judged_by, 'name', j.display_name) END AS "judgedBy"
  FROM definition_draft d JOIN staff_account p ON p.id = d.drafted_by
    LEFT JOIN definition_verdict v ON v.draft_id = d.id LEFT JOIN staff_account j ON j.id = v.judged_by`;

export async function findDefinitionDraft(
  manager: EntityManager,
  matter: string,
  draftId: string,
): Promise<DefinitionDraft | null> {
  const [row] = await rows<DefinitionDraft>(manager, `SELECT ${draftColumns} WHERE d.id = $1 AND d.matter = $2`, [
    draftId,
    matter,
  ]);
  return row ?? null;
}

/** Drafts nobody has judged, oldest first. */
export async function findWaitingDrafts(manager: EntityManager, matter: string): Promise<DefinitionDraft[]> {
  return rows(
    manager,
    `SELECT ${draftColumns} WHERE d.matter = $1 AND v.draft_id IS NULL ORDER BY d.drafted_at, d.id`,
    [matter],
  );
}

/**
 * What the second person says of a draft, once. Approved, the draft becomes a version in the same transaction; the trigger
 * `keep_definition` asks again whether two persons stand behind this very content (SD-06).
 */
export async function judgeDefinitionDraft(
  manager: EntityManager,
  draft: DefinitionDraft,
  verdict: { verdict: 'approved' | 'rejected'; reason: string | null; judgedBy: string; at: Date },
): Promise<void> {
  await rows(
    manager,
    `INSERT INTO definition_verdict (draft_id, digest, verdict, reason, judged_by, judged_at) VALUES ($1, $2, $3, $4, $5, $6)`,
    [draft.draftId, draft.digest, verdict.verdict, verdict.reason, verdict.judgedBy, verdict.at],
  );
  if (verdict.verdict !== 'approved') return;
  await rows(
    manager,
    `INSERT INTO matter_definition (matter, version, effective_from, body, draft_id)
     SELECT matter, version, effective_from, body, id FROM definition_draft WHERE id = $1`,
    [draft.draftId],
  );
}

/** Who runs which: every published version of a matter with its open and closed cases, newest first. */
export async function listVersions(store: DataSource | EntityManager, matter: string): Promise<PublishedVersion[]> {
  return rows(
    store,
    `SELECT m.version, m.effective_from AS "effectiveFrom", m.body->>'sourceDocument' AS "sourceDocument",
       CASE WHEN d.id IS NOT NULL THEN json_build_object('id', d.drafted_by, 'name', p.display_name) END AS "draftedBy",
       CASE WHEN d.id IS NOT NULL THEN json_build_object('id', v.judged_by, 'name', j.display_name) END AS "approvedBy",
       coalesce(v.judged_at, m.created_at) AS "publishedAt",
       coalesce(n.open, 0)::int AS "openCases", coalesce(n.closed, 0)::int AS "closedCases"
     FROM matter_definition m
       LEFT JOIN definition_draft d ON d.id = m.draft_id LEFT JOIN staff_account p ON p.id = d.drafted_by
       LEFT JOIN definition_verdict v ON v.draft_id = d.id LEFT JOIN staff_account j ON j.id = v.judged_by
       LEFT JOIN (SELECT definition_version, count(*) FILTER (WHERE stage <> 'closed') AS open,
           count(*) FILTER (WHERE stage = 'closed') AS closed FROM cases WHERE matter = $1 GROUP BY definition_version) n
         ON n.definition_version = m.version
     WHERE m.matter = $1 ORDER BY m.version DESC`,
    [matter],
  );
}

/** An open case of the matter in which this person has a duty or holds the task: who has one changes no rules of it (SD-06). */
export async function findOwnOpenCase(
  manager: EntityManager,
  matter: string,
  personId: string,
): Promise<string | null> {
  const [row] = await rows<{ case_no: string }>(
    manager,
    `SELECT c.case_no FROM case_duty d JOIN cases c ON c.case_no = d.case_no
     WHERE d.person_id = $2::text AND c.matter = $1 AND c.closed_at IS NULL
     UNION ALL SELECT t.case_no FROM task t WHERE t.holder_id = $2::uuid AND t.state = 'open' AND t.matter = $1
     LIMIT 1`,
    [matter, personId],
  );
  return row?.case_no ?? null;
}

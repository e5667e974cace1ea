import { randomUUID } from 'node:crypto';
import type { ActCode, MoveAct, Obstacle, Stage, StageMap } from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { rows } from '../data-source';
import type { PersonName } from './versions';

export interface MoveFilter {
  caseNos?: string[] | undefined;
  stages?: Stage[] | undefined;
  /** 收件 days 'YYYY-MM-DD', both included. */
  receivedFrom?: string | undefined;
  receivedTo?: string | undefined;
}

export type MoveEventKind = 'approved' | 'rejected' | 'finished' | 'undoRequested' | 'undoFinished';

export interface CaseMoveRecord {
  moveId: string;
  agencyId: string;
  matter: string;
  fromVersion: number;
  toVersion: number;
  stageMap: StageMap;
  filter: MoveFilter;
  reason: string;
  undoHours: number;
  proposedBy: PersonName;
  proposedAt: Date;
  events: { kind: MoveEventKind; by: string; actorId: string; at: Date; reason: string | null }[];
  cases: number;
  possible: number;
  moved: number;
  refused: number;
  undone: number;
  undoRefused: number;
}

/** Open cases of an agency and version that a filter names, in the order of their numbers; at most `limit`. */
export async function findCasesToMove(
  manager: EntityManager,
  wanted: { agencyId: string; matter: string; version: number; filter: MoveFilter; limit: number },
): Promise<string[]> {
  const { filter } = wanted;
  const found = await rows<{ case_no: string }>(
    manager,
    `SELECT case_no FROM cases WHERE agency_id = $1 AND matter = $2 AND definition_version = $3 AND closed_at IS NULL
       AND ($4::text[] IS NULL OR case_no = ANY($4)) AND ($5::text[] IS NULL OR stage = ANY($5))
       AND ($6::date IS NULL OR received_on >= $6) AND ($7::date IS NULL OR received_on <= $7)
     ORDER BY case_no LIMIT $8`,
    [
      wanted.agencyId,
      wanted.matter,
      wanted.version,
      filter.caseNos ?? null,
      filter.stages ?? null,
      filter.receivedFrom ?? null,
      filter.receivedTo ?? null,
      wanted.limit,
    ],
  );
  return found.map(({ case_no: caseNo }) => caseNo);
}

/** Keeps a move as proposed, with the dry run of every case. Answers its id. */
export async function addCaseMove(
  manager: EntityManager,
  move: Pick<
    CaseMoveRecord,
    'agencyId' | 'matter' | 'fromVersion' | 'toVersion' | 'stageMap' | 'filter' | 'reason' | 'undoHours'
  > & { proposedBy: string; at: Date },
  plans: readonly { caseNo: string; possible: boolean; plan: unknown }[],
): Promise<string> {
  const id = randomUUID();
  await rows(
    manager,
    `INSERT INTO case_move (id, agency_id, matter, from_version, to_version, stage_map, filter, reason, undo_hours, proposed_by,
       proposed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      ...[id, move.agencyId, move.matter, move.fromVersion, move.toVersion],
      ...[JSON.stringify(move.stageMap), JSON.stringify(move.filter), move.reason, move.undoHours],
      ...[move.proposedBy, move.at],
    ],
  );
  await rows(
    manager,
    `INSERT INTO case_move_case (move_id, case_no, possible, plan)
     SELECT $1, p.value->>'caseNo', (p.value->>'possible')::boolean, p.value->'plan' FROM jsonb_array_elements($2::jsonb) p`,
    [id, JSON.stringify(plans)],
  );
  return id;
}

const moveColumns = `m.id AS "moveId", m.agency_id AS "agencyId", m.matter, m.from_version AS "fromVersion",
  m.to_version AS "toVersion", m.stage_map AS "stageMap", m.filter, m.reason, m.undo_hours AS "undoHours",
  json_build_object('id', m.proposed_by, 'name', p.display_name) AS "proposedBy", m.proposed_at AS "proposedAt",
  (SELECT count(*)::int FROM case_move_case c WHERE c.move_id = m.id) AS cases,
  (SELECT count(*)::int FROM case_move_case c WHERE c.move_id = m.id AND c.possible) AS possible,
  r.moved, r.refused, r.undone, r."undoRefused"
  FROM case_move m JOIN staff_account p ON p.id = m.proposed_by
    CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE kind = 'migrateDefinition' AND seq IS NOT NULL)::int AS moved,
      count(*) FILTER (WHERE kind = 'migrateDefinition' AND seq IS NULL)::int AS refused,
      count(*) FILTER (WHERE kind = 'undoMigration' AND seq IS NOT NULL)::int AS undone,
      count(*) FILTER (WHERE kind = 'undoMigration' AND seq IS NULL)::int AS "undoRefused"
      FROM case_move_result WHERE move_id = m.id) r`;

async function withEvents(manager: EntityManager, moves: Omit<CaseMoveRecord, 'events'>[]): Promise<CaseMoveRecord[]> {
  const events = await rows<CaseMoveRecord['events'][number] & { moveId: string }>(
    manager,
    `SELECT e.move_id AS "moveId", e.kind, e.actor_id AS "actorId", coalesce(s.display_name, e.actor_id) AS by, e.at, e.reason
     FROM case_move_event e LEFT JOIN staff_account s ON s.id::text = e.actor_id WHERE e.move_id = ANY($1) ORDER BY e.at`,
    [moves.map(({ moveId }) => moveId)],
  );
  return moves.map((move) => ({ ...move, events: events.filter(({ moveId }) => moveId === move.moveId) }));
}

/** Of one agency alone; with `lock` no other may judge or undo it until the transaction ends. */
export async function findCaseMove(
  manager: EntityManager,
  wanted: { agencyId: string; matter: string; moveId: string; lock?: boolean },
): Promise<CaseMoveRecord | null> {
  if (wanted.lock) {
    await manager.query(`SELECT pg_advisory_xact_lock(hashtext('banjie-move:' || $1))`, [wanted.moveId]);
  }
  const found = await rows<Omit<CaseMoveRecord, 'events'>>(
    manager,
    `SELECT ${moveColumns} WHERE m.id = $1 AND m.agency_id = $2 AND m.matter = $3`,
    [wanted.moveId, wanted.agencyId, wanted.matter],
  );
  const [move] = await withEvents(manager, found);
  return move ?? null;
}

/** The newest fifty of an agency's moves of a matter. */
export async function listCaseMoves(
  manager: EntityManager,
  agencyId: string,
  matter: string,
): Promise<CaseMoveRecord[]> {
  const found = await rows<Omit<CaseMoveRecord, 'events'>>(
    manager,
    `SELECT ${moveColumns} WHERE m.agency_id = $1 AND m.matter = $2 ORDER BY m.proposed_at DESC, m.id LIMIT 50`,
    [agencyId, matter],
  );
  return withEvents(manager, found);
}

export async function addMoveEvent(
  manager: EntityManager | DataSource,
  event: { moveId: string; kind: MoveEventKind; actorId: string; at: Date; reason?: string },
): Promise<void> {
  await rows(
    manager,
    `INSERT INTO case_move_event (move_id, kind, actor_id, at, reason) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (move_id, kind) DO NOTHING`,
    [event.moveId, event.kind, event.actorId, event.at, event.reason ?? null],
  );
}

/** A case of a move: the dry run as it was shown, and what became of it; one row for each act tried. */
export interface MoveCaseRecord {
  caseNo: string;
  possible: boolean;
  plan: unknown;
  results: { kind: MoveAct; seq: number | null; obstacles: Obstacle[]; at: string }[];
}

/** A page of cases by number; `only` leaves the impossible or refused ones. */
export async function findMoveCases(
  manager: EntityManager,
  page: { moveId: string; after: string; limit: number; only: 'all' | 'obstructed' },
): Promise<MoveCaseRecord[]> {
  return rows(
    manager,
    `SELECT c.case_no AS "caseNo", c.possible, c.plan,
       coalesce((SELECT json_agg(json_build_object('kind', r.kind, 'seq', r.seq, 'obstacles', r.obstacles, 'at', r.at) ORDER BY r.at)
         FROM case_move_result r WHERE r.move_id = c.move_id AND r.case_no = c.case_no), '[]'::json) AS results
     FROM case_move_case c WHERE c.move_id = $1 AND c.case_no > $2
       AND ($4 = 'all' OR NOT c.possible OR EXISTS (SELECT 1 FROM case_move_result r
         WHERE r.move_id = c.move_id AND r.case_no = c.case_no AND r.seq IS NULL))
     ORDER BY c.case_no LIMIT $3`,
    [page.moveId, page.after, page.limit, page.only],
  );
}

/** The act ids of a move's cases say which move and which way: nothing else travels to the workflow. */
export const moveActionId = (act: MoveAct, moveId: string, caseNo: string): string => `${act}:${moveId}:${caseNo}`;

/** What an act of a case needs to know of its move; null unless it is approved (for undoing: asked for) and names this case. */
export interface MoveInHand {
  moveId: string;
  fromVersion: number;
  toVersion: number;
  stageMap: StageMap;
  proposedBy: string;
  approvedBy: string;
  undoneBy: string | null;
  undoRequestedAt: Date | null;
  /** The results of this case so far. */
  moved: { seq: number | null; at: Date; stageFrom: Stage | null } | null;
  undone: boolean;
  /** The last act of the case and who did it, for the refusal to undo. */
  lastAct: ActCode;
  lastActor: string | null;
}

export async function findMoveInHand(
  manager: EntityManager,
  act: MoveAct,
  actionId: string,
  caseNo: string,
): Promise<MoveInHand | null> {
  const moveId = /^[a-zA-Z]+:([0-9a-f-]{36}):/.exec(actionId)?.[1];
  if (!moveId || actionId !== moveActionId(act, moveId, caseNo)) return null;
  const [row] = await rows<
    Omit<MoveInHand, 'moved'> & { movedSeq: number | null; movedAt: Date | null; stageFrom: Stage | null }
  >(
    manager,
    `SELECT m.id AS "moveId", m.from_version AS "fromVersion", m.to_version AS "toVersion", m.stage_map AS "stageMap",
       m.proposed_by AS "proposedBy", e.actor_id AS "approvedBy",
       u.actor_id AS "undoneBy", u.at AS "undoRequestedAt", r.seq AS "movedSeq", r.at AS "movedAt", a.stage_from AS "stageFrom",
       EXISTS (SELECT 1 FROM case_move_result b WHERE b.move_id = m.id AND b.case_no = c.case_no AND b.kind = 'undoMigration') AS undone,
       k.last_act AS "lastAct", s.display_name AS "lastActor"
     FROM case_move m JOIN case_move_case c ON c.move_id = m.id AND c.case_no = $2
       JOIN cases k ON k.case_no = c.case_no AND k.matter = m.matter AND k.agency_id = m.agency_id
       JOIN case_move_event e ON e.move_id = m.id AND e.kind = 'approved'
       LEFT JOIN case_move_event u ON u.move_id = m.id AND u.kind = 'undoRequested'
       LEFT JOIN case_move_result r ON r.move_id = m.id AND r.case_no = c.case_no AND r.kind = 'migrateDefinition'
       LEFT JOIN case_act a ON a.case_no = c.case_no AND a.seq = r.seq
       LEFT JOIN staff_account s ON s.id::text = k.last_actor_id
     WHERE m.id = $1`,
    [moveId, caseNo],
  );
  if (!row || (act === 'undoMigration' && row.undoRequestedAt === null)) return null;
  const { movedSeq, movedAt, stageFrom, ...move } = row;
  return { ...move, moved: movedAt === null ? null : { seq: movedSeq, at: movedAt, stageFrom } };
}

/** What became of a case, once for each way. */
export async function keepMoveResult(
  manager: EntityManager,
  result: { moveId: string; caseNo: string; kind: MoveAct; seq: number | null; obstacles: Obstacle[]; at: Date },
): Promise<void> {
  await rows(
    manager,
    `INSERT INTO case_move_result (move_id, case_no, kind, seq, obstacles, at) VALUES ($1, $2, $3, $4, $5, $6)`,
    [result.moveId, result.caseNo, result.kind, result.seq, JSON.stringify(result.obstacles), result.at],
  );
}

/**
 * Pins a case to the version that its last act names (`keep_pinned_version` asks that act), and lets its open task follow: to
 * the posts of the new version, free again where its holder has none of them.
 */
export async function repinCase(
  manager: EntityManager,
  caseNo: string,
  version: number,
  posts: readonly string[],
): Promise<void> {
  await rows(manager, `UPDATE cases SET definition_version = $2 WHERE case_no = $1`, [caseNo, version]);
  await rows(
    manager,
    `UPDATE task t SET posts = $2::text[],
       holder_id = CASE WHEN h.posts && $2::text[] THEN t.holder_id END,
       taken_at = CASE WHEN h.posts && $2::text[] THEN t.taken_at END
     FROM task o LEFT JOIN staff_account h ON h.id = o.holder_id
     WHERE o.id = t.id AND t.case_no = $1 AND t.state = 'open' AND t.posts <> $2::text[]`,
    [caseNo, posts],
  );
}

/** A move or an undoing that has cases without a result. */
export interface MoveToRun {
  moveId: string;
  kind: MoveAct;
}

/** What is to be run now, oldest first: approved and not finished, or asked to be undone and not finished. */
export async function findMovesToRun(store: DataSource | EntityManager): Promise<MoveToRun[]> {
  return rows(
    store,
    `SELECT e.move_id AS "moveId", CASE e.kind WHEN 'approved' THEN 'migrateDefinition' ELSE 'undoMigration' END AS kind
     FROM case_move_event e WHERE e.kind IN ('approved', 'undoRequested') AND NOT EXISTS (SELECT 1 FROM case_move_event f
       WHERE f.move_id = e.move_id AND f.kind = CASE e.kind WHEN 'approved' THEN 'finished' ELSE 'undoFinished' END)
     ORDER BY e.at, e.move_id`,
  );
}

/**
 * Takes the next cases to be told, and says how many still have no result: each is told again only after `leaseSeconds`, and
 * no more than `limit` are under way at once. Two runners never take one case.
 */
export async function takeMoveCases(
  store: DataSource | EntityManager,
  { moveId, kind, limit, leaseSeconds }: MoveToRun & { limit: number; leaseSeconds: number },
): Promise<{ caseNos: string[]; waiting: number }> {
  const open = `c.move_id = $1 AND ($2 = 'undoMigration' OR c.possible)
    AND ($2 = 'migrateDefinition' OR EXISTS (SELECT 1 FROM case_move_result d WHERE d.move_id = c.move_id AND d.case_no = c.case_no
      AND d.kind = 'migrateDefinition' AND d.seq IS NOT NULL))
    AND NOT EXISTS (SELECT 1 FROM case_move_result r WHERE r.move_id = c.move_id AND r.case_no = c.case_no AND r.kind = $2)`;
  const [count] = await rows<{ waiting: number; busy: number }>(
    store,
    `SELECT count(*)::int AS waiting, count(*) FILTER (WHERE asked_at > clock_timestamp() - make_interval(secs => $3))::int AS busy
     FROM case_move_case c WHERE ${open}`,
    [moveId, kind, leaseSeconds],
  );
  if (!count || count.waiting === 0) return { caseNos: [], waiting: 0 };
  const taken = await rows<{ case_no: string }>(
    store,
    `UPDATE case_move_case SET asked_at = clock_timestamp() WHERE move_id = $1 AND case_no IN (
       SELECT case_no FROM case_move_case c WHERE ${open}
         AND (asked_at IS NULL OR asked_at < clock_timestamp() - make_interval(secs => $3))
       ORDER BY case_no LIMIT $4 FOR UPDATE SKIP LOCKED) RETURNING case_no`,
    [moveId, kind, leaseSeconds, Math.max(0, limit - count.busy)],
  );
  return { caseNos: taken.map(({ case_no: caseNo }) => caseNo).sort(), waiting: count.waiting };
}

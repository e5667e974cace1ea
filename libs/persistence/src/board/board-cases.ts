import { type BoardLevel, type ClockLedger, type LightBound, type Post, type Stage } from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { rows } from '../data-source';
import { leadingClockOf } from './board-counts';

/** What a cell of the board is about: the numbers are counted and the lists read under one filter. */
export interface BoardFilter {
  level?: BoardLevel | undefined;
  /** Null: nobody's. */
  holderId?: string | null | undefined;
  /** Pairs of matter and stage; a filter by matter, stage or post is a choice among them. */
  places: readonly { matter: string; stage: Stage }[];
  /** Whose time the clock shown is. */
  party?: 'own' | 'outside' | undefined;
  /** The clock shown. */
  clock?: string | undefined;
}

/** Behind which row a page begins: due instant (null: none), task (null: a case without one) and case number. */
export interface BoardPlace {
  dueAt: Date | null;
  taskId: number | null;
  caseNo: string;
}

export interface BoardRow {
  taskId: number | null;
  caseNo: string;
  matter: string;
  stage: Stage;
  posts: Post[];
  round: number;
  holderId: string | null;
  holderName: string | null;
  receivedAt: Date;
  acceptedAt: Date | null;
  isPaused: boolean;
  dueClock: string | null;
  dueParty: 'own' | 'outside';
  dueAt: Date | null;
  dueDate: string | null;
  isProvisional: boolean;
  ledger: ClockLedger | null;
  /** Codes of the reasons a pause was asked for, in order. */
  pauseReasons: string[] | null;
}

const dueOrder = `COALESCE(t.due_at, 'infinity'::timestamptz)`;
/** Of the bounds in $5…$7; a clock without one is never yellow. */
const yellowUntil = `(SELECT b.until FROM unnest($5::text[], $6::text[], $7::timestamptz[]) AS b(matter, clock, until)
  WHERE b.matter = t.matter AND b.clock = t.due_clock)`;
const latest = `(SELECT max(u) FROM unnest($7::timestamptz[]) u)`;

/** Levels as `levelAt` has them; the bounds of all clocks first, because they are a range of the index. */
const levelIs: Record<BoardLevel, string> = {
  paused: 'AND t.paused',
  unlimited: 'AND NOT t.paused AND t.due_at IS NULL',
  red: `AND NOT t.paused AND ${dueOrder} < $4`,
  yellow: `AND NOT t.paused AND ${dueOrder} >= $4 AND ${dueOrder} <= ${latest} AND t.due_at <= ${yellowUntil}`,
  green: `AND NOT t.paused AND ${dueOrder} >= $4 AND t.due_at > COALESCE(${yellowUntil}, '-infinity')`,
};

/** A parameter that a variant of the statement has no use for would have no type. */
const namesEveryParameter = `COALESCE($4::timestamptz::text, $5::text[]::text, $6::text[]::text, $7::timestamptz[]::text, $13::text,
  $14::text) IS NOT NULL`;

/** The cases without a task, in the columns of one. */
const withoutTask = `(SELECT NULL::bigint AS id, c.case_no, c.agency_id, c.matter, c.stage, '{}'::text[] AS posts, NULL::uuid AS holder_id,
    COALESCE(k.state = 'paused', false) AS paused, c.round, k.clock AS due_clock, COALESCE(k.party, 'own') AS due_party, k.due_at, k.due_date,
    COALESCE(k.provisional, false) AS provisional
  FROM cases c LEFT JOIN LATERAL (${leadingClockOf('c.case_no')}) k ON true
  WHERE c.agency_id = $1 AND c.stage IN ('pay', 'archive')) t`;

/**
 * Up to `limit` open cases under a filter by (due instant, task, case), those without a task behind those with one. One
 * statement: each stage is read from its own range of `task_pool`, one person's tasks from `task_mine`.
 */
export function findBoardPage(
  store: DataSource | EntityManager,
  agencyId: string,
  filter: BoardFilter,
  bounds: readonly LightBound[],
  page: { at: Date; after: BoardPlace | null; limit: number },
): Promise<BoardRow[]> {
  const level = filter.level ? levelIs[filter.level] : '';
  const byPerson = typeof filter.holderId === 'string';
  const nobody = filter.holderId === null ? 'AND t.holder_id IS NULL' : '';
  const party = filter.party ? `AND t.due_party = '${filter.party}'` : '';
  const clock = filter.clock === undefined ? '' : 'AND t.due_clock = $14::text';
  const here = `(t.matter, t.stage) IN (SELECT * FROM unnest($2::text[], $3::text[])) ${party} ${clock}`;
  const columns = `t.id, t.case_no, t.agency_id, t.matter, t.stage, t.posts, t.holder_id, t.paused, t.round, t.due_clock, t.due_party, t.due_at,
    t.due_date, t.provisional, ${dueOrder} AS due_order`;
  const behind = `(${dueOrder}, t.id) > (COALESCE($8::timestamptz, $9::timestamptz), COALESCE($10::bigint, 9223372036854775807))`;
  const tasks = byPerson
    ? `SELECT ${columns} FROM task t WHERE t.holder_id = $12::uuid AND t.state = 'open' AND t.agency_id = $1 AND ${here} ${level}
         AND ${behind} ORDER BY ${dueOrder}, t.id LIMIT $11`
    : `SELECT p.* FROM (SELECT DISTINCT stage FROM unnest($3::text[]) AS stage) s CROSS JOIN LATERAL (
         SELECT ${columns} FROM task t WHERE t.agency_id = $1 AND t.stage = s.stage AND t.state = 'open' ${nobody} AND ${here} ${level}
           AND ${behind} AND $12::uuid IS NULL ORDER BY ${dueOrder}, t.id LIMIT $11) p`;
  const others = byPerson
    ? ''
    : `UNION ALL (SELECT ${columns} FROM ${withoutTask} WHERE ${here} ${level}
         AND (${dueOrder}, t.case_no) > (COALESCE($8::timestamptz, $9::timestamptz), $13::text) ORDER BY ${dueOrder}, t.case_no LIMIT $11)`;
  return rows<BoardRow>(
    store,
    `WITH page AS (
       SELECT * FROM ((${tasks}) ${others}) p
       WHERE ${namesEveryParameter}
       ORDER BY p.due_order, p.id NULLS LAST, p.case_no LIMIT $11)
     SELECT p.id AS "taskId", p.case_no AS "caseNo", p.matter, p.stage, p.posts, p.round, p.holder_id AS "holderId",
       h.display_name AS "holderName", c.received_at AS "receivedAt", c.accepted_at AS "acceptedAt", p.paused AS "isPaused",
       p.due_clock AS "dueClock", p.due_party AS "dueParty", p.due_at AS "dueAt", p.due_date AS "dueDate", p.provisional AS "isProvisional", k.ledger,
       CASE WHEN k.ledger->'pauses' <> '[]' THEN (SELECT json_agg(r.value->>'code' ORDER BY a.seq) FROM case_act a
         CROSS JOIN LATERAL jsonb_array_elements(a.facts->'reasons') r
         WHERE a.case_no = p.case_no AND a.act IN ('askSupplement', 'openPause') AND jsonb_typeof(a.facts->'reasons') = 'array')
         END AS "pauseReasons"
     FROM page p JOIN cases c ON c.case_no = p.case_no LEFT JOIN staff_account h ON h.id = p.holder_id
       LEFT JOIN LATERAL (SELECT k.ledger FROM clock k WHERE k.case_no = p.case_no AND k.clock = p.due_clock
         ORDER BY k.run DESC LIMIT 1) k ON true
     ORDER BY p.due_order, p.id NULLS LAST, p.case_no`,
    [
      agencyId,
      filter.places.map(({ matter }) => matter),
      filter.places.map(({ stage }) => stage),
      page.at,
      bounds.map(({ matter }) => matter),
      bounds.map(({ clock }) => clock),
      bounds.map(({ yellowUntil: until }) => new Date(until)),
      page.after?.dueAt ?? null,
      page.after ? 'infinity' : '-infinity',
      page.after ? page.after.taskId : 0,
      page.limit,
      byPerson ? filter.holderId : null,
      page.after && page.after.taskId === null ? page.after.caseNo : '',
      filter.clock ?? null,
    ],
  );
}

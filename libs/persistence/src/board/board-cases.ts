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

/** The values of a statement in the order in which its text names them. */
class Parameters {
  readonly values: unknown[] = [];

  /** `$n`, cast, so that a null has a type. */
  add(value: unknown, type: string): string {
    return `$${this.values.push(value)}::${type}`;
  }
}

/** Until when the clock shown of a row is yellow; null where it has no bound. Clocks of one bound are asked for together. */
function yellowUntil(bounds: readonly LightBound[], parameters: Parameters): string {
  const byBound = new Map<number, string[]>();
  for (const { matter, clock, yellowUntil: until } of bounds) {
    byBound.set(until, [...(byBound.get(until) ?? []), `${matter} ${clock}`]);
  }
  const cases = [...byBound].map(
    ([until, clocks]) =>
      `WHEN t.matter || ' ' || t.due_clock = ANY(${parameters.add(clocks, 'text[]')}) THEN ${parameters.add(new Date(until), 'timestamptz')}`,
  );
  return cases.length === 0 ? 'NULL::timestamptz' : `CASE ${cases.join(' ')} END`;
}

/** Levels as `levelAt` has them, each a range of the index first. */
function levelIs(level: BoardLevel, at: Date, bounds: readonly LightBound[], parameters: Parameters): string {
  if (level === 'paused') return 't.paused';
  if (level === 'unlimited') return `NOT t.paused AND ${dueOrder} = 'infinity'`;
  const now = parameters.add(at, 'timestamptz');
  if (level === 'red') return `NOT t.paused AND ${dueOrder} < ${now}`;
  const running = `NOT t.paused AND ${dueOrder} >= ${now}`;
  const until = yellowUntil(bounds, parameters);
  if (level === 'green') return `${running} AND t.due_at > COALESCE(${until}, '-infinity')`;
  const latest = new Date(Math.max(at.getTime(), ...bounds.map((bound) => bound.yellowUntil)));
  return `${running} AND ${dueOrder} <= ${parameters.add(latest, 'timestamptz')} AND t.due_at <= ${until}`;
}

/** The cases without a task, in the columns of one that are asked for. */
const withoutTask = (
  agency: string,
) => `(SELECT NULL::bigint AS id, c.case_no, c.agency_id, c.matter, c.stage, '{}'::text[] AS posts,
    NULL::uuid AS holder_id, COALESCE(k.state = 'paused', false) AS paused, c.round, k.clock AS due_clock, COALESCE(k.party, 'own') AS due_party, k.due_at,
    k.due_date, COALESCE(k.provisional, false) AS provisional
  FROM cases c LEFT JOIN LATERAL (${leadingClockOf('c.case_no')}) k ON true
  WHERE c.agency_id = ${agency} AND c.stage IN ('pay', 'archive'))`;

/** What a row `t` of a task or of a case without one must be. */
function conditions(
  filter: BoardFilter,
  bounds: readonly LightBound[],
  at: Date,
  matters: string,
  parameters: Parameters,
): string {
  const found = [`t.matter = ANY(${matters})`];
  if (filter.level) found.push(levelIs(filter.level, at, bounds, parameters));
  if (filter.clock !== undefined) found.push(`t.due_clock = ${parameters.add(filter.clock, 'text')}`);
  if (filter.party) found.push(`t.due_party = ${parameters.add(filter.party, 'text')}`);
  return found.join(' AND ');
}

/**
 * Up to `limit` open cases under a filter by (due instant, task, case), those without a task behind those with one. One
 * statement: the page is found in the indexes alone, each stage in its own range of `task_pool` (what stands still in
 * `task_paused`), one person's tasks from `task_mine`; its rows are read afterwards.
 */
export function findBoardPage(
  store: DataSource | EntityManager,
  agencyId: string,
  filter: BoardFilter,
  bounds: readonly LightBound[],
  page: { at: Date; after: BoardPlace | null; limit: number },
): Promise<BoardRow[]> {
  const parameters = new Parameters();
  const { after, at } = page;
  const agency = parameters.add(agencyId, 'text');
  const limit = parameters.add(page.limit, 'int');
  const matters = parameters.add(
    filter.places.map(({ matter }) => matter),
    'text[]',
  );
  const stages = parameters.add(
    filter.places.map(({ stage }) => stage),
    'text[]',
  );
  const from = parameters.add(after ? (after.dueAt ?? 'infinity') : '-infinity', 'timestamptz');
  const behindTask = `(${dueOrder}, t.id) > (${from}, ${parameters.add(after ? (after.taskId ?? lastTaskId) : 0, 'bigint')})`;
  const here = conditions(filter, bounds, at, 's.matters', parameters);
  const place = `(SELECT stage, array_agg(matter) AS matters FROM unnest(${stages}, ${matters}) p(stage, matter) GROUP BY stage) s`;
  const found = `t.id, t.case_no, ${dueOrder} AS due_order`;
  const byPerson = typeof filter.holderId === 'string';
  const nobody = filter.holderId === null ? 'AND t.holder_id IS NULL' : '';
  const tasks = byPerson
    ? `SELECT ${found} FROM task t JOIN ${place} ON s.stage = t.stage
         WHERE t.holder_id = ${parameters.add(filter.holderId, 'uuid')} AND t.state = 'open' AND t.agency_id = ${agency}
           AND ${here} AND ${behindTask} ORDER BY ${dueOrder}, t.id LIMIT ${limit}`
    : `SELECT p.* FROM ${place} CROSS JOIN LATERAL (
         SELECT ${found} FROM task t WHERE t.agency_id = ${agency} AND t.stage = s.stage AND t.state = 'open' ${nobody}
           AND ${here} AND ${behindTask} ORDER BY ${dueOrder}, t.id LIMIT ${limit}) p`;
  // Cases that wait for the system are nobody's.
  const others = () => {
    const behind = `(${dueOrder}, t.case_no) > (${from}, ${parameters.add(after?.taskId === null ? after.caseNo : '', 'text')})`;
    return `UNION ALL (SELECT ${found} FROM ${withoutTask(agency)} t JOIN ${place} ON s.stage = t.stage
      WHERE ${here} AND ${behind} ORDER BY ${dueOrder}, t.case_no LIMIT ${limit})`;
  };
  return rows<BoardRow>(
    store,
    `WITH page AS MATERIALIZED (
       SELECT * FROM ((${tasks}) ${byPerson ? '' : others()}) p
       ORDER BY p.due_order, p.id NULLS LAST, p.case_no LIMIT ${limit}),
     shown AS (
       SELECT ${columns}, p.due_order FROM page p JOIN task t ON t.id = p.id
       UNION ALL
       SELECT ${columns}, p.due_order FROM page p JOIN ${withoutTask(agency)} t ON t.case_no = p.case_no WHERE p.id IS NULL)
     SELECT p.id AS "taskId", p.case_no AS "caseNo", p.matter, p.stage, p.posts, p.round, p.holder_id AS "holderId",
       h.display_name AS "holderName", c.received_at AS "receivedAt", c.accepted_at AS "acceptedAt", p.paused AS "isPaused",
       p.due_clock AS "dueClock", p.due_party AS "dueParty", p.due_at AS "dueAt", p.due_date AS "dueDate", p.provisional AS "isProvisional", k.ledger,
       CASE WHEN k.ledger->'pauses' <> '[]' THEN (SELECT json_agg(r.value->>'code' ORDER BY a.seq) FROM case_act a
         CROSS JOIN LATERAL jsonb_array_elements(a.facts->'reasons') r
         WHERE a.case_no = p.case_no AND a.act IN ('askSupplement', 'openPause') AND jsonb_typeof(a.facts->'reasons') = 'array')
         END AS "pauseReasons"
     FROM shown p JOIN cases c ON c.case_no = p.case_no LEFT JOIN staff_account h ON h.id = p.holder_id
       LEFT JOIN LATERAL (SELECT k.ledger FROM clock k WHERE k.case_no = p.case_no AND k.clock = p.due_clock
         ORDER BY k.run DESC LIMIT 1) k ON true
     ORDER BY p.due_order, p.id NULLS LAST, p.case_no`,
    parameters.values,
  );
}

const columns = `t.id, t.case_no, t.matter, t.stage, t.posts, t.holder_id, t.paused, t.round, t.due_clock, t.due_party, t.due_at,
  t.due_date, t.provisional`;
/** Behind every task: a page that ended with a case without one goes on among those. */
const lastTaskId = Number.MAX_SAFE_INTEGER;

import {
  defaultYellowThresholds,
  formatDay,
  isWorkingDay,
  levelAt,
  lightBounds,
  officeHoursOn,
  parseDate,
  shanghaiDate,
  type WorkCalendar,
} from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { rows } from '../data-source';
import { countBoard } from './board-counts';
import { readBoardMatters, type BoardMatter } from './board-definitions';
import { inSnapshot } from './snapshot';

/** A number on which the board and the base rows do not agree. */
export interface BoardDifference {
  matter: string;
  stage: string;
  holderId: string | null;
  level: string;
  shown: number;
  counted: number;
  /** Some of the cases at fault. */
  caseNos: string[];
}

export interface CheckedBoard {
  at: Date;
  /** How many numbers were compared. */
  compared: number;
  differences: BoardDifference[];
}

/**
 * The same numbers another way: from the cases and not from the tasks; the holder from what happened to the task and not from its
 * row; the due instant from the clocks; what is left by counting working days and office minutes, one by one, in SQL.
 */
const base = `base AS (
  SELECT c.case_no, c.matter, c.stage, h.holder_id,
    CASE WHEN c.waiting IS NOT NULL THEN 'paused'
      WHEN k.due_at IS NULL THEN 'unlimited'
      WHEN k.due_at < $2 THEN 'red'
      WHEN CASE WHEN r.is_short THEN (
          SELECT COALESCE(sum(GREATEST(0, extract(epoch FROM LEAST((s.day + s.close) AT TIME ZONE 'Asia/Shanghai', k.due_at)
            - GREATEST((s.day + s.open) AT TIME ZONE 'Asia/Shanghai', $2)))), 0)
          FROM unnest($4::date[], $5::time[], $11::time[]) AS s(day, open, close)
          WHERE s.day <= (k.due_at AT TIME ZONE 'Asia/Shanghai')::date) <= r.hours * 3600
        ELSE (SELECT count(*) FROM unnest($3::date[]) d
          WHERE d > ($2 AT TIME ZONE 'Asia/Shanghai')::date AND d <= (k.due_at AT TIME ZONE 'Asia/Shanghai')::date) <= r.days END
      THEN 'yellow' ELSE 'green' END AS level
  FROM cases c
  LEFT JOIN LATERAL (
    SELECT COALESCE(min(due_at) FILTER (WHERE ledger->>'level' IS DISTINCT FROM 'internal'), min(due_at)) AS due_at,
      COALESCE((array_agg(clock ORDER BY due_at, clock) FILTER (WHERE ledger->>'level' IS DISTINCT FROM 'internal'))[1],
        (array_agg(clock ORDER BY due_at, clock))[1]) AS clock
    FROM clock WHERE case_no = c.case_no AND state <> 'stopped') k ON true
  LEFT JOIN unnest($6::text[], $7::text[], $8::boolean[], $9::int[], $10::int[]) AS r(matter, clock, is_short, days, hours)
    ON r.matter = c.matter AND r.clock = k.clock
  LEFT JOIN LATERAL (
    SELECT CASE e.kind WHEN 'taken' THEN e.actor_id WHEN 'reassigned' THEN e.to_id END AS holder_id
    FROM task t JOIN task_event e ON e.task_id = t.id
    WHERE t.case_no = c.case_no AND t.state = 'open' ORDER BY e.id DESC LIMIT 1) h ON true
  WHERE c.agency_id = $1 AND c.closed_at IS NULL)`;

/**
 * Compares every number of an agency's board with the base rows, both as of one snapshot, and keeps the result. The board reads as
 * it does for screens. A difference is a fault of ours to look into, not a matter of the trade.
 */
export async function checkBoard(
  dataSource: DataSource,
  agencyId: string,
  calendar: WorkCalendar,
  at = new Date(),
): Promise<CheckedBoard> {
  const checked = await inSnapshot(dataSource, async (manager) => {
    const matters = await readBoardMatters(manager);
    const shown = await shownNumbers(manager, agencyId, matters, calendar, at);
    const parameters = parametersOf(agencyId, matters, calendar, at);
    const counted = await rows<{
      matter: string;
      stage: string;
      holder_id: string | null;
      level: string;
      count: number;
    }>(
      manager,
      `WITH ${base} SELECT matter, stage, holder_id, level, count(*) AS count FROM base GROUP BY 1, 2, 3, 4`,
      parameters,
    );
    const both = new Map<string, BoardDifference>();
    const add = (
      key: Omit<BoardDifference, 'shown' | 'counted' | 'caseNos'>,
      side: 'shown' | 'counted',
      count: number,
    ) => {
      const name = JSON.stringify([key.matter, key.stage, key.holderId, key.level]);
      const known = both.get(name) ?? { ...key, shown: 0, counted: 0, caseNos: [] };
      known[side] += count;
      both.set(name, known);
    };
    for (const { count, ...key } of shown) add(key, 'shown', count);
    for (const { count, holder_id: holderId, ...key } of counted) add({ ...key, holderId }, 'counted', count);
    const differences = [...both.values()].filter((number) => number.shown !== number.counted);
    for (const difference of differences.slice(0, namedDifferences)) {
      difference.caseNos = await casesAtFault(manager, parameters, difference);
    }
    return { at, compared: both.size, differences };
  });
  await rows(dataSource, `INSERT INTO board_check (agency_id, at, compared, differences) VALUES ($1, $2, $3, $4)`, [
    agencyId,
    at,
    checked.compared,
    JSON.stringify(checked.differences),
  ]);
  return checked;
}

const namedDifferences = 20;

async function shownNumbers(
  manager: EntityManager,
  agencyId: string,
  matters: readonly BoardMatter[],
  calendar: WorkCalendar,
  at: Date,
) {
  const bounds = lightBounds(matters, calendar, at.getTime());
  const until = (matter: string, clock: string | null) =>
    bounds.find((bound) => bound.matter === matter && bound.clock === clock)?.yellowUntil;
  return (await countBoard(manager, agencyId)).map(({ matter, stage, holderId, isPaused, dueClock, dueAt, count }) => ({
    ...{ matter, stage, holderId, count },
    level: levelAt({ matter, dueClock, isPaused, dueAt: dueAt && dueAt.getTime() }, at.getTime(), until),
  }));
}

/** Cases that one side counts there and the other does not: what the rows of their tasks say against the base rows. */
async function casesAtFault(manager: EntityManager, parameters: unknown[], wanted: BoardDifference): Promise<string[]> {
  const found = await rows<{ case_no: string }>(
    manager,
    `WITH ${base}
     SELECT COALESCE(b.case_no, t.case_no) AS case_no
     FROM base b FULL JOIN (SELECT * FROM task WHERE agency_id = $1 AND state = 'open') t ON t.case_no = b.case_no
     WHERE (b.matter, b.stage, b.level) = ($12, $13, $15) AND b.holder_id IS NOT DISTINCT FROM $14::uuid
         AND (t.case_no IS NULL AND b.stage NOT IN ('pay', 'archive') OR (t.matter, t.stage) <> (b.matter, b.stage)
           OR t.holder_id IS DISTINCT FROM b.holder_id OR t.due_at IS DISTINCT FROM ${leadingDue} OR t.paused <> (b.level = 'paused'))
       OR (t.matter, t.stage) = ($12, $13) AND t.holder_id IS NOT DISTINCT FROM $14::uuid
         AND (b.case_no IS NULL OR (t.matter, t.stage) <> (b.matter, b.stage) OR t.holder_id IS DISTINCT FROM b.holder_id
           OR t.due_at IS DISTINCT FROM ${leadingDue} OR t.paused <> (b.level = 'paused'))
     ORDER BY 1 LIMIT 20`,
    [...parameters, wanted.matter, wanted.stage, wanted.holderId, wanted.level],
  );
  return found.map((row) => row.case_no);
}

const leadingDue = `(SELECT COALESCE(min(k.due_at) FILTER (WHERE k.ledger->>'level' IS DISTINCT FROM 'internal'), min(k.due_at))
  FROM clock k WHERE k.case_no = t.case_no AND k.state <> 'stopped')`;

const daysAhead = 60;

function parametersOf(agencyId: string, matters: readonly BoardMatter[], calendar: WorkCalendar, at: Date): unknown[] {
  const today = parseDate(shanghaiDate(at.getTime()));
  const days = Array.from({ length: daysAhead }, (_, n) => formatDay(today + n)).filter((day) =>
    isWorkingDay(calendar, day),
  );
  const spans = days.flatMap((day) => officeHoursOn(calendar, day).map((hours) => ({ day, ...hours })));
  const clocks = matters.flatMap(({ matter, clocks: own, lights = defaultYellowThresholds }) =>
    own.map((clock) => ({ matter, ...lights, clock: clock.clock, isShort: clock.limitWorkingDays <= 1 })),
  );
  return [
    ...[agencyId, at, days],
    ...[spans.map(({ day }) => day), spans.map(({ open }) => open)],
    ...[clocks.map(({ matter }) => matter), clocks.map(({ clock }) => clock), clocks.map(({ isShort }) => isShort)],
    clocks.map(({ yellowWorkingDays }) => yellowWorkingDays),
    clocks.map(({ yellowOfficeHours }) => yellowOfficeHours),
    spans.map(({ close }) => close),
  ];
}

/** What earlier looks found, newest first. */
export function earlierChecks(
  store: DataSource | EntityManager,
  agencyId: string,
  limit: number,
): Promise<{ at: Date; compared: number; differences: number }[]> {
  return rows(
    store,
    `SELECT at, compared, jsonb_array_length(differences) AS differences FROM board_check WHERE agency_id = $1
     ORDER BY id DESC LIMIT $2`,
    [agencyId, limit],
  );
}

import type { Stage } from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { rows } from '../data-source';

/** So many open cases of one agency that look alike to the board. */
export interface BoardGroup {
  matter: string;
  stage: Stage;
  /** Null: nobody's, or the system's. */
  holderId: string | null;
  isPaused: boolean;
  dueClock: string | null;
  /** Whose time the clock shown is. */
  dueParty: 'own' | 'outside';
  dueAt: Date | null;
  count: number;
}

/**
 * The clock a case without a task is shown under, chosen as `leadingClock` does: the live one that is due first; an internal
 * target only where no limit runs.
 */
export const leadingClockOf = (
  caseNo: string,
) => `SELECT k.clock, k.party, k.state, k.due_at, k.due_date, k.provisional FROM clock k
  WHERE k.case_no = ${caseNo} AND k.state <> 'stopped' ORDER BY (COALESCE(k.ledger->>'level', '') = 'internal'), k.due_at, k.clock, k.run LIMIT 1`;

/** A part of the board whose groups are wanted: whoever asks for a list needs no more than these counted. */
export interface BoardPart {
  stages: readonly Stage[];
  matters: readonly string[];
  /** Null: nobody's. */
  holderId?: string | null | undefined;
}

/**
 * Open cases of an agency, counted, all of them or at least those of a part. One statement; tasks from the index `task_count`
 * alone, in its own order.
 */
export function countBoard(
  store: DataSource | EntityManager,
  agencyId: string,
  part?: BoardPart,
): Promise<BoardGroup[]> {
  const inPart = part ? 'AND stage = ANY($2::text[]) AND matter = ANY($3::text[])' : '';
  const holderId = part?.holderId;
  const held = holderId === undefined ? '' : holderId === null ? 'AND holder_id IS NULL' : 'AND holder_id = $4::uuid';
  return rows<BoardGroup>(
    store,
    `SELECT stage, matter, holder_id AS "holderId", paused AS "isPaused", due_at AS "dueAt", due_clock AS "dueClock",
       due_party AS "dueParty", count(*) AS count
     FROM task WHERE agency_id = $1 AND state = 'open' ${inPart} ${held}
     GROUP BY stage, matter, holder_id, paused, due_at, due_clock, due_party
     UNION ALL
     SELECT c.stage, c.matter, NULL, COALESCE(k.state = 'paused', false), k.due_at, k.clock, COALESCE(k.party, 'own'), count(*)
     FROM cases c LEFT JOIN LATERAL (${leadingClockOf('c.case_no')}) k ON true
     WHERE c.agency_id = $1 AND c.stage IN ('pay', 'archive') ${inPart}
     GROUP BY 1, 2, 4, 5, 6, 7`,
    [agencyId, ...(part ? [part.stages, part.matters] : []), ...(typeof holderId === 'string' ? [holderId] : [])],
  );
}

/** Who can be named on a board of the agency. */
export function findStaff(
  store: DataSource | EntityManager,
  agencyId: string,
): Promise<{ id: string; displayName: string; posts: string[]; isActive: boolean }[]> {
  return rows(
    store,
    `SELECT id, display_name AS "displayName", posts, active AS "isActive" FROM staff_account WHERE agency_id = $1
     ORDER BY display_name, id`,
    [agencyId],
  );
}

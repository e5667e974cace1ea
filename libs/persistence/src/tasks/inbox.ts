import { duties, type ClockLedger, type Post, type Stage } from '@banjie/domain';
import type { DataSource } from 'typeorm';
import { rows } from '../data-source';
import type { InboxStage } from './stage-table';

/** Whose inbox. Tasks of cases in which the person has another duty are not in it (SD-01). */
export interface InboxOwner {
  personId: string;
  agencyId: string;
  posts: readonly Post[];
  /** `stagesOfPosts` of these posts. */
  stages: readonly InboxStage[];
}

/** The place after which a page begins: the last row's due instant (null: it had none) and id. */
export interface InboxPlace {
  dueAt: Date | null;
  taskId: number;
}

export interface InboxRow {
  taskId: number;
  caseNo: string;
  matter: string;
  stage: Stage;
  round: number;
  amountFen: number;
  holderId: string | null;
  holderName: string | null;
  openedAt: Date;
  dueClock: string | null;
  dueAt: Date | null;
  dueDate: string | null;
  isPaused: boolean;
  isProvisional: boolean;
  /** The clock behind the due date, when it has been paused. */
  pausedLedger: ClockLedger | null;
}

/** Stages travel as two arrays; `s` is one of them with the duties that conflict with acting there (none: null). */
const stageRows = `unnest($1::text[], $2::text[]) AS s(stage, conflicts)`;
/** What stands in a batch is done with the batch (`findBatches`), not task by task. */
const pool = `t.agency_id = $3 AND t.stage = s.stage AND t.state = 'open' AND t.batch_no IS NULL`;
/** Asked only where definitions disagree: it looks into every row, and the count of a large pool would feel it. */
const postsOf = (owner: InboxOwner) =>
  owner.stages.every((entry) => entry.isUniform) ? 'AND $4::text[] IS NOT NULL' : 'AND t.posts && $4::text[]';
/**
 * No conflicting duty of the person in the case. A value, not a join: rows keep the order of the index and reading ends
 * with the page; and who only ever had one duty, as most have, is asked about it once and not for every row.
 */
const free = `CASE WHEN EXISTS (SELECT 1 FROM case_duty d
  WHERE d.person_id = $5::text AND d.duty = ANY (s.conflicts::text[]) AND d.case_no = t.case_no) THEN false ELSE true END`;
const due = `COALESCE(t.due_at, 'infinity'::timestamptz)`;
const holderIs = { me: `AND t.holder_id = $5::text::uuid`, free: 'AND t.holder_id IS NULL', all: '' } as const;

const parametersOf = (owner: InboxOwner) => [
  owner.stages.map((entry) => entry.stage),
  owner.stages.map(({ duty }) => duty && `{${duties.filter((other) => other !== duty).join(',')}}`),
  owner.agencyId,
  owner.posts,
  owner.personId,
];

/** Up to `limit` open tasks by (due instant, id), from behind `after`. One statement, each stage from its own index range. */
export function findInboxPage(
  dataSource: DataSource,
  owner: InboxOwner,
  page: { holder: 'me' | 'free' | 'all'; after: InboxPlace | null; limit: number },
): Promise<InboxRow[]> {
  return rows<InboxRow>(
    dataSource,
    `WITH page AS (
       SELECT p.* FROM ${stageRows} CROSS JOIN LATERAL (
         SELECT t.*, ${due} AS due_order FROM task t
         WHERE ${pool} ${postsOf(owner)} ${holderIs[page.holder]}
           AND ${free}
           AND (${due}, t.id) > (COALESCE($6::timestamptz, $7::timestamptz), $8)
         ORDER BY ${due}, t.id LIMIT $9) p
       ORDER BY p.due_order, p.id LIMIT $9)
     SELECT p.id AS "taskId", p.case_no AS "caseNo", p.matter, p.stage, p.round, p.amount_fen AS "amountFen",
       p.holder_id AS "holderId", h.display_name AS "holderName", p.opened_at AS "openedAt", p.due_clock AS "dueClock",
       p.due_at AS "dueAt", p.due_date AS "dueDate", p.paused AS "isPaused", p.provisional AS "isProvisional",
       k.ledger AS "pausedLedger"
     FROM page p LEFT JOIN staff_account h ON h.id = p.holder_id
       LEFT JOIN LATERAL (SELECT c.ledger FROM clock c
         WHERE c.case_no = p.case_no AND c.clock = p.due_clock AND c.ledger->'pauses' <> '[]' ORDER BY c.run DESC LIMIT 1) k ON true
     ORDER BY p.due_order, p.id`,
    [
      ...parametersOf(owner),
      page.after?.dueAt ?? null,
      page.after ? 'infinity' : '-infinity',
      page.after?.taskId ?? 0,
      page.limit,
    ],
  );
}

/** How many tasks the list would show for each stage and each choice of holder. One statement. */
export async function countInbox(
  dataSource: DataSource,
  owner: InboxOwner,
): Promise<{ stage: Stage; all: number; me: number; free: number }[]> {
  const counted = await rows<{ stage: Stage; all: number; me: number; free: number }>(
    dataSource,
    `SELECT s.stage, c.* FROM ${stageRows} CROSS JOIN LATERAL (
       SELECT count(*) AS all, count(*) FILTER (WHERE t.holder_id = $5::text::uuid) AS me,
         count(*) FILTER (WHERE t.holder_id IS NULL) AS free
       FROM task t WHERE ${pool} ${postsOf(owner)} AND ${free}) c`,
    parametersOf(owner),
  );
  // A join does not promise the order of the road.
  return owner.stages.flatMap(({ stage }) => counted.find((count) => count.stage === stage) ?? []);
}

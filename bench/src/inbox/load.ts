import { createStaffAccount, hashPassword, type StaffEntry } from '@banjie/persistence';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';

export const agencyId = 'bench';
export const password = 'bench-password-1';

export const supervisor: StaffEntry = {
  ...{ agencyId, username: 'bench-supervisor', displayName: '测速督办' },
  posts: ['supervisor'],
};

const posts = ['initialReviewer', 'secondReviewer', 'approver', 'settlementClerk', 'financeReviewer'] as const;

/** Reviewers of the agency `bench`, as many as there are sessions, over five posts, and its supervisor. Answers the usernames of the first. */
export async function createReviewers(ownerUrl: string, dataSource: DataSource, count: number): Promise<string[]> {
  await asOwner(ownerUrl, (client) =>
    client.query(
      `INSERT INTO agency (id, name, region_code) VALUES ($1, '测速用经办机构', '450200') ON CONFLICT DO NOTHING`,
      [agencyId],
    ),
  );
  const hash = await hashPassword(password);
  const entries = Array.from({ length: count }, (_, index): StaffEntry => {
    const post = posts[index % posts.length] ?? posts[0];
    return { agencyId, username: `bench-${index + 1}`, displayName: `测速${index + 1}`, posts: [post] };
  });
  for (const entry of [...entries, supervisor]) await createStaffAccount(dataSource, entry, hash);
  return entries.map(({ username }) => username);
}

/**
 * So many cases of the agency, the first `open` of them with an open task: spread over the stages, some overdue, some without
 * a holder, one in fifty paused, with the duties and done tasks that such cases have behind them. Rows only, made inside
 * the server; no act chain, so the audit of such a database means nothing.
 */
export async function loadCases(ownerUrl: string, cases: number, open: number): Promise<void> {
  await asOwner(ownerUrl, async (client) => {
    await client.query('BEGIN');
    for (const statement of statements) {
      await client.query(statement.replaceAll(':cases', String(cases)).replaceAll(':open', String(open)));
    }
    await client.query('COMMIT');
    await client.query('VACUUM ANALYZE');
  });
}

async function asOwner(ownerUrl: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

const statements = [
  `CREATE TEMP TABLE made AS
   SELECT n, 'bench' || lpad(n::text, 9, '0') AS case_no, gen_random_uuid() AS filing_id, n <= :open AS is_open,
     (ARRAY['acceptance', 'initialReview', 'secondReview', 'approval', 'preparePayout', 'financeReview', 'financeApproval',
       'deliver'])[1 + n % 8] AS stage,
     (ARRAY['initialReviewer', 'initialReviewer', 'secondReviewer', 'approver', 'settlementClerk', 'financeReviewer',
       'financeApprover', 'window'])[1 + n % 8] AS post,
     now() - make_interval(mins => ((n::bigint * 7919) % 60000)::int) AS received_at,
     -- Limits end at the close of office (T-04).
     date_trunc('day', now() + make_interval(mins => ((n::bigint * 104729) % 40000)::int - 4000), 'Asia/Shanghai')
       + interval '16 hours' AS due_at
   FROM generate_series(1, :cases) n`,
  // Filled in the order of arrival of years, not of inspection: neighbours of a page lie on different pages of the table.
  `INSERT INTO filing (id, agency_id, matter, state, created_by, body_enc, case_no, submitted_at)
   SELECT filing_id, 'bench', 'inpatientReimbursement', 'submitted',
     (SELECT id FROM staff_account WHERE username = 'bench-1'), '\\x00', case_no, received_at FROM made ORDER BY made.received_at`,
  `INSERT INTO cases (case_no, agency_id, matter, definition_version, filing_id, region_code, seq, stage, last_act,
     last_actor_id, head_hash, total_fen, received_at, received_on, closed_at)
   SELECT case_no, 'bench', 'inpatientReimbursement', 1, filing_id, '450200', 5,
     CASE WHEN is_open THEN stage ELSE 'closed' END, 'propose', 'system:workflow', decode(repeat('00', 32), 'hex'),
     100000 + n, received_at, received_at::date, CASE WHEN is_open THEN NULL ELSE now() END FROM made ORDER BY made.received_at`,
  `CREATE TEMP TABLE reviewer AS
   SELECT id, posts[1] AS post, row_number() OVER (PARTITION BY posts[1] ORDER BY username) - 1 AS place,
     count(*) OVER (PARTITION BY posts[1]) AS peers FROM staff_account WHERE agency_id = 'bench'`,
  `INSERT INTO task (case_no, agency_id, matter, stage, posts, state, holder_id, taken_at, paused, round, amount_fen, due_clock,
     due_at, due_date, opened_seq, opened_at)
   SELECT m.case_no, 'bench', 'inpatientReimbursement', m.stage,
     CASE WHEN m.stage = 'deliver' THEN ARRAY['window', 'initialReviewer'] ELSE ARRAY[m.post] END, 'open', r.id,
     CASE WHEN r.id IS NULL THEN NULL ELSE now() END, m.n % 50 = 0, 0, 100000 + m.n, 'K-04', m.due_at, m.due_at::date, 5,
     m.received_at
   FROM made m LEFT JOIN reviewer r ON m.n % 4 = 0 AND r.post = m.post AND r.place = (m.n / 8) % r.peers
   WHERE m.is_open ORDER BY m.received_at`,
  `INSERT INTO task (case_no, agency_id, matter, stage, posts, state, round, amount_fen, opened_seq, opened_at, closed_seq,
     closed_at, closed_by)
   SELECT m.case_no, 'bench', 'inpatientReimbursement', s.stage, ARRAY[s.post], 'done', 0, 100000 + m.n, s.seq,
     m.received_at, s.seq + 1, m.received_at, 'bench'
   FROM made m CROSS JOIN (VALUES ('acceptance', 'initialReviewer', 1), ('initialReview', 'initialReviewer', 2),
     ('secondReview', 'secondReviewer', 3), ('approval', 'approver', 4)) s(stage, post, seq)
   WHERE NOT m.is_open`,
  // The reviewers have duties in other cases of the agency too, so that the question of SD-01 has something to look at.
  `INSERT INTO case_duty (case_no, person_id, duty, since_seq)
   SELECT m.case_no, r.id::text, d.duty, d.seq
   FROM made m CROSS JOIN (VALUES ('initialReviewer', 'initialReview', 2), ('secondReviewer', 'secondReview', 3))
     d(post, duty, seq)
     JOIN reviewer r ON r.post = d.post AND r.place = m.n % r.peers`,
  `INSERT INTO clock (case_no, clock, run, state, ledger, due_at, due_date, provisional, calendar_version)
   SELECT case_no, 'K-04', 1, CASE WHEN n % 50 = 0 THEN 'paused' ELSE 'running' END,
     jsonb_build_object('clock', 'K-04', 'run', 1, 'state', 'running', 'limitWorkingDays', 20, 'dayZero', received_at::date,
       'startedAt', received_at, 'dueAt', due_at, 'dueDate', due_at::date, 'provisional', false, 'pauses', '[]'::jsonb),
     due_at, due_at::date, false, 'bench'
   FROM made WHERE is_open`,
];

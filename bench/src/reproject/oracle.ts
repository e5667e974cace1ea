import { Client } from 'pg';

/**
 * Counts the clocks another way: days one by one in SQL from the rows of the layers, nothing shared with the code under proof.
 * Keeps what was before a change beside what is after it.
 */
export class Oracle {
  private constructor(private readonly client: Client) {}

  static async open(url: string): Promise<Oracle> {
    const client = new Client({ connectionString: url });
    await client.connect();
    return new Oracle(client);
  }

  close(): Promise<void> {
    return this.client.end();
  }

  /** Remembers every clock, case and task as it is. */
  async remember(): Promise<void> {
    await this.client.query(`DROP TABLE IF EXISTS clock_before, case_before, event_before`);
    await this.client.query(
      `CREATE TEMP TABLE clock_before AS SELECT case_no, clock, run, state, due_at, due_date, provisional, md5(k::text) AS digest FROM clock k`,
    );
    await this.client.query(`CREATE TEMP TABLE case_before AS SELECT case_no, next_rung_at FROM cases`);
    await this.client.query(`CREATE TEMP TABLE event_before AS SELECT max(id) AS id FROM clock_event`);
    await this.client.query('ANALYZE clock_before');
    await this.client.query('ANALYZE case_before');
  }

  /** How many clocks, cases, tasks and events are not as they should be after the version `number`; all nought when right. */
  async faults(number: number): Promise<Record<string, number>> {
    await this.client.query(`DROP TABLE IF EXISTS day, expected`);
    await this.client.query(days);
    await this.client.query(`CREATE INDEX ON day (d) WHERE works`);
    await this.client.query('ANALYZE day');
    await this.client.query(pauseEnd);
    await this.client.query(expected);
    const { rows } = await this.client.query<Record<string, number>>(faults, [number]);
    return rows[0]!;
  }

  /** How the clocks moved, from the two pictures alone. */
  async moves(): Promise<{ moved: number; earlier: number; later: number; markOnly: number }> {
    const { rows } = await this.client.query<{ moved: number; earlier: number; later: number; markOnly: number }>(
      `SELECT count(*) FILTER (WHERE k.due_at <> b.due_at OR k.provisional <> b.provisional)::int AS moved,
         count(*) FILTER (WHERE k.due_at < b.due_at)::int AS earlier, count(*) FILTER (WHERE k.due_at > b.due_at)::int AS later,
         count(*) FILTER (WHERE k.due_at = b.due_at AND k.provisional <> b.provisional)::int AS "markOnly"
       FROM clock k JOIN clock_before b USING (case_no, clock, run)`,
    );
    return rows[0]!;
  }
}

// The last day of a pause that has no end yet.
const pauseEnd = `
CREATE OR REPLACE FUNCTION pg_temp.pause_end(p jsonb) RETURNS date LANGUAGE sql AS $$
  SELECT COALESCE((p->>'to')::date, (SELECT d FROM pg_temp.day WHERE works AND d > (p->>'from')::date ORDER BY d
    OFFSET (p->>'maximumWorkingDays')::int - 1 LIMIT 1)) $$`;

const days = `
CREATE TEMP TABLE day AS
WITH newest AS (
  SELECT DISTINCT ON (layer, year) layer, year, status, closed_days, make_up_days FROM calendar_year
  WHERE layer = 'national' OR (layer = 'region' AND scope = '450200') ORDER BY layer, year, number DESC)
SELECT g::date AS d,
  COALESCE(CASE WHEN g::date = ANY(r.make_up_days) THEN true WHEN g::date = ANY(r.closed_days) THEN false END,
    CASE WHEN g::date = ANY(n.make_up_days) THEN true WHEN g::date = ANY(n.closed_days) THEN false
      WHEN n.year IS NULL AND to_char(g, 'MM-DD') IN ('01-01', '05-01', '05-02', '10-01', '10-02', '10-03') THEN false END,
    extract(isodow FROM g) < 6) AS works,
  COALESCE(n.status = 'published' AND r.status = 'published', false) AS published
FROM generate_series(date '2025-01-01', date '2029-12-31', interval '1 day') g
LEFT JOIN newest n ON n.layer = 'national' AND n.year = extract(year FROM g)
LEFT JOIN newest r ON r.layer = 'region' AND r.year = extract(year FROM g)`;

const expected = `
CREATE TEMP TABLE expected AS
SELECT k.case_no, k.clock, k.run, counted.d AS due_date, (counted.d + time '16:00') AT TIME ZONE 'Asia/Shanghai' AS due_at,
  EXISTS (SELECT 1 FROM day y WHERE y.d > (k.ledger->>'dayZero')::date AND y.d <= counted.d AND NOT y.published) AS provisional
FROM clock k CROSS JOIN LATERAL (
  SELECT array_agg(daterange((p->>'from')::date, pg_temp.pause_end(p), '(]')) AS pauses
  FROM jsonb_array_elements(k.ledger->'pauses') p) paused
CROSS JOIN LATERAL (
  SELECT d FROM day WHERE works AND d > (k.ledger->>'dayZero')::date
    AND (paused.pauses IS NULL OR NOT d <@ ANY(paused.pauses))
  ORDER BY d OFFSET (k.ledger->>'limitWorkingDays')::int - 1 LIMIT 1) counted
WHERE k.state <> 'stopped'`;

const faults = `
WITH open AS (SELECT k.*, e.due_at AS wanted_at, e.due_date AS wanted_date, e.provisional AS wanted_mark, b.due_at AS before_at,
    b.provisional AS before_mark
  FROM clock k JOIN expected e USING (case_no, clock, run) JOIN clock_before b USING (case_no, clock, run)),
events AS (SELECT case_no, clock, run, count(*) AS n, max(facts->'shown'->>'dueAt') AS shown FROM clock_event
  WHERE event = 'reprojected' AND id > COALESCE((SELECT id FROM event_before), 0) GROUP BY 1, 2, 3),
looks AS (SELECT case_no, id FROM outbox WHERE topic = 'lookAgain' AND key LIKE 'lookAgain:' || $1::text || ':%')
SELECT
  (SELECT count(*) FROM open WHERE (due_at, due_date, provisional) IS DISTINCT FROM (wanted_at, wanted_date, wanted_mark))::int
    AS "clocksWrong",
  (SELECT count(*) FROM open WHERE (ledger->>'dueAt')::timestamptz <> due_at OR (ledger->>'dueDate')::date <> due_date)::int
    AS "ledgersWrong",
  (SELECT count(*) FROM open o LEFT JOIN events v USING (case_no, clock, run)
    WHERE COALESCE(v.n, 0) <> CASE WHEN (o.wanted_at, o.wanted_mark) IS DISTINCT FROM (o.before_at, o.before_mark) THEN 1 ELSE 0 END
      OR v.shown::timestamptz <> o.wanted_at)::int AS "eventsWrong",
  (SELECT count(*) FROM clock k JOIN clock_before b USING (case_no, clock, run)
    WHERE b.state = 'stopped' AND md5(k::text) <> b.digest)::int AS "closedTouched",
  (SELECT count(*) FROM events v JOIN clock_before b USING (case_no, clock, run) WHERE b.state = 'stopped')::int AS "closedEvents",
  (SELECT count(*) FROM task t JOIN (SELECT case_no, min(wanted_at) AS first FROM open GROUP BY 1) f USING (case_no)
    WHERE t.state = 'open' AND t.due_at <> f.first)::int AS "tasksWrong",
  (SELECT count(*) FROM cases c JOIN case_before b USING (case_no) FULL JOIN looks l USING (case_no)
    WHERE (c.next_rung_at IS NOT NULL AND (b.next_rung_at IS NULL OR c.next_rung_at < b.next_rung_at)) <> (l.id IS NOT NULL))::int
    AS "tellingsWrong",
  (SELECT count(*) FROM (SELECT c.next_rung_at, lag(c.next_rung_at) OVER (ORDER BY l.id) AS earlier
    FROM looks l JOIN cases c USING (case_no)) o WHERE o.next_rung_at < o.earlier)::int AS "tellingsOutOfOrder"`;

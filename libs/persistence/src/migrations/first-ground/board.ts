/** What the supervisor's board counts, finds and keeps; its tables hold no personal data. */
export const board = `
-- The board counts open tasks in this order from the index alone: 65 ms for 200 000 of one agency (measured), where grouping by
-- any other order sorts and takes 230.
CREATE INDEX task_count ON task (agency_id, stage, matter, holder_id, paused, due_at, due_clock, due_party) WHERE state = 'open';
-- What stands still is little and scattered: its lists would read a whole stage of task_pool.
CREATE INDEX task_paused ON task (agency_id, stage, COALESCE(due_at, 'infinity'::timestamptz), id)
  INCLUDE (holder_id, case_no, matter, due_clock, due_party) WHERE state = 'open' AND paused;
-- Pace and statistics: what was finished when.
CREATE INDEX task_closed ON task (agency_id, closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX cases_closed ON cases (agency_id, closed_at) WHERE closed_at IS NOT NULL;
-- Cases that wait for the system have no task, and clocks all the same.
CREATE INDEX cases_without_task ON cases (agency_id, case_no) WHERE stage IN ('pay', 'archive');
CREATE INDEX cases_open ON cases (agency_id, case_no) WHERE closed_at IS NULL;
CREATE INDEX case_act_pauses ON case_act (at) WHERE act IN ('askSupplement', 'openPause');

-- One bulk reassignment, under the id that the screen made; what became of each task is in "result".
CREATE TABLE task_reassignment (
  id uuid PRIMARY KEY,
  agency_id text NOT NULL REFERENCES agency(id),
  actor_id uuid NOT NULL REFERENCES staff_account(id),
  body_hash bytea NOT NULL,
  reason text NOT NULL CONSTRAINT task_reassignment_reason CHECK (btrim(reason) <> ''),
  result jsonb NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX task_reassignment_agency ON task_reassignment (agency_id, at);
-- Each look of the self-check: how many numbers were compared and which of them differed.
CREATE TABLE board_check (
  id bigserial PRIMARY KEY,
  agency_id text NOT NULL REFERENCES agency(id),
  at timestamptz NOT NULL,
  compared integer NOT NULL,
  differences jsonb NOT NULL
);
CREATE INDEX board_check_agency ON board_check (agency_id, id);
-- A closed month reads the same for ever: the text is what was shown, byte for byte, and each month signs the one before.
CREATE TABLE statistics_month (
  agency_id text NOT NULL REFERENCES agency(id),
  month text NOT NULL CONSTRAINT statistics_month_month CHECK (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  body text NOT NULL,
  prev_hash bytea NOT NULL,
  hash bytea NOT NULL,
  closed_by uuid NOT NULL REFERENCES staff_account(id),
  closed_at timestamptz NOT NULL,
  PRIMARY KEY (agency_id, month)
);
`;

/** Runs after the functions of grants.ts. */
export const boardGrants = `
DO $$
DECLARE added_only text;
BEGIN
  FOREACH added_only IN ARRAY ARRAY['task_event', 'task_reassignment', 'board_check', 'statistics_month'] LOOP
    EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()',
      added_only || '_append_only', added_only);
  END LOOP;
END $$;
`;

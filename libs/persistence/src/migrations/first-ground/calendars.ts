/**
 * The calendar as rows that are only ever added (T-12 … T-14). A version is a number; it consists, for each layer and year,
 * of the newest row up to that number, so that a version never changes once it is made.
 */
export const calendars = `
-- What one person proposes and another decides, with the issuing document.
CREATE TABLE calendar_change (
  id uuid PRIMARY KEY,
  kind text NOT NULL CONSTRAINT calendar_change_kind CHECK (kind IN ('year', 'localClosure', 'officeHours')),
  layer text NOT NULL CONSTRAINT calendar_change_layer CHECK (layer IN ('national', 'region', 'agency')),
  -- 'CN', a region code or an agency.
  scope text NOT NULL,
  year integer CONSTRAINT calendar_change_year CHECK (year BETWEEN 1990 AND 2100),
  body jsonb NOT NULL,
  document_number text NOT NULL CONSTRAINT calendar_change_document CHECK (btrim(document_number) <> ''),
  document_text text NOT NULL CONSTRAINT calendar_change_text CHECK (btrim(document_text) <> ''),
  reason text NOT NULL,
  -- The version whose row it replaces; another change in between makes it stale.
  base_number integer NOT NULL,
  proposed_by uuid NOT NULL REFERENCES staff_account(id),
  proposed_at timestamptz NOT NULL DEFAULT now(),
  state text NOT NULL DEFAULT 'proposed' CONSTRAINT calendar_change_state CHECK (state IN ('proposed', 'approved', 'rejected')),
  decided_by uuid REFERENCES staff_account(id),
  decided_at timestamptz,
  decision_reason text,
  CONSTRAINT calendar_change_two_persons CHECK (decided_by <> proposed_by),
  CONSTRAINT calendar_change_decided CHECK ((state = 'proposed') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL))
);
CREATE INDEX calendar_change_list ON calendar_change (proposed_at DESC, id);
CREATE TABLE calendar_version (
  number integer PRIMARY KEY,
  -- None for what the release brought.
  change_id uuid UNIQUE REFERENCES calendar_change(id),
  made_at timestamptz NOT NULL DEFAULT now(),
  made_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  CONSTRAINT calendar_version_change CHECK ((number = 1) = (change_id IS NULL))
);
CREATE TABLE calendar_year (
  layer text NOT NULL CONSTRAINT calendar_year_layer CHECK (layer IN ('national', 'region', 'agency')),
  scope text NOT NULL,
  year integer NOT NULL CONSTRAINT calendar_year_year CHECK (year BETWEEN 1990 AND 2100),
  number integer NOT NULL REFERENCES calendar_version(number),
  status text NOT NULL CONSTRAINT calendar_year_status CHECK (status IN ('published', 'provisional')),
  source text NOT NULL,
  closed_days date[] NOT NULL,
  make_up_days date[] NOT NULL,
  -- Days on which an agency keeps other hours: { 'YYYY-MM-DD': [{ open, close }] }.
  short_days jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (layer, scope, year, number)
);
CREATE TABLE calendar_office_hours (
  agency_id text NOT NULL REFERENCES agency(id),
  number integer NOT NULL REFERENCES calendar_version(number),
  hours jsonb NOT NULL,
  source text NOT NULL,
  PRIMARY KEY (agency_id, number)
);
-- Every calendar a ledger may name, whole (T-14): what was counted by it can be counted again for as long as the ledger is kept.
CREATE TABLE calendar_edition (
  version text PRIMARY KEY,
  number integer NOT NULL REFERENCES calendar_version(number),
  region_code text,
  agency_id text,
  body jsonb NOT NULL
);
-- The counting anew that follows a change; a crash goes on after the last case that was committed.
CREATE TABLE reprojection_run (
  number integer PRIMARY KEY REFERENCES calendar_version(number),
  -- None: every region; every agency of it.
  region_code text,
  agency_id text,
  reason text NOT NULL,
  state text NOT NULL DEFAULT 'counting' CONSTRAINT reprojection_run_state CHECK (state IN ('counting', 'telling', 'done',
    'superseded')),
  after_case text NOT NULL DEFAULT '',
  cases_seen integer NOT NULL DEFAULT 0,
  clocks_seen integer NOT NULL DEFAULT 0,
  clocks_moved integer NOT NULL DEFAULT 0,
  cases_moved integer NOT NULL DEFAULT 0,
  cases_earlier integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  counted_at timestamptz,
  finished_at timestamptz
);
CREATE INDEX reprojection_run_open ON reprojection_run (number) WHERE state IN ('counting', 'telling');
-- Cases whose next rung moved earlier: their workflows are told, the earliest first (architecture § 4).
CREATE TABLE reprojection_earlier (
  number integer NOT NULL REFERENCES reprojection_run(number),
  case_no text NOT NULL REFERENCES cases(case_no),
  next_rung_at timestamptz NOT NULL,
  PRIMARY KEY (number, case_no)
);
-- Walked when a calendar changes.
CREATE INDEX clock_open ON clock (case_no, clock, run) WHERE state <> 'stopped';

-- Read by 收件: a change waits for receipts that count by the version before, and a later receipt sees the new one. A
-- volatile function, because only so does the second statement look again after the lock was waited for.
CREATE FUNCTION calendar_number_for_receipt() RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtext('banjie-calendar'));
  RETURN (SELECT COALESCE(max(number), 0) FROM calendar_version);
END $$;
-- The rows of a version come with it, in one transaction, or never.
CREATE FUNCTION keep_calendar_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM calendar_version WHERE number = NEW.number AND made_xid = pg_current_xact_id()) THEN
    RAISE EXCEPTION 'version % of the calendar stands', NEW.number USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER calendar_year_of_version BEFORE INSERT ON calendar_year FOR EACH ROW EXECUTE FUNCTION keep_calendar_version();
CREATE TRIGGER calendar_office_hours_of_version BEFORE INSERT ON calendar_office_hours FOR EACH ROW
  EXECUTE FUNCTION keep_calendar_version();
CREATE FUNCTION keep_approved_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.change_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM calendar_change WHERE id = NEW.change_id AND state = 'approved') THEN
    RAISE EXCEPTION 'a version of the calendar needs an approved change' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER calendar_version_approved BEFORE INSERT ON calendar_version FOR EACH ROW EXECUTE FUNCTION keep_approved_version();
`;

/** What the app may change, and what it may not even with wider rights; runs after the functions of grants.ts. */
export const calendarGrants = `
DO $$
DECLARE
  app text := current_setting('banjie.app_role');
  added_only text;
BEGIN
  FOREACH added_only IN ARRAY ARRAY['calendar_version', 'calendar_year', 'calendar_office_hours', 'calendar_edition'] LOOP
    EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()',
      added_only || '_append_only', added_only);
  END LOOP;
  EXECUTE format('GRANT UPDATE (state, decided_by, decided_at, decision_reason) ON calendar_change TO %I', app);
  EXECUTE format('GRANT UPDATE (state, after_case, cases_seen, clocks_seen, clocks_moved, cases_moved, cases_earlier, counted_at,
    finished_at) ON reprojection_run TO %I', app);
  EXECUTE format('GRANT UPDATE (number, next_rung_at), DELETE ON reprojection_earlier TO %I', app);
END $$;
CREATE TRIGGER calendar_change_stands BEFORE UPDATE ON calendar_change FOR EACH ROW WHEN (OLD.state <> 'proposed')
  EXECUTE FUNCTION refuse_change();
`;

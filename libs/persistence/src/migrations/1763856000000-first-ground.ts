import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The ground: people, registries, filings, cases with their acts, tasks and clocks, decisions, payouts, outbox.
 * Personal columns end in `_enc` (AES-256-GCM, key id inside) with a keyed `_hash` beside them where they are looked up.
 */
export class FirstGround1763856000000 implements MigrationInterface {
  name = 'FirstGround1763856000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [people, registries, filings, cases, money, sideWork, grants])
      await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE IF EXISTS notice, outbox, task_event, read_log, attempt_log, archive_seal, bank_cursor, bank_entry, payout_attempt,
        payout_order, cap_usage, decision, benefit_result, line_deduction, clock_rung, clock_event, clock, task, case_duty,
        act_body, case_act, expense_document, cases, case_number, statement_line, attachment, filing, matter_definition,
        benefit_policy, catalogue_item, hospital, insured_person, staff_session, staff_account, agency CASCADE;
      DROP FUNCTION IF EXISTS refuse_change() CASCADE`);
  }
}

const people = `
CREATE TABLE agency (
  id text PRIMARY KEY,
  name text NOT NULL,
  region_code text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE staff_account (
  id uuid PRIMARY KEY,
  agency_id text NOT NULL REFERENCES agency(id),
  username text NOT NULL UNIQUE,
  display_name text NOT NULL,
  password_hash text NOT NULL,
  posts text[] NOT NULL,
  active boolean NOT NULL DEFAULT true,
  failed_count integer NOT NULL DEFAULT 0,
  locked_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE staff_session (
  token_hash bytea PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES staff_account(id),
  csrf_token text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX staff_session_account ON staff_session (account_id);
`;

const registries = `
CREATE TABLE insured_person (
  id uuid PRIMARY KEY,
  id_number_hash bytea NOT NULL UNIQUE,
  id_number_enc bytea NOT NULL,
  name_enc bytea NOT NULL,
  region_code text NOT NULL,
  scheme text NOT NULL CONSTRAINT insured_person_scheme CHECK (scheme IN ('employee', 'resident')),
  entitled_from date NOT NULL,
  entitled_to date,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE hospital (
  code text PRIMARY KEY,
  name text NOT NULL,
  region_code text NOT NULL,
  grade smallint NOT NULL CONSTRAINT hospital_grade CHECK (grade BETWEEN 1 AND 3),
  agreement_from date,
  agreement_to date
);
CREATE TABLE catalogue_item (
  region_code text NOT NULL,
  item_code text NOT NULL,
  item_name text NOT NULL,
  category text NOT NULL,
  catalogue_class text NOT NULL CONSTRAINT catalogue_item_class CHECK (catalogue_class IN ('A', 'B', 'outside')),
  self_paid_first_bp integer NOT NULL CONSTRAINT catalogue_item_bp CHECK (self_paid_first_bp BETWEEN 0 AND 10000),
  PRIMARY KEY (region_code, item_code)
);
CREATE TABLE benefit_policy (
  id bigserial PRIMARY KEY,
  region_code text NOT NULL,
  scheme text NOT NULL,
  hospital_grade smallint NOT NULL,
  effective_from date NOT NULL,
  effective_to date,
  deductible_fen bigint NOT NULL CONSTRAINT benefit_policy_deductible CHECK (deductible_fen >= 0),
  ratio_bp integer NOT NULL CONSTRAINT benefit_policy_ratio CHECK (ratio_bp BETWEEN 0 AND 10000),
  annual_cap_fen bigint NOT NULL CONSTRAINT benefit_policy_cap CHECK (annual_cap_fen >= 0),
  source_document text NOT NULL,
  source_clause text NOT NULL,
  example boolean NOT NULL,
  UNIQUE (region_code, scheme, hospital_grade, effective_from)
);
CREATE TABLE matter_definition (
  matter text NOT NULL,
  version integer NOT NULL,
  effective_from date NOT NULL,
  body jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (matter, version)
);
`;

const filings = `
CREATE TABLE filing (
  id uuid PRIMARY KEY,
  agency_id text NOT NULL REFERENCES agency(id),
  matter text NOT NULL,
  state text NOT NULL DEFAULT 'draft' CONSTRAINT filing_state CHECK (state IN ('draft', 'submitted')),
  version integer NOT NULL DEFAULT 1,
  created_by uuid NOT NULL REFERENCES staff_account(id),
  body_enc bytea NOT NULL,
  person_id_hash bytea,
  case_no text UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  submitted_at timestamptz
);
CREATE INDEX filing_drafts ON filing (agency_id, created_by, updated_at DESC) WHERE state = 'draft';
CREATE INDEX filing_person ON filing (person_id_hash) WHERE person_id_hash IS NOT NULL;
CREATE TABLE attachment (
  id uuid PRIMARY KEY,
  filing_id uuid NOT NULL REFERENCES filing(id),
  agency_id text NOT NULL REFERENCES agency(id),
  paper text NOT NULL,
  sha256 text NOT NULL,
  size_bytes bigint NOT NULL CONSTRAINT attachment_size CHECK (size_bytes > 0),
  media_type text NOT NULL,
  file_name_enc bytea NOT NULL,
  facts jsonb NOT NULL DEFAULT '{}',
  uploaded_by uuid NOT NULL REFERENCES staff_account(id),
  uploaded_at timestamptz NOT NULL DEFAULT now(),
  removed_at timestamptz
);
CREATE INDEX attachment_filing ON attachment (filing_id);
CREATE TABLE statement_line (
  filing_id uuid NOT NULL REFERENCES filing(id),
  line_no integer NOT NULL,
  service_date date NOT NULL,
  item_code text NOT NULL,
  item_name text NOT NULL,
  category text NOT NULL,
  quantity_milli bigint NOT NULL,
  unit_price_fen bigint NOT NULL,
  amount_fen bigint NOT NULL CONSTRAINT statement_line_amount CHECK (amount_fen >= 0),
  catalogue_class text NOT NULL CONSTRAINT statement_line_class CHECK (catalogue_class IN ('A', 'B', 'outside')),
  self_paid_first_bp integer NOT NULL,
  PRIMARY KEY (filing_id, line_no)
);
`;

const cases = `
CREATE TABLE case_number (
  agency_id text NOT NULL,
  day date NOT NULL,
  last_number integer NOT NULL,
  PRIMARY KEY (agency_id, day)
);
CREATE TABLE cases (
  case_no text PRIMARY KEY,
  agency_id text NOT NULL REFERENCES agency(id),
  matter text NOT NULL,
  definition_version integer NOT NULL,
  filing_id uuid NOT NULL UNIQUE REFERENCES filing(id),
  person_id uuid REFERENCES insured_person(id),
  person_id_hash bytea,
  region_code text NOT NULL,
  seq integer NOT NULL,
  stage text NOT NULL CONSTRAINT cases_stage CHECK (stage IN ('acceptance', 'initialReview', 'secondReview', 'approval',
    'preparePayout', 'financeReview', 'financeApproval', 'pay', 'deliver', 'archive', 'closed')),
  waiting text CONSTRAINT cases_waiting CHECK (waiting = 'supplement'),
  supplement_used boolean NOT NULL DEFAULT false,
  outcome text CONSTRAINT cases_outcome CHECK (outcome IN ('refusedAcceptance', 'approved', 'rejected', 'withdrawn')),
  round integer NOT NULL DEFAULT 0,
  order_no text,
  order_state text,
  paid_once boolean NOT NULL DEFAULT false,
  delivered boolean NOT NULL DEFAULT false,
  last_act text NOT NULL,
  last_actor_id text NOT NULL,
  head_hash bytea NOT NULL,
  total_fen bigint NOT NULL CONSTRAINT cases_total CHECK (total_fen >= 0),
  proposal_outcome text CONSTRAINT cases_proposal CHECK (proposal_outcome IN ('pass', 'refuse')),
  proposed_fen bigint CONSTRAINT cases_proposed CHECK (proposed_fen >= 0),
  payable_fen bigint CONSTRAINT cases_payable CHECK (payable_fen >= 0),
  received_at timestamptz NOT NULL,
  received_on date NOT NULL,
  accepted_at timestamptz,
  decided_at timestamptz,
  paid_at timestamptz,
  delivered_at timestamptz,
  closed_at timestamptz,
  next_rung_at timestamptz,
  workflow_started_at timestamptz
);
CREATE INDEX cases_agency ON cases (agency_id, received_at DESC, case_no DESC);
CREATE INDEX cases_person ON cases (person_id_hash) WHERE person_id_hash IS NOT NULL;
CREATE INDEX cases_rungs ON cases (next_rung_at) WHERE next_rung_at IS NOT NULL;
CREATE INDEX cases_system_stage ON cases (case_no) WHERE stage IN ('pay', 'archive');
CREATE INDEX cases_unstarted ON cases (received_at) WHERE workflow_started_at IS NULL;

-- Acts are only ever added (house-style § 3); the chain runs per case, keyed so that it cannot be recomputed from the rows alone.
CREATE TABLE case_act (
  case_no text NOT NULL REFERENCES cases(case_no),
  seq integer NOT NULL,
  action_id text NOT NULL UNIQUE,
  act text NOT NULL,
  actor_id text NOT NULL,
  stage_from text NOT NULL,
  stage_to text NOT NULL,
  round integer NOT NULL,
  duty text,
  facts jsonb NOT NULL,
  at timestamptz NOT NULL,
  prev_hash bytea NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (case_no, seq)
);
CREATE TABLE act_body (
  action_id text PRIMARY KEY,
  case_no text NOT NULL,
  act text NOT NULL,
  actor_id text NOT NULL,
  seen_seq integer NOT NULL,
  body_hash bytea NOT NULL,
  body_enc bytea NOT NULL,
  request_id text,
  received_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX act_body_age ON act_body (received_at);
CREATE TABLE attempt_log (
  id bigserial PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  case_no text,
  actor_id text NOT NULL,
  act text NOT NULL,
  action_id text,
  code text NOT NULL,
  request_id text
);
CREATE INDEX attempt_log_case ON attempt_log (case_no, at);
CREATE INDEX attempt_log_action ON attempt_log (action_id) WHERE action_id IS NOT NULL;
-- SD-01: the key cannot hold a second duty of one person in one case.
CREATE TABLE case_duty (
  case_no text NOT NULL REFERENCES cases(case_no),
  person_id text NOT NULL,
  duty text NOT NULL CONSTRAINT case_duty_duty CHECK (duty IN ('initialReview', 'secondReview', 'approval', 'preparePayout',
    'financeReview', 'financeApproval', 'qualityCheck')),
  since_seq integer NOT NULL,
  PRIMARY KEY (case_no, person_id)
);
-- Which cases a person has a part in: left out of his inbox at other stages.
CREATE INDEX case_duty_person ON case_duty (person_id, duty, case_no);
CREATE TABLE task (
  id bigserial PRIMARY KEY,
  case_no text NOT NULL REFERENCES cases(case_no),
  agency_id text NOT NULL,
  matter text NOT NULL,
  stage text NOT NULL,
  posts text[] NOT NULL,
  state text NOT NULL DEFAULT 'open' CONSTRAINT task_state CHECK (state IN ('open', 'done', 'cancelled')),
  holder_id uuid REFERENCES staff_account(id),
  taken_at timestamptz,
  paused boolean NOT NULL DEFAULT false,
  round integer NOT NULL,
  amount_fen bigint NOT NULL,
  due_clock text,
  due_at timestamptz,
  due_date date,
  provisional boolean NOT NULL DEFAULT false,
  opened_seq integer NOT NULL,
  opened_at timestamptz NOT NULL,
  closed_seq integer,
  closed_at timestamptz,
  closed_by text
);
CREATE UNIQUE INDEX task_one_open ON task (case_no) WHERE state = 'open';
-- The inbox reads each stage of a post in this order and counts from the index alone; without a due date comes last.
CREATE INDEX task_pool ON task (agency_id, stage, COALESCE(due_at, 'infinity'::timestamptz), id) INCLUDE (holder_id, case_no)
  WHERE state = 'open';
CREATE INDEX task_mine ON task (holder_id, COALESCE(due_at, 'infinity'::timestamptz), id) WHERE state = 'open' AND holder_id IS NOT NULL;
-- Who held a task when; the taking and giving back of tasks has no other trace.
CREATE TABLE task_event (
  id bigserial PRIMARY KEY,
  task_id bigint NOT NULL REFERENCES task(id),
  kind text NOT NULL CONSTRAINT task_event_kind CHECK (kind IN ('taken', 'released')),
  actor_id uuid NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX task_event_task ON task_event (task_id);

CREATE TABLE clock (
  case_no text NOT NULL REFERENCES cases(case_no),
  clock text NOT NULL,
  run integer NOT NULL,
  state text NOT NULL CONSTRAINT clock_state CHECK (state IN ('running', 'paused', 'stopped')),
  ledger jsonb NOT NULL,
  due_at timestamptz NOT NULL,
  due_date date NOT NULL,
  provisional boolean NOT NULL,
  calendar_version text NOT NULL,
  stopped_at timestamptz,
  breached boolean NOT NULL DEFAULT false,
  PRIMARY KEY (case_no, clock, run)
);
CREATE INDEX clock_due ON clock (due_at) WHERE state = 'running' AND NOT breached;
CREATE TABLE clock_event (
  id bigserial PRIMARY KEY,
  case_no text NOT NULL,
  clock text NOT NULL,
  run integer NOT NULL,
  seq integer NOT NULL,
  event text NOT NULL CONSTRAINT clock_event_event CHECK (event IN ('started', 'paused', 'resumed', 'stopped')),
  at timestamptz NOT NULL,
  facts jsonb NOT NULL,
  UNIQUE (case_no, clock, run, seq, event)
);
-- Each rung at most once per clock run, with the due instant and the detected instant apart (architecture § 4).
CREATE TABLE clock_rung (
  case_no text NOT NULL,
  clock text NOT NULL,
  run integer NOT NULL,
  rung text NOT NULL CONSTRAINT clock_rung_rung CHECK (rung IN ('due')),
  due_at timestamptz NOT NULL,
  detected_at timestamptz NOT NULL,
  detected_by text NOT NULL,
  PRIMARY KEY (case_no, clock, run, rung)
);
CREATE TABLE expense_document (
  id bigserial PRIMARY KEY,
  case_no text NOT NULL REFERENCES cases(case_no),
  kind text NOT NULL CONSTRAINT expense_document_kind CHECK (kind IN ('invoice', 'statement')),
  hospital_code text NOT NULL,
  document_key text NOT NULL,
  amount_fen bigint NOT NULL CONSTRAINT expense_document_amount CHECK (amount_fen >= 0),
  live boolean NOT NULL DEFAULT true
);
-- R-EL-04: one paper is held by at most one live case, over all persons and years, under simultaneous filing too.
CREATE UNIQUE INDEX expense_document_live ON expense_document (kind, hospital_code, document_key) WHERE live;
CREATE INDEX expense_document_case ON expense_document (case_no);
CREATE TABLE archive_seal (
  case_no text NOT NULL REFERENCES cases(case_no),
  seq integer NOT NULL,
  documents jsonb NOT NULL,
  seal bytea NOT NULL,
  sealed_at timestamptz NOT NULL,
  PRIMARY KEY (case_no, seq)
);
`;

const money = `
CREATE TABLE line_deduction (
  case_no text NOT NULL REFERENCES cases(case_no),
  seq integer NOT NULL,
  line_no integer NOT NULL,
  amount_fen bigint NOT NULL CONSTRAINT line_deduction_amount CHECK (amount_fen > 0),
  reason_code text NOT NULL,
  clause text NOT NULL,
  PRIMARY KEY (case_no, seq, line_no, reason_code)
);
CREATE TABLE benefit_result (
  case_no text NOT NULL REFERENCES cases(case_no),
  seq integer NOT NULL,
  payable_fen bigint NOT NULL CONSTRAINT benefit_result_payable CHECK (payable_fen >= 0),
  policy_id bigint REFERENCES benefit_policy(id),
  trace jsonb NOT NULL,
  PRIMARY KEY (case_no, seq)
);
CREATE TABLE decision (
  id uuid PRIMARY KEY,
  case_no text NOT NULL REFERENCES cases(case_no),
  round integer NOT NULL,
  outcome text NOT NULL CONSTRAINT decision_outcome CHECK (outcome IN ('approved', 'rejected')),
  payable_fen bigint NOT NULL CONSTRAINT decision_payable CHECK (payable_fen >= 0),
  payee_digest bytea NOT NULL,
  decided_by uuid NOT NULL,
  decided_at timestamptz NOT NULL,
  voided_at timestamptz,
  UNIQUE (case_no, round)
);
CREATE UNIQUE INDEX decision_one_live ON decision (case_no) WHERE voided_at IS NULL;
-- R-AM-02b: what a person has drawn on the yearly cap; reserved at 审批 by one conditional update.
CREATE TABLE cap_usage (
  person_id uuid NOT NULL REFERENCES insured_person(id),
  scheme text NOT NULL,
  year integer NOT NULL,
  used_fen bigint NOT NULL CONSTRAINT cap_usage_used CHECK (used_fen >= 0),
  PRIMARY KEY (person_id, scheme, year)
);
CREATE TABLE payout_order (
  order_no text PRIMARY KEY,
  case_no text NOT NULL REFERENCES cases(case_no),
  decision_id uuid NOT NULL REFERENCES decision(id),
  agency_id text NOT NULL,
  state text NOT NULL CONSTRAINT payout_order_state CHECK (state IN ('drawn', 'reviewed', 'released', 'sent', 'paid', 'unknown',
    'failed', 'returned', 'void')),
  amount_fen bigint NOT NULL CONSTRAINT payout_order_amount CHECK (amount_fen > 0),
  payee_enc bytea NOT NULL,
  payee_digest bytea NOT NULL,
  previous_order_no text REFERENCES payout_order(order_no),
  drawn_by uuid NOT NULL,
  reviewed_by uuid,
  released_by uuid,
  drawn_at timestamptz NOT NULL,
  sent_at timestamptz,
  settled_at timestamptz,
  bank_reference text,
  CONSTRAINT payout_order_three_persons CHECK (drawn_by <> reviewed_by AND drawn_by <> released_by AND reviewed_by <> released_by)
);
-- One live order per decision: a new one only after failed, returned or void (architecture § 5).
CREATE UNIQUE INDEX payout_order_one_live ON payout_order (decision_id) WHERE state NOT IN ('failed', 'returned', 'void');
CREATE INDEX payout_order_open ON payout_order (state) WHERE state IN ('sent', 'unknown');
CREATE INDEX payout_order_case ON payout_order (case_no);
-- Write-ahead: the row is committed before the bank is called.
CREATE TABLE payout_attempt (
  order_no text NOT NULL REFERENCES payout_order(order_no),
  n integer NOT NULL,
  kind text NOT NULL CONSTRAINT payout_attempt_kind CHECK (kind IN ('send', 'query')),
  started_at timestamptz NOT NULL,
  answered_at timestamptz,
  answer text,
  PRIMARY KEY (order_no, n)
);
CREATE TABLE bank_entry (
  entry_no bigint PRIMARY KEY,
  kind text NOT NULL CONSTRAINT bank_entry_kind CHECK (kind IN ('debit', 'return')),
  order_no text NOT NULL,
  amount_fen bigint NOT NULL,
  at timestamptz NOT NULL,
  reason text,
  read_at timestamptz NOT NULL DEFAULT now()
);
`;

const sideWork = `
-- What must follow a commit: workflow wake-ups and notices. Emptied by apps/jobs, rebuilt from here when Redis is lost.
CREATE TABLE outbox (
  id bigserial PRIMARY KEY,
  topic text NOT NULL CONSTRAINT outbox_topic CHECK (topic IN ('startCase', 'wakeCase', 'notice')),
  case_no text NOT NULL,
  key text NOT NULL UNIQUE,
  payload jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  dispatched_at timestamptz,
  done_at timestamptz
);
CREATE INDEX outbox_open ON outbox (topic, id) WHERE done_at IS NULL;
CREATE TABLE notice (
  id bigserial PRIMARY KEY,
  outbox_id bigint NOT NULL UNIQUE REFERENCES outbox(id),
  case_no text NOT NULL,
  agency_id text NOT NULL,
  notice text NOT NULL,
  channel text NOT NULL CONSTRAINT notice_channel CHECK (channel IN ('inApp', 'file')),
  created_at timestamptz NOT NULL DEFAULT now(),
  sent_at timestamptz
);
CREATE INDEX notice_case ON notice (case_no, id);
CREATE INDEX notice_agency ON notice (agency_id, id);
CREATE TABLE read_log (
  id bigserial PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  reader_id uuid NOT NULL,
  case_no text,
  what text NOT NULL,
  request_id text
);
CREATE INDEX read_log_case ON read_log (case_no, at);
`;

// The app may insert and read act and audit rows, nothing more; the trigger holds even for a role with wider rights.
const grants = `
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER case_act_append_only BEFORE UPDATE OR DELETE ON case_act FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER clock_event_append_only BEFORE UPDATE OR DELETE ON clock_event FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER clock_rung_append_only BEFORE UPDATE OR DELETE ON clock_rung FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER read_log_append_only BEFORE UPDATE OR DELETE ON read_log FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER attempt_log_append_only BEFORE UPDATE OR DELETE ON attempt_log FOR EACH ROW EXECUTE FUNCTION refuse_change();
DO $$
DECLARE app text := current_setting('banjie.app_role');
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', app);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO %I', app);
  EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO %I', app);
  EXECUTE format('REVOKE UPDATE, DELETE ON case_act, clock_event, clock_rung, read_log, attempt_log, archive_seal, bank_entry,
    benefit_result, line_deduction, task_event FROM %I', app);
  -- M5: amount and payee of an order are never updated, not even by a bug.
  EXECUTE format('REVOKE UPDATE ON payout_order FROM %I', app);
  EXECUTE format('GRANT UPDATE (state, reviewed_by, released_by, sent_at, settled_at, bank_reference) ON payout_order TO %I', app);
  EXECUTE format('REVOKE DELETE ON cases, decision, payout_order, payout_attempt, expense_document, task, clock, case_duty FROM %I', app);
END $$;
`;

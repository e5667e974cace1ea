/** The running matter: acts, duties, tasks, clocks, papers in use and the seal of the archive. */
export const cases = `
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
  stage text NOT NULL CONSTRAINT cases_stage CHECK (stage IN ('acceptance', 'review', 'transferOut', 'initialReview',
    'secondReview', 'transferIn', 'approval', 'preparePayout', 'financeReview', 'financeApproval', 'pay', 'deliver', 'archive', 'closed')),
  waiting text CONSTRAINT cases_waiting CHECK (waiting IN ('supplement', 'inquiry', 'specialProcedure')),
  -- The one extension of the limit, from its request on: state, who asked, WD.
  extension jsonb,
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
CREATE INDEX cases_person_id ON cases (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX cases_rungs ON cases (next_rung_at) WHERE next_rung_at IS NOT NULL;
CREATE INDEX cases_system_stage ON cases (case_no) WHERE stage IN ('pay', 'archive');
CREATE INDEX cases_undelivered ON cases (agency_id) WHERE outcome = 'approved' AND NOT delivered AND stage NOT IN ('deliver', 'archive', 'closed');
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
CREATE INDEX act_body_age ON act_body (received_at, action_id);
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
    'financeReview', 'financeApproval', 'qualityCheck', 'supplement')),
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
  -- Whose time the clock shown is (clock.party).
  due_party text NOT NULL DEFAULT 'own' CONSTRAINT task_due_party CHECK (due_party IN ('own', 'outside')),
  due_at timestamptz,
  due_date date,
  provisional boolean NOT NULL DEFAULT false,
  opened_seq integer NOT NULL,
  opened_at timestamptz NOT NULL,
  closed_seq integer,
  closed_at timestamptz,
  closed_by text,
  -- The batch that a case of 拨付 stands in: its task is the batch's, not one person's to take.
  batch_no text
);
CREATE UNIQUE INDEX task_one_open ON task (case_no) WHERE state = 'open';
-- The inbox reads each stage of a post in this order and counts from the index alone; without a due date comes last. The board
-- finds the pages of its lists here: what it asks of a row is in the index too.
CREATE INDEX task_pool ON task (agency_id, stage, COALESCE(due_at, 'infinity'::timestamptz), id)
  INCLUDE (holder_id, case_no, matter, paused, due_clock, due_party, due_at, batch_no) WHERE state = 'open';
CREATE INDEX task_mine ON task (holder_id, COALESCE(due_at, 'infinity'::timestamptz), id) WHERE state = 'open' AND holder_id IS NOT NULL;
-- Who held a task when; the taking and giving back of tasks has no other trace.
CREATE TABLE task_event (
  id bigserial PRIMARY KEY,
  task_id bigint NOT NULL REFERENCES task(id),
  kind text NOT NULL CONSTRAINT task_event_kind CHECK (kind IN ('taken', 'released', 'reassigned')),
  actor_id uuid NOT NULL,
  -- Of a reassignment: whose it was (none: nobody's), whose it is now, and under which task_reassignment, which says why.
  from_id uuid,
  to_id uuid,
  reassignment_id uuid,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX task_event_task ON task_event (task_id);

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

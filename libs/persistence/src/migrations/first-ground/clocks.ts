/** The time of a case: ledgers, their events, the rungs they passed. */
export const clocks = `
CREATE TABLE clock (
  case_no text NOT NULL REFERENCES cases(case_no),
  clock text NOT NULL,
  run integer NOT NULL,
  level text NOT NULL DEFAULT 'statutory' CONSTRAINT clock_level CHECK (level IN ('case', 'statutory', 'internal')),
  -- Whose time it is: another agency's runs as ours does, and a breach of it is theirs.
  party text NOT NULL DEFAULT 'own' CONSTRAINT clock_party CHECK (party IN ('own', 'outside')),
  state text NOT NULL CONSTRAINT clock_state CHECK (state IN ('running', 'paused', 'stopped')),
  ledger jsonb NOT NULL,
  due_at timestamptz NOT NULL,
  due_date date NOT NULL,
  provisional boolean NOT NULL,
  calendar_version text NOT NULL,
  stopped_at timestamptz,
  -- The due rung was passed in this run.
  breached boolean NOT NULL DEFAULT false,
  -- What clock_rung holds of this run, so that an act need not ask there.
  recorded text[] NOT NULL DEFAULT '{}',
  -- The next rung that is not recorded; none while it stands still.
  next_rung_at timestamptz,
  PRIMARY KEY (case_no, clock, run)
);
CREATE INDEX clock_due ON clock (due_at) WHERE state = 'running' AND NOT breached;
CREATE INDEX clock_next_rung ON clock (next_rung_at, case_no) WHERE state = 'running' AND next_rung_at IS NOT NULL;
-- What happened to a run of a clock: the ledger at any past instant is these, counted by the calendar each names.
CREATE TABLE clock_event (
  id bigserial PRIMARY KEY,
  case_no text NOT NULL,
  clock text NOT NULL,
  run integer NOT NULL,
  -- The act that brought it about; for a changed calendar the number of the act before it.
  seq integer NOT NULL,
  event text NOT NULL CONSTRAINT clock_event_event CHECK (event IN ('started', 'paused', 'resumed', 'extended', 'reprojected',
    'stopped')),
  at timestamptz NOT NULL,
  -- What the event says, the calendar's version, and under "shown" what screens showed after it.
  facts jsonb NOT NULL
);
CREATE INDEX clock_event_case ON clock_event (case_no, id);
-- An act does one thing to a run at most; a calendar may be changed more than once between two acts.
CREATE UNIQUE INDEX clock_event_once ON clock_event (case_no, clock, run, seq) WHERE event <> 'reprojected';
-- Each rung at most once per clock run, with the due instant and the detected instant apart (architecture § 4).
CREATE TABLE clock_rung (
  case_no text NOT NULL,
  clock text NOT NULL,
  run integer NOT NULL,
  rung text NOT NULL CONSTRAINT clock_rung_rung CHECK (rung IN ('half', 'eighty', 'due', 'plus1', 'plus3')),
  due_at timestamptz NOT NULL,
  detected_at timestamptz NOT NULL,
  detected_by text NOT NULL,
  -- As the run of the clock has it, so that a breach is told as theirs without the definition.
  party text NOT NULL DEFAULT 'own' CONSTRAINT clock_rung_party CHECK (party IN ('own', 'outside')),
  PRIMARY KEY (case_no, clock, run, rung)
);
-- A proposal to give an overdue task to somebody else. It moves nothing; it stands for as long as its task lies with its holder.
CREATE TABLE reassignment_proposal (
  case_no text NOT NULL,
  clock text NOT NULL,
  run integer NOT NULL,
  rung text NOT NULL,
  agency_id text NOT NULL,
  task_id bigint NOT NULL REFERENCES task(id),
  stage text NOT NULL,
  holder_id uuid,
  proposed_at timestamptz NOT NULL,
  PRIMARY KEY (case_no, clock, run, rung),
  FOREIGN KEY (case_no, clock, run, rung) REFERENCES clock_rung (case_no, clock, run, rung)
);
CREATE INDEX reassignment_proposal_agency ON reassignment_proposal (agency_id, proposed_at);
`;

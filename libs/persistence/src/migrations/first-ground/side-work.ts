/** What follows a commit, and who read what. */
export const sideWork = `
-- What must follow a commit: workflow wake-ups and notices. Emptied by apps/jobs, rebuilt from here when Redis is lost.
CREATE TABLE outbox (
  id bigserial PRIMARY KEY,
  topic text NOT NULL CONSTRAINT outbox_topic CHECK (topic IN ('startCase', 'wakeCase', 'lookAgain', 'notice')),
  case_no text NOT NULL,
  key text NOT NULL UNIQUE,
  payload jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  dispatched_at timestamptz,
  done_at timestamptz
);
CREATE INDEX outbox_open ON outbox (topic, id) WHERE done_at IS NULL;
-- Notices of one case leave in order: each asks what of its case still waits before it.
CREATE INDEX outbox_open_case ON outbox (case_no, id) WHERE done_at IS NULL;
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
-- What a notice says, frozen with its act (01-procedures, common notices); its digest stands in the act's facts.
CREATE TABLE notice_content (
  case_no text NOT NULL REFERENCES cases(case_no),
  seq integer NOT NULL,
  notice text NOT NULL,
  body_enc bytea NOT NULL,
  digest bytea NOT NULL,
  PRIMARY KEY (case_no, seq, notice)
);
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

/** Files to and from the bank, with the exact bytes of each, and the balances that statements state. */
export const bankFiles = `
CREATE TABLE bank_file (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  direction text NOT NULL CONSTRAINT bank_file_direction CHECK (direction IN ('out', 'in')),
  kind text NOT NULL CONSTRAINT bank_file_kind CHECK (kind IN ('payments', 'results', 'statement')),
  layout text NOT NULL CONSTRAINT bank_file_layout CHECK (layout IN ('pain001', 'pain002', 'camt053', 'csvGb18030', 'csvUtf8')),
  name text NOT NULL,
  -- Of the plain bytes, which stand sealed beside it: a file names persons and accounts.
  sha256 text NOT NULL CONSTRAINT bank_file_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  content_enc bytea NOT NULL,
  byte_count integer NOT NULL,
  -- The file's own number (MsgId) as far as it could be read.
  message_id text,
  -- Null where a file is nobody's: it could not be read, or its account is none of ours.
  agency_id text REFERENCES agency(id),
  -- Of a payment file. A batch too long for one file goes in parts, counted from 1.
  batch_no text,
  part integer CONSTRAINT bank_file_part CHECK (part >= 1),
  -- The payment file that these results answer.
  answers_file bigint REFERENCES bank_file(id),
  line_count integer NOT NULL,
  total_fen bigint NOT NULL,
  state text NOT NULL,
  -- What came of it: faults by line with their sentences, no name and no account.
  report jsonb NOT NULL DEFAULT '{}',
  -- Who brought it on a medium and who confirmed it; null for what came and went over the line.
  brought_by uuid REFERENCES staff_account(id),
  confirmed_by uuid REFERENCES staff_account(id),
  created_at timestamptz NOT NULL DEFAULT now(),
  -- Write-ahead of an upload: how often, and the last time.
  uploads integer NOT NULL DEFAULT 0,
  uploaded_at timestamptz,
  -- Since when the state stands that ends it: taken or refused by the bank, posted or refused by us.
  ended_at timestamptz,
  CONSTRAINT bank_file_two_persons CHECK ((brought_by IS NULL) = (confirmed_by IS NULL) AND brought_by <> confirmed_by),
  CONSTRAINT bank_file_way CHECK ((direction = 'out') = (kind = 'payments')),
  -- written: not known to be at the bank. received: not posted to its end. waiting: an earlier statement is missing. ownCase: nothing is
  -- posted, because who brought or confirmed it has a duty in its cases.
  CONSTRAINT bank_file_state CHECK (CASE kind WHEN 'payments' THEN state IN ('written', 'taken', 'refused')
    ELSE state IN ('received', 'waiting', 'posted', 'refused', 'ownCase') END),
  CONSTRAINT bank_file_batch CHECK ((kind = 'payments') = (batch_no IS NOT NULL AND part IS NOT NULL)),
  CONSTRAINT bank_file_answers CHECK (kind = 'results' OR answers_file IS NULL)
);
-- The same bytes again are the same file, unless it was the people who were wrong.
CREATE UNIQUE INDEX bank_file_once ON bank_file (direction, kind, sha256) WHERE state <> 'ownCase';
-- A part is built once; called again it is only finished.
CREATE UNIQUE INDEX bank_file_of_part ON bank_file (batch_no, part) WHERE kind = 'payments';
CREATE INDEX bank_file_open ON bank_file (kind, id) WHERE state IN ('written', 'received', 'waiting');
CREATE INDEX bank_file_answer ON bank_file (answers_file) WHERE answers_file IS NOT NULL;
CREATE INDEX bank_file_message ON bank_file (message_id) WHERE kind = 'payments';

-- A file that a person brought on a medium: the exact bytes, until it is known as a file of the bank and they stand there. What it says is
-- posted once a second person has confirmed the proposal of the same id.
CREATE TABLE bank_upload (
  id uuid PRIMARY KEY,
  agency_id text NOT NULL REFERENCES agency(id),
  sha256 text NOT NULL CONSTRAINT bank_upload_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  -- People name files after people.
  name_enc bytea NOT NULL,
  content_enc bytea,
  byte_count integer NOT NULL,
  brought_by uuid NOT NULL REFERENCES staff_account(id),
  brought_at timestamptz NOT NULL,
  -- received: not read yet. checked: waits for a second person. confirmed: not posted to its end. done: what came of it stands with the
  -- file. ownCase: nothing of it is posted, because who brought or confirmed it has a duty in its cases.
  state text NOT NULL DEFAULT 'received' CONSTRAINT bank_upload_state
    CHECK (state IN ('received', 'checked', 'refused', 'declined', 'confirmed', 'done', 'ownCase')),
  -- Lines and faults with their sentences, no name and no account.
  report jsonb NOT NULL DEFAULT '{}',
  -- Of results: the payment file that they answer.
  answers_file bigint REFERENCES bank_file(id),
  file_id bigint REFERENCES bank_file(id),
  CONSTRAINT bank_upload_bytes CHECK ((file_id IS NULL) = (content_enc IS NOT NULL)
    AND CASE state WHEN 'done' THEN file_id IS NOT NULL WHEN 'ownCase' THEN true ELSE file_id IS NULL END)
);
-- The same bytes again are the same upload; another agency's are its own. Where the people were wrong, or the second one declined, others may
-- bring them anew: nobody keeps the bank's word out by having brought it.
CREATE UNIQUE INDEX bank_upload_once ON bank_upload (agency_id, sha256) WHERE state NOT IN ('declined', 'ownCase');
CREATE INDEX bank_upload_agency ON bank_upload (agency_id, brought_at DESC);
CREATE INDEX bank_upload_open ON bank_upload (brought_at) WHERE state IN ('received', 'confirmed');

-- The send that went with a file; the orders of a file are those of its attempts.
ALTER TABLE payout_attempt ADD COLUMN file_id bigint REFERENCES bank_file(id),
  ADD CONSTRAINT payout_attempt_file CHECK (file_id IS NULL OR kind = 'send');
CREATE INDEX payout_attempt_of_file ON payout_attempt (file_id, order_no) WHERE file_id IS NOT NULL;

-- The duties that some persons have in the cases of a payment file. OFFSET 0 keeps it at one look by key for each order: a join would read
-- the orders and duties of all years.
CREATE FUNCTION duties_in_payments(file bigint, persons uuid[]) RETURNS TABLE (case_no text, person_id text, duty text)
LANGUAGE sql STABLE AS $$
  SELECT d.case_no, d.person_id, d.duty FROM payout_attempt a
    CROSS JOIN LATERAL (SELECT o.case_no FROM payout_order o WHERE o.order_no = a.order_no OFFSET 0) o
    CROSS JOIN LATERAL (SELECT * FROM case_duty d WHERE d.case_no = o.case_no AND d.person_id = ANY(persons::text[]) OFFSET 0) d
  WHERE a.file_id = file
$$;

-- One page of a statement that was posted to its end, as its head says; opening + credits - debits = closing.
CREATE TABLE bank_statement (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  file_id bigint NOT NULL REFERENCES bank_file(id),
  fund_account text NOT NULL,
  statement_id text NOT NULL,
  sequence_no integer,
  page integer NOT NULL,
  is_last_page boolean NOT NULL,
  from_at timestamptz,
  to_at timestamptz NOT NULL,
  opening_fen bigint NOT NULL,
  closing_fen bigint NOT NULL,
  debit_fen bigint NOT NULL,
  credit_fen bigint NOT NULL,
  CONSTRAINT bank_statement_balances CHECK (opening_fen + credit_fen - debit_fen = closing_fen),
  UNIQUE (fund_account, to_at, page)
);
CREATE INDEX bank_statement_account ON bank_statement (fund_account, id);

-- Which entries a statement has; each stands on one statement, once.
CREATE TABLE bank_statement_line (
  entry_no bigint PRIMARY KEY REFERENCES bank_entry(entry_no),
  statement_id bigint NOT NULL REFERENCES bank_statement(id)
);
CREATE INDEX bank_statement_line_statement ON bank_statement_line (statement_id);

-- The books of an account begin with what its first statement opens with.
CREATE FUNCTION post_opening() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.opening_fen > 0 AND NOT EXISTS (SELECT 1 FROM bank_statement WHERE fund_account = NEW.fund_account AND id < NEW.id) THEN
    INSERT INTO posting (at, agency_id, kind, debit_account, credit_account, amount_fen)
    SELECT coalesce(NEW.from_at, NEW.to_at - interval '1 day'), id, 'opening', 'disbursement', 'openingBalance', NEW.opening_fen
    FROM agency WHERE fund_account = NEW.fund_account;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER bank_statement_opens AFTER INSERT ON bank_statement FOR EACH ROW EXECUTE FUNCTION post_opening();

-- What the bank says stood on an account on a day in Beijing: the opening of the day's first statement, the closing of its last. A
-- statement that ends at midnight is of the day before. A day without a statement has no row: its balance is the last closing before it.
CREATE VIEW bank_balance AS
SELECT DISTINCT ON (fund_account, date) fund_account, date,
  first_value(opening_fen) OVER days AS opening_fen, last_value(closing_fen) OVER days AS closing_fen, last_value(file_id) OVER days AS file
FROM (SELECT *, ((to_at - interval '1 millisecond') AT TIME ZONE 'Asia/Shanghai')::date AS date FROM bank_statement) AS statements
WINDOW days AS (PARTITION BY fund_account, date ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING);
`;

/** Runs after the functions of grants.ts. */
export const bankFileGrants = `
CREATE TRIGGER bank_file_stands BEFORE UPDATE ON bank_file FOR EACH ROW
  WHEN ((NEW.direction, NEW.kind, NEW.sha256, NEW.content_enc, NEW.batch_no, NEW.part, NEW.answers_file, NEW.line_count, NEW.total_fen)
    IS DISTINCT FROM (OLD.direction, OLD.kind, OLD.sha256, OLD.content_enc, OLD.batch_no, OLD.part, OLD.answers_file, OLD.line_count, OLD.total_fen))
  EXECUTE FUNCTION refuse_change();
CREATE FUNCTION check_bank_upload() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  proposal finance_proposal;
BEGIN
  IF (NEW.id, NEW.agency_id, NEW.sha256, NEW.name_enc, NEW.brought_by, NEW.brought_at)
      IS DISTINCT FROM (OLD.id, OLD.agency_id, OLD.sha256, OLD.name_enc, OLD.brought_by, OLD.brought_at)
      OR NEW.content_enc IS DISTINCT FROM OLD.content_enc AND NEW.file_id IS NULL
      OR NEW.answers_file IS DISTINCT FROM OLD.answers_file AND OLD.state <> 'received'
      OR OLD.state IN ('refused', 'declined', 'ownCase')
      -- A statement that waited for an earlier one is looked at again in its turn.
      OR OLD.state = 'done' AND NOT (NEW.state = 'ownCase' AND EXISTS (SELECT 1 FROM bank_file f WHERE f.id = OLD.file_id AND f.state = 'ownCase')) THEN
    RAISE EXCEPTION 'what was brought stands as it came' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF NEW.state NOT IN ('confirmed', 'done') THEN
    RETURN NEW;
  END IF;
  SELECT * INTO proposal FROM finance_proposal p WHERE p.id = NEW.id AND p.state = 'confirmed' AND p.kind = 'bankFile'
    AND p.agency_id = NEW.agency_id AND p.subject = NEW.sha256;
  IF NOT FOUND OR (proposal.facts->>'file' = 'results') IS DISTINCT FROM (NEW.answers_file IS NOT NULL) THEN
    RAISE EXCEPTION 'a file is posted by two persons alone' USING ERRCODE = 'check_violation', CONSTRAINT = 'bank_upload_two_persons';
  END IF;
  -- Once, with the second person's word: what is confirmed is posted to its end.
  IF OLD.state NOT IN ('confirmed', 'done') THEN
    PERFORM 1 FROM duties_in_payments(NEW.answers_file, ARRAY[NEW.brought_by, proposal.decided_by]);
    IF FOUND THEN
      RAISE EXCEPTION 'results are posted by persons without a duty in their cases alone'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'bank_upload_duty';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER bank_upload_lawful BEFORE UPDATE ON bank_upload FOR EACH ROW EXECUTE FUNCTION check_bank_upload();
CREATE TRIGGER bank_upload_stays BEFORE DELETE ON bank_upload FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bank_file_stays BEFORE DELETE ON bank_file FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bank_statement_line_append_only BEFORE UPDATE OR DELETE ON bank_statement_line FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bank_statement_append_only BEFORE UPDATE OR DELETE ON bank_statement FOR EACH ROW EXECUTE FUNCTION refuse_change();
DO $$
BEGIN
  EXECUTE format('GRANT UPDATE (state, report, uploads, uploaded_at, ended_at) ON bank_file TO %I', current_setting('banjie.app_role'));
  EXECUTE format('GRANT UPDATE (state, report, answers_file, file_id, content_enc) ON bank_upload TO %I', current_setting('banjie.app_role'));
END $$;
`;

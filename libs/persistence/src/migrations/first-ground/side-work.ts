import { sideFaults, sideTopics } from '@banjie/domain';

const list = (values: readonly string[]) => values.map((value) => `'${value}'`).join(', ');

/** What follows a commit, and who read what. */
export const sideWork = `
-- What must follow a commit: workflow wake-ups and notices. Emptied by apps/jobs, rebuilt from here when Redis is lost.
CREATE TABLE outbox (
  id bigserial PRIMARY KEY,
  topic text NOT NULL CONSTRAINT outbox_topic CHECK (topic IN ('startCase', 'wakeCase', 'lookAgain', ${list(sideTopics)})),
  -- Null where the work is about no one case; it is its agency's then.
  case_no text,
  agency_id text REFERENCES agency(id),
  key text NOT NULL UNIQUE,
  payload jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  dispatched_at timestamptz,
  done_at timestamptz,
  -- Side work alone. A try is counted before it is made, so that one that kills its process is counted too.
  tries integer NOT NULL DEFAULT 0,
  next_try_at timestamptz,
  last_fault text CONSTRAINT outbox_last_fault CHECK (last_fault IN (${list(sideFaults)})),
  dead_at timestamptz,
  dismissed_at timestamptz,
  CONSTRAINT outbox_subject CHECK (num_nonnulls(case_no, agency_id) = 1),
  CONSTRAINT outbox_one_end CHECK (num_nonnulls(done_at, dead_at) <= 1 AND (dismissed_at IS NULL OR dead_at IS NOT NULL))
);
CREATE INDEX outbox_open ON outbox (topic, id) WHERE done_at IS NULL AND dead_at IS NULL;
-- Work of one case and topic is done in order: each asks what still waits before it.
CREATE INDEX outbox_open_case ON outbox (case_no, topic, id) WHERE done_at IS NULL AND dead_at IS NULL;
CREATE INDEX outbox_dead ON outbox (id) WHERE dead_at IS NOT NULL AND dismissed_at IS NULL;
-- How side work came to the dead letters, and what staff did with it there.
CREATE TABLE side_work_event (
  id bigserial PRIMARY KEY,
  outbox_id bigint NOT NULL REFERENCES outbox(id),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  event text NOT NULL CONSTRAINT side_work_event_event CHECK (event IN ('died', 'retried', 'dismissed')),
  tries integer NOT NULL,
  -- The fault it died of, or the coded reason of the person.
  reason text NOT NULL,
  actor_id uuid REFERENCES staff_account(id),
  CONSTRAINT side_work_event_actor CHECK ((actor_id IS NULL) = (event = 'died'))
);
CREATE INDEX side_work_event_outbox ON side_work_event (outbox_id, id);
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
-- 拨付凭证: what was paid, to whom and by which entry of the bank, once for each order; sealed, because it names the payee.
CREATE TABLE payment_receipt (
  order_no text PRIMARY KEY REFERENCES payout_order(order_no),
  case_no text NOT NULL REFERENCES cases(case_no),
  body_enc bytea NOT NULL,
  digest bytea NOT NULL,
  made_at timestamptz NOT NULL
);
CREATE INDEX payment_receipt_case ON payment_receipt (case_no);
-- Whoever pays an order leaves its receipt to be made; later changes of a paid order find the key taken.
CREATE FUNCTION leave_receipts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO outbox (topic, case_no, key, payload)
  SELECT 'paymentReceipt', case_no, 'paymentReceipt:' || order_no, jsonb_build_object('orderNo', order_no)
  FROM new_orders WHERE state = 'paid' ON CONFLICT (key) DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER payout_order_receipt AFTER UPDATE ON payout_order REFERENCING NEW TABLE AS new_orders
  FOR EACH STATEMENT EXECUTE FUNCTION leave_receipts();
-- Lists that staff asks for; made in the background, gone from here when their time is over.
CREATE TABLE export_file (
  id uuid PRIMARY KEY,
  agency_id text NOT NULL REFERENCES agency(id),
  list text NOT NULL CONSTRAINT export_file_list CHECK (list IN ('batchOrders', 'monthOrders')),
  -- The number of the batch, or the month.
  of text NOT NULL,
  asked_by uuid NOT NULL REFERENCES staff_account(id),
  asked_at timestamptz NOT NULL,
  content_enc bytea,
  sha256 text,
  row_count integer,
  made_at timestamptz,
  expires_at timestamptz,
  CONSTRAINT export_file_made CHECK (num_nonnulls(sha256, row_count, made_at, expires_at) IN (0, 4)
    AND (content_enc IS NULL OR made_at IS NOT NULL))
);
CREATE INDEX export_file_agency ON export_file (agency_id, asked_at DESC);
CREATE INDEX export_file_kept ON export_file (expires_at) WHERE content_enc IS NOT NULL;
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

/** Runs after the functions of grants.ts. */
export const sideWorkGrants = `
CREATE TRIGGER payment_receipt_append_only BEFORE UPDATE OR DELETE ON payment_receipt FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER side_work_event_append_only BEFORE UPDATE OR DELETE ON side_work_event FOR EACH ROW EXECUTE FUNCTION refuse_change();
DO $$
BEGIN
  EXECUTE format('GRANT UPDATE (dispatched_at, done_at, tries, next_try_at, last_fault, dead_at, dismissed_at) ON outbox TO %I',
    current_setting('banjie.app_role'));
  EXECUTE format('GRANT UPDATE (content_enc, sha256, row_count, made_at, expires_at) ON export_file TO %I', current_setting('banjie.app_role'));
END $$;
`;

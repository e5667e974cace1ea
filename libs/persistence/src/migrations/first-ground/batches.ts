import { batchActLabels, batchLeavings, batchStates, batchVoidReasons, reserveReasons } from '@banjie/domain';

const list = (values: readonly string[]) => values.map((value) => `'${value}'`).join(', ');

/** Orders that are made, checked, let go and sent together. What each did is in its own case; here stands what they did as one. */
export const batches = `
CREATE TABLE payout_batch (
  batch_no text PRIMARY KEY,
  agency_id text NOT NULL REFERENCES agency(id),
  fund_account text NOT NULL,
  -- The bank working day it is to be paid on.
  pay_date date NOT NULL,
  occasion text NOT NULL CONSTRAINT payout_batch_occasion CHECK (occasion IN ('scheduled', 'demand')),
  channel text NOT NULL CONSTRAINT payout_batch_channel CHECK (channel IN ('file', 'http')),
  seq integer NOT NULL,
  state text NOT NULL CONSTRAINT payout_batch_state CHECK (state IN (${list(batchStates)})),
  carried text NOT NULL CONSTRAINT payout_batch_carried CHECK (carried IN (${list(batchStates)})),
  -- As gathered; what is in it now is counted from its items.
  order_count integer NOT NULL CONSTRAINT payout_batch_count CHECK (order_count > 0),
  amount_fen bigint NOT NULL CONSTRAINT payout_batch_amount CHECK (amount_fen > 0),
  gathered_at timestamptz NOT NULL,
  made_by uuid,
  reviewed_by uuid,
  released_by uuid,
  -- Who let it go below the reserve of the 支出户, once and for one list (R-FN-09).
  reserve_approved_by uuid,
  settled_at timestamptz,
  head_hash bytea NOT NULL,
  -- SD-01 for the whole batch, whatever asked for it.
  CONSTRAINT payout_batch_three_persons CHECK (made_by <> reviewed_by AND made_by <> released_by AND reviewed_by <> released_by),
  CONSTRAINT payout_batch_fourth_person CHECK (reserve_approved_by <> made_by AND reserve_approved_by <> reviewed_by
    AND reserve_approved_by <> released_by),
  CONSTRAINT payout_batch_made CHECK (state IN ('gathered', 'void') OR made_by IS NOT NULL),
  CONSTRAINT payout_batch_checked CHECK (state IN ('gathered', 'made', 'void') OR reviewed_by IS NOT NULL),
  CONSTRAINT payout_batch_cleared CHECK (state IN ('gathered', 'made', 'reviewed', 'void') OR released_by IS NOT NULL)
);
-- A schedule that fires twice for one day makes one batch.
CREATE UNIQUE INDEX payout_batch_of_day ON payout_batch (fund_account, pay_date) WHERE occasion = 'scheduled' AND state <> 'void';
CREATE INDEX payout_batch_open ON payout_batch (agency_id, batch_no) WHERE state NOT IN ('settled', 'void');
CREATE INDEX payout_batch_under_way ON payout_batch (batch_no) WHERE state <> 'settled' AND (state = 'released' OR carried <> state);
CREATE INDEX payout_batch_agency ON payout_batch (agency_id, gathered_at DESC, batch_no DESC);
CREATE TABLE payout_batch_item (
  batch_no text NOT NULL REFERENCES payout_batch(batch_no),
  case_no text NOT NULL REFERENCES cases(case_no),
  decision_id uuid NOT NULL REFERENCES decision(id),
  amount_fen bigint NOT NULL CONSTRAINT payout_batch_item_amount CHECK (amount_fen > 0),
  order_no text REFERENCES payout_order(order_no),
  -- Up to which state of the batch its case was brought.
  carried text NOT NULL DEFAULT 'gathered' CONSTRAINT payout_batch_item_carried CHECK (carried IN (${list(batchStates)})),
  -- The day on whose limits it counts as released.
  counted_on date,
  left_as text CONSTRAINT payout_batch_item_left CHECK (left_as IN (${list(batchLeavings)})),
  PRIMARY KEY (batch_no, case_no)
);
-- A case stands in one batch at a time.
CREATE UNIQUE INDEX payout_batch_item_one_live ON payout_batch_item (case_no) WHERE left_as IS NULL;
CREATE INDEX payout_batch_item_live ON payout_batch_item (batch_no, carried, case_no) WHERE left_as IS NULL;
-- An order is drawn in one batch. Whether it still stands there is asked of this row, and never of payout_order.batch_no.
CREATE UNIQUE INDEX payout_batch_item_order ON payout_batch_item (order_no) WHERE order_no IS NOT NULL;
-- The acts of a batch, chained as those of a case are.
CREATE TABLE payout_batch_act (
  batch_no text NOT NULL REFERENCES payout_batch(batch_no),
  seq integer NOT NULL,
  action_id text NOT NULL UNIQUE,
  act text NOT NULL CONSTRAINT payout_batch_act_act CHECK (act IN (${list(Object.keys(batchActLabels))})),
  actor_id text NOT NULL,
  state_from text NOT NULL,
  state_to text NOT NULL,
  facts jsonb NOT NULL,
  reason text CONSTRAINT payout_batch_act_reason CHECK (reason IN (${list([...batchVoidReasons, ...reserveReasons])})),
  at timestamptz NOT NULL,
  prev_hash bytea NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (batch_no, seq)
);
-- Where it was drawn; it may have left since.
ALTER TABLE payout_order ADD COLUMN batch_no text REFERENCES payout_batch(batch_no);
CREATE INDEX payout_order_batch ON payout_order (batch_no, state) WHERE batch_no IS NOT NULL;
-- What is on its way out of a 支出户 (R-FN-09). By number, so that who asks for one order and its state finds one row here too: by agency
-- the planner went through all that was 待发 for each.
CREATE INDEX payout_order_let_go ON payout_order (order_no) INCLUDE (agency_id, amount_fen) WHERE state = 'released';
ALTER TABLE task ADD FOREIGN KEY (batch_no) REFERENCES payout_batch(batch_no);

-- An order that falls takes its case out of the batch, whoever let it fall.
CREATE FUNCTION leave_batch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE payout_batch_item SET left_as = 'void' WHERE order_no = NEW.order_no AND left_as IS NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER payout_order_leaves AFTER UPDATE OF state ON payout_order FOR EACH ROW
  WHEN (NEW.state = 'void' AND OLD.state <> 'void' AND NEW.batch_no IS NOT NULL) EXECUTE FUNCTION leave_batch();

-- Nor is a case in a batch whose decision fell before an order was drawn: decided anew, it is gathered anew.
CREATE FUNCTION leave_batch_undecided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE payout_batch_item SET left_as = 'moved' WHERE case_no = NEW.case_no AND decision_id = NEW.id AND left_as IS NULL AND order_no IS NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER decision_leaves AFTER UPDATE OF voided_at ON decision FOR EACH ROW
  WHEN (OLD.voided_at IS NULL AND NEW.voided_at IS NOT NULL) EXECUTE FUNCTION leave_batch_undecided();

-- What leaves between the release of its batch and the carrying out of it was never released: its share of the day is free again. The lock
-- is that of every release (demandReleasable).
CREATE FUNCTION give_back_release() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE batch payout_batch;
BEGIN
  SELECT * INTO batch FROM payout_batch WHERE batch_no = NEW.batch_no;
  PERFORM pg_advisory_xact_lock(hashtext('banjie-release'), hashtext(batch.fund_account));
  UPDATE release_usage SET used_fen = used_fen - NEW.amount_fen
  WHERE fund_account = batch.fund_account AND day = NEW.counted_on AND ((kind = 'fund' AND subject = '')
    OR (kind = 'releaser' AND subject = batch.released_by::text)
    OR (kind = 'person' AND subject = (SELECT coalesce(person_id::text, case_no) FROM cases WHERE case_no = NEW.case_no)));
  RETURN NULL;
END $$;
CREATE TRIGGER payout_batch_item_given_back AFTER UPDATE OF left_as ON payout_batch_item FOR EACH ROW
  WHEN (OLD.left_as IS NULL AND NEW.left_as IS NOT NULL AND NEW.counted_on IS NOT NULL AND NEW.carried = 'reviewed')
  EXECUTE FUNCTION give_back_release();
`;

/** Runs after the functions of grants.ts. */
export const batchGrants = `
CREATE TRIGGER payout_batch_act_append_only BEFORE UPDATE OR DELETE ON payout_batch_act FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payout_batch_stays BEFORE DELETE ON payout_batch FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payout_batch_item_stays BEFORE DELETE ON payout_batch_item FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- Who left does not come back.
CREATE TRIGGER payout_batch_item_left BEFORE UPDATE ON payout_batch_item FOR EACH ROW WHEN (OLD.left_as IS NOT NULL)
  EXECUTE FUNCTION refuse_change();
DO $$
DECLARE app text := current_setting('banjie.app_role');
BEGIN
  EXECUTE format('GRANT UPDATE (seq, state, carried, made_by, reviewed_by, released_by, reserve_approved_by,
    settled_at, head_hash) ON payout_batch TO %I', app);
  EXECUTE format('GRANT UPDATE (order_no, carried, counted_on, left_as) ON payout_batch_item TO %I', app);
  EXECUTE format('GRANT UPDATE (batch_no) ON task TO %I', app);
END $$;
`;

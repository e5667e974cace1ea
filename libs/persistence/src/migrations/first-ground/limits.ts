/** What may be released: limits by order, person, 支出户 and releaser, and what was released each day. */
export const limits = `
-- One person proposes, another decides (SD-06); the newest approved row whose day has come is in force. Null: no limit of this kind.
CREATE TABLE payout_limit (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  fund_account text NOT NULL REFERENCES agency(fund_account),
  effective_from date NOT NULL,
  per_order_fen bigint CONSTRAINT payout_limit_order CHECK (per_order_fen > 0),
  per_person_day_fen bigint CONSTRAINT payout_limit_person CHECK (per_person_day_fen > 0),
  per_fund_day_fen bigint CONSTRAINT payout_limit_fund CHECK (per_fund_day_fen > 0),
  per_releaser_day_fen bigint CONSTRAINT payout_limit_releaser CHECK (per_releaser_day_fen > 0),
  -- What the 支出户 keeps (R-FN-09). Null: the average of the last twelve months' payments × 2.
  reserve_fen bigint CONSTRAINT payout_limit_reserve CHECK (reserve_fen > 0),
  document text NOT NULL CONSTRAINT payout_limit_document CHECK (btrim(document) <> ''),
  reason text NOT NULL CONSTRAINT payout_limit_reason CHECK (btrim(reason) <> ''),
  -- None for what the release brought; the app cannot write such a row.
  proposed_by uuid REFERENCES staff_account(id),
  proposed_at timestamptz NOT NULL DEFAULT now(),
  state text NOT NULL DEFAULT 'proposed' CONSTRAINT payout_limit_state CHECK (state IN ('proposed', 'approved', 'rejected')),
  decided_by uuid REFERENCES staff_account(id),
  decided_at timestamptz,
  decision_reason text,
  CONSTRAINT payout_limit_two_persons CHECK (decided_by <> proposed_by),
  CONSTRAINT payout_limit_decided CHECK ((state = 'proposed') = (decided_at IS NULL)
    AND (state = 'proposed' OR (decided_by IS NULL) = (proposed_by IS NULL)) AND (state <> 'proposed' OR proposed_by IS NOT NULL))
);
CREATE INDEX payout_limit_in_force ON payout_limit (fund_account, effective_from DESC, decided_at DESC) WHERE state = 'approved';
CREATE UNIQUE INDEX payout_limit_brought ON payout_limit (fund_account) WHERE proposed_by IS NULL;
-- What was released on a day in Shanghai; counted by the act that releases, under one lock for each 支出户.
CREATE TABLE release_usage (
  fund_account text NOT NULL REFERENCES agency(fund_account),
  day date NOT NULL,
  kind text NOT NULL CONSTRAINT release_usage_kind CHECK (kind IN ('fund', 'releaser', 'person')),
  -- The releaser or the insured person; empty for the 支出户 itself.
  subject text NOT NULL,
  used_fen bigint NOT NULL CONSTRAINT release_usage_used CHECK (used_fen >= 0),
  PRIMARY KEY (fund_account, day, kind, subject)
);
-- What left a 支出户 for benefits, and what came back, by day.
CREATE INDEX posting_paid ON posting (agency_id, at) INCLUDE (amount_fen, credit_account)
  WHERE kind = 'orderMoved' AND (credit_account = 'disbursement' OR debit_account = 'disbursement');

-- The day on which an order counts; an act gives its own instant.
CREATE FUNCTION note_release() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.released_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER payout_order_released BEFORE UPDATE OF state ON payout_order FOR EACH ROW
  WHEN (NEW.state = 'released' AND NEW.released_at IS NULL) EXECUTE FUNCTION note_release();
`;

/** Runs after the functions of grants.ts. */
export const limitGrants = `
DO $$
DECLARE app text := current_setting('banjie.app_role');
BEGIN
  EXECUTE format('REVOKE INSERT ON payout_limit FROM %I', app);
  EXECUTE format('GRANT INSERT (fund_account, effective_from, per_order_fen, per_person_day_fen, per_fund_day_fen, per_releaser_day_fen,
    reserve_fen, document, reason, proposed_by) ON payout_limit TO %I', app);
  EXECUTE format('GRANT UPDATE (state, decided_by, decided_at, decision_reason) ON payout_limit TO %I', app);
  EXECUTE format('GRANT UPDATE (used_fen) ON release_usage TO %I', app);
  EXECUTE format('GRANT UPDATE (released_at) ON payout_order TO %I', app);
END $$;
CREATE TRIGGER payout_limit_stands BEFORE UPDATE OR DELETE ON payout_limit FOR EACH ROW WHEN (OLD.state <> 'proposed')
  EXECUTE FUNCTION refuse_change();
`;

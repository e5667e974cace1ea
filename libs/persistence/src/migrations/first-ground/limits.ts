/** What may be released: limits by order, person, 支出户 and releaser, and what was released each day; how an agency pays, and when. */
export const limits = `
-- What two persons set (SD-06); a row is written by the confirmation itself, and by nothing else but a release of the platform. Of two that
-- are in force the later day goes first, then the later row. Null: no limit of this kind.
CREATE TABLE payout_limit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id text NOT NULL REFERENCES agency(id),
  effective_from date NOT NULL,
  per_order_fen bigint CONSTRAINT payout_limit_order CHECK (per_order_fen > 0),
  per_person_day_fen bigint CONSTRAINT payout_limit_person CHECK (per_person_day_fen > 0),
  per_fund_day_fen bigint CONSTRAINT payout_limit_fund CHECK (per_fund_day_fen > 0),
  per_releaser_day_fen bigint CONSTRAINT payout_limit_releaser CHECK (per_releaser_day_fen > 0),
  -- What the 支出户 keeps (R-FN-09). Null: the average of the last twelve months' payments × 2.
  reserve_fen bigint CONSTRAINT payout_limit_reserve CHECK (reserve_fen > 0),
  -- None for what the release brought.
  proposal_id uuid UNIQUE REFERENCES finance_proposal(id)
);
CREATE INDEX payout_limit_in_force ON payout_limit (agency_id, effective_from DESC, id DESC);
CREATE UNIQUE INDEX payout_limit_brought ON payout_limit (agency_id) WHERE proposal_id IS NULL;
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
-- What was paid in a month that is long over (monthsPaid); counted once, in 分.
CREATE TABLE payout_month (
  agency_id text NOT NULL REFERENCES agency(id),
  month text NOT NULL,
  paid_fen bigint NOT NULL,
  counted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (agency_id, month)
);

-- How an agency pays in batches, dated as the limits are. No row: it pays order by order.
CREATE TABLE payout_setting (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id text NOT NULL REFERENCES agency(id),
  effective_from date NOT NULL DEFAULT '1990-01-01',
  channel text NOT NULL CONSTRAINT payout_setting_channel CHECK (channel IN ('file', 'http')),
  -- Shanghai time of day: when the orders of a bank working day are gathered, and until when its bank takes any that day. Null: never by
  -- itself; at any time.
  gather_at time,
  cut_off time,
  -- Orders of one file at the bank.
  part_size integer NOT NULL DEFAULT 5000 CONSTRAINT payout_setting_part CHECK (part_size BETWEEN 1 AND 5000),
  proposal_id uuid UNIQUE REFERENCES finance_proposal(id)
);
CREATE INDEX payout_setting_in_force ON payout_setting (agency_id, effective_from DESC, id DESC);
CREATE FUNCTION payout_setting_of(agency text, today date) RETURNS payout_setting LANGUAGE sql STABLE AS $$
  SELECT * FROM payout_setting WHERE agency_id = agency AND effective_from <= today ORDER BY effective_from DESC, id DESC LIMIT 1
$$;
-- Days on which a bank differs from the working days of the agency's calendar; the later row goes first.
CREATE TABLE bank_day (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id text NOT NULL REFERENCES agency(id),
  day date NOT NULL,
  open boolean NOT NULL,
  proposal_id uuid REFERENCES finance_proposal(id)
);
CREATE INDEX bank_day_of ON bank_day (agency_id, day, id DESC);

-- The confirmation of the second person writes what was proposed, to the letter; the app has no right to these tables but to read.
CREATE FUNCTION put_payout_rule() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF NEW.kind = 'limits' THEN
    INSERT INTO payout_limit (agency_id, effective_from, per_order_fen, per_person_day_fen, per_fund_day_fen, per_releaser_day_fen, reserve_fen,
      proposal_id)
    SELECT NEW.agency_id, l."effectiveFrom", l."perOrderFen", l."perPersonDayFen", l."perFundDayFen", l."perReleaserDayFen", l."reserveFen", NEW.id
    FROM jsonb_to_record(NEW.facts) l("effectiveFrom" date, "perOrderFen" bigint, "perPersonDayFen" bigint, "perFundDayFen" bigint,
      "perReleaserDayFen" bigint, "reserveFen" bigint);
  ELSIF NEW.kind = 'setting' THEN
    INSERT INTO payout_setting (agency_id, effective_from, channel, gather_at, cut_off, part_size, proposal_id)
    SELECT NEW.agency_id, s."effectiveFrom", s.channel, s."gatherAt", s."cutOff", s."partSize", NEW.id
    FROM jsonb_to_record(NEW.facts) s("effectiveFrom" date, channel text, "gatherAt" time, "cutOff" time, "partSize" integer);
  ELSE
    INSERT INTO bank_day (agency_id, day, open, proposal_id)
    SELECT NEW.agency_id, d.day, d.open, NEW.id FROM jsonb_to_recordset(NEW.facts->'days') d(day date, open boolean);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER finance_proposal_put AFTER UPDATE OF state ON finance_proposal FOR EACH ROW
  WHEN (NEW.state = 'confirmed' AND OLD.state = 'proposed' AND NEW.kind IN ('limits', 'setting', 'bankDays'))
  EXECUTE FUNCTION put_payout_rule();
-- Each row as the proposal it came from would say it: what the audit compares.
CREATE VIEW payout_rule_row AS
SELECT proposal_id, agency_id, 'limits' AS kind, jsonb_build_object('effectiveFrom', effective_from, 'perOrderFen', per_order_fen,
  'perPersonDayFen', per_person_day_fen, 'perFundDayFen', per_fund_day_fen, 'perReleaserDayFen', per_releaser_day_fen, 'reserveFen', reserve_fen)
  AS facts FROM payout_limit
UNION ALL SELECT proposal_id, agency_id, 'setting', jsonb_build_object('effectiveFrom', effective_from, 'channel', channel,
  'gatherAt', to_char(gather_at, 'HH24:MI'), 'cutOff', to_char(cut_off, 'HH24:MI'), 'partSize', part_size) FROM payout_setting
UNION ALL SELECT proposal_id, agency_id, 'bankDays', jsonb_build_object('days', jsonb_agg(jsonb_build_object('day', day, 'open', open)
  ORDER BY day)) FROM bank_day GROUP BY proposal_id, agency_id;

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
  EXECUTE format('REVOKE INSERT ON payout_limit, payout_setting, bank_day FROM %I', app);
  EXECUTE format('GRANT UPDATE (used_fen) ON release_usage TO %I', app);
  EXECUTE format('GRANT UPDATE (released_at) ON payout_order TO %I', app);
END $$;
CREATE TRIGGER payout_limit_stands BEFORE UPDATE OR DELETE ON payout_limit FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payout_setting_stands BEFORE UPDATE OR DELETE ON payout_setting FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payout_month_stands BEFORE UPDATE OR DELETE ON payout_month FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bank_day_stands BEFORE UPDATE OR DELETE ON bank_day FOR EACH ROW EXECUTE FUNCTION refuse_change();
`;

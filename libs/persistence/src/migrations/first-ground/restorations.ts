/** When the rows were taken back to an earlier time, and what followed for what the bank had booked by then. Runs after `suspense`. */
export const restorations = `
CREATE TABLE restoration (
  -- Stands in the numbers given afterwards, so that none is given again that was given in the time that is lost.
  mark text PRIMARY KEY CONSTRAINT restoration_mark CHECK (mark ~ '^R[0-9A-Z]{6}$'),
  -- What the rows know ends here.
  taken_at timestamptz NOT NULL,
  restored_at timestamptz NOT NULL,
  -- The last line of the statement that they know.
  after_entry_no bigint NOT NULL,
  -- Orders that stood as released or on their way: in doubt until the bank was asked.
  doubted_orders integer NOT NULL,
  -- When the statement was read to its end again; nothing is sent before.
  caught_up_at timestamptz
);
-- An entry of the lost time may be taken by the order of its number, once three persons have let that go again.
ALTER TABLE suspense_clearing ALTER COLUMN proposal_id DROP NOT NULL;
ALTER TABLE suspense_clearing ADD COLUMN restoration text REFERENCES restoration(mark);
ALTER TABLE suspense_clearing ADD CONSTRAINT suspense_clearing_authority CHECK ((proposal_id IS NULL) = (restoration IS NOT NULL));
CREATE FUNCTION check_taken_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM bank_entry e JOIN restoration r ON r.mark = NEW.restoration AND e.entry_no > r.after_entry_no
      JOIN payout_order o ON o.order_no = e.order_no AND o.amount_fen = e.amount_fen AND o.account_digest = e.account_digest
      WHERE e.entry_no = NEW.entry_no AND o.order_no = NEW.order_no AND o.state IN ('paid', 'returned') AND NEW.clearing = 'belongsToOrder') THEN
    RAISE EXCEPTION 'entry % is not what order % was paid by', NEW.entry_no, NEW.order_no
      USING ERRCODE = 'check_violation', CONSTRAINT = 'suspense_clearing_taken_up';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER suspense_clearing_taken_up BEFORE INSERT ON suspense_clearing FOR EACH ROW WHEN (NEW.restoration IS NOT NULL)
  EXECUTE FUNCTION check_taken_up();
`;

/** Runs after the functions of grants.ts. */
export const restorationGrants = `
CREATE TRIGGER restoration_stays BEFORE DELETE ON restoration FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER restoration_caught_up BEFORE UPDATE ON restoration FOR EACH ROW WHEN (OLD.caught_up_at IS NOT NULL)
  EXECUTE FUNCTION refuse_change();
DO $$
BEGIN
  EXECUTE format('REVOKE INSERT ON restoration FROM %I', current_setting('banjie.app_role'));
  EXECUTE format('GRANT UPDATE (caught_up_at) ON restoration TO %I', current_setting('banjie.app_role'));
END $$;
`;

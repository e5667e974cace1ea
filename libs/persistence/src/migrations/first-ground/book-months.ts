import { bookAccounts, closeAfterHours } from '@banjie/domain';

/**
 * Months of the books that two persons have closed, with the balances carried over from each. A closed month takes no more lines: what is
 * heard of late is booked on the first instant after it.
 */
export const bookMonths = `
CREATE FUNCTION month_end(month text) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
  SELECT make_timestamp(left(month, 4)::int + right(month, 2)::int / 12, right(month, 2)::int % 12 + 1, 1, 0, 0, 0) AT TIME ZONE 'Asia/Shanghai'
$$;
CREATE TABLE book_month (
  agency_id text NOT NULL REFERENCES agency(id),
  month text NOT NULL CONSTRAINT book_month_month CHECK (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  -- The first instant after it, in Shanghai.
  until timestamptz NOT NULL GENERATED ALWAYS AS (month_end(month)) STORED,
  -- The 余额调节表 as it stood, sealed; its keyed digest is what the two persons signed.
  statement_enc bytea NOT NULL,
  digest text NOT NULL,
  proposal_id uuid NOT NULL UNIQUE REFERENCES finance_proposal(id),
  closed_at timestamptz NOT NULL,
  PRIMARY KEY (agency_id, month)
);
-- What was debited and credited from the beginning of the books to the end of the month.
CREATE TABLE book_balance (
  agency_id text NOT NULL,
  month text NOT NULL,
  account text NOT NULL CONSTRAINT book_balance_account CHECK (account IN (${bookAccounts.map((account) => `'${account}'`).join(', ')})),
  debit_fen bigint NOT NULL,
  credit_fen bigint NOT NULL,
  PRIMARY KEY (agency_id, month, account),
  FOREIGN KEY (agency_id, month) REFERENCES book_month(agency_id, month)
);

CREATE FUNCTION books_lock(agency text) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT hashtextextended('books ' || agency, 0) $$;

-- Waits for a month that is being closed, as closing waits for whoever posts. What happened within the last hour is in no month that can
-- be closed while its transaction lasts, and is not looked at: most of what is posted is of now.
CREATE FUNCTION date_posting() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE closed timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(books_lock(NEW.agency_id));
  SELECT until INTO closed FROM book_month WHERE agency_id = NEW.agency_id ORDER BY month DESC LIMIT 1;
  IF NEW.at < closed THEN
    NEW.at := closed;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER posting_in_open_month BEFORE INSERT ON posting FOR EACH ROW
  WHEN (NEW.agency_id IS NOT NULL AND NEW.at < now() - interval '1 hour') EXECUTE FUNCTION date_posting();

-- Two persons, over these figures; one month after another, none before it is over.
CREATE FUNCTION check_book_month() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE before text;
BEGIN
  PERFORM pg_advisory_xact_lock(books_lock(NEW.agency_id));
  IF NOT EXISTS (SELECT 1 FROM finance_proposal WHERE id = NEW.proposal_id AND state = 'confirmed' AND kind = 'monthClose'
      AND agency_id = NEW.agency_id AND subject = NEW.month AND facts->>'digest' = NEW.digest) THEN
    RAISE EXCEPTION 'month % is closed by two persons alone', NEW.month
      USING ERRCODE = 'check_violation', CONSTRAINT = 'book_month_two_persons';
  END IF;
  SELECT max(month) INTO before FROM book_month WHERE agency_id = NEW.agency_id;
  IF to_char(to_date(before, 'YYYY-MM') + interval '1 month', 'YYYY-MM') <> NEW.month
    OR month_end(NEW.month) + interval '${closeAfterHours} hours' > now() THEN
    RAISE EXCEPTION 'month % cannot be closed after %', NEW.month, before
      USING ERRCODE = 'check_violation', CONSTRAINT = 'book_month_order';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER book_month_lawful BEFORE INSERT ON book_month FOR EACH ROW EXECUTE FUNCTION check_book_month();

CREATE FUNCTION carry_over() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE before book_month;
BEGIN
  SELECT * INTO before FROM book_month WHERE agency_id = NEW.agency_id AND month < NEW.month ORDER BY month DESC LIMIT 1;
  INSERT INTO book_balance (agency_id, month, account, debit_fen, credit_fen)
  SELECT NEW.agency_id, NEW.month, account, sum(debit), sum(credit) FROM (
    SELECT account, debit_fen AS debit, credit_fen AS credit FROM book_balance WHERE agency_id = NEW.agency_id AND month = before.month
    UNION ALL SELECT debit_account, amount_fen, 0 FROM posting
      WHERE agency_id = NEW.agency_id AND at < NEW.until AND at >= coalesce(before.until, '-infinity')
    UNION ALL SELECT credit_account, 0, amount_fen FROM posting
      WHERE agency_id = NEW.agency_id AND at < NEW.until AND at >= coalesce(before.until, '-infinity')) lines
  GROUP BY account;
  RETURN NULL;
END $$;
CREATE TRIGGER book_month_carries AFTER INSERT ON book_month FOR EACH ROW EXECUTE FUNCTION carry_over();
`;

/** Runs after the functions of grants.ts. */
export const bookMonthGrants = `
CREATE TRIGGER book_month_append_only BEFORE UPDATE OR DELETE ON book_month FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER book_balance_append_only BEFORE UPDATE OR DELETE ON book_balance FOR EACH ROW EXECUTE FUNCTION refuse_change();
`;

import { bookAccounts, orderMoves, plainMeanings, receiptAccounts, type PostedAccount } from '@banjie/domain';

const quoted = (value: string | null | undefined) => (value ? `'${value}'` : 'NULL');
const list = (values: readonly string[]) => values.map(quoted).join(', ');
const accountOrOwed: PostedAccount[] = [...bookAccounts, 'owed'];

/**
 * The books of the payouts. A posting moves an amount from one account to another, so that debits equal credits by form; it is made by
 * the row whose change it tells of, in the same statement, so that no path leaves it out.
 */
export const books = `
-- Every step an order may take (orderMoves), and what it posts.
CREATE TABLE order_move (
  from_state text NOT NULL,
  to_state text NOT NULL,
  debit_account text CONSTRAINT order_move_debit CHECK (debit_account IN (${list(accountOrOwed)})),
  credit_account text CONSTRAINT order_move_credit CHECK (credit_account IN (${list(accountOrOwed)})),
  PRIMARY KEY (from_state, to_state),
  CONSTRAINT order_move_both_sides CHECK ((debit_account IS NULL) = (credit_account IS NULL))
);
INSERT INTO order_move (from_state, to_state, debit_account, credit_account) VALUES
  ${orderMoves.map(({ from, to, posts }) => `(${quoted(from)}, ${quoted(to)}, ${quoted(posts?.debit)}, ${quoted(posts?.credit)})`).join(',\n  ')};
CREATE TABLE posting (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- When it happened; posted_at is when the books heard of it.
  at timestamptz NOT NULL,
  posted_at timestamptz NOT NULL DEFAULT now(),
  -- Null where the bank moved an account that is none of ours.
  agency_id text REFERENCES agency(id),
  kind text NOT NULL CONSTRAINT posting_kind CHECK (kind IN ('decided', 'decisionVoided', 'orderMoved', 'bankEntry',
    'cleared', 'receipt', 'opening', 'claimed', 'offset', 'offsetVoided')),
  debit_account text NOT NULL CONSTRAINT posting_debit CHECK (debit_account IN (${list(bookAccounts)})),
  credit_account text NOT NULL CONSTRAINT posting_credit CHECK (credit_account IN (${list(bookAccounts)})),
  amount_fen bigint NOT NULL CONSTRAINT posting_amount CHECK (amount_fen > 0),
  decision_id uuid REFERENCES decision(id),
  order_no text REFERENCES payout_order(order_no),
  to_state text,
  bank_entry_no bigint REFERENCES bank_entry(entry_no),
  CONSTRAINT posting_two_accounts CHECK (debit_account <> credit_account)
);
CREATE INDEX posting_order ON posting (order_no);
CREATE INDEX posting_agency ON posting (agency_id, at);

CREATE FUNCTION owed_account(decision uuid, but_for text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN EXISTS (SELECT 1 FROM payout_order
    WHERE decision_id = decision AND state = 'returned' AND order_no IS DISTINCT FROM but_for) THEN 'returned' ELSE 'payable' END
$$;

CREATE FUNCTION begin_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> 'drawn' THEN
    RAISE EXCEPTION 'an order begins as drawn, not as %', NEW.state USING ERRCODE = 'check_violation', CONSTRAINT = 'payout_order_moves';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payout_order_begins BEFORE INSERT ON payout_order FOR EACH ROW EXECUTE FUNCTION begin_order();

-- Once a statement, for a file moves thousands of orders with one. Old and new rows are paired by grouping, because a plan kept from a
-- statement that moved one order would pair thousands by a loop within a loop.
CREATE FUNCTION post_order_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong record;
BEGIN
  SELECT m.order_no, m.from_state, m.to_state, s.from_state IS NULL AS is_no_step INTO wrong
  FROM (SELECT order_no, min(state) FILTER (WHERE NOT is_new) AS from_state, min(state) FILTER (WHERE is_new) AS to_state
        FROM (SELECT order_no, state, false AS is_new FROM old_orders UNION ALL SELECT order_no, state, true FROM new_orders) AS both_rows
        GROUP BY order_no) AS m
  LEFT JOIN order_move s ON s.from_state = m.from_state AND s.to_state = m.to_state
  WHERE m.from_state IS DISTINCT FROM m.to_state AND (s.from_state IS NULL OR (m.to_state = 'void'
    AND EXISTS (SELECT 1 FROM payout_attempt a WHERE a.order_no = m.order_no AND a.kind = 'send')))
  LIMIT 1;
  IF FOUND THEN
    IF wrong.is_no_step THEN
      RAISE EXCEPTION 'order % does not go from % to %', wrong.order_no, wrong.from_state, wrong.to_state
        USING ERRCODE = 'check_violation', CONSTRAINT = 'payout_order_moves';
    END IF;
    RAISE EXCEPTION 'order % was sent; only the bank can end it', wrong.order_no
      USING ERRCODE = 'check_violation', CONSTRAINT = 'payout_order_moves';
  END IF;
  INSERT INTO posting (at, agency_id, kind, debit_account, credit_account, amount_fen, decision_id, order_no, to_state)
  SELECT coalesce(CASE m.state WHEN 'sent' THEN m.sent_at WHEN 'released' THEN NULL ELSE m.settled_at END, now()), m.agency_id, 'orderMoved',
    CASE s.debit_account WHEN 'owed' THEN owed_account(m.decision_id, m.order_no) ELSE s.debit_account END,
    CASE s.credit_account WHEN 'owed' THEN owed_account(m.decision_id, m.order_no) ELSE s.credit_account END,
    m.amount_fen, m.decision_id, m.order_no, m.state
  FROM (SELECT order_no, min(from_state) AS from_state, min(state) AS state, min(sent_at) AS sent_at, min(settled_at) AS settled_at,
          min(agency_id) AS agency_id, min(decision_id::text)::uuid AS decision_id, min(amount_fen) AS amount_fen
        FROM (SELECT order_no, state AS from_state, NULL AS state, NULL::timestamptz AS sent_at, NULL::timestamptz AS settled_at,
                NULL AS agency_id, NULL::uuid AS decision_id, NULL::bigint AS amount_fen FROM old_orders
              UNION ALL
              SELECT order_no, NULL, state, sent_at, settled_at, agency_id, decision_id, amount_fen FROM new_orders) AS both_rows
        GROUP BY order_no) AS m
  JOIN order_move s ON s.from_state = m.from_state AND s.to_state = m.state
  WHERE s.debit_account IS NOT NULL
  ORDER BY m.order_no;
  RETURN NULL;
END $$;
CREATE TRIGGER payout_order_moves AFTER UPDATE ON payout_order REFERENCING OLD TABLE AS old_orders NEW TABLE AS new_orders
  FOR EACH STATEMENT EXECUTE FUNCTION post_order_moves();

-- What is decided is owed from that moment; a decision that falls is owed no more (all of its orders are dead then).
CREATE FUNCTION post_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE agency text;
BEGIN
  SELECT agency_id INTO agency FROM cases WHERE case_no = NEW.case_no;
  IF TG_OP = 'INSERT' THEN
    INSERT INTO posting (at, agency_id, kind, debit_account, credit_account, amount_fen, decision_id)
    VALUES (NEW.decided_at, agency, 'decided', 'benefitExpense', 'payable', NEW.payable_fen, NEW.id);
  ELSE
    INSERT INTO posting (at, agency_id, kind, debit_account, credit_account, amount_fen, decision_id)
    VALUES (NEW.voided_at, agency, 'decisionVoided', owed_account(NEW.id, NULL), 'benefitExpense', NEW.payable_fen, NEW.id);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER decision_owes AFTER INSERT ON decision FOR EACH ROW
  WHEN (NEW.outcome = 'approved' AND NEW.payable_fen > 0 AND NEW.payee_digest IS NOT NULL) EXECUTE FUNCTION post_decision();
CREATE TRIGGER decision_falls AFTER UPDATE OF voided_at ON decision FOR EACH ROW
  WHEN (OLD.voided_at IS NULL AND NEW.voided_at IS NOT NULL AND NEW.outcome = 'approved' AND NEW.payable_fen > 0 AND NEW.payee_digest IS NOT NULL)
  EXECUTE FUNCTION post_decision();

-- Money that the bank moved and that belongs to no step of an order stands under 待查 until two persons find out.
CREATE FUNCTION post_bank_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE is_debit boolean := NEW.kind = 'debit';
BEGIN
  INSERT INTO posting (at, agency_id, kind, debit_account, credit_account, amount_fen, bank_entry_no)
  VALUES (NEW.at, (SELECT id FROM agency WHERE fund_account = NEW.fund_account), 'bankEntry',
    CASE WHEN is_debit THEN 'suspense' ELSE 'disbursement' END, CASE WHEN is_debit THEN 'disbursement' ELSE 'suspense' END,
    NEW.amount_fen, NEW.entry_no);
  RETURN NULL;
END $$;
CREATE TRIGGER bank_entry_in_doubt AFTER INSERT ON bank_entry FOR EACH ROW
  WHEN (NEW.meaning NOT IN (${list(plainMeanings)})) EXECUTE FUNCTION post_bank_entry();

-- What the 支出户 may take in (R-FN-04); every other credit is in doubt.
CREATE FUNCTION post_receipt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO posting (at, agency_id, kind, debit_account, credit_account, amount_fen, bank_entry_no)
  VALUES (NEW.at, (SELECT id FROM agency WHERE fund_account = NEW.fund_account), 'receipt', 'disbursement',
    CASE NEW.meaning ${Object.entries(receiptAccounts)
      .map(([meaning, account]) => `WHEN '${meaning}' THEN '${account}'`)
      .join(' ')} END, NEW.amount_fen, NEW.entry_no);
  RETURN NULL;
END $$;
CREATE TRIGGER bank_entry_received AFTER INSERT ON bank_entry FOR EACH ROW
  WHEN (NEW.meaning IN (${list(Object.keys(receiptAccounts))})) EXECUTE FUNCTION post_receipt();

-- One row for each look of the self-check.
CREATE TABLE book_check (
  id bigserial PRIMARY KEY,
  agency_id text NOT NULL REFERENCES agency(id),
  at timestamptz NOT NULL,
  differences jsonb NOT NULL
);
CREATE INDEX book_check_agency ON book_check (agency_id, id);
`;

/** Runs after the functions of grants.ts. */
export const bookGrants = `
CREATE TRIGGER payout_order_stays BEFORE DELETE ON payout_order FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER posting_append_only BEFORE UPDATE OR DELETE ON posting FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER order_move_stands BEFORE UPDATE OR DELETE ON order_move FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER book_check_append_only BEFORE UPDATE OR DELETE ON book_check FOR EACH ROW EXECUTE FUNCTION refuse_change();
DO $$
BEGIN
  EXECUTE format('REVOKE INSERT ON order_move FROM %I', current_setting('banjie.app_role'));
END $$;
`;

import { doubtfulMeanings, plainMeanings } from '@banjie/domain';

const meanings = [...plainMeanings, ...doubtfulMeanings].map((meaning) => `'${meaning}'`).join(', ');

/** Deductions, benefits, decisions, orders and what the bank said of them. */
export const money = `
CREATE TABLE line_deduction (
  case_no text NOT NULL REFERENCES cases(case_no),
  seq integer NOT NULL,
  line_no integer NOT NULL,
  amount_fen bigint NOT NULL CONSTRAINT line_deduction_amount CHECK (amount_fen > 0),
  reason_code text NOT NULL,
  clause text NOT NULL,
  PRIMARY KEY (case_no, seq, line_no, reason_code)
);
CREATE TABLE benefit_result (
  case_no text NOT NULL REFERENCES cases(case_no),
  seq integer NOT NULL,
  payable_fen bigint NOT NULL CONSTRAINT benefit_result_payable CHECK (payable_fen >= 0),
  policy_id bigint REFERENCES benefit_policy(id),
  trace jsonb NOT NULL,
  -- What care outside the pooling area was judged by: rule, filing and policy row (R-RT); null for a stay inside it.
  cross_region jsonb,
  PRIMARY KEY (case_no, seq)
);
-- Another account than the filed one, as 初审 or 复核 proposed it; the newest is what 审批 decides on.
CREATE TABLE case_payee (
  case_no text NOT NULL REFERENCES cases(case_no),
  seq integer NOT NULL,
  payee_enc bytea NOT NULL,
  PRIMARY KEY (case_no, seq)
);
CREATE TABLE decision (
  id uuid PRIMARY KEY,
  case_no text NOT NULL REFERENCES cases(case_no),
  round integer NOT NULL,
  outcome text NOT NULL CONSTRAINT decision_outcome CHECK (outcome IN ('approved', 'rejected')),
  payable_fen bigint NOT NULL CONSTRAINT decision_payable CHECK (payable_fen >= 0),
  -- Whom the money goes to; null where a matter pays nothing.
  payee_digest bytea,
  decided_by uuid NOT NULL,
  decided_at timestamptz NOT NULL,
  voided_at timestamptz,
  -- 补付: what it adds to, and by which proposal of three persons.
  supplements uuid REFERENCES decision(id),
  proposal_id uuid UNIQUE,
  UNIQUE (case_no, round),
  CONSTRAINT decision_supplements CHECK ((supplements IS NULL) = (proposal_id IS NULL) AND (supplements IS NULL OR voided_at IS NULL))
);
CREATE UNIQUE INDEX decision_one_live ON decision (case_no) WHERE voided_at IS NULL AND supplements IS NULL;
-- R-AM-02b: what a person has drawn on the yearly cap; reserved at 审批 by one conditional update.
CREATE TABLE cap_usage (
  person_id uuid NOT NULL REFERENCES insured_person(id),
  scheme text NOT NULL,
  year integer NOT NULL,
  used_fen bigint NOT NULL CONSTRAINT cap_usage_used CHECK (used_fen >= 0),
  PRIMARY KEY (person_id, scheme, year)
);
CREATE TABLE payout_order (
  order_no text PRIMARY KEY,
  case_no text NOT NULL REFERENCES cases(case_no),
  decision_id uuid NOT NULL REFERENCES decision(id),
  agency_id text NOT NULL,
  state text NOT NULL CONSTRAINT payout_order_state CHECK (state IN ('drawn', 'reviewed', 'released', 'sent', 'paid', 'unknown',
    'failed', 'returned', 'void')),
  amount_fen bigint NOT NULL CONSTRAINT payout_order_amount CHECK (amount_fen > 0),
  payee_enc bytea NOT NULL,
  payee_digest bytea NOT NULL,
  -- The keyed digest of the account alone: what the bank's statement is compared with.
  account_digest bytea NOT NULL,
  previous_order_no text REFERENCES payout_order(order_no),
  drawn_by uuid NOT NULL,
  reviewed_by uuid,
  released_by uuid,
  drawn_at timestamptz NOT NULL,
  released_at timestamptz,
  sent_at timestamptz,
  settled_at timestamptz,
  bank_reference text,
  bank_reason text CONSTRAINT payout_order_bank_reason CHECK (bank_reason IN ('accountMissing', 'accountClosed', 'nameDiffers',
    'accountFrozen', 'accountLimited', 'unsendable', 'other')),
  -- The entries of the statement that confirmed it.
  debit_entry_no bigint UNIQUE,
  return_entry_no bigint UNIQUE,
  CONSTRAINT payout_order_checked CHECK (state IN ('drawn', 'void') OR reviewed_by IS NOT NULL),
  CONSTRAINT payout_order_cleared CHECK (state IN ('drawn', 'reviewed', 'void') OR released_by IS NOT NULL),
  CONSTRAINT payout_order_three_persons CHECK (drawn_by <> reviewed_by AND drawn_by <> released_by AND reviewed_by <> released_by)
);
-- One live order per decision: a new one only after failed, returned or void (architecture § 5).
CREATE UNIQUE INDEX payout_order_one_live ON payout_order (decision_id) WHERE state NOT IN ('failed', 'returned', 'void');
CREATE INDEX payout_order_open ON payout_order (state) WHERE state IN ('sent', 'unknown');
-- What has left by our word and not yet by the bank's statement.
CREATE INDEX payout_order_unconfirmed ON payout_order (agency_id, sent_at)
  WHERE debit_entry_no IS NULL AND state IN ('sent', 'unknown', 'paid', 'returned');
-- Each step of an order asks for others of its decision that came back (owed_account).
CREATE INDEX payout_order_decision ON payout_order (decision_id);
CREATE INDEX payout_order_case ON payout_order (case_no);
-- 退票 that no case may miss: asked for every few seconds, among all that was ever paid.
CREATE INDEX payout_order_came_back ON payout_order ((coalesce(settled_at, drawn_at))) WHERE state = 'returned';
-- Write-ahead: the row is committed before the bank is called.
CREATE TABLE payout_attempt (
  order_no text NOT NULL REFERENCES payout_order(order_no),
  n integer NOT NULL,
  kind text NOT NULL CONSTRAINT payout_attempt_kind CHECK (kind IN ('send', 'query')),
  started_at timestamptz NOT NULL,
  answered_at timestamptz,
  answer text,
  PRIMARY KEY (order_no, n)
);
CREATE TABLE bank_entry (
  entry_no bigint PRIMARY KEY,
  kind text NOT NULL CONSTRAINT bank_entry_kind CHECK (kind IN ('debit', 'return', 'credit')),
  -- Null of money that came in and is no payment of ours come back.
  order_no text,
  amount_fen bigint NOT NULL,
  at timestamptz NOT NULL,
  fund_account text NOT NULL,
  -- Of a payment the payee's account, of a credit the payer's; null where the bank itself pays or does not say.
  account_digest bytea,
  -- What it meant when it was taken over (EntryMeaning).
  meaning text NOT NULL CONSTRAINT bank_entry_meaning CHECK (meaning IN (${meanings})),
  -- By the line during the day, or first with a daily statement.
  came_by text NOT NULL DEFAULT 'line' CONSTRAINT bank_entry_came_by CHECK (came_by IN ('line', 'statement')),
  reason text,
  read_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT bank_entry_party CHECK ((kind = 'credit') = (order_no IS NULL) AND (kind = 'credit' OR account_digest IS NOT NULL))
);
CREATE INDEX bank_entry_day ON bank_entry (fund_account, at) INCLUDE (kind, amount_fen);
CREATE INDEX bank_entry_order ON bank_entry (order_no);
ALTER TABLE payout_order ADD FOREIGN KEY (debit_entry_no) REFERENCES bank_entry(entry_no), ADD FOREIGN KEY (return_entry_no) REFERENCES bank_entry(entry_no);
`;

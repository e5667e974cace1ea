/** Agencies, their staff and the sessions of the staff. */
export const people = `
CREATE TABLE agency (
  id text PRIMARY KEY,
  name text NOT NULL,
  region_code text NOT NULL,
  -- Its 支出户 as the stand-in bank names it (fundAccountOf); a real bank's number comes with its adapter.
  fund_account text NOT NULL UNIQUE GENERATED ALWAYS AS (rpad(left('ZC' || regexp_replace(id, '[^0-9A-Za-z]', '', 'g'), 40),
    greatest(4, length(left('ZC' || regexp_replace(id, '[^0-9A-Za-z]', '', 'g'), 40))), '0')) STORED,
  -- Its 财政专户, in the same way: where the money of the 支出户 comes from (R-FN-04).
  fiscal_account text NOT NULL GENERATED ALWAYS AS (rpad(left('CZ' || regexp_replace(id, '[^0-9A-Za-z]', '', 'g'), 40),
    greatest(4, length(left('CZ' || regexp_replace(id, '[^0-9A-Za-z]', '', 'g'), 40))), '0')) STORED,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE staff_account (
  id uuid PRIMARY KEY,
  agency_id text NOT NULL REFERENCES agency(id),
  username text NOT NULL UNIQUE,
  display_name text NOT NULL,
  password_hash text NOT NULL,
  posts text[] NOT NULL,
  active boolean NOT NULL DEFAULT true,
  failed_count integer NOT NULL DEFAULT 0,
  locked_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE staff_session (
  token_hash bytea PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES staff_account(id),
  csrf_token text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX staff_session_account ON staff_session (account_id);
`;

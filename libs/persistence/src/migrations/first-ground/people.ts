/** Agencies, their staff and the sessions of the staff. */
export const people = `
CREATE TABLE agency (
  id text PRIMARY KEY,
  name text NOT NULL,
  region_code text NOT NULL,
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

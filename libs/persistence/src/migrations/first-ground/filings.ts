/** What is handed in: the filing with its papers and statement lines. */
export const filings = `
CREATE TABLE filing (
  id uuid PRIMARY KEY,
  agency_id text NOT NULL REFERENCES agency(id),
  matter text NOT NULL,
  state text NOT NULL DEFAULT 'draft' CONSTRAINT filing_state CHECK (state IN ('draft', 'submitted')),
  version integer NOT NULL DEFAULT 1,
  created_by uuid NOT NULL REFERENCES staff_account(id),
  body_enc bytea NOT NULL,
  person_id_hash bytea,
  case_no text UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  submitted_at timestamptz
);
CREATE INDEX filing_drafts ON filing (agency_id, created_by, updated_at DESC) WHERE state = 'draft';
CREATE INDEX filing_person ON filing (person_id_hash) WHERE person_id_hash IS NOT NULL;
CREATE TABLE attachment (
  id uuid PRIMARY KEY,
  filing_id uuid NOT NULL REFERENCES filing(id),
  agency_id text NOT NULL REFERENCES agency(id),
  paper text NOT NULL,
  sha256 text NOT NULL,
  size_bytes bigint NOT NULL CONSTRAINT attachment_size CHECK (size_bytes > 0),
  media_type text NOT NULL,
  file_name_enc bytea NOT NULL,
  facts_enc bytea NOT NULL,
  uploaded_by uuid NOT NULL REFERENCES staff_account(id),
  uploaded_at timestamptz NOT NULL DEFAULT now(),
  removed_at timestamptz
);
CREATE INDEX attachment_filing ON attachment (filing_id);
CREATE TABLE statement_line (
  filing_id uuid NOT NULL REFERENCES filing(id),
  line_no integer NOT NULL,
  service_date date NOT NULL,
  item_code text NOT NULL,
  item_name text NOT NULL,
  category text NOT NULL,
  quantity_milli bigint NOT NULL,
  unit_price_fen bigint NOT NULL,
  amount_fen bigint NOT NULL CONSTRAINT statement_line_amount CHECK (amount_fen >= 0),
  catalogue_class text NOT NULL CONSTRAINT statement_line_class CHECK (catalogue_class IN ('A', 'B', 'outside')),
  self_paid_first_bp integer NOT NULL,
  PRIMARY KEY (filing_id, line_no)
);
`;

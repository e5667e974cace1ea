/** Filings for care outside the pooling area (P-20, P-21): what the ratio of a later claim is judged by (02-rules § 3). */
export const crossRegion = `
CREATE TABLE cross_region_filing (
  id uuid PRIMARY KEY,
  person_id uuid NOT NULL REFERENCES insured_person(id),
  agency_id text NOT NULL REFERENCES agency(id),
  -- The case of P-20 or P-21 that made it; null for what was taken over from an older register.
  case_no text REFERENCES cases(case_no),
  kind text NOT NULL CONSTRAINT cross_region_filing_kind CHECK (kind IN ('longTerm', 'crossProvinceLongTerm', 'emergency', 'referral')),
  filed_on date NOT NULL,
  valid_from date NOT NULL,
  valid_to date CONSTRAINT cross_region_filing_span CHECK (valid_to >= valid_from),
  target_region_code text,
  hospital_codes text[] NOT NULL DEFAULT '{}' CONSTRAINT cross_region_filing_hospitals CHECK (cardinality(hospital_codes) <= 3),
  -- Codes and dates, no personal data: certificateIssuedOn (K-20), kind and proofs as P-20 names them.
  source jsonb NOT NULL,
  cancelled_on date,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX cross_region_filing_person ON cross_region_filing (person_id, filed_on DESC);
-- One decision makes one filing, however often its act is carried out.
CREATE UNIQUE INDEX cross_region_filing_case ON cross_region_filing (case_no) WHERE case_no IS NOT NULL;
`;

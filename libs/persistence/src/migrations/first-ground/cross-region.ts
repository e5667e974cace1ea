/** Care outside the pooling area (02-rules § 3): the filings of P-20 and P-21, and the rows that say what they are worth. */
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
-- One row of the policy table crossRegionCut (02-rules § 9), as libs/domain CrossRegionPolicy reads it.
CREATE TABLE cross_region_policy (
  id bigserial PRIMARY KEY,
  region_code text NOT NULL,
  scheme text NOT NULL CONSTRAINT cross_region_policy_scheme CHECK (scheme IN ('employee', 'resident')),
  effective_from date NOT NULL,
  effective_to date CONSTRAINT cross_region_policy_span CHECK (effective_to >= effective_from),
  cut_mode text NOT NULL CONSTRAINT cross_region_policy_mode CHECK (cut_mode IN ('points', 'relative')),
  referral_filing_working_days integer NOT NULL CONSTRAINT cross_region_policy_k20 CHECK (referral_filing_working_days > 0),
  referral_valid_months integer NOT NULL CONSTRAINT cross_region_policy_k21 CHECK (referral_valid_months > 0),
  emergency_filing_working_days integer NOT NULL CONSTRAINT cross_region_policy_k22 CHECK (emergency_filing_working_days > 0),
  across_provinces_whole_city boolean NOT NULL,
  cuts jsonb NOT NULL,
  source_document text NOT NULL,
  example boolean NOT NULL,
  UNIQUE (region_code, scheme, effective_from)
);
`;

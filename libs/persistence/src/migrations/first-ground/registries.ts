/** What is known before anyone files: insured persons, hospitals, the catalogue, policy rows, definitions. */
export const registries = `
CREATE TABLE insured_person (
  id uuid PRIMARY KEY,
  id_number_hash bytea NOT NULL UNIQUE,
  id_number_enc bytea NOT NULL,
  name_enc bytea NOT NULL,
  region_code text NOT NULL,
  scheme text NOT NULL CONSTRAINT insured_person_scheme CHECK (scheme IN ('employee', 'resident')),
  entitled_from date NOT NULL,
  entitled_to date,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE hospital (
  code text PRIMARY KEY,
  name text NOT NULL,
  region_code text NOT NULL,
  grade smallint NOT NULL CONSTRAINT hospital_grade CHECK (grade BETWEEN 1 AND 3),
  agreement_from date,
  agreement_to date,
  -- 具备转诊转院资格: may certify a referral outside the area (D3 第七十三条(一)).
  appointed_for_referral boolean NOT NULL DEFAULT false
);
CREATE TABLE catalogue_item (
  region_code text NOT NULL,
  item_code text NOT NULL,
  item_name text NOT NULL,
  category text NOT NULL,
  catalogue_class text NOT NULL CONSTRAINT catalogue_item_class CHECK (catalogue_class IN ('A', 'B', 'outside')),
  self_paid_first_bp integer NOT NULL CONSTRAINT catalogue_item_bp CHECK (self_paid_first_bp BETWEEN 0 AND 10000),
  PRIMARY KEY (region_code, item_code)
);
CREATE TABLE benefit_policy (
  id bigserial PRIMARY KEY,
  region_code text NOT NULL,
  scheme text NOT NULL,
  hospital_grade smallint NOT NULL,
  effective_from date NOT NULL,
  effective_to date,
  deductible_fen bigint NOT NULL CONSTRAINT benefit_policy_deductible CHECK (deductible_fen >= 0),
  ratio_bp integer NOT NULL CONSTRAINT benefit_policy_ratio CHECK (ratio_bp BETWEEN 0 AND 10000),
  annual_cap_fen bigint NOT NULL CONSTRAINT benefit_policy_cap CHECK (annual_cap_fen >= 0),
  source_document text NOT NULL,
  source_clause text NOT NULL,
  example boolean NOT NULL,
  UNIQUE (region_code, scheme, hospital_grade, effective_from)
);
CREATE TABLE matter_definition (
  matter text NOT NULL,
  version integer NOT NULL,
  effective_from date NOT NULL,
  body jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (matter, version)
);
`;

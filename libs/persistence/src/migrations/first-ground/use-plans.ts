/** 用款计划 (P-87): what one person drew up, as it was then; a second confirms it as a proposal of finance. */
export const usePlans = `
CREATE TABLE use_plan (
  proposal_id uuid PRIMARY KEY REFERENCES finance_proposal(id),
  agency_id text NOT NULL REFERENCES agency(id),
  -- 'YYYY-MM', the month whose payments it foresees.
  month text NOT NULL CONSTRAINT use_plan_month CHECK (month ~ '^\\d{4}-(0[1-9]|1[0-2])$'),
  -- JSON, kept as the text whose SHA-256 stands in the proposal: a plan is printed as it was confirmed.
  body text NOT NULL,
  made_at timestamptz NOT NULL
);
CREATE INDEX use_plan_of_month ON use_plan (agency_id, month DESC, made_at DESC);
-- One plan of a month goes to 财政.
CREATE UNIQUE INDEX finance_proposal_one_plan ON finance_proposal (agency_id, subject) WHERE kind = 'usePlan' AND state = 'confirmed';
`;

/** Runs after the functions of grants.ts. */
export const usePlanGrants = `
CREATE TRIGGER use_plan_append_only BEFORE UPDATE OR DELETE ON use_plan FOR EACH ROW EXECUTE FUNCTION refuse_change();
`;

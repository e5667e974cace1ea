import {
  clearedTo,
  clearings,
  clearingsOf,
  doubtfulMeanings,
  entryKinds,
  movementKinds,
  payoutRuleKinds,
  plainMeanings,
} from '@banjie/domain';

const rules = doubtfulMeanings.flatMap((meaning) =>
  entryKinds.flatMap((kind) =>
    clearingsOf(meaning, kind).map((clearing) => `('${meaning}', '${kind}', '${clearing}', '${clearedTo[clearing]}')`),
  ),
);

/**
 * Acts of finance by two persons, chained for each agency as those of a case are, and what they clear from 待查. The words and the document
 * are sealed; the act carries their digest.
 */
export const suspense = `
CREATE TABLE finance_proposal (
  -- Made by the screen and kept across its retries.
  id uuid PRIMARY KEY,
  agency_id text NOT NULL REFERENCES agency(id),
  kind text NOT NULL CONSTRAINT finance_proposal_kind CHECK (kind IN ('clearing', 'monthClose', 'bankFile', 'usePlan',
    ${[...payoutRuleKinds, ...movementKinds].map((kind) => `'${kind}'`).join(', ')})),
  -- What it is about: the number of the entry, the first day of a rule, the SHA-256 of a file, the month of books or of a plan, an order or a case.
  subject text NOT NULL,
  facts jsonb NOT NULL,
  words_enc bytea NOT NULL,
  proposed_by uuid NOT NULL REFERENCES staff_account(id),
  proposed_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'proposed' CONSTRAINT finance_proposal_state CHECK (state IN ('proposed', 'confirmed', 'refused')),
  -- The person between the two, where a matter takes three.
  checked_by uuid REFERENCES staff_account(id),
  checked_at timestamptz,
  decided_by uuid REFERENCES staff_account(id),
  decided_at timestamptz,
  decision_enc bytea,
  CONSTRAINT finance_proposal_two_persons CHECK (decided_by <> proposed_by AND checked_by <> proposed_by AND checked_by <> decided_by),
  CONSTRAINT finance_proposal_checked CHECK ((checked_by IS NULL) = (checked_at IS NULL) AND CASE
    WHEN kind IN (${movementKinds.map((kind) => `'${kind}'`).join(', ')}) THEN state <> 'confirmed' OR checked_by IS NOT NULL ELSE checked_by IS NULL END),
  CONSTRAINT finance_proposal_decided CHECK ((state = 'proposed') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)
    AND (state = 'refused') = (decision_enc IS NOT NULL))
);
CREATE UNIQUE INDEX finance_proposal_one_open ON finance_proposal (agency_id, kind, subject) WHERE state = 'proposed';
CREATE INDEX finance_proposal_list ON finance_proposal (agency_id, kind, proposed_at DESC);
CREATE TABLE finance_act (
  agency_id text NOT NULL REFERENCES agency(id),
  seq integer NOT NULL,
  act text NOT NULL CONSTRAINT finance_act_act CHECK (act IN ('propose', 'check', 'confirm', 'refuse')),
  proposal_id uuid NOT NULL REFERENCES finance_proposal(id),
  actor_id uuid NOT NULL REFERENCES staff_account(id),
  facts jsonb NOT NULL,
  at timestamptz NOT NULL,
  prev_hash bytea NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (agency_id, seq),
  UNIQUE (proposal_id, act)
);
-- What an entry may be found to be (clearingsOf), and which account takes it.
CREATE TABLE suspense_rule (
  meaning text NOT NULL,
  kind text NOT NULL,
  clearing text NOT NULL,
  account text NOT NULL,
  PRIMARY KEY (meaning, kind, clearing)
);
INSERT INTO suspense_rule (meaning, kind, clearing, account) VALUES
  ${rules.join(',\n  ')};
CREATE TABLE suspense_clearing (
  -- Once: what was found stands.
  entry_no bigint PRIMARY KEY REFERENCES bank_entry(entry_no),
  proposal_id uuid NOT NULL REFERENCES finance_proposal(id),
  clearing text NOT NULL CONSTRAINT suspense_clearing_clearing CHECK (clearing IN (${clearings.map((c) => `'${c}'`).join(', ')})),
  order_no text REFERENCES payout_order(order_no),
  at timestamptz NOT NULL,
  CONSTRAINT suspense_clearing_order CHECK ((clearing = 'belongsToOrder') = (order_no IS NOT NULL))
);
CREATE INDEX suspense_clearing_of_order ON suspense_clearing (order_no) WHERE order_no IS NOT NULL;
CREATE INDEX bank_entry_doubtful ON bank_entry (fund_account, entry_no) WHERE meaning NOT IN (${plainMeanings.map((m) => `'${m}'`).join(', ')});

-- Two persons, neither with a duty in a case that it touches (SD-01), and what the table of rules knows.
CREATE FUNCTION check_clearing() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  entry bank_entry;
  proposal finance_proposal;
BEGIN
  SELECT * INTO entry FROM bank_entry WHERE entry_no = NEW.entry_no;
  SELECT * INTO proposal FROM finance_proposal WHERE id = NEW.proposal_id AND state = 'confirmed' AND kind = 'clearing'
    AND NEW.entry_no IN ((facts->>'entryNo')::bigint, (facts->>'counterEntryNo')::bigint) AND facts->>'clearing' = NEW.clearing
    AND facts->>'orderNo' IS NOT DISTINCT FROM NEW.order_no
    AND agency_id = (SELECT id FROM agency WHERE fund_account = entry.fund_account);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'entry % is cleared by two persons alone', NEW.entry_no
      USING ERRCODE = 'check_violation', CONSTRAINT = 'suspense_clearing_two_persons';
  END IF;
  IF EXISTS (SELECT 1 FROM case_duty d JOIN payout_order o ON o.case_no = d.case_no
      WHERE o.order_no IN (entry.order_no, NEW.order_no) AND d.person_id IN (proposal.proposed_by::text, proposal.decided_by::text)) THEN
    RAISE EXCEPTION 'entry % is cleared by somebody with a duty in its case', NEW.entry_no
      USING ERRCODE = 'check_violation', CONSTRAINT = 'suspense_clearing_duty';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM suspense_rule r WHERE r.meaning = entry.meaning AND r.kind = entry.kind AND r.clearing = NEW.clearing) THEN
    RAISE EXCEPTION 'entry % cannot be %', NEW.entry_no, NEW.clearing
      USING ERRCODE = 'check_violation', CONSTRAINT = 'suspense_clearing_rule';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER suspense_clearing_lawful BEFORE INSERT ON suspense_clearing FOR EACH ROW WHEN (NEW.proposal_id IS NOT NULL)
  EXECUTE FUNCTION check_clearing();

CREATE FUNCTION post_clearing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO posting (at, agency_id, kind, debit_account, credit_account, amount_fen, order_no, bank_entry_no)
  SELECT NEW.at, a.id, 'cleared', CASE e.kind WHEN 'debit' THEN r.account ELSE 'suspense' END,
    CASE e.kind WHEN 'debit' THEN 'suspense' ELSE r.account END, e.amount_fen, NEW.order_no, e.entry_no
  FROM bank_entry e JOIN suspense_rule r ON r.meaning = e.meaning AND r.kind = e.kind AND r.clearing = NEW.clearing
    JOIN agency a ON a.fund_account = e.fund_account WHERE e.entry_no = NEW.entry_no;
  RETURN NULL;
END $$;
CREATE TRIGGER suspense_clearing_posts AFTER INSERT ON suspense_clearing FOR EACH ROW EXECUTE FUNCTION post_clearing();
`;

/** Runs after the functions of grants.ts. */
export const suspenseGrants = `
DO $$
DECLARE
  app text := current_setting('banjie.app_role');
  added_only text;
BEGIN
  FOREACH added_only IN ARRAY ARRAY['finance_act', 'suspense_rule', 'suspense_clearing'] LOOP
    EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()',
      added_only || '_append_only', added_only);
  END LOOP;
  EXECUTE format('REVOKE INSERT ON suspense_rule FROM %I', app);
  EXECUTE format('GRANT UPDATE (state, checked_by, checked_at, decided_by, decided_at, decision_enc) ON finance_proposal TO %I', app);
END $$;
CREATE TRIGGER finance_proposal_stands BEFORE UPDATE ON finance_proposal FOR EACH ROW WHEN (OLD.state <> 'proposed')
  EXECUTE FUNCTION refuse_change();
CREATE TRIGGER finance_proposal_stays BEFORE DELETE ON finance_proposal FOR EACH ROW EXECUTE FUNCTION refuse_change();
`;

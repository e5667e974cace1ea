import { movementKinds, offsetBases, recoveryReasons } from '@banjie/domain';

const list = (values: readonly string[]) => values.map((value) => `'${value}'`).join(', ');

/**
 * Money claimed back from insured persons, what came in for it, and what was taken off a later payout of the same person. The rows are
 * written by the confirmation of the third person and by nothing else; the app's role may only read them.
 */
export const recoveries = `
CREATE TABLE recovery (
  recovery_no text PRIMARY KEY,
  proposal_id uuid NOT NULL UNIQUE REFERENCES finance_proposal(id),
  agency_id text NOT NULL REFERENCES agency(id),
  case_no text NOT NULL REFERENCES cases(case_no),
  person_id uuid NOT NULL REFERENCES insured_person(id),
  -- The payment that was too much, or that should not have been.
  order_no text NOT NULL REFERENCES payout_order(order_no),
  -- What the bank paid beside an order: two persons found it overpaid, and the books claim it since.
  entry_no bigint UNIQUE REFERENCES bank_entry(entry_no),
  amount_fen bigint NOT NULL CONSTRAINT recovery_amount CHECK (amount_fen > 0),
  reason text NOT NULL CONSTRAINT recovery_reason CHECK (reason IN (${list(Object.keys(recoveryReasons))})),
  at timestamptz NOT NULL
);
CREATE INDEX recovery_agency ON recovery (agency_id, at);
CREATE INDEX recovery_person ON recovery (person_id);
CREATE INDEX recovery_order ON recovery (order_no);
CREATE TABLE recovery_receipt (
  entry_no bigint PRIMARY KEY REFERENCES bank_entry(entry_no),
  recovery_no text NOT NULL REFERENCES recovery(recovery_no),
  amount_fen bigint NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX recovery_receipt_of ON recovery_receipt (recovery_no);
CREATE TABLE recovery_offset (
  proposal_id uuid PRIMARY KEY REFERENCES finance_proposal(id),
  recovery_no text NOT NULL REFERENCES recovery(recovery_no),
  decision_id uuid NOT NULL REFERENCES decision(id),
  case_no text NOT NULL REFERENCES cases(case_no),
  amount_fen bigint NOT NULL CONSTRAINT recovery_offset_amount CHECK (amount_fen > 0),
  basis text NOT NULL CONSTRAINT recovery_offset_basis CHECK (basis IN (${list(Object.keys(offsetBases))})),
  at timestamptz NOT NULL,
  -- The decision fell, and with it what was taken off its payout.
  voided_at timestamptz
);
CREATE INDEX recovery_offset_decision ON recovery_offset (decision_id) WHERE voided_at IS NULL;
CREATE INDEX recovery_offset_case ON recovery_offset (case_no) WHERE voided_at IS NULL;
CREATE INDEX recovery_offset_of ON recovery_offset (recovery_no);

-- What is taken off the payout of a decision; what is still claimed of a recovery.
CREATE FUNCTION offset_of(decision uuid) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(amount_fen), 0)::bigint FROM recovery_offset WHERE decision_id = decision AND voided_at IS NULL
$$;
CREATE FUNCTION recovery_open(no text) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT r.amount_fen - (SELECT coalesce(sum(amount_fen), 0) FROM recovery_receipt WHERE recovery_no = no)::bigint
    - (SELECT coalesce(sum(amount_fen), 0) FROM recovery_offset WHERE recovery_no = no AND voided_at IS NULL)::bigint
  FROM recovery r WHERE r.recovery_no = no
$$;

CREATE FUNCTION refuse_movement(why text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'no such movement: %', why USING ERRCODE = 'check_violation', CONSTRAINT = 'movement_lawful';
END $$;

CREATE FUNCTION put_recovery(p finance_proposal) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  o payout_order;
  claimed bigint := (p.facts->>'amountFen')::bigint;
  entry bigint := (p.facts->>'entryNo')::bigint;
BEGIN
  SELECT * INTO o FROM payout_order WHERE order_no = p.facts->>'orderNo' AND agency_id = p.agency_id FOR UPDATE;
  IF NOT FOUND THEN PERFORM refuse_movement('its order'); END IF;
  -- Its decision is paid once, however many orders came back before: what is claimed of any of them counts.
  IF entry IS NULL AND (o.state <> 'paid' OR claimed + (SELECT coalesce(sum(amount_fen), 0) FROM recovery
      WHERE order_no IN (SELECT order_no FROM payout_order WHERE decision_id = o.decision_id) AND entry_no IS NULL) > o.amount_fen) THEN
    PERFORM refuse_movement('more than was paid');
  END IF;
  IF entry IS NOT NULL AND NOT EXISTS (SELECT 1 FROM suspense_clearing s JOIN bank_entry e ON e.entry_no = s.entry_no
      WHERE s.entry_no = entry AND s.clearing = 'overpaid' AND e.order_no = o.order_no AND e.amount_fen = claimed) THEN
    PERFORM refuse_movement('not overpaid');
  END IF;
  INSERT INTO recovery (recovery_no, proposal_id, agency_id, case_no, person_id, order_no, entry_no, amount_fen, reason, at)
  SELECT o.case_no || 'R' || (SELECT count(*) + 1 FROM recovery r WHERE r.case_no = o.case_no), p.id, p.agency_id, o.case_no, c.person_id,
    o.order_no, entry, claimed, p.facts->>'reason', p.decided_at FROM cases c WHERE c.case_no = o.case_no;
  -- What the bank paid too much is claimed since it was found.
  IF entry IS NULL THEN
    INSERT INTO posting (at, agency_id, kind, debit_account, credit_account, amount_fen, decision_id, order_no)
    VALUES (p.decided_at, p.agency_id, 'claimed', 'recoverable', 'benefitExpense', claimed, o.decision_id, o.order_no);
  END IF;
END $$;

CREATE FUNCTION put_offset(p finance_proposal) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  d decision;
  r recovery;
  taken bigint := (p.facts->>'amountFen')::bigint;
BEGIN
  SELECT * INTO r FROM recovery WHERE recovery_no = p.facts->>'recoveryNo' AND agency_id = p.agency_id FOR UPDATE;
  IF NOT FOUND THEN PERFORM refuse_movement('its recovery'); END IF;
  SELECT * INTO d FROM decision WHERE id = (p.facts->>'decisionId')::uuid AND case_no = p.subject AND outcome = 'approved' AND voided_at IS NULL
    AND case_no IN (SELECT case_no FROM cases WHERE person_id = r.person_id AND agency_id = p.agency_id) FOR UPDATE;
  IF NOT FOUND THEN PERFORM refuse_movement('its decision'); END IF;
  IF EXISTS (SELECT 1 FROM payout_order WHERE decision_id = d.id AND state NOT IN ('failed', 'returned', 'void')) THEN
    PERFORM refuse_movement('the payout is drawn');
  END IF;
  -- Never below zero, and never to it: an order of nothing cannot be sent.
  IF taken > recovery_open(r.recovery_no) OR taken >= d.payable_fen - offset_of(d.id) THEN
    PERFORM refuse_movement('too much');
  END IF;
  INSERT INTO recovery_offset (proposal_id, recovery_no, decision_id, case_no, amount_fen, basis, at)
  VALUES (p.id, r.recovery_no, d.id, d.case_no, taken, p.facts->>'basis', p.decided_at);
  INSERT INTO posting (at, agency_id, kind, debit_account, credit_account, amount_fen, decision_id)
  VALUES (p.decided_at, p.agency_id, 'offset', owed_account(d.id, NULL), 'recoverable', taken, d.id);
END $$;

-- Three persons, none of them with a duty in a case that it touches (SD-01); who raised its payment before may raise it again.
CREATE FUNCTION put_movement() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM case_duty WHERE case_no IN (NEW.facts->>'caseNo', (SELECT case_no FROM payout_order WHERE order_no = NEW.facts->>'orderNo'),
      (SELECT case_no FROM recovery WHERE recovery_no = NEW.facts->>'recoveryNo'))
      AND person_id IN (NEW.proposed_by::text, NEW.checked_by::text, NEW.decided_by::text)
      AND NOT (NEW.kind = 'supplement' AND duty = 'supplement')) THEN
    PERFORM refuse_movement('somebody has a duty in its case');
  END IF;
  IF NEW.kind = 'recovery' THEN PERFORM put_recovery(NEW); ELSIF NEW.kind = 'offset' THEN PERFORM put_offset(NEW); END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER finance_proposal_moves AFTER UPDATE OF state ON finance_proposal FOR EACH ROW
  WHEN (NEW.state = 'confirmed' AND OLD.state = 'proposed' AND NEW.kind IN (${list(movementKinds)})) EXECUTE FUNCTION put_movement();

-- What is paid in addition (补付): by three persons, to the account that was paid, and never more than was claimed in all.
CREATE FUNCTION check_supplement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.outcome <> 'approved' OR NEW.payable_fen <= 0 OR NOT EXISTS (SELECT 1 FROM finance_proposal p WHERE p.id = NEW.proposal_id
      AND p.kind = 'supplement' AND p.state = 'confirmed' AND p.subject = NEW.case_no AND (p.facts->>'amountFen')::bigint = NEW.payable_fen
      AND p.decided_by = NEW.decided_by) THEN
    PERFORM refuse_movement('three persons did not raise it');
  END IF;
  IF NOT EXISTS (SELECT 1 FROM decision WHERE id = NEW.supplements AND case_no = NEW.case_no AND outcome = 'approved' AND voided_at IS NULL
      AND supplements IS NULL) OR NEW.payable_fen + (SELECT sum(payable_fen) FROM decision WHERE case_no = NEW.case_no AND voided_at IS NULL)
      > (SELECT total_fen FROM cases WHERE case_no = NEW.case_no) THEN
    PERFORM refuse_movement('more than was claimed');
  END IF;
  IF NOT EXISTS (SELECT 1 FROM payout_order WHERE case_no = NEW.case_no AND state = 'paid' AND payee_digest = NEW.payee_digest) THEN
    PERFORM refuse_movement('another account than was paid');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER decision_supplements BEFORE INSERT ON decision FOR EACH ROW WHEN (NEW.supplements IS NOT NULL) EXECUTE FUNCTION check_supplement();
ALTER TABLE decision ADD FOREIGN KEY (proposal_id) REFERENCES finance_proposal(id);

-- Money that came in for a claim, as two persons found; the clearing makes the line in the books.
CREATE FUNCTION put_receipt() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
  r recovery;
  received bigint;
BEGIN
  SELECT r2.* INTO r FROM finance_proposal p JOIN recovery r2 ON r2.recovery_no = p.facts->>'recoveryNo' AND r2.agency_id = p.agency_id
  WHERE p.id = NEW.proposal_id FOR UPDATE OF r2;
  SELECT amount_fen INTO received FROM bank_entry WHERE entry_no = NEW.entry_no;
  IF r.recovery_no IS NULL OR received > recovery_open(r.recovery_no) THEN PERFORM refuse_movement('not claimed'); END IF;
  INSERT INTO recovery_receipt (entry_no, recovery_no, amount_fen, at) VALUES (NEW.entry_no, r.recovery_no, received, NEW.at);
  RETURN NULL;
END $$;
CREATE TRIGGER suspense_clearing_recovers AFTER INSERT ON suspense_clearing FOR EACH ROW WHEN (NEW.clearing = 'recovered')
  EXECUTE FUNCTION put_receipt();

-- With a decision falls what was to be taken off its payout: it is claimed again.
CREATE FUNCTION drop_offsets() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  INSERT INTO posting (at, agency_id, kind, debit_account, credit_account, amount_fen, decision_id)
  SELECT NEW.voided_at, c.agency_id, 'offsetVoided', 'recoverable', owed_account(NEW.id, NULL), f.amount_fen, NEW.id
  FROM recovery_offset f JOIN cases c ON c.case_no = f.case_no WHERE f.decision_id = NEW.id AND f.voided_at IS NULL;
  UPDATE recovery_offset SET voided_at = NEW.voided_at WHERE decision_id = NEW.id AND voided_at IS NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER decision_offsets_fall AFTER UPDATE OF voided_at ON decision FOR EACH ROW
  WHEN (OLD.voided_at IS NULL AND NEW.voided_at IS NOT NULL) EXECUTE FUNCTION drop_offsets();
`;

/** Runs after the functions of grants.ts. */
export const recoveryGrants = `
DO $$
BEGIN
  EXECUTE format('REVOKE INSERT ON recovery, recovery_receipt, recovery_offset FROM %I', current_setting('banjie.app_role'));
END $$;
CREATE TRIGGER recovery_stands BEFORE UPDATE OR DELETE ON recovery FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER recovery_receipt_stands BEFORE UPDATE OR DELETE ON recovery_receipt FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER recovery_offset_stays BEFORE DELETE ON recovery_offset FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER recovery_offset_stands BEFORE UPDATE ON recovery_offset FOR EACH ROW
  WHEN (OLD.voided_at IS NOT NULL OR (NEW.recovery_no, NEW.decision_id, NEW.amount_fen) IS DISTINCT FROM (OLD.recovery_no, OLD.decision_id, OLD.amount_fen))
  EXECUTE FUNCTION refuse_change();
`;

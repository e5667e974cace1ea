/**
 * What is judged and paid cannot be rewritten: rows of acts and audits are only ever added, what was handed in stands from
 * 收件 on, and what a person is owed changes with an act or not at all. The triggers hold even for a role with wider rights.
 */
const guards = `
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE FUNCTION refuse_outside_act() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'case % changes by an act alone', OLD.case_no USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE FUNCTION refuse_change_after_receipt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of a received filing stands as it was handed in', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
-- Locks the filing, so that a change beside 收件 comes wholly before it or not at all.
CREATE FUNCTION keep_paper() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM filing WHERE id = OLD.filing_id AND state = 'draft' FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'papers of a received filing are only ever added' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
-- Once a statement, not once a line: a statement may have 5 000 of them.
CREATE FUNCTION keep_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM filing f WHERE f.state <> 'draft' AND f.id IN (SELECT DISTINCT filing_id FROM changed);
  IF FOUND THEN
    RAISE EXCEPTION 'the lines of a received filing stand as they were handed in' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION keep_committed_body() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM case_act WHERE action_id = OLD.action_id) THEN
    RAISE EXCEPTION 'the body of a committed act stands' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE FUNCTION keep_cross_region_filing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.cancelled_on IS NOT NULL
     OR to_jsonb(NEW) - 'cancelled_on' IS DISTINCT FROM to_jsonb(OLD) - 'cancelled_on' THEN
    RAISE EXCEPTION 'a filing for care elsewhere stands; it can be cancelled once' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
DO $$
DECLARE added_only text;
BEGIN
  FOREACH added_only IN ARRAY ARRAY['case_act', 'clock_event', 'clock_rung', 'reassignment_proposal', 'read_log', 'attempt_log', 'archive_seal', 'bank_entry',
    'benefit_result', 'line_deduction', 'case_payee', 'notice_content', 'definition_draft', 'definition_verdict',
    'case_move', 'case_move_event', 'case_move_result'] LOOP
    EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()',
      added_only || '_append_only', added_only);
  END LOOP;
END $$;
CREATE TRIGGER filing_received BEFORE UPDATE OR DELETE ON filing FOR EACH ROW WHEN (OLD.state <> 'draft')
  EXECUTE FUNCTION refuse_change_after_receipt();
CREATE TRIGGER attachment_received BEFORE UPDATE OR DELETE ON attachment FOR EACH ROW EXECUTE FUNCTION keep_paper();
CREATE TRIGGER statement_line_added AFTER INSERT ON statement_line REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION keep_lines();
CREATE TRIGGER statement_line_removed AFTER DELETE ON statement_line REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION keep_lines();
CREATE TRIGGER statement_line_append_only BEFORE UPDATE ON statement_line FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER act_body_committed BEFORE UPDATE OR DELETE ON act_body FOR EACH ROW EXECUTE FUNCTION keep_committed_body();
-- The condition costs nothing; the function is called for a refusal alone.
CREATE TRIGGER cases_by_act BEFORE UPDATE ON cases FOR EACH ROW
  WHEN (NEW.seq = OLD.seq AND (NEW.payable_fen, NEW.proposed_fen, NEW.proposal_outcome, NEW.head_hash)
    IS DISTINCT FROM (OLD.payable_fen, OLD.proposed_fen, OLD.proposal_outcome, OLD.head_hash))
  EXECUTE FUNCTION refuse_outside_act();
-- Published by two persons: not even the owner's seeding writes it anew.
CREATE TRIGGER matter_definition_stands BEFORE UPDATE OR DELETE ON matter_definition FOR EACH ROW WHEN (OLD.draft_id IS NOT NULL)
  EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decision_stands BEFORE UPDATE ON decision FOR EACH ROW
  WHEN (OLD.voided_at IS NOT NULL OR (NEW.case_no, NEW.round, NEW.outcome, NEW.payable_fen, NEW.payee_digest, NEW.decided_by, NEW.decided_at)
    IS DISTINCT FROM (OLD.case_no, OLD.round, OLD.outcome, OLD.payable_fen, OLD.payee_digest, OLD.decided_by, OLD.decided_at))
  EXECUTE FUNCTION refuse_change();
-- A filing ends once; what it said when a claim was judged by it stands.
CREATE TRIGGER cross_region_filing_stands BEFORE UPDATE OR DELETE ON cross_region_filing FOR EACH ROW
  EXECUTE FUNCTION keep_cross_region_filing();
`;

/**
 * The app may read and add; what it may change is named column by column. Registries, policy rows and agencies
 * are the owner's (seeding runs as owner), versions of matters too unless two persons made them; accounts are made by the app, their posts and passwords are not its to change.
 */
const rights = `
DO $$
DECLARE app text := current_setting('banjie.app_role');
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', app);
  EXECUTE format('GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO %I', app);
  EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO %I', app);
  EXECUTE format('REVOKE INSERT ON agency, hospital, catalogue_item, benefit_policy, cross_region_policy FROM %I', app);
  IF to_regclass('migrations') IS NOT NULL THEN
    EXECUTE format('REVOKE INSERT ON migrations FROM %I', app);
  END IF;
  EXECUTE format('GRANT UPDATE (failed_count, locked_until, active) ON staff_account TO %I', app);
  EXECUTE format('GRANT UPDATE (seen_at, expires_at), DELETE ON staff_session TO %I', app);
  EXECUTE format('GRANT UPDATE (state, version, body_enc, person_id_hash, case_no, updated_at, submitted_at) ON filing TO %I', app);
  EXECUTE format('GRANT UPDATE (facts_enc, removed_at) ON attachment TO %I', app);
  EXECUTE format('GRANT DELETE ON statement_line TO %I', app);
  EXECUTE format('GRANT UPDATE (last_number) ON case_number TO %I', app);
  -- Whose case it is, what was asked for and when it came never change; its version does by an approved move (cases_pinned).
  EXECUTE format('GRANT UPDATE (seq, stage, waiting, supplement_used, outcome, round, order_no, order_state, paid_once, delivered,
    last_act, last_actor_id, head_hash, extension, proposal_outcome, proposed_fen, payable_fen, accepted_at, decided_at, paid_at, delivered_at,
    closed_at, next_rung_at, workflow_started_at, definition_version) ON cases TO %I', app);
  EXECUTE format('GRANT DELETE ON act_body TO %I', app);
  EXECUTE format('GRANT UPDATE (since_seq) ON case_duty TO %I', app);
  EXECUTE format('GRANT UPDATE (stage, posts, state, holder_id, taken_at, paused, due_clock, due_party, due_at, due_date, provisional, closed_seq,
    closed_at, closed_by) ON task TO %I', app);
  EXECUTE format('GRANT UPDATE ON clock TO %I', app);
  EXECUTE format('GRANT UPDATE (live) ON expense_document TO %I', app);
  EXECUTE format('GRANT UPDATE (voided_at) ON decision TO %I', app);
  EXECUTE format('GRANT UPDATE (asked_at) ON case_move_case TO %I', app);
  EXECUTE format('GRANT UPDATE (cancelled_on) ON cross_region_filing TO %I', app);
  EXECUTE format('GRANT UPDATE (used_fen) ON cap_usage TO %I', app);
  -- M5: amount and payee of an order are never updated, not even by a bug.
  EXECUTE format('GRANT UPDATE (state, reviewed_by, released_by, sent_at, settled_at, bank_reference, bank_reason, debit_entry_no, return_entry_no) ON payout_order TO %I', app);
  EXECUTE format('GRANT UPDATE (answered_at, answer) ON payout_attempt TO %I', app);
  EXECUTE format('GRANT UPDATE (sent_at) ON notice TO %I', app);
END $$;
`;

export const grants = guards + rights;

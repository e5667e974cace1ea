// The app may insert and read act and audit rows, nothing more; the trigger holds even for a role with wider rights.
export const grants = `
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER case_act_append_only BEFORE UPDATE OR DELETE ON case_act FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER clock_event_append_only BEFORE UPDATE OR DELETE ON clock_event FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER clock_rung_append_only BEFORE UPDATE OR DELETE ON clock_rung FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER read_log_append_only BEFORE UPDATE OR DELETE ON read_log FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER attempt_log_append_only BEFORE UPDATE OR DELETE ON attempt_log FOR EACH ROW EXECUTE FUNCTION refuse_change();
DO $$
DECLARE app text := current_setting('banjie.app_role');
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', app);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO %I', app);
  EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO %I', app);
  EXECUTE format('REVOKE UPDATE, DELETE ON case_act, clock_event, clock_rung, read_log, attempt_log, archive_seal, bank_entry,
    benefit_result, line_deduction, task_event FROM %I', app);
  -- M5: amount and payee of an order are never updated, not even by a bug.
  EXECUTE format('REVOKE UPDATE ON payout_order FROM %I', app);
  EXECUTE format('GRANT UPDATE (state, reviewed_by, released_by, sent_at, settled_at, bank_reference) ON payout_order TO %I', app);
  EXECUTE format('REVOKE DELETE ON cases, decision, payout_order, payout_attempt, expense_document, task, clock, case_duty FROM %I', app);
END $$;
`;

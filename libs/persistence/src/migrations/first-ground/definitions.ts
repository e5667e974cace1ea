/**
 * Versions of matters. What came with the program is the owner's; what people change is drawn up by one, approved by another and
 * only then copied into `matter_definition`, by a trigger's leave (SD-06).
 */
export const definitions = `
CREATE TABLE definition_draft (
  id uuid PRIMARY KEY,
  matter text NOT NULL,
  version integer NOT NULL,
  -- The version it was drawn up from: the newest one then.
  base_version integer NOT NULL,
  effective_from date NOT NULL,
  body jsonb NOT NULL,
  digest text NOT NULL,
  drafted_by uuid NOT NULL REFERENCES staff_account(id),
  drafted_at timestamptz NOT NULL,
  UNIQUE (id, digest),
  FOREIGN KEY (matter, base_version) REFERENCES matter_definition (matter, version)
);
CREATE INDEX definition_draft_matter ON definition_draft (matter, drafted_at);
CREATE TABLE definition_verdict (
  draft_id uuid PRIMARY KEY,
  -- What the second person had read.
  digest text NOT NULL,
  verdict text NOT NULL CONSTRAINT definition_verdict_verdict CHECK (verdict IN ('approved', 'rejected')),
  reason text CONSTRAINT definition_verdict_reason CHECK (verdict = 'approved' OR reason IS NOT NULL),
  judged_by uuid NOT NULL REFERENCES staff_account(id),
  judged_at timestamptz NOT NULL,
  FOREIGN KEY (draft_id, digest) REFERENCES definition_draft (id, digest)
);
ALTER TABLE matter_definition ADD COLUMN draft_id uuid UNIQUE REFERENCES definition_draft(id);
CREATE FUNCTION keep_definition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.draft_id IS NULL THEN
    -- Seeding runs as the owner.
    IF pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'a version comes from a draft that two persons stand behind' USING ERRCODE = 'insufficient_privilege';
  END IF;
  PERFORM 1 FROM definition_draft d JOIN definition_verdict v ON v.draft_id = d.id AND v.digest = d.digest
  WHERE d.id = NEW.draft_id AND v.verdict = 'approved' AND v.judged_by <> d.drafted_by
    AND d.matter = NEW.matter AND d.version = NEW.version AND d.effective_from = NEW.effective_from AND d.body = NEW.body
    AND NEW.effective_from >= (now() AT TIME ZONE 'Asia/Shanghai')::date
    AND d.base_version = (SELECT max(version) FROM matter_definition WHERE matter = NEW.matter);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'version % of % is not what two persons agreed on', NEW.version, NEW.matter
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER matter_definition_agreed BEFORE INSERT ON matter_definition FOR EACH ROW EXECUTE FUNCTION keep_definition();
`;

/**
 * Moves of running cases to another version of their matter. A move is shown case by case before anybody can approve it, approved
 * by a second person, and carried out by acts of the cases; what became of each case stands in `case_move_result`.
 */
export const caseMoves = `
CREATE TABLE case_move (
  id uuid PRIMARY KEY,
  agency_id text NOT NULL REFERENCES agency(id),
  matter text NOT NULL,
  from_version integer NOT NULL,
  to_version integer NOT NULL CONSTRAINT case_move_versions CHECK (to_version <> from_version),
  stage_map jsonb NOT NULL,
  filter jsonb NOT NULL,
  reason text NOT NULL,
  undo_hours integer NOT NULL CONSTRAINT case_move_undo_hours CHECK (undo_hours BETWEEN 1 AND 720),
  proposed_by uuid NOT NULL REFERENCES staff_account(id),
  proposed_at timestamptz NOT NULL,
  FOREIGN KEY (matter, from_version) REFERENCES matter_definition (matter, version),
  FOREIGN KEY (matter, to_version) REFERENCES matter_definition (matter, version)
);
CREATE INDEX case_move_agency ON case_move (agency_id, matter, proposed_at DESC);
-- The dry run: which cases, and what would become of each.
CREATE TABLE case_move_case (
  move_id uuid NOT NULL REFERENCES case_move(id),
  case_no text NOT NULL REFERENCES cases(case_no),
  possible boolean NOT NULL,
  plan jsonb NOT NULL,
  -- When the case was last told to move; the only column that changes.
  asked_at timestamptz,
  PRIMARY KEY (move_id, case_no)
);
CREATE INDEX case_move_case_case ON case_move_case (case_no);
CREATE TABLE case_move_event (
  move_id uuid NOT NULL REFERENCES case_move(id),
  kind text NOT NULL CONSTRAINT case_move_event_kind CHECK (kind IN ('approved', 'rejected', 'finished', 'undoRequested', 'undoFinished')),
  actor_id text NOT NULL,
  at timestamptz NOT NULL,
  reason text,
  PRIMARY KEY (move_id, kind)
);
CREATE UNIQUE INDEX case_move_event_judged ON case_move_event (move_id) WHERE kind IN ('approved', 'rejected');
CREATE TABLE case_move_result (
  move_id uuid NOT NULL,
  case_no text NOT NULL,
  kind text NOT NULL CONSTRAINT case_move_result_kind CHECK (kind IN ('migrateDefinition', 'undoMigration')),
  -- The act that did it; null where the case refused.
  seq integer,
  obstacles jsonb NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (move_id, case_no, kind),
  FOREIGN KEY (move_id, case_no) REFERENCES case_move_case (move_id, case_no)
);
-- A case leaves its version after the act that says so, under a move that two persons stand behind; not otherwise.
CREATE FUNCTION keep_pinned_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM case_act a JOIN case_move m ON m.id::text = a.facts->>'moveId'
    JOIN case_move_case c ON c.move_id = m.id AND c.case_no = a.case_no
    JOIN case_move_event e ON e.move_id = m.id AND e.kind = 'approved' AND e.actor_id <> m.proposed_by::text
  WHERE a.case_no = NEW.case_no AND a.seq = NEW.seq AND m.matter = NEW.matter
    AND CASE a.act WHEN 'migrateDefinition' THEN (m.from_version, m.to_version) = (OLD.definition_version, NEW.definition_version)
      WHEN 'undoMigration' THEN (m.to_version, m.from_version) = (OLD.definition_version, NEW.definition_version)
      ELSE false END;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'case % keeps the version it was received under', OLD.case_no USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER cases_pinned BEFORE UPDATE ON cases FOR EACH ROW WHEN (NEW.definition_version <> OLD.definition_version)
  EXECUTE FUNCTION keep_pinned_version();
`;

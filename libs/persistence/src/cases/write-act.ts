import {
  DomainError,
  dutyLabels,
  leadingClock,
  nextRungAt,
  nextRungOf,
  stageLabels,
  stageOf,
  triggersOf,
  turnClocks,
  type ActCode,
  type Advance,
  type CasePosition,
  type ClockChange,
  type ClockLedger,
  type Happened,
  type MatterDefinition,
} from '@banjie/domain';
import type { EntityManager } from 'typeorm';
import { calendarOf } from '../calendars/calendar-store';
import type { ColumnCipher } from '../column-cipher';
import { databaseFault, rows, type Statement } from '../data-source';
import type { SealedNotice } from '../notices/notice-contents';
import type { CaseRecord } from './case-record';
import { chainText, type ActRow } from './chain';
import { clockEventRow } from './clock-events';

export interface ActToWrite {
  definition: MatterDefinition;
  advance: Advance;
  act: ActCode;
  actorId: string;
  actionId: string;
  at: Date;
  /** Codes, amounts, instants, ids and digests only (architecture § 1). */
  facts: Record<string, unknown>;
  /** Columns of `cases` that this act sets besides its position; null clears, undefined leaves. */
  sets?: { proposalOutcome?: 'pass' | 'refuse' | null; proposedFen?: number | null; payableFen?: number | null };
  /** The frozen contents of the notices that the definition hangs on this act. */
  notices?: readonly SealedNotice[];
  /** What the act does to the clocks, where it is not their start, pause or stop: a move to another version. */
  clockChanges?: readonly ClockChange[];
  /** The act's own rows beside the case: sent in one breath with it. */
  writes?: readonly Statement[];
  /** For `openPause` and `grantExtension`: what the clocks need to know of it. */
  time?: Pick<Happened, 'pause' | 'extensionWorkingDays'> | undefined;
}

/** What of a case an act is written from. */
export type ActingCase = Pick<
  CaseRecord,
  | 'position'
  | 'agencyId'
  | 'matter'
  | 'regionCode'
  | 'totalFen'
  | 'proposedFen'
  | 'payableFen'
  | 'headHash'
  | 'clocks'
  | 'calendarNumber'
>;

/**
 * Writes one act in the caller's transaction: its own rows, then in one statement case, act row with its link, tasks, duty,
 * clocks with their events, notices, outbox. The update is conditional on `seq`; when another act came first nothing hangs on it
 * and CASE_MOVED is thrown. Returns the position as committed, with the next instant its clocks want to be looked at.
 */
export async function writeAct(
  manager: EntityManager,
  cipher: ColumnCipher,
  record: ActingCase,
  write: ActToWrite,
): Promise<CasePosition> {
  const { advance, definition, act, actorId, at } = write;
  const before = record.position;
  const calendar = await calendarOf(manager, record, record.calendarNumber);
  const events = triggersOf(before, advance);
  const happened = { act, events, at: at.getTime(), from: before.stage, to: advance.position.stage };
  const changes = write.clockChanges ?? turnClocks(definition, record.clocks, { ...happened, ...write.time }, calendar);
  const clocks = merge(record.clocks, changes);
  const nextOf = (ledger: ClockLedger) =>
    nextRungOf(
      clocks.find((clock) => isSame(clock, ledger))!,
      calendar,
    );
  const position: CasePosition = {
    ...advance.position,
    nextRungAt: nextRungAt(clocks, calendar),
  };
  const leading = leadingClock(clocks);

  const row: ActRow = {
    caseNo: before.caseNo,
    seq: position.seq,
    actionId: write.actionId,
    act,
    actorId,
    stageFrom: before.stage,
    stageTo: position.stage,
    round: position.round,
    duty: advance.claimsDuty,
    facts: write.facts,
    at: at.toISOString(),
  };
  const hash = cipher.chain(record.headHash, chainText(row));
  const instants = instantsOf(advance);
  const sets = write.sets ?? {};

  const notices = write.notices ?? [];
  const acting = rows<{ moved: number; claimed: number }>(manager, actStatement, [
    before.caseNo,
    position.seq,
    position.stage,
    position.waiting,
    position.supplementUsed,
    position.outcome,
    position.round,
    position.order?.orderNo ?? null,
    position.order?.state ?? null,
    position.paidOnce,
    position.delivered,
    act,
    actorId,
    hash,
    position.nextRungAt,
    sets.proposalOutcome !== undefined,
    sets.proposalOutcome ?? null,
    sets.proposedFen !== undefined,
    sets.proposedFen ?? null,
    sets.payableFen !== undefined,
    sets.payableFen ?? null,
    instants.accepted,
    row.at,
    instants.decided,
    advance.voidsDecision,
    instants.paid,
    instants.delivered,
    advance.closesTask,
    leading?.clock ?? null,
    leading?.dueAt ?? null,
    leading?.dueDate ?? null,
    leading?.provisional ?? false,
    changes.length > 0 || position.waiting !== before.waiting,
    row.actionId,
    row.stageFrom,
    row.duty,
    row.facts,
    record.headHash,
    record.agencyId,
    record.matter,
    stageOf(definition, position.stage)?.posts ?? [],
    position.outcome === null || position.outcome === 'approved'
      ? (sets.payableFen ?? sets.proposedFen ?? record.payableFen ?? record.proposedFen ?? record.totalFen)
      : 0,
    advance.opensTask,
    JSON.stringify(changes.map(({ ledger }) => ({ ...ledger, nextRungAt: nextOf(ledger) }))),
    JSON.stringify(changes.map(clockEventRow)),
    JSON.stringify(outboxRows(row, write)),
    notices.map(({ notice }) => notice),
    notices.map(({ sealed }) => sealed),
    notices.map(({ digest }) => digest),
    leading?.party ?? 'own',
  ]);
  try {
    const [[written]] = await Promise.all([
      acting,
      ...(write.writes ?? []).map((statement) => demand(manager, statement)),
    ]);
    if (written!.moved !== 1) throw new DomainError('CASE_MOVED', { seq: before.seq });
    // SD-01 in the table: a second duty of one person finds his row and changes nothing.
    if (advance.claimsDuty && written!.claimed !== 1) {
      throw new DomainError('DUTY_CONFLICT', {
        duty: dutyLabels[advance.claimsDuty],
        stage: stageLabels[before.stage],
      });
    }
  } catch (error) {
    // Another process committed the same action in between: the second run finds the first (architecture § 3).
    if (databaseFault(error)?.constraint === 'case_act_action_id_key') throw new DomainError('CASE_BUSY');
    throw error;
  }
  if (advance.releasesInvoices) {
    await rows(manager, `UPDATE expense_document SET live = false WHERE case_no = $1 AND live`, [row.caseNo]);
  }
  return position;
}

/**
 * Everything that hangs on the move of the case comes from its row: none of it is written when the case was not where the act saw
 * it. `opened` asks for `closed` first: one open task a case.
 */
const actStatement = `
WITH moved AS (
  UPDATE cases SET seq = $2, stage = $3, waiting = $4, supplement_used = $5, outcome = $6, round = $7, order_no = $8,
    order_state = $9, paid_once = $10, delivered = $11, last_act = $12, last_actor_id = $13, head_hash = $14,
    next_rung_at = $15,
    proposal_outcome = CASE WHEN $16 THEN $17 ELSE proposal_outcome END,
    proposed_fen = CASE WHEN $18 THEN $19::bigint ELSE proposed_fen END,
    payable_fen = CASE WHEN $20 THEN $21::bigint ELSE payable_fen END,
    accepted_at = CASE WHEN $22 THEN $23::timestamptz ELSE accepted_at END,
    decided_at = CASE WHEN $24 THEN $23::timestamptz WHEN $25 THEN NULL ELSE decided_at END,
    paid_at = CASE WHEN $26 THEN $23::timestamptz ELSE paid_at END,
    delivered_at = CASE WHEN $27 THEN $23::timestamptz ELSE delivered_at END,
    closed_at = CASE WHEN $3 = 'closed' THEN $23::timestamptz ELSE NULL END
  WHERE case_no = $1 AND seq = $2 - 1 RETURNING case_no),
closed AS (
  UPDATE task SET state = CASE WHEN $28 THEN 'done' ELSE state END,
    closed_seq = CASE WHEN $28 THEN $2::integer END, closed_at = CASE WHEN $28 THEN $23::timestamptz END,
    closed_by = CASE WHEN $28 THEN $13 END, paused = ($4::text IS NOT NULL),
    due_clock = CASE WHEN $28 THEN due_clock ELSE $29 END, due_party = CASE WHEN $28 THEN due_party ELSE $50 END,
    due_at = CASE WHEN $28 THEN due_at ELSE $30::timestamptz END,
    due_date = CASE WHEN $28 THEN due_date ELSE $31::date END,
    provisional = CASE WHEN $28 THEN provisional ELSE $32::boolean END
  WHERE case_no = $1 AND state = 'open' AND ($28 OR $33) AND EXISTS (SELECT 1 FROM moved) RETURNING 1),
acted AS (
  INSERT INTO case_act (case_no, seq, action_id, act, actor_id, stage_from, stage_to, round, duty, facts, at, prev_hash, hash)
  SELECT case_no, $2, $34, $12, $13, $35, $3, $7, $36::text, $37::jsonb, $23::timestamptz, $38::bytea, $14 FROM moved),
opened AS (
  INSERT INTO task (case_no, agency_id, matter, stage, posts, round, amount_fen, due_clock, due_party, due_at, due_date,
    provisional, opened_seq, opened_at)
  SELECT case_no, $39, $40, $3, $41::text[], $7, $42::bigint, $29, $50, $30::timestamptz, $31::date, $32::boolean, $2,
    $23::timestamptz FROM moved WHERE $43 AND (SELECT count(*) FROM closed) >= 0),
clocked AS (
  INSERT INTO clock (case_no, clock, run, level, party, state, ledger, due_at, due_date, provisional, calendar_version,
    stopped_at, next_rung_at)
  SELECT case_no, l.value->>'clock', (l.value->>'run')::int, l.value->>'level', COALESCE(l.value->>'party', 'own'), l.value->>'state',
    l.value - '{nextRungAt,recorded,breached}'::text[],
    (l.value->>'dueAt')::timestamptz, (l.value->>'dueDate')::date, (l.value->>'provisional')::boolean,
    l.value->>'calendarVersion', (l.value->>'stoppedAt')::timestamptz, (l.value->>'nextRungAt')::timestamptz
  FROM moved, jsonb_array_elements($44::jsonb) l
  ON CONFLICT (case_no, clock, run) DO UPDATE SET state = excluded.state, ledger = excluded.ledger, due_at = excluded.due_at,
    due_date = excluded.due_date, provisional = excluded.provisional, calendar_version = excluded.calendar_version,
    stopped_at = excluded.stopped_at, next_rung_at = excluded.next_rung_at),
clock_events AS (
  INSERT INTO clock_event (case_no, clock, run, seq, event, at, facts)
  SELECT case_no, e.value->>'clock', (e.value->>'run')::int, $2, e.value->>'event', $23::timestamptz, e.value->'facts'
  FROM moved, jsonb_array_elements($45::jsonb) e),
boxed AS (
  INSERT INTO outbox (topic, case_no, key, payload)
  SELECT o.value->>'topic', case_no, o.value->>'key', o.value->'payload' FROM moved, jsonb_array_elements($46::jsonb) o),
noticed AS (
  INSERT INTO notice_content (case_no, seq, notice, body_enc, digest)
  SELECT case_no, $2, n.notice, n.sealed, n.digest
  FROM moved, unnest($47::text[], $48::bytea[], $49::bytea[]) n(notice, sealed, digest)),
claimed AS (
  INSERT INTO case_duty (case_no, person_id, duty, since_seq) SELECT case_no, $13, $36, $2 FROM moved WHERE $36 IS NOT NULL
  ON CONFLICT (case_no, person_id) DO UPDATE SET since_seq = case_duty.since_seq WHERE case_duty.duty = excluded.duty
  RETURNING duty)
SELECT (SELECT count(*) FROM moved) AS moved, (SELECT count(*) FROM claimed) AS claimed`;

async function demand(manager: EntityManager, { sql, parameters, demandsOneRow }: Statement): Promise<void> {
  const touched = await rows(manager, sql, parameters);
  if (demandsOneRow && touched.length !== 1) throw new DomainError(demandsOneRow);
}

function instantsOf(advance: Advance) {
  const has = (event: Advance['events'][number]) => advance.events.includes(event);
  return { accepted: has('accepted'), decided: has('decided'), paid: has('paid'), delivered: has('delivered') };
}

function outboxRows(row: ActRow, { definition }: ActToWrite) {
  return definition.notices
    .filter(({ on }) => on === row.act)
    .map(({ notice }) => ({
      topic: 'notice',
      key: `notice:${row.caseNo}:${row.seq}:${notice}`,
      payload: { notice, act: row.act, seq: row.seq },
    }));
}

const isSame = (a: ClockLedger, b: ClockLedger) => a.clock === b.clock && a.run === b.run;

function merge(before: CaseRecord['clocks'], changes: readonly ClockChange[]): CaseRecord['clocks'] {
  const kept = before.map((old) => {
    const change = changes.find((c) => isSame(c.ledger, old));
    return change ? { ...change.ledger, breached: old.breached, recorded: old.recorded } : old;
  });
  const added = changes.filter((c) => !before.some((old) => isSame(c.ledger, old)));
  return [...kept, ...added.map((c) => ({ ...c.ledger, breached: false, recorded: [] }))];
}

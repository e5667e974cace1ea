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
import type { OutboxEntry } from '../outbox/outbox';
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
  /** Duties beside the notices that the definition hangs on this act. */
  tells?: readonly Omit<OutboxEntry, 'caseNo'>[];
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

/** `writeActs` for one case. */
export async function writeAct(
  manager: EntityManager,
  cipher: ColumnCipher,
  record: ActingCase,
  write: ActToWrite,
): Promise<CasePosition> {
  const [position] = await writeActs(manager, cipher, [{ record, write }]);
  return position!;
}

/**
 * Writes one act on each of some cases in the caller's transaction: their own rows, then in one statement cases, act rows with their
 * links, tasks, duties, clocks with their events, notices, outbox. Each update is conditional on `seq`; when another act came first
 * nothing hangs on it and CASE_MOVED is thrown. Returns the positions as committed, with the next instant their clocks want to be
 * looked at.
 */
export async function writeActs(
  manager: EntityManager,
  cipher: ColumnCipher,
  acts: readonly { record: ActingCase; write: ActToWrite }[],
): Promise<CasePosition[]> {
  const prepared = await Promise.all(acts.map(({ record, write }) => prepare(manager, cipher, record, write)));
  const acting = rows<{ moved: number; claimed: number }>(manager, actStatement, [
    JSON.stringify(prepared.map(({ row }) => row)),
  ]);
  const claims = acts.filter(({ write }) => write.advance.claimsDuty !== null);
  const releasing = acts.filter(({ write }) => write.advance.releasesInvoices);
  try {
    const [[written]] = await Promise.all([
      acting,
      ...acts.flatMap(({ write }) => (write.writes ?? []).map((statement) => demand(manager, statement))),
    ]);
    const [first] = acts;
    if (written!.moved !== acts.length) throw new DomainError('CASE_MOVED', { seq: first!.record.position.seq });
    // SD-01 in the table: a second duty of one person finds his row and changes nothing.
    if (written!.claimed !== claims.length) {
      const { record, write } = claims[0]!;
      throw new DomainError('DUTY_CONFLICT', {
        duty: dutyLabels[write.advance.claimsDuty!],
        stage: stageLabels[record.position.stage],
      });
    }
  } catch (error) {
    // Another process committed the same action in between: the second run finds the first (architecture § 3).
    if (databaseFault(error)?.constraint === 'case_act_action_id_key') throw new DomainError('CASE_BUSY');
    throw error;
  }
  if (releasing.length > 0) {
    await rows(manager, `UPDATE expense_document SET live = false WHERE case_no = ANY ($1::text[]) AND live`, [
      releasing.map(({ record }) => record.position.caseNo),
    ]);
  }
  return prepared.map(({ position }) => position);
}

async function prepare(manager: EntityManager, cipher: ColumnCipher, record: ActingCase, write: ActToWrite) {
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
  const position: CasePosition = { ...advance.position, nextRungAt: nextRungAt(clocks, calendar) };
  const leading = leadingClock(clocks);
  const signed: ActRow = {
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
  const hash = cipher.chain(record.headHash, chainText(signed));
  const has = (event: Advance['events'][number]) => advance.events.includes(event);
  const sets = write.sets ?? {};
  const row = {
    case_no: before.caseNo,
    seq: position.seq,
    stage: position.stage,
    waiting: position.waiting,
    supplement_used: position.supplementUsed,
    outcome: position.outcome,
    round: position.round,
    order_no: position.order?.orderNo ?? null,
    order_state: position.order?.state ?? null,
    paid_once: position.paidOnce,
    delivered: position.delivered,
    act,
    actor_id: actorId,
    prev_hash: record.headHash.toString('hex'),
    hash: hash.toString('hex'),
    next_rung_at: position.nextRungAt,
    sets_proposal: sets.proposalOutcome !== undefined,
    proposal_outcome: sets.proposalOutcome ?? null,
    sets_proposed: sets.proposedFen !== undefined,
    proposed_fen: sets.proposedFen ?? null,
    sets_payable: sets.payableFen !== undefined,
    payable_fen: sets.payableFen ?? null,
    at: signed.at,
    is_accepted: has('accepted'),
    is_decided: has('decided'),
    is_voided: advance.voidsDecision,
    is_paid: has('paid'),
    is_delivered: has('delivered'),
    closes_task: advance.closesTask,
    dates_task: changes.length > 0 || position.waiting !== before.waiting,
    due_clock: leading?.clock ?? null,
    due_party: leading?.party ?? 'own',
    due_at: leading?.dueAt ?? null,
    due_date: leading?.dueDate ?? null,
    provisional: leading?.provisional ?? false,
    action_id: signed.actionId,
    stage_from: signed.stageFrom,
    duty: signed.duty,
    facts: signed.facts,
    opens_task: advance.opensTask,
    agency_id: record.agencyId,
    matter: record.matter,
    posts: stageOf(definition, position.stage)?.posts ?? [],
    amount_fen:
      position.outcome === null || position.outcome === 'approved'
        ? (sets.payableFen ?? sets.proposedFen ?? record.payableFen ?? record.proposedFen ?? record.totalFen)
        : 0,
    batch_no: batchOfTask(position),
    clocks: changes.map(({ ledger }) => ({ ...ledger, nextRungAt: nextOf(ledger) })),
    clock_events: changes.map(clockEventRow),
    outbox: [...outboxRows(signed, write), ...(write.tells ?? [])],
    notices: (write.notices ?? []).map(({ notice, sealed, digest }) => ({
      notice,
      sealed: sealed.toString('base64'),
      digest: digest.toString('hex'),
    })),
  };
  return { row, position };
}

/** The checks of an order that is drawn in a batch are the batch's; anything else is one person's task. */
function batchOfTask({ order }: CasePosition): string | null {
  return order?.state === 'drawn' || order?.state === 'reviewed' ? (order.batchNo ?? null) : null;
}

/**
 * Everything that hangs on the move of a case comes from its row: none of it is written when the case was not where the act saw
 * it. `opened` asks for `closed` first: one open task a case.
 */
const actStatement = `
WITH a AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS a(case_no text, seq integer, stage text, waiting text, supplement_used boolean,
    outcome text, round integer, order_no text, order_state text, paid_once boolean, delivered boolean, act text, actor_id text,
    prev_hash text, hash text, next_rung_at timestamptz, sets_proposal boolean, proposal_outcome text, sets_proposed boolean,
    proposed_fen bigint, sets_payable boolean, payable_fen bigint, at timestamptz, is_accepted boolean, is_decided boolean,
    is_voided boolean, is_paid boolean, is_delivered boolean, closes_task boolean, dates_task boolean, due_clock text,
    due_party text, due_at timestamptz, due_date date, provisional boolean, action_id text, stage_from text, duty text, facts jsonb,
    opens_task boolean, agency_id text, matter text, posts text[], amount_fen bigint, batch_no text, clocks jsonb,
    clock_events jsonb, outbox jsonb, notices jsonb)),
moved AS (
  UPDATE cases c SET seq = a.seq, stage = a.stage, waiting = a.waiting, supplement_used = a.supplement_used, outcome = a.outcome,
    round = a.round, order_no = a.order_no, order_state = a.order_state, paid_once = a.paid_once, delivered = a.delivered,
    last_act = a.act, last_actor_id = a.actor_id, head_hash = decode(a.hash, 'hex'), next_rung_at = a.next_rung_at,
    proposal_outcome = CASE WHEN a.sets_proposal THEN a.proposal_outcome ELSE c.proposal_outcome END,
    proposed_fen = CASE WHEN a.sets_proposed THEN a.proposed_fen ELSE c.proposed_fen END,
    payable_fen = CASE WHEN a.sets_payable THEN a.payable_fen ELSE c.payable_fen END,
    accepted_at = CASE WHEN a.is_accepted THEN a.at ELSE c.accepted_at END,
    decided_at = CASE WHEN a.is_decided THEN a.at WHEN a.is_voided THEN NULL ELSE c.decided_at END,
    paid_at = CASE WHEN a.is_paid THEN a.at ELSE c.paid_at END,
    delivered_at = CASE WHEN a.is_delivered THEN a.at ELSE c.delivered_at END,
    closed_at = CASE WHEN a.stage = 'closed' THEN a.at ELSE NULL END
  FROM a WHERE c.case_no = a.case_no AND c.seq = a.seq - 1 RETURNING a.*),
closed AS (
  UPDATE task t SET state = CASE WHEN m.closes_task THEN 'done' ELSE t.state END,
    closed_seq = CASE WHEN m.closes_task THEN m.seq END, closed_at = CASE WHEN m.closes_task THEN m.at END,
    closed_by = CASE WHEN m.closes_task THEN m.actor_id END, paused = (m.waiting IS NOT NULL),
    due_clock = CASE WHEN m.closes_task THEN t.due_clock ELSE m.due_clock END,
    due_party = CASE WHEN m.closes_task THEN t.due_party ELSE m.due_party END,
    due_at = CASE WHEN m.closes_task THEN t.due_at ELSE m.due_at END,
    due_date = CASE WHEN m.closes_task THEN t.due_date ELSE m.due_date END,
    provisional = CASE WHEN m.closes_task THEN t.provisional ELSE m.provisional END
  FROM moved m WHERE t.case_no = m.case_no AND t.state = 'open' AND (m.closes_task OR m.dates_task) RETURNING 1),
acted AS (
  INSERT INTO case_act (case_no, seq, action_id, act, actor_id, stage_from, stage_to, round, duty, facts, at, prev_hash, hash)
  SELECT case_no, seq, action_id, act, actor_id, stage_from, stage, round, duty, facts, at, decode(prev_hash, 'hex'),
    decode(hash, 'hex') FROM moved),
opened AS (
  INSERT INTO task (case_no, agency_id, matter, stage, posts, round, amount_fen, due_clock, due_party, due_at, due_date,
    provisional, opened_seq, opened_at, batch_no)
  SELECT case_no, agency_id, matter, stage, posts, round, amount_fen, due_clock, due_party, due_at, due_date, provisional, seq,
    at, batch_no FROM moved WHERE opens_task AND (SELECT count(*) FROM closed) >= 0),
clocked AS (
  INSERT INTO clock (case_no, clock, run, level, party, state, ledger, due_at, due_date, provisional, calendar_version,
    stopped_at, next_rung_at)
  SELECT case_no, l.value->>'clock', (l.value->>'run')::int, l.value->>'level', COALESCE(l.value->>'party', 'own'), l.value->>'state',
    l.value - '{nextRungAt,recorded,breached}'::text[],
    (l.value->>'dueAt')::timestamptz, (l.value->>'dueDate')::date, (l.value->>'provisional')::boolean,
    l.value->>'calendarVersion', (l.value->>'stoppedAt')::timestamptz, (l.value->>'nextRungAt')::timestamptz
  FROM moved, jsonb_array_elements(moved.clocks) l
  ON CONFLICT (case_no, clock, run) DO UPDATE SET state = excluded.state, ledger = excluded.ledger, due_at = excluded.due_at,
    due_date = excluded.due_date, provisional = excluded.provisional, calendar_version = excluded.calendar_version,
    stopped_at = excluded.stopped_at, next_rung_at = excluded.next_rung_at),
clock_events AS (
  INSERT INTO clock_event (case_no, clock, run, seq, event, at, facts)
  SELECT case_no, e.value->>'clock', (e.value->>'run')::int, seq, e.value->>'event', at, e.value->'facts'
  FROM moved, jsonb_array_elements(moved.clock_events) e),
boxed AS (
  INSERT INTO outbox (topic, case_no, key, payload)
  SELECT o.value->>'topic', case_no, o.value->>'key', o.value->'payload' FROM moved, jsonb_array_elements(moved.outbox) o),
noticed AS (
  INSERT INTO notice_content (case_no, seq, notice, body_enc, digest)
  SELECT case_no, seq, n.value->>'notice', decode(n.value->>'sealed', 'base64'), decode(n.value->>'digest', 'hex')
  FROM moved, jsonb_array_elements(moved.notices) n),
claimed AS (
  INSERT INTO case_duty (case_no, person_id, duty, since_seq)
  SELECT case_no, actor_id, duty, seq FROM moved WHERE duty IS NOT NULL
  ON CONFLICT (case_no, person_id) DO UPDATE SET since_seq = case_duty.since_seq WHERE case_duty.duty = excluded.duty
  RETURNING duty)
SELECT (SELECT count(*) FROM moved) AS moved, (SELECT count(*) FROM claimed) AS claimed`;

async function demand(manager: EntityManager, { sql, parameters, demandsOneRow }: Statement): Promise<void> {
  const touched = await rows(manager, sql, parameters);
  if (demandsOneRow && touched.length !== 1) throw new DomainError(demandsOneRow);
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

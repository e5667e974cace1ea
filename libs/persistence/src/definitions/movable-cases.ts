import type { CaseEvent, Duty, MovableCase, Outcome, Post, Stage } from '@banjie/domain';
import type { EntityManager } from 'typeorm';
import { rows } from '../data-source';

export interface OpenTask {
  stage: Stage;
  posts: Post[];
  holderPosts: Post[] | null;
}

/** A running case with what its move depends on, and the task that is open. */
export interface MovableRecord {
  subject: MovableCase;
  task: OpenTask | null;
}

interface Row {
  caseNo: string;
  seq: number;
  stage: Stage;
  waiting: 'supplement' | null;
  outcome: Outcome | null;
  version: number;
  duties: { personId: string; duty: Duty }[] | null;
  clocks: MovableCase['clocks'] | null;
  reasons: string[] | null;
  task: OpenTask | null;
  accepted: boolean;
  decided: boolean;
  paid: boolean;
  /** Money of the case has come back; `repaid`: it was paid anew since. */
  returned: boolean;
  repaid: boolean;
  delivered: boolean;
  payableFen: number | null;
}

/** Reads some cases at once, in the order of their numbers. */
export async function readMovableCases(manager: EntityManager, caseNos: readonly string[]): Promise<MovableRecord[]> {
  const found = await rows<Row>(
    manager,
    `SELECT c.case_no AS "caseNo", c.seq, c.stage, c.waiting, c.outcome, c.definition_version AS version,
       c.payable_fen AS "payableFen", c.accepted_at IS NOT NULL AS accepted,
       c.decided_at IS NOT NULL AS decided, c.paid_at IS NOT NULL AS paid, c.delivered_at IS NOT NULL AS delivered,
       b.returned, b.returned AND c.order_state = 'paid' AS repaid,
       (SELECT json_agg(json_build_object('personId', d.person_id, 'duty', d.duty)) FROM case_duty d WHERE d.case_no = c.case_no)
         AS duties,
       (SELECT json_agg(k.ledger || jsonb_build_object('breached', k.breached) ORDER BY k.clock, k.run)
         FROM clock k WHERE k.case_no = c.case_no) AS clocks,
       (SELECT json_agg(DISTINCT r.code) FROM (
          SELECT g.value->>'code' AS code FROM case_act a, jsonb_array_elements(a.facts->'reasons') g
          WHERE a.case_no = c.case_no AND jsonb_typeof(a.facts->'reasons') = 'array'
          UNION SELECT l.reason_code FROM line_deduction l WHERE l.case_no = c.case_no) r) AS reasons,
       (SELECT json_build_object('stage', t.stage, 'posts', t.posts, 'holderPosts', h.posts)
         FROM task t LEFT JOIN staff_account h ON h.id = t.holder_id WHERE t.case_no = c.case_no AND t.state = 'open') AS task
     FROM cases c, LATERAL (SELECT EXISTS (SELECT 1 FROM payout_order o WHERE o.case_no = c.case_no AND o.state = 'returned') AS returned) b
     WHERE c.case_no = ANY($1) ORDER BY c.case_no`,
    [caseNos],
  );
  return found.map((row) => ({
    subject: {
      position: {
        caseNo: row.caseNo,
        seq: row.seq,
        stage: row.stage,
        waiting: row.waiting,
        outcome: row.outcome,
        duties: row.duties ?? [],
      },
      definitionVersion: row.version,
      clocks: row.clocks ?? [],
      events: eventsOf(row),
      reasons: row.reasons ?? [],
    },
    task: row.task,
  }));
}

function eventsOf(row: Row): CaseEvent[] {
  const owesNothing = row.decided && (row.payableFen ?? 0) === 0;
  const happened: [boolean, CaseEvent][] = [
    [true, 'received'],
    [row.accepted, 'accepted'],
    [row.outcome === 'refusedAcceptance', 'acceptanceRefused'],
    [row.decided, 'decided'],
    [owesNothing, 'decidedNothingToPay'],
    [row.paid, 'paid'],
    [row.returned, 'paymentReturned'],
    [row.repaid, 'repaid'],
    [row.delivered, 'delivered'],
    [row.outcome === 'withdrawn', 'withdrawn'],
  ];
  return happened.filter(([is]) => is).map(([, event]) => event);
}

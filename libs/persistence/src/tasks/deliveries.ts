import type { ClockLedger, Post, Stage } from '@banjie/domain';
import type { DataSource } from 'typeorm';
import { rows } from '../data-source';

export interface DeliveryRow {
  caseNo: string;
  matter: string;
  /** Where the case lies with finance meanwhile. */
  stage: Stage;
  payableFen: number | null;
  decidedAt: Date;
  dueClock: string | null;
  dueAt: Date | null;
  dueDate: string | null;
  isProvisional: boolean;
  ledger: ClockLedger | null;
}

/** After which a page begins: due instant (null: none) and case number of the last row. */
export interface DeliveryPlace {
  dueAt: Date | null;
  caseNo: string;
}

/**
 * What is decided and not yet handed over while finance goes on (C-02): a matter that pays outside its review limit has the delivery
 * beside the stage, and the task of the stage is somebody else's. By due instant of the clock that 送达 stops; read from the index of
 * what is undelivered, whose size is that of the waiting deliveries.
 */
export function findDeliveries(
  dataSource: DataSource,
  owner: { agencyId: string; posts: readonly Post[] },
  page: { after: DeliveryPlace | null; limit: number },
): Promise<DeliveryRow[]> {
  return rows<DeliveryRow>(
    dataSource,
    `SELECT c.case_no AS "caseNo", c.matter, c.stage, c.payable_fen AS "payableFen", c.decided_at AS "decidedAt", k.clock AS "dueClock",
       k.due_at AS "dueAt", k.due_date AS "dueDate", coalesce(k.provisional, false) AS "isProvisional", k.ledger
     FROM cases c
       JOIN matter_definition d ON d.matter = c.matter AND d.version = c.definition_version
       LEFT JOIN LATERAL (SELECT o.clock, o.due_at, o.due_date, o.provisional, o.ledger
         FROM clock o, jsonb_array_elements(d.body->'clocks') AS defined
         WHERE o.case_no = c.case_no AND o.state <> 'stopped' AND defined->>'clock' = o.clock AND defined->'stopsOn' ? 'delivered'
         ORDER BY o.due_at LIMIT 1) k ON true
     WHERE c.agency_id = $1 AND c.outcome = 'approved' AND NOT c.delivered AND c.stage NOT IN ('deliver', 'archive', 'closed')
       AND EXISTS (SELECT 1 FROM jsonb_array_elements(d.body->'applicantActs') AS beside
         WHERE beside->>'act' = 'deliver' AND beside->'posts' ?| $2::text[])
       AND (coalesce(k.due_at, 'infinity'::timestamptz), c.case_no) > (coalesce($3::timestamptz, $4::timestamptz), $5)
     ORDER BY coalesce(k.due_at, 'infinity'::timestamptz), c.case_no LIMIT $6`,
    [
      ...[owner.agencyId, owner.posts, page.after?.dueAt ?? null, page.after ? 'infinity' : '-infinity'],
      ...[page.after?.caseNo ?? '', page.limit],
    ],
  );
}

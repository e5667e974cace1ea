import type { ClockLedger } from '@banjie/domain';
import type { DataSource } from 'typeorm';
import { rows } from '../data-source';

export interface FoundPause {
  personId: string;
  displayName: string;
  caseNo: string;
  at: Date;
  clocks: ClockLedger[];
}

/** Every act of an agency's staff that asked for 补正 or opened another pause in a stretch of time. */
export function findPauses(dataSource: DataSource, agencyId: string, from: Date, to: Date): Promise<FoundPause[]> {
  return rows<FoundPause>(
    dataSource,
    `SELECT a.actor_id AS "personId", COALESCE(s.display_name, '未知人员') AS "displayName", a.case_no AS "caseNo", a.at,
       COALESCE((SELECT json_agg(k.ledger ORDER BY k.clock, k.run) FROM clock k WHERE k.case_no = a.case_no
         AND k.ledger->'pauses' <> '[]'), '[]') AS clocks
     FROM case_act a JOIN cases c ON c.case_no = a.case_no LEFT JOIN staff_account s ON s.id::text = a.actor_id
     WHERE a.act IN ('askSupplement', 'openPause') AND a.at >= $2 AND a.at < $3 AND c.agency_id = $1
     ORDER BY a.at, a.case_no, a.seq`,
    [agencyId, from, to],
  );
}

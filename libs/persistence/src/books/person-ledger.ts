import type { DataSource, EntityManager } from 'typeorm';
import { inSnapshot } from '../board/snapshot';
import { rows } from '../data-source';

/** What a line tells of; each is there once. */
export type LedgerKind = 'decision' | 'order' | 'return' | 'overpaid' | 'recovery' | 'receipt' | 'offset';

export interface LedgerLine {
  kind: LedgerKind;
  at: Date;
  caseNo: string;
  /** The decision's round, the number of the order or of the claim. */
  reference: string;
  state: string | null;
  amountFen: number;
  /** By how much this moved money to the person (+) or back (−), as our books say; 0 where it moved none. */
  movedFen: number;
  /** What the bank's statement says of it; null where it says nothing, or nothing yet. */
  bank: { entryNo: number; at: string; fen: number } | null;
}

/** 分. `owed` and `claimed` are what is open; `moved` − `bank` is what the statement has not told yet. */
export interface LedgerTotals {
  decidedFen: number;
  paidFen: number;
  overpaidFen: number;
  recoveryFen: number;
  receivedFen: number;
  offsetFen: number;
  owedFen: number;
  claimedFen: number;
  movedFen: number;
  bankFen: number;
}

export interface PersonLedger {
  nameEnc: Buffer;
  idNumberEnc: Buffer;
  lines: LedgerLine[];
  totals: LedgerTotals;
}

const bankOf = (entry: string, sign: '' | '-') =>
  `CASE WHEN ${entry}.entry_no IS NOT NULL THEN json_build_object('entryNo', ${entry}.entry_no, 'at', ${entry}.at, 'fen', ${sign}${entry}.amount_fen) END`;

/**
 * Everything an agency decided for, paid to and claimed from one insured person, each line with the bank's fact (bar 61); null where it
 * has no case of his. Read from decisions, orders, claims and entries; no posting is asked, as no total stands on one.
 */
export async function readPersonLedger(
  dataSource: DataSource,
  { agencyId, personId }: { agencyId: string; personId: string },
): Promise<PersonLedger | null> {
  return inSnapshot(dataSource, async (manager) => {
    const [person] = await rows<{ nameEnc: Buffer; idNumberEnc: Buffer }>(
      manager,
      `SELECT name_enc AS "nameEnc", id_number_enc AS "idNumberEnc" FROM insured_person p
       WHERE id = $1 AND EXISTS (SELECT 1 FROM cases WHERE person_id = p.id AND agency_id = $2)`,
      [personId, agencyId],
    );
    if (!person) return null;
    const lines = await readLines(manager, agencyId, personId);
    return { ...person, lines, totals: totalsOf(lines) };
  });
}

function readLines(manager: EntityManager, agencyId: string, personId: string): Promise<LedgerLine[]> {
  return rows<LedgerLine>(
    manager,
    `WITH mine AS (SELECT case_no FROM cases WHERE person_id = $2 AND agency_id = $1),
     claims AS (SELECT * FROM recovery WHERE person_id = $2 AND agency_id = $1)
     SELECT kind, at, case_no AS "caseNo", reference, state, amount_fen AS "amountFen", moved_fen AS "movedFen", bank FROM (
       SELECT 'decision' AS kind, d.decided_at AS at, d.case_no, (d.round + 1)::text AS reference,
         CASE WHEN d.voided_at IS NULL THEN 'standing' ELSE 'voided' END AS state, d.payable_fen AS amount_fen, 0::bigint AS moved_fen,
         NULL::json AS bank
       FROM decision d JOIN mine USING (case_no) WHERE d.outcome = 'approved' AND d.payee_digest IS NOT NULL AND d.payable_fen > 0
       UNION ALL
       SELECT 'order', coalesce(o.sent_at, o.drawn_at), o.case_no, o.order_no, o.state, o.amount_fen,
         CASE WHEN o.state IN ('paid', 'returned') THEN o.amount_fen ELSE 0 END, ${bankOf('e', '')}
       FROM payout_order o JOIN mine USING (case_no) LEFT JOIN bank_entry e ON e.entry_no = o.debit_entry_no
       UNION ALL
       SELECT 'return', coalesce(e.at, o.settled_at), o.case_no, o.order_no, o.state, o.amount_fen, -o.amount_fen, ${bankOf('e', '-')}
       FROM payout_order o JOIN mine USING (case_no) LEFT JOIN bank_entry e ON e.entry_no = o.return_entry_no WHERE o.state = 'returned'
       UNION ALL
       SELECT 'overpaid', s.at, o.case_no, o.order_no, NULL, e.amount_fen, e.amount_fen, ${bankOf('e', '')}
       FROM suspense_clearing s JOIN bank_entry e ON e.entry_no = s.entry_no JOIN payout_order o ON o.order_no = e.order_no
         JOIN mine USING (case_no) WHERE s.clearing = 'overpaid'
       UNION ALL
       SELECT 'recovery', r.at, r.case_no, r.recovery_no, CASE WHEN r.entry_no IS NULL THEN 'benefit' ELSE 'overpaid' END, r.amount_fen, 0, NULL
       FROM claims r
       UNION ALL
       SELECT 'receipt', p.at, r.case_no, r.recovery_no, NULL, p.amount_fen, -p.amount_fen, ${bankOf('e', '-')}
       FROM recovery_receipt p JOIN claims r USING (recovery_no) JOIN bank_entry e ON e.entry_no = p.entry_no
       UNION ALL
       SELECT 'offset', f.at, f.case_no, f.recovery_no, CASE WHEN f.voided_at IS NULL THEN 'standing' ELSE 'voided' END, f.amount_fen, 0, NULL
       FROM recovery_offset f JOIN claims r USING (recovery_no)) lines
     ORDER BY at, case_no, reference, kind`,
    [agencyId, personId],
  );
}

function totalsOf(lines: readonly LedgerLine[]): LedgerTotals {
  const sum = (kind: LedgerKind, holds: (line: LedgerLine) => boolean = () => true) =>
    lines.filter((line) => line.kind === kind && holds(line)).reduce((total, { amountFen }) => total + amountFen, 0);
  const decidedFen = sum('decision', ({ state }) => state === 'standing');
  const paidFen = sum('order', ({ state }) => state === 'paid');
  const overpaidFen = sum('overpaid');
  const recoveryFen = sum('recovery', ({ state }) => state === 'benefit');
  const receivedFen = sum('receipt');
  const offsetFen = sum('offset', ({ state }) => state === 'standing');
  return {
    ...{ decidedFen, paidFen, overpaidFen, recoveryFen, receivedFen, offsetFen },
    owedFen: decidedFen - offsetFen - paidFen,
    claimedFen: recoveryFen + overpaidFen - receivedFen - offsetFen,
    movedFen: lines.reduce((total, { movedFen }) => total + movedFen, 0),
    bankFen: lines.reduce((total, { bank }) => total + (bank?.fen ?? 0), 0),
  };
}

import { randomUUID } from 'node:crypto';
import type { CrossRegionFiling, CrossRegionFilingKind } from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { rows } from '../data-source';

export interface CrossRegionFilingEntry {
  personId: string;
  agencyId: string;
  /** The case of P-20 or P-21; null for what was taken over from an older register. */
  caseNo: string | null;
  kind: CrossRegionFilingKind;
  /** Dates 'YYYY-MM-DD', first and last day included. */
  filedOn: string;
  validFrom: string;
  validTo: string | null;
  targetRegionCode: string | null;
  /** At most three (R-FL-02). */
  hospitalCodes: readonly string[];
  /** Codes and dates alone, no personal data. `certificateIssuedOn` is needed of a referral (K-20). */
  source: { certificateIssuedOn?: string } & Record<string, unknown>;
}

const columns = `id, kind, filed_on AS "filedOn", valid_from AS "validFrom", valid_to AS "validTo",
  target_region_code AS "targetRegionCode", hospital_codes AS "hospitalCodes", cancelled_on AS "cancelledOn",
  source->>'certificateIssuedOn' AS "certificateIssuedOn"`;

/**
 * Adds a filing in the transaction of the decision that makes it and answers its id. A case makes one: the second time its
 * id is answered and nothing is added.
 */
export async function addCrossRegionFiling(
  manager: EntityManager | DataSource,
  entry: CrossRegionFilingEntry,
): Promise<string> {
  const [added] = await rows<{ id: string }>(
    manager,
    `INSERT INTO cross_region_filing (id, person_id, agency_id, case_no, kind, filed_on, valid_from, valid_to,
       target_region_code, hospital_codes, source)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text[], $11)
     ON CONFLICT (case_no) WHERE case_no IS NOT NULL DO NOTHING RETURNING id`,
    [
      randomUUID(),
      entry.personId,
      entry.agencyId,
      entry.caseNo,
      entry.kind,
      entry.filedOn,
      entry.validFrom,
      entry.validTo,
      entry.targetRegionCode,
      entry.hospitalCodes,
      JSON.stringify(entry.source),
    ],
  );
  if (added) return added.id;
  const [known] = await rows<{ id: string }>(manager, `SELECT id FROM cross_region_filing WHERE case_no = $1`, [
    entry.caseNo,
  ]);
  return known!.id;
}

/** Every filing of a person, newest first, those that ended or were cancelled too: a claim is told why one does not hold. */
export async function findCrossRegionFilings(
  manager: EntityManager | DataSource,
  personId: string,
): Promise<CrossRegionFiling[]> {
  return rows(
    manager,
    `SELECT ${columns} FROM cross_region_filing WHERE person_id = $1 ORDER BY filed_on DESC, created_at DESC, id`,
    [personId],
  );
}

/** The filings of a person that hold on a day, newest first. */
export async function findCrossRegionFilingsOn(
  manager: EntityManager | DataSource,
  personId: string,
  on: string,
): Promise<CrossRegionFiling[]> {
  return rows(
    manager,
    `SELECT ${columns} FROM cross_region_filing
     WHERE person_id = $1 AND valid_from <= $2 AND (valid_to IS NULL OR valid_to >= $2) AND (cancelled_on IS NULL OR cancelled_on > $2)
     ORDER BY filed_on DESC, created_at DESC, id`,
    [personId, on],
  );
}

/** Ends a filing from a day on (K-41). False when it was cancelled before: the first word stands. */
export async function cancelCrossRegionFiling(manager: EntityManager, id: string, on: string): Promise<boolean> {
  const cancelled = await rows(
    manager,
    `UPDATE cross_region_filing SET cancelled_on = $2 WHERE id = $1 AND cancelled_on IS NULL RETURNING id`,
    [id, on],
  );
  return cancelled.length === 1;
}

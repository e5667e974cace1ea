import { rows } from '@banjie/persistence';
import type { DataSource } from 'typeorm';
import { describeFault, type Log } from './log';

export interface LookedAtAgency {
  id: string;
  regionCode: string;
}

/**
 * Looks at one agency after another and sums what was found. One that cannot be looked at must not hide the others: it is logged, and the
 * first fault is thrown when all have had their turn.
 */
export async function everyAgency(
  dataSource: DataSource,
  log: Log,
  look: { name: string; except?: readonly string[]; at: (agency: LookedAtAgency) => Promise<number> },
): Promise<number> {
  const agencies = await rows<LookedAtAgency>(
    dataSource,
    `SELECT id, region_code AS "regionCode" FROM agency WHERE id <> ALL($1) ORDER BY id`,
    [look.except ?? []],
  );
  let found = 0;
  let fault: unknown = null;
  for (const agency of agencies) {
    try {
      found += await look.at(agency);
    } catch (error) {
      fault ??= error;
      log.warn({ agencyId: agency.id, fault: describeFault(error) }, `${look.name} not checked`);
    }
  }
  if (fault) throw fault;
  return found;
}

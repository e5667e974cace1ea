import { payDayOf, shanghaiDate, systemActors } from '@banjie/domain';
import { bankDaysOf, gatherBatch, rows } from '@banjie/persistence';
import type { BatchDependencies } from './batch-dependencies';

/**
 * 归集 by the schedule: what waits is gathered for the bank working day on which it can be paid. On a day on which the bank is closed
 * nothing is gathered; the next fire takes all of it. Fired twice for one pay day it answers with the batch that is there.
 */
export async function gatherScheduled(
  { dataSource, cipher, now = () => new Date() }: BatchDependencies,
  agencyId: string,
): Promise<string | null> {
  return dataSource.transaction(async (manager) => {
    const at = now();
    const [setting] = await rows<{ region_code: string; cut_off: string | null; gather_at: string | null }>(
      manager,
      `SELECT g.region_code, s.cut_off::text, s.gather_at::text FROM agency g, payout_setting_of(g.id, $2) s WHERE g.id = $1`,
      [agencyId, shanghaiDate(at.getTime())],
    );
    if (!setting || setting.gather_at === null) return null;
    const isBankDay = await bankDaysOf(manager, { agencyId, regionCode: setting.region_code });
    if (!isBankDay(shanghaiDate(at.getTime()))) return null;
    const payDate = payDayOf({ at: at.getTime(), cutOff: setting.cut_off, isBankDay });
    const [before] = await rows<{ made: number }>(
      manager,
      `SELECT count(*) AS made FROM payout_batch WHERE agency_id = $1 AND pay_date = $2 AND occasion = 'scheduled' AND state = 'void'`,
      [agencyId, payDate],
    );
    // After one that was made void the day is gathered anew.
    const actionId = `gather:${agencyId}:${payDate}${before!.made === 0 ? '' : `:${before!.made + 1}`}`;
    const about = { agencyId, payDate, occasion: 'scheduled' as const, actorId: systemActors.workflow, actionId, at };
    return gatherBatch(manager, cipher, about);
  });
}

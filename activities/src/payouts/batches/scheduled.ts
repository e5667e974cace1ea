import { isWorkingDay, payDayOf, systemActors } from '@banjie/domain';
import { currentCalendar, gatherBatch, rows } from '@banjie/persistence';
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
    const [[setting], bankDays] = await Promise.all([
      rows<{ region_code: string; cut_off: string | null; gather_at: string | null }>(
        manager,
        `SELECT g.region_code, s.cut_off::text, s.gather_at::text FROM agency g JOIN payout_setting s ON s.agency_id = g.id WHERE g.id = $1`,
        [agencyId],
      ),
      rows<{ day: string; open: boolean }>(manager, `SELECT day, open FROM bank_day WHERE agency_id = $1`, [agencyId]),
    ]);
    if (!setting || setting.gather_at === null) return null;
    const at = now();
    const calendar = await currentCalendar(manager, { agencyId, regionCode: setting.region_code });
    const differs = new Map(bankDays.map(({ day, open }) => [day, open]));
    const isBankDay = (date: string) => differs.get(date) ?? isWorkingDay(calendar, date);
    const payDate = payDayOf({ at: at.getTime(), cutOff: setting.cut_off, isBankDay });
    const actionId = `gather:${agencyId}:${payDate}`;
    const about = { agencyId, payDate, occasion: 'scheduled' as const, actorId: systemActors.workflow, actionId, at };
    return gatherBatch(manager, cipher, about);
  });
}

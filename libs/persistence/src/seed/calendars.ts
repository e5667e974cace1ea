import { builtInTables } from '@banjie/domain';
import type { EntityManager } from 'typeorm';
import { addYear, keepEditions, nationalScope, type CalendarLayer } from '../calendars/calendar-tables';
import { rows } from '../data-source';

/**
 * Version 1 of the calendar: the notices this release knows. From then on two persons change it; a later release adds
 * nothing by itself, because open clocks would move without a reason.
 */
export async function seedCalendars(manager: EntityManager): Promise<void> {
  const made = await rows(
    manager,
    `INSERT INTO calendar_version (number) VALUES (1) ON CONFLICT DO NOTHING RETURNING number`,
  );
  if (made.length === 0) return;
  const { national, regions } = builtInTables;
  const layers: [CalendarLayer, string, typeof national][] = [
    ['national', nationalScope, national],
    ...Object.entries(regions).map(
      ([region, years]) => ['region', region, years] as [CalendarLayer, string, typeof years],
    ),
  ];
  for (const [layer, scope, years] of layers) {
    for (const year of Object.values(years)) await addYear(manager, 1, { layer, scope }, year);
  }
  await keepEditions(manager, 1, builtInTables);
}

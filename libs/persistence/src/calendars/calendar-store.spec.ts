import { calendarFor, isWorkingDay } from '@banjie/domain';
import { createTestDatabase, receiveTestCase, seedTestWorld, testCipher, type TestDatabase } from '@banjie/testing';
import { rows } from '../data-source';
import { calendarByVersion, calendarNumber, calendarOf, currentCalendar } from './calendar-store';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

const office = { agencyId: '450206', regionCode: '450200' };

describe('the calendar in the database', () => {
  it('is unknown before it is seeded, instead of weekdays only', async () => {
    await expect(calendarNumber(database.dataSource)).resolves.toBe(0);
    await expect(calendarOf(database.dataSource.manager, office, 0)).rejects.toMatchObject({ code: 'UNKNOWN_REGION' });
  });

  it('is seeded with what this release knows: the same days, the same version', async () => {
    const world = await seedTestWorld(database.dataSource);
    await expect(calendarNumber(database.dataSource)).resolves.toBe(1);
    const stored = await calendarOf(database.dataSource.manager, office, 1);
    expect(stored).toEqual(calendarFor('450200'));
    expect(stored.version).toBe(calendarFor('450200').version);
    // An act and a reading count by one object: the day tables behind it are built once.
    expect(await currentCalendar(database.dataSource, office)).toBe(stored);
    expect((await currentCalendar(database.dataSource, { regionCode: null })).version).toBe(calendarFor().version);

    const { caseNo } = await receiveTestCase(database.dataSource, testCipher(), world);
    const clocks = await rows<{ version: string }>(
      database.dataSource,
      `SELECT DISTINCT calendar_version AS version FROM clock WHERE case_no = $1`,
      [caseNo],
    );
    expect(clocks).toEqual([{ version: stored.version }]);
    const named = await calendarByVersion(database.dataSource, clocks[0]!.version);
    expect(named).toEqual(stored);
    expect(isWorkingDay(named, '2026-04-20')).toBe(false);
    await expect(calendarByVersion(database.dataSource, '450200-1999-x')).rejects.toThrow(/不存在/);
  });

  it.each([
    [
      'a row beside its version',
      `INSERT INTO calendar_year (layer, scope, year, number, status, source, closed_days, make_up_days)
       VALUES ('national', 'CN', 2030, 1, 'published', 'x', '{}', '{}')`,
      /version 1 of the calendar stands/,
    ],
    ['a changed row', `UPDATE calendar_year SET source = 'x'`, /permission denied|only ever added/],
    ['a removed row', `DELETE FROM calendar_edition`, /permission denied|only ever added/],
    [
      'a version without an approved change',
      `INSERT INTO calendar_version (number) VALUES (2)`,
      /calendar_version_change/,
    ],
    [
      'a version of a change nobody knows',
      `INSERT INTO calendar_version (number, change_id) VALUES (2, gen_random_uuid())`,
      /needs an approved change/,
    ],
  ])('refuses %s', async (_, statement, refusal) => {
    await expect(database.dataSource.query(statement)).rejects.toThrow(refusal);
  });
});

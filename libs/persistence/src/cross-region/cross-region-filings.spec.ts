import { randomUUID } from 'node:crypto';
import {
  asOwner,
  createTestDatabase,
  receiveTestCase,
  seedTestWorld,
  testCipher,
  type TestDatabase,
} from '@banjie/testing';
import { databaseFault, rows } from '../data-source';
import { findInsuredPerson } from '../registry';
import { demoInsuredPersons } from '../seed/demo-insured';
import {
  addCrossRegionFiling,
  cancelCrossRegionFiling,
  findCrossRegionFilings,
  findCrossRegionFilingsOn,
  type CrossRegionFilingEntry,
} from './cross-region-filings';

describe('filings for care outside the pooling area', () => {
  let database: TestDatabase;
  let entry: CrossRegionFilingEntry;
  let caseNo: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    const world = await seedTestWorld(database.dataSource);
    const person = await findInsuredPerson(database.dataSource, testCipher(), demoInsuredPersons[2]!.idNumber);
    ({ caseNo } = await receiveTestCase(database.dataSource, testCipher(), world, { personIndex: 2 }));
    entry = {
      personId: person!.id,
      agencyId: '450206',
      caseNo: null,
      kind: 'referral',
      filedOn: '2026-08-31',
      validFrom: '2026-08-31',
      validTo: '2026-11-30',
      targetRegionCode: '440100',
      hospitalCodes: ['H44010000101'],
      source: { certificateIssuedOn: '2026-08-28' },
    };
  });
  afterAll(() => database.drop());

  const add = (set: Partial<CrossRegionFilingEntry> = {}) =>
    addCrossRegionFiling(database.dataSource, { ...entry, ...set });
  const idsOn = async (on: string) =>
    (await findCrossRegionFilingsOn(database.dataSource, entry.personId, on)).map(({ id }) => id);
  const cancel = (id: string, on: string) =>
    database.dataSource.transaction((manager) => cancelCrossRegionFiling(manager, id, on));

  it('finds by person and day, newest first, and ends where it is cancelled, once', async () => {
    const referral = await add();
    const longTerm = await add({ kind: 'longTerm', filedOn: '2026-01-05', validFrom: '2026-01-05', validTo: null });
    expect((await findCrossRegionFilings(database.dataSource, entry.personId)).map(({ id }) => id)).toEqual([
      referral,
      longTerm,
    ]);
    expect(await idsOn('2026-01-04')).toEqual([]);
    expect(await idsOn('2026-01-05')).toEqual([longTerm]);
    expect(await idsOn('2026-08-31')).toEqual([referral, longTerm]);
    expect(await idsOn('2026-11-30')).toEqual([referral, longTerm]);
    expect(await idsOn('2026-12-01')).toEqual([longTerm]);

    expect(await cancel(longTerm, '2026-09-10')).toBe(true);
    expect(await cancel(longTerm, '2026-09-20')).toBe(false);
    expect(await idsOn('2026-09-09')).toEqual([referral, longTerm]);
    expect(await idsOn('2026-09-10')).toEqual([referral]);
    const [first, second] = await findCrossRegionFilings(database.dataSource, entry.personId);
    expect(first).toEqual({
      id: referral,
      kind: 'referral',
      filedOn: '2026-08-31',
      validFrom: '2026-08-31',
      validTo: '2026-11-30',
      targetRegionCode: '440100',
      hospitalCodes: ['H44010000101'],
      cancelledOn: null,
      certificateIssuedOn: '2026-08-28',
    });
    expect(second!.cancelledOn).toBe('2026-09-10');
  });

  it('makes one filing of one case', async () => {
    const first = await add({ caseNo });
    expect(await add({ caseNo, filedOn: '2026-09-01' })).toBe(first);
    const [row] = await rows(database.dataSource, `SELECT filed_on AS on FROM cross_region_filing WHERE case_no = $1`, [
      caseNo,
    ]);
    expect(row).toEqual({ on: '2026-08-31' });
  });

  it.each<[string, Partial<CrossRegionFilingEntry>, string]>([
    ['a fourth hospital', { hospitalCodes: ['A', 'B', 'C', 'D'] }, 'cross_region_filing_hospitals'],
    ['a span that ends before it begins', { validTo: '2026-08-30' }, 'cross_region_filing_span'],
    ['a person nobody knows', { personId: randomUUID() }, 'cross_region_filing_person_id_fkey'],
  ])('cannot hold %s', async (_, set, constraint) => {
    const fault = await add(set).catch((error: unknown) => databaseFault(error));
    expect(fault).toMatchObject({ constraint });
  });

  it('stands as it was filed, for the owner too', async () => {
    const id = await add();
    const changes = [
      `UPDATE cross_region_filing SET filed_on = '2026-08-01' WHERE id = '${id}'`,
      `DELETE FROM cross_region_filing WHERE id = '${id}'`,
    ];
    for (const sql of changes) {
      await expect(rows(database.dataSource, sql)).rejects.toThrow(/permission denied/);
      await expect(asOwner(database.dataSource, (owner) => rows(owner, sql))).rejects.toThrow(/stands/);
    }
  });
});

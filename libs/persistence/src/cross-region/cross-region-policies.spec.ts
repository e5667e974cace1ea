import { crossRegionPolicies450200Example } from '@banjie/domain';
import { asOwner, createTestDatabase, type TestDatabase } from '@banjie/testing';
import { rows } from '../data-source';
import { seedGround } from '../seed/ground';
import { crossRegionPolicies } from './cross-region-policies';

describe('the policy rows for care elsewhere', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    await asOwner(database.dataSource, seedGround);
  });
  afterAll(() => database.drop());

  it('come back as they were seeded, of their own area alone', async () => {
    const stored = await crossRegionPolicies(database.dataSource, '450200');
    expect(stored.map(({ id, ...policy }) => (expect(id).toBeGreaterThan(0), policy))).toEqual(
      expect.arrayContaining([...crossRegionPolicies450200Example]),
    );
    expect(stored).toHaveLength(crossRegionPolicies450200Example.length);
    expect(await crossRegionPolicies(database.dataSource, '450100')).toEqual([]);
  });

  it("are the owner's to write", async () => {
    await expect(rows(database.dataSource, `UPDATE cross_region_policy SET cut_mode = 'relative'`)).rejects.toThrow(
      /permission denied/,
    );
  });
});

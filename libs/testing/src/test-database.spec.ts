import { rows } from '@banjie/persistence';
import { createTestDatabase, type TestDatabase } from './test-database';

describe('the test database', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('is migrated and opened with the role of the app', async () => {
    const [row] = await rows<{ role: string; cases: number }>(
      database.dataSource,
      'SELECT current_user AS role, (SELECT count(*) FROM cases) AS cases',
    );
    expect(row).toEqual({ role: 'banjie_app', cases: 0 });
  });

  it('is a database of its own', async () => {
    const other = await createTestDatabase();
    await other.dataSource.query(`INSERT INTO attempt_log (actor_id, act, code) VALUES ('x', 'accept', 'CASE_MOVED')`);
    expect(await rows(database.dataSource, 'SELECT id FROM attempt_log')).toEqual([]);
    await other.drop();
  });
});

import { rows } from '@banjie/persistence';
import {
  createTestDatabase,
  receiveTestCase,
  seedTestWorld,
  testCipher,
  type TestDatabase,
  type TestWorld,
} from '@banjie/testing';
import { BoardChecker } from './board-checker';

let database: TestDatabase;
let world: TestWorld;
const alarms: Record<string, unknown>[] = [];
const log = {
  info: () => undefined,
  warn: () => undefined,
  error: (fields: Record<string, unknown>) => void alarms.push(fields),
};

beforeAll(async () => {
  database = await createTestDatabase();
  world = await seedTestWorld(database.dataSource);
});
afterAll(() => database?.drop());

it('looks at every agency, and raises an alarm for the one whose board is wrong', async () => {
  const checker = new BoardChecker(database.dataSource, log);
  await receiveTestCase(database.dataSource, testCipher(), world);
  const { caseNo } = await receiveTestCase(database.dataSource, testCipher(), world, { agencyId: '450203' });
  expect([await checker.look(), alarms]).toEqual([0, []]);
  await rows(database.dataSource, `UPDATE task SET stage = 'approval' WHERE case_no = $1`, [caseNo]);
  expect(await checker.look()).toBe(2);
  expect(alarms).toEqual([
    expect.objectContaining({
      alarm: 'boardDiffers',
      agencyId: '450203',
      stage: 'approval',
      shown: 1,
      counted: 0,
      caseNos: [caseNo],
    }),
    expect.objectContaining({
      alarm: 'boardDiffers',
      agencyId: '450203',
      stage: 'acceptance',
      shown: 0,
      counted: 1,
      caseNos: [caseNo],
    }),
  ]);
  const checks = await rows<{ agency_id: string }>(
    database.dataSource,
    `SELECT agency_id FROM board_check ORDER BY id`,
  );
  expect(checks.map((check) => check.agency_id)).toEqual(['450203', '450206', '450203', '450206']);
});

import { countBoard, rows } from '@banjie/persistence';
import {
  accountOf,
  attachTestPaper,
  createTestDatabase,
  keepTestAct,
  receiveTestCase,
  seedTestWorld,
  testCipher,
  type TestDatabase,
  type TestWorld,
  type WantedAct,
} from '@banjie/testing';
import { commitAct, type CommitDependencies } from './commit-act';
import { recordRungs } from './rungs';

// P-61: the time of another agency runs as ours does, and the rows themselves say whose a breach is.
const cipher = testCipher();
let database: TestDatabase;
let world: TestWorld;
let dependencies: CommitDependencies;

beforeAll(async () => {
  database = await createTestDatabase();
  world = await seedTestWorld(database.dataSource);
  dependencies = { dataSource: database.dataSource, cipher, findGaps: async () => [] };
});
afterAll(() => database?.drop());

const shanghai = (text: string) => new Date(`${text}+08:00`);

async function act(caseNo: string, username: string, wanted: WantedAct, now: Date): Promise<void> {
  const kept = await keepTestAct(database.dataSource, cipher, caseNo, accountOf(world, username).id, wanted);
  await commitAct({ ...dependencies, now: () => now }, { ...kept, caseNo, seq: kept.seenSeq + 1 });
}

const all = <Row>(sql: string, caseNo: string) => rows<Row>(database.dataSource, sql, [caseNo]);
const partiesOf = async (caseNo: string) =>
  (
    await all<{ clock: string; party: string; told: string | null }>(
      `SELECT clock, party, ledger->>'party' AS told FROM clock WHERE case_no = $1 AND state = 'running' ORDER BY clock`,
      caseNo,
    )
  ).map(({ clock, party, told }) => `${clock} ${party} ${told}`);
const shownTo = async (caseNo: string) =>
  (
    await all<{ clock: string; party: string; due: string }>(
      `SELECT due_clock AS clock, due_party AS party, due_date::text AS due FROM task WHERE case_no = $1 AND state = 'open'`,
      caseNo,
    )
  ).map(({ clock, party, due }) => `${clock} ${party} ${due}`);

describe("another agency's time", () => {
  it('stands on the clock, its rungs, what they tell and the task, and ends with its answer', async () => {
    const { caseNo, filingId } = await receiveTestCase(database.dataSource, cipher, world, {
      ...{ matter: 'crossProvinceTransferIn', definitionVersion: 2, at: shanghai('2025-06-03T09:00') },
    });
    await act(caseNo, 'initial1', { act: 'accept' }, shanghai('2025-06-03T10:00'));
    expect(await partiesOf(caseNo)).toEqual(['K-11 own null', 'K-11a outside outside']);
    // Ten working days for them, fifteen for both of us together.
    expect(await shownTo(caseNo)).toEqual(['K-11a outside 2025-06-17']);
    const board = await countBoard(database.dataSource, '450206');
    expect(board.map(({ dueClock, dueParty, count }) => [dueClock, dueParty, count])).toEqual([
      ['K-11a', 'outside', 1],
    ]);

    await recordRungs({ ...dependencies, now: () => shanghai('2025-06-17T16:00') }, caseNo);
    const passed = await all<{ clock: string; rung: string; party: string }>(
      `SELECT clock, rung, party FROM clock_rung WHERE case_no = $1 ORDER BY due_at, clock`,
      caseNo,
    );
    expect(passed.map(({ clock, rung, party }) => `${clock} ${rung} ${party}`)).toEqual([
      'K-11a half outside',
      'K-11 half own',
      'K-11a eighty outside',
      'K-11a due outside',
    ]);
    const told = await all<{ told: string }>(
      `SELECT concat_ws(' ', payload->>'notice', payload->>'clock', payload->>'rung', payload->>'party') AS told
       FROM outbox WHERE case_no = $1 AND key LIKE 'rung:%' ORDER BY id`,
      caseNo,
    );
    expect(told.map((row) => row.told)).toEqual([
      'clockWarning K-11 half own',
      'clockWarning K-11a half outside',
      'clockWarning K-11a eighty outside',
      'clockBreached K-11a due outside',
    ]);

    const paper = { filingId, paper: 'counterpartReply' as const };
    const attachmentIds = [await attachTestPaper(database.dataSource, cipher, world, paper)];
    const answer = { act: 'recordAnswer' as const, outcome: 'done' as const, answeredOn: '2025-06-18', attachmentIds };
    await act(caseNo, 'initial1', answer, shanghai('2025-06-18T10:00'));
    expect(await partiesOf(caseNo)).toEqual(['K-11 own null', 'K-11b own null']);
    expect(await shownTo(caseNo)).toEqual(['K-11 own 2025-06-24']);
  });
});

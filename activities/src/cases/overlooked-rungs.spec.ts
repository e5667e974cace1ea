import { rows } from '@banjie/persistence';
import {
  accountOf,
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

// Worker and sweeper were down across a due instant, and the first to come afterwards is a person's act.
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

/** Received on Tuesday 2025-06-03 at 09:00: K-01 is due on the Wednesday at 16:00, half of it is over at 12:00. */
const newCase = async () =>
  (await receiveTestCase(database.dataSource, cipher, world, { at: shanghai('2025-06-03T09:00') })).caseNo;

async function act(caseNo: string, username: string, wanted: WantedAct, now: Date): Promise<void> {
  const kept = await keepTestAct(database.dataSource, cipher, caseNo, accountOf(world, username).id, wanted);
  await commitAct({ ...dependencies, now: () => now }, { ...kept, caseNo, seq: kept.seenSeq + 1 });
}

const rungsOf = async (caseNo: string) =>
  (
    await rows<{ clock: string; rung: string; due: Date; detected: Date; by: string }>(
      database.dataSource,
      `SELECT clock, rung, due_at AS due, detected_at AS detected, detected_by AS by FROM clock_rung WHERE case_no = $1
       ORDER BY due_at, clock`,
      [caseNo],
    )
  ).map(({ clock, rung, due, detected, by }) => [clock, rung, due, detected, by]);

describe('a rung that an act comes upon first', () => {
  it('stands before the act that stops its clock, at the instant it was due', async () => {
    const caseNo = await newCase();
    const acceptedAt = shanghai('2025-06-05T09:30');
    await act(caseNo, 'initial1', { act: 'accept' }, acceptedAt);
    const expected = [
      ['K-01', 'half', shanghai('2025-06-04T12:00'), acceptedAt, 'system:workflow'],
      ['K-01', 'eighty', shanghai('2025-06-04T14:48'), acceptedAt, 'system:workflow'],
      ['K-01', 'due', shanghai('2025-06-04T16:00'), acceptedAt, 'system:workflow'],
    ];
    expect(await rungsOf(caseNo)).toEqual(expected);
    const [clock] = await rows(
      database.dataSource,
      `SELECT state, breached, recorded FROM clock WHERE case_no = $1 AND clock = 'K-01'`,
      [caseNo],
    );
    expect(clock).toEqual({ state: 'stopped', breached: true, recorded: ['half', 'eighty', 'due'] });
    const told = await rows<{ key: string }>(
      database.dataSource,
      `SELECT key FROM outbox WHERE case_no = $1 AND key LIKE 'rung:%' ORDER BY id`,
      [caseNo],
    );
    // Nobody had taken it: the post for the warnings, the supervisor for the breach.
    expect(told.map(({ key }) => key.replace(`rung:${caseNo}:`, ''))).toEqual([
      'K-01:1:half:post',
      'K-01:1:eighty:post',
      'K-01:1:due:supervisor',
    ]);
    await recordRungs({ ...dependencies, now: () => shanghai('2025-06-05T10:00') }, caseNo);
    expect(await rungsOf(caseNo)).toEqual(expected);
  });

  it('is no breach where the act falls on the closing instant itself (T-05)', async () => {
    const caseNo = await newCase();
    await act(caseNo, 'initial1', { act: 'accept' }, shanghai('2025-06-04T16:00'));
    expect((await rungsOf(caseNo)).map(([clock, rung]) => `${String(clock)} ${String(rung)}`)).toEqual([
      'K-01 half',
      'K-01 eighty',
    ]);
  });

  it('leaves with an act that is refused', async () => {
    const caseNo = await newCase();
    const late = act(caseNo, 'second1', { act: 'accept' }, shanghai('2025-06-05T09:30'));
    await expect(late).rejects.toMatchObject({ code: 'NOT_YOUR_POST' });
    expect(await rungsOf(caseNo)).toEqual([]);
  });
});

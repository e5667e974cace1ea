import { systemActors } from '@banjie/domain';
import { recordRung, rows } from '@banjie/persistence';
import {
  createTestDatabase,
  receiveTestCase,
  seedTestWorld,
  testCipher,
  type TestDatabase,
  type TestWorld,
} from '@banjie/testing';
import type { Settings } from '../settings';
import { BreachSweeper } from './breach-sweeper';

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
beforeEach(() => (alarms.length = 0));
afterAll(() => database?.drop());

const sweeper = () => new BreachSweeper(database.dataSource, { rhythm: { breachAfterMs: 15_000 } } as Settings, log);

/** Received on a Monday at 10:00: K-01 (1 working day) is due on the Tuesday at the close of office. */
const receivedAt = new Date('2026-11-02T10:00:00+08:00');
const dueAt = new Date('2026-11-03T16:00:00+08:00');
const after = (seconds: number) => new Date(dueAt.getTime() + seconds * 1_000);

async function newCase(): Promise<string> {
  const { caseNo } = await receiveTestCase(database.dataSource, testCipher(), world, { at: receivedAt });
  return caseNo;
}

const rungsOf = (caseNo: string) =>
  rows<{ clock: string; due_at: Date; detected_at: Date; detected_by: string }>(
    database.dataSource,
    `SELECT clock, due_at, detected_at, detected_by FROM clock_rung WHERE case_no = $1`,
    [caseNo],
  );

const noticesOf = (caseNo: string) =>
  rows(database.dataSource, `SELECT 1 FROM outbox WHERE case_no = $1 AND payload->>'notice' = 'clockBreached'`, [
    caseNo,
  ]);

const byTimer = (caseNo: string, at: Date) =>
  database.dataSource.transaction((manager) =>
    recordRung(manager, {
      caseNo,
      clock: 'K-01',
      run: 1,
      rung: 'due',
      dueAt,
      detectedAt: at,
      detectedBy: systemActors.timer,
    }),
  );

describe('the sweeper', () => {
  it('leaves the timer its time, then finds the breach once', async () => {
    const caseNo = await newCase();
    await expect(sweeper().sweep(after(-1))).resolves.toBe(0);
    await expect(sweeper().sweep(after(14))).resolves.toBe(0);
    await expect(sweeper().sweep(after(16))).resolves.toBe(1);
    await expect(sweeper().sweep(after(76))).resolves.toBe(0);
    expect(await rungsOf(caseNo)).toEqual([
      { clock: 'K-01', due_at: dueAt, detected_at: after(16), detected_by: 'system:sweeper' },
    ]);
    expect(await noticesOf(caseNo)).toHaveLength(1);
    expect(alarms).toMatchObject([{ alarm: 'sweeperCameFirst', caseNo, clock: 'K-01', lateSeconds: 16 }]);
    const [clock] = await rows<{ breached: boolean; state: string }>(
      database.dataSource,
      `SELECT breached, state FROM clock WHERE case_no = $1 AND clock = 'K-01'`,
      [caseNo],
    );
    expect(clock).toEqual({ breached: true, state: 'running' });
  });

  it('racing with timers leaves one row and one notice', async () => {
    const caseNo = await newCase();
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, i) => (i % 2 ? sweeper().sweep(after(30)) : byTimer(caseNo, after(30)))),
    );
    expect(answers.filter((answer) => answer === true || answer === 1)).toHaveLength(1);
    const rungs = await rungsOf(caseNo);
    expect(rungs).toHaveLength(1);
    expect(await noticesOf(caseNo)).toHaveLength(1);
    // An alarm only where the timer did not do it.
    expect(alarms).toHaveLength(rungs[0]!.detected_by === 'system:sweeper' ? 1 : 0);
  });

  it('is silent about what the timer found', async () => {
    const caseNo = await newCase();
    await expect(byTimer(caseNo, after(2))).resolves.toBe(true);
    await expect(sweeper().sweep(after(60))).resolves.toBe(0);
    expect((await rungsOf(caseNo))[0]).toMatchObject({ detected_by: 'system:timer' });
    expect(alarms).toEqual([]);
  });

  it.each(['paused', 'stopped'])('leaves a clock alone that is %s', async (state) => {
    const caseNo = await newCase();
    await database.dataSource.query(`UPDATE clock SET state = $2 WHERE case_no = $1`, [caseNo, state]);
    await sweeper().sweep(after(60));
    expect(await rungsOf(caseNo)).toEqual([]);
  });

  it('does not record an instant that was moved meanwhile', async () => {
    const caseNo = await newCase();
    await database.dataSource.query(`UPDATE clock SET due_at = due_at + interval '1 day' WHERE case_no = $1`, [caseNo]);
    await expect(byTimer(caseNo, after(30))).resolves.toBe(false);
    expect(await rungsOf(caseNo)).toEqual([]);
  });

  it('takes every page of many', async () => {
    const { caseNo } = await receiveTestCase(database.dataSource, testCipher(), world, { at: receivedAt });
    await database.dataSource.query(
      `INSERT INTO clock (case_no, clock, run, state, ledger, due_at, due_date, provisional, calendar_version)
       SELECT case_no, 'K-09', n, state, ledger, due_at - n * interval '1 ms', due_date, provisional, calendar_version
       FROM clock, generate_series(1, 450) n WHERE case_no = $1 AND clock = 'K-01'`,
      [caseNo],
    );
    await expect(sweeper().sweep(after(60))).resolves.toBe(451);
  });
});

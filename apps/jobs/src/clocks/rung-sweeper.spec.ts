import { systemActors } from '@banjie/domain';
import { recordDueRungs, rows } from '@banjie/persistence';
import {
  accountOf,
  createTestDatabase,
  receiveTestCase,
  seedTestWorld,
  testCipher,
  type TestDatabase,
  type TestWorld,
} from '@banjie/testing';
import type { Settings } from '../settings';
import { RungSweeper } from './rung-sweeper';

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

const sweeper = () => new RungSweeper(database.dataSource, { rhythm: { breachAfterMs: 15_000 } } as Settings, log);

/** Received on a Monday at 10:00: K-01 (1 working day) is due on the Tuesday at the close of office. */
const receivedAt = new Date('2026-11-02T10:00:00+08:00');
const dueAt = new Date('2026-11-03T16:00:00+08:00');
const after = (seconds: number) => new Date(dueAt.getTime() + seconds * 1_000);

async function newCase(): Promise<string> {
  const { caseNo } = await receiveTestCase(database.dataSource, testCipher(), world, { at: receivedAt });
  return caseNo;
}

const rungsOf = (caseNo: string, rung = '%') =>
  rows<{ clock: string; rung: string; due_at: Date; detected_at: Date; detected_by: string }>(
    database.dataSource,
    `SELECT clock, rung, due_at, detected_at, detected_by FROM clock_rung WHERE case_no = $1 AND rung LIKE $2
     ORDER BY due_at, clock`,
    [caseNo, rung],
  );

const noticesOf = (caseNo: string) =>
  rows<{ notice: string; rung: string; recipient: string }>(
    database.dataSource,
    `SELECT payload->>'notice' AS notice, payload->>'rung' AS rung, payload->>'recipient' AS recipient
     FROM outbox WHERE case_no = $1 AND topic = 'notice' AND key LIKE 'rung:%' ORDER BY id`,
    [caseNo],
  );

const byTimer = (caseNo: string, at: Date) =>
  database.dataSource.transaction((manager) =>
    recordDueRungs(manager, caseNo, { at, until: at, by: systemActors.timer }),
  );

const clockOf = async (caseNo: string) => {
  const [clock] = await rows<{ breached: boolean; state: string; recorded: string[]; next_rung_at: Date }>(
    database.dataSource,
    `SELECT breached, state, recorded, next_rung_at FROM clock WHERE case_no = $1 AND clock = 'K-01'`,
    [caseNo],
  );
  return clock!;
};

describe('the sweeper', () => {
  it('leaves the timer its time, then finds each rung once', async () => {
    const caseNo = await newCase();
    await expect(sweeper().sweep(after(-1))).resolves.toBe(2);
    alarms.length = 0;
    await expect(sweeper().sweep(after(14))).resolves.toBe(0);
    await expect(sweeper().sweep(after(16))).resolves.toBe(1);
    await expect(sweeper().sweep(after(76))).resolves.toBe(0);
    expect(await rungsOf(caseNo, 'due')).toEqual([
      { clock: 'K-01', rung: 'due', due_at: dueAt, detected_at: after(16), detected_by: 'system:sweeper' },
    ]);
    expect(alarms).toMatchObject([{ alarm: 'sweeperCameFirst', caseNo, clock: 'K-01', rung: 'due', lateSeconds: 16 }]);
    expect(await clockOf(caseNo)).toEqual({
      breached: true,
      state: 'running',
      recorded: ['half', 'eighty', 'due'],
      next_rung_at: new Date('2026-11-04T16:00:00+08:00'),
    });
  });

  it('tells those whom the ladder names, and only proposes to give the task away', async () => {
    const caseNo = await newCase();
    const reviewer = accountOf(world, 'initial1').id;
    await rows(database.dataSource, `UPDATE task SET holder_id = $2 WHERE case_no = $1 RETURNING id`, [
      caseNo,
      reviewer,
    ]);
    await byTimer(caseNo, new Date('2026-11-06T16:00:00+08:00'));
    expect((await noticesOf(caseNo)).map(({ notice, rung, recipient }) => `${notice} ${rung} ${recipient}`)).toEqual([
      'clockWarning half holder',
      'clockWarning half post',
      'clockWarning eighty holder',
      'clockWarning eighty post',
      'clockBreached due holder',
      'clockBreached due supervisor',
      'clockBreached plus1 holder',
      'clockBreached plus1 supervisor',
      'clockBreached plus3 supervisor',
    ]);
    const proposals = await rows(
      database.dataSource,
      `SELECT clock, rung, stage, holder_id AS holder FROM reassignment_proposal WHERE case_no = $1`,
      [caseNo],
    );
    expect(proposals).toEqual([{ clock: 'K-01', rung: 'plus1', stage: 'acceptance', holder: reviewer }]);
    const [head] = await rows<{ seq: number; stage: string; holder: string; acts: number }>(
      database.dataSource,
      `SELECT c.seq, c.stage, t.holder_id AS holder, (SELECT count(*)::int FROM case_act a WHERE a.case_no = c.case_no) AS acts
       FROM cases c JOIN task t ON t.case_no = c.case_no AND t.state = 'open' WHERE c.case_no = $1`,
      [caseNo],
    );
    // Time decides nothing: the case stands where it stood, with whom it stood.
    expect(head).toEqual({ seq: 1, stage: 'acceptance', holder: reviewer, acts: 1 });
  });

  it('tells no holder where nobody has taken the task', async () => {
    const caseNo = await newCase();
    await byTimer(caseNo, after(1));
    expect((await noticesOf(caseNo)).map(({ rung, recipient }) => `${rung} ${recipient}`)).toEqual([
      'half post',
      'eighty post',
      'due supervisor',
    ]);
  });

  it('racing with timers leaves each rung once', async () => {
    const caseNo = await newCase();
    await Promise.all(
      Array.from({ length: 16 }, (_, i) => (i % 2 ? sweeper().sweep(after(30)) : byTimer(caseNo, after(30)))),
    );
    const recorded = await rungsOf(caseNo);
    expect(recorded.map(({ clock, rung }) => `${clock} ${rung}`)).toEqual(['K-01 half', 'K-01 eighty', 'K-01 due']);
    expect(await noticesOf(caseNo)).toHaveLength(3);
    // An alarm only where the timer did not do it.
    const mine = alarms.filter((alarm) => alarm['caseNo'] === caseNo);
    expect(mine).toHaveLength(recorded.filter((rung) => rung.detected_by === 'system:sweeper').length);
  });

  it('is silent about what the timer found', async () => {
    const caseNo = await newCase();
    expect((await byTimer(caseNo, after(2)))?.passed).toHaveLength(3);
    await expect(sweeper().sweep(after(60))).resolves.toBe(0);
    expect((await rungsOf(caseNo, 'due'))[0]).toMatchObject({ detected_by: 'system:timer' });
    expect(alarms).toEqual([]);
  });

  it.each(['paused', 'stopped'])('leaves a clock alone that is %s', async (state) => {
    const caseNo = await newCase();
    await database.dataSource.query(
      `UPDATE clock SET state = $2, ledger = ledger || jsonb_build_object('state', $2::text) WHERE case_no = $1`,
      [caseNo, state],
    );
    await sweeper().sweep(after(60));
    await byTimer(caseNo, after(60));
    expect(await rungsOf(caseNo)).toEqual([]);
  });

  it('goes by the ledger: an instant that was moved meanwhile is not recorded', async () => {
    const caseNo = await newCase();
    await database.dataSource.query(
      `UPDATE clock SET ledger = ledger || '{"limitWorkingDays": 5, "dueDate": "2026-11-09", "dueAt": "2026-11-09T16:00:00+08:00"}'
       WHERE case_no = $1 AND clock = 'K-01'`,
      [caseNo],
    );
    // Its row still says that it wants to be looked at now.
    await expect(sweeper().sweep(after(30))).resolves.toBe(0);
    expect(await rungsOf(caseNo)).toEqual([]);
  });

  it('takes every page of many', async () => {
    for (let i = 0; i < 230; i += 1) await newCase();
    const found = await sweeper().sweep(after(60));
    expect(found).toBeGreaterThanOrEqual(690);
    await expect(sweeper().sweep(after(60))).resolves.toBe(0);
  });
});

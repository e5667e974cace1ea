import { randomUUID } from 'node:crypto';
import { createCaseActivities } from '@banjie/activities';
import {
  caseTaskQueue,
  caseWorkflowId,
  type ActAnswer,
  type CaseView,
  type DraftView,
  type ErrorAnswer,
  type MoveCaseList,
  type MoveView,
} from '@banjie/contracts';
import { inpatientReimbursement, shanghaiDate } from '@banjie/domain';
import { rows, walkAudit } from '@banjie/persistence';
import {
  asOwner,
  eventually,
  ownNamespace,
  receiveTestCase,
  startTestApi,
  testCipher,
  type TestApi,
  type TestClient,
} from '@banjie/testing';
import { systemActSignal } from '@banjie/workflows/messages';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { CaseRelay } from '../cases/case-relay';
import type { Settings } from '../settings';
import { TemporalClient } from '../temporal-client';
import { MoveRunner } from './move-runner';

const cipher = testCipher();
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const matter = '/api/matters/inpatientReimbursement';
const namespace = 'banjie-test-moves';

let api: TestApi;
let connection: NativeConnection;
let clientConnection: Connection;
let temporal: TemporalClient;
let runner: MoveRunner;
let worker: { stop(): Promise<void> };
const staff: Record<string, TestClient> = {};

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const address = process.env['BANJIE_TEST_TEMPORAL']!;
  api = await startTestApi({ TEMPORAL_NAMESPACE: await ownNamespace(namespace) });
  connection = await NativeConnection.connect({ address });
  clientConnection = await Connection.connect({ address });
  worker = await startWorker();
  const settings = {
    environment: { TEMPORAL_ADDRESS: address },
    temporalNamespace: namespace,
    rhythm: { leaseMs: 2_000 },
  } as unknown as Settings;
  temporal = new TemporalClient(settings);
  const { dataSource } = api.database;
  runner = new MoveRunner(dataSource, new CaseRelay(dataSource, temporal, settings, quiet), settings, quiet);
  for (const name of ['admin1', 'supervisor1', 'window1', 'initial1', 'initial2', 'second1']) {
    staff[name] = await api.signIn(name);
  }
});

afterAll(async () => {
  await worker?.stop();
  await temporal?.onApplicationShutdown();
  await clientConnection?.close();
  await connection?.close();
  await api?.stop();
});

async function startWorker() {
  const { dataSource } = api.database;
  const made = await Worker.create({
    connection,
    namespace,
    taskQueue: caseTaskQueue,
    workflowBundle: { codePath: require.resolve('@banjie/workflows/bundle') },
    activities: createCaseActivities({ dataSource, cipher, findGaps: async () => [] }),
    shutdownGraceTime: 0,
  });
  const running = made.run();
  return {
    stop: async () => {
      made.shutdown();
      await running;
    },
  };
}

const query = <Row>(sql: string, parameters: unknown[] = []) => rows<Row>(api.database.dataSource, sql, parameters);
const newCase = async (definitionVersion: number) =>
  (await receiveTestCase(api.database.dataSource, cipher, api.world, { definitionVersion })).caseNo;
const caseOf = async (caseNo: string, username = 'initial1') =>
  (await staff[username]!.get<CaseView>(`/api/cases/${caseNo}`)).body;

/** An act over HTTP with the seq as it is now. */
async function act(caseNo: string, username: string, wanted: Record<string, unknown>) {
  const { seq } = await caseOf(caseNo, username);
  const body = { actionId: randomUUID(), seenSeq: seq, ...wanted };
  return staff[username]!.post<ActAnswer & ErrorAnswer>(`/api/cases/${caseNo}/acts`, body);
}
async function done(caseNo: string, username: string, wanted: Record<string, unknown>): Promise<ActAnswer> {
  const { status, body } = await act(caseNo, username, wanted);
  expect([status, body.code]).toEqual([200, undefined]);
  return body;
}
const propose = { act: 'propose', outcome: 'pass', deductions: [] };

/** Version 2: 16 WD, no 补正 at 复核, RS-12 no longer a reason to send back, and another letter for the acceptance. */
async function publishSecondVersion(): Promise<void> {
  const { version: _, effectiveFrom: __, ...definition } = structuredClone(inpatientReimbursement);
  definition.clocks[1]!.limitWorkingDays = 16;
  definition.clocks[3]!.limitWorkingDays = 18;
  const second = definition.stages.find(({ stage }) => stage === 'secondReview')!;
  second.acts = second.acts.filter((code) => code !== 'askSupplement');
  definition.reasons = definition.reasons.filter(({ code }) => code !== 'RS-12');
  definition.notices = definition.notices.filter(({ on }) => on !== 'accept');
  const body = { effectiveFrom: shanghaiDate(Date.now()), sourceDocument: '测试文件', definition };
  const draft = await staff['admin1']!.post<DraftView>(`${matter}/versions`, body);
  const at = `${matter}/versions/drafts/${draft.body.draftId}/approve`;
  expect((await staff['supervisor1']!.post(at, { digest: draft.body.digest })).status).toBe(200);
}

const asked = (change: Record<string, unknown>) =>
  staff['admin1']!.post<MoveView & ErrorAnswer>(`${matter}/migrations`, {
    ...{ fromVersion: 1, toVersion: 2, reason: '测试文件第三条' },
    ...change,
  });
const moveOf = async (moveId: string) => (await staff['admin1']!.get<MoveView>(`${matter}/migrations/${moveId}`)).body;
const casesOf = async (moveId: string) =>
  (await staff['admin1']!.get<MoveCaseList>(`${matter}/migrations/${moveId}/cases`)).body.cases;
const judged = (moveId: string, how: string, username = 'supervisor1', body: object = {}) =>
  staff[username]!.post<MoveView & ErrorAnswer>(`${matter}/migrations/${moveId}/${how}`, body);

async function runUntil(moveId: string, state: MoveView['state']): Promise<MoveView> {
  return eventually(
    async () => {
      await runner.run();
      return moveOf(moveId);
    },
    (move) => move.state === state,
    60_000,
  );
}

let pinned: string;
let fresh: string;

describe('a case under its own version', () => {
  it('shows old buttons, old reasons, old letters and old limits while version 2 is in force', async () => {
    pinned = await newCase(1);
    await publishSecondVersion();
    fresh = await newCase(2);
    for (const caseNo of [pinned, fresh]) {
      await done(caseNo, 'initial1', { act: 'accept' });
      await done(caseNo, 'initial1', propose);
    }
    const seen = async (caseNo: string) => {
      const view = await caseOf(caseNo, 'second1');
      const letters = await query<{ key: string }>(
        `SELECT payload->>'notice' AS key FROM outbox WHERE case_no = $1 AND topic = 'notice' AND payload->>'act' = 'accept'`,
        [caseNo],
      );
      const limit = view.clocks.find(({ clock }) => clock === 'K-02')?.limitWorkingDays;
      const sentBack = await act(caseNo, 'second1', {
        ...{ act: 'sendBack', toStage: 'initialReview', reasons: [{ code: 'RS-12' }] },
      });
      return {
        asks: view.abilities.includes('askSupplement'),
        limit,
        letters: letters.map(({ key }) => key),
        sentBack: [sentBack.status, sentBack.body.code ?? null],
      };
    };
    expect(await seen(pinned)).toEqual({
      asks: true,
      limit: 18,
      letters: ['acceptanceReceipt'],
      sentBack: [200, null],
    });
    expect(await seen(fresh)).toEqual({ asks: false, limit: 16, letters: [], sentBack: [422, 'UNKNOWN_REASON'] });
  });

  it('keeps it against everything but an approved move', async () => {
    const sql = `UPDATE cases SET definition_version = 2 WHERE case_no = $1`;
    await expect(query(sql, [pinned])).rejects.toThrow(/keeps the version/);
    await expect(asOwner(api.database.dataSource, (owner) => rows(owner, sql, [pinned]))).rejects.toThrow(
      /keeps the version/,
    );
    const client = new Client({ connection: clientConnection, namespace });
    const forged = { act: 'migrateDefinition' as const, actionId: `migrateDefinition:${randomUUID()}:${pinned}` };
    const handle = client.workflow.getHandle(caseWorkflowId(pinned));
    await handle.signal(systemActSignal, forged);
    // The run stands and takes the next act.
    await done(pinned, 'initial1', propose);
    expect(await query(`SELECT definition_version FROM cases WHERE case_no = $1`, [pinned])).toEqual([
      { definition_version: 1 },
    ]);
  });
});

describe('moving running cases', () => {
  it('is refused to others, to the future, to nothing and to a version nobody knows', async () => {
    expect(await staff['initial1']!.refusal('POST', `${matter}/migrations`, {})).toEqual([403, 'FORBIDDEN']);
    expect(await staff['initial1']!.refusal('GET', `${matter}/migrations`)).toEqual([403, 'FORBIDDEN']);
    const code = async (change: Record<string, unknown>) => {
      const { status, body } = await asked(change);
      return [status, body.code];
    };
    expect(await code({ toVersion: 1 })).toEqual([400, 'BAD_SHAPE']);
    expect(await code({ toVersion: 7 })).toEqual([404, 'UNKNOWN_VERSION']);
    expect(await code({ stageMap: { nowhere: 'approval' } })).toEqual([400, 'BAD_SHAPE']);
    expect(await code({ filter: { receivedTo: '2020-01-01' } })).toEqual([422, 'MIGRATION_EMPTY']);
    expect(await staff['admin1']!.refusal('GET', `${matter}/migrations/${randomUUID()}`)).toEqual([
      404,
      'MIGRATION_NOT_FOUND',
    ]);
  });

  it('shows case by case what would change, moves each by an act of its own, and takes back what nobody has built upon', async () => {
    const [still, goesOn] = [await newCase(1), await newCase(1)];
    await done(still, 'initial1', { act: 'accept' });
    await done(goesOn, 'initial1', { act: 'accept' });
    await done(goesOn, 'initial1', propose);
    expect((await caseOf(goesOn, 'second1')).abilities).toContain('askSupplement');
    const { status, body: move } = await asked({ filter: { caseNos: [still, goesOn, pinned, fresh] } });
    expect(status).toBe(201);
    expect(move).toMatchObject({ state: 'proposed', cases: 3, possible: 2, moved: 0, undoUntil: null });
    const { moveId } = move;
    const dry = Object.fromEntries((await casesOf(moveId)).map((one) => [one.caseNo, one]));
    expect(dry[still]!.plan).toMatchObject({
      ...{ fromStage: 'initialReview', toStage: 'initialReview', obstacles: [] },
      clocks: [
        { clock: 'K-02', limitBefore: 18, limitAfter: 16 },
        { clock: 'K-04', limitBefore: 20, limitAfter: 18 },
      ],
    });
    expect(dry[pinned]).toMatchObject({ possible: false, results: [] });
    expect(dry[pinned]!.plan.obstacles[0]!.message).toBe('办件中已使用的理由 RS-12 在第 2 版中没有');
    const versions = () =>
      query(`SELECT case_no, definition_version AS v FROM cases WHERE case_no = ANY($1) ORDER BY v, case_no`, [
        [still, goesOn, pinned],
      ]);
    // A dry run changes nothing, and neither does its proposer alone.
    await runner.run();
    expect(new Set((await versions()).map((row) => (row as { v: number }).v))).toEqual(new Set([1]));
    expect((await judged(moveId, 'approve', 'admin1')).body.code).toBe('SECOND_PERSON_NEEDED');
    expect((await judged(moveId, 'undo', 'admin1', { reason: '不要' })).body.code).toBe('MIGRATION_JUDGED');

    expect((await judged(moveId, 'approve')).body).toMatchObject({ state: 'running', judgedBy: { name: '督办甲' } });
    expect((await judged(moveId, 'approve')).body.code).toBe('MIGRATION_JUDGED');
    const finished = await runUntil(moveId, 'finished');
    expect(finished).toMatchObject({ moved: 2, refused: 0, undone: 0 });
    expect(finished.undoUntil).not.toBeNull();
    const view = await caseOf(still);
    expect(view.clocks.find(({ clock }) => clock === 'K-02')).toMatchObject({ limitWorkingDays: 16, state: 'running' });
    expect(view.acts.at(-1)).toMatchObject({
      act: 'migrateDefinition',
      actLabel: '转入新版本',
      actorName: '系统(版本迁移)',
    });
    expect(
      await query(`SELECT clock, event FROM clock_event WHERE case_no = $1 AND seq = $2 ORDER BY clock`, [
        still,
        view.seq,
      ]),
    ).toEqual([
      { clock: 'K-02', event: 'reprojected' },
      { clock: 'K-04', event: 'reprojected' },
    ]);

    // The run walks the new road: what version 2 does not offer is refused by it, what it offers is carried out.
    expect((await caseOf(goesOn, 'second1')).abilities).not.toContain('askSupplement');
    expect(
      (
        await act(goesOn, 'second1', {
          act: 'askSupplement',
          reasons: [{ code: 'RS-15' }],
          items: [{ material: 'R-MT-3', text: '账户' }],
        })
      ).body.code,
    ).toBe('ACT_NOT_ALLOWED');
    expect(await done(goesOn, 'second1', { act: 'propose', outcome: 'pass' })).toMatchObject({ stage: 'approval' });

    expect((await judged(moveId, 'undo', 'supervisor1', { reason: '文件撤回' })).body.state).toBe('undoing');
    expect(await runUntil(moveId, 'undone')).toMatchObject({ undone: 1, undoRefused: 1 });
    const results = Object.fromEntries((await casesOf(moveId)).map(({ caseNo, results: of }) => [caseNo, of]));
    expect(results[still]!.map(({ act: code, seq }) => [code, seq])).toEqual([
      ['migrateDefinition', 3],
      ['undoMigration', 4],
    ]);
    expect(results[goesOn]![1]!.obstacles).toEqual([
      { code: 'actedSince', message: '迁移后复核甲已办理“提出审核意见”,不能撤销' },
    ]);
    expect((await caseOf(still)).clocks.find(({ clock }) => clock === 'K-02')?.limitWorkingDays).toBe(18);
    expect(await versions()).toEqual(
      [
        { case_no: pinned, v: 1 },
        { case_no: still, v: 1 },
        { case_no: goesOn, v: 2 },
      ].sort((a, b) => a.v - b.v || (a.case_no < b.case_no ? -1 : 1)),
    );
    expect((await judged(moveId, 'undo', 'supervisor1', { reason: '再次' })).body.code).toBe('MIGRATION_JUDGED');
    // Back on version 1, its buttons are there again and the run agrees.
    await done(still, 'initial1', propose);
    expect((await caseOf(still, 'second1')).abilities).toContain('askSupplement');
  });

  it('takes nothing back after its window', async () => {
    const caseNo = await newCase(1);
    const { moveId } = (await asked({ filter: { caseNos: [caseNo] }, undoHours: 1 })).body;
    await judged(moveId, 'approve');
    await runUntil(moveId, 'finished');
    await asOwner(api.database.dataSource, async (owner) => {
      await owner.query(`ALTER TABLE case_move_event DISABLE TRIGGER case_move_event_append_only`);
      await owner.query(`UPDATE case_move_event SET at = now() - interval '61 minutes' WHERE move_id = $1`, [moveId]);
      await owner.query(`ALTER TABLE case_move_event ENABLE TRIGGER case_move_event_append_only`);
    });
    const { status, body } = await judged(moveId, 'undo', 'supervisor1', { reason: '晚了' });
    expect([status, body.code]).toEqual([409, 'UNDO_WINDOW_OVER']);
  });

  it('refuses a case that has changed since the dry run, and rejected moves never run', async () => {
    const caseNo = await newCase(1);
    const first = (await asked({ filter: { caseNos: [caseNo] } })).body;
    const second = (await asked({ filter: { caseNos: [caseNo] } })).body;
    const third = (await asked({ filter: { caseNos: [caseNo] } })).body;
    expect((await judged(third.moveId, 'reject', 'supervisor1', { reason: '不需要' })).body).toMatchObject({
      ...{ state: 'rejected', rejectionReason: '不需要' },
    });
    await judged(first.moveId, 'approve');
    await runUntil(first.moveId, 'finished');
    await judged(second.moveId, 'approve');
    expect(await runUntil(second.moveId, 'finished')).toMatchObject({ moved: 0, refused: 1 });
    expect((await casesOf(second.moveId))[0]!.results[0]!.obstacles).toEqual([
      { code: 'otherVersion', message: '办件现在按第 2 版办理' },
    ]);
    expect((await moveOf(third.moveId)).moved).toBe(0);
  });

  it('goes on after the worker was killed in the middle, and moves each case once', async () => {
    const caseNos: string[] = [];
    for (let index = 0; index < 55; index += 1) caseNos.push(await newCase(1));
    const { moveId } = (await asked({ filter: { caseNos } })).body;
    await judged(moveId, 'approve');
    await runner.run();
    await eventually(
      async () => (await moveOf(moveId)).moved,
      (moved) => moved > 2,
    );
    await worker.stop();
    const moved = (await moveOf(moveId)).moved;
    expect(moved).toBeLessThan(55);
    // Told while nobody listens, more than once.
    await runner.run();
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    await runner.run();
    worker = await startWorker();
    expect(await runUntil(moveId, 'finished')).toMatchObject({ cases: 55, possible: 55, moved: 55, refused: 0 });
    const acts = await query<{ n: number; cases: number }>(
      `SELECT count(*)::int AS n, count(DISTINCT case_no)::int AS cases FROM case_act
       WHERE act = 'migrateDefinition' AND case_no = ANY($1)`,
      [caseNos],
    );
    expect(acts).toEqual([{ n: 55, cases: 55 }]);
    expect(await done(caseNos[0]!, 'initial2', { act: 'accept' })).toMatchObject({ seq: 3, stage: 'initialReview' });
  }, 120_000);

  it('leaves chains that the audit finds whole, and a version that is not what the acts say is found', async () => {
    const { dataSource } = api.database;
    const faults = async () => (await walkAudit(dataSource, cipher)).faults.map(({ caseNo, kind }) => [caseNo, kind]);
    expect(await faults()).toEqual([]);
    await asOwner(dataSource, async (owner) => {
      await owner.query('ALTER TABLE cases DISABLE TRIGGER cases_pinned');
      await owner.query('UPDATE cases SET definition_version = 1 WHERE case_no = $1', [fresh]);
    });
    expect(await faults()).toEqual([[fresh, 'caseDiffers']]);
  });
});

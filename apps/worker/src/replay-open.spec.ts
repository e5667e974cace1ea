import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createCaseActivities } from '@banjie/activities';
import { caseWorkflowId, claimApprovalType } from '@banjie/contracts';
import {
  createTestDatabase,
  eventually,
  receiveTestCase,
  seedTestWorld,
  testCipher,
  type TestDatabase,
  type TestWorld,
} from '@banjie/testing';
import { positionQuery, systemActSignal } from '@banjie/workflows/messages';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, bundleWorkflowCode } from '@temporalio/worker';
import { createWorker, registerNamespace } from '../test/namespace';
import { quietRuntime, replayOpenHistories } from './replay-histories';
import { faultOf } from './replay-open';

const namespace = `banjie-test-replay-${randomUUID()}`;
const current = require.resolve('@banjie/workflows/bundle');
const folder = mkdtempSync(join(tmpdir(), 'banjie-bent-'));
const silent = { trace() {}, debug() {}, info() {}, log() {}, warn() {}, error() {} };
const extraStep = `await cases.lookAtClocks({ caseNo });`;

let database: TestDatabase;
let world: TestWorld;
let native: NativeConnection;
let client: Client;

beforeAll(async () => {
  quietRuntime();
  database = await createTestDatabase();
  world = await seedTestWorld(database.dataSource);
  const address = process.env['BANJIE_TEST_TEMPORAL']!;
  native = await NativeConnection.connect({ address });
  client = new Client({ connection: await Connection.connect({ address }), namespace });
  await registerNamespace(client);
});
afterAll(async () => {
  await native?.close();
  await client?.connection.close();
  await database?.drop();
  rmSync(folder, { recursive: true, force: true });
});

/** A bundle of our workflows as they are compiled, with `claimApproval` doing something more before or after it loads the case. */
async function bundleWith(name: string, before: string, after = ''): Promise<string> {
  const source = join(folder, name);
  cpSync(dirname(current), source, { recursive: true });
  const file = join(source, 'claim-approval/claim-approval.workflow.js');
  const code = readFileSync(file, 'utf8');
  const changed = code
    .replace(/^.*messages_1\.positionQuery.*$/m, (handlers) => `${handlers}\n${before}`)
    .replace(/^.*const commitSystemAct = .*$/m, (loaded) => `${after}\n${loaded}`);
  expect(changed).not.toBe(code);
  writeFileSync(file, changed);
  const modules = [join(__dirname, '../../../node_modules')];
  const bundle = await bundleWorkflowCode({
    workflowsPath: join(source, 'index.js'),
    logger: silent,
    webpackConfigHook: (config) => ({ ...config, resolve: { ...config.resolve, modules } }),
  });
  const path = join(folder, `${name}.bundle.js`);
  writeFileSync(path, bundle.code);
  return path;
}

/** Starts a case, lets a worker with this code begin it, and takes the worker away. */
async function beginCase(codePath: string): Promise<string> {
  const taskQueue = randomUUID();
  const { dataSource } = database;
  const activities = createCaseActivities({ dataSource, cipher: testCipher(), findGaps: async () => [] });
  const { caseNo } = await receiveTestCase(dataSource, testCipher(), world);
  const worker = await createWorker({
    ...{ connection: native, namespace, taskQueue, activities },
    workflowBundle: { codePath },
  });
  await worker.runUntil(async () => {
    const workflow = await client.workflow.start(claimApprovalType, {
      ...{ taskQueue, workflowId: caseWorkflowId(caseNo) },
      args: [{ caseNo }],
    });
    await eventually(
      () => workflow.query(positionQuery),
      (position) => position?.stage === 'acceptance',
    );
  });
  return caseNo;
}

const openRuns = () => client.workflow.count(`ExecutionStatus = 'Running'`);
const replay = (bundlePath: string) => replayOpenHistories({ client, bundlePath });

describe('newer code on open cases', () => {
  it('fits when nothing, or nothing that was passed already, has changed', async () => {
    await beginCase(current);
    const signalled = await beginCase(current);
    // What no code has answered yet is not replayed ahead of time.
    await client.workflow
      .getHandle(caseWorkflowId(signalled))
      .signal(systemActSignal, { act: 'endPause', actionId: 'unanswered' });
    await client.workflow.start(claimApprovalType, {
      ...{ taskQueue: 'nobody', workflowId: 'case/not-begun' },
      args: [{ caseNo: 'not-begun' }],
    });
    await eventually(openRuns, ({ count }) => count === 3);
    expect(await replay(current)).toEqual({ replayed: 2, mismatches: [] });
    const reworded = await bundleWith('reworded', `const unused = caseNo.length;`);
    expect(faultOf(await replay(reworded))).toBeNull();
  });

  it('is refused with the type, the number, the first case, the event and what to do', async () => {
    const bent = await bundleWith('bent', extraStep);
    const { replayed, mismatches } = await replay(bent);
    expect(replayed).toBe(2);
    expect(mismatches).toEqual([{ workflowType: 'claimApproval', count: 2, first: expect.anything() }]);
    const { message } = faultOf({ replayed, mismatches }, new Date('2026-11-23T00:00:00Z'))!;
    expect(message).toMatch(/流程 claimApproval:2 个在办件.*第一个是 case\/\d{20},分岔在第 \d+ 号至第 \d+ 号事件之间/);
    expect(message).toContain("'loadCase' does not match activity type of local activity command 'lookAtClocks'");
    expect(message).toContain(`patched('2026-11-改动名称')`);
  });

  it('fits when the change stands behind a patch, and is refused by name once the patch is gone too early', async () => {
    // Asked before the first await: asked later, in a task that a query cut in two, the engine itself loses the patch at replay.
    const asked = `const looks = (0, workflow_1.patched)('2026-11-look-first');`;
    const withPatch = await bundleWith('patched', asked, `if (looks) ${extraStep}`);
    expect(await replay(withPatch)).toEqual({ replayed: 2, mismatches: [] });
    const newer = await beginCase(withPatch);
    await eventually(openRuns, ({ count }) => count === 4);
    expect(await replay(withPatch)).toEqual({ replayed: 3, mismatches: [] });

    const outcome = await replay(current);
    expect(outcome.mismatches).toMatchObject([{ count: 1, first: { workflowId: caseWorkflowId(newer) } }]);
    expect(faultOf(outcome)!.message).toContain(`缺少 patched('2026-11-look-first')`);
  });
});

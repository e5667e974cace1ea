import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker, bundleWorkflowCode } from '@temporalio/worker';
import { openHome, waitUntil, type Home } from '@banjie/servers';
import { replayOpenCases } from './replay';

const quiet = { trace() {}, debug() {}, info() {}, log() {}, warn() {}, error() {} };
const root = resolve(__dirname, '../../..');

describe('newer code on kept data', () => {
  let home: Home;
  const address = process.env['BANJIE_TEST_TEMPORAL']!;
  const namespace = `banjie-test-replay-${randomUUID()}`;
  const env = { ...process.env, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace };
  beforeAll(() => {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    home = openHome(mkdtempSync(join(tmpdir(), 'banjie-replay-')));
  });
  afterAll(() => rmSync(home.path, { recursive: true, force: true }));

  async function bundle(name: string, body: string): Promise<string> {
    const source = join(home.path, `${name}.js`);
    writeFileSync(source, `const w = require('@temporalio/workflow'); exports.waitLong = async () => { ${body} };`);
    const codePath = join(home.path, `${name}.bundle.js`);
    const modules = [join(root, 'node_modules')];
    const { code } = await bundleWorkflowCode({
      workflowsPath: source,
      logger: quiet,
      webpackConfigHook: (config) => ({ ...config, resolve: { ...config.resolve, modules } }),
    });
    writeFileSync(codePath, code);
    return codePath;
  }

  async function replay(bundlePath: string, signal = new AbortController().signal): Promise<string[]> {
    const said: string[] = [];
    const report = (line: string) => void said.push(line);
    await replayOpenCases({ ...{ root, home, env, bundlePath, report, signal }, server: 'embedded' });
    return said;
  }

  it('starts when every open history fits, once per bundle, and names the case that does not', async () => {
    const wait = `await w.sleep('1 day')`;
    const current = await bundle('current', wait);
    const commented = await bundle('commented', `'the same steps in other words'; ${wait}`);
    const bent = await bundle('bent', `await w.proxyActivities({ startToCloseTimeout: '1 minute' }).added(); ${wait}`);

    const connection = await Connection.connect({ address });
    const native = await NativeConnection.connect({ address });
    const client = new Client({ connection, namespace });
    const retention = { workflowExecutionRetentionPeriod: { seconds: 86_400 as never } };
    await connection.workflowService.registerNamespace({ namespace, ...retention });
    const options = { connection: native, namespace, taskQueue: 'replay', workflowBundle: { codePath: current } };
    const worker = await waitUntil(() => Worker.create(options), { withinMs: 60_000, everyMs: 500 });
    const open = await worker.runUntil(async () => {
      const handle = await client.workflow.start('waitLong', { taskQueue: 'replay', workflowId: 'case/kept' });
      const begun = async () => {
        const { events } = await handle.fetchHistory();
        if (!events?.some((event) => event.timerStartedEventAttributes)) throw new Error('not waiting yet');
      };
      await waitUntil(begun, { withinMs: 30_000 });
      return handle;
    });
    const listed = async () => {
      const { count } = await client.workflow.count(`ExecutionStatus = 'Running'`);
      if (count !== 1) throw new Error('not listed yet');
    };
    await waitUntil(listed, { withinMs: 30_000, everyMs: 200 });

    expect(await replay(current)).toEqual(['已重放 1 个在办件,全部一致']);
    const passed = join(home.records, 'replayed-bundle.sha256');
    expect(readFileSync(passed, 'utf8')).toMatch(/^[0-9a-f]{64} {2}banjie-test-replay-\S+@embedded\n$/);
    expect(await replay(current)).toEqual(['流程代码没有变化']);
    expect(await replay(commented)).toEqual(['已重放 1 个在办件,全部一致']);
    await expect(replay(bent)).rejects.toThrow(
      /waitLong:1 个在办件.*case\/kept,分岔在第 5 号事件 TimerStarted[^]*patched\(/,
    );
    await expect(replay(bent)).rejects.toThrow('case/kept'); // Asked again at the next start, not waved through.

    await open.terminate();
    await connection.close();
    await native.close();
  });

  it('ends with the start that is given up, and tells when the server cannot be asked', async () => {
    const code = await bundle('other', `await w.sleep('2 days')`);
    rmSync(join(home.records, 'replayed-bundle.sha256'), { force: true });
    const giveUp = new AbortController();
    const replaying = replay(code, giveUp.signal);
    giveUp.abort();
    await expect(replaying).rejects.toMatchObject({ name: 'AbortError' });
    const nowhere = { ...env, TEMPORAL_ADDRESS: '127.0.0.1:9' };
    const asking = replayOpenCases({
      ...{ root, home, env: nowhere, bundlePath: code, report: () => undefined },
      ...{ server: 'embedded', signal: new AbortController().signal },
    });
    await expect(asking).rejects.toMatchObject({ name: 'StartFault', message: expect.stringContaining('没有能核对') });
    expect(existsSync(join(home.records, 'replayed-bundle.sha256'))).toBe(false);
  });
});

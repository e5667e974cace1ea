import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker, bundleWorkflowCode } from '@temporalio/worker';
import { openHome, waitUntil, type Home } from '@banjie/servers';
import { replayOpenCases } from './replay';

const quiet = { trace() {}, debug() {}, info() {}, log() {}, warn() {}, error() {} };

describe('newer code on kept data', () => {
  let home: Home;
  const address = process.env['BANJIE_TEST_TEMPORAL']!;
  const namespace = `banjie-test-replay-${process.pid}-${Date.now()}`;
  beforeAll(() => (home = openHome(mkdtempSync(join(tmpdir(), 'banjie-replay-')))));
  afterAll(() => rmSync(home.path, { recursive: true, force: true }));

  async function bundle(name: string, body: string): Promise<string> {
    const source = join(home.path, `${name}.js`);
    writeFileSync(source, `const w = require('@temporalio/workflow'); exports.waitLong = async () => { ${body} };`);
    const codePath = join(home.path, `${name}.bundle.js`);
    const { code } = await bundleWorkflowCode({
      workflowsPath: source,
      logger: quiet,
      webpackConfigHook: (config) => ({
        ...config,
        resolve: { ...config.resolve, modules: [join(__dirname, '../../../node_modules')] },
      }),
    });
    writeFileSync(codePath, code);
    return codePath;
  }

  it('starts when every open history fits, once per bundle, and names the case that does not', async () => {
    const wait = `await w.sleep('1 day')`;
    const current = await bundle('current', wait);
    const commented = await bundle('commented', `'the same steps in other words'; ${wait}`);
    const bent = await bundle('bent', `await w.proxyActivities({ startToCloseTimeout: '1 minute' }).added(); ${wait}`);

    const connection = await Connection.connect({ address });
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
    const native = await NativeConnection.connect({ address });
    const worker = await waitUntil(
      () =>
        Worker.create({ connection: native, namespace, taskQueue: 'replay', workflowBundle: { codePath: current } }),
      { withinMs: 30_000, everyMs: 500 },
    );
    const client = new Client({ connection, namespace });
    const open = await worker.runUntil(async () => {
      const handle = await client.workflow.start('waitLong', { taskQueue: 'replay', workflowId: 'case/kept' });
      await waitUntil(
        async () => {
          const { events } = await handle.fetchHistory();
          if (!events?.some((event) => event.timerStartedEventAttributes)) throw new Error('not waiting yet');
        },
        { withinMs: 30_000 },
      );
      return handle;
    });
    const listed = async () => {
      for await (const { workflowId } of client.workflow.list({ query: `ExecutionStatus = 'Running'` }))
        return workflowId;
      throw new Error('not listed yet');
    };
    await expect(waitUntil(listed, { withinMs: 30_000, everyMs: 200 })).resolves.toBe('case/kept');

    const replay = (bundlePath: string) =>
      replayOpenCases({ home, connection: { address }, namespace, address: 'embedded', bundlePath });
    await expect(replay(current)).resolves.toBe(1);
    await expect(replay(current)).resolves.toBeUndefined();
    await expect(replay(commented)).resolves.toBe(1);
    await expect(replay(bent)).rejects.toThrow(/case\/kept[^]*patched\(/);
    await expect(replay(bent)).rejects.toThrow('case/kept'); // Asked again at the next start, not waved through.

    await open.terminate();
    await connection.close();
    await native.close();
  });
});

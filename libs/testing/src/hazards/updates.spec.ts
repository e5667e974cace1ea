import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowUpdateStage, type Client, type WorkflowHandle } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { bundleHazards, connectHazardClient, hazardTemporal } from './hazard-worker';
import { decide, release, slowly } from './workflows';

const taskQueue = `hazard-updates-${randomUUID()}`;
let client: Client;
let connection: NativeConnection;
let worker: Worker;
let running: Promise<void>;

beforeAll(async () => {
  const { address, namespace } = hazardTemporal();
  client = await connectHazardClient();
  connection = await NativeConnection.connect({ address });
  const workflowBundle = await bundleHazards();
  worker = await Worker.create({ connection, namespace, taskQueue, workflowBundle });
  running = worker.run();
});
afterAll(async () => {
  worker.shutdown();
  await running;
  await connection.close();
  await client.connection.close();
});

const start = (type: string, args: unknown[] = []): Promise<WorkflowHandle> =>
  client.workflow.start(type, { taskQueue, workflowId: `hazard/${randomUUID()}`, args });

describe('hazard H16: updates in flight', () => {
  it('admits ten slow updates of a workflow and lets the others wait', async () => {
    const handle = await start('slowUpdates', [30]);
    let admitted = 0;
    const asking = Array.from({ length: 30 }, async () => {
      const update = await handle.startUpdate(slowly, { waitForStage: WorkflowUpdateStage.ACCEPTED });
      admitted += 1;
      return update.result();
    });
    const all = Promise.allSettled(asking);
    await sleep(5_000);
    expect(admitted).toBe(10);
    await handle.signal(release);
    expect((await all).every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(await handle.result()).toBe(30);
  });
});

describe('hazard H17: one update id, sent fifty times', () => {
  it('runs the handler once and answers all alike', async () => {
    const handle = await start('countedUpdates');
    const updateId = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => handle.executeUpdate(decide, { updateId, args: ['approve'] })),
    );
    expect(answers).toEqual(Array.from({ length: 50 }, () => 'approve 1'));
    await handle.signal(release);
    expect(await handle.result()).toBe(1);
  });
});

describe('hazard H18: two decisions of a double click', () => {
  async function decisionsTaken(type: string): Promise<number> {
    const handle = await start(type);
    await Promise.allSettled(
      ['approve', 'reject'].map((word) => handle.executeUpdate(decide, { updateId: randomUUID(), args: [word] })),
    );
    await handle.signal(release);
    return ((await handle.result()) as string[]).length;
  }

  it('takes both in a handler that looks, awaits and then sets', async () => {
    const taken = await Promise.all(Array.from({ length: 10 }, () => decisionsTaken('naiveDecision')));
    expect(Math.max(...taken)).toBe(2);
  });

  it('takes one with a validator and the state set before the first await', async () => {
    const taken = await Promise.all(Array.from({ length: 20 }, () => decisionsTaken('guardedDecision')));
    expect(taken).toEqual(Array.from({ length: 20 }, () => 1));
  });
});

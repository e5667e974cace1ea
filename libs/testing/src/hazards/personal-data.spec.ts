import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { bundleHazards, connectHazardClient, hazardTemporal } from './hazard-worker';
import type { CheckActivities } from './workflows';

// Made up, with a region and a check digit that do not exist.
const idNumber = '000000190001010000';
const taskQueue = `hazard-leak-${randomUUID()}`;
let client: Client;
let connection: NativeConnection;
let worker: Worker;
let running: Promise<void>;

const activities: CheckActivities = {
  check: (subject) => Promise.reject(ApplicationFailure.nonRetryable(`no insured person ${subject}`)),
};

beforeAll(async () => {
  const { address, namespace } = hazardTemporal();
  client = await connectHazardClient();
  connection = await NativeConnection.connect({ address });
  const workflowBundle = await bundleHazards();
  worker = await Worker.create({ connection, namespace, taskQueue, workflowBundle, activities: { ...activities } });
  running = worker.run();
});
afterAll(async () => {
  worker.shutdown();
  await running;
  await connection.close();
  await client.connection.close();
});

/** Every text of a history, payload bytes read as what they say. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Uint8Array) return [Buffer.from(value).toString('utf8')];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(textsOf);
}

async function copiesIn(subject: string): Promise<number> {
  const runs = Array.from({ length: 5 }, async () => {
    const workflowId = `hazard/${randomUUID()}`;
    const handle = await client.workflow.start('checkedFiling', { taskQueue, workflowId, args: [subject] });
    await expect(handle.result()).rejects.toThrow();
    return textsOf(await handle.fetchHistory()).reduce((sum, text) => sum + text.split(idNumber).length - 1, 0);
  });
  return (await Promise.all(runs)).reduce((sum, copies) => sum + copies, 0);
}

describe('hazard H23: personal data in a workflow history', () => {
  it('keeps every copy of an ID number that is handed over or said in an error', async () => {
    expect(await copiesIn(idNumber)).toBeGreaterThanOrEqual(20);
  });

  it('holds none when ids alone travel', async () => {
    expect(await copiesIn(randomUUID())).toBe(0);
  });
});

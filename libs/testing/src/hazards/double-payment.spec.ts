import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client as TemporalClient } from '@temporalio/client';
import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from '../test-database';
import { bundleHazards, connectHazardClient } from './hazard-worker';
import { spawnTypescript } from './run-typescript';

const taskQueue = `hazard-payments-${randomUUID()}`;
const folder = mkdtempSync(join(tmpdir(), 'banjie-hazard-'));
const bundlePath = join(folder, 'bundle.js');
const payments = 10;
const kills = 5;

/** Books whatever it is sent, as often as it is sent, and kills the worker before it can hear of every other booking. */
const booked = new Map<string, number>();
let killed = 0;
let received = 0;
let bank: Server;
let worker: ChildProcess | undefined;
let isOver = false;
let database: TestDatabase;
let client: TemporalClient;

function startWorker(): void {
  if (isOver) return;
  worker = spawnTypescript('payment-worker.ts', {
    HAZARD_URL: database.ownerUrl,
    HAZARD_BANK: `http://127.0.0.1:${(bank.address() as AddressInfo).port}`,
    HAZARD_QUEUE: taskQueue,
    HAZARD_BUNDLE: bundlePath,
  });
  worker.stdout?.resume();
  worker.once('exit', startWorker);
}

beforeAll(async () => {
  database = await createTestDatabase();
  const owner = new Client({ connectionString: database.ownerUrl });
  await owner.connect();
  await owner.query('CREATE TABLE hazard_attempt (order_no text PRIMARY KEY)');
  await owner.end();
  writeFileSync(bundlePath, (await bundleHazards()).code);
  client = await connectHazardClient();
  bank = createServer((request, response) => {
    const orderNo = request.url?.split('/').pop() ?? '';
    if (request.method === 'POST') {
      booked.set(orderNo, (booked.get(orderNo) ?? 0) + 1);
      received += 1;
      if (received % 2 === 1 && killed < kills) {
        killed += 1;
        worker?.kill('SIGKILL');
        return;
      }
    }
    response.end(JSON.stringify({ bookings: booked.get(orderNo) ?? 0 }));
  });
  await new Promise<void>((resolve) => bank.listen(0, '127.0.0.1', resolve));
  startWorker();
});
afterAll(async () => {
  isOver = true;
  worker?.kill('SIGKILL');
  bank.closeAllConnections();
  bank.close();
  await client.connection.close();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

async function payAll(type: string): Promise<{ orders: string[]; outcomes: string[]; kills: number }> {
  killed = 0;
  received = 0;
  const orders = Array.from({ length: payments }, (_, index) => `${type}-${index}`);
  const outcomes = await Promise.all(
    orders.map((orderNo) =>
      client.workflow.execute(type, {
        taskQueue,
        workflowId: `hazard/${randomUUID()}`,
        workflowTaskTimeout: '1 second', // What a dead worker took with it comes back after this.
        args: [orderNo],
      }),
    ),
  );
  return { orders, outcomes: outcomes as string[], kills: killed };
}

const bookings = (orders: string[]) => orders.map((orderNo) => booked.get(orderNo) ?? 0);

describe('hazard H21: the worker is killed after the bank has booked and before it could say so', () => {
  it('pays twice with an activity that calls the bank and is tried again', async () => {
    const { orders, kills: deaths } = await payAll('naivePayment');
    expect(deaths).toBe(kills);
    expect(Math.max(...bookings(orders))).toBeGreaterThanOrEqual(2);
  });

  it('never pays twice when the attempt is written ahead and its outcome asked for', async () => {
    const { orders, outcomes, kills: deaths } = await payAll('writeAheadPayment');
    expect(deaths).toBe(kills);
    expect(Math.max(...bookings(orders))).toBe(1);
    // Nothing is lost either: what was not booked is visibly unknown, not taken for paid.
    expect(outcomes).toEqual(bookings(orders).map((count) => (count === 1 ? 'booked' : 'unknown')));
  });
});

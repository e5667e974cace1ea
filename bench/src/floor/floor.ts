import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { costOf, processorMs } from '../cpu';
import { drive, median, percentile, rounded } from '../figures';
import { withGround, type Ground } from '../ground';
import type { Proof } from '../proof';
import { floorActs, floorQueue, floorUpdate } from './messages';

export const clients = 16;

export interface Driven {
  claimsPerSecond: number;
  /** Processor time of everything that took part, clients and servers; null where it cannot be read. */
  cpuMsPerClaim: Record<string, number> | null;
  actP50Ms: number;
  actP95Ms: number;
}

/** Runs the claims at 16 clients and says how fast they went and what they cost. `work` adds the times of its acts. */
export async function driveFigures(
  ground: Ground,
  count: number,
  work: (index: number, actMs: number[]) => Promise<void>,
): Promise<Driven> {
  const actMs: number[] = [];
  const before = processorMs(ground.processes());
  const { wholeMs } = await drive(count, clients, (index) => work(index, actMs));
  const after = processorMs(ground.processes());
  return {
    claimsPerSecond: rounded((count * 1000) / wholeMs),
    cpuMsPerClaim: costOf(before, after, count),
    actP50Ms: rounded(median(actMs), 1),
    actP95Ms: rounded(percentile(actMs, 0.95), 1),
  };
}

export async function connect(ground: Ground): Promise<Client> {
  const connection = await Connection.connect({ address: ground.temporal.address });
  return new Client({ connection, namespace: ground.temporal.namespace });
}

export function startFloorWorker(ground: Ground): void {
  ground.startProgram('floor-worker', require.resolve('./floor-worker'), {
    TEMPORAL_ADDRESS: ground.temporal.address,
    TEMPORAL_NAMESPACE: ground.temporal.namespace,
  });
}

/** Drives so many bare claims, from start to result, at 16 clients. */
export function driveFloor(ground: Ground, client: Client, count: number): Promise<Driven> {
  return driveFigures(ground, count, async (_index, actMs) => {
    const handle = await client.workflow.start('floorClaim', {
      taskQueue: floorQueue,
      workflowId: `floor/${randomUUID()}`,
    });
    let seq = 1;
    for (let act = 0; act < floorActs; act += 1) {
      const actionId = randomUUID();
      const since = performance.now();
      const args: [{ actionId: string; seenSeq: number }] = [{ actionId, seenSeq: seq }];
      seq = await handle.executeUpdate(floorUpdate, { updateId: actionId, args });
      actMs.push(performance.now() - since);
    }
    await handle.result();
  });
}

export const floorProof: Proof = {
  name: 'floor',
  options: ['claims', 'rounds'],
  run: (context) =>
    withGround(context, async (ground) => {
      const [claims, rounds] = [context.option('claims', 100), context.option('rounds', 6)];
      startFloorWorker(ground);
      const client = await connect(ground);
      await ground.guard(driveFloor(ground, client, clients * 2)); // To warm up.
      const runs: Driven[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const run = await ground.guard(driveFloor(ground, client, claims));
        context.report(`floor ${round + 1}/${rounds}: ${run.claimsPerSecond} claims/s`);
        runs.push(run);
      }
      await client.connection.close();
      const figures = { claimsPerSecond: median(runs.map((run) => run.claimsPerSecond)), runs, claims, clients };
      return { pass: true, figures, bars: {}, servers: { temporal: ground.kinds['temporal'] ?? '' } };
    }),
};

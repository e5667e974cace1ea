import { readFileSync } from 'node:fs';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { Pool } from 'pg';
import type { PaymentActivities } from './workflows';

/** H21: a worker to be killed. Told by its environment where bank, database, Temporal and the bundle are. */
async function main(): Promise<void> {
  const setting = (name: string) => process.env[name] ?? '';
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'off' } } });
  const database = new Pool({ connectionString: setting('HAZARD_URL') });
  const payment = `${setting('HAZARD_BANK')}/payments/`;

  const activities: PaymentActivities = {
    async pay(orderNo) {
      await fetch(payment + orderNo, { method: 'POST' });
      return 'booked';
    },
    async payWriteAhead(orderNo) {
      const { rowCount } = await database.query('INSERT INTO hazard_attempt VALUES ($1) ON CONFLICT DO NOTHING', [
        orderNo,
      ]);
      if (rowCount === 1) await fetch(payment + orderNo, { method: 'POST' });
      const answer = await fetch(payment + orderNo);
      return ((await answer.json()) as { bookings: number }).bookings > 0 ? 'booked' : 'unknown';
    },
  };
  const worker = await Worker.create({
    connection: await NativeConnection.connect({ address: setting('BANJIE_TEST_TEMPORAL') }),
    namespace: setting('BANJIE_TEST_NAMESPACE'),
    taskQueue: setting('HAZARD_QUEUE'),
    workflowBundle: { code: readFileSync(setting('HAZARD_BUNDLE'), 'utf8') },
    activities: { ...activities },
    maxConcurrentActivityTaskExecutions: 1, // One death takes one payment with it.
    // A dead worker's cache would hold its workflows back for as long as this.
    stickyQueueScheduleToStartTimeout: '1 second',
  });
  await worker.run();
}

void main();

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import Queue from 'bull';
import { Redis } from 'ioredis';
import { startHalfOpenProxy, type HalfOpenProxy } from './half-open-proxy';

const silenceMs = 12_000;

describe('hazard H15: a half-open cut between a Bull consumer and Redis', () => {
  const name = `hazard-${randomUUID()}`;
  const direct = new URL(process.env.BANJIE_TEST_REDIS_URL ?? '');
  const consumers: Queue.Queue[] = [];
  let proxy: HalfOpenProxy;
  let producer: Queue.Queue;
  const done: string[] = [];

  function consume(as: string): Queue.Queue {
    const url = new URL(direct.href);
    url.port = String(proxy.port);
    const queue = new Queue<{ id: number }>(name, url.href, { redis: { connectTimeout: 5_000 } });
    queue.on('error', () => undefined);
    void queue.process((job) => {
      done.push(`${as}:${job.data.id}`);
      return Promise.resolve();
    });
    consumers.push(queue);
    return queue;
  }
  async function until(entry: string): Promise<void> {
    for (let waited = 0; !done.includes(entry) && waited < 10_000; waited += 20) await sleep(20);
    expect(done).toContain(entry);
  }

  beforeAll(async () => {
    proxy = await startHalfOpenProxy({ host: direct.hostname, port: Number(direct.port) });
    producer = new Queue(name, direct.href);
  });
  afterAll(async () => {
    await proxy.close();
    await Promise.all(consumers.map((queue) => queue.close(true).catch(() => undefined)));
    await producer.obliterate({ force: true });
    await producer.close();
  });

  it('stops it without a word while new connections work; only a restarted consumer goes on', async () => {
    const errors: Error[] = [];
    consume('first').on('error', (error) => errors.push(error));
    await producer.add({ id: 1 });
    await until('first:1');

    proxy.cut();
    await producer.add({ id: 2 });
    await sleep(silenceMs);
    expect(done).toEqual(['first:1']);
    expect(errors).toEqual([]);

    const url = new URL(direct.href);
    url.port = String(proxy.port);
    const fresh = new Redis(url.href, { connectTimeout: 5_000 });
    expect(await fresh.ping()).toBe('PONG');
    fresh.disconnect();

    // What our jobs process does after 120 s of silence (reliability § 1.7): end, and be started again.
    consume('second');
    await producer.add({ id: 3 });
    await until('second:3');
  });
});

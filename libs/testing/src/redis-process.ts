import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, waitUntil } from '@banjie/servers';
import { Redis } from 'ioredis';

/** A Redis of the spec's own, to be wiped, killed and misconfigured without disturbing anybody; it keeps nothing on disk. */
export interface RedisProcess {
  readonly url: string;
  flush(): Promise<void>;
  /** `kill -9`: everything in it is gone. */
  kill(): Promise<void>;
  /** On the same port, empty. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startRedisProcess(options: { policy?: string } = {}): Promise<RedisProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'banjie-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}/0`;
  const start = async (): Promise<ChildProcess> => {
    const child = spawn(
      'redis-server',
      [
        ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'],
        ...['--maxmemory-policy', options.policy ?? 'noeviction'],
      ],
      { stdio: 'ignore' },
    );
    const failed = new Promise<never>((_resolve, reject) => child.once('error', reject));
    await Promise.race([failed, waitUntil(() => withRedis(url, (redis) => redis.ping()), { withinMs: 15_000 })]);
    return child;
  };
  let child = await start();
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  };
  return {
    url,
    flush: async () => void (await withRedis(url, (redis) => redis.flushall())),
    kill,
    restart: async () => {
      child = await start();
    },
    stop: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function withRedis<Answer>(url: string, work: (redis: Redis) => Promise<Answer>): Promise<Answer> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

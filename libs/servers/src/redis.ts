import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findCommand } from './find-command';
import { serverSecrets } from './home';
import type { ServerContext } from './postgres';
import { freePort } from './ports';
import { runCommand } from './run-command';
import { StartFault } from './start-fault';
import { waitUntil } from './wait-until';

export interface RedisAddress {
  url: string;
  isEmbedded: boolean;
}

/** Redis for this run: REDIS_URL, or a redis-server / valkey-server of this machine on a port and folder of its own. */
export async function startRedis(context: ServerContext): Promise<RedisAddress> {
  const { env, home, supervisor, report } = context;
  const given = env['REDIS_URL'];
  if (given) {
    await assertNoEviction(given);
    report('Redis:使用 REDIS_URL 指定的服务');
    return { url: given, isEmbedded: false };
  }
  const command = findCommand(['redis-server', 'valkey-server'], env) ?? (await installRedis(context));
  const port = await freePort();
  const { redis: password } = serverSecrets(home);
  const folder = join(home.path, 'redis');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // By file, not by argument: the password must not show in the list of processes.
  const configuration = join(folder, 'redis.conf');
  const lines = [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir "${folder}"`,
    'daemonize no',
    'maxmemory-policy noeviction',
    ...(context.isForTests ? ['appendonly no', 'save ""'] : ['appendonly yes', 'appendfsync everysec']),
  ];
  writeFileSync(configuration, `${lines.join('\n')}\n`, { mode: 0o600 });
  supervisor.start({ name: 'redis', command, args: [configuration], stopGraceMs: 6_000 });
  const url = `redis://:${password}@127.0.0.1:${port}/0`;
  await supervisor.guard(
    waitUntil(() => withRedis(url, (redis) => redis.ping()), { withinMs: 30_000, signal: context.signal }),
  );
  report(`Redis:已启动,127.0.0.1:${port}`);
  return { url, isEmbedded: true };
}

/**
 * Under memory pressure any other policy throws away job bodies without an error (reliability F26).
 * @throws StartFault when Redis cannot be reached or may evict.
 */
export async function assertNoEviction(url: string): Promise<void> {
  let policy: string | undefined;
  try {
    policy = await withRedis(url, async (redis) => {
      const memory = await redis.info('memory');
      return /maxmemory_policy:(\S+)/.exec(memory)?.[1];
    });
  } catch (error) {
    throw new StartFault(
      `REDIS_URL 指向的 Redis 连不上:${(error as Error).message}`,
      '请检查 REDIS_URL 的主机、端口和口令',
    );
  }
  if (policy === 'noeviction') return;
  throw new StartFault(
    `Redis 的淘汰策略是 ${policy ?? '未知'},内存紧张时会无声地丢掉待办任务,拒绝使用。`,
    '请执行:redis-cli CONFIG SET maxmemory-policy noeviction(并写入 redis.conf)',
  );
}

async function withRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 5_000,
    commandTimeout: 5_000,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
  });
  let cause: Error | undefined;
  redis.on('error', (error: Error) => (cause = error));
  try {
    await redis.connect();
    return await work(redis);
  } catch (error) {
    throw cause ?? error;
  } finally {
    redis.disconnect();
  }
}

async function installRedis(context: ServerContext): Promise<string> {
  const advice =
    '请安装后重试:sudo apt-get install -y redis-server(或 valkey-server),或给出已有的服务:REDIS_URL=redis://… npm start';
  const apt = findCommand(['apt-get'], context.env);
  if (process.getuid?.() !== 0 || apt === undefined)
    throw new StartFault('本机没有 redis-server 或 valkey-server。', advice);
  context.report('Redis:本机没有 redis-server,正在用 apt-get 安装…');
  const run = (args: string[]) =>
    runCommand(apt, args, {
      env: { ...context.env, DEBIAN_FRONTEND: 'noninteractive' },
      signal: context.signal,
      timeoutMs: 300_000,
      onTick: (seconds) => context.report(`Redis:apt-get ${args[0]} … ${seconds} 秒`),
    });
  const install = ['install', '-y', '--no-install-recommends', 'redis-server'];
  let result = await run(install);
  if (result.code !== 0) {
    await run(['update']);
    result = await run(install);
  }
  const command = findCommand(['redis-server', 'valkey-server'], context.env);
  if (command !== undefined) {
    // The package starts a service of its own on port 6379 that nobody asked for.
    const systemctl = findCommand(['systemctl'], context.env);
    if (systemctl !== undefined)
      await runCommand(systemctl, ['disable', '--now', 'redis-server'], { timeoutMs: 30_000 });
    context.report('Redis:已用 apt-get 安装 redis-server');
    return command;
  }
  const reason = result.output.trim().split('\n').slice(-3).join(' ');
  throw new StartFault(`用 apt-get 安装 redis-server 失败:${reason}`, advice);
}

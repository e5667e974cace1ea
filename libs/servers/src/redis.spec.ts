import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { openHome, type Home } from './home';
import { assertNoEviction, startRedis } from './redis';
import { Supervisor } from './supervisor';

describe('Redis', () => {
  let home: Home;
  let supervisor: Supervisor;
  beforeAll(() => {
    home = openHome(mkdtempSync(join(tmpdir(), 'banjie-redis-')));
    supervisor = new Supervisor(home);
  });
  afterAll(async () => {
    await supervisor.stopAll();
    rmSync(home.path, { recursive: true, force: true });
  });

  it('is started with a password and without eviction; one that may evict is refused', async () => {
    const env = { PATH: process.env['PATH'] };
    const { url } = await startRedis({ home, supervisor, env, report: () => undefined });
    await expect(assertNoEviction(url)).resolves.toBeUndefined();
    await expect(assertNoEviction(url.replace(/:[^:@]+@/, '@'))).rejects.toThrow('连不上');

    const redis = new Redis(url);
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const given = { home, supervisor, env: { ...env, REDIS_URL: url }, report: () => undefined };
    await expect(startRedis(given)).rejects.toThrow(/淘汰策略是 allkeys-lru[^]*maxmemory-policy noeviction/);
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    await expect(startRedis(given)).resolves.toEqual({ url, isEmbedded: false });
    redis.disconnect();
  });

  it('says what to type when it is not installed', async () => {
    const bare = { home, supervisor, env: { PATH: '/nowhere' }, report: () => undefined };
    await expect(startRedis(bare)).rejects.toThrow(/没有 redis-server[^]*apt-get install -y redis-server/);
  });
});

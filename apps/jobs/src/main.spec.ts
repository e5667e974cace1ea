import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, waitUntil } from '@banjie/servers';
import { addOutbox, rows } from '@banjie/persistence';
import {
  createTestDatabase,
  receiveTestCase,
  seedTestWorld,
  startRedisProcess,
  testCipher,
  writeTestKeys,
  type RedisProcess,
  type TestDatabase,
} from '@banjie/testing';

const program = join(__dirname, '../dist/main.js');
const keys = writeTestKeys();
let database: TestDatabase;
let redis: RedisProcess;
let home: string;
let caseNo: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  if (!existsSync(program)) throw new Error('apps/jobs is not compiled: run npm run build first');
  home = mkdtempSync(join(tmpdir(), 'banjie-jobs-'));
  [database, redis] = await Promise.all([createTestDatabase(), startRedisProcess()]);
  const world = await seedTestWorld(database.dataSource);
  ({ caseNo } = await receiveTestCase(database.dataSource, testCipher(), world));
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await redis?.stop();
  await database?.drop();
  keys.remove();
  rmSync(home, { recursive: true, force: true });
});

interface Ended {
  code: number | null;
  output: string;
}

function launch(env: NodeJS.ProcessEnv = {}): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [program], {
    env: {
      PATH: process.env['PATH'],
      BANJIE_HOME: home,
      DATABASE_URL: database.appUrl,
      REDIS_URL: redis.url,
      BANJIE_KEYS: keys.path,
      BANK_URL: 'http://127.0.0.1:1',
      // Nobody there: the process has to live without Temporal and without the bank.
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      BANJIE_CHILD: '1',
      ...env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  children.push(child);
  child.stdin.on('error', () => undefined);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (output += String(part)));
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, output })));
  return { child, ended };
}

const healthOf = async (port: number) => {
  const response = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(2_000) });
  return (await response.json()) as { status: string; redis: string; loops: Record<string, { failures: number }> };
};

describe('the process', () => {
  it('answers health, does its work without Temporal and bank, and ends on SIGTERM', async () => {
    const port = await freePort();
    const { child, ended } = launch({ BANJIE_JOBS_PORT: String(port) });
    const health = await waitUntil(() => healthOf(port), { withinMs: 30_000 });
    expect(health).toMatchObject({ status: 'ok', redis: 'up' });
    await database.dataSource.transaction((manager) =>
      addOutbox(manager, { topic: 'notice', caseNo, key: 'main:1', payload: { notice: 'acceptanceReceipt', seq: 1 } }),
    );
    await waitUntil(
      async () => {
        const done = await rows(
          database.dataSource,
          `SELECT 1 FROM outbox WHERE key = 'main:1' AND done_at IS NOT NULL`,
        );
        if (done.length === 0) throw new Error('the notice still waits');
      },
      { withinMs: 20_000 },
    );
    expect(readdirSync(join(home, 'outgoing'))).toHaveLength(1);
    const startedAt = Date.now();
    child.kill('SIGTERM');
    const { code, output } = await ended;
    expect(code).toBe(0);
    expect(Date.now() - startedAt).toBeLessThan(20_000);
    // Nothing of a person in the log: the phone of the filing, the key to the database.
    expect(output).not.toMatch(/13900000000|banjie-test@/);
  });

  it('ends when its starter is gone', async () => {
    const port = await freePort();
    const { child, ended } = launch({ BANJIE_JOBS_PORT: String(port) });
    await waitUntil(() => healthOf(port), { withinMs: 30_000 });
    child.stdin?.end();
    expect(await ended).toMatchObject({ code: 0 });
  });

  it('refuses a Redis that may evict, with a sentence', async () => {
    const evicting = await startRedisProcess({ policy: 'allkeys-lru' });
    const { code, output } = await launch({ REDIS_URL: evicting.url }).ended;
    await evicting.stop();
    expect(code).toBe(1);
    expect(output).toContain('allkeys-lru');
    expect(output).not.toMatch(/^\s+at /m);
  });

  it('says which setting is missing', async () => {
    const { code, output } = await launch({ BANK_URL: '' }).ended;
    expect(code).toBe(1);
    expect(output).toContain('BANK_URL');
  });
});

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inpatientReimbursement, shanghaiDate } from '@banjie/domain';
import { addOutbox, rows, workOffDeadLetter } from '@banjie/persistence';
import {
  createTestDatabase,
  receiveTestCase,
  seedTestWorld,
  startHalfOpenProxy,
  startRedisProcess,
  testCipher,
  writeTestKeys,
  type RedisProcess,
  type TestDatabase,
} from '@banjie/testing';
import Bull, { type Queue } from 'bull';
import { Redis } from 'ioredis';
import type { DataSource, EntityManager } from 'typeorm';
import { DispatchWaker } from '../payouts/dispatch-waker';
import { ExportMaker } from '../payouts/export-maker';
import { ReceiptMaker } from '../payouts/receipt-maker';
import { readSettings, Settings, type Rhythm, type SidePace } from '../settings';
import { addHints, sideQueueName, sideQueueOptions, type SideJob } from '../side-work/side-queues';
import { SideWorker } from '../side-work/side-worker';
import { startJobs, type RunningJobs } from '../start-jobs';
import { TemporalClient } from '../temporal-client';
import { maskPhone, type OutgoingMessage } from './file-transport';
import { NoticeDelivery } from './notice-delivery';
import { noticeTexts } from './notice-texts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const keys = writeTestKeys();
let database: TestDatabase;
let redis: RedisProcess;
let home: string;
let caseNo: string;
const caseNos: string[] = [];
let jobs: RunningJobs | null = null;
const endings: string[] = [];

beforeAll(async () => {
  [database, redis] = await Promise.all([createTestDatabase(), startRedisProcess()]);
  const world = await seedTestWorld(database.dataSource);
  for (let i = 0; i < 20; i += 1) {
    caseNos.push((await receiveTestCase(database.dataSource, testCipher(), world)).caseNo);
  }
  caseNo = caseNos[0]!;
  // Only notices are the subject here.
  await database.dataSource.query(`UPDATE cases SET workflow_started_at = now()`);
  await database.dataSource.query(`UPDATE outbox SET done_at = now()`);
});
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'banjie-jobs-'));
  endings.length = 0;
  // Hints of the spec before, made twice while its machine was slow, would spend the pace of this one on nothing.
  await redis.flush();
});
afterEach(async () => {
  await jobs?.stop();
  jobs = null;
  rmSync(home, { recursive: true, force: true });
});
afterAll(async () => {
  await redis?.stop();
  await database?.drop();
  keys.remove();
});

function settings(redisUrl = redis.url, rhythm: Partial<Rhythm> = {}, paced: Partial<SidePace> = {}): Settings {
  const read = readSettings({
    BANJIE_HOME: home,
    DATABASE_URL: database.appUrl,
    REDIS_URL: redisUrl,
    BANJIE_KEYS: keys.path,
    BANK_URL: 'http://127.0.0.1:1',
    TEMPORAL_ADDRESS: '127.0.0.1:1',
  });
  const { environment, homePath, databaseUrl, keysPath, bankUrl, bankKeysPath, temporalNamespace } = read;
  // The hint is made anew after 3 s instead of 60 s, so that a spec need not wait two minutes for what it proves.
  const faster: Rhythm = { ...read.rhythm, hintLeaseMs: 3_000, hintMs: 500, ...rhythm };
  const { pace } = read;
  return new Settings(
    environment,
    homePath,
    databaseUrl,
    redisUrl,
    keysPath,
    bankUrl,
    bankKeysPath,
    temporalNamespace,
    null,
    faster,
    {
      ...pace,
      tryMs: 3_000,
      ...paced,
    },
  );
}

const start = async (with_ = settings()) => {
  jobs = await startJobs(with_, quiet, (reason) => endings.push(reason));
};

let keyNumber = 0;
const receipt = { notice: 'acceptanceReceipt', seq: 1 };
async function leaveNotices(count: number, payload: Record<string, unknown> = receipt, ofCase = caseNo) {
  const ids: number[] = [];
  await database.dataSource.transaction(async (manager) => {
    for (let i = 0; i < count; i += 1) {
      keyNumber += 1;
      const key = `spec:${keyNumber}`;
      await addOutbox(manager, { topic: 'notice', caseNo: ofCase, key, payload });
      const [row] = await rows<{ id: number }>(manager, `SELECT id FROM outbox WHERE key = $1`, [key]);
      ids.push(row!.id);
    }
  });
  return ids;
}

async function waiting(ids: number[]): Promise<number> {
  const [row] = await rows<{ n: number }>(
    database.dataSource,
    `SELECT count(*) AS n FROM outbox WHERE id = ANY($1::bigint[]) AND done_at IS NULL`,
    [ids],
  );
  return row!.n;
}

async function untilDelivered(ids: number[], withinMs: number): Promise<number> {
  const startedAt = Date.now();
  while ((await waiting(ids)) > 0) {
    if (Date.now() - startedAt > withinMs) throw new Error(`${await waiting(ids)} notices still wait`);
    await sleep(50);
  }
  return Date.now() - startedAt;
}

function messages(): OutgoingMessage[] {
  const folder = join(home, 'outgoing');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'))
    .map((line) => JSON.parse(line) as OutgoingMessage);
}

async function expectEachOnce(ids: number[]): Promise<void> {
  const written = messages().map((message) => message.id);
  expect(written.sort((a, b) => a - b)).toEqual(ids);
  const shown = await rows<{ outbox_id: number }>(
    database.dataSource,
    `SELECT outbox_id FROM notice WHERE outbox_id = ANY($1::bigint[]) ORDER BY outbox_id`,
    [ids],
  );
  expect(shown.map((row) => row.outbox_id)).toEqual(ids);
}

describe('a notice', () => {
  it('is shown in the app and leaves as one line that holds no more than it must', async () => {
    await start();
    const [id] = await leaveNotices(1);
    await untilDelivered([id!], 10_000);
    const [message] = messages();
    expect(message).toEqual({
      id,
      channel: 'sms',
      notice: 'acceptanceReceipt',
      caseNo,
      to: '139****0000',
      body: expect.stringContaining(`受理号 ${caseNo}`) as string,
      at: expect.any(String) as string,
    });
    const day = readdirSync(join(home, 'outgoing'))[0]!;
    expect(statSync(join(home, 'outgoing', day, `${id}.jsonl`)).mode & 0o777).toBe(0o600);
    const [row] = await rows<{ notice: string; channel: string; agency_id: string }>(
      database.dataSource,
      `SELECT notice, channel, agency_id FROM notice WHERE outbox_id = $1`,
      [id],
    );
    expect(row).toEqual({ notice: 'acceptanceReceipt', channel: 'file', agency_id: '450206' });
  });

  it('of a breach stays in the app', async () => {
    await start();
    const ids = await leaveNotices(1, { notice: 'clockBreached', clock: 'K-02', run: 1 });
    await untilDelivered(ids, 10_000);
    const [row] = await rows<{ channel: string }>(
      database.dataSource,
      `SELECT channel FROM notice WHERE outbox_id = $1`,
      [ids[0]],
    );
    expect(row?.channel).toBe('inApp');
    expect(readdirSync(home)).toEqual([]);
  });

  it('has a text for every notice of the definition', () => {
    for (const { notice } of inpatientReimbursement.notices) expect(noticeTexts).toHaveProperty(notice);
  });

  it.each([
    ['13812345678', '138****5678'],
    ['0772-7212345', '077****2345'],
    ['12', null],
    [null, null],
  ])('masks the phone %s', (phone, masked) => expect(maskPhone(phone)).toBe(masked));
});

describe('twice equals once', () => {
  const delivery = (dataSource = database.dataSource, with_ = settings()) => {
    const notices = new NoticeDelivery(testCipher(), with_);
    const [receipts, lists] = [new ReceiptMaker(testCipher()), new ExportMaker(testCipher(), dataSource)];
    const dispatch = new DispatchWaker(new TemporalClient(with_));
    const worker = new SideWorker(dataSource, with_, quiet, notices, receipts, lists, dispatch);
    return { deliver: (id: number) => worker.work('notice', id) };
  };

  it('when many jobs carry the same notice at once', async () => {
    const [id] = await leaveNotices(1);
    const answers = await Promise.all(Array.from({ length: 12 }, () => delivery().deliver(id!)));
    expect(answers.filter((finished) => finished > 0)).toEqual([1]);
    await expectEachOnce([id!]);
    await expect(delivery().deliver(id!)).resolves.toBe(0);
    await expectEachOnce([id!]);
  });

  it('when the jobs come through Bull', async () => {
    await start();
    const ids = await leaveNotices(5);
    const queue: Queue<SideJob> = new Bull<SideJob>(sideQueueName('notice'), sideQueueOptions(redis.url));
    try {
      await addHints(queue, [...ids, ...ids, ...ids]);
      await untilDelivered(ids, 10_000);
      await addHints(queue, ids); // after the end, too
      await queue.add(undefined as never, { removeOnComplete: true }); // a job that lost its body
      await sleep(500);
      expect(await queue.getJobCounts()).toMatchObject({ waiting: 0, active: 0, failed: 0, completed: 0 });
    } finally {
      await queue.close();
    }
    await expectEachOnce(ids);
  });

  it('in the order of the acts, whichever job comes first', async () => {
    const ids = await leaveNotices(6);
    await Promise.all([...ids].reverse().map((id) => delivery().deliver(id)));
    const shown = await rows<{ outbox_id: number }>(
      database.dataSource,
      `SELECT outbox_id FROM notice WHERE outbox_id = ANY($1::bigint[]) ORDER BY id`,
      [ids],
    );
    expect(shown.map((row) => row.outbox_id)).toEqual(ids);
    await expectEachOnce(ids);
    // One that waits holds back those behind it: the later job brings it along.
    const [first, second] = await leaveNotices(2);
    await expect(delivery().deliver(second!)).resolves.toBe(2);
    expect(await waiting([first!, second!])).toBe(0);
  });

  it('when the process died after the message was written and before that was committed', async () => {
    const [id] = await leaveNotices(1);
    // The file transport writes, then the transaction is lost.
    const doomed = Object.create(database.dataSource, {
      transaction: {
        value: (work: (manager: EntityManager) => Promise<unknown>) =>
          database.dataSource.transaction(async (manager) => {
            await work(manager);
            throw new Error('killed');
          }),
      },
    }) as DataSource;
    await expect(delivery(doomed).deliver(id!)).resolves.toBe(0);
    const before = messages();
    expect(before).toHaveLength(1);
    // Its next try has to wait for its time.
    await expect(delivery().deliver(id!)).resolves.toBe(0);
    await database.dataSource.query(`UPDATE outbox SET next_try_at = NULL WHERE id = $1`, [id]);
    await expect(delivery().deliver(id!)).resolves.toBe(1);
    expect(messages()).toEqual(before);
    await expectEachOnce([id!]);
  });
});

describe('Redis may be lost', () => {
  it('wiped in the middle of 200 notices: each leaves exactly once', async () => {
    await start();
    const ids: number[] = [];
    for (let wave = 0; wave < 4; wave += 1) {
      ids.push(...(await leaveNotices(50)));
      await sleep(20 + wave * 35);
      await redis.flush();
    }
    const left = await waiting(ids);
    await untilDelivered(ids, 60_000);
    await expectEachOnce(ids);
    // The wipe did hit something; otherwise this proves nothing.
    expect(left).toBeGreaterThan(0);
  });

  it('wiped and killed in the middle of 1 000 notices: each is done once; the one that cannot be goes to the dead letters', async () => {
    await start(
      settings(
        redis.url,
        {},
        { perSecond: { ...settings().pace.perSecond, notice: 400 }, mostTries: 3, firstRetryMs: 200 },
      ),
    );
    const ids = (await Promise.all(caseNos.map((one) => leaveNotices(50, receipt, one)))).flat().sort((a, b) => a - b);
    const [poison] = ids.splice(500, 1);
    // Where its message has to be written stands a folder that is not empty.
    const day = join(home, 'outgoing', shanghaiDate(Date.now()));
    mkdirSync(join(day, `${poison}.jsonl`, 'in-the-way'), { recursive: true });
    for (let wave = 0; wave < 3; wave += 1) {
      await sleep(400);
      await redis.flush();
    }
    const left = await waiting(ids);
    await redis.kill();
    await sleep(1_000);
    await redis.restart();
    await untilDelivered(ids, 120_000);
    // The wipes did hit something; otherwise this proves nothing.
    expect(left).toBeGreaterThan(0);
    const state = () =>
      rows<{ tries: number; dead: boolean; fault: string }>(
        database.dataSource,
        `SELECT tries, dead_at IS NOT NULL AS dead, last_fault AS fault FROM outbox WHERE id = $1`,
        [poison],
      );
    for (const until = Date.now() + 20_000; !(await state())[0]!.dead && Date.now() < until;) await sleep(100);
    expect(await state()).toEqual([{ tries: 3, dead: true, fault: 'internal' }]);

    rmSync(join(day, `${poison}.jsonl`), { recursive: true });
    await expectEachOnce(ids);
    const { dataSource } = database;
    const [person] = await rows<{ id: string }>(
      dataSource,
      `SELECT id FROM staff_account WHERE username = 'supervisor1'`,
    );
    const act = { event: 'retried', reason: 'mended', actorId: person!.id } as const;
    await workOffDeadLetter(dataSource, { id: poison!, agencyId: '450206' }, act);
    await untilDelivered([poison!], 30_000);
    await expectEachOnce([...ids, poison!].sort((a, b) => a - b));
  }, 300_000);

  it('killed and started again: what waited leaves within 120 s, and nothing else suffered', async () => {
    await start();
    await untilDelivered(await leaveNotices(3), 10_000);
    const before = await leaveNotices(20);
    await redis.kill();
    const during = await leaveNotices(30);
    await sleep(4_000);
    expect(await waiting(during)).toBe(30);
    expect(endings).toEqual([]);
    await redis.restart();
    const ms = await untilDelivered([...before, ...during], 120_000);
    expect(ms).toBeLessThan(120_000);
    const written = messages().map((message) => message.id);
    expect(new Set(written).size).toBe(written.length);
    expect(written).toEqual(expect.arrayContaining([...before, ...during]));
  });

  it('holds nothing but ids in its jobs', async () => {
    const queue: Queue<SideJob> = new Bull<SideJob>(sideQueueName('notice'), sideQueueOptions(redis.url));
    const client = new Redis(redis.url);
    try {
      const ids = await leaveNotices(1);
      await addHints(queue, ids);
      const [job] = await queue.getWaiting();
      expect(job?.data).toEqual({ outboxId: ids[0] });
      const stored = (await client.keys('banjie:side-work-notice:*')).length;
      expect(stored).toBeGreaterThan(0);
      for (const key of await client.keys('*')) {
        const dump = String(await client.dump(key));
        expect(dump).not.toContain(caseNo);
      }
      await queue.obliterate({ force: true });
    } finally {
      client.disconnect();
      await queue.close();
    }
  });
});

describe('unsafe or silent', () => {
  it('refuses to start on a Redis that may evict (F26)', async () => {
    const evicting = await startRedisProcess({ policy: 'allkeys-lru' });
    try {
      await expect(startJobs(settings(evicting.url), quiet, () => undefined)).rejects.toThrow('allkeys-lru');
    } finally {
      await evicting.stop();
    }
  });

  it('refuses to start without Redis', async () => {
    await expect(startJobs(settings('redis://127.0.0.1:1/0'), quiet, () => undefined)).rejects.toThrow('Redis');
  });

  it('gives way to a new process when a half-open cut has made its consumer silent (F27)', async () => {
    const { hostname, port } = new URL(redis.url);
    const proxy = await startHalfOpenProxy({ host: hostname, port: Number(port) });
    try {
      const rhythm = { silenceMs: 4_000, silenceLookMs: 500 };
      await start(settings(`redis://127.0.0.1:${proxy.port}/0`, rhythm));
      await untilDelivered(await leaveNotices(2), 10_000);
      proxy.cut();
      const ids = await leaveNotices(3);
      for (const until = Date.now() + 30_000; endings.length === 0 && Date.now() < until;) await sleep(100);
      expect(endings[0]).toMatch(/silent/);
      expect(await waiting(ids)).toBe(3);
      await jobs?.stop();
      // The new process, over new connections.
      await start(settings(`redis://127.0.0.1:${proxy.port}/0`));
      await untilDelivered(ids, 20_000);
      await expectEachOnce([...new Set(messages().map((m) => m.id))].sort((a, b) => a - b));
    } finally {
      await jobs?.stop();
      jobs = null;
      await proxy.close();
    }
  });

  it('is not silent while Redis is away', async () => {
    await start(settings(redis.url, { silenceMs: 1_500, silenceLookMs: 200 }));
    await redis.kill();
    await leaveNotices(2);
    await sleep(4_000);
    expect(endings).toEqual([]);
    await redis.restart();
  });
});

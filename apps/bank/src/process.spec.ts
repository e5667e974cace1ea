import type { BankPayment } from '@banjie/contracts';
import { bankLedgerSummarySchema, bankQueryAnswerSchema } from '@banjie/contracts';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { call, files } from './testing/caller';

const room = join(__dirname, '..');
const main = join(room, 'dist/main.js');
let home: string;
const children = new Set<ChildProcess>();

beforeAll(() => {
  const compiled = spawnSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-b', room], {
    encoding: 'utf8',
  });
  expect(compiled.stdout).toBe('');
});
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'banjie-bank-process-'));
  await writeFile(join(home, 'keys.json'), JSON.stringify(files.bank));
});
afterEach(async () => {
  for (const child of children) await end(child, 'SIGKILL');
  await rm(home, { recursive: true });
});

interface Child {
  child: ChildProcess;
  url: string;
  firstLine: string;
}

async function start(environment: NodeJS.ProcessEnv = {}): Promise<Child> {
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env['PATH'], BANK_HOME: home, BANJIE_BANK_PORT: '0', ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  children.add(child);
  let output = '';
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const url = /listening (\S+)/.exec(output)?.[1];
      if (url) resolve({ child, url, firstLine: output });
    });
    child.once('exit', (code) => reject(new Error(`exit ${code}: ${output}`)));
  });
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
  children.delete(child);
  return child.exitCode;
}

const payment = (orderNo: string): BankPayment => ({
  orderNo,
  amountFen: 100,
  fundAccount: '45020000000001',
  payeeName: '测试收款人',
  payeeAccount: '6222020000000001',
  payeeBankCode: '102614000001',
});
const post = (url: string, body: unknown): Promise<Response> =>
  call(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
const query = async (url: string, orderNo: string) =>
  bankQueryAnswerSchema.parse(await (await call(`${url}/payments/${orderNo}`)).json());
const summary = async (url: string) =>
  bankLedgerSummarySchema.parse(await (await call(`${url}/ledger/summary`)).json());

describe('the bank as a process', () => {
  it('killed between booking and answer, knows the booking afterwards and does not book again', async () => {
    const first = await start();
    await post(`${first.url}/faults`, { kind: 'slowReply', match: { next: 1 }, ms: 60_000 });
    const unanswered = expect(post(`${first.url}/payments`, payment('ZF1'))).rejects.toThrow();
    while ((await query(first.url, 'ZF1')).status !== 'booked') await sleep(10);
    await end(first.child, 'SIGKILL');
    await unanswered;

    const second = await start();
    expect(await query(second.url, 'ZF1')).toMatchObject({ status: 'booked', inFlight: false });
    const again = (await (await post(`${second.url}/payments`, payment('ZF1'))).json()) as unknown;
    expect(again).toMatchObject({ status: 'booked', duplicate: true });
    expect(await summary(second.url)).toMatchObject({ debits: { count: 1 }, bookingsByOrder: { ZF1: 1 } });
  });

  it('killed before booking, has nothing of the order, and keeps its faults', async () => {
    const first = await start();
    await post(`${first.url}/faults`, { kind: 'slow', match: {}, ms: 60_000 });
    const unanswered = expect(post(`${first.url}/payments`, payment('ZF1'))).rejects.toThrow();
    while (!(await query(first.url, 'ZF1')).inFlight) await sleep(10);
    await end(first.child, 'SIGKILL');
    await unanswered;

    const second = await start();
    expect(await query(second.url, 'ZF1')).toMatchObject({ status: 'notReceived', inFlight: false });
    expect(await (await call(`${second.url}/faults`)).json()).toMatchObject({ faults: [{ fault: { kind: 'slow' } }] });
  });

  it('killed again and again under load, keeps all it answered and books each order once', async () => {
    const answered = new Set<string>();
    const sent: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      const { child, url } = await start();
      const before = answered.size;
      const calls = Array.from({ length: 40 }, async (_, n) => {
        const orderNo = `ZF${round}-${n % 20}`; // each number twice, to race the repeat as well
        if (n < 20) sent.push(orderNo);
        await sleep(n * 2);
        const answer = await post(`${url}/payments`, payment(orderNo)).catch(() => undefined);
        const body = (await answer?.json().catch(() => undefined)) as { status?: string } | undefined;
        if (body?.status === 'booked') answered.add(orderNo);
      });
      while (answered.size < before + round * 3) await sleep(1);
      await end(child, 'SIGKILL');
      await Promise.all(calls);
    }
    const { url } = await start();
    for (const orderNo of answered) expect(await query(url, orderNo)).toMatchObject({ status: 'booked' });
    await Promise.all(sent.map((orderNo) => post(`${url}/payments`, payment(orderNo))));
    const books = await summary(url);
    expect(answered.size).toBeGreaterThan(0);
    expect(answered.size).toBeLessThan(sent.length);
    expect(books).toMatchObject({ debits: { count: sent.length, sumFen: sent.length * 100 }, ordersBookedTwice: [] });
    expect(books.accounts).toEqual([
      expect.objectContaining({ balanceFen: (books.accounts[0]?.openingFen ?? 0) - sent.length * 100 }),
    ]);
  });

  it('drops a torn last line and says so', async () => {
    const first = await start();
    await post(`${first.url}/payments`, payment('ZF1'));
    await end(first.child, 'SIGKILL');
    await appendFile(join(home, 'journal.jsonl'), '{"n":3,"at":"2026-11');
    const second = await start();
    expect(second.firstLine).toContain('20 torn bytes dropped');
    expect(await summary(second.url)).toMatchObject({ debits: { count: 1 } });
  });

  it('ends with 0 on SIGTERM, also while a call is waiting', async () => {
    const { child, url } = await start();
    await post(`${url}/faults`, { kind: 'slow', match: {}, ms: 60_000 });
    const broken = expect(post(`${url}/payments`, payment('ZF1'))).rejects.toThrow();
    while (!(await query(url, 'ZF1')).inFlight) await sleep(10);
    expect(await end(child, 'SIGTERM')).toBe(0);
    await broken;
  });

  it('ends when its starter is gone, if it was started as a child', async () => {
    const { child } = await start({ BANJIE_CHILD: '1' });
    const exited = once(child, 'exit');
    child.stdin?.end();
    expect((await exited)[0]).toBe(0);
  });

  it('names the variable when the port is taken, and the folder when another bank uses it', async () => {
    const { url } = await start();
    const other = await mkdtemp(join(tmpdir(), 'banjie-bank-other-'));
    await expect(start({ BANK_HOME: other })).rejects.toThrow('BANK_KEYS');
    const BANK_KEYS = join(home, 'keys.json');
    const taken = { BANK_HOME: other, BANK_KEYS, BANJIE_BANK_PORT: new URL(url).port };
    await expect(start(taken)).rejects.toThrow('BANJIE_BANK_PORT');
    await expect(start()).rejects.toThrow('BANK_HOME');
    await rm(other, { recursive: true });
  });

  it('refuses settings that make no sense', async () => {
    await expect(start({ BANJIE_BANK_PORT: 'eighty' })).rejects.toThrow('BANJIE_BANK_PORT');
  });
});

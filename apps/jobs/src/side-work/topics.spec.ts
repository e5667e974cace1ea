import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { batchWorkflowId, type DeadLetterList, type ExportView, type PaymentReceipts } from '@banjie/contracts';
import { addAgencyWork, rows, wakeDispatch } from '@banjie/persistence';
import {
  accountOf,
  asOwner,
  drawTestOrder,
  eventually,
  moveTestOrder,
  ownNamespace,
  startRedisProcess,
  startTestApi,
  testCipher,
  writeTestKeys,
  type RedisProcess,
  type TestApi,
  type TestClient,
  type TestOrder,
} from '@banjie/testing';
import { Client, Connection } from '@temporalio/client';
import { readSettings, Settings } from '../settings';
import { startJobs, type RunningJobs } from '../start-jobs';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const keys = writeTestKeys();
const home = mkdtempSync(join(tmpdir(), 'banjie-topics-'));
let api: TestApi;
let redis: RedisProcess;
let namespace: string;
let clerk: TestClient;
let jobs: RunningJobs | null = null;

beforeAll(async () => {
  [api, redis, namespace] = await Promise.all([startTestApi(), startRedisProcess(), ownNamespace('side-topics')]);
  clerk = await api.signIn('settle1');
});
afterEach(async () => {
  await jobs?.stop();
  jobs = null;
});
afterAll(async () => {
  await api?.stop();
  await redis?.stop();
  keys.remove();
  rmSync(home, { recursive: true, force: true });
});

const sql = <Row = Record<string, unknown>>(text: string, values: unknown[] = []) =>
  rows<Row>(api.database.dataSource, text, values);
async function start(): Promise<void> {
  const read = readSettings({
    ...{ BANJIE_HOME: home, DATABASE_URL: api.database.appUrl, REDIS_URL: redis.url, BANJIE_KEYS: keys.path },
    ...{ BANK_URL: 'http://127.0.0.1:1', TEMPORAL_ADDRESS: process.env['BANJIE_TEST_TEMPORAL'] },
    ...{ TEMPORAL_NAMESPACE: namespace, NOTICES_PER_SECOND: '40' },
  });
  // A hint is made anew after 3 s instead of a minute, so that a wipe need not be waited out.
  const rhythm = { ...read.rhythm, hintLeaseMs: 3_000, hintMs: 300 };
  const settings = Object.assign(Object.create(Settings.prototype) as Settings, read, { rhythm });
  jobs = await startJobs(settings, quiet, () => undefined);
}
const open = async (topic: string) =>
  (await sql<{ n: number }>(`SELECT count(*) AS n FROM outbox WHERE topic = $1 AND done_at IS NULL AND dead_at IS NULL`, [topic]))[0]!.n; // prettier-ignore

async function newOrders(count: number): Promise<TestOrder[]> {
  const orders: TestOrder[] = [];
  for (let n = 0; n < count; n += 1) {
    const amountFen = 10_000 + n;
    orders.push(await drawTestOrder(api.database.dataSource, testCipher(), api.world, { amountFen, state: 'sent' }));
  }
  return orders;
}

describe('拨付凭证', () => {
  it('is left with the payment and made once for each order, though Redis is wiped in the middle', async () => {
    const orders = await newOrders(60);
    await start();
    for (let wave = 0; wave < 3; wave += 1) {
      for (const { orderNo } of orders.slice(wave * 20, wave * 20 + 20))
        await moveTestOrder(api.database.dataSource, orderNo, 'paid');
      await sleep(150);
      await redis.flush();
    }
    // The wipes did hit something; otherwise this proves nothing.
    expect(await open('paymentReceipt')).toBeGreaterThan(0);
    await eventually(() => open('paymentReceipt'), (left) => left === 0, 60_000); // prettier-ignore
    const made = await sql<{ no: string }>(`SELECT order_no AS no FROM payment_receipt ORDER BY order_no`);
    expect(made.map(({ no }) => no)).toEqual(orders.map(({ orderNo }) => orderNo).sort());
    // What is written on a paid order later leaves nothing more.
    await sql(`UPDATE payout_order SET bank_reference = 'B1' WHERE order_no = $1`, [orders[0]!.orderNo]);
    expect(await open('paymentReceipt')).toBe(0);
    const [row] = await sql<{ sealed: Buffer }>(`SELECT body_enc AS sealed FROM payment_receipt LIMIT 1`);
    expect(row!.sealed.includes(Buffer.from('测试收款人'))).toBe(false);

    const { caseNo, orderNo, payee } = orders[0]!;
    const window = await api.signIn('window1');
    const seen = async () => (await window.get<PaymentReceipts>(`/api/cases/${caseNo}/payment-receipts`)).body.items;
    expect(await seen()).toEqual([
      expect.objectContaining({
        ...{ orderNo, amountFen: 10_000, amountInWords: '人民币壹佰元整', payeeName: payee.accountName, state: 'paid' },
        payeeAccount: `************${payee.accountNumber.slice(-4)}`,
      }),
    ]);
    await moveTestOrder(api.database.dataSource, orderNo, 'returned');
    expect(await seen()).toEqual([expect.objectContaining({ orderNo, state: 'returned', stateLabel: '退票' })]);
    const foreign = await api.signIn('b-window1');
    expect(await foreign.refusal('GET', `/api/cases/${caseNo}/payment-receipts`)).toEqual([404, 'CASE_NOT_FOUND']);
    // On paper, for the window: the same each time it is printed, and none of another case's.
    const paper = (no: string, who = window) => who.get<string>(`/api/cases/${caseNo}/payment-receipts/${no}/pdf`);
    const printed = await paper(orderNo);
    expect([printed.status, printed.headers.get('content-type')]).toEqual([200, 'application/pdf']);
    expect(printed.body.startsWith('%PDF-')).toBe(true);
    expect((await paper(orderNo)).body).toBe(printed.body);
    expect(await paper(orders[1]!.orderNo)).toMatchObject({ status: 404, body: { code: 'RECEIPT_NOT_FOUND' } });
    expect(await paper(orderNo, foreign)).toMatchObject({ status: 404, body: { code: 'CASE_NOT_FOUND' } });
  });
});

describe('an export', () => {
  const path = '/api/finance/exports';
  const month = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 7);
  const ask = async (id: string) => (await clerk.post<ExportView>(path, { id, list: 'monthOrders', of: month })).body;
  const viewed = async (id: string) => (await clerk.get<ExportView>(`${path}/${id}`)).body;

  it('is made in the background, once, though Redis is wiped, and can be had while it is kept', async () => {
    await newOrders(3);
    const ids = Array.from({ length: 12 }, () => randomUUID());
    for (const id of ids) expect(await ask(id)).toMatchObject({ id, state: 'making', rowCount: null });
    expect(await clerk.refusal('GET', `${path}/${ids[0]}/content`)).toEqual([409, 'EXPORT_NOT_READY']);
    await start();
    await sleep(600);
    await redis.flush();
    expect(await open('export')).toBeGreaterThan(0);
    await eventually(() => open('export'), (left) => left === 0, 60_000); // prettier-ignore
    const [{ n }] = (await sql<{ n: number }>(`SELECT count(*) AS n FROM payout_order WHERE agency_id = '450206'`)) as [{ n: number }]; // prettier-ignore
    for (const id of ids) expect(await viewed(id)).toMatchObject({ state: 'ready', rowCount: n });
    expect(await ask(ids[0]!)).toMatchObject({ state: 'ready' });
    expect(await clerk.refusal('POST', path, { id: ids[0], list: 'monthOrders', of: '2020-01' })).toEqual([
      ...[409, 'ACTION_REUSED'],
    ]);

    const { status, body } = await clerk.get<string>(`${path}/${ids[0]}/content`);
    expect(status).toBe(200);
    const lines = body.trim().split('\r\n');
    expect(lines).toHaveLength(n + 2);
    expect(lines[0]).toContain('拨付单号,受理号,批次,金额(元),状态');
    const [sum] = await sql<{ fen: number }>(
      `SELECT sum(amount_fen)::bigint AS fen FROM payout_order WHERE agency_id = '450206'`,
    );
    expect(lines.at(-1)).toBe(`合计,${n},,${(sum!.fen / 100).toFixed(2)},,,,,,`.slice(0, lines.at(-1)!.length));
    expect(body).not.toContain('测试收款人');

    await asOwner(api.database.dataSource, (owner) =>
      owner.query(`UPDATE export_file SET expires_at = now() WHERE id = $1`, [ids[0]]),
    );
    expect(await viewed(ids[0]!)).toMatchObject({ state: 'expired' });
    expect(await clerk.refusal('GET', `${path}/${ids[0]}/content`)).toEqual([404, 'EXPORT_EXPIRED']);
    await jobs?.stop();
    await start();
    await eventually(
      () => sql(`SELECT id FROM export_file WHERE content_enc IS NULL AND made_at IS NOT NULL`),
      (dropped) => dropped.length === 1,
    );
  });

  it('is one agency’s own, of a batch that is there, for finance', async () => {
    const id = randomUUID();
    await ask(id);
    expect(await clerk.refusal('POST', path, { id: randomUUID(), list: 'batchOrders', of: 'PB-none' })).toEqual([
      ...[404, 'BATCH_NOT_FOUND'],
    ]);
    expect(await clerk.refusal('POST', path, { id: randomUUID(), list: 'monthOrders', of: '2026-13' })).toEqual([
      ...[400, 'BAD_SHAPE'],
    ]);
    expect(await clerk.refusal('GET', `${path}/${randomUUID()}`)).toEqual([404, 'EXPORT_NOT_FOUND']);
    const window = await api.signIn('window1');
    expect(await window.refusal('GET', `${path}/${id}`)).toEqual([403, 'FORBIDDEN']);
  });

  it('that cannot be made is a dead letter of its agency, though it is no case’s', async () => {
    await api.database.dataSource.transaction((manager) =>
      addAgencyWork(manager, {
        ...{ topic: 'export', agencyId: '450206', key: `export:${randomUUID()}` } as const, // prettier-ignore
        payload: { exportId: randomUUID(), of: '2026-01' },
      }),
    );
    await start();
    const supervisor = await api.signIn('supervisor1');
    const dead = async () => (await supervisor.get<DeadLetterList>('/api/side-work/dead?topic=export')).body.items;
    const [letter] = await eventually(dead, (items) => items.length === 1, 30_000);
    expect(letter).toMatchObject({ caseNo: null, about: '2026-01', topicLabel: '导出清单', fault: 'subjectMissing' });
    expect(await supervisor.refusal('POST', `/api/side-work/${letter!.id}/dismiss`, { reason: 'notNeeded' })).toEqual([
      ...[204, null],
    ]);
    expect(await dead()).toEqual([]);
  });
});

describe('a hint to dispatch', () => {
  let connection: Connection;
  beforeAll(async () => (connection = await Connection.connect({ address: process.env['BANJIE_TEST_TEMPORAL']! })));
  afterAll(() => connection?.close());

  async function newBatch(batchNo: string, state: 'released' | 'settled'): Promise<string> {
    const by = (username: string) => accountOf(api.world, username).id;
    await asOwner(api.database.dataSource, (owner) =>
      owner.query(
        `INSERT INTO payout_batch (batch_no, agency_id, fund_account, pay_date, occasion, channel, seq, state, carried, order_count, amount_fen,
           gathered_at, made_by, reviewed_by, released_by, head_hash)
         SELECT $1, '450206', fund_account, '2026-11-30', 'demand', 'http', 4, $2, $2, 1, 1, now(), $3, $4, $5, '\\x00' FROM agency WHERE id = '450206'`,
        [batchNo, state, by('settle1'), by('finreview1'), by('finapprove1')],
      ),
    );
    return batchNo;
  }
  const hint = (batchNo: string, because: string) =>
    api.database.dataSource.transaction((manager) => wakeDispatch(manager, batchNo, because));
  const hints = (batchNo: string) =>
    sql<{ done: boolean }>(
      `SELECT done_at IS NOT NULL AS done FROM outbox WHERE topic = 'wakeDispatch' AND payload->>'batchNo' = $1 ORDER BY id`,
      [batchNo],
    );
  async function signals(batchNo: string): Promise<number> {
    const handle = new Client({ connection, namespace }).workflow.getHandle(batchWorkflowId(batchNo));
    const history = await handle.fetchHistory().catch(() => null);
    return (history?.events ?? []).filter(({ workflowExecutionSignaledEventAttributes: told }) => told).length;
  }

  it('reaches the run of the batch, however often Redis is wiped; many before it is taken up are one', async () => {
    const batchNo = await newBatch('PB-hint', 'released');
    const settled = await newBatch('PB-over', 'settled');
    for (const because of ['a', 'b', 'c']) await hint(batchNo, because);
    await hint(settled, 'a');
    expect(await hints(batchNo)).toHaveLength(1);
    await redis.flush();
    await start();
    await redis.flush();
    await eventually(() => open('wakeDispatch'), (left) => left === 0, 60_000); // prettier-ignore
    await eventually(
      () => signals(batchNo),
      (count) => count >= 1,
    );
    expect(await signals(settled)).toBe(0);
    await hint(batchNo, 'd');
    await eventually(() => hints(batchNo), (all) => all.length === 2 && all.every(({ done }) => done), 60_000); // prettier-ignore
    await eventually(
      () => signals(batchNo),
      (count) => count >= 2,
    );
  });
});

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { readCsvPayments, readPain001, writeCsvResults, writePain002, batchPaymentGb18030 } from '@banjie/bank-files';
import { fen } from '@banjie/domain';
import { findBankFile, openBankFile, rows } from '@banjie/persistence';
import {
  answerAsBank,
  createTestDatabase,
  drawTestOrder,
  moveTestOrder,
  orderStateOf,
  seedTestWorld,
  startBankProcess,
  testCallKeys,
  testCipher,
  type BankProcess,
  type TestDatabase,
  type TestOrder,
  type TestWorld,
} from '@banjie/testing';
import { createBankClient } from '../bank-client';
import { createPayoutActivities } from '../payout.activities';
import { collectPaymentResults, judgeResults } from './collect-results';
import type { ExchangeDependencies, ExchangeStep } from './exchange';
import { sendPaymentFile } from './send-payment-file';

const cipher = testCipher();
let database: TestDatabase;
let world: TestWorld;
let bank: BankProcess;
const alarms: string[] = [];

beforeAll(async () => {
  [database, bank] = await Promise.all([createTestDatabase(), startBankProcess()]);
  world = await seedTestWorld(database.dataSource);
});
afterAll(async () => {
  await bank?.stop();
  await database?.drop();
});
beforeEach(() => (alarms.length = 0));
afterEach(() => bank.clearFaults());

const callTimeoutMs = 400;
const finalitySeconds = 0.3;
const dependencies = (set: Partial<ExchangeDependencies> = {}): ExchangeDependencies => ({
  dataSource: database.dataSource,
  cipher,
  bank: createBankClient(bank.url, testCallKeys(), { timeoutMs: callTimeoutMs }),
  finalitySeconds,
  callTimeoutMs,
  alarm: (code) => void alarms.push(code),
  ...set,
});
const untilFinal = () => sleep(callTimeoutMs + finalitySeconds * 1_000 + 50);

let batches = 0;
interface Part {
  batchNo: string;
  part: number;
  orderNos: string[];
  orders: TestOrder[];
}
async function newPart(count = 3, options: Parameters<typeof drawTestOrder>[3] = {}): Promise<Part> {
  const orders: TestOrder[] = [];
  for (let n = 0; n < count; n += 1) orders.push(await drawTestOrder(database.dataSource, cipher, world, options));
  batches += 1;
  return { batchNo: `PB${batches}`, part: 1, orderNos: orders.map(({ orderNo }) => orderNo), orders };
}
const send = (part: Part, set?: Partial<ExchangeDependencies>) => sendPaymentFile(dependencies(set), part);
const collect = (fileId: number | null, set?: Partial<ExchangeDependencies>) =>
  collectPaymentResults(dependencies({ bank: createBankClient(bank.url, testCallKeys()), ...set }), {
    fileId: fileId!,
  });
const statesOf = ({ orderNos }: Part) => Promise.all(orderNos.map((no) => orderStateOf(database.dataSource, no)));
const bookingsOf = async ({ orderNos }: Part) => {
  const { bookingsByOrder } = await bank.summary();
  return orderNos.map((no) => bookingsByOrder[no] ?? 0);
};
const attemptsOf = (orderNo: string) =>
  rows<{ n: number; kind: string; answer: string | null }>(
    database.dataSource,
    `SELECT n, kind, answer FROM payout_attempt WHERE order_no = $1 ORDER BY n`,
    [orderNo],
  );
const filesOf = ({ batchNo }: Part) =>
  rows<{ id: number; state: string; uploads: number }>(
    database.dataSource,
    `SELECT id, state, uploads FROM bank_file WHERE batch_no = $1 ORDER BY part`,
    [batchNo],
  );
const allFiles = () => rows(database.dataSource, `SELECT id, state, report FROM bank_file ORDER BY id`);

/** Finishes a part as its batch does. */
async function finishPart(part: Part): Promise<void> {
  for (const until = Date.now() + 20_000; Date.now() < until; await sleep(100)) {
    const { word, fileId } = await send(part);
    if (word !== 'taken') continue;
    if ((await collect(fileId)).open === 0) return;
  }
  throw new Error('the part did not come to an end');
}

describe('a part of a batch', () => {
  it.each(['pain001', 'csvGb18030', 'csvUtf8'] as const)('goes as %s, and its results are posted', async (layout) => {
    const part = await newPart();
    const sent = await send(part, { layout, bank: createBankClient(bank.url, testCallKeys()) });
    expect(sent).toEqual({ fileId: sent.fileId, word: 'taken', count: 3, totalFen: 3 * 123_456, leftOut: [] });
    expect(await statesOf(part)).toEqual(['sent', 'sent', 'sent']);
    await expect(collect(sent.fileId, { layout })).resolves.toEqual({
      ...{ state: 'posted', paid: 3, failed: 0, open: 0, faults: [] },
    });
    expect(await statesOf(part)).toEqual(['paid', 'paid', 'paid']);
    expect(await attemptsOf(part.orderNos[0]!)).toEqual([{ n: 1, kind: 'send', answer: 'accepted' }]);
    expect(await bookingsOf(part)).toEqual([1, 1, 1]);
    const [entry] = (await bank.statement()).filter(({ orderNo }) => orderNo === part.orderNos[1]);
    expect(entry).toMatchObject({ amountFen: 123_456, payeeAccount: part.orders[1]!.payee.accountNumber });
    expect(alarms).toEqual([]);
    // What went can be proved by opening it.
    const bytes = await openBankFile(database.dataSource, cipher, sent.fileId!);
    const read = layout === 'pain001' ? await readPain001(bytes) : undefined;
    if (read) expect(read.lines.map(({ orderNo }) => orderNo)).toEqual([...part.orderNos].sort());
    if (layout === 'csvGb18030') expect((await readCsvPayments(bytes, batchPaymentGb18030)).lines).toHaveLength(3);
  });

  it('is built once and sent once, however often and by however many it is asked for', async () => {
    const part = await newPart();
    const words = await Promise.all(Array.from({ length: 8 }, () => send(part)));
    expect(new Set(words.map(({ fileId }) => fileId)).size).toBe(1);
    await finishPart(part);
    expect(await filesOf(part)).toMatchObject([{ state: 'taken', uploads: 1 }]);
    expect(await bookingsOf(part)).toEqual([1, 1, 1]);
    expect(await attemptsOf(part.orderNos[2]!)).toHaveLength(1);
  });

  it('leaves out what may not go or cannot, and says why', async () => {
    const good = await newPart(1);
    const odd = (await newPart(1, { payee: { bankCode: '工行' } })).orderNos[0]!;
    const long = (await newPart(1, { payee: { accountName: '长'.repeat(141) } })).orderNos[0]!;
    const drawn = (await newPart(1, { state: 'drawn' })).orderNos[0]!;
    const changed = (await newPart(1)).orders[0]!;
    await rows(database.dataSource, `UPDATE decision SET voided_at = now() WHERE id = $1`, [changed.decisionId]);
    const part = { ...good, orderNos: [...good.orderNos, odd, long, drawn, changed.orderNo, 'NOBODY'] };
    const sent = await send(part);
    expect(sent).toMatchObject({ word: 'taken', count: 1, totalFen: 123_456 });
    const expected = [
      { orderNo: odd, code: 'unsendable' },
      { orderNo: long, code: 'unsendable' },
      { orderNo: drawn, code: 'notReleased' },
      { orderNo: changed.orderNo, code: 'payeeChanged' },
      { orderNo: 'NOBODY', code: 'notReleased' },
    ];
    expect(sent.leftOut).toHaveLength(5);
    expect(sent.leftOut).toEqual(expect.arrayContaining(expected));
    expect(alarms).toEqual(['payeeChanged']);
    expect(await statesOf({ ...part, orderNos: [odd, long, drawn, changed.orderNo] })).toEqual([
      ...['failed', 'failed', 'drawn', 'released'],
    ]);
    expect(await attemptsOf(long)).toEqual([{ n: 1, kind: 'send', answer: 'unsendable' }]);
    // Called again it answers the same.
    await expect(send(part)).resolves.toEqual(sent);
  });

  it('without an order that can go leaves no file', async () => {
    const part = await newPart(1, { state: 'void' });
    await expect(send(part)).resolves.toMatchObject({ fileId: null, word: 'refused', count: 0 });
    expect(await filesOf(part)).toEqual([]);
  });
});

describe('doubt about a file', () => {
  it('is ended by a question when the reply was lost after the bank had taken it', async () => {
    const part = await newPart();
    await bank.setFault({ kind: 'lostReplyAfterBooking', match: { next: 1 } });
    await expect(send(part)).resolves.toMatchObject({ word: 'unknown' });
    await expect(send(part)).resolves.toMatchObject({ word: 'taken' });
    expect(await filesOf(part)).toMatchObject([{ uploads: 1 }]);
    await finishPart(part);
    expect(await bookingsOf(part)).toEqual([1, 1, 1]);
  });

  it('sends the same bytes again only once the bank has proved for good that it never had them', async () => {
    const part = await newPart();
    await bank.setFault({ kind: 'lostReplyBeforeBooking', match: { next: 1 } });
    await expect(send(part)).resolves.toMatchObject({ word: 'unknown' });
    await expect(send(part)).resolves.toMatchObject({ word: 'unknown' });
    expect(await filesOf(part)).toMatchObject([{ uploads: 1 }]);
    await untilFinal();
    await expect(send(part)).resolves.toMatchObject({ word: 'taken' });
    expect(await filesOf(part)).toMatchObject([{ uploads: 2 }]);
    // Each upload is an attempt of each order, written ahead.
    expect(await attemptsOf(part.orderNos[0]!)).toMatchObject([{ n: 1 }, { n: 2, answer: 'accepted' }]);
    await finishPart(part);
    expect(await bookingsOf(part)).toEqual([1, 1, 1]);
  });

  it('lasts while the bank is slow or away, and nothing goes twice', async () => {
    const part = await newPart();
    await bank.setFault({ kind: 'slow', match: { next: 1 }, ms: 1_200 });
    await expect(send(part)).resolves.toMatchObject({ word: 'unknown' });
    await untilFinal();
    await expect(send(part)).resolves.toMatchObject({ word: 'unknown' });
    await bank.setFault({ kind: 'outage', match: {}, ms: 300 });
    await expect(send(part)).resolves.toMatchObject({ word: 'unknown' });
    await finishPart(part);
    expect(await filesOf(part)).toMatchObject([{ uploads: 1 }]);
    expect(await bookingsOf(part)).toEqual([1, 1, 1]);
  });

  it('survives the death of the bank in the middle of an upload', async () => {
    const part = await newPart();
    await bank.setFault({ kind: 'slow', match: { next: 1 }, ms: 5_000 });
    const sending = send(part, { bank: createBankClient(bank.url, testCallKeys(), { timeoutMs: 5_000 }) });
    await sleep(300);
    await bank.crashAndRestart();
    await expect(sending).resolves.toMatchObject({ word: 'unknown' });
    await bank.clearFaults();
    await finishPart(part);
    expect(await bookingsOf(part)).toEqual([1, 1, 1]);
  });

  it('ends without a further upload when an order of it has gone its own way', async () => {
    const part = await newPart();
    await bank.setFault({ kind: 'lostReplyBeforeBooking', match: { next: 1 } });
    await send(part);
    await untilFinal();
    const alone = createPayoutActivities({ ...dependencies(), bank: createBankClient(bank.url, testCallKeys()) });
    await expect(alone.askBank({ orderNo: part.orderNos[0]! })).resolves.toEqual({ word: 'resend' });
    await expect(alone.payOrder({ orderNo: part.orderNos[1]! })).resolves.toEqual({ word: 'unknown' });
    await expect(send(part)).resolves.toMatchObject({ word: 'refused' });
    expect(alarms).toEqual(['fileRefused']);
    expect(await statesOf(part)).toEqual(['released', 'released', 'released']);
    expect(await bookingsOf(part)).toEqual([0, 0, 0]);
  });

  it('ends without a further upload when its orders went out in another file, and frees none of them there', async () => {
    const part = await newPart();
    const [first, ...others] = part.orderNos;
    await bank.setFault({ kind: 'lostReplyBeforeBooking', match: { next: 1 } });
    await send(part);
    await untilFinal();
    const alone = createPayoutActivities({ ...dependencies(), bank: createBankClient(bank.url, testCallKeys()) });
    for (const orderNo of others) await expect(alone.askBank({ orderNo })).resolves.toEqual({ word: 'resend' });
    const second = { ...part, part: 2, orderNos: others };
    const quick = { bank: createBankClient(bank.url, testCallKeys()) };
    const { word, fileId } = await send(second, quick);
    expect(word).toBe('taken');
    // Let go later, and the old file is looked at again: what is under way by the other one stays there.
    await expect(alone.askBank({ orderNo: first! })).resolves.toEqual({ word: 'resend' });
    await expect(send(part, quick)).resolves.toMatchObject({ word: 'refused' });
    expect(await statesOf(part)).toEqual(['released', 'sent', 'sent']);
    expect(await filesOf(part)).toMatchObject([
      { state: 'refused', uploads: 2 },
      { state: 'taken', uploads: 1 },
    ]);
    expect(await bookingsOf(part)).toEqual([0, 1, 1]);
    await expect(collect(fileId)).resolves.toMatchObject({ paid: 2, open: 0 });
    expect(await statesOf(part)).toEqual(['released', 'paid', 'paid']);
  });

  it('whose orders were all sent again by another file is not brought to the bank any more', async () => {
    const part = await newPart();
    await bank.setFault({ kind: 'lostReplyBeforeBooking', match: { next: 1 } });
    await send(part);
    await untilFinal();
    const alone = createPayoutActivities({ ...dependencies(), bank: createBankClient(bank.url, testCallKeys()) });
    for (const orderNo of part.orderNos) await expect(alone.askBank({ orderNo })).resolves.toEqual({ word: 'resend' });
    const quick = { bank: createBankClient(bank.url, testCallKeys()) };
    expect((await send({ ...part, part: 2 }, quick)).word).toBe('taken');
    // What its own results say late: only that a payment was booked counts.
    const [order] = part.orders;
    const payments = (await findBankFile(database.dataSource, part))!;
    const line = (outcome: 'pending' | 'refused') => ({
      ...{ orderNo: order!.orderNo, amountFen: fen(order!.amountFen), payeeAccount: order!.payee.accountNumber },
      ...{ outcome, bankReference: null, bookedAt: null, reason: null },
    });
    expect(await judgeResults(dependencies(), payments, [line('pending')])).toEqual([]);
    expect(await judgeResults(dependencies(), payments, [line('refused')])).toMatchObject([
      { code: 'RESULT_CONTRADICTS', orderNo: order!.orderNo },
    ]);
    const uploaded = jest.fn();
    const watched = { ...quick.bank, sendFile: uploaded };
    await expect(send(part, { bank: watched })).resolves.toMatchObject({ word: 'refused' });
    expect(uploaded).not.toHaveBeenCalled();
    expect(await statesOf(part)).toEqual(['sent', 'sent', 'sent']);
  });

  it('is none when the bank refuses the whole file: its orders may go again', async () => {
    const part = await newPart();
    const strict = createServer((request, response) => {
      const body = JSON.stringify({ code: 'CLOSED', message: '已过截止时间。' });
      request.resume().on('end', () => answerAsBank(request, response, { status: 422, body }));
    });
    await new Promise<void>((resolve) => strict.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(strict.address() as AddressInfo).port}`;
    await expect(send(part, { bank: createBankClient(url, testCallKeys()) })).resolves.toMatchObject({
      word: 'refused',
    });
    strict.closeAllConnections();
    await new Promise((resolve) => strict.close(resolve));
    expect(await statesOf(part)).toEqual(['released', 'released', 'released']);
    expect(await attemptsOf(part.orderNos[0]!)).toEqual([{ n: 1, kind: 'send', answer: 'fileRefused' }]);
    expect(alarms).toEqual(['fileRefused']);
    await expect(send(part)).resolves.toMatchObject({ word: 'refused' });
    const again = { ...part, batchNo: `${part.batchNo}x` };
    await finishPart(again);
    expect(await bookingsOf(part)).toEqual([1, 1, 1]);
  });
});

describe('death at a sub-step', () => {
  const steps: ExchangeStep[] = ['entered', 'written', 'committed', 'uploading', 'answered', 'recorded', 'finished'];
  it.each(steps)('of sending: %s', async (deadly) => {
    const part = await newPart();
    const dying = send(part, {
      onStep: (step) => {
        if (step === deadly) throw new Error('killed');
      },
    });
    await expect(dying).rejects.toThrow('killed');
    const states = new Set(await statesOf(part));
    const files = await filesOf(part);
    // All or nothing: a file and every order on its way, or neither.
    expect([[...states], files.length]).toEqual(
      ['entered', 'written'].includes(deadly) ? [['released'], 0] : [['sent'], 1],
    );
    await finishPart(part);
    expect(await bookingsOf(part)).toEqual([1, 1, 1]);
    expect(await statesOf(part)).toEqual(['paid', 'paid', 'paid']);
  });

  it.each(['fetched', 'kept', 'written', 'chunk', 'finished'] as const)('of collecting: %s', async (deadly) => {
    const part = await newPart();
    const { fileId } = await send(part);
    const dying = collect(fileId, {
      onStep: (step) => {
        if (step === deadly) throw new Error('killed');
      },
    });
    await expect(dying).rejects.toThrow('killed');
    await expect(collect(fileId)).resolves.toEqual({ state: 'posted', paid: 3, failed: 0, open: 0, faults: [] });
    const files = await rows(database.dataSource, `SELECT 1 FROM bank_file WHERE answers_file = $1`, [fileId]);
    expect(files).toHaveLength(1);
  });
});

describe('results', () => {
  it('are posted once: the same bytes change nothing', async () => {
    const part = await newPart();
    const { fileId } = await send(part);
    const first = await collect(fileId);
    const before = await allFiles();
    await expect(Promise.all([collect(fileId), collect(fileId)])).resolves.toEqual([first, first]);
    expect(await allFiles()).toEqual(before);
  });

  it('name what the bank refused, with its reason as a code', async () => {
    const part = await newPart();
    await bank.setFault({ kind: 'refuse', match: { orderNo: part.orderNos[1]! }, reason: '账户已销户' });
    const { fileId } = await send(part);
    await expect(collect(fileId)).resolves.toMatchObject({ state: 'posted', paid: 2, failed: 1, open: 0 });
    expect(await statesOf(part)).toEqual(['paid', 'failed', 'paid']);
    const [order] = await rows(database.dataSource, `SELECT bank_reason FROM payout_order WHERE order_no = $1`, [
      part.orderNos[1],
    ]);
    expect(order).toEqual({ bank_reason: 'accountClosed' });
  });

  it.each([
    ['wrongAmount', { byFen: -1 }, ['RESULT_OTHER_AMOUNT']],
    ['unknownReference', {}, ['RESULT_ORDER_NOT_IN_FILE']],
    ['partialFile', {}, []],
  ] as const)('with %s post the other lines, and leave that order in doubt', async (kind, set, codes) => {
    const part = await newPart();
    const { fileId } = await send(part);
    await bank.setFault({ kind, match: { orderNo: part.orderNos[1]! }, ...set } as never);
    const collected = await collect(fileId);
    expect(collected).toMatchObject({ state: 'posted', paid: 2, failed: 0, open: 1 });
    expect(collected.faults.map(({ code }) => code)).toEqual(codes);
    expect(alarms).toEqual(codes.map(() => 'resultLineFaulty'));
    expect(await statesOf(part)).toEqual(['paid', 'unknown', 'paid']);
    const alone = createPayoutActivities({ ...dependencies(), bank: createBankClient(bank.url, testCallKeys()) });
    await expect(alone.askBank({ orderNo: part.orderNos[1]! })).resolves.toEqual({ word: 'paid' });
    await expect(collect(fileId)).resolves.toMatchObject({ open: 0 });
  });

  it('come later for what the bank books later', async () => {
    const part = await newPart();
    await bank.setFault({ kind: 'lateSuccess', match: { orderNo: part.orderNos[0]! }, ms: 400 });
    const { fileId } = await send(part);
    await expect(collect(fileId)).resolves.toMatchObject({ state: 'posted', paid: 2, open: 1 });
    expect(await statesOf(part)).toEqual(['unknown', 'paid', 'paid']);
    await sleep(500);
    await expect(collect(fileId)).resolves.toMatchObject({ state: 'posted', paid: 3, open: 0 });
  });

  it('are waited for while the bank is away or has no such file', async () => {
    const part = await newPart();
    await bank.setFault({ kind: 'lostReplyBeforeBooking', match: { next: 1 } });
    const { fileId } = await send(part);
    await expect(collect(fileId)).resolves.toEqual({ state: 'pending', paid: 0, failed: 0, open: 3, faults: [] });
    const away = createBankClient('http://127.0.0.1:9', testCallKeys(), { timeoutMs: 200 });
    await expect(collect(fileId, { bank: away })).resolves.toMatchObject({ state: 'pending', open: 3 });
  });

  const giving = (bytes: Buffer): ExchangeDependencies['bank'] => ({
    ...createBankClient(bank.url, testCallKeys()),
    fetchResult: () => Promise.resolve({ known: true, word: { status: 'ready', bytes } }),
  });
  const resultBytes = (
    part: Part,
    change: (line: { orderNo: string; payeeAccount: string; n: number }) => object = () => ({}),
  ) =>
    writePain002({
      messageId: `R-${part.batchNo}`,
      createdAt: '2026-11-25T10:00:00+08:00',
      original: { messageId: `${part.batchNo}-1`, count: 3, sumFen: 3 * 123_456 },
      debtors: [
        {
          id: `${part.batchNo}-1-1`,
          results: part.orders.map(({ orderNo, payee }, n) => ({
            ...{ orderNo, outcome: 'booked' as const, amountFen: 123_456, payeeAccount: payee.accountNumber },
            ...{ bankReference: `B${n}`, bookedAt: '2026-11-25T10:00:00+08:00' },
            ...change({ orderNo, payeeAccount: payee.accountNumber, n }),
          })),
        },
      ],
    }).bytes;

  it('for another account are not posted', async () => {
    const part = await newPart();
    const { fileId } = await send(part);
    const bytes = resultBytes(part, ({ n }) => (n === 2 ? { payeeAccount: '6222000099990000' } : {}));
    const collected = await collect(fileId, { bank: giving(bytes) });
    expect(collected).toMatchObject({
      paid: 2,
      open: 1,
      faults: [{ code: 'RESULT_OTHER_PAYEE', orderNo: part.orderNos[2] }],
    });
    expect(JSON.stringify(collected)).not.toContain('6222000099990000');
  });

  it('that name an order twice post it neither time', async () => {
    const part = await newPart();
    const { fileId } = await send(part);
    const bytes = resultBytes(part, ({ n }) => (n === 2 ? { orderNo: part.orderNos[1] } : {}));
    const collected = await collect(fileId, { bank: giving(bytes) });
    expect(collected).toMatchObject({ paid: 1, open: 2 });
    expect(collected.faults.map(({ code }) => code)).toEqual(['BANK_LINE_DUPLICATE', 'BANK_LINE_DUPLICATE']);
  });

  it('against a word that ended an order change nothing, and call a person', async () => {
    const part = await newPart();
    const { fileId } = await send(part);
    await moveTestOrder(database.dataSource, part.orderNos[0]!, 'failed');
    const collected = await collect(fileId, { bank: giving(resultBytes(part)) });
    expect(collected).toMatchObject({ paid: 2, failed: 1, faults: [{ code: 'RESULT_CONTRADICTS' }] });
    expect(alarms).toEqual(['resultLineFaulty']);
  });

  it('win over what the bank had said of nothing being booked', async () => {
    const part = await newPart();
    const { fileId } = await send(part);
    await moveTestOrder(database.dataSource, part.orderNos[0]!, 'released');
    await expect(collect(fileId)).resolves.toMatchObject({ paid: 3, open: 0, faults: [] });
  });

  it.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, -20), 'BANK_FILE_BROKEN'],
    [
      'in another encoding',
      (bytes: Buffer) => Buffer.from(`\ufeff${bytes.toString('latin1')}`, 'utf16le'),
      'BANK_FILE_ENCODING',
    ],
    [
      'off by 1 分',
      (bytes: Buffer) => Buffer.from(bytes.toString().replace('<DtldCtrlSum>3703.68', '<DtldCtrlSum>3703.69')),
      'BANK_FILE_TOTALS',
    ],
    [
      'with an entity',
      (bytes: Buffer) =>
        Buffer.from(bytes.toString().replace('?>', '?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>')),
      'BANK_FILE_FORBIDDEN_MARKUP',
    ],
    [
      'of another payment file',
      (bytes: Buffer) => Buffer.from(bytes.toString().replace(/<OrgnlMsgId>[^<]+/, '<OrgnlMsgId>PB0-1')),
      'RESULT_OF_OTHER_FILE',
    ],
  ] as const)('%s are posted by nothing and kept', async (_title, spoil, code) => {
    const part = await newPart();
    const { fileId } = await send(part);
    const spoilt = giving(spoil(resultBytes(part)));
    const collected = await collect(fileId, { bank: spoilt });
    expect(collected).toMatchObject({ state: 'unreadable', paid: 0, open: 3, faults: [{ line: null, code }] });
    expect(alarms).toEqual(['resultsUnreadable']);
    await expect(collect(fileId, { bank: spoilt })).resolves.toEqual(collected);
    expect(alarms).toHaveLength(1);
    await expect(collect(fileId)).resolves.toMatchObject({ state: 'posted', paid: 3 });
  });

  it('in GB18030 are read as such', async () => {
    const part = await newPart();
    const { fileId } = await send(part, { layout: 'csvGb18030', bank: createBankClient(bank.url, testCallKeys()) });
    const { bytes } = writeCsvResults(
      {
        messageId: `${part.batchNo}-1`,
        fundAccount: 'ZC450206',
        results: part.orders.map(({ orderNo, payee }) => ({
          ...{ orderNo, outcome: 'refused', amountFen: 123_456, payeeAccount: payee.accountNumber, reason: '户名不符' },
        })),
      },
      batchPaymentGb18030,
    );
    await expect(collect(fileId, { bank: giving(bytes) })).resolves.toMatchObject({ failed: 3, open: 0, faults: [] });
  });
});

it('keeps the books whole through all of it', async () => {
  const [sums] = await rows<{ transit: number; orders: number }>(
    database.dataSource,
    `SELECT (SELECT coalesce(sum(CASE WHEN credit_account = 'inTransit' THEN amount_fen WHEN debit_account = 'inTransit' THEN -amount_fen
       ELSE 0 END), 0)::bigint FROM posting) AS transit,
       (SELECT coalesce(sum(amount_fen), 0)::bigint FROM payout_order WHERE state IN ('sent', 'unknown')) AS orders`,
  );
  expect(sums!.transit).toBe(sums!.orders);
  expect((await bank.summary()).ordersBookedTwice).toEqual([]);
});

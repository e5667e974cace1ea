import {
  batchPaymentGb18030,
  batchPaymentUtf8,
  readCamt053,
  readCsvResults,
  readPain002,
  statementStep,
  writeCsvPayments,
  writePain001,
  type TransferBatch,
} from '@banjie/bank-files';
import {
  bankErrorSchema,
  bankFileAnswerSchema,
  bankLedgerSummarySchema,
  bankPaymentAnswerSchema,
  type BankFault,
  type BankPayment,
} from '@banjie/contracts';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBank, type RunningBank } from './start-bank';
import { bankKeys, call } from './testing/caller';

let home: string;
let bank: RunningBank;
const openingFen = 1_000_000_000;
const fundAccount = 'ZC450221';

const dayMs = 86_400_000;
const start = async (clockShiftMs = 0): Promise<RunningBank> =>
  startBank({
    home,
    port: 0,
    openingFen,
    clockShiftMs,
    keys: bankKeys,
    onFailure: (error) => {
      throw error;
    },
  });
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'banjie-bank-'));
  bank = await start();
});
afterEach(async () => {
  await bank.stop();
  await rm(home, { recursive: true });
});

const payment = (n: number, set: Partial<BankPayment> = {}): BankPayment => ({
  orderNo: `45022125112500001${n}P1`,
  amountFen: 100 * n,
  fundAccount,
  payeeName: '测试收款人',
  payeeAccount: `622202000000000${n}`,
  payeeBankCode: '102614000001',
  ...set,
});
const three = [payment(1), payment(2), payment(3)];
const batch = (payments: BankPayment[] = three, batchNo = 'PB20261125-01'): TransferBatch => ({
  batchNo,
  part: 1,
  createdAt: '2026-11-25T10:30:00+08:00',
  payOn: '2026-11-26',
  debtors: [{ fundAccount, name: '测试医疗保险事业管理中心', bankCode: '102614000001' }],
  payments,
});
const send = (bytes: Buffer | string, contentType = 'application/xml') =>
  call(`${bank.url}/files`, {
    method: 'POST',
    headers: { 'content-type': contentType },
    body: new Uint8Array(Buffer.from(bytes)),
  });
const take = async (bytes: Buffer, contentType?: string) => {
  const response = await send(bytes, contentType);
  return { http: response.status, ...bankFileAnswerSchema.parse(await response.json()) };
};
const refused = async (response: Response) => [response.status, bankErrorSchema.parse(await response.json()).code];
const bytesOf = async (path: string) => Buffer.from(await (await call(bank.url + path)).arrayBuffer());
const resultOf = async (fileId: string) => readPain002(await bytesOf(`/files/${fileId}/result`));
const post = (path: string, body: unknown) =>
  call(bank.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const fault = async (set: BankFault) => expect((await post('/faults', set)).status).toBe(201);
const summary = async () => bankLedgerSummarySchema.parse(await (await call(`${bank.url}/ledger/summary`)).json());
const close = async () => expect((await post('/statements', { fundAccount })).status).toBe(201);
const statement = async (sequenceNo: number) =>
  readCamt053(await bytesOf(`/statement/camt053?fundAccount=${fundAccount}&sequenceNo=${sequenceNo}`));

describe('a payment file', () => {
  it('is paid, and its result says so of every order', async () => {
    const file = writePain001(batch());
    const answer = await take(file.bytes);
    expect(answer).toEqual({
      http: 201,
      fileId: file.sha256,
      messageId: 'PB20261125-01-1',
      count: 3,
      sumFen: 600,
      faults: [],
      duplicate: false,
    });
    const result = await resultOf(file.sha256);
    expect(result).toMatchObject({
      refused: null,
      faults: [],
      head: { originalMessageId: 'PB20261125-01-1', originalCount: 3, isComplete: true, group: { outcome: 'booked' } },
    });
    expect(
      result.lines.map(({ orderNo, outcome, amountFen, payeeAccount }) => [orderNo, outcome, amountFen, payeeAccount]),
    ).toEqual(three.map(({ orderNo, amountFen, payeeAccount }) => [orderNo, 'booked', amountFen, payeeAccount]));
    expect(await summary()).toMatchObject({ debits: { count: 3, sumFen: 600 }, ordersBookedTwice: [] });
  });

  it('with a line that the bank does not take is refused whole, or taken without it', async () => {
    const match = { orderNo: three[1]!.orderNo };
    await fault({ kind: 'turnAway', match: { ...match, next: 1 } });
    expect(await refused(await send(writePain001(batch()).bytes))).toEqual([422, 'BANK_LINE_FIELD']);
    expect(await summary()).toMatchObject({ debits: { count: 0 }, refusedCount: 0 });
    await fault({ kind: 'lineNotTaken', match });
    const file = writePain001(batch());
    const taken = { faults: [{ line: null, code: 'BANK_LINE_FIELD', orderNo: three[1]!.orderNo }] };
    expect(await take(file.bytes)).toMatchObject({ http: 201, duplicate: false, ...taken });
    expect(await take(file.bytes)).toMatchObject({ http: 200, duplicate: true, ...taken });
    expect((await resultOf(file.sha256)).lines.map(({ orderNo }) => orderNo)).toEqual([
      three[0]!.orderNo,
      three[2]!.orderNo,
    ]);
    expect(await summary()).toMatchObject({ debits: { count: 2, sumFen: 400 }, refusedCount: 0 });
    const asked = await (await call(`${bank.url}/payments/${match.orderNo}`)).json();
    expect(asked).toMatchObject({ status: 'notReceived', inFlight: false });
  });

  it('sent again, also at once and after a restart, gets the first answer and pays nothing', async () => {
    const { bytes } = writePain001(batch());
    const answers = await Promise.all([take(bytes), take(bytes), take(bytes)]);
    expect(answers.map(({ duplicate }) => duplicate).sort()).toEqual([false, true, true]);
    await bank.stop();
    bank = await start();
    expect(await take(bytes)).toMatchObject({ http: 200, duplicate: true, count: 3, sumFen: 600 });
    expect(await summary()).toMatchObject({ debits: { count: 3, sumFen: 600 }, ordersBookedTwice: [] });
  });

  it('with other bytes under a known number is refused', async () => {
    await take(writePain001(batch()).bytes);
    const other = writePain001(batch([payment(4)])).bytes;
    expect(await refused(await send(other))).toEqual([409, 'FILE_NUMBER_REUSED']);
    expect(await summary()).toMatchObject({ debits: { count: 3 } });
  });

  it('does not pay an order that came over HTTP before, and the other way round', async () => {
    await post('/payments', payment(1));
    const file = writePain001(batch());
    await take(file.bytes);
    expect(bankPaymentAnswerSchema.parse(await (await post('/payments', payment(2))).json()).duplicate).toBe(true);
    expect((await summary()).bookingsByOrder).toEqual(Object.fromEntries(three.map(({ orderNo }) => [orderNo, 1])));
    expect((await resultOf(file.sha256)).lines).toHaveLength(3);
  });

  it('says nothing final of an order whose number was paid with another body', async () => {
    await post('/payments', payment(1, { amountFen: 77 }));
    const file = writePain001(batch());
    await take(file.bytes);
    expect((await resultOf(file.sha256)).lines[0]).toMatchObject({ amountFen: 100, outcome: 'pending' });
    expect(await summary()).toMatchObject({ debits: { count: 3, sumFen: 577 } });
  });

  it('refused as a whole pays nothing; with one bad line pays the others', async () => {
    const text = writePain001(batch()).bytes.toString('utf8');
    expect(await refused(await send(text.replaceAll('6.00', '6.01')))).toEqual([422, 'BANK_FILE_TOTALS']);
    expect(await refused(await send(text.slice(0, -20)))).toEqual([422, 'BANK_FILE_BROKEN']);
    expect(await refused(await send(text, 'text/plain'))).toEqual([415, 'NOT_A_FILE']);
    expect(await summary()).toMatchObject({ debits: { count: 0 } });
    const answer = await take(Buffer.from(text.replace('"CNY">2.00', '"CNY">2,00')));
    expect(answer.faults).toEqual([{ line: 2, code: 'BANK_LINE_AMOUNT', orderNo: payment(2).orderNo }]);
    expect(await summary()).toMatchObject({ debits: { count: 2, sumFen: 400 } });
    expect((await resultOf(answer.fileId)).head).toMatchObject({ isComplete: false, originalCount: 3 });
  });

  it('taken but not decided when the bank was killed is decided at the next start', async () => {
    const { bytes, sha256 } = writePain001(batch());
    await take(bytes);
    await bank.stop();
    const journal = join(home, 'journal.jsonl');
    const lines = (await readFile(journal, 'utf8')).split('\n');
    const kept = lines.findIndex((line) => line.includes('"booked"')) + 1;
    await writeFile(journal, `${lines.slice(0, kept).join('\n')}\n`);
    await appendFile(journal, '{"n":'); // what a kill leaves of a line
    bank = await start();
    expect(await summary()).toMatchObject({ debits: { count: 3, sumFen: 600 }, ordersBookedTwice: [] });
    expect((await resultOf(sha256)).lines.map(({ outcome }) => outcome)).toEqual(['booked', 'booked', 'booked']);
  });

  it.each([
    ['GB18030', batchPaymentGb18030, 'text/csv; charset=gb18030'],
    ['UTF-8', batchPaymentUtf8, 'text/csv; charset=utf-8'],
  ])('as CSV in %s is paid and answered in its own form', async (_, layout, contentType) => {
    await fault({ kind: 'refuse', match: { orderNo: payment(2).orderNo }, reason: '户名不符' });
    const { bytes, sha256 } = writeCsvPayments(batch(), layout);
    expect(await take(bytes, contentType)).toMatchObject({ http: 201, count: 3, sumFen: 600 });
    const result = await readCsvResults(await bytesOf(`/files/${sha256}/result`), layout);
    expect(result).toMatchObject({
      refused: null,
      faults: [],
      head: { originalMessageId: 'PB20261125-01-1', fundAccount },
    });
    expect(result.lines.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['booked', null],
      ['refused', 'nameDiffers'],
      ['booked', null],
    ]);
  });

  it('is asked for by whoever has its sum alone', async () => {
    expect(await refused(await call(`${bank.url}/files/${'0'.repeat(64)}/result`))).toEqual([404, 'NOT_FOUND']);
  });

  it('is known by its sum: whether the bank has it, and nothing certain while an upload is under way', async () => {
    const ask = async (fileId: string): Promise<unknown> => (await call(`${bank.url}/files/${fileId}`)).json();
    const { bytes, sha256: fileId } = writePain001(batch());
    expect(await ask(fileId)).toEqual({ fileId, status: 'notReceived', inFlight: false });
    await fault({ kind: 'slow', match: { next: 1 }, ms: 400 });
    const taking = take(bytes);
    await sleep(150);
    expect(await ask(fileId)).toEqual({ fileId, status: 'notReceived', inFlight: true });
    const { orderNo } = three[0]!;
    expect(await (await call(`${bank.url}/payments/${orderNo}`)).json()).toMatchObject({ inFlight: true });
    await taking;
    expect(await ask(fileId)).toEqual({ fileId, status: 'received', inFlight: false });
  });

  it('has the same result, byte by byte, until there is something new to say', async () => {
    const { bytes, sha256 } = writePain001(batch());
    await fault({ kind: 'lateSuccess', match: { orderNo: three[1]!.orderNo }, ms: 300 });
    await take(bytes);
    const [first, second] = [await bytesOf(`/files/${sha256}/result`), await bytesOf(`/files/${sha256}/result`)];
    expect(second.equals(first)).toBe(true);
    await sleep(500);
    expect((await bytesOf(`/files/${sha256}/result`)).equals(first)).toBe(false);
  });
});

describe('faults of files', () => {
  it('an outage takes no file; a reply lost before or after leaves it to be sent again', async () => {
    const { bytes } = writePain001(batch());
    await fault({ kind: 'outage', match: {}, calls: 1 });
    expect(await refused(await send(bytes))).toEqual([503, 'OUT_OF_SERVICE']);
    await fault({ kind: 'lostReplyBeforeBooking', match: { next: 1 } });
    await expect(send(bytes)).rejects.toThrow();
    expect(await summary()).toMatchObject({ debits: { count: 0 } });
    await fault({ kind: 'lostReplyAfterBooking', match: { next: 1 } });
    await expect(send(bytes)).rejects.toThrow();
    expect(await take(bytes)).toMatchObject({ http: 200, duplicate: true });
    expect(await summary()).toMatchObject({ debits: { count: 3, sumFen: 600 }, ordersBookedTwice: [] });
  });

  it('late success is pending in the result first and booked later', async () => {
    await fault({ kind: 'lateSuccess', match: { orderNo: payment(1).orderNo }, ms: 200 });
    const { bytes, sha256 } = writePain001(batch());
    await take(bytes);
    expect((await resultOf(sha256)).lines[0]).toMatchObject({ outcome: 'pending', bookedAt: null });
    while ((await resultOf(sha256)).lines[0]?.outcome !== 'booked') await new Promise((done) => setTimeout(done, 25));
  });

  it('a partial file leaves an order out, and says that it is not complete', async () => {
    const { bytes, sha256 } = writePain001(batch());
    await take(bytes);
    await fault({ kind: 'partialFile', match: { orderNo: payment(2).orderNo, next: 1 } });
    const partial = await resultOf(sha256);
    expect(partial).toMatchObject({ refused: null, faults: [], head: { isComplete: false } });
    expect(partial.lines.map(({ orderNo }) => orderNo)).toEqual([payment(1).orderNo, payment(3).orderNo]);
    expect((await resultOf(sha256)).lines).toHaveLength(3);
  });

  it('a wrong amount or reference is a line that fits no order, in a file that reads well', async () => {
    const { bytes, sha256 } = writePain001(batch());
    await take(bytes);
    await fault({ kind: 'wrongAmount', match: { orderNo: payment(1).orderNo }, byFen: 1 });
    await fault({ kind: 'unknownReference', match: { orderNo: payment(2).orderNo } });
    const bent = [
      [payment(1).orderNo, 101],
      [`X${payment(2).orderNo}`, 200],
      [payment(3).orderNo, 300],
    ];
    const result = await resultOf(sha256);
    expect(result).toMatchObject({ refused: null, faults: [] });
    expect(result.lines.map(({ orderNo, amountFen }) => [orderNo, amountFen])).toEqual(bent);
    await close();
    const entries = await statement(1);
    expect(entries).toMatchObject({ refused: null, faults: [] });
    expect(entries.lines.map(({ orderNo, amountFen }) => [orderNo, amountFen])).toEqual(bent);
    expect(await summary()).toMatchObject({ debits: { count: 3, sumFen: 600 } });
  });
});

describe('a statement file', () => {
  it('has the entries of its period, goes on from the one before, and is the same each time', async () => {
    await fault({ kind: 'returnAfter', match: { orderNo: payment(1).orderNo }, ms: 0, reason: '账户已销户' });
    await take(writePain001(batch()).bytes);
    while ((await summary()).returns.count === 0) await new Promise((done) => setTimeout(done, 25));
    await close();
    await take(writePain001(batch([payment(4)], 'PB20261125-02')).bytes);
    await close();
    await close();
    const [first, second, third] = [await statement(1), await statement(2), await statement(3)];
    expect(first.lines.map(({ kind, orderNo, reason }) => [kind, orderNo, reason])).toEqual([
      ['debit', payment(1).orderNo, null],
      ['debit', payment(2).orderNo, null],
      ['debit', payment(3).orderNo, null],
      ['return', payment(1).orderNo, 'accountClosed'],
    ]);
    const heads = [first, second, third].map(({ head }) => head?.statements[0]);
    expect(heads.map((head) => [head?.openingFen, head?.closingFen])).toEqual([
      [openingFen, openingFen - 500],
      [openingFen - 500, openingFen - 900],
      [openingFen - 900, openingFen - 900],
    ]);
    const [one, two, three_] = heads;
    expect([one && two && statementStep(one, two), two && three_ && statementStep(two, three_)]).toEqual([
      'next',
      'next',
    ]);
    await bank.stop();
    bank = await start();
    expect((await statement(2)).file.sha256).toBe(second.file.sha256);
  });

  it('out of order is the one before, backwards, and is known as seen', async () => {
    await take(writePain001(batch()).bytes);
    await close();
    await close();
    const first = await statement(1);
    await fault({ kind: 'outOfOrderStatement', match: { next: 1 } });
    const instead = await statement(2);
    expect(instead.lines).toEqual([...first.lines].reverse());
    const [seen, again] = [first, instead].map(({ head }) => head?.statements[0]);
    expect(seen && again && statementStep(seen, again)).toBe('seen');
    expect((await statement(2)).lines).toEqual([]);
  });

  it('ends at every midnight in Beijing, whether anything moved or not', async () => {
    await bank.stop();
    bank = await start(-3 * dayMs);
    await take(writePain001(batch()).bytes);
    const receipt = { receiptNo: 'LX1', fundAccount, amountFen: 7, payerAccount: null, purpose: 'interest' };
    await bank.stop();
    bank = await start(-1 * dayMs);
    expect((await post('/receipts', receipt)).status).toBe(201);
    await bank.stop();
    bank = await start();
    const days = [await statement(1), await statement(2), await statement(3)];
    expect(days.map(({ lines }) => lines.map(({ kind, isInterest }) => [kind, isInterest]))).toEqual([
      Array.from({ length: 3 }, () => ['debit', false]),
      [],
      [['credit', true]],
    ]);
    const heads = days.map(({ head }) => head!.statements[0]!);
    expect(heads.map(({ to }) => new Date(Date.parse(to!) + 8 * 3_600_000).toISOString().slice(11))).toEqual(
      Array.from({ length: 3 }, () => '00:00:00.000Z'),
    );
    expect(heads.map(({ closingFen }) => closingFen)).toEqual([openingFen - 600, openingFen - 600, openingFen - 593]);
    expect(statementStep(heads[1]!, heads[2]!)).toBe('next');
    // Today's is not over.
    expect((await call(`${bank.url}/statement/camt053?fundAccount=${fundAccount}&sequenceNo=4`)).status).toBe(404);
  });

  it('of an account or period that is not there is refused', async () => {
    expect((await post('/statements', { fundAccount })).status).toBe(404);
    await take(writePain001(batch()).bytes);
    expect(await refused(await call(`${bank.url}/statement/camt053?fundAccount=${fundAccount}&sequenceNo=1`))).toEqual([
      404,
      'NOT_FOUND',
    ]);
    expect((await call(`${bank.url}/statement/camt053?fundAccount=${fundAccount}`)).status).toBe(400);
  });
});

import { randomUUID } from 'node:crypto';
import { createBankClient, sendPaymentFile } from '@banjie/activities';
import { readPain002, writeCamt053, writePain002, type EntryToWrite } from '@banjie/bank-files';
import type { BankUploadView } from '@banjie/contracts';
import type { PayoutState } from '@banjie/domain';
import { rows, walkAudit } from '@banjie/persistence';
import {
  accountOf,
  drawTestOrder,
  moveTestOrder,
  orderStateOf,
  startBankProcess,
  startTestApi,
  testCallKeys,
  testCipher,
  type BankProcess,
  type TestApi,
  type TestClient,
  type TestOrder,
} from '@banjie/testing';
import type { Log } from '../log';
import { StatementTaker } from './statement-taker';
import { UploadedFiles } from './uploaded-files';

/*
 * A file that comes on a medium settles orders, so neither who brings nor who confirms it may have a duty in their cases (SD-01). The orders
 * here were made by settle1, reviewed by finreview1 and released by finapprove1.
 */
const cipher = testCipher();
const fundAccount = 'ZC450206';
const alarms: unknown[] = [];
const log: Log = {
  info: () => undefined,
  warn: (fields) => void alarms.push(fields),
  error: (fields) => void alarms.push(fields['code']),
};
const usernames = ['settle1', 'settle2', 'finreview1', 'finreview2', 'finapprove1', 'finapprove2'] as const;
let api: TestApi;
let bank: BankProcess;
let as: Record<(typeof usernames)[number], TestClient>;

beforeAll(async () => {
  [api, bank] = await Promise.all([startTestApi(), startBankProcess()]);
  const clients = await Promise.all(usernames.map(async (name) => [name, await api.signIn(name)] as const));
  as = Object.fromEntries(clients) as typeof as;
});
afterAll(async () => {
  await api?.stop();
  await bank?.stop();
});
beforeEach(() => (alarms.length = 0));

const sql = <Row = Record<string, unknown>>(text: string, ...values: unknown[]) =>
  rows<Row>(api.database.dataSource, text, values);
const taker = () => new StatementTaker(api.database.dataSource, cipher, log);
const files = () => new UploadedFiles(api.database.dataSource, cipher, taker(), log);
const stateOf = ({ orderNo }: TestOrder) => orderStateOf(api.database.dataSource, orderNo);
const haveDuty = (caseNo: string, username: string, duty: string) =>
  sql(
    `INSERT INTO case_duty (case_no, person_id, duty, since_seq) VALUES ($1, $2, $3, 1)`,
    ...[caseNo, accountOf(api.world, username).id, duty],
  );

let amountFen = 1_000;
async function drawn(state: PayoutState = 'released'): Promise<TestOrder> {
  amountFen += 1;
  const order = await drawTestOrder(api.database.dataSource, cipher, api.world, { amountFen, state });
  await haveDuty(order.caseNo, 'settle1', 'preparePayout');
  await haveDuty(order.caseNo, 'finreview1', 'financeReview');
  await haveDuty(order.caseNo, 'finapprove1', 'financeApproval');
  return order;
}

const path = '/api/finance/bank-files';
/** Brought by one person and read. */
async function read(bytes: Buffer, who: TestClient): Promise<BankUploadView> {
  const body = new FormData();
  body.append('file', new Blob([new Uint8Array(bytes)]), '文件.xml');
  const brought = await who.post<BankUploadView>(path, body);
  expect([brought.status, brought.body]).toEqual([201, expect.objectContaining({ isRepeated: false })]);
  await files().work();
  return (await who.get<BankUploadView>(`${path}/${brought.body.sha256}`)).body;
}
const confirm = ({ sha256 }: BankUploadView, who: TestClient) => who.refusal('POST', `${path}/${sha256}/confirm`);
/** Brought by one person, confirmed by another and posted as far as it may be. */
async function posted(bytes: Buffer, one: TestClient, other: TestClient): Promise<BankUploadView> {
  const report = await read(bytes, one);
  expect(report.state).toBe('checked');
  expect(await confirm(report, other)).toEqual([200, null]);
  await files().work();
  return (await other.get<BankUploadView>(`${path}/${report.sha256}`)).body;
}
const footprint = () =>
  sql(
    `SELECT (SELECT jsonb_object_agg(order_no, state) FROM payout_order) AS orders, (SELECT count(*) FROM posting) AS postings,
       (SELECT count(*) FROM bank_entry) AS entries, (SELECT count(*) FROM bank_statement) AS statements,
       (SELECT count(*) FROM outbox) AS outbox`,
  );
const uploads = (sha256: string) =>
  sql<{ state: string }>(`SELECT state FROM bank_upload WHERE sha256 = $1 ORDER BY brought_at`, sha256);

describe('results', () => {
  let batches = 0;
  /** The bank has paid the orders of one file; what it says of them, and the same turned into its opposite. */
  async function paidPart(orders: TestOrder[]): Promise<{ honest: Buffer; forged: Buffer }> {
    batches += 1;
    const toBank = {
      ...{ dataSource: api.database.dataSource, cipher, layout: 'pain001' as const },
      bank: createBankClient(bank.url, testCallKeys()),
    };
    const orderNos = orders.map(({ orderNo }) => orderNo);
    const { fileId } = await sendPaymentFile(toBank, { batchNo: `PB${batches}`, part: 1, orderNos });
    const [file] = await sql<{ sha256: string }>(`SELECT sha256 FROM bank_file WHERE id = $1`, fileId);
    const honest = await bank.file(`/files/${file!.sha256}/result`);
    const { head, lines } = await readPain002(honest);
    const { originalMessageId: messageId, originalCount: count, originalSumFen: sumFen, debtors } = head!;
    const forged = writePain002({
      ...{ messageId: randomUUID().replaceAll('-', ''), createdAt: '2026-11-24T10:00:00+08:00' },
      original: { messageId, count: count!, sumFen: sumFen! },
      debtors: debtors.map(({ id }) => ({
        id,
        results: lines.map(({ orderNo, amountFen: fen, payeeAccount }) => ({
          ...{
            orderNo,
            amountFen: fen,
            payeeAccount: payeeAccount!,
            outcome: 'refused' as const,
            reason: '账户已销户',
          },
        })),
      })),
    }).bytes;
    return { honest, forged };
  }

  it('are not brought by a person with a duty in one of their cases; others may bring the same bytes', async () => {
    const [own, other] = [await drawn(), await drawn()];
    const { honest, forged } = await paidPart([own, other]);
    const before = await footprint();
    const report = await read(forged, as.settle1);
    expect(report).toMatchObject({ state: 'refused', lines: [], faults: [{ line: null, code: 'FINANCE_OWN_CASE' }] });
    expect(report.faults[0]!.message).toMatch(/^上传人在办件 \d+ 中承担“拨付制定”职责/);
    expect(alarms).toEqual(['FINANCE_OWN_CASE']);
    expect(await confirm(report, as.finreview2)).toEqual([409, 'BANK_UPLOAD_NOT_OPEN']);
    await files().work();
    expect(await footprint()).toEqual(before);

    // He cannot keep the bank's word out by bringing it himself.
    expect((await read(honest, as.settle1)).state).toBe('refused');
    expect(await posted(honest, as.settle2, as.finreview2)).toMatchObject({
      ...{ state: 'posted', faults: [], broughtBy: '结算乙', decidedBy: '财务复核乙' },
    });
    expect([await stateOf(own), await stateOf(other)]).toEqual(['paid', 'paid']);
    const { sha256 } = (await as.settle1.get<BankUploadView>(`${path}/${report.sha256}`)).body;
    expect(await uploads(sha256)).toEqual([{ state: 'ownCase' }]);
  });

  it('are not confirmed by a person with a duty in one of their cases', async () => {
    const order = await drawn();
    const { honest } = await paidPart([await drawn(), order]);
    const report = await read(honest, as.settle2);
    expect(report.state).toBe('checked');
    const before = await footprint();
    for (const who of [as.finreview1, as.finapprove1]) {
      const { status, body } = await who.post(`${path}/${report.sha256}/confirm`);
      expect([status, body]).toEqual([403, expect.objectContaining({ code: 'FINANCE_OWN_CASE' })]);
      expect((body as { message: string }).message).toMatch(/^您在办件 \d+ 中承担“财务(复核|审批)”职责/);
    }
    await files().work();
    expect(await footprint()).toEqual(before);
    // A refusal of the rule undoes the second person's word as well.
    expect(await confirm(report, as.finapprove2)).toEqual([200, null]);
    await files().work();
    expect(await stateOf(order)).toBe('paid');
  });

  it('whose bringer has got a duty since are declined, and brought anew by another', async () => {
    const order = await drawn();
    const { honest } = await paidPart([order]);
    const report = await read(honest, as.settle2);
    await haveDuty(order.caseNo, 'settle2', 'qualityCheck');
    const { body } = await as.finreview2.post<{ code: string; message: string }>(`${path}/${report.sha256}/confirm`);
    expect(body).toMatchObject({ code: 'FINANCE_OWN_CASE' });
    expect(body.message).toMatch(/^上传人在办件 \d+ 中承担“质检”职责/);
    expect(await as.finreview2.refusal('POST', `${path}/${report.sha256}/decline`, { reason: '换人上传' })).toEqual([
      200,
      null,
    ]);
    expect(await posted(honest, as.finapprove2, as.finreview2)).toMatchObject({ state: 'posted', faults: [] });
    expect(await stateOf(order)).toBe('paid');
    expect(await uploads(report.sha256)).toEqual([{ state: 'declined' }, { state: 'done' }]);
  });

  it('cannot be stored as confirmed otherwise, by whoever writes', async () => {
    const order = await drawn();
    const { honest } = await paidPart([order]);
    const { sha256 } = await read(honest, as.settle2);
    const write = (username: string) =>
      api.database.dataSource.transaction(async (manager) => {
        await rows(
          manager,
          `UPDATE finance_proposal SET state = 'confirmed', decided_by = $2, decided_at = now() WHERE subject = $1 AND state = 'proposed'`,
          [sha256, accountOf(api.world, username).id],
        );
        await rows(manager, `UPDATE bank_upload SET state = 'confirmed' WHERE sha256 = $1`, [sha256]);
        throw new Error('it could be written');
      });
    await expect(write('finreview1')).rejects.toThrow('persons without a duty');
    await expect(write('finreview2')).rejects.toThrow('it could be written');
    // Nor as the answer to another payment file, or to none.
    await expect(sql(`UPDATE bank_upload SET answers_file = NULL WHERE sha256 = $1`, sha256)).rejects.toThrow(
      'stands as it came',
    );
    await haveDuty(order.caseNo, 'settle2', 'qualityCheck');
    await expect(write('finreview2')).rejects.toThrow('persons without a duty');
  });
});

describe('a statement', () => {
  let sequenceNo = 0;
  let entryNo = 0;
  let openingFen = 100_000_000;
  /** The next one of the account. */
  function statement(entries: ['debit' | 'return', TestOrder][]): Buffer {
    sequenceNo += 1;
    const day = (n: number) => `2026-10-${String(n).padStart(2, '0')}T00:00:00+08:00`;
    const told = entries.map(([kind, { orderNo, amountFen: fen, payee }]): EntryToWrite => {
      entryNo += 1;
      return {
        ...{ entryNo, kind, orderNo, amountFen: fen, at: day(sequenceNo), fundAccount },
        ...{ bankReference: `B${entryNo}`, payeeAccount: payee.accountNumber },
        ...(kind === 'return' ? { reason: '账户已销户' } : {}),
      };
    });
    const { bytes } = writeCamt053({
      ...{ messageId: `M${sequenceNo}`, createdAt: day(sequenceNo + 1), statementId: `ST-${sequenceNo}`, sequenceNo },
      ...{ from: day(sequenceNo), to: day(sequenceNo + 1), fundAccount, openingFen, entries: told },
    });
    for (const { kind, amountFen: fen } of told) openingFen += kind === 'debit' ? -fen : fen;
    return bytes;
  }

  it.each([
    ['settles', 'brought', 'sent', 'debit', 'paid', '拨付制定'],
    ['settles', 'confirmed', 'unknown', 'debit', 'paid', '财务复核'],
    ['returns', 'brought', 'paid', 'return', 'returned', '拨付制定'],
    ['returns', 'confirmed', 'paid', 'return', 'returned', '财务复核'],
  ] as const)(
    'that %s an order is not posted where it was %s by a person with a duty in its case',
    async (_, way, state, kind, to, duty) => {
      const order = await drawn(state);
      const others = await drawn('paid');
      const bytes = statement([
        ['debit', others],
        [kind, order],
      ]);
      const before = await footprint();
      const persons =
        way === 'brought' ? ([as.settle1, as.finreview2] as const) : ([as.settle2, as.finreview1] as const);
      const report = await posted(bytes, ...persons);
      expect(report).toMatchObject({ state: 'refused', lines: [] });
      expect(report.faults).toMatchObject([
        { line: null, code: 'BANK_STATEMENT_OWN_CASE', orderNo: null },
        { line: null, code: 'FINANCE_OWN_CASE', orderNo: order.orderNo, amountFen: order.amountFen },
      ]);
      const who = way === 'brought' ? '上传人' : '确认人';
      expect(report.faults.map(({ message }) => message)).toEqual([
        `对账单中的流水 ${entryNo} 会改变拨付单的状态,而${who}在这些拨付单的办件中承担职责,整份没有入账。`,
        expect.stringContaining(`${who}在办件 ${order.caseNo} 中承担“${duty}”职责`),
      ]);
      expect(report.faults[0]!.next).toContain('两名');
      expect(alarms).toEqual(['BANK_STATEMENT_OWN_CASE']);
      expect(await files().work()).toBe(0);
      expect(await footprint()).toEqual(before);

      // Two others bring and confirm the same bytes.
      expect(await posted(bytes, as.settle2, as.finreview2)).toMatchObject({ state: 'posted', faults: [] });
      expect(await stateOf(order)).toBe(to);
      expect(await uploads(report.sha256)).toEqual([{ state: 'ownCase' }, { state: 'done' }]);
    },
  );

  it('that settles an order which was let go after a send is one of them; of one never sent it tells nothing', async () => {
    const order = await drawn('released');
    const never = await drawn('released');
    await sql(
      `INSERT INTO payout_attempt (order_no, n, kind, started_at) VALUES ($1, 1, 'send', now())`,
      order.orderNo,
    );
    const bytes = statement([
      ['debit', never],
      ['debit', order],
    ]);
    const report = await posted(bytes, as.settle1, as.finreview1);
    expect(report.state).toBe('refused');
    expect(report.faults.map(({ orderNo }) => orderNo)).toEqual([null, order.orderNo, order.orderNo]);
    expect(report.faults[0]!.message).toContain('上传人和确认人');
    await posted(bytes, as.settle2, as.finreview2);
    expect([await stateOf(order), await stateOf(never)]).toEqual(['paid', 'released']);
  });

  it('of more lines than are posted at a time has none of them posted where the last one is such a line', async () => {
    const order = await drawn('sent');
    const strange = Array.from({ length: 200 }, (_, n): ['debit', TestOrder] => [
      'debit',
      { ...order, orderNo: `NOT-OURS-${n}` },
    ]);
    const bytes = statement([...strange, ['debit', order]]);
    const before = await footprint();
    expect(await posted(bytes, as.settle1, as.finreview2)).toMatchObject({ state: 'refused' });
    expect(await footprint()).toEqual(before);
    expect(await posted(bytes, as.settle2, as.finreview2)).toMatchObject({ state: 'posted' });
    expect(await stateOf(order)).toBe('paid');
  });

  it('that only agrees, or says what nobody can follow, is brought by whomever', async () => {
    const [paid, other] = [await drawn('paid'), await drawn('sent')];
    const bytes = statement([
      ['debit', paid],
      ['debit', { ...other, amountFen: other.amountFen + 1 }],
    ]);
    expect(await posted(bytes, as.settle1, as.finreview1)).toMatchObject({ state: 'posted', faults: [] });
    expect([await stateOf(paid), await stateOf(other)]).toEqual(['paid', 'sent']);
  });

  it('that waited for an earlier one is looked at again in its turn, and the bank may still say it over the line', async () => {
    const order = await drawn('reviewed');
    const earlier = statement([]);
    const bytes = statement([['debit', order]]);
    expect((await posted(bytes, as.settle1, as.finreview2)).state).toBe('waiting');
    await moveTestOrder(api.database.dataSource, order.orderNo, 'sent');
    await posted(earlier, as.settle1, as.finreview1);
    alarms.length = 0;
    await taker().takeOpen();
    expect(alarms).toEqual(['BANK_STATEMENT_OWN_CASE']);
    const { items } = (await as.settle1.get<{ items: BankUploadView[] }>(path)).body;
    const report = items.find(({ messageId }) => messageId === `M${sequenceNo}`)!;
    expect(report).toMatchObject({ state: 'refused', faultCount: 2 });
    expect(await stateOf(order)).toBe('sent');

    expect(await taker().take('line.xml', bytes)).toMatchObject({ state: 'posted', isNew: true });
    expect(await stateOf(order)).toBe('paid');
    // Whoever brings it now brings what is known.
    expect(await posted(bytes, as.settle1, as.finreview1)).toMatchObject({ state: 'posted', faults: [] });
  });
});

it('keeps the chain of finance whole', async () => {
  const { faults } = await walkAudit(api.database.dataSource, cipher);
  expect(faults.filter(({ kind }) => kind === 'financeDiffers')).toEqual([]);
});

import { randomUUID } from 'node:crypto';
import type { BooksAnswer, ErrorAnswer, MonthClose, ReconciliationStatementAnswer } from '@banjie/contracts';
import { monthSpan, shanghaiDate, shiftMonth, type PayoutState } from '@banjie/domain';
import {
  accountDigest,
  checkBooks,
  createStaffAccount,
  hashPassword,
  keepBankFile,
  keepStatement,
  movePayoutOrder,
  recordBankEntry,
  recordBankReceipt,
  rows,
  walkAudit,
} from '@banjie/persistence';
import {
  accountOf,
  asOwner,
  drawTestOrder,
  startTestApi,
  testCipher,
  type TestApi,
  type TestClient,
  type TestOrder,
} from '@banjie/testing';
import { Workbook } from 'exceljs';

const cipher = testCipher();
const agencyId = '450206';
const fundAccount = 'ZC450206';
const openingFen = 50_000_00;
// A month can be closed some hours after its end.
const thisMonth = shanghaiDate(Date.now() - 3 * 3_600_000).slice(0, 7);
const [month, earlier] = [shiftMonth(thisMonth, -1), shiftMonth(thisMonth, -2)];
const day = (date: number, hour = 10) => new Date(`${month}-${String(date).padStart(2, '0')}T${hour}:00:00+08:00`);
const end = monthSpan(month).until;

let api: TestApi;
let [clerk, reviewer, approver]: TestClient[] = [];
let entries = 0;
let sequenceNo = 0;
let closingFen = openingFen;
let unstated: { entryNo: number; fen: number }[] = [];

beforeAll(async () => {
  api = await startTestApi();
  [clerk, reviewer, approver] = await Promise.all(
    ['settle2', 'finreview2', 'finapprove2'].map((name) => api.signIn(name)),
  );
});
afterAll(() => api?.stop());

const sql = <Row = unknown>(text: string, ...values: unknown[]) => rows<Row>(api.database.dataSource, text, values);

async function send(amountFen: number, at: Date, accountName?: string): Promise<TestOrder> {
  const options = { amountFen, ...(accountName ? { payee: { accountName } } : {}) };
  const order = await drawTestOrder(api.database.dataSource, cipher, api.world, options);
  await move(order, 'released', 'sent', at);
  return order;
}
const move = ({ orderNo }: TestOrder, from: PayoutState, to: PayoutState, at: Date) =>
  api.database.dataSource.transaction((manager) => movePayoutOrder(manager, orderNo, { from: [from], to, at }));

/** The bank books; its next statement has it. */
async function book(order: TestOrder, at: Date, told: { kind?: 'return'; orderNo?: string; amountFen?: number } = {}) {
  entries += 1;
  const { kind = 'debit', orderNo = order.orderNo, amountFen = order.amountFen } = told;
  await api.database.dataSource.transaction((manager) =>
    recordBankEntry(manager, {
      ...{ entryNo: entries, kind, orderNo, amountFen, at: at.toISOString(), bankReference: 'B', fundAccount },
      accountDigest: accountDigest(cipher, order.payee.accountNumber),
    }),
  );
  unstated.push({ entryNo: entries, fen: kind === 'debit' ? -amountFen : amountFen });
}
async function receive(amountFen: number, at: Date, from: 'fiscal' | 'interest' | 'stranger') {
  entries += 1;
  const receipt = { entryNo: entries, amountFen, at: at.toISOString(), fundAccount, accountDigest: null };
  await api.database.dataSource.transaction((manager) =>
    recordBankReceipt(manager, {
      ...receipt,
      ...{ isInterest: from === 'interest', isFromFiscalAccount: from === 'fiscal' },
    }),
  );
  unstated.push({ entryNo: entries, fen: amountFen });
}
/** The bank states what it booked, and how much is there; `byFen` is its mistake. */
async function state(from: Date, to: Date, byFen = 0) {
  sequenceNo += 1;
  const stated = unstated;
  unstated = [];
  const moved = stated.reduce((sum, { fen }) => sum + fen, byFen);
  const before = closingFen;
  closingFen += moved;
  const debitFen = moved < 0 ? -moved : 0;
  const { file } = await keepBankFile(api.database.dataSource, cipher, {
    ...{ kind: 'statement', layout: 'camt053', name: 'x', bytes: Buffer.from(`${sequenceNo}`), messageId: null },
    ...{ agencyId, lineCount: 0, totalFen: 0 },
  });
  await api.database.dataSource.transaction((manager) =>
    keepStatement(manager, {
      fileId: file.id,
      statement: {
        ...{ statementId: `ST-${sequenceNo}`, fundAccount, sequenceNo, page: 1, isLastPage: true },
        ...{ from: from.toISOString(), to: to.toISOString(), openingFen: before, closingFen },
        ...{ debitFen, creditFen: moved + debitFen },
      },
      entryNos: stated.map(({ entryNo }) => entryNo),
    }),
  );
}

const path = (of = month) => `/api/finance/reconciliation-statements/${of}`;
const answerOf = async (of = month, by = reviewer!) => (await by.get<ReconciliationStatementAnswer>(path(of))).body;
const propose = (of = month, by = clerk!, body: object = { id: randomUUID(), text: '已与对账单逐笔核对' }) =>
  by.post<MonthClose & ErrorAnswer>(`${path(of)}/proposals`, body);
const decide = (id: string, word: 'confirm' | 'refuse', by = reviewer!, body: object = {}) =>
  by.post<MonthClose & ErrorAnswer>(`/api/finance/reconciliation-statements/proposals/${id}/${word}`, body);
const bytesOf = async (form: 'xlsx' | 'pdf', of = month) => {
  const cookie = (reviewer as unknown as { cookie: string }).cookie;
  const answer = await fetch(`${api.url}${path(of)}/${form}`, { headers: { cookie } });
  expect([form, answer.status]).toEqual([form, 200]);
  return Buffer.from(await answer.arrayBuffer());
};
const carriedDiffers = async () => (await checkBooks(api.database.dataSource, agencyId, new Date())).length;

describe('before the month is closed', () => {
  it('there is no statement without the bank’s', async () => {
    expect(await reviewer!.get(path())).toMatchObject({ status: 409, body: { code: 'RECONCILIATION_NO_STATEMENT' } });
  });

  it('shows each item that one side alone has, and both come to the same', async () => {
    await receive(1_000_000, day(2), 'fiscal');
    await receive(77, day(3), 'interest');
    const paid = await send(30_000, day(4));
    await book(paid, day(4, 11));
    const returned = await send(20_000, day(5));
    await book(returned, day(5, 11));
    await book(returned, day(9), { kind: 'return' });
    await state(day(1, 10), day(10));
    await send(12_345, day(28), '欧阳示例');
    await receive(500, day(20), 'stranger');
    await book(paid, day(21), { orderNo: 'NOT-OURS', amountFen: 900 });
    await state(day(10), end);
    const { state: stands, statement } = await answerOf();
    expect(stands).toBe('open');
    const none = { count: 0, fen: 0, items: [] };
    const bankFen = openingFen + 1_000_000 + 77 - 30_000 + 500 - 900;
    expect(statement).toMatchObject({
      ...{ agencyId, fundAccount, month, isComplete: true, asOf: `${thisMonth}-01T00:00:00+08:00` },
      bank: {
        balanceFen: bankFen,
        plus: none,
        minus: { label: '企业已付、银行未付', count: 1, fen: 12_345, items: [{ payee: '欧***', date: `${month}-28` }] },
        adjustedFen: bankFen - 12_345,
      },
      books: {
        balanceFen: bankFen - 12_345 + 400,
        plus: { label: '银行已收、企业未收', count: 1, fen: 500, items: [{ orderNo: null, payee: null }] },
        minus: { count: 1, fen: 900, items: [{ orderNo: 'NOT-OURS', date: `${month}-21` }] },
        adjustedFen: bankFen - 12_345,
      },
      differenceFen: 0,
      parts: {
        entries: { count: 7, fen: 1_000_077 + 30_000 + 40_000 + 1_400 },
        matched: { count: 5 },
        cleared: { count: 0 },
        exceptions: { count: 2, fen: 1_400 },
        inTransit: { count: 1, fen: 12_345 },
      },
      unstated: { count: 0 },
    });
    expect(JSON.stringify(statement)).not.toContain('欧阳示例');
  });

  it('a month of which nothing was heard is not closed, nor one that is not over', async () => {
    expect(await propose(thisMonth)).toMatchObject({ status: 409, body: { code: 'MONTH_NOT_OVER' } });
    expect(await propose(earlier)).toMatchObject({ status: 409, body: { code: 'RECONCILIATION_NO_STATEMENT' } });
  });

  it.each([
    ['2026-13', {}],
    ['october', {}],
    [month, { id: 'x', text: 'y' }],
    [month, { id: randomUUID() }],
    [month, { id: randomUUID(), text: ' ' }],
    [month, { id: randomUUID(), text: 'y', month: '2020-01' }],
  ])('refuses what has another shape: %s %j', async (of, body) => {
    expect(await propose(of, clerk, body)).toMatchObject({ status: 400, body: { code: 'BAD_SHAPE' } });
  });

  it('takes two persons, and the second the same figures', async () => {
    const body = { id: randomUUID(), text: '已与对账单逐笔核对' };
    expect(await propose(month, reviewer, body)).toMatchObject({
      ...{ status: 201 },
      body: { month, state: 'proposed', mayDecide: false, document: { number: 'ST-2' } },
    });
    expect(await propose(month, reviewer, body)).toMatchObject({ status: 201, body: { id: body.id } });
    expect(await propose(month, reviewer, { ...body, text: '另一句' })).toMatchObject({
      body: { code: 'ACTION_REUSED' },
    });
    expect(await propose(month, clerk)).toMatchObject({ status: 409, body: { code: 'FINANCE_PROPOSAL_OPEN' } });
    expect(await decide(body.id, 'confirm', reviewer)).toMatchObject({
      ...{ status: 403, body: { code: 'FINANCE_PROPOSAL_OWN' } },
    });
    expect(await decide(body.id, 'confirm', clerk)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect((await answerOf()).close).toMatchObject({ id: body.id, state: 'proposed' });
    // Meanwhile the order in transit fails as of that month: other figures than the first person saw.
    const late = await send(5, day(29));
    expect(await decide(body.id, 'confirm', approver)).toMatchObject({
      ...{ status: 409, body: { code: 'BOOK_MONTH_CHANGED', next: expect.any(String) as string } },
    });
    expect((await answerOf()).close).toMatchObject({ state: 'proposed' });
    await move(late, 'sent', 'failed', day(29, 12));
    expect(await decide(body.id, 'refuse', approver, { reason: '数字有变动' })).toMatchObject({
      ...{ status: 200, body: { state: 'refused', decisionReason: '数字有变动' } },
    });
    expect(await decide(body.id, 'confirm', approver)).toMatchObject({ body: { code: 'FINANCE_PROPOSAL_DECIDED' } });
  });

  it('is none of another agency’s, nor of another kind of proposal', async () => {
    const hash = await hashPassword('test-password-1');
    const stranger = {
      agencyId: '450203',
      username: 'finelse',
      displayName: '邻区',
      posts: ['financeReviewer'] as never,
    };
    await createStaffAccount(api.database.dataSource, stranger, hash);
    const elsewhere = await api.signIn('finelse');
    const { body } = await propose();
    expect(await decide(body.id, 'confirm', elsewhere)).toMatchObject({
      ...{ status: 404, body: { code: 'FINANCE_PROPOSAL_NOT_FOUND' } },
    });
    expect(await elsewhere.get(path())).toMatchObject({ status: 409 });
    const asClearing = await reviewer!.post(`/api/finance/exceptions/proposals/${body.id}/confirm`, {});
    expect(asClearing).toMatchObject({ status: 404, body: { code: 'FINANCE_PROPOSAL_NOT_FOUND' } });
    for (const name of ['window1', 'approver1']) {
      expect((await (await api.signIn(name)).get(path())).status).toBe(403);
    }
    expect((await api.stranger().get(path())).status).toBe(401);
    await decide(body.id, 'refuse', reviewer, { reason: '试验' });
  });
});

describe('a closed month', () => {
  let before: { answer: ReconciliationStatementAnswer; xlsx: Buffer; pdf: Buffer };

  it('is closed by the second person, and carries its balances over', async () => {
    const { body } = await propose();
    // Two at once: one closes it, the other is told that it is closed.
    const both = await Promise.all([decide(body.id, 'confirm', reviewer), decide(body.id, 'confirm', approver)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    const carried = await sql<{ account: string; fen: number }>(
      `SELECT account, debit_fen - credit_fen AS fen FROM book_balance WHERE agency_id = $1 AND month = $2 ORDER BY account`,
      ...[agencyId, month],
    );
    const answer = await answerOf();
    expect(answer).toMatchObject({ state: 'closed', close: { state: 'confirmed' }, statement: { differenceFen: 0 } });
    expect(answer.statement.accounts.filter(({ debitFen, creditFen }) => debitFen + creditFen > 0)).toHaveLength(
      carried.length,
    );
    for (const { account, fen } of carried) {
      expect(answer.statement.accounts.find((one) => one.account === account)?.balanceFen).toBe(fen);
    }
    expect(await carriedDiffers()).toBe(0);
    before = { answer, xlsx: await bytesOf('xlsx'), pdf: await bytesOf('pdf') };
    expect(await propose()).toMatchObject({ status: 409, body: { code: 'BOOK_MONTH_CLOSED' } });
    expect(await propose(earlier)).toMatchObject({ status: 409, body: { code: 'BOOK_MONTH_CLOSED' } });
  });

  it('takes no more lines, whatever is heard of it late', async () => {
    const order = await send(6_000, day(15));
    await book(order, day(16));
    await receive(44, day(17), 'stranger');
    await sql(
      `INSERT INTO posting (at, agency_id, kind, debit_account, credit_account, amount_fen)
       VALUES ($1, $2, 'orderMoved', 'payable', 'inTransit', 1), ($1, $2, 'orderMoved', 'inTransit', 'payable', 1)`,
      ...[day(18), agencyId],
    );
    const late = await sql(
      `SELECT 1 FROM posting WHERE agency_id = $1 AND at < $2 AND posted_at > (SELECT closed_at FROM book_month)`,
      agencyId,
      end,
    );
    expect(late).toEqual([]);
    const [next] = await sql<{ n: number }>(
      `SELECT count(*)::int AS n FROM posting WHERE agency_id = $1 AND at = $2`,
      agencyId,
      end,
    );
    expect(next!.n).toBe(5);
    expect(await carriedDiffers()).toBe(0);
  });

  it('prints the same, byte for byte, whatever happens later', async () => {
    expect(await answerOf()).toEqual(before.answer);
    expect((await bytesOf('xlsx')).equals(before.xlsx)).toBe(true);
    expect((await bytesOf('pdf')).equals(before.pdf)).toBe(true);
    const audit = await api.signIn('audit1');
    expect(await answerOf(month, audit)).toEqual(before.answer);
  });

  it('is a sheet of paper with its own font, and a workbook that can be summed', async () => {
    const pdf = before.pdf.toString('latin1');
    expect(pdf.startsWith('%PDF-')).toBe(true);
    expect(pdf).toMatch(/\/FontFile2 \d+ 0 R/);
    expect(pdf).toMatch(/\/BaseFont \/[A-Z]{6}\+NotoSansSC-Regular/);
    expect(before.pdf.length).toBeLessThan(200_000);
    const found: Record<string, unknown[][]> = {};
    // Not the streaming reader: whether it knows the name of a sheet hangs on which part of the file it has come to.
    const workbook = new Workbook();
    await workbook.xlsx.load(Uint8Array.from(before.xlsx).buffer);
    for (const sheet of workbook.worksheets) {
      const lines: unknown[][] = [];
      sheet.eachRow((row) => lines.push((row.values as unknown[]).slice(1)));
      found[sheet.name] = lines;
    }
    const { bank, books } = before.answer.statement;
    expect(found['调节表']).toContainEqual([
      '银行对账单余额',
      bank.balanceFen / 100,
      '账面余额',
      books.balanceFen / 100,
    ]);
    expect(found['调节表']).toContainEqual([
      '调节后余额',
      bank.adjustedFen / 100,
      '调节后余额',
      bank.adjustedFen / 100,
    ]);
    expect(found['未达账项']).toHaveLength(1 + 3);
    expect(found['未达账项']![1]).toEqual(expect.arrayContaining(['企业已付、银行未付', 123.45, '欧***']));
    expect(found['科目余额']).toHaveLength(1 + 12);
  });

  it('gives the trial balance without its lines, equal to them', async () => {
    const books = (await reviewer!.get<BooksAnswer>('/api/finance/books')).body;
    const summed = await sql<{ account: string; debit: number; credit: number }>(
      `SELECT account, sum(debit)::bigint AS debit, sum(credit)::bigint AS credit FROM (
         SELECT debit_account AS account, amount_fen AS debit, 0 AS credit FROM posting WHERE agency_id = $1
         UNION ALL SELECT credit_account, 0, amount_fen FROM posting WHERE agency_id = $1) lines GROUP BY 1`,
      agencyId,
    );
    for (const { account, debit, credit } of summed) {
      expect(books.accounts.find((one) => one.account === account)).toMatchObject({
        debitFen: debit,
        creditFen: credit,
      });
    }
    expect(books.total.debitFen).toBe(books.total.creditFen);
  });

  it('cannot be stored otherwise, and what was changed past the rules is found', async () => {
    const { dataSource } = api.database;
    const [one, other] = [accountOf(api.world, 'settle2').id, accountOf(api.world, 'finreview2').id];
    const forged = async (subject: string, digest: string) => {
      const id = randomUUID();
      await sql(
        `INSERT INTO finance_proposal (id, agency_id, kind, subject, facts, words_enc, proposed_by, proposed_at, state, decided_by, decided_at)
         VALUES ($1, $2, 'monthClose', $3, $4, '\\x00', $5, now(), 'confirmed', $6, now())`,
        ...[id, agencyId, subject, { digest }, one, other],
      );
      return sql(
        `INSERT INTO book_month (agency_id, month, statement_enc, digest, proposal_id, closed_at) VALUES ($1, $2, '\\x00', 'd', $3, now())`,
        ...[agencyId, subject, id],
      );
    };
    const constraint = (name: string) => ({ driverError: { constraint: name } });
    await expect(forged(thisMonth, 'other')).rejects.toMatchObject(constraint('book_month_two_persons'));
    await expect(forged(thisMonth, 'd')).rejects.toMatchObject(constraint('book_month_order'));
    await expect(forged(earlier, 'd')).rejects.toMatchObject(constraint('book_month_order'));
    await expect(asOwner(dataSource, (owner) => owner.query(`DELETE FROM book_balance`))).rejects.toThrow(
      'only ever added',
    );
    await expect(
      asOwner(dataSource, (owner) => owner.query(`UPDATE book_month SET closed_at = now()`)),
    ).rejects.toThrow('only ever added');
    const messages = async () =>
      (await walkAudit(dataSource, cipher)).faults
        .filter(({ kind }) => kind === 'financeDiffers')
        .map(({ message }) => message);
    // Of all that was done here the audit doubts the forged ones alone.
    expect(new Set(await messages())).toEqual(
      new Set([`${thisMonth} 的月末结账没有提出记录`, `${earlier} 的月末结账没有提出记录`]),
    );
    await asOwner(dataSource, async (owner) => {
      await owner.query(`ALTER TABLE book_month DISABLE TRIGGER USER`);
      await owner.query(`UPDATE book_month SET statement_enc = $1`, [
        cipher.encryptBytes(
          'book_month.statement',
          Buffer.from(JSON.stringify(before.answer.statement).replace('12345', '12346')),
        ),
      ]);
      await owner.query(`ALTER TABLE posting DISABLE TRIGGER USER`);
      await owner.query(
        `INSERT INTO posting (at, agency_id, kind, debit_account, credit_account, amount_fen)
         VALUES ($1, $2, 'cleared', 'otherClaim', 'bankClaim', 9)`,
        [day(18), agencyId],
      );
      await owner.query(`ALTER TABLE posting ENABLE TRIGGER USER`);
    });
    expect(await messages()).toContain(`${month} 的余额调节表与两人确认的不符`);
    expect(await reviewer!.get(path())).toMatchObject({ status: 500, body: { code: 'BOOK_MONTH_ALTERED' } });
    const differences = await checkBooks(dataSource, agencyId, new Date());
    expect(differences).toEqual([
      { figure: 'carried', month, account: 'bankClaim', booksFen: 0, rowsFen: -9 },
      { figure: 'carried', month, account: 'otherClaim', booksFen: 0, rowsFen: 9 },
    ]);
  });
});

import { randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { createBankClient, sendPaymentFile, type PaymentLayout } from '@banjie/activities';
import { likelyForm, readPain002, writeCamt053, writePain002, type TransferResult } from '@banjie/bank-files';
import type { BankUploads, BankUploadView } from '@banjie/contracts';
import { createStaffAccount, hashPassword, rows, walkAudit } from '@banjie/persistence';
import {
  drawTestOrder,
  startBankProcess,
  startTestApi,
  testCallKeys,
  testCipher,
  type BankProcess,
  type TestApi,
  type TestClient,
} from '@banjie/testing';
import type { Log } from '../log';
import { StatementTaker } from './statement-taker';
import { UploadedFiles } from './uploaded-files';

const cipher = testCipher();
const alarms: string[] = [];
const log: Log = {
  info: () => undefined,
  warn: (fields) => void alarms.push(`warn ${JSON.stringify(fields)}`),
  error: (fields) => void alarms.push(String(fields['alarm'])),
};
let api: TestApi;
let bank: BankProcess;
let clerk: TestClient;
let reviewer: TestClient;
let stranger: TestClient;

beforeAll(async () => {
  [api, bank] = await Promise.all([startTestApi(), startBankProcess()]);
  const { dataSource } = api.database;
  const account = {
    agencyId: '450203',
    username: 'b-settle1',
    displayName: '结算丙',
    posts: ['settlementClerk'] as const,
  };
  await createStaffAccount(dataSource, account, await hashPassword(api.world.password));
  // Without a duty in the cases, as `sentPart` gives them.
  clerk = await api.signIn('settle2');
  reviewer = await api.signIn('finreview2');
  stranger = await api.signIn('b-settle1');
});
afterAll(async () => {
  await api?.stop();
  await bank?.stop();
});
beforeEach(() => (alarms.length = 0));
afterEach(() => bank.clearFaults());

const sql = <Row = Record<string, unknown>>(text: string, values: unknown[] = []) =>
  rows<Row>(api.database.dataSource, text, values);
const files = () =>
  new UploadedFiles(api.database.dataSource, cipher, new StatementTaker(api.database.dataSource, cipher, log), log);

interface Part {
  orderNos: string[];
  results(): Promise<Buffer>;
}
let parts = 0;
/** Orders that are at the bank in one file, and what the bank says of them; ours has not heard it. */
async function sentPart(layout: PaymentLayout, count = 3): Promise<Part> {
  const orderNos: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const order = await drawTestOrder(api.database.dataSource, cipher, api.world, { amountFen: 1_000 + n });
    orderNos.push(order.orderNo);
    await sql(
      `INSERT INTO case_duty (case_no, person_id, duty, since_seq) SELECT $1, id, duty, 1 FROM staff_account
       JOIN (VALUES ('settle1', 'preparePayout'), ('finreview1', 'financeReview'), ('finapprove1', 'financeApproval')) AS of (name, duty)
         ON of.name = username`,
      [order.caseNo],
    );
  }
  parts += 1;
  const toBank = {
    dataSource: api.database.dataSource,
    cipher,
    bank: createBankClient(bank.url, testCallKeys()),
    layout,
  };
  const { fileId } = await sendPaymentFile(toBank, { batchNo: `PB${parts}`, part: 1, orderNos });
  const [file] = await sql<{ sha256: string }>(`SELECT sha256 FROM bank_file WHERE id = $1`, [fileId]);
  return { orderNos, results: () => bank.file(`/files/${file!.sha256}/result`) };
}

const form = (bytes: Buffer, name = '结果.dat') => {
  const body = new FormData();
  body.append('file', new Blob([new Uint8Array(bytes)]), name);
  return body;
};
const path = '/api/finance/bank-files';
async function bring(bytes: Buffer, who = clerk): Promise<BankUploadView> {
  const { status, body } = await who.post<BankUploadView>(path, form(bytes));
  expect([status, body]).toEqual([201, expect.objectContaining({ sha256: expect.any(String) })]);
  if (!body.isRepeated) expect(body.state).toBe('received');
  return body;
}
const reportOf = async (sha256: string, who = clerk) => (await who.get<BankUploadView>(`${path}/${sha256}`)).body;
/** Brought by one person and read. */
async function read(bytes: Buffer, who = clerk): Promise<BankUploadView> {
  const { sha256 } = await bring(bytes, who);
  await files().work();
  return reportOf(sha256, who);
}
/** Brought, read, confirmed by another person and posted. */
async function posted(bytes: Buffer): Promise<BankUploadView> {
  const { sha256, state } = await read(bytes);
  expect(state).toBe('checked');
  expect(await reviewer.refusal('POST', `${path}/${sha256}/confirm`)).toEqual([200, null]);
  await files().work();
  return reportOf(sha256);
}
const statesOf = async ({ orderNos }: Part) =>
  (
    await sql<{ state: string }>(`SELECT state FROM payout_order WHERE order_no = ANY($1) ORDER BY order_no`, [
      orderNos,
    ])
  ).map(({ state }) => state);
/** All that a file could touch: rows of ours by their counts and sums, and the bank's own books. */
const footprint = async () => {
  const [ours] = await sql(
    `SELECT (SELECT jsonb_object_agg(state, n) FROM (SELECT state, count(*) AS n FROM payout_order GROUP BY state) s) AS orders,
       (SELECT count(*) FROM posting) AS postings, (SELECT coalesce(sum(amount_fen), 0)::bigint FROM posting) AS posted,
       (SELECT count(*) FROM payout_attempt) AS attempts, (SELECT count(*) FROM payout_attempt WHERE answered_at IS NOT NULL) AS answered,
       (SELECT count(*) FROM bank_entry) AS entries, (SELECT count(*) FROM bank_statement) AS statements,
       (SELECT count(*) FROM bank_file) AS files, (SELECT count(*) FROM outbox) AS outbox, (SELECT count(*) FROM case_act) AS acts`,
  );
  return { ours, bank: await bank.summary() };
};
const recoded = (bytes: Buffer, from: string, to: 'utf8' | 'utf16le', mark = '') =>
  Buffer.from(mark + new TextDecoder(from).decode(bytes), to);
const replaced = (bytes: Buffer, from: RegExp, to: string, encoding: 'latin1' | 'utf8' = 'latin1') => {
  const text = bytes.toString(encoding);
  expect(text).toMatch(from);
  return Buffer.from(text.replace(from, to), encoding);
};

describe('a file that is brought', () => {
  it.each(['pain001', 'csvGb18030', 'csvUtf8'] as const)(
    'as the answer to %s is posted after a second person',
    async (layout) => {
      const part = await sentPart(layout);
      const bytes = await part.results();
      const before = await footprint();
      const seen = await read(bytes);
      expect(seen).toMatchObject({
        state: 'checked',
        kind: 'results',
        batchNo: `PB${parts}`,
        lineCount: 3,
        faults: [],
      });
      expect(seen.lines.map(({ orderNo, outcomeLabel }) => [orderNo, outcomeLabel])).toEqual(
        part.orderNos.map((orderNo) => [orderNo, '成功']),
      );
      expect(await footprint()).toEqual(before);
      expect(await statesOf(part)).toEqual(['sent', 'sent', 'sent']);

      expect(await clerk.refusal('POST', `${path}/${seen.sha256}/confirm`)).toEqual([403, 'FORBIDDEN']);
      expect(await reviewer.refusal('POST', `${path}/${seen.sha256}/confirm`)).toEqual([200, null]);
      // Several processes look at once.
      await Promise.all([files().work(), files().work(), files().work()]);
      const report = await reportOf(seen.sha256);
      expect(report).toMatchObject({ state: 'posted', broughtBy: '结算乙', decidedBy: '财务复核乙', faults: [] });
      expect(await statesOf(part)).toEqual(['paid', 'paid', 'paid']);
      const after = await footprint();
      expect(after.bank).toEqual(before.bank);
      expect(after.ours!['postings']).toBe((before.ours!['postings'] as number) + 3);

      // The same bytes again, by whomever of the agency: the first report, and nothing else.
      for (const who of [clerk, reviewer])
        expect(await bring(bytes, who)).toMatchObject({ isRepeated: true, state: 'posted' });
      expect(await files().work()).toBe(0);
      expect(await footprint()).toEqual(after);
      const download = await fetch(`${api.url}${path}/${seen.sha256}/content`, { headers: await cookieOf('settle1') });
      expect(Buffer.from(await download.arrayBuffer()).equals(bytes)).toBe(true);
      const sealed = await sql(`SELECT id FROM bank_upload WHERE content_enc IS NOT NULL AND state = 'done'`);
      expect(sealed).toEqual([]);
    },
  );

  it('is one agency’s own, and finance’s alone', async () => {
    const bytes = await (await sentPart('pain001', 1)).results();
    const { sha256 } = await read(bytes);
    for (const [method, at] of [
      ['GET', sha256],
      ['GET', `${sha256}/content`],
    ] as const)
      // prettier-ignore
      expect(await stranger.refusal(method, `${path}/${at}`)).toEqual([404, 'BANK_UPLOAD_NOT_FOUND']);
    const windowClerk = await api.signIn('window1');
    expect((await windowClerk.post(path, form(bytes))).status).toBe(403);
    expect((await windowClerk.get(path)).status).toBe(403);
    const listed = (await clerk.get<BankUploads>(path)).body.items;
    expect(listed[0]).toMatchObject({ sha256, state: 'checked', faultCount: 0 });
    expect((await stranger.get<BankUploads>(path)).body.items).toEqual([]);
  });

  it('is read by 督办 and 监督 as to what came of it, and not as to the accounts in it', async () => {
    const { sha256 } = await read(await (await sentPart('pain001', 1)).results());
    for (const username of ['supervisor1', 'audit1']) {
      const who = await api.signIn(username);
      expect((await who.get<BankUploadView>(`${path}/${sha256}`)).body).toMatchObject({ sha256, state: 'checked' });
      expect(await who.refusal('GET', `${path}/${sha256}/content`)).toEqual([403, 'FORBIDDEN']);
    }
    for (const who of [clerk, reviewer, await api.signIn('finapprove1')])
      expect((await who.get(`${path}/${sha256}/content`)).status).toBe(200);
    const [seen] = await sql<{ n: number }>(
      `SELECT count(*)::int AS n FROM read_log r JOIN bank_upload u ON r.what = 'bankUpload:' || u.id WHERE u.sha256 = $1`,
      [sha256],
    );
    expect(seen!.n).toBe(3);
  });

  it('is confirmed by another than who brought it, or declined with nothing posted', async () => {
    const part = await sentPart('pain001', 1);
    const { sha256 } = await read(await part.results(), reviewer);
    expect(await reviewer.refusal('POST', `${path}/${sha256}/confirm`)).toEqual([403, 'FINANCE_PROPOSAL_OWN']);
    const other = await api.signIn('finapprove2');
    expect(await other.refusal('POST', `${path}/${sha256}/decline`, { reason: '来源不明' })).toEqual([200, null]);
    await files().work();
    expect(await reportOf(sha256)).toMatchObject({ state: 'declined' });
    expect(await other.refusal('POST', `${path}/${sha256}/confirm`)).toEqual([409, 'FINANCE_PROPOSAL_DECIDED']);
    expect(await statesOf(part)).toEqual(['sent']);
  });

  it('cannot be confirmed past the second person in the rows', async () => {
    const { sha256 } = await read(await (await sentPart('pain001', 1)).results());
    await expect(sql(`UPDATE bank_upload SET state = 'confirmed' WHERE sha256 = $1`, [sha256])).rejects.toThrow(
      'two persons',
    );
    await expect(
      sql(`UPDATE bank_upload SET sha256 = $2 WHERE sha256 = $1`, [sha256, '0'.repeat(64)]),
    ).rejects.toThrow();
    await expect(sql(`DELETE FROM bank_upload WHERE sha256 = $1`, [sha256])).rejects.toThrow();
  });
});

const cookieOf = async (username: string): Promise<Record<string, string>> => {
  const answer = await fetch(`${api.url}/api/session`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
    body: JSON.stringify({ username, password: api.world.password }),
  });
  return { cookie: answer.headers.getSetCookie()[0]!.split(';', 1)[0]! };
};

const laughs = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('');
const withMarkup = (bytes: Buffer, markup: string, inside: string) =>
  Buffer.from(
    bytes
      .toString('utf8')
      .replace(/(<\?xml[^>]*\?>)?/, (head) => `${head}${markup}`)
      .replace(/<MsgId>[^<]*/, `<MsgId>${inside}`),
  );

describe('a bad file is refused as a whole, in Chinese, and nothing is touched:', () => {
  it.each<[string, PaymentLayout, (honest: Buffer) => Buffer, string]>([
    ['GB18030 made into UTF-8', 'csvGb18030', (b) => recoded(b, 'gb18030', 'utf8'), 'BANK_FILE_ENCODING'],
    [
      'GB18030 made into UTF-8 with a mark',
      'csvGb18030',
      (b) => recoded(b, 'gb18030', 'utf8', '\ufeff'),
      'BANK_FILE_ENCODING',
    ],
    ['GB18030 made into UTF-16', 'csvGb18030', (b) => recoded(b, 'gb18030', 'utf16le', '\ufeff'), 'BANK_FILE_ENCODING'],
    ['UTF-8 made into UTF-16', 'csvUtf8', (b) => recoded(b, 'utf-8', 'utf16le', '\ufeff'), 'BANK_FILE_ENCODING'],
    [
      'bytes of no encoding',
      'csvUtf8',
      (b) => Buffer.concat([b, Buffer.from([0xff, 0xfe, 0x81])]),
      'BANK_FILE_ENCODING',
    ],
    ['XML made into UTF-16', 'pain001', (b) => recoded(b, 'utf-8', 'utf16le', '\ufeff'), 'BANK_FILE_ENCODING'],
    [
      'XML with bytes that are no UTF-8',
      'pain001',
      (b) => replaced(b, /<MsgId>/, '<MsgId>\xc8\xd5'),
      'BANK_FILE_ENCODING',
    ],
    ['XML cut off', 'pain001', (b) => b.subarray(0, b.length - 40), 'BANK_FILE_BROKEN'],
    [
      'XML cut off between two payments',
      'pain001',
      (b) => b.subarray(0, b.lastIndexOf('<TxInfAndSts>')),
      'BANK_FILE_BROKEN',
    ],
    ['CSV cut off in its last line', 'csvGb18030', (b) => b.subarray(0, b.length - 7), 'BANK_FILE_BROKEN'],
    [
      'CSV without its last line',
      'csvGb18030',
      (b) => b.subarray(0, b.lastIndexOf('\n', b.length - 2) + 1),
      'BANK_FILE_TOTALS',
    ],
    [
      'CSV without its totals',
      'csvUtf8',
      (b) => b.subarray(0, b.lastIndexOf('\n', b.length - 2) + 1),
      'BANK_FILE_BROKEN',
    ],
    [
      'totals off by 1 分, XML',
      'pain001',
      (b) => replaced(b, /<DtldCtrlSum>30\.03</, '<DtldCtrlSum>30.04<'),
      'BANK_FILE_TOTALS',
    ],
    ['totals off by 1 分, CSV', 'csvGb18030', (b) => replaced(b, /,30\.03,/, ',30.02,'), 'BANK_FILE_TOTALS'],
    [
      'a billion laughs',
      'pain001',
      (b) => withMarkup(b, `<!DOCTYPE x [<!ENTITY l0 "哈">${laughs}]>`, '&l9;'),
      'BANK_FILE_FORBIDDEN_MARKUP',
    ],
    [
      'an external entity',
      'pain001',
      (b) => withMarkup(b, '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>', '&f;'),
      'BANK_FILE_FORBIDDEN_MARKUP',
    ],
    [
      'an external schema',
      'pain001',
      (b) => withMarkup(b, '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">', 'M'),
      'BANK_FILE_FORBIDDEN_MARKUP',
    ],
    ['another message', 'pain001', (b) => replaced(b, /CstmrPmtStsRpt/, 'CstmrPmtStsRpx'), 'BANK_FILE_BROKEN'],
    [
      'a result of no file of ours',
      'pain001',
      (b) => replaced(b, /<OrgnlMsgId>[^<]*/, '<OrgnlMsgId>PB0-1'),
      'RESULT_OF_UNKNOWN_FILE',
    ],
    ['no bank file at all', 'pain001', () => Buffer.from('姓名,金额\n甲,1.00\n'), 'BANK_FILE_ENCODING'],
  ])('%s', async (_title, layout, spoil, code) => {
    const part = await sentPart(layout);
    const bytes = spoil(await part.results());
    const before = await footprint();
    const report = await read(bytes);
    expect([report.state, report.lines, report.faults.find(({ line }) => line === null)?.code]).toEqual([
      'refused',
      [],
      code,
    ]);
    for (const { message, next } of report.faults) {
      expect(message).toMatch(/\p{Script=Han}{4}/u);
      expect(next).toMatch(/^\p{Script=Han}.*。$/u);
    }
    expect(JSON.stringify(report)).not.toContain('root:');
    expect(await reviewer.refusal('POST', `${path}/${report.sha256}/confirm`)).toEqual([409, 'BANK_UPLOAD_NOT_OPEN']);
    await files().work();
    expect(await footprint()).toEqual(before);
    expect(await bring(bytes)).toEqual({ ...report, isRepeated: true });
    expect(alarms).toEqual(['uploadRefused']);
  });

  it('an empty one', async () => {
    const before = await footprint();
    const report = await read(Buffer.alloc(0));
    expect(report).toMatchObject({ state: 'refused', faults: [{ code: 'BANK_FILE_BROKEN' }] });
    expect(await footprint()).toEqual(before);
  });

  it('another agency’s, as if it were nobody’s', async () => {
    const bytes = await (await sentPart('pain001')).results();
    const before = await footprint();
    const report = await read(bytes, stranger);
    expect(report).toMatchObject({ state: 'refused', batchNo: null, faults: [{ code: 'RESULT_OF_UNKNOWN_FILE' }] });
    expect(await footprint()).toEqual(before);
  });

  it('a statement of another account, and one whose balance does not come out', async () => {
    const statement = (fundAccount: string) =>
      writeCamt053({
        ...{ messageId: 'S1', createdAt: '2026-11-25T18:00:00+08:00', statementId: 'S1', sequenceNo: 1, fundAccount },
        ...{ from: '2026-11-25T00:00:00+08:00', to: '2026-11-25T18:00:00+08:00', openingFen: 100, entries: [] },
      }).bytes;
    const [own] = await sql<{ account: string }>(`SELECT fund_account AS account FROM agency WHERE id = '450206'`);
    const before = await footprint();
    expect(await read(statement('9999000011112222'))).toMatchObject({
      ...{ state: 'refused', kind: 'statement' },
      faults: [{ code: 'BANK_STATEMENT_FOREIGN' }],
    });
    const unbalanced = replaced(statement(own!.account), />1\.00</, '>1.01<');
    expect(await read(unbalanced)).toMatchObject({ state: 'refused', faults: [{ code: 'BANK_FILE_BALANCE' }] });
    expect(await footprint()).toEqual(before);
  });
});

describe('a file with bad lines', () => {
  const layouts = ['pain001', 'csvGb18030'] as const;
  const lineOf = (bytes: Buffer, orderNo: string) => {
    const text = bytes.toString('latin1');
    const isXml = text.trimStart().startsWith('<');
    const found = isXml
      ? new RegExp(`<TxInfAndSts>(?:(?!</TxInfAndSts>)[^])*${orderNo}[^]*?</TxInfAndSts>\\s*`).exec(text)
      : new RegExp(`[^\\n]*${orderNo}[^\\n]*\\n`).exec(text);
    return found![0];
  };

  it.each(layouts)('names an unknown line and another amount, and posts the others: %s', async (layout) => {
    const part = await sentPart(layout, 4);
    const [first, second, third, fourth] = part.orderNos;
    await bank.setFault({ kind: 'unknownReference', match: { orderNo: second! } });
    if (layout === 'pain001') await bank.setFault({ kind: 'wrongAmount', match: { orderNo: third! }, byFen: 1 });
    const before = await footprint();
    const report = await posted(await part.results());
    const wrong = layout === 'pain001' ? [['RESULT_OTHER_AMOUNT', third]] : [];
    expect(report.state).toBe('posted');
    expect(report.faults.map(({ code, orderNo }) => [code, orderNo]).sort()).toEqual(
      [['RESULT_ORDER_NOT_IN_FILE', `X${second}`], ...wrong].sort(),
    );
    expect(report.faults.every(({ message }) => /没有入账/.test(message))).toBe(true);
    const thirdState = layout === 'pain001' ? 'unknown' : 'paid';
    expect(await statesOf(part)).toEqual(['paid', 'unknown', thirdState, 'paid']);
    expect(report.lines.map(({ orderNo }) => orderNo)).toEqual(
      layout === 'pain001' ? [first, fourth] : [first, third, fourth],
    );
    expect((await footprint()).bank).toEqual(before.bank);
  });

  it('takes a payment that stands twice neither time, and posts the others', async () => {
    const part = await sentPart('pain001', 3);
    const honest = (await part.results()).toString('latin1');
    const line = lineOf(Buffer.from(honest, 'latin1'), part.orderNos[1]!);
    // A bank that counts the line twice itself: the totals agree.
    const twice = Buffer.from(
      honest
        .replace(line, line + line)
        .replace(/<DtldNbOfTxs>3</, '<DtldNbOfTxs>4<')
        .replace(/<DtldCtrlSum>30\.03</, '<DtldCtrlSum>40.04<')
        .replace(/<OrgnlNbOfTxs>3</, '<OrgnlNbOfTxs>4<')
        .replace(/<OrgnlCtrlSum>30\.03</, '<OrgnlCtrlSum>40.04<'),
      'latin1',
    );
    const report = await posted(twice);
    expect(report.faults.map(({ code }) => code)).toEqual(expect.arrayContaining(['BANK_LINE_DUPLICATE']));
    expect(await statesOf(part)).toEqual(['paid', 'unknown', 'paid']);
  });

  it('posts lines in any order as they are', async () => {
    const part = await sentPart('csvUtf8', 3);
    const [titles, ...lines] = (await part.results()).toString('utf8').split('\r\n');
    const [one, two, three, ...rest] = lines;
    const report = await posted(Buffer.from([titles, three, one, two, ...rest].join('\r\n')));
    expect(report).toMatchObject({ state: 'posted', faults: [] });
    expect(await statesOf(part)).toEqual(['paid', 'paid', 'paid']);
  });

  /** What the same bank says of the same file at another time. */
  async function resaid(bytes: Buffer, outcomeOf: (orderNo: string) => TransferResult['outcome']): Promise<Buffer> {
    const { head, lines } = await readPain002(bytes);
    const { originalMessageId: messageId, originalCount: count, originalSumFen: sumFen, debtors } = head!;
    return writePain002({
      ...{ messageId: randomUUID().replaceAll('-', ''), createdAt: '2026-11-24T10:00:00+08:00' },
      original: { messageId, count: count!, sumFen: sumFen! },
      debtors: debtors.map(({ id }) => ({
        id,
        results: lines.map(({ orderNo, amountFen, payeeAccount }) => {
          const outcome = outcomeOf(orderNo);
          const reason = outcome === 'refused' ? { reason: '账户已销户' } : {};
          return { orderNo, amountFen, payeeAccount: payeeAccount!, outcome, ...reason };
        }),
      })),
    }).bytes;
  }

  it('of yesterday changes nothing, and does not take back what is known since', async () => {
    const part = await sentPart('pain001', 2);
    const [, second] = part.orderNos;
    const whole = await part.results();
    expect(await posted(whole)).toMatchObject({ state: 'posted', faults: [] });
    const before = await footprint();
    const pending = await posted(await resaid(whole, () => 'pending'));
    expect(pending).toMatchObject({ state: 'posted', faults: [] });
    const contrary = await resaid(whole, (orderNo) => (orderNo === second ? 'refused' : 'booked'));
    const report = await posted(contrary);
    expect(report.faults.map(({ code, orderNo }) => [code, orderNo])).toEqual([['RESULT_CONTRADICTS', second]]);
    expect(await statesOf(part)).toEqual(['paid', 'paid']);
    const after = await footprint();
    expect({ ...after.ours, files: 0 }).toEqual({ ...before.ours, files: 0 });
    expect(after.bank).toEqual(before.bank);
  });
});

describe('a file of 200 MB', () => {
  /** Sends it without holding it; what the server answered, and the most memory that this process had meanwhile. */
  async function pour(
    says: 'its length' | 'nothing of its length',
  ): Promise<{ status: number; body: string; grownMb: number }> {
    const session = await fetch(`${api.url}/api/session`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ username: 'settle1', password: api.world.password }),
    });
    const { csrfToken } = (await session.json()) as { csrfToken: string };
    const cookie = session.headers.getSetCookie()[0]!.split(';', 1)[0]!;
    const head = Buffer.from(
      '--x\r\ncontent-disposition: form-data; name="file"; filename="big.xml"\r\n\r\n<Document>',
    );
    const piece = Buffer.alloc(1024 * 1024, ' ');
    const tail = Buffer.from('</Document>\r\n--x--\r\n');
    const length = head.length + 200 * piece.length + tail.length;
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    let most = before;
    const answer = await new Promise<{ status: number; body: string }>((resolve, reject) => {
      const request = httpRequest(`${api.url}${path}`, {
        method: 'POST',
        headers: {
          ...{ cookie, 'x-csrf-token': csrfToken, 'content-type': 'multipart/form-data; boundary=x' },
          ...(says === 'its length' ? { 'content-length': length } : {}),
        },
      });
      let isAnswered = false;
      request.on('response', (response) => {
        isAnswered = true;
        let body = '';
        response
          .on('data', (chunk: Buffer) => (body += chunk.toString()))
          .on('end', () => {
            resolve({ status: response.statusCode ?? 0, body });
            request.destroy();
          });
      });
      request.on('error', (error) => (isAnswered ? undefined : reject(error)));
      let sent = 0;
      const more = (): void => {
        most = Math.max(most, process.memoryUsage().rss);
        if (isAnswered) return;
        if (sent === 200) return void request.end(tail);
        sent += 1;
        if (request.write(piece)) setImmediate(more);
        else request.once('drain', more);
      };
      request.write(head);
      more();
    });
    return { ...answer, grownMb: (most - before) / 1024 / 1024 };
  }

  it.each([
    ['its length', 'BANK_FILE_TOO_LARGE'],
    ['nothing of its length', 'FILE_TOO_LARGE'],
  ] as const)('that says %s is refused without filling the memory', async (says, code) => {
    const before = await footprint();
    const { status, body, grownMb } = await pour(says);
    expect([status, (JSON.parse(body) as { code: string }).code]).toEqual([413, code]);
    expect(grownMb).toBeLessThan(120);
    expect(await footprint()).toEqual(before);
    expect(await sql(`SELECT id FROM bank_upload WHERE byte_count > 20000000`)).toEqual([]);
  });
});

it('keeps all of it in the chain of finance, whole', async () => {
  // The orders of these specs are drawn past their cases; the chain of finance is what is asked for.
  const { faults } = await walkAudit(api.database.dataSource, cipher);
  expect(faults.filter(({ kind }) => kind === 'financeDiffers')).toEqual([]);
  const [acts] = await sql<{ n: number }>(`SELECT count(*) AS n FROM finance_act`);
  expect(acts!.n).toBeGreaterThan(10);
});

it('tells forms apart by their first bytes', () => {
  expect(
    ['<a>camt.053</a>', ' <Document/>', '汇总,1', '合计,1', ''].map((text) => likelyForm(Buffer.from(text))),
  ).toEqual(['camt053', 'pain002', 'csvGb18030', 'csvGb18030', 'csvGb18030']);
});

import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type {
  AttachmentAnswer,
  CheckAnswer,
  ErrorAnswer,
  FilingAnswer,
  FilingList,
  FilingVersion,
  LinesAnswer,
  SubmitAnswer,
} from '@banjie/contracts';
import type { FilingBody, Paper } from '@banjie/domain';
import { rows } from '@banjie/persistence';
import { startTestApi, type TestApi, type TestClient } from '@banjie/testing';
import { jpeg, pdf, png } from './scans.fixture';

let api: TestApi;
let clerk: TestClient;
let second: TestClient;
let foreign: TestClient;
let numbers = 0;

beforeAll(async () => {
  api = await startTestApi();
  [clerk, second, foreign] = (await Promise.all(
    ['window1', 'window2', 'b-window1'].map((name) => api.signIn(name)),
  )) as [TestClient, TestClient, TestClient];
});
afterAll(() => api?.stop());

const nextNumber = () => String((numbers += 1)).padStart(8, '0');

function buildBody(number = nextNumber(), personIndex = 0): FilingBody {
  const { idNumber, name, scheme } = api.world.persons[personIndex]!;
  const hospitalCode = 'H45020600101';
  return {
    applicant: { idNumber, name, phone: '13900000000', scheme },
    proxy: null,
    stay: { hospitalCode, admissionDate: '2025-10-10', dischargeDate: '2025-10-20', diagnosis: '示例诊断' },
    payee: { relation: 'self', accountName: name, accountNumber: '6222020000000000000', bankCode: '102100099996' },
    invoices: [{ code: '045001', number, hospitalCode, patientName: name, amountFen: 60_000, issuedOn: '2025-10-20' }],
    statement: { number: `S-${number}`, patientName: name, totalFen: 60_000 },
  };
}

const line = {
  lineNo: 1,
  serviceDate: '2025-10-11',
  itemCode: 'XY001',
  itemName: '药',
  category: '西药费',
  quantity: '0.5',
  unitPriceFen: 120_000,
  amountFen: 60_000,
};

async function draft(body: unknown = buildBody(), client = clerk): Promise<string> {
  const answer = await client.post<FilingVersion>('/api/filings', { matter: 'inpatientReimbursement', body });
  expect(answer).toMatchObject({ status: 201, body: { version: 1 } });
  return answer.body.id;
}

function form(file: Buffer | null, fields: Record<string, string>, name = '扫描件 一.pdf'): FormData {
  const data = new FormData();
  for (const [key, value] of Object.entries(fields)) data.append(key, value);
  if (file) data.append('file', new Blob([new Uint8Array(file)]), name);
  return data;
}

const attach = (id: string, paper: string, facts: object, file = pdf(`${paper} ${id}`), client = clerk) =>
  client.post<AttachmentAnswer & ErrorAnswer>(
    `/api/filings/${id}/attachments`,
    form(file, { paper, facts: JSON.stringify(facts) }),
  );

async function wholeDraft(body = buildBody()): Promise<string> {
  const id = await draft(body);
  await clerk.put(`/api/filings/${id}/lines`, { lines: [line] });
  const papers: Paper[] = ['idCard', 'invoice', 'ownBankAccount', 'costStatement', 'claimForm', 'dischargeRecord'];
  for (const paper of papers) await attach(id, paper, { legible: true, describesTreatment: true });
  return id;
}

const submit = (id: string, client = clerk, actionId: string = randomUUID()) =>
  client.post<SubmitAnswer & ErrorAnswer>(`/api/filings/${id}/submit`, { actionId });

describe('a filing from draft to case', () => {
  it('is kept, changed, completed, checked and received', async () => {
    const id = await draft({ applicant: { name: '参保甲' } });
    const first = await clerk.get<CheckAnswer>(`/api/filings/${id}/check`);
    expect(first.body.gaps.length).toBeGreaterThan(15);
    expect(await clerk.put(`/api/filings/${id}`, { version: 1, body: buildBody() })).toMatchObject({
      body: { id, version: 2 },
    });
    const csv = Buffer.from(
      '日期,项目编码,项目名称,数量,单价,金额\n2025-10-11,XY001,药,1,600.00,600.00\n合计,,,,,600.00\n',
    );
    const read = await clerk.post<LinesAnswer>(`/api/filings/${id}/statement`, form(csv, {}, '清单.csv'));
    expect(read).toMatchObject({ status: 200, body: { lineCount: 1, totalFen: 60_000, printedTotalFen: 60_000 } });
    for (const paper of ['idCard', 'invoice', 'ownBankAccount', 'costStatement', 'claimForm', 'dischargeRecord']) {
      expect((await attach(id, paper, { legible: true, describesTreatment: true })).status).toBe(201);
    }
    expect((await clerk.get<FilingList>('/api/filings')).body.items.map((item) => item.id)).toContain(id);
    expect((await clerk.get<CheckAnswer>(`/api/filings/${id}/check`)).body.gaps).toEqual([]);
    const shown = (await clerk.get<FilingAnswer>(`/api/filings/${id}`)).body;
    expect(shown).toMatchObject({ version: 2, state: 'draft', lines: [{ quantity: '1', amountFen: 60_000 }] });
    expect(shown.attachments[0]).toMatchObject({ fileName: '扫描件 一.pdf', mediaType: 'application/pdf' });
    const received = await submit(id);
    expect(received).toMatchObject({ status: 201, body: { seq: 1, stage: 'acceptance', gaps: [] } });
    expect(received.body.caseNo).toMatch(/^450206\d{14}$/);
    expect(received.body.receivedAt).toMatch(/\+08:00$/);
    expect((await clerk.get<FilingList>('/api/filings')).body.items.map((item) => item.id)).not.toContain(id);
    expect(await clerk.ask('GET', `/api/filings/${id}`)).toMatchObject({
      status: 409,
      body: { code: 'ALREADY_SUBMITTED', facts: { caseNo: received.body.caseNo } },
    });
    for (const [method, path, body] of [
      ['PUT', '', { version: 2, body: {} }],
      ['PUT', '/lines', { lines: [] }],
      ['POST', '/attachments', form(pdf(), { paper: 'idCard', facts: '{"legible":true}' })],
      ['DELETE', `/attachments/${shown.attachments[0]!.id}`, undefined],
    ] as const) {
      expect(await clerk.refusal(method, `/api/filings/${id}${path}`, body)).toEqual([409, 'ALREADY_SUBMITTED']);
    }
  });

  it('is received with its gaps, all of them in the answer', async () => {
    const received = await submit(await draft());
    expect(received.status).toBe(201);
    expect(received.body.gaps.length).toBeGreaterThan(5);
    for (const gap of received.body.gaps) expect(gap.message).toMatch(/\p{Script=Han}/u);
  });

  it('gives one answer to one action, however often and whoever clicks', async () => {
    const id = await draft();
    const actionId = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => submit(id, clerk, actionId)));
    expect(new Set(answers.map((answer) => `${answer.status} ${answer.body.caseNo}`)).size).toBe(1);
    expect((await submit(id)).body).toMatchObject({
      code: 'ALREADY_SUBMITTED',
      facts: { caseNo: answers[0]!.body.caseNo },
    });
    expect((await submit(id, second, actionId)).status).toBe(409);
    expect((await submit(await draft(), clerk, actionId)).body).toMatchObject({ code: 'ACTION_REUSED' });
  });

  it('has one case of two clerks who file one invoice at the same instant, twenty times', async () => {
    const countAttempts = () =>
      rows<{ n: number }>(
        api.database.dataSource,
        `SELECT count(*) AS n FROM attempt_log WHERE code = 'INVOICE_IN_USE'`,
      );
    for (let race = 0; race < 20; race += 1) {
      const number = nextNumber();
      const ids = await Promise.all([draft(buildBody(number, 0)), draft(buildBody(number, 1), second)]);
      const answers = await Promise.all([submit(ids[0]), submit(ids[1], second)]);
      const winner = answers.find((answer) => answer.status === 201);
      const loser = answers.find((answer) => answer.status !== 201);
      expect(loser).toMatchObject({
        status: 409,
        body: { code: 'INVOICE_IN_USE', facts: { caseNo: winner!.body.caseNo } },
      });
    }
    expect(await countAttempts()).toEqual([{ n: 20 }]);
  });
});

describe('who may', () => {
  it('asks for a session and a post that receives filings', async () => {
    const id = await draft();
    const create = { matter: 'inpatientReimbursement', body: {} };
    expect(await api.stranger().refusal('POST', '/api/filings', create)).toEqual([401, 'NOT_SIGNED_IN']);
    const approver = await api.signIn('approver1');
    expect(await approver.refusal('POST', '/api/filings', create)).toEqual([403, 'FORBIDDEN']);
    expect(await approver.refusal('GET', `/api/filings/${id}`)).toEqual([403, 'FORBIDDEN']);
    const initial = await api.signIn('initial1');
    expect(await initial.refusal('POST', '/api/filings', create)).toEqual([201, null]);
    // A colleague of the same agency may go on with a draft; that he read it is on record.
    expect(await second.refusal('GET', `/api/filings/${id}`)).toEqual([200, null]);
    expect(await clerk.refusal('GET', `/api/filings/${id}`)).toEqual([200, null]);
    const log = await rows(api.database.dataSource, 'SELECT reader_id FROM read_log WHERE what = $1', [`filing:${id}`]);
    expect(log).toEqual([{ reader_id: api.world.accounts['window2']!.id }]);
  });

  it('hides everything from another agency', async () => {
    const id = await draft();
    const { body } = await attach(id, 'idCard', { legible: true });
    const asks = [
      ['GET', '', undefined],
      ['PUT', '', { version: 1, body: {} }],
      ['PUT', '/lines', { lines: [] }],
      ['POST', '/attachments', form(pdf(), { paper: 'idCard', facts: '{"legible":true}' })],
      ['DELETE', `/attachments/${body.id}`, undefined],
      ['GET', '/check', undefined],
      ['POST', '/submit', { actionId: randomUUID() }],
    ] as const;
    for (const [method, path, content] of asks) {
      expect([path, await foreign.refusal(method, `/api/filings/${id}${path}`, content)]).toEqual([
        path,
        [404, 'FILING_NOT_FOUND'],
      ]);
    }
    expect(await clerk.refusal('GET', '/api/filings/not-an-id')).toEqual([400, 'BAD_SHAPE']);
    expect(await clerk.refusal('GET', `/api/filings/${randomUUID()}`)).toEqual([404, 'FILING_NOT_FOUND']);
  });

  it('refuses the change of a stale screen', async () => {
    const id = await draft();
    expect((await clerk.put(`/api/filings/${id}`, { version: 1, body: {} })).status).toBe(200);
    expect(await second.ask('PUT', `/api/filings/${id}`, { version: 1, body: {} })).toMatchObject({
      status: 409,
      body: { code: 'DRAFT_CHANGED', facts: { version: 2 } },
    });
  });
});

describe('bad input', () => {
  const shapes: [string, (body: FilingBody) => unknown][] = [
    ['an unknown key', (b) => ({ ...b, caseNo: '1' })],
    ['an unknown key inside', (b) => ({ ...b, stay: { ...b.stay, regionCode: '450200' } })],
    ['a negative amount', (b) => ({ ...b, statement: { totalFen: -1 } })],
    ['an amount beyond exact numbers', (b) => ({ ...b, statement: { totalFen: 2 ** 53 } })],
    ['half a 分', (b) => ({ ...b, statement: { totalFen: 0.5 } })],
    ['an amount as text', (b) => ({ ...b, statement: { totalFen: '60000' } })],
    ['NUL in a name', (b) => ({ ...b, applicant: { name: '覃\u0000' } })],
    ['half a character', (b) => JSON.stringify({ ...b, applicant: { name: '@' } }).replace('@', '\\ud800')],
    ['a day that is none', (b) => ({ ...b, stay: { admissionDate: '2025-02-30' } })],
    ['a megabyte of text', (b) => ({ ...b, applicant: { name: '甲'.repeat(350_000) } })],
    ['201 invoices', (b) => ({ ...b, invoices: Array.from({ length: 201 }, () => ({})) })],
    ['a list for an object', (b) => ({ ...b, payee: [] })],
  ];
  it.each(shapes)('refuses %s as a draft, with the field', async (_, spoil) => {
    const bad = spoil(buildBody());
    const text = `{"matter":"inpatientReimbursement","body":${typeof bad === 'string' ? bad : JSON.stringify(bad)}}`;
    const answer = await clerk.ask<ErrorAnswer>('POST', '/api/filings', text, { 'content-type': 'application/json' });
    expect(answer).toMatchObject({ status: 400, body: { code: 'BAD_SHAPE' } });
    expect(answer.body.message).toMatch(/\p{Script=Han}/u);
    expect(JSON.stringify(answer.body).length).toBeLessThan(10_000);
  });

  const slips: [string, (body: FilingBody) => void, string, string][] = [
    [
      'a wrong check digit',
      (b) => (b.applicant!.idNumber = b.applicant!.idNumber!.replace(/.$/, (d) => (d === '1' ? '2' : '1'))),
      'ID_NUMBER_CHECK_DIGIT',
      'applicant.idNumber',
    ],
    [
      'a discharge in the future',
      (b) => (b.stay!.dischargeDate = '2099-01-01'),
      'DATE_IN_FUTURE',
      'stay.dischargeDate',
    ],
    [
      'a discharge before admission',
      (b) => (b.stay!.dischargeDate = '2025-01-01'),
      'DISCHARGE_BEFORE_ADMISSION',
      'stay.dischargeDate',
    ],
    ['an emoji name', (b) => (b.applicant!.name = '甲😀'), 'PERSON_NAME_CHARACTER', 'applicant.name'],
    [
      'one invoice twice',
      (b) => b.invoices!.push({ ...b.invoices![0]! }),
      'INVOICE_REPEATED_IN_FILING',
      'invoices[1].number',
    ],
    [
      'a sum beyond exact numbers',
      (b) => b.invoices!.push({ ...b.invoices![0]!, number: 'X1', amountFen: Number.MAX_SAFE_INTEGER }),
      'AMOUNT_TOO_LARGE',
      'invoices',
    ],
  ];
  it.each(slips)('keeps a draft with %s and does not receive it', async (_, spoil, code, field) => {
    const body = buildBody();
    spoil(body);
    const id = await draft(body);
    expect((await clerk.get<CheckAnswer>(`/api/filings/${id}/check`)).body.gaps).toContainEqual(
      expect.objectContaining({ code, field, blocksSubmit: true }),
    );
    const answer = await submit(id);
    expect(answer).toMatchObject({ status: 422, body: { code, field } });
    expect((answer.body.facts as { faults: unknown[] }).faults).toHaveLength(1);
    expect((await clerk.get<FilingAnswer>(`/api/filings/${id}`)).body).toMatchObject({ state: 'draft', body });
  });

  it('drops a prototype that JSON smuggles in', async () => {
    const text =
      '{"matter":"inpatientReimbursement","body":{"__proto__":{"polluted":1},"applicant":{"__proto__":{"polluted":1},"constructor":{"polluted":1}}}}';
    const answer = await clerk.ask<FilingVersion>('POST', '/api/filings', text, { 'content-type': 'application/json' });
    const { body } = (await clerk.get<FilingAnswer>(`/api/filings/${answer.body.id}`)).body;
    expect(JSON.stringify(body)).toBe('{"applicant":{}}');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('takes a rare four-byte name as it is written', async () => {
    const body = buildBody();
    body.applicant!.name = '覃𠮷';
    const id = await draft(body);
    expect((await clerk.get<FilingAnswer>(`/api/filings/${id}`)).body.body.applicant!.name).toBe('覃𠮷');
    const { gaps } = (await submit(id)).body;
    expect(gaps.map((gap) => gap.code)).toContain('PERSON_NAME_DIFFERS');
  });

  it('replaces all lines or none', async () => {
    const id = await draft();
    const put = (lines: unknown) => clerk.refusal('PUT', `/api/filings/${id}/lines`, { lines });
    expect(await put([line])).toEqual([200, null]);
    expect(await put([line, { ...line, lineNo: 1 }])).toEqual([422, 'STATEMENT_LINE_REPEATED']);
    expect(await put([{ ...line, quantity: '1.2345' }])).toEqual([400, 'BAD_SHAPE']);
    expect(await put([{ ...line, amountFen: -1 }])).toEqual([400, 'BAD_SHAPE']);
    expect(await put([{ ...line, catalogueClass: 'A' }])).toEqual([400, 'BAD_SHAPE']);
    expect(await put(Array.from({ length: 5_001 }, (_, at) => ({ ...line, lineNo: at + 1 })))).toEqual([
      400,
      'BAD_SHAPE',
    ]);
    expect(
      await put([
        { ...line, amountFen: 2 ** 53 - 1 },
        { ...line, lineNo: 2 },
      ]),
    ).toEqual([422, 'AMOUNT_TOO_LARGE']);
    expect((await clerk.get<FilingAnswer>(`/api/filings/${id}`)).body.lines).toHaveLength(1);
    const many = Array.from({ length: 5_000 }, (_, at) => ({ ...line, lineNo: at + 1 }));
    expect(await put(many)).toEqual([200, null]);
  });

  it('tells all faults of a statement file and keeps the lines there were', async () => {
    const id = await draft();
    await clerk.put(`/api/filings/${id}/lines`, { lines: [line] });
    const bad = Buffer.from('日期,项目编码,项目名称,数量,单价,金额\n昨天,X,药,1,1,-1\n2025-01-01,,药,1,1,1\n');
    const answer = await clerk.post<ErrorAnswer>(`/api/filings/${id}/statement`, form(bad, {}, 'a.csv'));
    expect(answer).toMatchObject({ status: 422, body: { code: 'STATEMENT_FAULTS', facts: { count: 3 } } });
    expect((await clerk.get<FilingAnswer>(`/api/filings/${id}`)).body.lines).toHaveLength(1);
    const long = Buffer.alloc(8_000_000, '2025-01-01,X,药,1,1,1\n');
    const many = Buffer.concat([Buffer.from('日期,项目编码,项目名称,数量,单价,金额\n'), long]);
    expect(await clerk.refusal('POST', `/api/filings/${id}/statement`, form(many, {}, 'a.csv'))).toEqual([
      413,
      'STATEMENT_TOO_LONG',
    ]);
  });
});

describe('papers', () => {
  it('keeps them encrypted under their hash, once, and answers a repeated one with the first', async () => {
    const id = await draft();
    const content = pdf('机密诊断内容');
    const first = await attach(id, 'dischargeRecord', { legible: true }, content);
    const again = await attach(id, 'dischargeRecord', { legible: true }, content);
    expect(again.body).toMatchObject({ id: first.body.id, repeated: true });
    const path = join(api.filesPath, first.body.sha256.slice(0, 2), first.body.sha256);
    expect(readFileSync(path).includes('机密诊断内容')).toBe(false);
    expect(statSync(path).mode & 0o077).toBe(0);
    expect(
      readdirSync(join(api.filesPath, first.body.sha256.slice(0, 2))).filter((name) => name.endsWith('.tmp')),
    ).toEqual([]);
    const [row] = await rows<{ name: Buffer; facts: Buffer }>(
      api.database.dataSource,
      'SELECT file_name_enc AS name, facts_enc AS facts FROM attachment WHERE id = $1',
      [first.body.id],
    );
    expect([row!.name.includes('扫描件'), row!.facts.includes('legible')]).toEqual([false, false]);
    // Looked at again, it is the clerk's last word that counts.
    const restated = await attach(id, 'dischargeRecord', { legible: false }, content);
    expect(restated.body).toMatchObject({ id: first.body.id, facts: { legible: false } });
    // The same paper scanned into another filing shares the content and nothing else.
    const other = await attach(await draft(), 'dischargeRecord', { legible: true }, content);
    expect(other.body.id).not.toBe(first.body.id);
    expect(await clerk.refusal('DELETE', `/api/filings/${id}/attachments/${first.body.id}`)).toEqual([204, null]);
    expect(await clerk.refusal('DELETE', `/api/filings/${id}/attachments/${first.body.id}`)).toEqual([
      404,
      'ATTACHMENT_NOT_FOUND',
    ]);
  });

  it('takes thirty uploads at once, one after the other', async () => {
    const id = await draft();
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, at) => attach(id, 'invoice', { legible: true }, pdf(`at once ${at}`))),
    );
    expect(answers.map((answer) => answer.status)).toEqual(Array(30).fill(201));
  });

  it('goes by the content and not by the name', async () => {
    const id = await draft();
    const post = (file: Buffer, name: string) =>
      clerk.ask<AttachmentAnswer & ErrorAnswer>(
        'POST',
        `/api/filings/${id}/attachments`,
        form(file, { paper: 'idCard', facts: '{"legible":true}' }, name),
      );
    expect((await post(png(), 'a.pdf')).body.mediaType).toBe('image/png');
    expect((await post(jpeg(), '..\\..\\x/../照片.exe')).body).toMatchObject({
      mediaType: 'image/jpeg',
      fileName: '照片.exe',
    });
    expect(await post(Buffer.from('MZ program'), 'a.pdf')).toMatchObject({
      status: 415,
      body: { code: 'FILE_TYPE_REFUSED', field: 'file' },
    });
    expect(await post(png(60_000, 60_000), 'bomb.png')).toMatchObject({ status: 415 });
  });

  it('refuses forms that are not ours', async () => {
    const id = await draft();
    const path = `/api/filings/${id}/attachments`;
    const fields = { paper: 'idCard', facts: '{"legible":true}' };
    expect(await clerk.refusal('POST', path, form(null, fields))).toEqual([400, 'FILE_MISSING']);
    expect(await clerk.refusal('POST', path, { paper: 'idCard' })).toEqual([400, 'BAD_SHAPE']);
    expect(await clerk.refusal('POST', path, form(pdf(), { ...fields, paper: 'passport' }))).toEqual([
      400,
      'BAD_SHAPE',
    ]);
    expect(await clerk.refusal('POST', path, form(pdf(), { ...fields, facts: '{' }))).toEqual([400, 'BAD_SHAPE']);
    expect(await clerk.refusal('POST', path, form(pdf(), { ...fields, facts: '{"legible":"yes"}' }))).toEqual([
      400,
      'BAD_SHAPE',
    ]);
    expect(await clerk.refusal('POST', path, form(pdf(), { ...fields, uploadedBy: 'x' }))).toEqual([400, 'BAD_SHAPE']);
    const cut = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-1.4';
    const answer = await clerk.ask('POST', path, cut, { 'content-type': 'multipart/form-data; boundary=x' });
    expect(answer).toMatchObject({ status: 400, body: { code: 'BAD_SHAPE' } });
  });

  it('refuses more than 20 MB, 60 files and 200 MB', async () => {
    const big = Buffer.concat([pdf(), Buffer.alloc(20 * 1024 * 1024), Buffer.from('%%EOF\n')]);
    const id = await draft();
    expect((await attach(id, 'invoice', { legible: true }, big)).body).toMatchObject({ code: 'FILE_TOO_LARGE' });
    const fill = (filing: string, count: number, bytes: number) =>
      rows(
        api.database.dataSource,
        `INSERT INTO attachment (id, filing_id, agency_id, paper, sha256, size_bytes, media_type, file_name_enc, facts_enc, uploaded_by)
         SELECT gen_random_uuid(), f.id, f.agency_id, 'invoice', 'x' || n, $3, 'application/pdf', a.file_name_enc, a.facts_enc, f.created_by
         FROM filing f JOIN attachment a ON a.filing_id = f.id, generate_series(1, $2) n WHERE f.id = $1`,
        [filing, count, bytes],
      );
    await attach(id, 'idCard', { legible: true });
    await fill(id, 10, 20 * 1024 * 1024 - 20);
    expect((await attach(id, 'invoice', { legible: true })).body).toMatchObject({ code: 'ATTACHMENTS_TOO_LARGE' });
    const many = await draft();
    await attach(many, 'idCard', { legible: true });
    await fill(many, 58, 10);
    expect((await attach(many, 'invoice', { legible: true }, pdf('60'))).status).toBe(201);
    expect((await attach(many, 'invoice', { legible: true }, pdf('61'))).body).toMatchObject({
      code: 'TOO_MANY_ATTACHMENTS',
    });
  });

  it('reads a paper of a case with the reading on record, and adds one only while 补正 is awaited', async () => {
    const id = await wholeDraft();
    const { attachments } = (await clerk.get<FilingAnswer>(`/api/filings/${id}`)).body;
    const { caseNo } = (await submit(id)).body;
    const path = `/api/cases/${caseNo}/attachments`;
    const reviewer = await api.signIn('second1');
    const read = await reviewer.get<string>(`${path}/${attachments[0]!.id}`);
    expect(read.status).toBe(200);
    expect(read.body).toContain('idCard');
    expect(read.headers.get('content-type')).toBe('application/pdf');
    expect(read.headers.get('content-disposition')).toMatch(/^attachment; filename\*=UTF-8''%E6/);
    const log = await rows(api.database.dataSource, 'SELECT reader_id, what FROM read_log WHERE case_no = $1', [
      caseNo,
    ]);
    expect(log).toEqual([{ reader_id: api.world.accounts['second1']!.id, what: `attachment:${attachments[0]!.id}` }]);
    expect(await foreign.refusal('GET', `${path}/${attachments[0]!.id}`)).toEqual([404, 'CASE_NOT_FOUND']);
    expect(await (await api.signIn('admin1')).refusal('GET', `${path}/${attachments[0]!.id}`)).toEqual([
      403,
      'FORBIDDEN',
    ]);
    expect(await reviewer.refusal('GET', `${path}/${randomUUID()}`)).toEqual([404, 'ATTACHMENT_NOT_FOUND']);

    const more = () => form(pdf('supplement'), { paper: 'dischargeRecord', facts: '{"legible":true}' });
    expect(await clerk.refusal('POST', path, more())).toEqual([409, 'NOT_TAKING_PAPERS']);
    await rows(api.database.dataSource, `UPDATE cases SET waiting = 'supplement' WHERE case_no = $1`, [caseNo]);
    expect(await clerk.refusal('POST', path, more())).toEqual([201, null]);
    expect(await reviewer.refusal('POST', path, more())).toEqual([403, 'FORBIDDEN']);
    expect(await foreign.refusal('POST', path, more())).toEqual([404, 'CASE_NOT_FOUND']);
    // After the pause has run out papers are still taken in, until the decision.
    const set = (sql: string) => rows(api.database.dataSource, `UPDATE cases SET ${sql} WHERE case_no = $1`, [caseNo]);
    const late = () => form(pdf('late'), { paper: 'dischargeRecord', facts: '{"legible":true}' });
    await set(`waiting = NULL, supplement_used = true, stage = 'secondReview'`);
    expect(await clerk.refusal('POST', path, late())).toEqual([201, null]);
    await set(`outcome = 'rejected', stage = 'deliver'`);
    expect(await clerk.refusal('POST', path, more())).toEqual([409, 'NOT_TAKING_PAPERS']);
  });
});

it('stands in the OpenAPI document', async () => {
  const { paths } = (await api.stranger().get<{ paths: Record<string, Record<string, unknown>> }>('/api/openapi.json'))
    .body;
  for (const [path, method] of [
    ['/api/filings', 'post'],
    ['/api/filings/{id}', 'put'],
    ['/api/filings/{id}/lines', 'put'],
    ['/api/filings/{id}/statement', 'post'],
    ['/api/filings/{id}/attachments', 'post'],
    ['/api/filings/{id}/attachments/{attachmentId}', 'delete'],
    ['/api/filings/{id}/check', 'get'],
    ['/api/filings/{id}/submit', 'post'],
    ['/api/cases/{caseNo}/attachments', 'post'],
    ['/api/cases/{caseNo}/attachments/{attachmentId}', 'get'],
  ] as const) {
    expect([path, Object.keys(paths[path] ?? {})]).toEqual([path, expect.arrayContaining([method])]);
  }
});

import type { CaseClocks, CaseFile, CaseSearchAnswer, CaseView, NoticeList } from '@banjie/contracts';
import { addAttachment, personIdHash, rows } from '@banjie/persistence';
import { receiveTestCase, startTestApi, testCipher, type TestApi } from '@banjie/testing';

let api: TestApi;
let caseNo: string;
beforeAll(async () => {
  api = await startTestApi();
  ({ caseNo } = await receiveTestCase(api.database.dataSource, testCipher(), api.world, { personIndex: 0 }));
});
afterAll(() => api?.stop());

const idOf = (username: string) => api.world.accounts[username]!.id;
const readings = (username: string) =>
  rows<{ case_no: string | null; what: string; request_id: string }>(
    api.database.dataSource,
    'SELECT case_no, what, request_id FROM read_log WHERE reader_id = $1 ORDER BY id',
    [idOf(username)],
  );

describe('a case', () => {
  it('shows where it stands, its clocks, acts and what the person may do', async () => {
    const { status, body } = await (await api.signIn('initial1')).get<CaseView>(`/api/cases/${caseNo}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ caseNo, seq: 1, matter: 'inpatientReimbursement', matterLabel: '住院费用报销', agencyId: '450206' },
      ...{
        stage: 'acceptance',
        stageLabel: '受理',
        waiting: null,
        outcome: null,
        outcomeLabel: null,
        totalFen: 600_000,
      },
      task: { holder: null },
      duties: [],
      orders: [],
      acts: [{ seq: 1, act: 'receiveFiling', actLabel: '收件', actorName: '窗口甲', stageTo: 'acceptance' }],
      abilities: ['accept', 'refuseAcceptance', 'withdraw'],
      returnsTo: [],
    });
    // Straight into the rows, so without the papers: the check finds what is missing.
    expect(body.gapCount).toBeGreaterThan(0);
    expect(
      body.clocks.map(({ clock, label, state, limitWorkingDays }) => [clock, label, state, limitWorkingDays]),
    ).toEqual([
      ['K-01', '收件与受理', 'running', 1],
      ['K-04', '全程', 'running', 20],
    ]);
    expect(body.clocks[1]!.dueAt).toMatch(/T16:00:00\+08:00$/);
    expect(body.clocks[1]!.remainingWorkingDays).toBeGreaterThan(10);
    expect(body.receivedAt).toMatch(/\+08:00$/);
  });

  it('offers nothing to those without the post', async () => {
    const { body } = await (await api.signIn('supervisor1')).get<CaseView>(`/api/cases/${caseNo}`);
    expect(body.abilities).toEqual([]);
  });

  it.each(['', '/file', '/clocks'])(
    'is closed to strangers, unknown to other agencies and forbidden to maintenance (%s)',
    async (part) => {
      const path = `/api/cases/${caseNo}${part}`;
      expect(await api.stranger().refusal('GET', path)).toEqual([401, 'NOT_SIGNED_IN']);
      expect(await (await api.signIn('b-initial1')).refusal('GET', path)).toEqual([404, 'CASE_NOT_FOUND']);
      expect(await (await api.signIn('initial1')).refusal('GET', path.replace(caseNo, '45020620200101000009'))).toEqual(
        [404, 'CASE_NOT_FOUND'],
      );
      expect(await (await api.signIn('admin1')).refusal('GET', path)).toEqual([403, 'FORBIDDEN']);
      expect(await (await api.signIn('initial1')).refusal('GET', path.replace(caseNo, 'a%20b%3B--%2F'))).toEqual([
        400,
        'BAD_SHAPE',
      ]);
      for (const username of ['b-initial1', 'admin1']) expect(await readings(username)).toEqual([]);
    },
  );

  it('leaves a row of every reading, with the request it came by', async () => {
    const client = await api.signIn('second1');
    const answer = await client.get(`/api/cases/${caseNo}`);
    await client.get(`/api/cases/${caseNo}/file`);
    const found = await readings('second1');
    expect(found.map(({ case_no, what }) => [case_no, what])).toEqual([
      [caseNo, 'case'],
      [caseNo, 'file'],
    ]);
    expect(found[0]!.request_id).toBe(answer.headers.get('x-request-id'));
  });
});

describe('the clocks of a case', () => {
  it('are recomputed from their events, today and as they stood before', async () => {
    const received = { at: new Date('2025-06-03T09:00:00+08:00'), personIndex: 1 };
    const made = await receiveTestCase(api.database.dataSource, testCipher(), api.world, received);
    const client = await api.signIn('initial2');
    const path = `/api/cases/${made.caseNo}/clocks`;
    const { status, body } = await client.get<CaseClocks>(`${path}?at=2025-06-10T10:00:00%2B08:00`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ caseNo: made.caseNo, at: '2025-06-10T10:00:00+08:00' });
    const [acceptance, overall] = body.clocks;
    expect(acceptance).toMatchObject({
      ...{ clock: 'K-01', label: '收件与受理', level: 'statutory', state: 'running', pauses: [] },
      // The notice of 三月三 is not loaded (T-13).
      isProvisional: true,
      ...{ dayZero: '2025-06-03', dueDate: '2025-06-04', countedDays: ['2025-06-04'], runningSince: '2025-06-03' },
      // 4, 5, 6, 9, 10 June; due on the 4th.
      ...{ grossWorkingDays: 5, netWorkingDays: 5, remainingWorkingDays: -4, overdueWorkingDays: 4 },
    });
    expect(overall).toMatchObject({
      clock: 'K-04',
      dueDate: '2025-07-01',
      netWorkingDays: 5,
      remainingWorkingDays: 15,
    });
    expect(overall!.countedDays).toHaveLength(20);
    const [stored] = await rows<{ calendar_version: string }>(
      api.database.dataSource,
      `SELECT calendar_version FROM clock WHERE case_no = $1 AND clock = 'K-04'`,
      [made.caseNo],
    );
    expect(overall!.calendarVersion).toBe(stored!.calendar_version);
    expect((await client.get<CaseClocks>(`${path}?at=2025-06-03T08:59:59%2B08:00`)).body.clocks).toEqual([]);
    const now = (await client.get<CaseClocks>(path)).body.clocks;
    expect(now.map(({ clock, dueDate }) => [clock, dueDate])).toEqual([
      ['K-01', '2025-06-04'],
      ['K-04', '2025-07-01'],
    ]);
    expect((await readings('initial2')).map(({ what }) => what)).toEqual(['clocks', 'clocks', 'clocks']);
  });

  it('shows the days of a pause with its reasons', async () => {
    const { dataSource } = api.database;
    const received = { at: new Date('2025-06-03T09:00:00+08:00'), personIndex: 1 };
    const made = await receiveTestCase(dataSource, testCipher(), api.world, received);
    // As 补正 would leave it: the act with its reason, and the event of the clock.
    await dataSource.query(
      `INSERT INTO case_act (case_no, seq, action_id, act, actor_id, stage_from, stage_to, round, facts, at, prev_hash, hash)
       SELECT case_no, 2, gen_random_uuid(), 'askSupplement', actor_id, stage_to, stage_to, round,
         '{"reasons": [{"code": "RS-02", "clause": "D1 申请材料 2、4"}]}', '2025-06-10T11:00:00+08:00', hash, hash
       FROM case_act WHERE case_no = $1`,
      [made.caseNo],
    );
    for (const [event, at, said] of [
      ['paused', '2025-06-10', { kind: 'supplement', from: '2025-06-10', maximumWorkingDays: 30 }],
      ['resumed', '2025-06-16', { to: '2025-06-16' }],
    ] as const)
      await dataSource.query(
        `INSERT INTO clock_event (case_no, clock, run, seq, event, at, facts)
         SELECT case_no, clock, run, $2::int, $3, $4::timestamptz, (facts - 'dayZero') || $5::jsonb FROM clock_event
         WHERE case_no = $1 AND clock = 'K-04' AND event = 'started'`,
        [made.caseNo, event === 'paused' ? 2 : 3, event, `${at}T11:00:00+08:00`, said],
      );
    const read = async (at: string) =>
      (await (await api.signIn('initial1')).get<CaseClocks>(`/api/cases/${made.caseNo}/clocks?at=${at}T12:00:00Z`)).body
        .clocks[1]!;
    const reasons = [{ code: 'RS-02', label: '材料字迹不清,无法辨认', clause: 'D1 申请材料 2、4' }];
    expect(await read('2025-06-12')).toMatchObject({
      ...{ state: 'paused', dueDate: '2025-08-12', runningSince: null, overdueWorkingDays: 0 },
      pauses: [{ kind: 'supplement', kindLabel: '补正', from: '2025-06-10', to: null, reasons }],
      ...{ grossWorkingDays: 7, netWorkingDays: 5 },
    });
    const after = await read('2025-06-17');
    expect(after).toMatchObject({ state: 'running', dueDate: '2025-07-07', runningSince: '2025-06-16' });
    expect(after).toMatchObject({ grossWorkingDays: 10, netWorkingDays: 6, remainingWorkingDays: 14 });
    expect(after.pauses[0]!.days).toEqual(['2025-06-11', '2025-06-12', '2025-06-13', '2025-06-16']);
    expect(await read('2025-06-09')).toMatchObject({ state: 'running', dueDate: '2025-07-01', pauses: [] });
  });

  it.each([
    ['yesterday', '须为带时区的时刻'],
    ['2025-06-10T10:00:00', '须为带时区的时刻'],
    ['2025-02-30T10:00:00Z', '须为带时区的时刻'],
    ['2999-01-01T00:00:00Z', 'at 不能晚于现在'],
  ])('says what is wrong with an instant: %s', async (at, sentence) => {
    const client = await api.signIn('initial1');
    const { status, body } = await client.get<{ code: string; message: string }>(
      `/api/cases/${caseNo}/clocks?at=${at}`,
    );
    expect([status, body.code]).toEqual([400, 'BAD_SHAPE']);
    expect(body.message).toContain(sentence);
  });
});

describe('the file of a case', () => {
  it('holds the filing as handed in, masked by post', async () => {
    const idNumber = api.world.persons[0]!.idNumber;
    const file = async (username: string) =>
      (await (await api.signIn(username)).get<CaseFile>(`/api/cases/${caseNo}/file`)).body;
    const whole = await file('initial1');
    expect(whole).toMatchObject({ caseNo, isMasked: false, attachments: [] });
    expect(whole.body.applicant).toMatchObject({ idNumber, name: '参保甲', phone: '13900000000' });
    expect(whole.lines.map(({ lineNo, amountFen, catalogueClass }) => [lineNo, amountFen, catalogueClass])).toEqual([
      [1, 400_000, 'A'],
      [2, 200_000, 'A'],
    ]);
    const finance = await file('finreview1');
    expect(finance.isMasked).toBe(true);
    expect(finance.body.payee?.accountNumber).toBe(whole.body.payee?.accountNumber);
    const text = JSON.stringify(finance);
    for (const hidden of [idNumber, '13900000000', '示例诊断']) expect(text).not.toContain(hidden);
    expect(finance.lines.map(({ itemName, amountFen }) => [itemName, amountFen])).toEqual([
      ['****', 400_000],
      ['****', 200_000],
    ]);
    expect(JSON.stringify(await file('approver1'))).not.toContain(whole.body.payee!.accountNumber);
  });
});

describe('papers and findings', () => {
  it('gives no post in the scan what the file hides, and says so in the list', async () => {
    const { filingId } = (await (await api.signIn('initial1')).get<CaseFile>(`/api/cases/${caseNo}/file`)).body;
    const { attachment } = await addAttachment(api.database.dataSource.manager, testCipher(), {
      ...{ filingId, agencyId: '450206', paper: 'dischargeRecord', facts: { legible: true, ownName: '参保甲' } },
      ...{ sha256: 'a'.repeat(64), sizeBytes: 10, mediaType: 'application/pdf', fileName: '某病.pdf' },
      uploadedBy: idOf('window1'),
    });
    for (const username of ['finreview1', 'settle1', 'supervisor1']) {
      const client = await api.signIn(username);
      expect(await client.refusal('GET', `/api/cases/${caseNo}/attachments/${attachment.id}`)).toEqual([
        403,
        'PAPER_NOT_OPEN',
      ]);
      const { attachments } = (await client.get<CaseFile>(`/api/cases/${caseNo}/file`)).body;
      expect(attachments).toMatchObject([{ fileName: '出院记录', facts: { legible: true } }]);
      expect(attachments[0]!.facts.ownName).toBeUndefined();
    }
  });

  it('leaves a row when the findings about a received filing are read', async () => {
    const client = await api.signIn('window2');
    const { filingId } = (await client.get<CaseFile>(`/api/cases/${caseNo}/file`)).body;
    const { status, headers } = await client.get(`/api/filings/${filingId}/check`);
    expect(status).toBe(200);
    expect((await readings('window2')).at(-1)).toEqual({
      ...{ case_no: caseNo, what: `check:${filingId}`, request_id: headers.get('x-request-id') },
    });
  });
});

describe('searching', () => {
  const search = async (username: string, body: unknown) =>
    (await (await api.signIn(username)).post<CaseSearchAnswer>('/api/cases/search', body)).body;

  it('finds by case number and by ID number, in any writing, and only in the own agency', async () => {
    const idNumber = api.world.persons[0]!.idNumber;
    const foreign = await receiveTestCase(api.database.dataSource, testCipher(), api.world, {
      agencyId: '450203',
      personIndex: 0,
    });
    const found = { caseNo, matterLabel: '住院费用报销', stageLabel: '受理', totalFen: 600_000, closedAt: null };
    for (const body of [
      { caseNo },
      { caseNo: ` ${caseNo} ` },
      { idNumber },
      { idNumber: ` ${idNumber.replace(/(\d{6})/, '$1 ')}` },
    ]) {
      expect(await search('audit1', body)).toMatchObject({ items: [found], hasMore: false });
    }
    expect((await search('b-window1', { idNumber })).items.map((item) => item.caseNo)).toEqual([foreign.caseNo]);
    expect((await search('b-window1', { caseNo })).items).toEqual([]);
    expect((await search('audit1', { idNumber: api.world.persons[4]!.idNumber })).items).toEqual([]);
  });

  it('records who was looked for by a keyed hash, and whose cases were shown', async () => {
    const before = (await readings('window2')).length;
    await search('window2', { idNumber: api.world.persons[3]!.idNumber });
    await search('window2', { idNumber: api.world.persons[0]!.idNumber });
    await search('window2', { caseNo: 'no-such-case' });
    const found = (await readings('window2')).slice(before);
    const hashOf = (person: number) =>
      personIdHash(testCipher(), api.world.persons[person]!.idNumber).toString('base64url');
    expect(found.map(({ case_no, what }) => [case_no, what])).toEqual([
      [null, `search:idNumber:${hashOf(3)}`],
      [null, `search:idNumber:${hashOf(0)}`],
      [caseNo, 'search:idNumber'],
      [null, 'search:caseNo'],
    ]);
    for (const person of [0, 3]) expect(JSON.stringify(found)).not.toContain(api.world.persons[person]!.idNumber);
  });

  it('refuses strangers, maintenance, wrong check digits and bad shapes', async () => {
    const client = await api.signIn('window1');
    const refusal = (body: unknown) => client.refusal('POST', '/api/cases/search', body);
    expect(await api.stranger().refusal('POST', '/api/cases/search', { caseNo })).toEqual([401, 'NOT_SIGNED_IN']);
    expect(await (await api.signIn('admin1')).refusal('POST', '/api/cases/search', { caseNo })).toEqual([
      403,
      'FORBIDDEN',
    ]);
    expect(await refusal({ idNumber: '110101199003070000' })).toEqual([422, 'ID_NUMBER_CHECK_DIGIT']);
    for (const body of [
      {},
      { caseNo, idNumber: '1' },
      { caseNo: '' },
      { caseNo: 1 },
      { caseNo: 'x'.repeat(41) },
      undefined,
    ]) {
      expect(await refusal(body)).toEqual([400, 'BAD_SHAPE']);
    }
  });
});

describe('notices', () => {
  it('lists those of the own agency, newest first, page by page', async () => {
    await api.database.dataSource.query(
      `WITH sent AS (INSERT INTO outbox (topic, case_no, key, payload)
         SELECT 'notice', $1, 'n' || n, '{}' FROM generate_series(1, 60) n RETURNING id)
       INSERT INTO notice (outbox_id, case_no, agency_id, notice, channel)
       SELECT id, $1, CASE WHEN id % 30 = 0 THEN '450203' ELSE '450206' END, 'acceptanceReceipt', 'inApp' FROM sent`,
      [caseNo],
    );
    const client = await api.signIn('window1');
    const first = (await client.get<NoticeList>('/api/notices')).body;
    expect(first.items).toHaveLength(50);
    expect(first.items[0]).toMatchObject({ caseNo, label: '受理通知', channel: 'inApp', sentAt: null });
    const second = (await client.get<NoticeList>(`/api/notices?caseNo=${caseNo}&before=${first.next}`)).body;
    expect(second.next).toBeNull();
    const ids = [...first.items, ...second.items].map((item) => item.id);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => b - a));
    expect(ids).toHaveLength(58);
    expect((await (await api.signIn('b-window1')).get<NoticeList>('/api/notices')).body.items).toHaveLength(2);
  });

  it('refuses strangers, maintenance and bad addresses', async () => {
    expect(await api.stranger().refusal('GET', '/api/notices')).toEqual([401, 'NOT_SIGNED_IN']);
    expect(await (await api.signIn('admin1')).refusal('GET', '/api/notices')).toEqual([403, 'FORBIDDEN']);
    expect(await (await api.signIn('window1')).refusal('GET', '/api/notices?before=x')).toEqual([400, 'BAD_SHAPE']);
  });
});

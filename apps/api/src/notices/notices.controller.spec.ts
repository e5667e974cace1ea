import { randomUUID } from 'node:crypto';
import { commitAct, type CommitDependencies } from '@banjie/activities';
import type { ActBody, CaseView, NoticeList, NoticeView } from '@banjie/contracts';
import { findFilingGaps, keepActBody, rows } from '@banjie/persistence';
import { receiveTestCase, startTestApi, testCipher, type TestApi } from '@banjie/testing';

const cipher = testCipher();
let api: TestApi;
beforeAll(async () => (api = await startTestApi()));
afterAll(() => api?.stop());

type Wanted = ActBody extends infer Body ? (Body extends ActBody ? Omit<Body, 'actionId' | 'seenSeq'> : never) : never;

/** Commits an act as the worker does; `complete` leaves the papers out of it. */
async function act(caseNo: string, username: string, wanted: Wanted, complete = true): Promise<void> {
  const { dataSource } = api.database;
  const dependencies: CommitDependencies = {
    dataSource,
    cipher,
    findGaps: async (manager, id) => (complete ? [] : (await findFilingGaps(manager, cipher, id, new Date())).gaps),
  };
  const [found] = await rows<{ seq: number }>(dataSource, 'SELECT seq FROM cases WHERE case_no = $1', [caseNo]);
  const [actionId, seenSeq] = [randomUUID(), found!.seq];
  const body = { ...wanted, actionId, seenSeq };
  const actorId = api.world.accounts[username]!.id;
  await keepActBody(dataSource, cipher, {
    ...{ actionId, caseNo, act: wanted.act, actorId, seenSeq, body },
    requestId: null,
  });
  await commitAct(dependencies, { caseNo, actionId, act: wanted.act, actorId, seq: seenSeq + 1 });
}

/** As apps/jobs does when it delivers. */
async function deliverNotices(): Promise<void> {
  await api.database.dataSource.query(
    `INSERT INTO notice (outbox_id, case_no, agency_id, notice, channel, sent_at)
     SELECT o.id, o.case_no, c.agency_id, o.payload->>'notice', 'file', now() FROM outbox o JOIN cases c USING (case_no)
     WHERE o.topic = 'notice' ON CONFLICT (outbox_id) DO NOTHING`,
  );
}

const view = async (username: string, caseNo: string) =>
  (await (await api.signIn(username)).get<CaseView>(`/api/cases/${caseNo}`)).body;
const received = async () => (await receiveTestCase(api.database.dataSource, cipher, api.world)).caseNo;

describe('the one-time notice', () => {
  it('can be read and printed with every gap, by the own agency alone, and leaves a row', async () => {
    const caseNo = await received();
    const { gaps } = await view('initial1', caseNo);
    expect(gaps!.length).toBeGreaterThan(2);
    const reasons = ['RS-01', 'RS-02', 'RS-03', 'RS-04', 'RS-05', 'RS-06'].map((code) => ({ code, text: '见原件' }));
    await act(caseNo, 'initial1', { act: 'refuseAcceptance', reasons }, false);
    await deliverNotices();

    const name = api.world.persons[0]!.name;
    const list = (await (await api.signIn('window1')).get<NoticeList>(`/api/notices?caseNo=${caseNo}`)).body;
    expect(list.items).toMatchObject([
      {
        notice: 'acceptanceRefusal',
        label: '不予受理一次性告知',
        recipient: `${name[0]!}${'*'.repeat(name.length - 1)}`,
      },
    ]);
    expect(list.items[0]!.text).toContain(`需要补齐或更正的事项共 ${gaps!.length} 项`);
    expect(JSON.stringify(list)).not.toContain(name);

    const path = `/api/notices/${list.items[0]!.id}`;
    const whole = (await (await api.signIn('window1')).get<NoticeView>(path)).body;
    expect(whole).toMatchObject({ isMasked: false, content: { personName: name, decidingPost: '初审岗', caseNo } });
    expect(whole.content!.items.map(({ text, clause }) => [text, clause])).toEqual(
      gaps!.map(({ message, clause }) => [message, clause]),
    );
    for (const { message } of gaps!) expect(whole.printed).toContain(message);
    for (const part of [name, caseNo, '见原件', '材料字迹不清', '救济途径']) expect(whole.printed).toContain(part);
    expect(whole.lines.map(({ label }) => label)).toEqual(expect.arrayContaining(['受理号', '理由', '救济途径']));

    const masked = (await (await api.signIn('finreview1')).get<NoticeView>(path)).body;
    expect(masked.isMasked).toBe(true);
    expect(JSON.stringify(masked)).not.toContain(name);
    expect(await (await api.signIn('b-window1')).refusal('GET', path)).toEqual([404, 'NOTICE_NOT_FOUND']);
    expect(await (await api.signIn('admin1')).refusal('GET', path)).toEqual([403, 'FORBIDDEN']);
    expect(await api.stranger().refusal('GET', path)).toEqual([401, 'NOT_SIGNED_IN']);
    expect(await (await api.signIn('window1')).refusal('GET', '/api/notices/x')).toEqual([400, 'BAD_SHAPE']);
    const readings = await rows<{ n: number }>(
      api.database.dataSource,
      `SELECT count(*) AS n FROM read_log WHERE case_no = $1 AND what = 'notice:acceptanceRefusal'`,
      [caseNo],
    );
    expect(readings).toEqual([{ n: 2 }]);
  });
});

describe('what people wrote', () => {
  it('is shown in the timeline with labels, the amount with its trace and 核减', async () => {
    const caseNo = await received();
    await act(caseNo, 'initial1', { act: 'accept' });
    await act(caseNo, 'initial1', {
      act: 'propose',
      outcome: 'pass',
      deductions: [{ lineNo: 2, amountFen: 1_000, reasonCode: 'RS-09', text: '超出限定支付范围' }],
      note: '已核对清单',
    });
    await act(caseNo, 'second1', {
      act: 'sendBack',
      toStage: 'initialReview',
      reasons: [{ code: 'RS-14', text: '第 2 行应全额核减' }],
      note: '请重新核对',
    });
    const shown = await view('initial1', caseNo);
    expect(shown.acts.map(({ actLabel, words }) => [actLabel, words.note])).toEqual([
      ['收件', null],
      ['予以受理', null],
      [expect.any(String), '已核对清单'],
      ['退回', '请重新核对'],
    ]);
    expect(shown.acts.at(-1)!.words).toMatchObject({
      reasons: [
        {
          code: 'RS-14',
          label: '审核金额有误,需重新核对',
          clause: '桂社保发〔2017〕8号 第七十四条(一)2',
          text: '第 2 行应全额核减',
        },
      ],
      toStageLabel: '初审',
    });
    expect(shown.gaps).toBeNull();
    expect(shown.benefit).toMatchObject({
      seq: 3,
      payableFen: shown.proposedFen,
      deductions: [{ lineNo: 2, amountFen: 1_000, label: '目录外或超限定支付范围', text: '超出限定支付范围' }],
    });
    expect(shown.benefit!.trace.length).toBeGreaterThan(2);
    expect(JSON.stringify(shown.acts)).not.toMatch(/Digest/);
  });
});

import { randomUUID } from 'node:crypto';
import { createCaseActivities } from '@banjie/activities';
import {
  caseTaskQueue,
  type ActAnswer,
  type AttachmentAnswer,
  type CaseClocks,
  type CaseView,
  type ErrorAnswer,
} from '@banjie/contracts';
import { noticeSummary, type Paper } from '@banjie/domain';
import { openNotice, rows } from '@banjie/persistence';
import {
  addTestMatter,
  ownNamespace,
  receiveTestCase,
  startTestApi,
  testCipher,
  timeActsMatter,
  type TestApi,
  type TestClient,
} from '@banjie/testing';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { pdf } from '../filings/scans.fixture';

// A pause with its document and the one extension, as reviewer, supervisor and applicant meet them: through the API, Temporal
// and the worker (04-clocks § 2).
const cipher = testCipher();
let api: TestApi;
let connection: NativeConnection;
let worker: Worker;
let running: Promise<void>;
const staff: Record<string, TestClient> = {};
/** What the worker takes for now; null: the clock on the wall. */
let pretendedNow: string | null = null;
const now = () => (pretendedNow === null ? new Date() : new Date(`${pretendedNow}+08:00`));

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const namespace = 'banjie-test-time-acts';
  api = await startTestApi({ TEMPORAL_NAMESPACE: await ownNamespace(namespace) });
  await addTestMatter(api.database.dataSource, timeActsMatter);
  connection = await NativeConnection.connect({ address: process.env['BANJIE_TEST_TEMPORAL']! });
  worker = await Worker.create({
    connection,
    namespace,
    taskQueue: caseTaskQueue,
    workflowBundle: { codePath: require.resolve('@banjie/workflows/bundle') },
    activities: createCaseActivities({ dataSource: api.database.dataSource, cipher, findGaps: async () => [], now }),
  });
  running = worker.run();
  for (const name of ['window1', 'initial1', 'second1', 'supervisor1']) staff[name] = await api.signIn(name);
});

afterAll(async () => {
  worker?.shutdown();
  await running;
  await connection?.close();
  await api?.stop();
});

const form = (paper: Paper) => {
  const data = new FormData();
  data.append('paper', paper);
  data.append('facts', '{"legible":true}');
  data.append('file', new Blob([new Uint8Array(pdf(randomUUID()))]), `${paper}.pdf`);
  return data;
};
const papersOf = (caseNo: string) => `/api/cases/${caseNo}/attachments`;
const attach = async (caseNo: string, paper: Paper, who: string) =>
  (await staff[who]!.post<AttachmentAnswer>(papersOf(caseNo), form(paper))).body.id;
const view = async (caseNo: string) => (await staff['initial1']!.get<CaseView>(`/api/cases/${caseNo}`)).body;

async function act(caseNo: string, who: string, body: object) {
  const { seq } = await view(caseNo);
  const path = `/api/cases/${caseNo}/acts`;
  const answer = await staff[who]!.post<ActAnswer & ErrorAnswer>(path, {
    ...{ actionId: randomUUID(), seenSeq: seq, ...body },
  });
  return [answer.status, answer.body.code ?? answer.body.stage];
}

async function reviewedCase(definitionVersion = timeActsMatter.version): Promise<string> {
  const options = { definitionVersion, at: now() };
  const { caseNo } = await receiveTestCase(api.database.dataSource, cipher, api.world, options);
  expect(await act(caseNo, 'initial1', { act: 'accept' })).toEqual([200, 'initialReview']);
  return caseNo;
}

const noticesOf = async (caseNo: string) =>
  (
    await rows<{ body: Buffer }>(
      api.database.dataSource,
      `SELECT body_enc AS body FROM notice_content WHERE case_no = $1 ORDER BY seq`,
      [caseNo],
    )
  ).map(({ body }) => openNotice(cipher, body));
const reasons = [{ code: 'RS-90' }];

it('pauses for an inquiry on its letter, tells the applicant, and goes on when the answer has come', async () => {
  const caseNo = await reviewedCase();
  const path = papersOf(caseNo);
  // Who may open no pause brings no letter.
  expect(await staff['window1']!.refusal('POST', path, form('inquiryLetter'))).toEqual([403, 'FORBIDDEN']);
  const pause = { act: 'openPause', kind: 'inquiry', reasons };
  expect(await act(caseNo, 'initial1', pause)).toEqual([422, 'PAUSE_NEEDS_DOCUMENT']);
  const letter = await attach(caseNo, 'inquiryLetter', 'initial1');
  expect(await act(caseNo, 'initial1', { ...pause, attachmentIds: [letter] })).toEqual([200, 'initialReview']);
  expect(await view(caseNo)).toMatchObject({ waiting: 'inquiry' });
  const told = (await noticesOf(caseNo)).at(-1)!;
  expect(told).toMatchObject({ notice: 'pauseNotice', reasons: [{ code: 'RS-90' }] });
  expect(told.deadline!.label).toBe('中止计时最迟至');
  expect(noticeSummary(told)).toMatch(/所需时间不计入办理期限。$/);
  // What comes back may be brought in by those who end the pause.
  const answer = await attach(caseNo, 'pauseResult', 'supervisor1');
  const close = { act: 'closePause', attachmentIds: [answer] };
  expect(await act(caseNo, 'supervisor1', close)).toEqual([200, 'initialReview']);
  expect(await view(caseNo)).toMatchObject({ waiting: null });
});

it('extends once, by another person, and tells the applicant the new date', async () => {
  const caseNo = await reviewedCase();
  const dueDate = async () => (await view(caseNo)).clocks.find(({ clock }) => clock === 'K-02')!.dueDate;
  const before = await dueDate();
  expect(await act(caseNo, 'initial1', { act: 'requestExtension', workingDays: 10, reasons })).toEqual([
    ...[200, 'initialReview'],
  ]);
  expect(await act(caseNo, 'initial1', { act: 'grantExtension' })).toEqual([403, 'NOT_YOUR_POST']);
  expect(await act(caseNo, 'supervisor1', { act: 'grantExtension' })).toEqual([200, 'initialReview']);
  const after = await dueDate();
  expect(after > before).toBe(true);
  const told = (await noticesOf(caseNo)).at(-1)!;
  expect(told).toMatchObject({ notice: 'extensionNotice', deadline: { label: '延长后的办理期限至', date: after } });
  expect(await act(caseNo, 'initial1', { act: 'requestExtension', workingDays: 1, reasons })).toEqual([
    ...[409, 'EXTENSION_USED'],
  ]);
});

it('leaves a pause out of a target that 退回 takes up again, and tells why it stood still', async () => {
  const target = {
    ...{ clock: 'N-1', label: '初审目标', limitWorkingDays: 5, startsOn: [], stopsOn: [], source: 'T-11' },
    ...{ step: { stage: 'initialReview' as const, reentry: 'share' as const } },
    ...{ startsFromOutside: false, pausedBySupplement: true },
  };
  const shared = { ...timeActsMatter, version: 91, clocks: [...timeActsMatter.clocks, target] };
  await addTestMatter(api.database.dataSource, shared);
  const on = (time: string, caseNo: string, who: string, body: object) => {
    pretendedNow = time;
    return act(caseNo, who, body);
  };
  pretendedNow = '2025-06-03T10:00';
  const caseNo = await reviewedCase(shared.version);
  const letter = await attach(caseNo, 'inquiryLetter', 'initial1');
  const pause = { act: 'openPause', kind: 'inquiry', reasons, attachmentIds: [letter] };
  await on('2025-06-04T10:00', caseNo, 'initial1', pause);
  await on('2025-06-06T10:00', caseNo, 'initial1', { act: 'closePause', attachmentIds: [] });
  await on('2025-06-09T10:00', caseNo, 'initial1', { act: 'propose', outcome: 'pass', deductions: [] });
  const back = { act: 'sendBack', toStage: 'initialReview', reasons: [{ code: 'RS-14' }] };
  expect(await on('2025-06-10T10:00', caseNo, 'second1', back)).toEqual([200, 'initialReview']);
  pretendedNow = null;
  const { clocks } = (await staff['initial1']!.get<CaseClocks>(`/api/cases/${caseNo}/clocks`)).body;
  expect(clocks.find(({ clock, run }) => clock === 'N-1' && run === 2)).toMatchObject({
    ...{ dayZero: '2025-06-03', dueDate: '2025-06-12' },
    countedDays: ['2025-06-04', '2025-06-09', '2025-06-10', '2025-06-11', '2025-06-12'],
    pauses: [{ days: ['2025-06-05', '2025-06-06'], reasons: [{ code: 'RS-90' }] }],
  });
});

it('takes no such paper where the matter knows no pause', async () => {
  const caseNo = await reviewedCase(1);
  const answer = await staff['initial1']!.refusal('POST', papersOf(caseNo), form('inquiryLetter'));
  expect(answer).toEqual([409, 'NOT_TAKING_PAPERS']);
});

import { randomUUID } from 'node:crypto';
import { createBankClient, createCaseActivities, createPayoutActivities } from '@banjie/activities';
import {
  type DeliveriesAnswer,
  caseTaskQueue,
  payoutTaskQueueOf,
  type ActAnswer,
  type AttachmentAnswer,
  type BenefitAnswer,
  type CaseView,
  type CheckAnswer,
  type ErrorAnswer,
  type FilingVersion,
  type SubmitAnswer,
} from '@banjie/contracts';
import { shanghaiDate, type FilingBody, type Paper } from '@banjie/domain';
import { exampleCatalogue, findFilingGaps, walkAudit } from '@banjie/persistence';
import {
  eventually,
  ownNamespace,
  startBankProcess,
  startTestApi,
  testCallKeys,
  testCipher,
  type BankProcess,
  type TestApi,
  type TestClient,
} from '@banjie/testing';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { pdf } from '../filings/scans.fixture';

// P-20 and P-02 as one person meets them: what was filed beforehand decides what the claim is worth. Over HTTP, to the bank.

const cipher = testCipher();
const namespace = `banjie-test-elsewhere-${randomUUID()}`;
const staff: Record<string, TestClient> = {};
let api: TestApi;
let bank: BankProcess;
let connection: NativeConnection;
let workers: Worker[] = [];
let running: Promise<void[]>;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  [api, bank] = await Promise.all([
    startTestApi({ TEMPORAL_NAMESPACE: await ownNamespace(namespace) }),
    startBankProcess(),
  ]);
  connection = await NativeConnection.connect({ address: process.env['BANJIE_TEST_TEMPORAL']! });
  const { dataSource } = api.database;
  const activities = {
    ...createCaseActivities({
      dataSource,
      cipher,
      findGaps: async (manager, filingId) => (await findFilingGaps(manager, cipher, filingId, new Date())).gaps,
    }),
    ...createPayoutActivities({
      dataSource,
      cipher,
      bank: createBankClient(bank.url, testCallKeys()),
      finalitySeconds: 1,
    }),
  };
  const workflowBundle = { codePath: require.resolve('@banjie/workflows/bundle') };
  workers = [
    await Worker.create({ connection, namespace, taskQueue: caseTaskQueue, workflowBundle, activities }),
    await Worker.create({ connection, namespace, taskQueue: payoutTaskQueueOf(caseTaskQueue), activities }),
  ];
  running = Promise.all(workers.map((worker) => worker.run()));
  for (const name of ['window1', 'initial1', 'second1', 'approver1', 'settle1', 'finreview1', 'finapprove1'])
    staff[name] = await api.signIn(name);
});

afterAll(async () => {
  for (const worker of workers) worker.shutdown();
  await running;
  await connection?.close();
  await bank?.stop();
  await api?.stop();
});

const daysAgo = (days: number) => shanghaiDate(Date.now() - days * 86_400_000);
const guangzhou = { hospital: 'H44010000101', region: '440100' };
const claimPapers: Paper[] = [
  ...(['idCard', 'ownBankAccount', 'claimForm', 'invoice', 'costStatement'] as const),
  ...(['admissionRecord', 'dischargeRecord', 'diseaseCertificate'] as const),
];

async function draft(matter: string, body: FilingBody): Promise<string> {
  const { status, body: made } = await staff['window1']!.post<FilingVersion & ErrorAnswer>('/api/filings', {
    matter,
    body,
  });
  expect([status, made.message]).toEqual([201, undefined]);
  return made.id;
}

async function attach(filingId: string, paper: Paper, facts: object = { sealed: true }): Promise<void> {
  const data = new FormData();
  data.append('paper', paper);
  data.append('facts', JSON.stringify({ legible: true, signed: true, ...facts }));
  data.append('file', new Blob([new Uint8Array(pdf(`${filingId} ${paper}`))]), `${paper}.pdf`);
  const path = `/api/filings/${filingId}/attachments`;
  const { status, body } = await staff['window1']!.post<AttachmentAnswer & ErrorAnswer>(path, data);
  expect([status, body.message]).toEqual([201, undefined]);
}

const gapsOf = async (filingId: string) =>
  (await staff['window1']!.get<CheckAnswer>(`/api/filings/${filingId}/check`)).body.gaps.map(({ code }) => code);

async function submit(filingId: string): Promise<string> {
  const path = `/api/filings/${filingId}/submit`;
  const { status, body } = await staff['window1']!.post<SubmitAnswer>(path, { actionId: randomUUID() });
  expect([status, body.gaps]).toEqual([201, []]);
  return body.caseNo;
}

const applicantOf = (index: number) => {
  const { idNumber, name, scheme } = api.world.persons[index]!;
  return { idNumber, name, phone: '13900000000', scheme };
};

/** 13,333.33 元 of 甲类 cost of an emergency in 广州 that was no rescue, over HTTP. */
async function claim(index: number): Promise<string> {
  const applicant = applicantOf(index);
  const { name } = applicant;
  const number = `${String(index)}0000001`;
  const id = await draft('crossRegionReimbursement', {
    applicant,
    stay: {
      ...{ hospitalCode: guangzhou.hospital, admissionDate: daysAgo(2), dischargeDate: daysAgo(1) },
      ...{ diagnosis: '示例诊断', outsideReason: 'emergency', rescue: false },
    },
    payee: { relation: 'self', accountName: name, accountNumber: '6222020000000000000', bankCode: '102100099996' },
    invoices: [
      {
        ...{ code: '044001', number, hospitalCode: guangzhou.hospital, patientName: name },
        ...{ amountFen: 1_333_333, issuedOn: daysAgo(1) },
      },
    ],
    statement: { number: `S-${number}`, patientName: name, totalFen: 1_333_333 },
  });
  const { itemCode, itemName, category } = exampleCatalogue.find(({ catalogueClass }) => catalogueClass === 'A')!;
  const line = {
    ...{ lineNo: 1, serviceDate: daysAgo(2), itemCode, itemName, category },
    ...{ quantity: '1', unitPriceFen: 1_333_333, amountFen: 1_333_333 },
  };
  expect((await staff['window1']!.put(`/api/filings/${id}/lines`, { lines: [line] })).status).toBe(200);
  return id;
}

const view = async (caseNo: string) => (await staff['initial1']!.get<CaseView>(`/api/cases/${caseNo}`)).body;
const clockOf = async (caseNo: string, clock: string) =>
  (await view(caseNo)).clocks.filter((one) => one.clock === clock).at(-1)!;

async function act(caseNo: string, who: string, body: object) {
  const { seq } = await view(caseNo);
  const path = `/api/cases/${caseNo}/acts`;
  return staff[who]!.post<ActAnswer & ErrorAnswer>(path, { actionId: randomUUID(), seenSeq: seq, ...body });
}

async function done(caseNo: string, who: string, body: object): Promise<ActAnswer> {
  const answer = await act(caseNo, who, body);
  expect([answer.status, answer.body.message]).toEqual([200, undefined]);
  return answer.body;
}

const refused = async (caseNo: string, who: string, body: object) => {
  const answer = await act(caseNo, who, body);
  return [answer.status, answer.body.code];
};

/** The amount and the rule it was cut by, as 初审 is shown them. */
async function benefit(caseNo: string) {
  const answer = await staff['initial1']!.post<BenefitAnswer & ErrorAnswer>(`/api/cases/${caseNo}/benefit`, {
    deductions: [],
  });
  expect([answer.status, answer.body.message]).toEqual([200, undefined]);
  const cut = answer.body.trace.find(({ step }) => step === 'crossRegionCut');
  return { payableFen: answer.body.payableFen, ruleId: cut?.ruleId };
}

const deliveriesOf = async (who: string) =>
  (await staff[who]!.get<DeliveriesAnswer>('/api/inbox/deliveries')).body.items;

const delivered = () => ({ act: 'deliver', way: 'window', deliveredOn: shanghaiDate(Date.now()), receiver: '本人' });

/** To the archive, with the delivery before the money (C-02); answers what the bank booked. */
async function decideAndPay(caseNo: string, payableFen: number): Promise<number> {
  await done(caseNo, 'initial1', { act: 'propose', outcome: 'pass', deductions: [] });
  await done(caseNo, 'second1', { act: 'propose', outcome: 'pass' });
  expect(await clockOf(caseNo, 'K-05')).toMatchObject({ state: 'running', limitWorkingDays: 20 });
  expect(await refused(caseNo, 'window1', delivered())).toEqual([409, 'ACT_NOT_ALLOWED']);
  const tooMuch = { act: 'approve', payableFen: payableFen + 1 };
  expect(await refused(caseNo, 'approver1', tooMuch)).toEqual([409, 'AMOUNT_CHANGED']);
  expect(await done(caseNo, 'approver1', { act: 'approve', payableFen })).toMatchObject({ outcome: 'approved' });
  // Payment lies after the limit: K-05 stands while the order is not yet drawn.
  expect((await clockOf(caseNo, 'K-05')).state).toBe('stopped');
  expect(await clockOf(caseNo, 'K-03')).toMatchObject({ state: 'running', limitWorkingDays: 1 });

  // The window sees it, though the task is finance's; finance does not.
  const waiting = {
    caseNo,
    stage: 'preparePayout',
    payableFen,
    dueClock: 'K-03',
    remainingWorkingDays: 1,
    isOverdue: false,
  };
  expect(await deliveriesOf('window1')).toEqual([expect.objectContaining(waiting)]);
  expect(await deliveriesOf('settle1')).toEqual([]);
  await done(caseNo, 'settle1', { act: 'preparePayout' });
  expect(await done(caseNo, 'window1', delivered())).toMatchObject({ stage: 'financeReview' });
  expect(await deliveriesOf('window1')).toEqual([]);
  expect((await clockOf(caseNo, 'K-03')).state).toBe('stopped');
  expect(await refused(caseNo, 'window1', delivered())).toEqual([409, 'ACT_NOT_ALLOWED']);
  expect(await refused(caseNo, 'settle1', { act: 'confirmPayout' })).toEqual([403, 'NOT_YOUR_POST']);
  await done(caseNo, 'finreview1', { act: 'confirmPayout' });
  await done(caseNo, 'finapprove1', { act: 'releasePayout' });
  await eventually(
    () => view(caseNo),
    ({ stage }) => stage === 'closed',
  );
  expect((await view(caseNo)).clocks.filter(({ state }) => state !== 'stopped')).toEqual([]);
  const booked = (await bank.statement()).filter(({ orderNo }) => orderNo.startsWith(caseNo));
  return booked.reduce((sum, { amountFen }) => sum + amountFen, 0);
}

/** 居民, 三级: 60 %, 起付标准 800 元 (example rows of 450200); half up once. */
const worth = (cutBp: number) => Math.floor(((1_333_333 - 80_000) * (6000 - cutBp) + 5_000) / 10_000);

describe('an emergency in another province', () => {
  it('never filed for: the hospital must have sealed its papers, and the ratio falls by 20 points (R-RT-06)', async () => {
    const id = await claim(2);
    for (const paper of claimPapers) await attach(id, paper, { sealed: paper !== 'dischargeRecord' });
    expect(await gapsOf(id)).toEqual(['HOSPITAL_SEAL_MISSING']);
    await attach(id, 'dischargeRecord', { sealed: true, documentNumber: '2' });
    const caseNo = await submit(id);
    await done(caseNo, 'initial1', { act: 'accept' });
    expect(await benefit(caseNo)).toEqual({ payableFen: worth(2000), ruleId: 'R-RT-06' });
    expect(await decideAndPay(caseNo, worth(2000))).toBe(worth(2000));
  });

  it('filed for by P-20 within five working days: the whole ratio, from the day of admission (R-RT-05)', async () => {
    const form = {
      ...{ kind: 'emergency', region: guangzhou.region, scope: 'hospitals', hospitals: [guangzhou.hospital] },
      ...{ admittedOn: daysAgo(2), diagnosis: '示例诊断' },
    };
    const filing = await draft('crossRegionFiling', { applicant: applicantOf(1), form });
    const proofs: Paper[] = ['idCard', 'admissionRecord', 'diseaseCertificate', 'careElsewhereStatement'];
    for (const paper of proofs) await attach(filing, paper);
    const filed = await submit(filing);

    // What is only applied for lifts nothing yet.
    const id = await claim(1);
    for (const paper of claimPapers) await attach(id, paper);
    const caseNo = await submit(id);
    await done(caseNo, 'initial1', { act: 'accept' });
    expect(await benefit(caseNo)).toEqual({ payableFen: worth(2000), ruleId: 'R-RT-06' });

    await done(filed, 'initial1', { act: 'accept' });
    expect(await done(filed, 'initial1', { act: 'approve' })).toMatchObject({ outcome: 'approved' });
    expect(await benefit(caseNo)).toEqual({ payableFen: worth(0), ruleId: 'R-RT-05' });
    expect(await decideAndPay(caseNo, worth(0))).toBe(worth(0));
  });

  it('leaves chains that hold', async () => {
    expect((await walkAudit(api.database.dataSource, cipher)).faults).toEqual([]);
  });
});

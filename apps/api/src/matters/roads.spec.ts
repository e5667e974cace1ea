import { randomUUID } from 'node:crypto';
import { createCaseActivities } from '@banjie/activities';
import {
  caseTaskQueue,
  type ActAnswer,
  type AttachmentAnswer,
  type CaseClocks,
  type CaseView,
  type CheckAnswer,
  type ErrorAnswer,
  type FilingVersion,
  type MatterList,
  type MatterView,
  type SubmitAnswer,
} from '@banjie/contracts';
import { noticeLines, shanghaiDate, type FilingBody, type Paper } from '@banjie/domain';
import { findFilingGaps, openNotice, rows, submitFiling, walkAudit } from '@banjie/persistence';
import {
  accountOf,
  eventually,
  ownNamespace,
  startTestApi,
  testCipher,
  type TestApi,
  type TestClient,
} from '@banjie/testing';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { pdf } from '../filings/scans.fixture';

// Matters that are data and nothing else, from the draft to the archive: the API, Temporal, PostgreSQL and `claimApproval` as
// they run for claims.

const cipher = testCipher();
let api: TestApi;
let connection: NativeConnection;
let worker: Worker;
let running: Promise<void>;
const staff: Record<string, TestClient> = {};

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  // Of its own each run: the case numbers of C-27 are of fixed days, and its workflows stay open.
  const namespace = `banjie-test-roads-${randomUUID()}`;
  api = await startTestApi({ TEMPORAL_NAMESPACE: await ownNamespace(namespace) });
  connection = await NativeConnection.connect({ address: process.env['BANJIE_TEST_TEMPORAL']! });
  worker = await Worker.create({
    connection,
    namespace,
    taskQueue: caseTaskQueue,
    workflowBundle: { codePath: require.resolve('@banjie/workflows/bundle') },
    activities: createCaseActivities({
      dataSource: api.database.dataSource,
      cipher,
      findGaps: async (manager, filingId) => (await findFilingGaps(manager, cipher, filingId, new Date())).gaps,
    }),
  });
  running = worker.run();
  for (const name of ['window1', 'initial1', 'second1', 'approver1']) staff[name] = await api.signIn(name);
});

afterAll(async () => {
  worker?.shutdown();
  await running;
  await connection?.close();
  await api?.stop();
});

const today = () => shanghaiDate(Date.now());
const daysAgo = (days: number) => shanghaiDate(Date.now() - days * 86_400_000);

const applicant = (index = 0): NonNullable<FilingBody['applicant']> => {
  const { idNumber, name, scheme } = api.world.persons[index]!;
  return { idNumber, name, phone: '13900000000', scheme };
};

async function draft(matter: string, form: FilingBody['form'], papers: Paper[], index = 0): Promise<string> {
  const body = { applicant: applicant(index), form };
  const created = await staff['window1']!.post<FilingVersion & ErrorAnswer>('/api/filings', { matter, body });
  expect([created.status, created.body.message]).toEqual([201, undefined]);
  for (const paper of papers) await attach(`/api/filings/${created.body.id}`, paper);
  return created.body.id;
}

async function attach(path: string, paper: Paper, facts: object = {}, who = 'window1'): Promise<string> {
  const data = new FormData();
  data.append('paper', paper);
  data.append('facts', JSON.stringify({ legible: true, signed: true, ...facts }));
  data.append('file', new Blob([new Uint8Array(pdf(`${path} ${paper}`))]), `${paper}.pdf`);
  const answer = await staff[who]!.post<AttachmentAnswer & ErrorAnswer>(`${path}/attachments`, data);
  expect([answer.status, answer.body.message]).toEqual([201, undefined]);
  return answer.body.id;
}

async function submit(filingId: string): Promise<SubmitAnswer> {
  const path = `/api/filings/${filingId}/submit`;
  const { status, body } = await staff['window1']!.post<SubmitAnswer>(path, { actionId: randomUUID() });
  expect(status).toBe(201);
  return body;
}

const codesOf = (gaps: readonly { code: string }[]) => gaps.map(({ code }) => code).sort();
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

async function refused(caseNo: string, who: string, body: object): Promise<[number, string]> {
  const answer = await act(caseNo, who, body);
  return [answer.status, answer.body.code];
}

/** 送达 by the window, 归档 by the system; the chain of the case holds. */
async function deliverAndClose(caseNo: string): Promise<void> {
  await done(caseNo, 'window1', { act: 'deliver', way: 'window', deliveredOn: today(), receiver: '本人' });
  await eventually(
    () => view(caseNo),
    ({ stage }) => stage === 'closed',
  );
  const audit = await walkAudit(api.database.dataSource, cipher);
  expect(audit.faults).toEqual([]);
  expect((await view(caseNo)).clocks.filter(({ state }) => state !== 'stopped')).toEqual([]);
}

describe('matters that are data', () => {
  it('are listed with their form, their limits and whose turn a stage is', async () => {
    const { items } = (await staff['window1']!.get<MatterList>('/api/matters')).body;
    const found = items.map(
      ({ procedure, matter, version, follows }) => `${procedure} ${matter} ${version} ${follows}`,
    );
    expect(found).toEqual(
      expect.arrayContaining([
        'P-01 inpatientReimbursement 1 payout',
        'P-20 crossRegionFiling 1 result',
        'P-21 referralFiling 1 result',
        'P-61 crossProvinceTransferIn 2 result',
        'P-61 crossProvinceTransferOut 2 result',
      ]),
    );
    const filing = (await staff['window1']!.get<MatterView>('/api/matters/crossRegionFiling')).body;
    expect(filing.form!.fields.find(({ field }) => field === 'kind')!.options).toHaveLength(11);
    expect(filing.validity).toBe('变更或取消备案为止');
    const referral = (await staff['window1']!.get<MatterView>('/api/matters/referralFiling')).body;
    expect(referral.validity).toBe('自备案之日起 3 个月');
    expect(referral.form!.limits).toMatchObject([{ id: 'K-20', clause: expect.stringContaining('第九条') as string }]);
    const transfer = (await staff['window1']!.get<MatterView>('/api/matters/crossProvinceTransferIn')).body;
    expect(transfer.stages.filter(({ isOutside }) => isOutside).map(({ stage }) => stage)).toEqual(['transferOut']);
    expect(transfer.clocks.filter(({ isOutside }) => isOutside)).toMatchObject([
      { clock: 'K-11a', limitWorkingDays: 10 },
    ]);
  });

  it('take nothing that their form does not ask for', async () => {
    const post = (matter: string, body: object) => staff['window1']!.refusal('POST', '/api/filings', { matter, body });
    expect(await post('crossRegionFiling', { form: { color: 'red' } })).toEqual([400, 'BAD_SHAPE']);
    expect(await post('crossRegionFiling', { form: { kind: 'unheardOf' } })).toEqual([400, 'BAD_SHAPE']);
    expect(await post('crossRegionFiling', { form: { region: '44' } })).toEqual([400, 'BAD_SHAPE']);
    expect(await post('crossRegionFiling', { form: { staysFrom: '2026-02-30' } })).toEqual([400, 'BAD_SHAPE']);
    expect(await post('crossRegionFiling', { stay: { diagnosis: 'x' } })).toEqual([400, 'BAD_SHAPE']);
    expect(await post('inpatientReimbursement', { form: { kind: 'work' } })).toEqual([400, 'BAD_SHAPE']);
    expect(await post('unheardOf', {})).toEqual([404, 'UNKNOWN_MATTER']);
    const id = await draft('crossRegionFiling', {}, []);
    expect(await staff['window1']!.refusal('PUT', `/api/filings/${id}/lines`, { lines: [] })).toEqual([
      400,
      'BAD_SHAPE',
    ]);
  });
});

describe('P-20 异地就医备案', () => {
  it('tells every gap at once, files three hospitals and closes the day it was accepted', async () => {
    const form = {
      kind: 'work',
      region: '440100',
      address: '示例路 1 号',
      scope: 'hospitals',
      hospitals: ['H44010000101', 'H44010000102', 'H44010000103', 'H44010000104'],
      staysFrom: '2026-01-10',
    };
    const id = await draft('crossRegionFiling', { ...form, region: '450200' }, ['idCard'], 1);
    await attach(`/api/filings/${id}`, 'employerProof', { legible: false });
    const check = (await staff['window1']!.get<CheckAnswer>(`/api/filings/${id}/check`)).body;
    expect(codesOf(check.gaps)).toEqual(['PAPER_ILLEGIBLE', 'PLACE_IN_OWN_AREA', 'TOO_MANY_NAMED']);
    const hospitals = form.hospitals.slice(0, 3);
    const body = { applicant: applicant(1), form: { ...form, hospitals } };
    expect((await staff['window1']!.put(`/api/filings/${id}`, { version: 1, body })).status).toBe(200);
    await attach(`/api/filings/${id}`, 'workResidencePermit');
    const { caseNo, gaps } = await submit(id);
    expect(gaps).toEqual([]);

    await done(caseNo, 'initial1', { act: 'accept' });
    const clock = await clockOf(caseNo, 'K-09');
    expect(clock).toMatchObject({ limitWorkingDays: 0, dayZero: today(), dueDate: today() });
    const wrong = await act(caseNo, 'initial1', { act: 'propose', outcome: 'pass' });
    expect(wrong).toMatchObject({
      status: 409,
      body: { code: 'ACT_NOT_ALLOWED', facts: { allowedActs: ['approve', 'reject'] } },
    });
    expect(await refused(caseNo, 'second1', { act: 'approve' })).toEqual([403, 'NOT_YOUR_POST']);
    expect(await refused(caseNo, 'initial1', { act: 'approve', payableFen: 100 })).toEqual([400, 'BAD_SHAPE']);
    expect(await done(caseNo, 'initial1', { act: 'approve' })).toMatchObject({ stage: 'deliver', outcome: 'approved' });
    const filed = await rows(
      api.database.dataSource,
      `SELECT kind, filed_on AS "filedOn", valid_to AS "validTo", target_region_code AS region, hospital_codes AS hospitals
       FROM cross_region_filing WHERE case_no = $1`,
      [caseNo],
    );
    const filedOn = shanghaiDate(Date.parse((await view(caseNo)).receivedAt));
    expect(filed).toEqual([{ kind: 'longTerm', filedOn, validTo: null, region: '440100', hospitals }]);

    const [sealed] = await rows<{ body: Buffer }>(
      api.database.dataSource,
      `SELECT body_enc AS body FROM notice_content WHERE case_no = $1 AND notice = 'crossRegionFilingForm'`,
      [caseNo],
    );
    const content = openNotice(cipher, sealed!.body);
    const printed = noticeLines(content, true).map(({ label, text }) => `${label}:${text}`);
    expect(printed).toEqual(
      expect.arrayContaining([
        '表格:城乡居民基本医疗保险异地就医登记备案表(附件7)',
        '备案类型:外出务工',
        '异地居住地(省、市、县及详细地址):示例路 1 号',
        '有效期至:变更或取消备案为止',
      ]),
    );
    expect(JSON.stringify(noticeLines(content, false))).not.toContain('示例路');
    await deliverAndClose(caseNo);
  });

  it('files the whole city without a hospital (D5 第9项)', async () => {
    const form = { kind: 'crossProvince', region: '310115', scope: 'area' };
    const { caseNo, gaps } = await submit(await draft('crossRegionFiling', form, ['electronicCredential'], 2));
    expect(gaps).toEqual([]);
    await done(caseNo, 'initial1', { act: 'accept' });
    await done(caseNo, 'initial1', { act: 'approve' });
    const filed = await rows(
      api.database.dataSource,
      `SELECT kind, target_region_code AS region, hospital_codes AS hospitals FROM cross_region_filing WHERE case_no = $1`,
      [caseNo],
    );
    expect(filed).toEqual([{ kind: 'crossProvinceLongTerm', region: '310000', hospitals: [] }]);
    await deliverAndClose(caseNo);
  });

  it('refuses with its own reasons, and is withdrawn until it is decided', async () => {
    const form = { kind: 'family', region: '440100', scope: 'area', address: '示例路 2 号', staysFrom: '2026-01-10' };
    const incomplete = await submit(await draft('crossRegionFiling', form, ['idCard'], 3));
    expect(codesOf(incomplete.gaps)).toEqual(['MATERIAL_MISSING']);
    expect(await refused(incomplete.caseNo, 'initial1', { act: 'accept' })).toEqual([422, 'FILING_HAS_GAPS']);
    const reasons = [{ code: 'RS-01' }];
    expect(await done(incomplete.caseNo, 'initial1', { act: 'refuseAcceptance', reasons })).toMatchObject({
      outcome: 'refusedAcceptance',
    });

    const papers: Paper[] = ['idCard', 'residenceProof'];
    const rejected = await submit(await draft('crossRegionFiling', form, papers, 3));
    await done(rejected.caseNo, 'initial1', { act: 'accept' });
    const reject = { act: 'reject', reasons: [{ code: 'RS-05' }] };
    expect(await done(rejected.caseNo, 'initial1', reject)).toMatchObject({ outcome: 'rejected', stage: 'deliver' });
    await deliverAndClose(rejected.caseNo);

    const withdrawn = await submit(await draft('crossRegionFiling', form, papers, 3));
    await done(withdrawn.caseNo, 'initial1', { act: 'accept' });
    expect(await done(withdrawn.caseNo, 'window1', { act: 'withdraw' })).toMatchObject({ outcome: 'withdrawn' });
    const filed = await rows(api.database.dataSource, `SELECT 1 FROM cross_region_filing WHERE case_no = ANY($1)`, [
      [incomplete.caseNo, rejected.caseNo, withdrawn.caseNo],
    ]);
    expect(filed).toEqual([]);
  });
});

describe('P-21 转诊转院备案', () => {
  const form = (certificateIssuedOn: string) => ({
    reason: 'cannotTreat',
    issuingHospital: 'H45020300101',
    certificateIssuedOn,
    referredOn: today(),
    region: '440100',
    hospital: 'H44010000101',
    diagnosis: '示例诊断',
  });
  const papers: Paper[] = ['idCard', 'referralForm', 'referralCertificate'];

  it('holds three months from the day of filing', async () => {
    const { caseNo, gaps } = await submit(await draft('referralFiling', form(daysAgo(1)), papers, 4));
    expect(gaps).toEqual([]);
    await done(caseNo, 'initial1', { act: 'accept' });
    expect((await clockOf(caseNo, 'K-10')).dueDate).toBe(today());
    await done(caseNo, 'initial1', { act: 'approve' });
    const [filed] = await rows<{ kind: string; holds: boolean; certificate: string }>(
      api.database.dataSource,
      `SELECT kind, valid_to = (filed_on + interval '3 months')::date AS holds, source->>'certificateIssuedOn' AS certificate
       FROM cross_region_filing WHERE case_no = $1`,
      [caseNo],
    );
    expect(filed).toEqual({ kind: 'referral', holds: true, certificate: daysAgo(1) });
    await deliverAndClose(caseNo);
  });

  it('asks for a new certificate after five working days, and for one of an appointed hospital', async () => {
    const late = { ...form(daysAgo(40)), issuingHospital: 'H45020600202' };
    const { caseNo, gaps } = await submit(await draft('referralFiling', late, papers, 4));
    expect(codesOf(gaps)).toEqual(['FILED_TOO_LATE', 'HOSPITAL_NOT_APPOINTED']);
    const lateGap = gaps.find(({ code }) => code === 'FILED_TOO_LATE')!;
    expect(lateGap.message).toContain('须由定点医疗机构重新出具转院证明');
    expect(lateGap.clause).toBe('桂人社发〔2017〕6号 第九条(一)3(1)');
    expect(await refused(caseNo, 'initial1', { act: 'accept' })).toEqual([422, 'FILING_HAS_GAPS']);
    const only = { act: 'refuseAcceptance', reasons: [{ code: 'RS-17' }] };
    expect(await refused(caseNo, 'initial1', only)).toEqual([422, 'REASONS_DO_NOT_FIT']);
    const both = { act: 'refuseAcceptance', reasons: [{ code: 'RS-17' }, { code: 'RS-18' }] };
    expect(await done(caseNo, 'initial1', both)).toMatchObject({ outcome: 'refusedAcceptance' });
  });
});

describe('P-61 跨省转移接续', () => {
  const form = { counterpartRegion: '440100', counterpartAgency: '示例市经办机构', insuredFrom: '2020-01-01' };
  const answer = (attachmentIds: string[], outcome = 'done') => ({
    act: 'recordAnswer',
    outcome,
    answeredOn: today(),
    attachmentIds,
  });

  it('begun at the agency moved to: the other end acts first, on its own clock', async () => {
    const id = await draft('crossProvinceTransferIn', form, ['idCard']);
    const { caseNo, gaps } = await submit(id);
    expect(gaps).toEqual([]);
    expect(await done(caseNo, 'initial1', { act: 'accept' })).toMatchObject({ stage: 'transferOut' });
    expect(await clockOf(caseNo, 'K-11')).toMatchObject({ limitWorkingDays: 15, state: 'running' });
    expect(await clockOf(caseNo, 'K-11a')).toMatchObject({ limitWorkingDays: 10, state: 'running', isOutside: true });
    const why = (await staff['initial1']!.get<CaseClocks>(`/api/cases/${caseNo}/clocks`)).body.clocks;
    expect(why.filter(({ isOutside }) => isOutside).map(({ clock }) => clock)).toEqual(['K-11a']);
    expect(await refused(caseNo, 'approver1', { act: 'approve' })).toEqual([409, 'ACT_NOT_ALLOWED']);
    expect(await refused(caseNo, 'initial1', answer([]))).toEqual([422, 'ANSWER_WITHOUT_PAPER']);
    const reply = await attach(`/api/cases/${caseNo}`, 'counterpartReply', {}, 'initial1');
    expect(await refused(caseNo, 'window1', answer([reply]))).toEqual([403, 'NOT_YOUR_POST']);
    expect(await refused(caseNo, 'initial1', { ...answer([reply]), answeredOn: '2099-01-01' })).toEqual([
      422,
      'DATE_IN_FUTURE',
    ]);
    expect(await done(caseNo, 'initial1', answer([reply]))).toMatchObject({ stage: 'initialReview' });
    expect((await clockOf(caseNo, 'K-11a')).state).toBe('stopped');
    expect(await clockOf(caseNo, 'K-11b')).toMatchObject({ limitWorkingDays: 5, state: 'running' });

    await done(caseNo, 'initial1', { act: 'propose', outcome: 'pass' });
    expect(await refused(caseNo, 'initial1', { act: 'approve' })).toEqual([403, 'NOT_YOUR_POST']);
    const back = { act: 'sendBack', toStage: 'transferOut', reasons: [{ code: 'RS-20' }] };
    expect(await done(caseNo, 'approver1', back)).toMatchObject({ stage: 'transferOut' });
    const again = await attach(`/api/cases/${caseNo}`, 'counterpartReply', { documentNumber: '2' }, 'initial1');
    await done(caseNo, 'initial1', answer([again]));
    await done(caseNo, 'initial1', { act: 'propose', outcome: 'pass' });
    expect(await done(caseNo, 'approver1', { act: 'approve' })).toMatchObject({
      stage: 'deliver',
      outcome: 'approved',
    });
    expect((await clockOf(caseNo, 'K-11')).state).toBe('stopped');
    const decided = (await view(caseNo)).acts.find((one) => one.act === 'approve')!;
    expect(decided.facts['result']).toMatchObject({ transfer: 'in', counterpartRegionCode: '440100' });
    await deliverAndClose(caseNo);
  });

  it('begun at the agency left: the other end acts last, and its refusal cannot be approved', async () => {
    const { caseNo } = await submit(await draft('crossProvinceTransferOut', form, ['idCard'], 1));
    expect(await done(caseNo, 'initial1', { act: 'accept' })).toMatchObject({ stage: 'initialReview' });
    expect(await done(caseNo, 'initial1', { act: 'propose', outcome: 'pass' })).toMatchObject({ stage: 'transferIn' });
    expect((await clockOf(caseNo, 'K-11a')).state).toBe('stopped');
    expect(await clockOf(caseNo, 'K-11b')).toMatchObject({ limitWorkingDays: 5, state: 'running' });
    const reply = await attach(`/api/cases/${caseNo}`, 'counterpartReply', {}, 'initial1');
    expect(await done(caseNo, 'initial1', answer([reply], 'refused'))).toMatchObject({ stage: 'approval' });
    expect(await refused(caseNo, 'approver1', { act: 'approve' })).toEqual([422, 'ANSWER_IS_REFUSAL']);
    const reject = { act: 'reject', reasons: [{ code: 'RS-19' }] };
    expect(await done(caseNo, 'approver1', reject)).toMatchObject({ outcome: 'rejected', stage: 'deliver' });
    await deliverAndClose(caseNo);
  });

  it('keeps the regime of the day of receipt: 45 working days with two letters before, 15 without them after (C-27)', async () => {
    const { dataSource } = api.database;
    const at = async (instant: string, papers: Paper[]) => {
      const filingId = await draft('crossProvinceTransferIn', form, papers, 2);
      const actorId = accountOf(api.world, 'window1').id;
      const filing = { filingId, agencyId: '450206', actorId, actionId: randomUUID(), at: new Date(instant) };
      return dataSource.transaction((manager) => submitFiling(manager, cipher, filing));
    };
    const without = await at('2023-08-31T10:00:00+08:00', ['idCard']);
    expect(without.gaps.map(({ material }) => material).sort()).toEqual(['P61-2', 'P61-3']);
    const before = await at('2023-08-31T10:00:00+08:00', ['idCard', 'insuranceCertificate', 'transferContactLetter']);
    const after = await at('2023-09-01T10:00:00+08:00', ['idCard']);
    expect([before.gaps, after.gaps]).toEqual([[], []]);
    for (const [{ caseNo }, version, limit] of [
      [before, 1, 45],
      [after, 2, 15],
    ] as const) {
      await done(caseNo, 'initial1', { act: 'accept' });
      expect((await view(caseNo)).definitionVersion).toBe(version);
      expect((await clockOf(caseNo, 'K-11')).limitWorkingDays).toBe(limit);
    }
  });
});

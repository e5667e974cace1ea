import { randomUUID } from 'node:crypto';
import { createCaseActivities } from '@banjie/activities';
import { caseTaskQueue, type ActAnswer, type ErrorAnswer } from '@banjie/contracts';
import { rows } from '@banjie/persistence';
import {
  accountOf,
  drawTestOrder,
  ownNamespace,
  receiveTestCase,
  startTestApi,
  testCipher,
  type TestApi,
  type TestClient,
} from '@banjie/testing';
import { Client } from 'pg';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';

const cipher = testCipher();
let api: TestApi;
let connection: NativeConnection;
let worker: Worker;
let running: Promise<void>;
const staff: Record<string, TestClient> = {};

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const namespace = `banjie-test-acts`;
  api = await startTestApi({ TEMPORAL_NAMESPACE: await ownNamespace(namespace) });
  connection = await NativeConnection.connect({ address: process.env['BANJIE_TEST_TEMPORAL']! });
  worker = await Worker.create({
    connection,
    namespace,
    taskQueue: caseTaskQueue,
    workflowBundle: { codePath: require.resolve('@banjie/workflows/bundle') },
    activities: createCaseActivities({ dataSource: api.database.dataSource, cipher, findGaps: async () => [] }),
  });
  running = worker.run();
  for (const name of ['window1', 'initial1', 'initial2', 'second1', 'approver1', 'double1', 'audit1', 'b-initial1']) {
    staff[name] = await api.signIn(name);
  }
});

afterAll(async () => {
  worker?.shutdown();
  await running;
  await connection?.close();
  await api?.stop();
});

const newCase = async () => (await receiveTestCase(api.database.dataSource, cipher, api.world)).caseNo;
const actsOf = (caseNo: string) => `/api/cases/${caseNo}/acts`;
const accept = (seenSeq = 1, actionId: string = randomUUID()) => ({ actionId, act: 'accept', seenSeq });
const seqOf = async (caseNo: string) =>
  (await rows<{ seq: number }>(api.database.dataSource, `SELECT seq FROM cases WHERE case_no = $1`, [caseNo]))[0]!.seq;

describe('POST /api/cases/:caseNo/acts', () => {
  it('answers where the case is and what this person may do next, and starts a workflow that was not there', async () => {
    const caseNo = await newCase();
    const answer = await staff['initial1']!.post<ActAnswer>(actsOf(caseNo), accept());
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ caseNo, seq: 2, stage: 'initialReview', act: 'accept' });
    expect(answer.body.abilities).toEqual(expect.arrayContaining(['propose', 'askSupplement', 'withdraw']));
    expect(answer.body.abilities).not.toContain('approve');
  });

  it('gives twenty clicks of one action one answer and one history line', async () => {
    const caseNo = await newCase();
    const body = accept();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => staff['initial1']!.post<ActAnswer>(actsOf(caseNo), body)),
    );
    expect(answers.map((a) => a.status)).toEqual(Array(20).fill(200));
    expect(new Set(answers.map((a) => a.body.seq))).toEqual(new Set([2]));
    expect(await seqOf(caseNo)).toBe(2);
  });

  it('tells the second of two persons who came first and with what', async () => {
    const caseNo = await newCase();
    const answers = await Promise.all(
      ['initial1', 'initial2'].map((name) => staff[name]!.post<ActAnswer & ErrorAnswer>(actsOf(caseNo), accept())),
    );
    const refused = answers.filter((a) => a.status === 409);
    expect(refused).toHaveLength(1);
    expect(refused[0]!.body.code).toBe('CASE_MOVED');
    expect(refused[0]!.body.message).toMatch(/初审[甲乙] 已予以受理,当前环节是初审/);
    expect(await seqOf(caseNo)).toBe(2);
  });

  it('refuses a stale screen, another body under one action, and lets a refused act be corrected under its action', async () => {
    const caseNo = await newCase();
    const first = accept();
    await staff['initial1']!.post(actsOf(caseNo), first);
    expect(await staff['initial2']!.refusal('POST', actsOf(caseNo), accept())).toEqual([409, 'CASE_MOVED']);
    expect(await staff['initial1']!.refusal('POST', actsOf(caseNo), { ...first, seenSeq: 2 })).toEqual([
      409,
      'ACTION_REUSED',
    ]);
    const wrong = {
      actionId: randomUUID(),
      act: 'propose',
      seenSeq: 2,
      outcome: 'pass',
      deductions: [],
      payableFen: 1,
    };
    expect(await staff['initial1']!.refusal('POST', actsOf(caseNo), wrong)).toEqual([409, 'AMOUNT_CHANGED']);
    const { payableFen: _, ...right } = wrong;
    expect((await staff['initial1']!.post(actsOf(caseNo), right)).status).toBe(200);
  });

  it('asks a stranger, the wrong post, a foreign agency and a reader', async () => {
    const caseNo = await newCase();
    expect(await api.stranger().refusal('POST', actsOf(caseNo), accept())).toEqual([401, 'NOT_SIGNED_IN']);
    expect(await staff['window1']!.refusal('POST', actsOf(caseNo), accept())).toEqual([403, 'NOT_YOUR_POST']);
    expect(await staff['audit1']!.refusal('POST', actsOf(caseNo), accept())).toEqual([403, 'NOT_YOUR_POST']);
    expect(await staff['b-initial1']!.refusal('POST', actsOf(caseNo), accept())).toEqual([404, 'CASE_NOT_FOUND']);
    expect(await staff['initial1']!.refusal('POST', actsOf('450206209901010000'), accept())).toEqual([
      404,
      'CASE_NOT_FOUND',
    ]);
    expect(await seqOf(caseNo)).toBe(1);
  });

  it('refuses an act of another stage with the acts that are allowed', async () => {
    const caseNo = await newCase();
    const body = { actionId: randomUUID(), act: 'approve', seenSeq: 1, payableFen: 0 };
    expect(await staff['approver1']!.refusal('POST', actsOf(caseNo), body)).toEqual([409, 'ACT_NOT_ALLOWED']);
    const propose = { actionId: randomUUID(), act: 'propose', seenSeq: 1, outcome: 'pass' };
    const { status, body: refused } = await staff['initial1']!.post<ErrorAnswer>(actsOf(caseNo), propose);
    expect([status, refused.code, refused.facts?.['allowedActs']]).toEqual([
      409,
      'ACT_NOT_ALLOWED',
      ['accept', 'refuseAcceptance'],
    ]);
  });

  it('refuses a second duty of one person (SD-01) and leaves a trace of the attempt', async () => {
    const caseNo = await newCase();
    await staff['double1']!.post(actsOf(caseNo), accept());
    await staff['double1']!.post(actsOf(caseNo), {
      actionId: randomUUID(),
      act: 'propose',
      seenSeq: 2,
      outcome: 'pass',
      deductions: [],
    });
    const again = { actionId: randomUUID(), act: 'propose', seenSeq: 3, outcome: 'pass' };
    expect(await staff['double1']!.refusal('POST', actsOf(caseNo), again)).toEqual([403, 'DUTY_CONFLICT']);
    const attempts = await rows<{ code: string; actor_id: string }>(
      api.database.dataSource,
      `SELECT code, actor_id FROM attempt_log WHERE case_no = $1`,
      [caseNo],
    );
    expect(attempts).toEqual([{ code: 'DUTY_CONFLICT', actor_id: accountOf(api.world, 'double1').id }]);
  });

  it('refuses unknown keys, negative and overflowing amounts, and empty reasons', async () => {
    const caseNo = await newCase();
    const bad = [
      { ...accept(), amountFen: 5 },
      { ...accept(), act: 'grant' },
      { ...accept(), seenSeq: -1 },
      { ...accept(), actionId: 'x' },
      { ...accept(), act: 'approve', payableFen: -1 },
      { ...accept(), act: 'approve', payableFen: 2 ** 53 },
      { ...accept(), act: 'refuseAcceptance', reasons: [] },
    ];
    for (const body of bad)
      expect(await staff['initial1']!.refusal('POST', actsOf(caseNo), body)).toEqual([400, 'BAD_SHAPE']);
    expect(await seqOf(caseNo)).toBe(1);
  });

  it('refuses an action id that another act was committed under', async () => {
    const caseNo = await newCase();
    const [received] = await rows<{ action_id: string }>(
      api.database.dataSource,
      `SELECT action_id FROM case_act WHERE case_no = $1`,
      [caseNo],
    );
    const reused = accept(1, received!.action_id);
    expect(await staff['initial1']!.refusal('POST', actsOf(caseNo), reused)).toEqual([409, 'ACTION_REUSED']);
    expect(await seqOf(caseNo)).toBe(1);
  });

  it('refuses a line reduced twice for one reason, and the case stays open', async () => {
    const caseNo = await newCase();
    await staff['initial1']!.post(actsOf(caseNo), accept());
    const propose = (...codes: string[]) => ({
      actionId: randomUUID(),
      act: 'propose',
      seenSeq: 2,
      outcome: 'pass',
      deductions: codes.map((reasonCode) => ({ lineNo: 1, amountFen: 1, reasonCode })),
    });
    const twice = await staff['initial1']!.refusal('POST', actsOf(caseNo), propose('RS-09', 'RS-09'));
    expect(twice).toEqual([422, 'DUPLICATE_DEDUCTION']);
    expect((await staff['initial1']!.post(actsOf(caseNo), propose('RS-09', 'RS-10'))).status).toBe(200);
  });

  it('refuses a stranger as another payee and names the field, and the case stays open', async () => {
    const { dataSource } = api.database;
    const { caseNo } = await drawTestOrder(dataSource, cipher, api.world, { state: 'failed' });
    await rows(dataSource, `UPDATE cases SET stage = 'preparePayout' WHERE case_no = $1`, [caseNo]);
    const clerk = await api.signIn('settle1');
    const draw = (payee: object) => ({
      ...{ actionId: randomUUID(), act: 'preparePayout', seenSeq: 5 },
      payee: { accountNumber: '6222000099990000', bankCode: '102100099996', relation: 'self', ...payee },
    });
    const refused = await clerk.post<ErrorAnswer>(actsOf(caseNo), draw({ accountName: '路人甲' }));
    expect(refused).toMatchObject({ status: 422, body: { code: 'PAYEE_NOT_LAWFUL', field: 'payee.accountName' } });
    expect(refused.body.message).toContain('户名与参保人姓名不一致');
    expect(JSON.stringify(refused.body)).not.toContain('路人甲');
    const own = await clerk.post<ActAnswer>(actsOf(caseNo), draw({ accountName: api.world.persons[0]!.name }));
    expect(own).toMatchObject({ status: 200, body: { stage: 'financeReview' } });
  });

  it('refuses an act that cannot be stored for a reason nobody foresaw, and the case stays open', async () => {
    const caseNo = await newCase();
    const { ownerUrl } = api.database;
    const owner = new Client({ connectionString: ownerUrl });
    await owner.connect();
    await owner.query(
      `ALTER TABLE cases ADD CONSTRAINT planted CHECK (case_no <> '${caseNo}' OR stage <> 'initialReview')`,
    );
    expect(await staff['initial1']!.refusal('POST', actsOf(caseNo), accept())).toEqual([500, 'ACT_FAILED']);
    await owner.query(`ALTER TABLE cases DROP CONSTRAINT planted`);
    await owner.end();
    expect((await staff['initial1']!.post(actsOf(caseNo), accept())).status).toBe(200);
  });

  it('offers nothing of a task that another has taken, and names the holder', async () => {
    const caseNo = await newCase();
    await api.database.dataSource.query(
      `UPDATE task SET holder_id = $2, taken_at = now() WHERE case_no = $1 AND state = 'open'`,
      [caseNo, accountOf(api.world, 'initial2').id],
    );
    const view = await staff['initial1']!.get<{ abilities: string[] }>(`/api/cases/${caseNo}`);
    expect(view.body.abilities).toEqual(['withdraw']);
    expect(await staff['initial1']!.refusal('POST', actsOf(caseNo), accept())).toEqual([409, 'TASK_HELD']);
  });

  it('tells where a closed case stands and not whose post it would be', async () => {
    const caseNo = await newCase();
    const body = { actionId: randomUUID(), act: 'withdraw', seenSeq: 1 };
    expect((await staff['window1']!.post(actsOf(caseNo), body)).status).toBe(200);
    const late = await staff['second1']!.refusal('POST', actsOf(caseNo), {
      ...accept(1),
      act: 'propose',
      outcome: 'pass',
    });
    expect(late[0]).toBe(409);
  });

  it('shows the amount with its trace before anyone proposes it', async () => {
    const caseNo = await newCase();
    const preview = await staff['initial1']!.post<{ payableFen: number; trace: unknown[] }>(
      `/api/cases/${caseNo}/benefit`,
      {
        deductions: [{ lineNo: 2, amountFen: 200_000, reasonCode: 'RS-09' }],
      },
    );
    expect(preview.status).toBe(200);
    expect(preview.body.trace.length).toBeGreaterThan(5);
    expect(await staff['window1']!.refusal('POST', `/api/cases/${caseNo}/benefit`, {})).toEqual([403, 'FORBIDDEN']);
  });
});

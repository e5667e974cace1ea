import { randomUUID } from 'node:crypto';
import { commitAct, createBankClient, createCaseActivities, createPayoutActivities } from '@banjie/activities';
import {
  caseWorkflowId,
  claimApprovalType,
  payoutTaskQueueOf,
  type ActBody,
  type ActResult,
  type ActUpdate,
} from '@banjie/contracts';
import type { SystemAct } from '@banjie/domain';
import { shanghaiDate } from '@banjie/domain';
import { databaseFault, keepActBody, rows, walkAudit } from '@banjie/persistence';
import {
  asOwner,
  accountOf,
  createTestDatabase,
  eventually,
  receiveTestCase,
  seedTestWorld,
  startBankProcess,
  testCallKeys,
  testCipher,
  type BankProcess,
  type TestDatabase,
  type TestWorld,
} from '@banjie/testing';
import { actUpdate, lookAgainSignal, systemActSignal } from '@banjie/workflows/messages';
import { Client, Connection, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';

const cipher = testCipher();
const namespace = process.env['BANJIE_TEST_NAMESPACE'] ?? 'banjie-test';
// A queue of its own, so that spec files do not take one another's tasks.
const taskQueue = `cases-${randomUUID()}`;

let database: TestDatabase;
let world: TestWorld;
let client: Client;
let connection: NativeConnection;
let clientConnection: Connection;
let bank: BankProcess;
let workers: Worker[] = [];
let running: Promise<void[]>;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  database = await createTestDatabase();
  world = await seedTestWorld(database.dataSource);
  const address = process.env['BANJIE_TEST_TEMPORAL']!;
  connection = await NativeConnection.connect({ address });
  clientConnection = await Connection.connect({ address });
  client = new Client({ connection: clientConnection, namespace });
  bank = await startBankProcess();
  const { dataSource } = database;
  const activities = {
    ...createCaseActivities({ dataSource, cipher, findGaps: async () => [] }),
    ...createPayoutActivities({
      dataSource,
      cipher,
      bank: createBankClient(bank.url, testCallKeys()),
      finalitySeconds: 1,
    }),
  };
  const codePath = require.resolve('@banjie/workflows/bundle');
  const cases = await Worker.create({ connection, namespace, taskQueue, workflowBundle: { codePath }, activities });
  const payouts = await Worker.create({ connection, namespace, taskQueue: payoutTaskQueueOf(taskQueue), activities });
  workers = [cases, payouts];
  running = Promise.all(workers.map((worker) => worker.run()));
});

afterAll(async () => {
  for (const worker of workers) worker.shutdown();
  await running;
  await connection?.close();
  await clientConnection?.close();
  await bank?.stop();
  await database?.drop();
});

type SystemWish = { act: SystemAct; actionId: string };
type Wanted = ActBody extends infer Body ? (Body extends ActBody ? Omit<Body, 'actionId' | 'seenSeq'> : never) : never;

async function start(linesFen?: number[], personIndex = 0): Promise<string> {
  const { caseNo } = await receiveTestCase(database.dataSource, cipher, world, { linesFen, personIndex });
  await startWorkflow(caseNo);
  return caseNo;
}

const startWorkflow = (caseNo: string) =>
  client.workflow.start(claimApprovalType, { workflowId: caseWorkflowId(caseNo), taskQueue, args: [{ caseNo }] });

async function head(caseNo: string) {
  const [row] = await rows<{
    seq: number;
    stage: string;
    outcome: string | null;
    order_no: string | null;
    order_state: string | null;
  }>(database.dataSource, `SELECT seq, stage, outcome, order_no, order_state FROM cases WHERE case_no = $1`, [caseNo]);
  return row!;
}

/** Keeps the body and asks the workflow, as the API does. */
async function act(
  caseNo: string,
  username: string,
  wanted: Wanted,
  at: { seq?: number; actionId?: string } = {},
): Promise<ActResult> {
  const actionId = at.actionId ?? randomUUID();
  const seenSeq = at.seq ?? (await head(caseNo)).seq;
  const actorId = accountOf(world, username).id;
  const body = { ...wanted, actionId, seenSeq };
  await keepActBody(database.dataSource, cipher, {
    actionId,
    caseNo,
    act: wanted.act,
    actorId,
    seenSeq,
    body,
    requestId: null,
  });
  const toStage = wanted.act === 'sendBack' ? wanted.toStage : undefined;
  return client.workflow.getHandle(caseWorkflowId(caseNo)).executeUpdate(actUpdate, {
    updateId: actionId,
    args: [{ actionId, act: wanted.act, actorId, seenSeq, toStage }],
  });
}

async function commitPastTheEngine(caseNo: string, username: string, wanted: Wanted): Promise<void> {
  const [actionId, seenSeq] = [randomUUID(), (await head(caseNo)).seq];
  const actorId = accountOf(world, username).id;
  const body = { ...wanted, actionId, seenSeq };
  await keepActBody(database.dataSource, cipher, {
    actionId,
    caseNo,
    act: wanted.act,
    actorId,
    seenSeq,
    body,
    requestId: null,
  });
  const dependencies = { dataSource: database.dataSource, cipher, findGaps: async () => [] };
  await commitAct(dependencies, { caseNo, actionId, act: wanted.act, actorId, seq: seenSeq + 1 });
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure)
      return error.cause.type ?? '?';
    throw error;
  }
  return 'done';
}

async function toFinanceApproval(caseNo: string): Promise<void> {
  await act(caseNo, 'initial1', { act: 'accept' });
  await act(caseNo, 'initial1', { act: 'propose', outcome: 'pass', deductions: [] });
  await act(caseNo, 'second1', { act: 'propose', outcome: 'pass' });
  const [{ proposed_fen: payableFen }] = (await rows<{ proposed_fen: number }>(
    database.dataSource,
    `SELECT proposed_fen FROM cases WHERE case_no = $1`,
    [caseNo],
  )) as [{ proposed_fen: number }];
  await act(caseNo, 'approver1', { act: 'approve', payableFen });
  await act(caseNo, 'settle1', { act: 'preparePayout' });
  await act(caseNo, 'finreview1', { act: 'confirmPayout' });
}

const deliver = {
  act: 'deliver' as const,
  way: 'window' as const,
  deliveredOn: shanghaiDate(Date.now()),
  receiver: '本人',
};
const atStage = (caseNo: string, stage: string) =>
  eventually(
    () => head(caseNo),
    (found) => found.stage === stage,
  );

describe('claimApproval', () => {
  it('walks the whole road: paid once, delivered, archived, closed', async () => {
    const caseNo = await start();
    await toFinanceApproval(caseNo);
    await act(caseNo, 'finapprove1', { act: 'releasePayout' });
    await atStage(caseNo, 'deliver');
    await act(caseNo, 'window1', deliver);
    expect(await atStage(caseNo, 'closed')).toMatchObject({ outcome: 'approved', order_state: 'paid' });
    const result = await client.workflow.getHandle(caseWorkflowId(caseNo)).result();
    expect(result).toEqual({ stage: 'closed', outcome: 'approved' });
    const clocks = await rows<{ clock: string; state: string }>(
      database.dataSource,
      `SELECT clock, state FROM clock WHERE case_no = $1 ORDER BY clock`,
      [caseNo],
    );
    expect(clocks.map((c) => `${c.clock} ${c.state}`)).toEqual([
      'K-01 stopped',
      'K-02 stopped',
      'K-03 stopped',
      'K-04 stopped',
    ]);
  });

  it('takes one of two simultaneous acts and names the reason to the other', async () => {
    const caseNo = await start();
    const codes = await Promise.all([
      codeOf(act(caseNo, 'initial1', { act: 'accept' }, { seq: 1 })),
      codeOf(
        act(
          caseNo,
          'initial2',
          { act: 'refuseAcceptance', reasons: [{ code: 'RS-01', text: '缺少原件' }] },
          { seq: 1 },
        ),
      ),
    ]);
    expect(codes.filter((code) => code === 'done')).toHaveLength(1);
    expect(codes.some((code) => code === 'CASE_BUSY' || code === 'CASE_MOVED' || code === 'CASE_CLOSED')).toBe(true);
  });

  it('gives the second click of one action the first answer', async () => {
    const caseNo = await start();
    const actionId = randomUUID();
    const click = () => act(caseNo, 'initial1', { act: 'accept' }, { seq: 1, actionId });
    const answers = await Promise.all([click(), click(), click(), click()]);
    expect(new Set(answers.map((a) => a.seq))).toEqual(new Set([2]));
    expect((await head(caseNo)).seq).toBe(2);
  });

  it('refuses a person’s second duty in the validator', async () => {
    const caseNo = await start();
    await act(caseNo, 'double1', { act: 'accept' });
    await act(caseNo, 'double1', { act: 'propose', outcome: 'pass', deductions: [] });
    expect(await codeOf(act(caseNo, 'double1', { act: 'propose', outcome: 'pass' }))).toBe('DUTY_CONFLICT');
  });

  it('takes the next act when the engine lost the one before after its commit', async () => {
    const caseNo = await start();
    // The act is in the rows alone, as after a crash of the engine between commit and answer.
    await commitPastTheEngine(caseNo, 'initial1', { act: 'accept' });
    await act(caseNo, 'initial1', { act: 'propose', outcome: 'pass', deductions: [] });
    expect(await head(caseNo)).toMatchObject({ stage: 'secondReview', seq: 3 });
  });

  it('looks again when the system’s own step was lost that way', async () => {
    const caseNo = await start();
    await commitPastTheEngine(caseNo, 'window1', { act: 'withdraw' });
    await client.workflow.getHandle(caseWorkflowId(caseNo)).signal(lookAgainSignal);
    expect(await atStage(caseNo, 'closed')).toMatchObject({ outcome: 'withdrawn' });
  });

  it('goes on from the rows when the workflow is ended and started again', async () => {
    const caseNo = await start();
    await act(caseNo, 'initial1', { act: 'accept' });
    await client.workflow.getHandle(caseWorkflowId(caseNo)).terminate('test');
    await startWorkflow(caseNo);
    await act(caseNo, 'initial1', { act: 'propose', outcome: 'pass', deductions: [] });
    expect(await head(caseNo)).toMatchObject({ stage: 'secondReview', seq: 3 });
  });

  it('draws a new order to another account after the bank refused the first', async () => {
    const caseNo = await start(undefined, 1);
    await toFinanceApproval(caseNo);
    await bank.setFault({ kind: 'refuse', match: { orderNo: `${caseNo}P1` }, reason: '账号不存在' });
    await act(caseNo, 'finapprove1', { act: 'releasePayout' });
    await atStage(caseNo, 'preparePayout');
    expect(await codeOf(act(caseNo, 'settle1', { act: 'preparePayout' }))).toBe('NEW_PAYEE_REQUIRED');
    const payee = {
      accountName: world.persons[1]!.name,
      accountNumber: '6222000099990000',
      bankCode: '102100099996',
      relation: 'self' as const,
    };
    await act(caseNo, 'settle1', { act: 'preparePayout', payee });
    await act(caseNo, 'finreview1', { act: 'confirmPayout' });
    await act(caseNo, 'finapprove1', { act: 'releasePayout' });
    await atStage(caseNo, 'deliver');
    const orders = await rows<{ order_no: string; state: string; previous_order_no: string | null }>(
      database.dataSource,
      `SELECT order_no, state, previous_order_no FROM payout_order WHERE case_no = $1 ORDER BY order_no`,
      [caseNo],
    );
    expect(orders).toEqual([
      { order_no: `${caseNo}P1`, state: 'failed', previous_order_no: null },
      { order_no: `${caseNo}P2`, state: 'paid', previous_order_no: `${caseNo}P1` },
    ]);
  });

  it('asks the bank when its answer was lost, and pays once', async () => {
    const caseNo = await start(undefined, 2);
    await toFinanceApproval(caseNo);
    await bank.setFault({ kind: 'lostReplyAfterBooking', match: { orderNo: `${caseNo}P1`, next: 1 } });
    await act(caseNo, 'finapprove1', { act: 'releasePayout' });
    await atStage(caseNo, 'deliver');
    const attempts = await rows<{ kind: string; answer: string }>(
      database.dataSource,
      `SELECT kind, answer FROM payout_attempt WHERE order_no = $1 ORDER BY n`,
      [`${caseNo}P1`],
    );
    expect(attempts.map((a) => a.kind)).toEqual(['send', 'query']);
    expect(attempts[1]!.answer).toBe('booked');
  });

  it('reopens a closed case at 拨付制定 when the bank returns the payment', async () => {
    const caseNo = await start(undefined, 2);
    await toFinanceApproval(caseNo);
    await act(caseNo, 'finapprove1', { act: 'releasePayout' });
    await atStage(caseNo, 'deliver');
    await act(caseNo, 'window1', deliver);
    await atStage(caseNo, 'closed');
    await client.workflow.getHandle(caseWorkflowId(caseNo)).result();
    await database.dataSource.query(
      `UPDATE payout_order SET state = 'returned' WHERE case_no = $1 AND state = 'paid'`,
      [caseNo],
    );
    await client.workflow.signalWithStart(claimApprovalType, {
      workflowId: caseWorkflowId(caseNo),
      taskQueue,
      args: [{ caseNo }],
      signal: systemActSignal,
      signalArgs: [{ act: 'returnPayout', actionId: `return:${caseNo}P1` }],
    });
    expect(await atStage(caseNo, 'preparePayout')).toMatchObject({ outcome: 'approved', order_state: 'returned' });
    expect(
      await codeOf(act(caseNo, 'settle1', { act: 'sendBack', toStage: 'initialReview', reasons: [{ code: 'RS-14' }] })),
    ).toBe('ALREADY_PAID');
    const payee = {
      accountName: world.persons[2]!.name,
      accountNumber: '6222000088880000',
      bankCode: '102100099996',
      relation: 'self' as const,
    };
    await act(caseNo, 'settle1', { act: 'preparePayout', payee });
    await act(caseNo, 'finreview1', { act: 'confirmPayout' });
    await act(caseNo, 'finapprove1', { act: 'releasePayout' });
    expect(await atStage(caseNo, 'closed')).toMatchObject({ order_no: `${caseNo}P2`, order_state: 'paid' });
    const seals = await rows(database.dataSource, `SELECT 1 FROM archive_seal WHERE case_no = $1`, [caseNo]);
    expect(seals).toHaveLength(2);
  });

  it('leaves rows that agree with the acts, and notices one that was rewritten after the seal', async () => {
    const [closed] = await rows<{ caseNo: string }>(
      database.dataSource,
      `SELECT case_no AS "caseNo" FROM cases WHERE stage = 'closed' AND order_state = 'paid' ORDER BY case_no LIMIT 1`,
    );
    const caseNo = closed!.caseNo;
    const faultsOf = async () =>
      (await walkAudit(database.dataSource, cipher)).faults.map((fault) => `${fault.caseNo} ${fault.kind}`);
    expect(await faultsOf()).toEqual([]);
    const guarded = ['cases', 'decision', 'payout_order', 'benefit_result', 'archive_seal', 'act_body'];
    for (const [change, back, kind] of [
      [
        'UPDATE cases SET payable_fen = payable_fen + 1',
        'UPDATE cases SET payable_fen = payable_fen - 1',
        'amountDiffers',
      ],
      ['UPDATE decision SET payee_digest = sha256(payee_digest), decided_at = decided_at', null, 'amountDiffers'],
      ['UPDATE archive_seal SET seal = sha256(seal)', null, 'sealDiffers'],
      ['UPDATE act_body SET body_hash = sha256(body_hash)', null, 'bodyDiffers'],
    ] as const) {
      await asOwner(database.dataSource, async (owner) => {
        for (const table of guarded) await owner.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
        await owner.query(`${change} WHERE case_no = $1`, [caseNo]);
        expect([change, await faultsOf()]).toEqual([change, expect.arrayContaining([`${caseNo} ${kind}`])]);
        if (back) await owner.query(`${back} WHERE case_no = $1`, [caseNo]);
        for (const table of guarded) await owner.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
      });
    }
    const fault: unknown = await database.dataSource
      .query(`UPDATE cases SET payable_fen = 1 WHERE case_no = $1`, [caseNo])
      .catch((error: unknown) => error);
    expect(databaseFault(fault)?.code).toBe('42501');
  });

  it('lets no forged update or signal change a case', async () => {
    const caseNo = await start();
    await act(caseNo, 'initial1', { act: 'accept' });
    const items = [{ material: 'R-MT-8', text: '请补交出院记录' }];
    await act(caseNo, 'initial1', { act: 'askSupplement', reasons: [{ code: 'RS-02' }], items });
    const record = async () => ({
      head: await head(caseNo),
      acts: await rows(database.dataSource, `SELECT * FROM case_act WHERE case_no = $1 ORDER BY seq`, [caseNo]),
      clocks: await rows(database.dataSource, `SELECT * FROM clock WHERE case_no = $1 ORDER BY clock`, [caseNo]),
    });
    const before = await record();
    const { seq } = before.head;
    const workflow = client.workflow.getHandle(caseWorkflowId(caseNo));
    const update = (forged: object) => {
      const args = { actionId: randomUUID(), actorId: 'system:workflow', seenSeq: seq, toStage: undefined, ...forged };
      return codeOf(workflow.executeUpdate(actUpdate, { args: [args as ActUpdate] }));
    };
    const person = accountOf(world, 'initial1').id;
    for (const systemAct of ['endPause', 'archive', 'settlePayout', 'returnPayout', 'receiveFiling', 'destroy', null]) {
      for (const actorId of ['system:workflow', 'system:timer', person]) {
        for (const seenSeq of [seq, seq + 1]) {
          expect([systemAct, await update({ act: systemAct, actorId, seenSeq })]).toEqual([systemAct, 'FORBIDDEN']);
        }
      }
    }
    // Acts of staff without a stored body, past the validator and not.
    expect(await update({ act: 'supplement', actorId: person })).toBe('FORBIDDEN');
    expect(await update({ act: 'propose', actorId: person, seenSeq: seq + 5 })).toBe('FORBIDDEN');
    expect(await update({ act: 'withdraw', actorId: person, actionId: 'a\u0000b', seenSeq: seq + 5 })).toBe(
      'FORBIDDEN',
    );
    const used = (before.acts as { action_id: string }[])[0]!.action_id;
    const foreign = await start();
    const signals = [
      ...['endPause', 'archive', 'settlePayout', 'returnPayout'].map((code) => ({ act: code, actionId: randomUUID() })),
      ...['accept', 'withdraw', 'receiveFiling', 'destroy'].map((code) => ({ act: code, actionId: randomUUID() })),
      ...[null, 'endPause', {}, { act: 'endPause' }, { act: 'endPause', actionId: 'a\u0000b' }],
    ];
    for (const forged of signals) await workflow.signal(systemActSignal, forged as SystemWish);
    // An action of another case under this one: the rows refuse it, the run goes on.
    const other = client.workflow.getHandle(caseWorkflowId(foreign));
    await other.signal(systemActSignal, { act: 'endPause', actionId: used });
    await act(foreign, 'initial1', { act: 'accept' });
    expect(await head(foreign)).toMatchObject({ seq: 2, stage: 'initialReview' });
    // The signals came first: when the next act is answered, all of them have been dealt with.
    const stillThere = await codeOf(act(caseNo, 'initial1', { act: 'propose', outcome: 'pass', deductions: [] }));
    expect(stillThere).toBe('WAITING_SUPPLEMENT');
    await act(caseNo, 'window1', { act: 'supplement', attachmentIds: [], note: '已补交' });
    const after = await record();
    expect(after.head).toMatchObject({ seq: seq + 1, stage: 'initialReview' });
    expect(after.acts.slice(0, -1)).toEqual(before.acts);
  });

  it('records a breach once, with its due instant, while the case stays open to its reviewer', async () => {
    // Received three weeks ago: K-01 is long over when the workflow first looks.
    const { caseNo } = await receiveTestCase(database.dataSource, cipher, world, {
      at: new Date('2026-11-02T02:00:00Z'),
    });
    await startWorkflow(caseNo);
    const rungsOf = () =>
      rows<{ rung: string; due_at: Date; detected_by: string }>(
        database.dataSource,
        `SELECT rung, due_at, detected_by FROM clock_rung WHERE case_no = $1 AND clock = 'K-01' ORDER BY due_at`,
        [caseNo],
      );
    const rungs = await eventually(rungsOf, (found) => found.length >= 5);
    expect(rungs.map(({ rung }) => rung)).toEqual(['half', 'eighty', 'due', 'plus1', 'plus3']);
    const due = rungs.find(({ rung }) => rung === 'due')!;
    expect([due.due_at.toISOString(), due.detected_by]).toEqual(['2026-11-03T08:00:00.000Z', 'system:timer']);
    await act(caseNo, 'initial1', { act: 'accept' });
    expect(await rungsOf()).toEqual(rungs);
  });
});

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  createBankClient,
  createCaseActivities,
  createPayoutActivities,
  type CaseActivities,
} from '@banjie/activities';
import { caseWorkflowId, claimApprovalType, payoutTaskQueueOf } from '@banjie/contracts';
import {
  calendarFor,
  formatDay,
  inpatientReimbursement,
  isWorkingDay,
  parseDate,
  shanghaiDate,
  type MoveAct,
} from '@banjie/domain';
import {
  addCaseMove,
  addMoveEvent,
  approveChange,
  moveActionId,
  proposeChange,
  reprojectStep,
  rows,
  seedDefinitions,
} from '@banjie/persistence';
import {
  accountOf,
  addTestMatter,
  asOwner,
  attachTestPaper,
  createTestDatabase,
  eventually,
  receiveTestCase,
  seedTestWorld,
  startBankProcess,
  testCallKeys,
  testCipher,
  timeActsMatter,
  type BankProcess,
  type TestCaseOptions,
  type TestDatabase,
  type TestWorld,
} from '@banjie/testing';
import { lookAgainSignal, systemActSignal } from '@banjie/workflows/messages';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createWorker, registerNamespace } from '../test/namespace';
import { createRoadDriver, otherPayee } from '../test/road-driver';
import { readHistory, recordHistories, type RecordedCase } from './record-histories';

/*
 * Walks every road once on real servers, then replays what was recorded. With BANJIE_RECORD=1 the histories replace those
 * in workflows/test/histories.
 */
const cipher = testCipher();
const codePath = require.resolve('@banjie/workflows/bundle');
const namespace = `banjie-test-roads-${randomUUID()}`;
const taskQueue = 'cases';
const farBack = new Date('2026-06-01T02:00:00Z');

let database: TestDatabase;
let world: TestWorld;
let client: Client;
let connection: NativeConnection;
let bank: BankProcess;
let workers: Worker[] = [];
let running: Promise<void[]>;
let cases: CaseActivities;
let road: ReturnType<typeof createRoadDriver>;
/** What the activities take for now; null: the clock on the wall. */
let pretendedNow: Date | null = null;
const walked: RecordedCase[] = [];
/** Whom the bank's side would call. */
const alarms: string[] = [];
const alarm = (code: string) => void alarms.push(code);

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  database = await createTestDatabase();
  world = await seedTestWorld(database.dataSource);
  const address = process.env['BANJIE_TEST_TEMPORAL']!;
  connection = await NativeConnection.connect({ address });
  client = new Client({ connection: await Connection.connect({ address }), namespace });
  await registerNamespace(client);
  bank = await startBankProcess();
  const ground = { dataSource: database.dataSource, cipher, now: () => pretendedNow ?? new Date() };
  cases = createCaseActivities({ ...ground, findGaps: async () => [] });
  const activities = {
    ...cases,
    ...createPayoutActivities({
      ...ground,
      bank: createBankClient(bank.url, testCallKeys()),
      finalitySeconds: 1,
      alarm,
    }),
  };
  workers = [
    await createWorker({ connection, namespace, taskQueue, workflowBundle: { codePath }, activities }),
    await createWorker({ connection, namespace, taskQueue: payoutTaskQueueOf(taskQueue), activities }),
  ];
  running = Promise.all(workers.map((worker) => worker.run()));
  const idOf = (username: string) => accountOf(world, username).id;
  road = createRoadDriver({ ...ground, client, taskQueue, idOf });
});

afterAll(async () => {
  for (const worker of workers) worker.shutdown();
  await running;
  await connection?.close();
  await client?.connection.close();
  await bank?.stop();
  await database?.drop();
});

async function start(name: string, options: TestCaseOptions = {}): Promise<string> {
  const { caseNo } = await receiveTestCase(database.dataSource, cipher, world, options);
  walked.push({ name, caseNo });
  await road.begin(caseNo);
  return caseNo;
}

const firstSend = (caseNo: string) => ({ orderNo: `${caseNo}P1`, next: 1 });

/** Two persons close the office on these days and on no others. */
async function closeOffice(dates: string[]): Promise<void> {
  const now = Number(shanghaiDate(Date.now()).slice(0, 4));
  for (const year of [now - 1, now, now + 1]) {
    const days = dates.filter((date) => date.startsWith(`${year}-`));
    await database.dataSource.transaction(async (manager) => {
      const id = await proposeChange(manager, {
        change: {
          ...{ kind: 'localClosure', agencyId: '450206', regionCode: '450200', year, makeUp: [], shortDays: [] },
          closed: days.map((date) => ({ name: `关闭 ${date}`, from: date, to: date, days: 1 })),
        },
        ...{ documentNumber: '示例文号', documentText: '示例', reason: '示例' },
        proposedBy: accountOf(world, 'admin1').id,
      });
      await approveChange(manager, id, { decidedBy: accountOf(world, 'supervisor1').id, reason: null });
    });
  }
}

describe('every road of claimApproval', () => {
  it('plain and paid; with an act refused by the rows on the way', async () => {
    const caseNo = await start('plain-paid');
    await road.toApproval(caseNo);
    await expect(road.act(caseNo, 'approver1', { act: 'approve', payableFen: 1 })).rejects.toThrow();
    await road.approveAndPay(caseNo);
  });

  it('sent back twice, the second time from finance', async () => {
    const caseNo = await start('sent-back-twice', { personIndex: 1 });
    await road.accept(caseNo);
    await road.proposeFirst(caseNo);
    await road.sendBack(caseNo, 'second1');
    await road.proposeFirst(caseNo);
    await road.proposeSecond(caseNo);
    await road.approve(caseNo);
    await road.act(caseNo, 'settle1', { act: 'preparePayout' });
    await road.sendBack(caseNo, 'finreview1');
    await road.proposeFirst(caseNo);
    await road.proposeSecond(caseNo);
    await road.approveAndPay(caseNo);
  });

  it('rejected, refused at 受理, withdrawn, nothing payable', async () => {
    const rejected = await start('rejected', { personIndex: 2 });
    await road.toApproval(rejected);
    await road.act(rejected, 'approver1', { act: 'reject', reasons: [{ code: 'RS-05' }] });
    await road.deliverAndClose(rejected);
    const refused = await start('refused-acceptance', { personIndex: 2 });
    await road.act(refused, 'initial1', { act: 'refuseAcceptance', reasons: [{ code: 'RS-01', text: '缺少原件' }] });
    await road.ended(refused);
    const withdrawn = await start('withdrawn', { personIndex: 2 });
    await road.accept(withdrawn);
    await road.withdraw(withdrawn);
    await road.ended(withdrawn);
    const nothing = await start('zero-payable', { personIndex: 2, linesFen: [1_000] });
    await road.toApproval(nothing);
    await road.approve(nothing);
    await road.deliverAndClose(nothing);
  });

  it('paused for a supplement that comes, and for one that never does', async () => {
    const items = [{ material: 'R-MT-5', text: '请补交' }];
    const asked = { act: 'askSupplement' as const, reasons: [{ code: 'RS-01' }], items };
    const paused = await start('supplement-pause', { personIndex: 3 });
    await road.accept(paused);
    await road.act(paused, 'initial1', asked);
    await road.act(paused, 'window1', { act: 'supplement', attachmentIds: [], note: '已补交' });
    await road.proposeFirst(paused);
    await road.proposeSecond(paused);
    await road.approveAndPay(paused);

    pretendedNow = farBack;
    const silent = await start('supplement-never-came', { personIndex: 3, at: farBack });
    await road.accept(silent);
    const asking = road.act(silent, 'initial1', asked);
    await road.until(silent, ({ waiting }) => waiting === 'supplement');
    pretendedNow = null;
    await asking;
    await road.until(silent, ({ waiting }) => waiting === null);
    await road.withdraw(silent);
    await road.ended(silent);
  });

  it('paused for an inquiry that is answered and one that never is; the limit extended at the second request', async () => {
    await addTestMatter(database.dataSource, timeActsMatter);
    const reasons = [{ code: 'RS-90' }];
    const received = async (name: string, at?: Date) => {
      const options = { personIndex: 5, definitionVersion: timeActsMatter.version, ...(at && { at }) };
      const { caseNo, filingId } = await receiveTestCase(database.dataSource, cipher, world, options);
      walked.push({ name, caseNo });
      await road.begin(caseNo);
      await road.accept(caseNo);
      const paper = { filingId, paper: 'inquiryLetter' as const };
      const letter = await attachTestPaper(database.dataSource, cipher, world, paper);
      const asked = { act: 'openPause' as const, kind: 'inquiry' as const, reasons, attachmentIds: [letter] };
      return { caseNo, asked };
    };
    const { caseNo, asked } = await received('clock-acts');
    await road.act(caseNo, 'initial1', { act: 'requestExtension', workingDays: 5, reasons });
    await road.act(caseNo, 'supervisor1', { act: 'refuseExtension', reasons });
    await road.act(caseNo, 'initial1', { act: 'requestExtension', workingDays: 10, reasons });
    await road.act(caseNo, 'initial1', asked);
    await road.act(caseNo, 'supervisor1', { act: 'grantExtension' });
    await road.act(caseNo, 'initial1', { act: 'closePause', attachmentIds: [] });
    await road.proposeFirst(caseNo);
    await road.proposeSecond(caseNo);
    await road.approveAndPay(caseNo);

    pretendedNow = farBack;
    const silent = await received('inquiry-never-answered', farBack);
    const asking = road.act(silent.caseNo, 'initial1', silent.asked);
    await road.until(silent.caseNo, ({ waiting }) => waiting === 'inquiry');
    pretendedNow = null;
    await asking;
    await road.until(silent.caseNo, ({ waiting }) => waiting === null);
    await road.withdraw(silent.caseNo);
    await road.ended(silent.caseNo);
  });

  it('bank: unknown then found paid, nothing received then sent again, refused then a second order', async () => {
    const unknown = await start('bank-unknown', { personIndex: 4 });
    await road.toApproval(unknown);
    await bank.setFault({ kind: 'lostReplyAfterBooking', match: firstSend(unknown) });
    await road.approveAndPay(unknown);
    const resent = await start('bank-resend', { personIndex: 4 });
    await road.toApproval(resent);
    await bank.setFault({ kind: 'lostReplyBeforeBooking', match: firstSend(resent) });
    await road.approveAndPay(resent);
    const refused = await start('bank-refused', { personIndex: 4 });
    await road.toApproval(refused);
    await road.approve(refused);
    await bank.setFault({ kind: 'refuse', match: firstSend(refused), reason: '账号不存在' });
    await road.drawAndRelease(refused);
    await road.until(refused, ({ stage }) => stage === 'preparePayout');
    await road.drawAndRelease(refused, otherPayee(world.persons[4]!.name));
    await road.deliverAndClose(refused);
  });

  it('returned by the bank after the archive, in a run of its own', async () => {
    const caseNo = await start('returned-after-archive', { personIndex: 5 });
    await road.toApproval(caseNo);
    await road.approveAndPay(caseNo);
    await database.dataSource.query(`UPDATE payout_order SET state = 'returned' WHERE order_no = $1`, [`${caseNo}P1`]);
    await client.workflow.signalWithStart(claimApprovalType, {
      workflowId: caseWorkflowId(caseNo),
      taskQueue,
      args: [{ caseNo }],
      signal: systemActSignal,
      signalArgs: [{ act: 'returnPayout', actionId: `return:${caseNo}P1` }],
    });
    await road.until(caseNo, ({ stage }) => stage === 'preparePayout');
    await road.drawAndRelease(caseNo, otherPayee(world.persons[5]!.name));
    await road.ended(caseNo);
  });

  it('called back by finance, because the account was changed under its hands and nothing was sent (M7)', async () => {
    const caseNo = await start('recalled', { personIndex: 4 });
    await road.toApproval(caseNo);
    await road.approve(caseNo);
    await road.act(caseNo, 'settle1', { act: 'preparePayout' });
    await road.act(caseNo, 'finreview1', { act: 'confirmPayout' });
    await asOwner(database.dataSource, (owner) =>
      owner.query(`UPDATE payout_order SET payee_digest = '\\x00' WHERE order_no = $1`, [`${caseNo}P1`]),
    );
    await road.act(caseNo, 'finapprove1', { act: 'releasePayout' });
    const asked = async () =>
      (await client.workflow.getHandle(caseWorkflowId(caseNo)).fetchHistory()).events!.filter(
        ({ activityTaskScheduledEventAttributes: event }) => event?.activityType?.name === 'askBank',
      );
    await eventually(asked, ({ length }) => length > 0);
    expect(alarms).toContain('payeeChanged');
    await road.act(caseNo, 'finapprove1', { act: 'recallPayout', reasons: [{ code: 'RS-14' }] });
    await road.drawAndRelease(caseNo);
    await road.deliverAndClose(caseNo);
    expect((await bank.statement()).filter(({ orderNo }) => orderNo.startsWith(caseNo))).toEqual([
      expect.objectContaining({ orderNo: `${caseNo}P2` }),
    ]);
  });

  it('breached by the timer and paid all the same', async () => {
    const caseNo = await start('breach-by-timer', { at: new Date('2026-10-19T02:00:00Z') });
    const rungs = () => rows(database.dataSource, `SELECT 1 FROM clock_rung WHERE case_no = $1`, [caseNo]);
    await eventually(rungs, ({ length }) => length > 0);
    await road.toApproval(caseNo);
    await road.approveAndPay(caseNo);
  });

  it('looked at again, because the rows knew more than the run', async () => {
    const caseNo = await start('looked-again', { personIndex: 5 });
    await road.accept(caseNo);
    // In the rows alone, as after a crash of the engine between commit and answer.
    const { actionId, act, actorId, seenSeq } = await road.keep(caseNo, 'window1', { act: 'withdraw' });
    await cases.commitAct({ caseNo, actionId, act, actorId, seq: seenSeq + 1 });
    await client.workflow.getHandle(caseWorkflowId(caseNo)).signal(lookAgainSignal);
    await road.ended(caseNo);
  });

  it('in two runs, because the bank was silent for so long that the history of the first grew too long', async () => {
    const caseNo = await start('went-on-anew', { personIndex: 1 });
    await road.toApproval(caseNo);
    await bank.setFault({ kind: 'outage', match: {} });
    await road.approve(caseNo);
    await road.drawAndRelease(caseNo);
    await road.untilNewRun(caseNo);
    await bank.clearFaults();
    await road.deliverAndClose(caseNo);
  });

  it('moved to another version in the middle, and back', async () => {
    const caseNo = await start('moved-and-back', { personIndex: 4 });
    await road.accept(caseNo);
    const { dataSource } = database;
    const [proposer, approver] = ['admin1', 'supervisor1'].map((username) => accountOf(world, username).id);
    const later = { ...inpatientReimbursement, version: 2 };
    await asOwner(dataSource, (owner) => owner.transaction((manager) => seedDefinitions(manager, [later])));
    const moveId = await dataSource.transaction((manager) =>
      addCaseMove(
        manager,
        {
          ...{ agencyId: '450206', matter: later.matter, fromVersion: 1, toVersion: 2, stageMap: {}, filter: {} },
          ...{ reason: '示例', undoHours: 1, proposedBy: proposer!, at: new Date() },
        },
        [{ caseNo, possible: true, plan: {} }],
      ),
    );
    const event = { moveId, actorId: approver!, at: new Date() };
    const tell = (act: MoveAct) =>
      client.workflow
        .getHandle(caseWorkflowId(caseNo))
        .signal(systemActSignal, { act, actionId: moveActionId(act, moveId, caseNo) });
    await addMoveEvent(dataSource, { ...event, kind: 'approved' });
    await tell('migrateDefinition');
    await road.until(caseNo, ({ seq }) => seq === 3);
    await addMoveEvent(dataSource, { ...event, kind: 'undoRequested' });
    await tell('undoMigration');
    await road.until(caseNo, ({ seq }) => seq === 4);
    await road.withdraw(caseNo);
    await road.ended(caseNo);
  });

  it('told of an earlier rung by a changed calendar, and not left to wait for the old one', async () => {
    const calendar = calendarFor('450200');
    const today = parseDate(shanghaiDate(Date.now()));
    const workingDays = Array.from({ length: 50 }, (_, index) => formatDay(today - 20 + index)).filter((date) =>
      isWorkingDay(calendar, date),
    );
    const past = workingDays.filter((date) => parseDate(date) < today);
    const receivedOn = past.at(-3)!;
    // Closed from the day after for weeks: K-01 is due long from now, and so is its first rung.
    const closed = workingDays.filter((date) => date > receivedOn);
    await closeOffice(closed);
    const { caseNo } = await receiveTestCase(database.dataSource, cipher, world, {
      ...{ personIndex: 5, at: new Date(`${receivedOn}T02:00:00Z`) },
    });
    await road.begin(caseNo);
    const rungs = () =>
      rows<{ detected_by: string }>(
        database.dataSource,
        `SELECT detected_by FROM clock_rung WHERE case_no = $1 AND clock = 'K-01' AND rung = 'due'`,
        [caseNo],
      );
    await client.workflow.getHandle(caseWorkflowId(caseNo)).query('position');
    expect(await rungs()).toEqual([]);

    // It was open all the while: the limit ended days ago.
    await closeOffice([]);
    while (await reprojectStep(database.dataSource)) continue;
    const told = await rows(database.dataSource, `SELECT 1 FROM outbox WHERE topic = 'lookAgain' AND case_no = $1`, [
      caseNo,
    ]);
    expect(told).toHaveLength(1);
    expect(await rungs()).toEqual([]);
    await client.workflow.getHandle(caseWorkflowId(caseNo)).signal(lookAgainSignal);
    expect(await eventually(rungs, ({ length }) => length > 0)).toEqual([{ detected_by: 'system:timer' }]);
    await road.accept(caseNo);
    await road.withdraw(caseNo);
    await road.ended(caseNo);
  });

  it('an act and a rung in one task, by a worker that comes back', async () => {
    const options = {
      ...{ connection, namespace, taskQueue: 'meeting', workflowBundle: { codePath }, activities: cases },
    };
    const working = async () => {
      const worker = await createWorker({ ...options, stickyQueueScheduleToStartTimeout: '1 second' });
      const run = worker.run();
      return async () => {
        worker.shutdown();
        await run;
      };
    };
    const at = new Date('2026-10-19T02:00:00Z');
    const { caseNo } = await receiveTestCase(database.dataSource, cipher, world, { personIndex: 3, at });
    walked.push({ name: 'act-meets-rung', caseNo });
    const [{ next }] = (await rows<{ next: Date }>(
      database.dataSource,
      `SELECT next_rung_at AS next FROM cases WHERE case_no = $1`,
      [caseNo],
    )) as [{ next: Date }];
    pretendedNow = new Date(next.getTime() - 2_000);
    let stop = await working();
    const handle = await client.workflow.start(claimApprovalType, {
      ...{ workflowId: caseWorkflowId(caseNo), taskQueue: 'meeting', args: [{ caseNo }] as [{ caseNo: string }] },
    });
    const timers = async () =>
      (await handle.fetchHistory()).events!.filter(({ timerStartedEventAttributes }) => timerStartedEventAttributes);
    await eventually(timers, ({ length }) => length === 2);
    await stop();
    pretendedNow = new Date(next.getTime() + 60_000);
    const fired = async () => (await handle.fetchHistory()).events!.filter((e) => e.timerFiredEventAttributes);
    await eventually(fired, ({ length }) => length === 2);
    const accepting = road.accept(caseNo);
    stop = await working();
    await accepting;
    pretendedNow = null;
    await road.withdraw(caseNo);
    await road.ended(caseNo);
    await stop();
  });

  it('replays each of them with the code of today', async () => {
    const stored = join(__dirname, '../../../workflows/test/histories');
    const folder = process.env['BANJIE_RECORD'] === '1' ? stored : mkdtempSync(join(tmpdir(), 'banjie-histories-'));
    const files = await recordHistories(client, walked, folder);
    // Two cases went on in a run of their own.
    expect(files).toHaveLength(walked.length + 2);
    const histories = files.map((file) => ({ workflowId: file, history: readHistory(join(folder, file)) }));
    const faults: string[] = [];
    for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: { codePath } }, histories))
      if (error) faults.push(`${workflowId}: ${error.message}`);
    expect(faults).toEqual([]);
    // A road that is walked here is a road that is kept.
    expect(readdirSync(stored)).toEqual(expect.arrayContaining(files));
    if (folder !== stored) rmSync(folder, { recursive: true });
  });

  it('records the cases of a demo by its JSON', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'banjie-demo-histories-'));
    const demo = join(folder, 'demo.json');
    // The third went the road of the first, and is told once.
    const caseNos = [0, 1, 0].map((index) => walked[index]!.caseNo);
    writeFileSync(
      demo,
      JSON.stringify({
        run: 'x',
        packages: [
          { name: 'twice-filed', caseNos },
          { name: 'dates', caseNos: [] },
        ],
      }),
    );
    const { stdout } = await promisify(execFile)(process.execPath, [
      join(__dirname, '../dist/record-histories.js'),
      ...['--address', process.env['BANJIE_TEST_TEMPORAL']!, '--namespace', namespace, '--demo', demo, '--out', folder],
    ]);
    expect(stdout).toContain('2 个历史');
    expect(readdirSync(folder).sort()).toEqual(['demo-twice-filed-case-2.json', 'demo-twice-filed.json', 'demo.json']);
    rmSync(folder, { recursive: true });
  });
});

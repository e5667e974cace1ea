import { randomUUID } from 'node:crypto';
import {
  createBankClient,
  createBatchActivities,
  createCaseActivities,
  createPayoutActivities,
} from '@banjie/activities';
import {
  bankStatementSchema,
  caseTaskQueue,
  caseWorkflowId,
  claimApprovalType,
  payoutTaskQueueOf,
  type ActAnswer,
  type CaseView,
  type ErrorAnswer,
} from '@banjie/contracts';
import type { Post, SystemAct } from '@banjie/domain';
import {
  accountDigest,
  createStaffAccount,
  hashPassword,
  lastBankEntryNo,
  recordBankEntry,
  recordBankReceipt,
  rows,
} from '@banjie/persistence';
import {
  eventually,
  ownNamespace,
  receiveTestCase,
  startBankProcess,
  startTestApi,
  testCallKeys,
  testCipher,
  type BankProcess,
  type TestApi,
  type TestCaseOptions,
  type TestClient,
} from '@banjie/testing';
import { lookAgainSignal, systemActSignal } from '@banjie/workflows/messages';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';

const cipher = testCipher();

export const staffOfRoad = [
  ...(['window1', 'initial1', 'second1', 'approver1'] as const),
  ...(['settle1', 'finreview1', 'finapprove1'] as const),
];
export type OfRoad = (typeof staffOfRoad)[number];

/** The API with real workers on Temporal and the bank as a process: cases are walked to their money over HTTP. */
export interface PayingApi {
  api: TestApi;
  bank: BankProcess;
  as: Record<OfRoad, TestClient>;
  /** New persons of the agency with these posts, signed in, in their order. */
  newStaff(posts: readonly Post[][]): Promise<{ id: string; client: TestClient }[]>;
  receive(options?: TestCaseOptions): Promise<string>;
  view(caseNo: string): Promise<CaseView>;
  /** Does an act on the case as it is seen now; answers the stage it led to, or the code of the refusal. */
  act(caseNo: string, who: OfRoad | TestClient, body: { act: string; [field: string]: unknown }): Promise<string>;
  /** 受理 … 审批 with the amount that was computed; the case stands at 拨付制定 then. */
  approve(caseNo: string): Promise<void>;
  /** 拨付制定 with `drawing`, 财务复核 and 财务审批, and the bank's word on it. */
  pay(caseNo: string, drawing?: Record<string, unknown>): Promise<CaseView>;
  atStage(caseNo: string, stage: string): Promise<CaseView>;
  /** Takes the bank's statement over, and tells the cases of what came back. */
  readStatement(): Promise<void>;
  /** Starts the run of a case that goes on, as the relay in jobs does. */
  wake(caseNo: string): Promise<void>;
  /** Tells a case that an order of it came back, as the relay does. */
  tellReturn(caseNo: string, orderNo: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startPayingApi(namespace: string): Promise<PayingApi> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const [api, bank] = await Promise.all([
    startTestApi({ TEMPORAL_NAMESPACE: await ownNamespace(namespace) }),
    startBankProcess(),
  ]);
  const { dataSource } = api.database;
  const address = process.env['BANJIE_TEST_TEMPORAL']!;
  const [connection, clientConnection] = await Promise.all([
    NativeConnection.connect({ address }),
    Connection.connect({ address }),
  ]);
  const temporal = new Client({ connection: clientConnection, namespace });
  const toBank = { dataSource, cipher, bank: createBankClient(bank.url, testCallKeys()), finalitySeconds: 1 };
  const payouts = createPayoutActivities(toBank);
  const activities = {
    ...createCaseActivities({ dataSource, cipher, findGaps: async () => [] }),
    ...payouts,
    // One case to a transaction, so that a batch of three has several of them and both lanes have work.
    ...createBatchActivities({ dataSource, cipher, payouts, exchange: toBank, casesAtOnce: 1 }),
  };
  const codePath = require.resolve('@banjie/workflows/bundle');
  const workers = await Promise.all([
    Worker.create({ connection, namespace, taskQueue: caseTaskQueue, workflowBundle: { codePath }, activities }),
    Worker.create({ connection, namespace, taskQueue: payoutTaskQueueOf(caseTaskQueue), activities }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  const clients = await Promise.all(staffOfRoad.map(async (name) => [name, await api.signIn(name)] as const));
  const as = Object.fromEntries(clients) as PayingApi['as'];

  const view: PayingApi['view'] = async (caseNo) => (await as.finreview1.get<CaseView>(`/api/cases/${caseNo}`)).body;
  const atStage: PayingApi['atStage'] = (caseNo, stage) =>
    eventually(
      () => view(caseNo),
      (seen) => seen.stage === stage,
      20_000,
    );
  const act: PayingApi['act'] = async (caseNo, who, wanted) => {
    const client = typeof who === 'string' ? as[who] : who;
    const { seq } = await view(caseNo);
    const body = { actionId: randomUUID(), seenSeq: seq, ...wanted };
    const answer = await client.post<ActAnswer & ErrorAnswer>(`/api/cases/${caseNo}/acts`, body);
    return answer.status === 200 ? answer.body.stage : answer.body.code;
  };
  const done = async (caseNo: string, who: OfRoad, wanted: { act: string; [field: string]: unknown }) => {
    const { stage } = await view(caseNo);
    const led = await act(caseNo, who, wanted);
    if (led === stage || /^[A-Z_]+$/.test(led)) throw new Error(`${wanted.act} at ${stage}: ${led}`);
  };

  return {
    ...{ api, bank, as, view, atStage, act },
    async newStaff(posts) {
      const hash = await hashPassword(api.world.password);
      return Promise.all(
        posts.map(async (held, n) => {
          const entry = { agencyId: '450206', username: `staff${n}`, displayName: `经办${n}`, posts: held };
          const id = await createStaffAccount(dataSource, entry, hash);
          return { id: id!, client: await api.signIn(entry.username) };
        }),
      );
    },
    receive: async (options) => (await receiveTestCase(dataSource, cipher, api.world, options)).caseNo,
    async approve(caseNo) {
      await done(caseNo, 'initial1', { act: 'accept' });
      await done(caseNo, 'initial1', { act: 'propose', outcome: 'pass', deductions: [] });
      await done(caseNo, 'second1', { act: 'propose', outcome: 'pass' });
      await done(caseNo, 'approver1', { act: 'approve', payableFen: (await view(caseNo)).proposedFen });
    },
    async pay(caseNo, drawing = {}) {
      await done(caseNo, 'settle1', { act: 'preparePayout', ...drawing });
      await done(caseNo, 'finreview1', { act: 'confirmPayout' });
      await done(caseNo, 'finapprove1', { act: 'releasePayout' });
      return eventually(
        () => view(caseNo),
        ({ stage }) => stage !== 'pay',
        20_000,
      );
    },
    async readStatement() {
      const after = await lastBankEntryNo(dataSource.manager);
      const page = await bank.file(`/ledger/entries?after=${after}&limit=5000`);
      const { entries, receipts } = bankStatementSchema.parse(JSON.parse(page.toString('utf8')));
      for (const { purpose, payerAccount, ...receipt } of receipts) {
        const party = { accountDigest: payerAccount === null ? null : accountDigest(cipher, payerAccount) };
        const what = { isInterest: purpose === 'interest', isFromFiscalAccount: false };
        await dataSource.transaction((manager) => recordBankReceipt(manager, { ...receipt, ...party, ...what }));
      }
      for (const entry of entries) {
        const taken = { ...entry, accountDigest: accountDigest(cipher, entry.payeeAccount) };
        await dataSource.transaction((manager) => recordBankEntry(manager, taken));
      }
      const woken = await rows<{ case_no: string; payload: { act: SystemAct; actionId: string } }>(
        dataSource,
        `SELECT case_no, payload FROM outbox WHERE topic = 'wakeCase' AND payload->>'act' = 'returnPayout'`,
      );
      for (const { case_no: caseNo, payload } of woken) {
        await temporal.workflow.signalWithStart(claimApprovalType, {
          ...{ workflowId: caseWorkflowId(caseNo), taskQueue: caseTaskQueue, args: [{ caseNo }] },
          ...{ signal: systemActSignal, signalArgs: [payload] },
        });
      }
    },
    async wake(caseNo) {
      await temporal.workflow.signalWithStart(claimApprovalType, {
        ...{ workflowId: caseWorkflowId(caseNo), taskQueue: caseTaskQueue, args: [{ caseNo }] },
        ...{ signal: lookAgainSignal, signalArgs: [] },
      });
    },
    async tellReturn(caseNo, orderNo) {
      const told = { act: 'returnPayout' as const, actionId: `return:${orderNo}` };
      await temporal.workflow.signalWithStart(claimApprovalType, {
        ...{ workflowId: caseWorkflowId(caseNo), taskQueue: caseTaskQueue, args: [{ caseNo }] },
        ...{ signal: systemActSignal, signalArgs: [told] },
      });
    },
    async stop() {
      for (const worker of workers) worker.shutdown();
      await running;
      await connection.close();
      await clientConnection.close();
      await bank.stop();
      await api.stop();
    },
  };
}

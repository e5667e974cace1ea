import { randomUUID } from 'node:crypto';
import { createBankClient, createCaseActivities, createPayoutActivities } from '@banjie/activities';
import { payoutTaskQueueOf } from '@banjie/contracts';
import { shanghaiDate, type CrossRegionFilingKind, type OutsideReason } from '@banjie/domain';
import { addCrossRegionFiling, findCase, findInsuredPerson, rows, walkAudit } from '@banjie/persistence';
import {
  accountOf,
  createTestDatabase,
  receiveTestCase,
  seedTestWorld,
  startBankProcess,
  testCallKeys,
  testCipher,
  type BankProcess,
  type TestDatabase,
  type TestWorld,
} from '@banjie/testing';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createRoadDriver } from '../test/road-driver';

const cipher = testCipher();
const namespace = process.env['BANJIE_TEST_NAMESPACE'] ?? 'banjie-test';
const taskQueue = `cases-${randomUUID()}`;

let database: TestDatabase;
let world: TestWorld;
let clientConnection: Connection;
let connection: NativeConnection;
let bank: BankProcess;
let workers: Worker[] = [];
let running: Promise<void[]>;
let road: ReturnType<typeof createRoadDriver>;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  database = await createTestDatabase();
  world = await seedTestWorld(database.dataSource);
  const address = process.env['BANJIE_TEST_TEMPORAL']!;
  connection = await NativeConnection.connect({ address });
  clientConnection = await Connection.connect({ address });
  const client = new Client({ connection: clientConnection, namespace });
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
  const workflowBundle = { codePath: require.resolve('@banjie/workflows/bundle') };
  workers = [
    await Worker.create({ connection, namespace, taskQueue, workflowBundle, activities }),
    await Worker.create({ connection, namespace, taskQueue: payoutTaskQueueOf(taskQueue), activities }),
  ];
  running = Promise.all(workers.map((worker) => worker.run()));
  const idOf = (username: string) => accountOf(world, username).id;
  road = createRoadDriver({ dataSource, cipher, client, taskQueue, idOf });
});

afterAll(async () => {
  for (const worker of workers) worker.shutdown();
  await running;
  await connection?.close();
  await clientConnection?.close();
  await bank?.stop();
  await database?.drop();
});

const guangzhou = { hospitalCode: 'H44010000101', regionCode: '440100' };
const nanning = { hospitalCode: 'H45010300101', regionCode: '450100' };

interface Filed {
  kind: CrossRegionFilingKind;
  filedOn: string;
  validFrom?: string;
  validTo?: string;
  certificateIssuedOn?: string;
}

/** 参保乙 (居民): 三级 60 %, 起付标准 800; 参保甲 (职工): 三级 84 %, 600. The rows are examples of 450200. */
async function begin(
  filed: Filed | null,
  {
    place = guangzhou,
    reason = 'emergency' as OutsideReason,
    rescue = false,
    admissionDate = '2026-09-21',
    personIndex = 0,
  } = {},
): Promise<string> {
  // Each story has a person of its own filings: what an earlier one filed is of another place or day, or it would be found.
  if (filed) {
    const person = await findInsuredPerson(database.dataSource, cipher, world.persons[personIndex]!.idNumber);
    await addCrossRegionFiling(database.dataSource, {
      ...{
        personId: person!.id,
        agencyId: '450206',
        caseNo: null,
        hospitalCodes: [],
        targetRegionCode: place.regionCode,
      },
      ...{ kind: filed.kind, filedOn: filed.filedOn, validFrom: filed.validFrom ?? filed.filedOn },
      validTo: filed.validTo ?? null,
      source: filed.certificateIssuedOn ? { certificateIssuedOn: filed.certificateIssuedOn } : {},
    });
  }
  const { caseNo } = await receiveTestCase(database.dataSource, cipher, world, {
    ...{ matter: 'crossRegionReimbursement', hospitalCode: place.hospitalCode, personIndex },
    ...{ linesFen: [1_000_000, 333_333], dischargeDate: '2026-10-20' },
    stay: { admissionDate, outsideReason: reason, rescue },
  });
  await road.begin(caseNo);
  return caseNo;
}

const stored = async (caseNo: string) => {
  const [row] = await rows<{
    payable: number;
    trace: { step: string; effect: string; ruleId: string; clause: string; valueFen?: number }[];
    ruling: { ruleId: string; filingId: string | null; policyId: number };
  }>(
    database.dataSource,
    `SELECT payable_fen AS payable, trace, cross_region AS ruling FROM benefit_result WHERE case_no = $1 ORDER BY seq DESC LIMIT 1`,
    [caseNo],
  );
  return row!;
};
const clocksOf = async (caseNo: string) => {
  const record = await findCase(database.dataSource.manager, caseNo);
  return Object.fromEntries(
    record!.clocks.map(({ clock, state, stoppedAt, startedAt }) => [clock, { state, stoppedAt, startedAt }]),
  );
};
const deliver = (caseNo: string, username = 'window1') =>
  road.act(caseNo, username, {
    ...{ act: 'deliver' as const, way: 'window' as const, receiver: '本人', deliveredOn: shanghaiDate(Date.now()) },
  });

/** Worked out by hand in whole 分: 13,333.33 of 甲类 cost, less the deductible, times (ratio − cut), half up once. */
const oracle = (deductibleFen: number, ratioBp: number, cutBp: number) =>
  Number((BigInt(1_333_333 - deductibleFen) * BigInt(ratioBp - cutBp) * 2n + 10_000n) / 20_000n);

describe('P-02 on real servers', () => {
  // 2026-09-21 is a Monday; 2026-09-20 a working Sunday, 25–27 September closed: day 5 of the admission is 2026-09-29.
  it.each<[string, Parameters<typeof begin>, string, number, [number, number]]>([
    [
      'filed in time',
      [{ kind: 'emergency', filedOn: '2026-09-29', validFrom: '2026-09-21' }],
      'R-RT-05',
      0,
      [60_000, 8400],
    ],
    [
      'late',
      [{ kind: 'emergency', filedOn: '2026-09-30', validFrom: '2026-09-21' }, { personIndex: 1 }],
      'R-RT-06',
      2000,
      [80_000, 6000],
    ],
    ['none, inside 广西', [null, { place: nanning, personIndex: 2 }], 'R-RT-06', 1500, [80_000, 6000]],
    ['rescue', [null, { rescue: true, personIndex: 2 }], 'R-RT-07', 0, [80_000, 6000]],
    [
      'referral valid, inside 广西',
      [
        { kind: 'referral', filedOn: '2026-07-01', certificateIssuedOn: '2026-06-30' },
        { place: nanning, reason: 'referral', personIndex: 1 },
      ],
      'R-RT-01',
      500,
      [80_000, 6000],
    ],
    [
      // 参保戊 has the referral to 广州 of the demo: filed 2026-03-02, ended 2026-06-02 (K-21).
      'referral expired',
      [null, { reason: 'referral', personIndex: 4 }],
      'R-RT-02',
      2000,
      [80_000, 6000],
    ],
    [
      'long-term, filed (参保丁, 南宁)',
      [null, { place: nanning, reason: 'longTerm', personIndex: 3 }],
      'R-RT-03',
      0,
      [60_000, 8400],
    ],
  ])('%s', async (_, [filed, options], ruleId, cutBp, [deductibleFen, ratioBp]) => {
    const caseNo = await begin(filed, options);
    await road.toApproval(caseNo);
    const { payable, trace, ruling } = await stored(caseNo);
    expect(payable).toBe(oracle(deductibleFen, ratioBp, cutBp));
    const cut = trace.find(({ step }) => step === 'crossRegionCut');
    expect(cut).toMatchObject({ ruleId, clause: expect.stringMatching(/第/) });
    expect(ruling).toMatchObject({ ruleId, cutBp, policyId: expect.any(Number) });
    const side = (effect: string) => trace.reduce((sum, e) => sum + (e.effect === effect ? (e.valueFen ?? 0) : 0), 0);
    expect(side('adds') - side('takes')).toBe(payable);
  });

  it('stops K-05 at 审批 and starts K-03 there; delivered first, the case closes when the money has left', async () => {
    const caseNo = await begin(null, { place: nanning, reason: 'other', personIndex: 2 });
    await road.toApproval(caseNo);
    expect(await clocksOf(caseNo)).toMatchObject({ 'K-01': { state: 'stopped' }, 'K-05': { state: 'running' } });
    await road.approve(caseNo);
    const decided = await clocksOf(caseNo);
    expect(decided).toMatchObject({
      'K-05': { state: 'stopped' },
      'K-03': { state: 'running', startedAt: decided['K-05']!.stoppedAt },
    });

    await road.act(caseNo, 'settle1', { act: 'preparePayout' });
    const before = await road.head(caseNo);
    await deliver(caseNo);
    expect(await road.head(caseNo)).toMatchObject({ stage: 'financeReview', seq: before.seq + 1 });
    expect((await clocksOf(caseNo))['K-03']!.state).toBe('stopped');
    const tasks = await rows(database.dataSource, `SELECT stage FROM task WHERE case_no = $1 AND state = 'open'`, [
      caseNo,
    ]);
    expect(tasks).toEqual([{ stage: 'financeReview' }]);
    await expect(deliver(caseNo)).rejects.toMatchObject({ cause: { type: 'ACT_NOT_ALLOWED' } });
    const toReview = { act: 'sendBack' as const, toStage: 'initialReview' as const, reasons: [{ code: 'RS-14' }] };
    await expect(road.act(caseNo, 'finreview1', toReview)).rejects.toMatchObject({
      cause: { type: 'ALREADY_DELIVERED' },
    });

    await road.act(caseNo, 'finreview1', { act: 'confirmPayout' });
    await road.act(caseNo, 'finapprove1', { act: 'releasePayout' });
    await road.ended(caseNo);
    expect(await road.head(caseNo)).toMatchObject({ stage: 'closed' });
  });

  it('paid first, the case waits for the delivery', async () => {
    const caseNo = await begin(null, { place: nanning, reason: 'other', personIndex: 1, admissionDate: '2026-10-12' });
    await road.toApproval(caseNo);
    await road.approveAndPay(caseNo);
    expect(await road.head(caseNo)).toMatchObject({ stage: 'closed' });
  });

  it('does not wait for a bank that is silent: the result is handed over while the order is 未知', async () => {
    const caseNo = await begin(null, { place: nanning, reason: 'other', personIndex: 0, admissionDate: '2026-10-13' });
    await road.toApproval(caseNo);
    await road.approve(caseNo);
    const orderNo = `${caseNo}P1`;
    await bank.setFault({ kind: 'lostReplyAfterBooking', match: { orderNo, next: 1 } });
    await bank.setFault({ kind: 'outage', match: { orderNo } });
    await road.drawAndRelease(caseNo);
    await road.until(caseNo, ({ stage }) => stage === 'pay');
    await deliver(caseNo, 'initial2');
    expect(await road.head(caseNo)).toMatchObject({ stage: 'pay' });
    await bank.clearFaults();
    await road.ended(caseNo);
    const sends = await rows(
      database.dataSource,
      `SELECT 1 FROM payout_attempt WHERE order_no = $1 AND kind = 'send'`,
      [`${caseNo}P1`],
    );
    const booked = (await bank.statement()).filter(({ orderNo }) => orderNo === `${caseNo}P1`);
    expect([sends.length, booked.length]).toEqual([1, 1]);
  });

  it('returns from finance with another account once the result is delivered', async () => {
    const caseNo = await begin(null, { place: nanning, reason: 'other', personIndex: 3, admissionDate: '2026-10-14' });
    await road.toApproval(caseNo);
    await road.approve(caseNo);
    await road.act(caseNo, 'settle1', { act: 'preparePayout' });
    await deliver(caseNo);
    await road.act(caseNo, 'finreview1', { act: 'sendBack', toStage: 'preparePayout', reasons: [{ code: 'RS-15' }] });
    const states = () =>
      rows<{ state: string }>(database.dataSource, `SELECT state FROM payout_order WHERE case_no = $1`, [caseNo]);
    expect(await states()).toEqual([{ state: 'void' }]);
    const decisions = await rows(
      database.dataSource,
      `SELECT 1 FROM decision WHERE case_no = $1 AND voided_at IS NULL`,
      [caseNo],
    );
    expect(decisions).toHaveLength(1);
  });

  it('leaves chains that hold', async () => {
    expect((await walkAudit(database.dataSource, cipher)).faults).toEqual([]);
  });
});

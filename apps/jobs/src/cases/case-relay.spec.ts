import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { caseWorkflowId } from '@banjie/contracts';
import { addOutbox, keepActBody, rows } from '@banjie/persistence';
import {
  accountOf,
  asOwner,
  createTestDatabase,
  drawTestOrder,
  receiveTestCase,
  seedTestWorld,
  testCipher,
  type TestDatabase,
  type TestWorld,
} from '@banjie/testing';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import type { Settings } from '../settings';
import { TemporalClient } from '../temporal-client';
import { ActBodySweeper } from './act-bodies';
import { CaseRelay } from './case-relay';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
let database: TestDatabase;
let world: TestWorld;
let connection: Connection;
let client: Client;
const opened: TemporalClient[] = [];
const started: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  world = await seedTestWorld(database.dataSource);
  connection = await Connection.connect({ address: process.env['BANJIE_TEST_TEMPORAL']! });
  client = new Client({ connection, namespace: process.env['BANJIE_TEST_NAMESPACE']! });
});
afterAll(async () => {
  for (const caseNo of started) {
    await client.workflow
      .getHandle(caseWorkflowId(caseNo))
      .terminate('end of the spec')
      .catch(() => undefined);
  }
  for (const temporal of opened) await temporal.onApplicationShutdown();
  await connection?.close();
  await database?.drop();
});

function relay(address = process.env['BANJIE_TEST_TEMPORAL']!, rhythm = {}): CaseRelay {
  const settings = {
    environment: { TEMPORAL_ADDRESS: address },
    temporalNamespace: process.env['BANJIE_TEST_NAMESPACE'],
    rhythm: { startAfterMs: 0, leaseMs: 300, unstartedAfterMs: 0, standingAfterMs: 600_000, ...rhythm },
  } as unknown as Settings;
  const temporal = new TemporalClient(settings);
  opened.push(temporal);
  return new CaseRelay(database.dataSource, temporal, settings, quiet);
}

/** Nobody works on these cases: what is proved is what reaches the server. */
async function newCase(): Promise<string> {
  const caseNo = `spec-${randomUUID()}`;
  started.push(caseNo);
  await receiveTestCase(database.dataSource, testCipher(), world, { caseNo });
  return caseNo;
}

const stateOf = async (caseNo: string) => {
  const [row] = await rows<{ started: boolean; done: boolean }>(
    database.dataSource,
    `SELECT c.workflow_started_at IS NOT NULL AS started, o.done_at IS NOT NULL AS done
     FROM cases c JOIN outbox o ON o.case_no = c.case_no AND o.topic = 'startCase' WHERE c.case_no = $1`,
    [caseNo],
  );
  return row;
};

const runOf = (caseNo: string) =>
  client.workflow
    .getHandle(caseWorkflowId(caseNo))
    .describe()
    .then(
      ({ runId, status, type }) => ({ runId, status: status.name, type }),
      (error: unknown) => {
        if (error instanceof WorkflowNotFoundError) return null;
        throw error;
      },
    );

async function signalsOf(caseNo: string): Promise<unknown[]> {
  const { events } = await client.workflow.getHandle(caseWorkflowId(caseNo)).fetchHistory();
  return (events ?? []).flatMap((event) => {
    const signal = event.workflowExecutionSignaledEventAttributes;
    const data = signal?.input?.payloads?.[0]?.data;
    return signal && data
      ? [{ name: signal.signalName, body: JSON.parse(Buffer.from(data).toString()) as unknown }]
      : [];
  });
}

async function signalNamesOf(caseNo: string): Promise<string[]> {
  const { events } = await client.workflow.getHandle(caseWorkflowId(caseNo)).fetchHistory();
  return (events ?? []).flatMap((event) => event.workflowExecutionSignaledEventAttributes?.signalName ?? []);
}

const leaveWake = (caseNo: string, act: string) =>
  database.dataSource.transaction((manager) =>
    addOutbox(manager, {
      topic: 'wakeCase',
      caseNo,
      key: `${act}:${caseNo}`,
      payload: { act, actionId: `${act}:${caseNo}` },
    }),
  );

describe('lookAgain', () => {
  const leaveLook = (caseNo: string) =>
    database.dataSource.transaction((manager) =>
      addOutbox(manager, { topic: 'lookAgain', caseNo, key: `lookAgain:2:${caseNo}`, payload: {} }),
    );
  const looksOf = async (caseNo: string) => {
    const { events } = await client.workflow.getHandle(caseWorkflowId(caseNo)).fetchHistory();
    return (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'lookAgain');
  };
  const waiting = () => rows(database.dataSource, `SELECT 1 FROM outbox WHERE topic = 'lookAgain' AND done_at IS NULL`);

  it('tells the run of a case, and starts none for one that has no run', async () => {
    const [running, unstarted, gone] = [await newCase(), await newCase(), await newCase()];
    await relay().relayStarts();
    await database.dataSource.query(`UPDATE cases SET workflow_started_at = NULL WHERE case_no = $1`, [unstarted]);
    await client.workflow.getHandle(caseWorkflowId(gone)).terminate('spec');
    for (const caseNo of [running, unstarted, gone]) await leaveLook(caseNo);
    await relay().relayLooks();
    expect(await looksOf(running)).toHaveLength(1);
    expect([...(await looksOf(unstarted)), ...(await looksOf(gone))]).toEqual([]);
    expect((await runOf(gone))!.status).toBe('TERMINATED');
    expect(await waiting()).toEqual([]);
  });

  it('tells a few at a time, the first ones first', async () => {
    const caseNo = await newCase();
    await database.dataSource.query(
      `INSERT INTO outbox (topic, case_no, key, payload)
       SELECT 'lookAgain', $1, 'lookAgain:3:' || n, '{}' FROM generate_series(1, 260) n`,
      [caseNo],
    );
    expect(await relay().relayLooks()).toBe(200);
    const [left] = await rows<{ least: number; n: number }>(
      database.dataSource,
      `SELECT min(split_part(key, ':', 3)::int)::int AS least, count(*)::int AS n FROM outbox
       WHERE topic = 'lookAgain' AND done_at IS NULL`,
    );
    expect(left).toEqual({ least: 201, n: 60 });
    expect(await relay().relayLooks()).toBe(60);
  });
});

describe('startCase', () => {
  it('starts the workflow of a case, and twice is once', async () => {
    const caseNo = await newCase();
    await relay().relayStarts();
    expect(await stateOf(caseNo)).toEqual({ started: true, done: true });
    const run = await runOf(caseNo);
    expect(run).toMatchObject({ status: 'RUNNING', type: 'claimApproval' });
    await database.dataSource.query(`UPDATE outbox SET done_at = NULL, dispatched_at = NULL WHERE case_no = $1`, [
      caseNo,
    ]);
    await database.dataSource.query(`UPDATE cases SET workflow_started_at = NULL WHERE case_no = $1`, [caseNo]);
    await relay().relayStarts();
    expect(await runOf(caseNo)).toEqual(run);
  });

  it('leaves a case alone that the API has started', async () => {
    const caseNo = await newCase();
    await database.dataSource.query(`UPDATE cases SET workflow_started_at = now() WHERE case_no = $1`, [caseNo]);
    await relay().relayStarts();
    expect(await stateOf(caseNo)).toEqual({ started: true, done: true });
    expect(await runOf(caseNo)).toBeNull();
  });

  it('gives the API its moment', async () => {
    const caseNo = await newCase();
    await relay(undefined, { startAfterMs: 60_000 }).relayStarts();
    expect(await stateOf(caseNo)).toEqual({ started: false, done: false });
  });

  it('keeps the duty while Temporal is away, and is shared by several relays without loss', async () => {
    const caseNos = await Promise.all(Array.from({ length: 12 }, newCase));
    await expect(relay('127.0.0.1:1').relayStarts()).rejects.toThrow();
    for (const caseNo of caseNos) expect(await stateOf(caseNo)).toEqual({ started: false, done: false });
    await sleep(400); // the lease of the relay that failed
    await Promise.all([relay().relayStarts(), relay().relayStarts(), relay().relayStarts()]);
    for (const caseNo of caseNos) expect(await stateOf(caseNo)).toEqual({ started: true, done: true });
  });

  it('is found by the cases themselves when the row is gone', async () => {
    const caseNo = await newCase();
    await asOwner(database.dataSource, (owner) => owner.query(`DELETE FROM outbox WHERE case_no = $1`, [caseNo]));
    await expect(relay().startForgotten()).resolves.toBeGreaterThanOrEqual(1);
    expect(await runOf(caseNo)).toMatchObject({ status: 'RUNNING' });
    const [row] = await rows<{ started: boolean }>(
      database.dataSource,
      `SELECT workflow_started_at IS NOT NULL AS started FROM cases WHERE case_no = $1`,
      [caseNo],
    );
    expect(row?.started).toBe(true);
  });
});

describe('wakeCase', () => {
  it('tells a running case', async () => {
    const caseNo = await newCase();
    await relay().relayStarts();
    const run = await runOf(caseNo);
    await leaveWake(caseNo, 'settlePayout');
    await expect(relay().relayWakes()).resolves.toBe(1);
    expect(await signalsOf(caseNo)).toEqual([
      { name: 'systemAct', body: { act: 'settlePayout', actionId: `settlePayout:${caseNo}` } },
    ]);
    expect(await runOf(caseNo)).toEqual(run);
    await expect(relay().relayWakes()).resolves.toBe(0);
  });

  it('wakes a case whose workflow has ended', async () => {
    const caseNo = await newCase();
    await relay().relayStarts();
    const run = await runOf(caseNo);
    await client.workflow.getHandle(caseWorkflowId(caseNo)).terminate('closed');
    await leaveWake(caseNo, 'returnPayout');
    await relay().relayWakes();
    const next = await runOf(caseNo);
    expect(next).toMatchObject({ status: 'RUNNING' });
    expect(next?.runId).not.toBe(run?.runId);
    expect(await signalsOf(caseNo)).toHaveLength(1);
  });

  it('lets a closed case that goes on (补付) look at its rows', async () => {
    const caseNo = await newCase();
    await leaveWake(caseNo, 'supplementPayout');
    await relay().relayWakes();
    expect(await runOf(caseNo)).toMatchObject({ status: 'RUNNING' });
    expect(await signalNamesOf(caseNo)).toEqual(['lookAgain']);
  });

  it('tells again of a 退票 that found its case in the middle of another payment', async () => {
    const { dataSource } = database;
    const { caseNo, orderNo } = await drawTestOrder(dataSource, testCipher(), world, { state: 'returned' });
    await expect(relay().wakeForReturns()).resolves.toBe(0);
    // Another order of the case was paid since.
    await dataSource.query(`UPDATE cases SET order_no = order_no || 'X', order_state = 'paid' WHERE case_no = $1`, [
      caseNo,
    ]);
    await expect(relay().wakeForReturns()).resolves.toBe(1);
    expect(await signalsOf(caseNo)).toEqual([
      { name: 'systemAct', body: { act: 'returnPayout', actionId: `return:${orderNo}` } },
    ]);
    await dataSource.query(`UPDATE cases SET order_state = 'returned' WHERE case_no = $1`, [caseNo]);
  });

  it('finds those that came back without a look at all that was ever paid', async () => {
    const { dataSource } = database;
    const asked = jest.spyOn(dataSource, 'query');
    await relay().wakeForReturns();
    const [sql] = asked.mock.calls[0]!;
    asked.mockRestore();
    const plan = await dataSource.transaction(async (manager) => {
      // The tables of a spec are small enough to be read whole.
      await manager.query(`SET LOCAL enable_seqscan = off`);
      return JSON.stringify(await manager.query(`EXPLAIN ${sql}`));
    });
    expect(plan).toContain('payout_order_came_back');
  });

  it('does not let one impossible row hold up the others', async () => {
    const caseNo = await newCase();
    await relay().relayStarts();
    await leaveWake(caseNo, 'approve'); // no act of the system
    await leaveWake(caseNo, 'settlePayout');
    await expect(relay().relayWakes()).rejects.toThrow('without an act');
    expect(await signalsOf(caseNo)).toHaveLength(1);
    await asOwner(database.dataSource, (owner) =>
      owner.query(`DELETE FROM outbox WHERE key = $1`, [`approve:${caseNo}`]),
    );
  });
});

describe('bodies of acts', () => {
  it('go after 24 hours unless the act was committed', async () => {
    const caseNo = await newCase();
    const keep = async (actionId: string, hours: number) => {
      await keepActBody(database.dataSource, testCipher(), {
        actionId,
        caseNo,
        act: 'withdraw',
        actorId: accountOf(world, 'window1').id,
        seenSeq: 1,
        body: { act: 'withdraw', actionId, seenSeq: 1 },
        requestId: null,
      });
      await asOwner(database.dataSource, async (owner) => {
        await owner.query(`ALTER TABLE act_body DISABLE TRIGGER act_body_committed`);
        await owner.query(`UPDATE act_body SET received_at = now() - make_interval(hours => $2) WHERE action_id = $1`, [
          actionId,
          hours,
        ]);
        await owner.query(`ALTER TABLE act_body ENABLE TRIGGER act_body_committed`);
      });
    };
    const [old, young] = [randomUUID(), randomUUID()];
    const [committed] = await rows<{ action_id: string }>(
      database.dataSource,
      `SELECT action_id FROM case_act WHERE case_no = $1`,
      [caseNo],
    );
    await keep(old, 25);
    await keep(young, 23);
    await keep(committed!.action_id, 25);
    // A page at a time, each body looked at once.
    const sweeper = new ActBodySweeper(database.dataSource);
    const each = { pageSize: 1, pagesAtOnce: 1 };
    expect((await sweeper.sweep(each)) + (await sweeper.sweep(each)) + (await sweeper.sweep(each))).toBe(1);
    await expect(sweeper.sweep()).resolves.toBe(0);
    const left = await rows<{ action_id: string }>(
      database.dataSource,
      `SELECT action_id FROM act_body WHERE case_no = $1`,
      [caseNo],
    );
    expect(left.map((row) => row.action_id).sort()).toEqual([young, committed!.action_id].sort());
  });
});

describe('wakeIdle', () => {
  it('lets a case that waits for the system and did not move look again, and no other', async () => {
    const [idle, moving] = [await newCase(), await newCase()];
    await database.dataSource.query(`UPDATE cases SET stage = 'archive' WHERE case_no = $1`, [idle]);
    await relay(undefined, { idleAfterMs: 0 }).wakeIdle();
    expect((await runOf(idle))?.status).toBe('RUNNING');
    expect(await signalNamesOf(idle)).toEqual(['lookAgain']);
    expect(await runOf(moving)).toBeNull();
    await database.dataSource.query(`UPDATE cases SET stage = 'acceptance' WHERE case_no = $1`, [idle]);
  });

  it('wakes the case of an order that has left its batch alive, and of none that stands in one', async () => {
    const { dataSource } = database;
    const [left, stays] = [
      await drawTestOrder(dataSource, testCipher(), world),
      await drawTestOrder(dataSource, testCipher(), world),
    ];
    started.push(left.caseNo, stays.caseNo);
    const by = (username: string) => accountOf(world, username).id;
    await asOwner(dataSource, async (owner) => {
      await owner.query(
        `INSERT INTO payout_batch (batch_no, agency_id, fund_account, pay_date, occasion, channel, seq, state, carried, order_count,
           amount_fen, gathered_at, made_by, reviewed_by, released_by, head_hash)
         SELECT 'PB-idle', id, fund_account, '2026-11-30', 'demand', 'http', 4, 'released', 'released', 2, 2, now(), $1, $2, $3, '\\x00'
         FROM agency WHERE id = '450206'`,
        [by('settle1'), by('finreview1'), by('finapprove1')],
      );
      for (const { caseNo, orderNo, decisionId } of [left, stays]) {
        await owner.query(`UPDATE payout_order SET batch_no = 'PB-idle' WHERE order_no = $1`, [orderNo]);
        await owner.query(
          `INSERT INTO payout_batch_item (batch_no, case_no, decision_id, amount_fen, order_no, carried, left_as)
           VALUES ('PB-idle', $1, $2, 1, $3, 'reviewed', $4)`,
          [caseNo, decisionId, orderNo, caseNo === left.caseNo ? 'busy' : null],
        );
      }
    });
    await relay(undefined, { idleAfterMs: 0 }).wakeIdle();
    expect(await signalNamesOf(left.caseNo)).toEqual(['lookAgain']);
    expect(await runOf(stays.caseNo)).toBeNull();
    await dataSource.query(`UPDATE cases SET stage = 'acceptance' WHERE case_no = ANY ($1)`, [
      [left.caseNo, stays.caseNo],
    ]);
  });
});

describe('wakeStanding', () => {
  const looksOf = async (caseNo: string) =>
    (await runOf(caseNo)) === null ? 0 : (await signalNamesOf(caseNo)).filter((name) => name === 'lookAgain').length;
  const toArchive = async () => {
    const caseNo = await newCase();
    await database.dataSource.query(`UPDATE cases SET stage = 'archive' WHERE case_no = $1`, [caseNo]);
    return caseNo;
  };
  beforeEach(() =>
    database.dataSource.query(`UPDATE cases SET stage = 'acceptance' WHERE stage IN ('pay', 'archive')`),
  );

  it('tells each case once in a pass of many pages, and again only after a rest', async () => {
    const caseNos = [await toArchive(), await toArchive(), await toArchive()];
    const looks = () => Promise.all(caseNos.map(looksOf));
    const standing = relay(undefined, { standingAfterMs: 0, standingRestMs: 300_000 });
    const pages: number[] = [];
    for (let page = 0; page < 10; page += 1) pages.push(await standing.wakeStanding({ now: 1_000_000, pageSize: 1 }));
    expect(pages).toEqual([1, 1, 1, 0, 0, 0, 0, 0, 0, 0]);
    expect(await looks()).toEqual([1, 1, 1]);
    await expect(standing.wakeStanding({ now: 1_299_999 })).resolves.toBe(0);
    await expect(standing.wakeStanding({ now: 1_300_000 })).resolves.toBe(3);
    expect(await looks()).toEqual([2, 2, 2]);
  });

  it('tells a page again once Temporal is back, and goes on from one that cannot be told', async () => {
    const caseNo = await toArchive();
    const rhythm = { standingAfterMs: 0, standingRestMs: 300_000 };
    const away = relay('127.0.0.1:1', rhythm);
    await expect(away.wakeStanding()).rejects.toThrow();
    await expect(away.wakeStanding()).rejects.toThrow();
    const broken = relay(undefined, rhythm);
    const lookAgain = jest.spyOn(broken as unknown as { lookAgain(): Promise<void> }, 'lookAgain');
    lookAgain.mockRejectedValueOnce(new Error('this one'));
    await expect(broken.wakeStanding()).rejects.toThrow('this one');
    await expect(broken.wakeStanding()).resolves.toBe(0);
    expect(await looksOf(caseNo)).toBe(0);
  });

  it('leaves alone whose run asked the bank a moment ago', async () => {
    const { dataSource } = database;
    const { caseNo, orderNo } = await drawTestOrder(dataSource, testCipher(), world, { state: 'unknown' });
    started.push(caseNo);
    const tell = () => relay(undefined, { standingAfterMs: 1_000, standingRestMs: 0 }).wakeStanding();
    await expect(tell()).resolves.toBe(0);
    await sleep(1_100);
    await dataSource.query(
      `INSERT INTO payout_attempt (order_no, n, kind, started_at) VALUES ($1, 1, 'query', now())`,
      [orderNo],
    );
    await expect(tell()).resolves.toBe(0);
    await sleep(1_100);
    await expect(tell()).resolves.toBe(1);
  });

  it('looks at none of the cases that are closed', async () => {
    const { dataSource } = database;
    const asked = jest.spyOn(dataSource, 'query');
    await relay(undefined, { standingRestMs: 0 }).wakeStanding();
    const [sql] = asked.mock.calls[0]!;
    asked.mockRestore();
    const plan = await dataSource.transaction(async (manager) => {
      // The tables of a spec are small enough to be read whole, and to be sorted.
      await manager.query(`SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off`);
      return JSON.stringify(await manager.query(`EXPLAIN ${sql}`, ['', 600, 1_000]));
    });
    expect(plan).toContain('cases_system_stage');
    expect(plan).not.toMatch(/Seq Scan|Sort/);
  });
});

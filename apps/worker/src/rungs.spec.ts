import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { caseWorkflowId, claimApprovalType } from '@banjie/contracts';
import { shanghaiDate } from '@banjie/domain';
import { rows } from '@banjie/persistence';
import {
  accountOf,
  attachTestPaper,
  createTestDatabase,
  keepTestAct,
  receiveTestCase,
  seedTestWorld,
  testCipher,
  testKeys,
  type TestDatabase,
  type TestWorld,
  type WantedAct,
} from '@banjie/testing';
import { actUpdate } from '@banjie/workflows/messages';
import { Client, Connection } from '@temporalio/client';
import { registerNamespace } from '../test/namespace';

/*
 * Every rung of 1/18/1 (P-01), 20 (P-02) and 15 (P-61, with its 10 + 5 and the other agency) on a real Temporal, with the shipped
 * workflow and activities in a process that is killed (SIGKILL) again and again. A day passes in a second: the activities are told
 * another instant, and nothing else is different (test/hurried-worker.js). No sweeper runs.
 */
const cipher = testCipher();
const namespace = `banjie-test-rungs-${randomUUID()}`;
const taskQueue = 'cases';
const dayMs = 1_000;
const factor = 86_400_000 / dayMs;
/** A Tuesday; until the 26th of September every Monday to Friday is a working day. */
const caseZero = Date.parse('2025-06-03T09:00:00+08:00');
let wallZero = 0;

let database: TestDatabase;
let world: TestWorld;
let client: Client;
let worker: ChildProcess | null = null;
let kills = 0;
let killing: Promise<void> | null = null;
let isOver = false;

const caseNow = () => new Date(caseZero + (Date.now() - wallZero) * factor);
const untilCaseTime = (at: string) =>
  sleep(Math.max(0, wallZero + (Date.parse(`${at}+08:00`) - caseZero) / factor - Date.now()));

async function startWorker(): Promise<void> {
  const told = {
    ...{ databaseUrl: database.appUrl, address: process.env['BANJIE_TEST_TEMPORAL'], namespace, taskQueue },
    ...{ keys: testKeys(), hurry: { wallZero, caseZero, factor } },
  };
  worker = spawn(process.execPath, [join(__dirname, '../test/hurried-worker.js')], {
    env: { ...process.env, BANJIE_HURRIED: JSON.stringify(told) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(worker.stdout!, 'data');
}

async function killWorker(): Promise<void> {
  const gone = once(worker!, 'exit');
  worker!.kill('SIGKILL');
  await gone;
  worker = null;
}

beforeAll(async () => {
  database = await createTestDatabase();
  world = await seedTestWorld(database.dataSource);
  const address = process.env['BANJIE_TEST_TEMPORAL']!;
  client = new Client({ connection: await Connection.connect({ address }), namespace });
  await registerNamespace(client);
  // A new namespace is known to every part of the server only after some seconds.
  await sleep(6_000);
});

afterAll(async () => {
  isOver = true;
  await killing;
  if (worker) await killWorker();
  await client?.connection.close();
  await database?.drop();
});

/** Received on a Thursday: K-01 is due on the Friday, at 16:00. */
const receivedAt = new Date('2025-06-05T09:00:00+08:00');
const receive = (matter: string, definitionVersion: number, personIndex: number) =>
  receiveTestCase(database.dataSource, cipher, world, { matter, definitionVersion, personIndex, at: receivedAt });

const begin = (caseNo: string) =>
  client.workflow.start(claimApprovalType, { workflowId: caseWorkflowId(caseNo), taskQueue, args: [{ caseNo }] });

let acts = 0;
async function act(caseNo: string, username: string, wanted: WantedAct): Promise<void> {
  const update = await keepTestAct(database.dataSource, cipher, caseNo, accountOf(world, username).id, wanted);
  const options = { updateId: update.actionId, args: [update] as [typeof update] };
  await client.workflow.getHandle(caseWorkflowId(caseNo)).executeUpdate(actUpdate, options);
  acts += 1;
}

interface Run {
  caseNo: string;
  clock: string;
  state: string;
  limit: number;
  dayZero: string;
  stoppedAt: Date | null;
}

/** Counted by hand: Monday to Friday, 09–12 and 13–16. */
function expectedOf({ limit, dayZero }: Run): Map<string, number> {
  const dayOf = (count: number) => {
    let day = Date.parse(`${dayZero}T00:00:00Z`);
    for (let n = 0; n < count;) {
      day += 86_400_000;
      if (![0, 6].includes(new Date(day).getUTCDay())) n += 1;
    }
    return day - 8 * 3_600_000;
  };
  const at = (minutes: number) => {
    const days = Math.ceil(minutes / 360);
    const rest = minutes - (days - 1) * 360;
    return dayOf(days) + (9 * 60 + rest + (rest > 180 ? 60 : 0)) * 60_000;
  };
  const total = limit * 360;
  return new Map([
    ['half', at(total * 0.5)],
    ['eighty', at(total * 0.8)],
    ['due', at(total)],
    ['plus1', at(total + 360)],
    ['plus3', at(total + 3 * 360)],
  ]);
}

const runsOf = (caseNo: string | null, clock: string | null = null) =>
  rows<Run>(
    database.dataSource,
    `SELECT case_no AS "caseNo", clock, state, (ledger->>'limitWorkingDays')::int AS limit, ledger->>'dayZero' AS "dayZero",
       stopped_at AS "stoppedAt" FROM clock WHERE case_no = coalesce($1, case_no) AND clock = coalesce($2, clock)
     ORDER BY case_no, clock`,
    [caseNo, clock],
  );

/** An act may have come days late, when the worker had died with its task: the ladder is counted from the day it came. */
async function untilLadderIsOver(caseNo: string, clock: string): Promise<void> {
  const [run] = await runsOf(caseNo, clock);
  const over = expectedOf(run!).get('plus3')! + 86_400_000;
  await sleep(Math.max(0, wallZero + (over - caseZero) / factor - Date.now()));
}

describe('every rung of every clock, on a real Temporal', () => {
  it('fires once, with the worker killed at random and down across a due instant; time decides nothing', async () => {
    const p01 = await Promise.all([0, 1].map((person) => receive('inpatientReimbursement', 1, person)));
    const p02 = await receive('crossRegionReimbursement', 1, 2);
    const p61 = await Promise.all([3, 4].map((person) => receive('crossProvinceTransferIn', 2, person)));
    const all = [...p01, p02, ...p61].map(({ caseNo }) => caseNo);
    wallZero = Date.now();
    await startWorker();
    await Promise.all(all.map(begin));

    // Down across the due instant of K-01 of all of them.
    await untilCaseTime('2025-06-06T09:00');
    await killWorker();
    await untilCaseTime('2025-06-09T09:00');
    await startWorker();
    const seed = 20_251_125;
    let state = seed;
    const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    killing = (async () => {
      while (!isOver) {
        await sleep(2_000 + random() * 4_000);
        if (isOver) return;
        await killWorker();
        kills += 1;
        await sleep(random() * 1_000);
        await startWorker();
      }
    })();

    // K-01 has passed its whole ladder (06-11 16:00) before they are accepted; the last of P-01 never is.
    await untilCaseTime('2025-06-12T10:00');
    const accepted = [p01[0]!, p02, ...p61];
    await Promise.all(accepted.map(({ caseNo }) => act(caseNo, 'initial1', { act: 'accept' })));
    // One answer comes after the ladder of the other agency's ten days; the other never comes.
    await untilLadderIsOver(p61[0]!.caseNo, 'K-11a');
    const paper = { filingId: p61[0]!.filingId, paper: 'counterpartReply' as const };
    const attachmentIds = [await attachTestPaper(database.dataSource, cipher, world, paper)];
    const answer = {
      act: 'recordAnswer' as const,
      outcome: 'done' as const,
      answeredOn: shanghaiDate(caseNow().getTime()),
      attachmentIds,
    };
    await act(p61[0]!.caseNo, 'initial1', answer);
    // A person refuses after K-02's whole ladder (18 + 3 days); K-03 begins, and nobody delivers.
    const refused = p01[0]!.caseNo;
    await untilLadderIsOver(refused, 'K-02');
    const reasons = [{ code: 'RS-05' }];
    await act(refused, 'initial1', { act: 'propose', outcome: 'refuse', reasons });
    await act(refused, 'second1', { act: 'propose', outcome: 'refuse', reasons });
    await act(refused, 'approver1', { act: 'reject', reasons });
    await untilLadderIsOver(refused, 'K-03');
    await untilLadderIsOver(p02.caseNo, 'K-05');
    await untilLadderIsOver(p61[0]!.caseNo, 'K-11b');
    await untilLadderIsOver(p61[1]!.caseNo, 'K-11');
    isOver = true;
    await killing;

    const runs = await runsOf(null);
    const expected = runs.flatMap((run) =>
      [...expectedOf(run)]
        .filter(([, at]) => at < (run.stoppedAt ?? caseNow()).getTime())
        .map(([rung, at]) => `${run.caseNo} ${run.clock} ${rung} ${new Date(at).toISOString()}`),
    );
    // A task that died with its worker is handed out anew only after ten seconds, ten days here.
    for (const end = Date.now() + 60_000; Date.now() < end; await sleep(250)) {
      const [counted] = await rows<{ rungs: number }>(
        database.dataSource,
        `SELECT count(*)::int AS rungs FROM clock_rung`,
      );
      if (counted!.rungs >= expected.length) break;
    }
    const found = await rows<{ caseNo: string; clock: string; rung: string; due: Date; detected: Date; by: string }>(
      database.dataSource,
      `SELECT case_no AS "caseNo", clock, rung, due_at AS due, detected_at AS detected, detected_by AS by FROM clock_rung`,
    );
    expect(found.map((r) => `${r.caseNo} ${r.clock} ${r.rung} ${r.due.toISOString()}`).sort()).toEqual(expected.sort());
    // All five of every clock of the three matters.
    const whole = new Set(
      runs
        .filter((r) => found.filter((f) => f.caseNo === r.caseNo && f.clock === r.clock).length === 5)
        .map((r) => r.clock),
    );
    expect([...whole].sort()).toEqual(['K-01', 'K-02', 'K-03', 'K-04', 'K-05', 'K-11', 'K-11a', 'K-11b']);
    expect(found.filter(({ due, detected }) => detected < due)).toEqual([]);
    // Found when the worker was back, and written down as due when it was due.
    const missed = found.filter(({ clock, rung }) => clock === 'K-01' && rung === 'due');
    expect(missed).toHaveLength(all.length);
    for (const { due, detected } of missed) {
      expect(due).toEqual(new Date('2025-06-06T16:00:00+08:00'));
      expect(detected.getTime()).toBeGreaterThanOrEqual(Date.parse('2025-06-09T09:00:00+08:00'));
    }
    // One message for each recipient of each rung, and a rung in the outbox has its row.
    const told = await rows<{ rung: string }>(
      database.dataSource,
      `SELECT DISTINCT concat_ws(' ', case_no, payload->>'clock', payload->>'rung') AS rung FROM outbox WHERE key LIKE 'rung:%'`,
    );
    expect(told.map(({ rung }) => rung).sort()).toEqual(found.map((r) => `${r.caseNo} ${r.clock} ${r.rung}`).sort());

    // Persons acted, time did not: every act has the body a person left; nothing was paid, and one case was decided.
    const [done] = await rows<{ acts: number; bodies: number; decisions: number; orders: number; sent: number }>(
      database.dataSource,
      `SELECT (SELECT count(*)::int FROM case_act WHERE act <> 'receiveFiling') AS acts,
         (SELECT count(*)::int FROM case_act a JOIN act_body b ON b.action_id = a.action_id AND b.actor_id = a.actor_id) AS bodies,
         (SELECT count(*)::int FROM decision) AS decisions, (SELECT count(*)::int FROM payout_order) AS orders,
         (SELECT count(*)::int FROM payout_attempt) AS sent`,
    );
    expect(done).toEqual({ acts, bodies: acts, decisions: 1, orders: 0, sent: 0 });
    expect(kills).toBeGreaterThanOrEqual(4);
  }, 240_000);
});

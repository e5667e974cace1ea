import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { caseTaskQueue, caseWorkflowId, claimApprovalType, type ActBody, type ActUpdate } from '@banjie/contracts';
import { currentCalendar, keepActBody, rows } from '@banjie/persistence';
import { waitUntil } from '@banjie/servers';
import { actUpdate, positionQuery } from '@banjie/workflows/messages';
import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { openWorld, type BenchWorld } from '../act/world';
import { drive, rounded, seededRandom } from '../figures';
import { connect } from '../floor/floor';
import { withGround, type Ground } from '../ground';
import { createReviewers } from '../inbox/load';
import { databaseOf } from '../inbox/plans';
import { root, type Proof, type ProofContext } from '../proof';
import { loadClocks } from '../reproject/load';

const mostMiB = 500;
const startsAtOnce = 32;
const actsAtOnce = 4;
const reviewers = 5;
/** So many runs have their history read, each whole. */
const runsRead = 500;

/** Resident set of a process in MiB: now, and the most it ever had. */
function residentMiB(pid: number): { now: number; most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (name: string) => rounded(Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024, 1);
  return { now: of('VmRSS'), most: of('VmHWM') };
}

/** The real worker as `npm start` runs it, with its usual sticky cache. No case here comes to 支付: nobody asks the bank. */
function startWorker(ground: Ground, { keysPath }: BenchWorld): void {
  ground.startProgram('worker', join(root, 'apps/worker/dist/main.js'), {
    DATABASE_URL: ground.postgres.appUrl,
    TEMPORAL_ADDRESS: ground.temporal.address,
    TEMPORAL_NAMESPACE: ground.temporal.namespace,
    BANK_URL: 'http://127.0.0.1:9',
    BANJIE_KEYS: keysPath,
    BANJIE_LOG_LEVEL: 'warn',
  });
}

/** A case is waiting once its first workflow task is over: it has been read from PostgreSQL and its timer is set. */
async function startWaiting(client: Client, caseNo: string): Promise<void> {
  const handle = await client.workflow.start(claimApprovalType, {
    ...{ workflowId: caseWorkflowId(caseNo), taskQueue: caseTaskQueue, args: [{ caseNo }] },
  });
  await waitUntil(
    async () => {
      if ((await handle.query(positionQuery)) === null) throw new Error(`${caseNo} has not read where it stands`);
    },
    { withinMs: 120_000 },
  );
}

/** Of the runs that are read: how many have a timer in Temporal that has not fired, and no workflow task that failed. */
async function countTimers(client: Client, caseNos: string[]): Promise<number> {
  const {
    EVENT_TYPE_TIMER_STARTED,
    EVENT_TYPE_TIMER_FIRED,
    EVENT_TYPE_TIMER_CANCELED,
    EVENT_TYPE_WORKFLOW_TASK_FAILED,
  } = temporal.api.enums.v1.EventType;
  let waiting = 0;
  await drive(caseNos.length, startsAtOnce, async (index) => {
    const { events } = await client.workflow.getHandle(caseWorkflowId(caseNos[index]!)).fetchHistory();
    const count = (type: temporal.api.enums.v1.EventType) =>
      events!.filter(({ eventType }) => eventType === type).length;
    const gone = count(EVENT_TYPE_TIMER_FIRED) + count(EVENT_TYPE_TIMER_CANCELED);
    if (count(EVENT_TYPE_TIMER_STARTED) > gone && count(EVENT_TYPE_WORKFLOW_TASK_FAILED) === 0) waiting += 1;
  });
  return waiting;
}

/** 退回 to 初审 as the API does it: the body kept first, then the update. */
async function sendBack({ dataSource, cipher }: BenchWorld, client: Client, caseNo: string, actorId: string) {
  const [row] = await rows<{ seq: number }>(dataSource, `SELECT seq FROM cases WHERE case_no = $1`, [caseNo]);
  const actionId = randomUUID();
  const about = { actionId, act: 'sendBack' as const, seenSeq: row!.seq, toStage: 'initialReview' as const };
  const body: ActBody = { ...about, reasons: [{ code: 'RS-14' }] };
  await keepActBody(dataSource, cipher, { ...about, caseNo, actorId, body, requestId: null });
  const args: [ActUpdate] = [{ ...about, actorId }];
  await client.workflow.getHandle(caseWorkflowId(caseNo)).executeUpdate(actUpdate, { updateId: actionId, args });
}

/** So many cases at 复核 that nobody has taken, drawn by the seed, and a person of that post without another duty in any of them. */
async function drawCases({ dataSource }: BenchWorld, context: ProofContext, count: number) {
  const free = await rows<{ case_no: string }>(
    dataSource,
    `SELECT case_no FROM task WHERE state = 'open' AND stage = 'secondReview' AND holder_id IS NULL AND NOT paused ORDER BY case_no`,
  );
  const random = seededRandom(context.seed);
  const drawn = free.map(({ case_no: caseNo }) => ({ caseNo, place: random() })).sort((a, b) => a.place - b.place);
  const [actor] = await rows<{ id: string }>(
    dataSource,
    `SELECT id FROM staff_account WHERE agency_id = 'bench' AND posts = '{secondReviewer}' ORDER BY username LIMIT 1`,
  );
  return { caseNos: drawn.slice(0, count).map(({ caseNo }) => caseNo), actorId: actor!.id };
}

/** Bar 75: what the worker holds is bounded by its sticky cache, not by the number of cases that wait. */
export const memoryProof: Proof = {
  name: 'memory',
  options: ['cases', 'acts'],
  run: (context) =>
    withGround(context, async (ground) => {
      const [cases, acts] = [context.option('cases', 10_000), context.option('acts', 500)];
      const world = await openWorld(ground, 0);
      try {
        await createReviewers(ground.postgres.ownerUrl, world.dataSource, reviewers);
        const calendar = await currentCalendar(world.dataSource, { regionCode: '450200' });
        const random = seededRandom(context.seed);
        const plan = { open: cases, closed: 0, stage: 'secondReview' as const, random, calendar, now: new Date() };
        await loadClocks(databaseOf(ground), plan);
        startWorker(ground, world);
        const client = await connect(ground);
        const pid = () => ground.processes()['worker']!;
        const numbers = await rows<{ case_no: string }>(world.dataSource, `SELECT case_no FROM cases ORDER BY case_no`);
        const waiting: { cases: number; residentMiB: number }[] = [];
        const since = performance.now();
        const starting = drive(cases, startsAtOnce, async (index) => {
          await startWaiting(client, numbers[index]!.case_no);
          if ((index + 1) % Math.ceil(cases / 10) !== 0) return;
          waiting.push({ cases: index + 1, residentMiB: residentMiB(pid()).now });
          context.report(`${index + 1} cases wait, the worker holds ${waiting.at(-1)!.residentMiB} MiB`);
        });
        await ground.guard(starting);
        const startedPerSecond = rounded((cases * 1_000) / (performance.now() - since), 1);
        const read = numbers.filter((_, index) => index % Math.ceil(cases / runsRead) === 0);
        const waitingByTimer = await ground.guard(
          countTimers(
            client,
            read.map((row) => row.case_no),
          ),
        );
        context.report(`${waitingByTimer} of ${read.length} runs read wait by a timer`);
        const { caseNos, actorId } = await drawCases(world, context, acts);
        await ground.guard(
          drive(caseNos.length, actsAtOnce, (index) => sendBack(world, client, caseNos[index]!, actorId)),
        );
        const [state] = await rows<{ acted: number; running: number }>(
          world.dataSource,
          `SELECT count(*) FILTER (WHERE last_act = 'sendBack')::int AS acted,
             count(*) FILTER (WHERE stage <> 'closed')::int AS running FROM cases`,
        );
        const after = residentMiB(pid());
        await client.connection.close();
        await world.dataSource.destroy();
        const isWhole = state!.acted === acts && state!.running === cases && waitingByTimer === read.length;
        return {
          pass: after.most <= mostMiB && isWhole,
          figures: {
            mostResidentMiB: after.most,
            residentAfterActsMiB: after.now,
            waiting,
            ...{ cases, acts: state!.acted, startedPerSecond, cachedWorkflows: 600 },
            runsWaitingByTimer: `${waitingByTimer} of ${read.length} read`,
            measuredAt: '/proc/PID/status of the worker process: VmRSS, VmHWM',
          },
          bars: { mostResidentMiB: `<= ${mostMiB}` },
          servers: ground.kinds,
        };
      } finally {
        world.removeKeys();
      }
    }),
};

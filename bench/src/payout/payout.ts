import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { caseTaskQueue, caseWorkflowId, claimApprovalType, type BatchAnswer } from '@banjie/contracts';
import { rows } from '@banjie/persistence';
import { shanghaiDate } from '@banjie/domain';
import { freePort, waitUntil } from '@banjie/servers';
import { positionQuery } from '@banjie/workflows/messages';
import type { Client } from '@temporalio/client';
import { openWorld, type BenchWorld } from '../act/world';
import { startApi } from '../api';
import { drive, median, rounded } from '../figures';
import { connect } from '../floor/floor';
import { withGround, type Ground } from '../ground';
import { root, type Proof } from '../proof';
import { checkPayouts } from './check';
import { seedApproved } from './seed';
import { signInToAct, type Hand } from './session';

const agencyId = '450206';
const startsAtOnce = 32;
const limits = { paidSeconds: 60, advancedSeconds: 300, lastToFirst: 1.25 };

/** The programs of `npm start` beside the API, as it runs them; answers the bank's address. */
async function startPrograms(ground: Ground, { keysPath, keysOfTheBank }: BenchWorld): Promise<string> {
  const port = await freePort();
  const bankUrl = `http://127.0.0.1:${port}`;
  const env = {
    BANJIE_HOME: ground.home.path,
    BANJIE_FILES: ground.home.files,
    BANJIE_KEYS: keysPath,
    BANJIE_LOG_LEVEL: 'warn',
    BANK_URL: bankUrl,
    DATABASE_URL: ground.postgres.appUrl,
    REDIS_URL: ground.redisUrl,
    TEMPORAL_ADDRESS: ground.temporal.address,
    TEMPORAL_NAMESPACE: ground.temporal.namespace,
  };
  ground.startProgram('bank', join(root, 'apps/bank/dist/main.js'), {
    BANK_HOME: join(ground.home.path, 'bank'),
    BANJIE_BANK_PORT: String(port),
    BANK_KEYS: keysOfTheBank,
  });
  ground.startProgram('worker', join(root, 'apps/worker/dist/main.js'), env);
  ground.startProgram('jobs', join(root, 'apps/jobs/dist/main.js'), env);
  await ground.guard(
    waitUntil(
      async () => {
        const answer = await fetch(`${bankUrl}/ledger/summary`);
        if (!answer.ok) throw new Error(`the bank answers ${answer.status}`);
      },
      { withinMs: 60_000 },
    ),
  );
  return bankUrl;
}

/** Live runs that wait at 拨付制定, as 收件 left them there. */
async function startRuns(ground: Ground, { dataSource }: BenchWorld, client: Client, count: number): Promise<string[]> {
  const found = await rows<{ case_no: string }>(dataSource, `SELECT case_no FROM cases ORDER BY case_no LIMIT $1`, [
    count,
  ]);
  const caseNos = found.map((row) => row.case_no);
  await ground.guard(
    drive(caseNos.length, startsAtOnce, async (index) => {
      const caseNo = caseNos[index]!;
      await client.workflow.start(claimApprovalType, {
        ...{ workflowId: caseWorkflowId(caseNo), taskQueue: caseTaskQueue, args: [{ caseNo }] },
      });
    }),
  );
  return caseNos;
}

/** How long the history of a run is; none while the run has something to do that it was told of. */
async function restingLength(client: Client, caseNo: string): Promise<number | null> {
  const { raw, historyLength } = await client.workflow.getHandle(caseWorkflowId(caseNo)).describe();
  return raw.pendingWorkflowTask ? null : historyLength;
}

/**
 * Until each run has done what it was told, at most one look after the other: a look costs the engine little, where the question for its
 * stage makes the worker read the history anew. Answers the lengths, by which `notAt` knows that nothing came after.
 */
async function untilAtRest(ground: Ground, client: Client, caseNos: string[]): Promise<Map<string, number>> {
  const lengths = new Map<string, number>();
  await ground.guard(
    drive(caseNos.length, startsAtOnce, async (index) => {
      const caseNo = caseNos[index]!;
      const look = async () => {
        const length = await restingLength(client, caseNo);
        if (length === null) throw new Error(`${caseNo} has something to do`);
        lengths.set(caseNo, length);
      };
      await waitUntil(look, { withinMs: 600_000 });
    }),
  );
  return lengths;
}

/** The runs that stand elsewhere, or that had to be told once more since they were at rest. */
async function notAt(ground: Ground, client: Client, stage: string, lengths: Map<string, number>): Promise<string[]> {
  const caseNos = [...lengths.keys()];
  const wrong: string[] = [];
  await ground.guard(
    drive(caseNos.length, startsAtOnce, async (index) => {
      const caseNo = caseNos[index]!;
      const stands = await stageOf(client, caseNo);
      if (stands !== stage || (await restingLength(client, caseNo)) !== lengths.get(caseNo)) wrong.push(caseNo);
    }),
  );
  return wrong;
}

const stageOf = async (client: Client, caseNo: string) =>
  (await client.workflow.getHandle(caseWorkflowId(caseNo)).query(positionQuery))?.stage;

/** Asked four times a second, so that the question costs nothing of what is measured. */
async function isSettled({ dataSource }: BenchWorld, batchNo: string): Promise<boolean> {
  const [found] = await rows<{ state: string }>(dataSource, `SELECT state FROM payout_batch WHERE batch_no = $1`, [
    batchNo,
  ]);
  return found!.state === 'settled';
}

interface Progress {
  paid: number;
  cases: number;
  notices: number;
}

async function progress({ dataSource }: BenchWorld): Promise<Progress> {
  const [found] = await rows<Progress>(
    dataSource,
    `SELECT (SELECT count(*) FROM payout_order WHERE state = 'paid') AS paid,
       (SELECT count(*) FROM cases WHERE order_state = 'paid' AND paid_at IS NOT NULL) AS cases,
       (SELECT count(*) FROM outbox WHERE topic = 'notice' AND payload->>'act' = 'settlePayout') AS notices`,
  );
  return found!;
}

/** Waits for what the rows say, looked at often enough for seconds to mean something. */
function until<Value>(ground: Ground, ask: () => Promise<Value>, isGood: (value: Value) => boolean): Promise<Value> {
  return ground.guard(
    waitUntil(
      async () => {
        const value = await ask();
        if (!isGood(value)) throw new Error(`not yet: ${JSON.stringify(value)}`);
        return value;
      },
      { withinMs: 1_800_000, everyMs: 250 },
    ),
  );
}

/** Maker, checker and releaser. */
type Hands = readonly [Hand, Hand, Hand];

interface Paid {
  /** Seconds since the gathering began. */
  steps: Record<string, number>;
  paidSeconds: number;
  since: () => number;
}

/** One batch of all that waits, until `wanted` orders, cases and notices say paid. */
async function payBatch(ground: Ground, world: BenchWorld, hands: Hands, wanted: number): Promise<Paid> {
  const [clerk, reviewer, releaser] = hands;
  const began = performance.now();
  const since = () => rounded((performance.now() - began) / 1_000, 2);
  const steps: Record<string, number> = {};
  const { batchNo } = await clerk.post<BatchAnswer>('/api/payout-batches', { actionId: randomUUID() });
  steps['gathered'] = since();
  for (const [hand, act] of [
    [clerk, 'makeBatch'],
    [reviewer, 'reviewBatch'],
    [releaser, 'releaseBatch'],
  ] as const) {
    const see = () => hand.get<BatchAnswer>(`/api/payout-batches/${batchNo}`);
    const { seq, listDigest } = await until(ground, see, (batch) => batch.isCarried);
    if (act !== 'makeBatch') steps[act === 'reviewBatch' ? 'made' : 'reviewed'] = since();
    const body = { act, actionId: randomUUID(), seenSeq: seq, seenDigest: listDigest };
    await hand.post(`/api/payout-batches/${batchNo}/acts`, body);
  }
  await until(
    ground,
    () => clerk.get<BatchAnswer>(`/api/payout-batches/${batchNo}`),
    (batch) => batch.isCarried,
  );
  steps['released'] = since();
  await until(ground, () => isSettled(world, batchNo), Boolean);
  const isPaid = ({ paid, cases, notices }: Progress) => paid === wanted && cases === wanted && notices === wanted;
  await until(ground, () => progress(world), isPaid);
  return { steps, paidSeconds: since(), since };
}

/** Until every run was told; of cases without one, that there is none. */
const untilTold = (ground: Ground, { dataSource }: BenchWorld) =>
  until(
    ground,
    () =>
      rows<{ left: number }>(
        dataSource,
        `SELECT count(*) AS left FROM outbox WHERE topic = 'lookAgain' AND done_at IS NULL`,
      ),
    ([row]) => row!.left === 0,
  );

/** Two persons let the 支出户 pay a whole year in a day: what the demo's limits are for is not measured here. */
async function liftLimits(proposer: Hand, deputy: Hand): Promise<void> {
  const id = randomUUID();
  const none = {
    perOrderFen: null,
    perPersonDayFen: null,
    perFundDayFen: null,
    perReleaserDayFen: null,
    reserveFen: null,
  };
  const rule = { kind: 'limits', effectiveFrom: shanghaiDate(Date.now()), ...none };
  const document = { number: '示例〔2026〕1号', text: '放行限额的决定' };
  await proposer.post('/api/finance/payout-rules/proposals', { id, rule, text: '集中拨付', document });
  await deputy.post(`/api/finance/payout-rules/proposals/${id}/confirm`, {});
}

interface Batch {
  /** Orders that stood in the books before. */
  before: number;
  paidSeconds: number;
  millisecondsPerOrder: number;
}

/**
 * The same batch again and again, of cases without runs, until so many orders stand. What an order costs among the last
 * against among the first of them: 1 where the rows alone decide.
 */
async function payUpTo(
  whole: number,
  { each, seed, ...about }: { each: number; seed: number; ground: Ground; world: BenchWorld; hands: Hands },
  report: (line: string) => void,
): Promise<{ batches: Batch[]; lastToFirst: number | null }> {
  const batches: Batch[] = [];
  for (let before = each; before + each <= whole; before += each) {
    await about.ground.guard(
      seedApproved(about.world, { cases: each, from: before, seed: seed + before, startsWorkflows: false }),
    );
    const { paidSeconds } = await payBatch(about.ground, about.world, about.hands, before + each);
    await untilTold(about.ground, about.world);
    batches.push({ before, paidSeconds, millisecondsPerOrder: rounded((paidSeconds * 1_000) / each) });
    report(`${each} more beside ${before}: paid after ${paidSeconds} s`);
  }
  const [first, last] = [batches.slice(0, 3), batches.slice(-3)].map((some) => some.map((one) => one.paidSeconds));
  return { batches, lastToFirst: batches.length < 6 ? null : rounded(median(last!) / median(first!)) };
}

/**
 * Bar 74: one batch over the real API and the bank's files, from its gathering until every order, line of the books and case says paid
 * and every notice is in the outbox; then until every workflow knows. `live` of the cases have a run of their own. Then the same
 * batch again without runs until `rows` orders stand.
 */
export const payoutProof: Proof = {
  name: 'payout',
  options: ['orders', 'live', 'rows'],
  run: (context) =>
    withGround(context, async (ground) => {
      const orders = context.option('orders', 10_000);
      const live = Math.min(orders, context.option('live', orders));
      const wholeRows = context.option('rows', 10 * orders);
      const world = await openWorld(ground, 0);
      try {
        const seeding = performance.now();
        await ground.guard(seedApproved(world, { cases: orders, seed: context.seed, startsWorkflows: false }));
        const seedSeconds = rounded((performance.now() - seeding) / 1_000, 1);
        context.report(`${orders} approved cases in ${seedSeconds} s`);
        const [bankUrl, apiUrl] = await Promise.all([startPrograms(ground, world), startApi(ground, world.keysPath)]);
        const client = await connect(ground);
        const starting = performance.now();
        const running = await startRuns(ground, world, client, live);
        const stands = async () => (await stageOf(client, running.at(-1)!)) === 'preparePayout';
        if (live > 0) await until(ground, stands, Boolean);
        const startSeconds = rounded((performance.now() - starting) / 1_000, 1);
        context.report(`${live} runs wait after ${startSeconds} s`);

        const signIn = (name: string) => signInToAct(apiUrl, name, world.world.password);
        const hands: Hands = [await signIn('settle1'), await signIn('finreview1'), await signIn('finapprove1')];
        const [supervisor, deputy] = [await signIn('supervisor1'), await signIn('deputy1')];
        const { steps, paidSeconds, since } = await payBatch(ground, world, hands, orders);
        context.report(`all paid after ${paidSeconds} s: ${JSON.stringify(steps)}`);
        await untilTold(ground, world);
        const toldSeconds = since();
        const lengths = await untilAtRest(ground, client, running);
        const advancedSeconds = since();
        context.report(`${live} runs told after ${toldSeconds} s, advanced after ${advancedSeconds} s`);
        const behind = await notAt(ground, client, 'deliver', lengths);
        await liftLimits(supervisor, deputy);
        const growing = { each: orders, seed: context.seed, ground, world, hands };
        const growth = await payUpTo(wholeRows, growing, context.report);
        const picture = await checkPayouts(world, bankUrl, agencyId);
        await client.connection.close();
        await world.dataSource.destroy();
        return {
          pass:
            paidSeconds <= limits.paidSeconds &&
            advancedSeconds <= limits.advancedSeconds &&
            live === orders &&
            growth.lastToFirst !== null &&
            growth.lastToFirst <= limits.lastToFirst &&
            behind.length === 0 &&
            picture.faults.length === 0 &&
            picture.whereabouts.paid.count === (1 + growth.batches.length) * orders,
          figures: {
            ...{ orders, live, seedSeconds, startSeconds, steps, paidSeconds, toldSeconds, advancedSeconds },
            millisecondsPerOrder: rounded((paidSeconds * 1_000) / orders),
            growth,
            behind: behind.length,
            faults: picture.faults,
          },
          bars: limits,
          servers: ground.kinds,
        };
      } finally {
        world.removeKeys();
      }
    }),
};

import { setTimeout as sleep } from 'node:timers/promises';
import { openWorld } from '../act/world';
import { costOf, processorMs } from '../cpu';
import { median, percentile, rounded, seededRandom } from '../figures';
import { withGround, type Ground } from '../ground';
import type { Proof, ProofContext } from '../proof';
import { startApi } from '../api';
import { createReviewers, loadCases, password } from './load';
import { databaseOf, explained, sequentialScans } from './plans';
import { nextQuery, signIn, type Session } from './session';

const sessionsCount = 50;
const everyMs = 2_000;
const warmUpMs = 6_000;
const barMs = 30;

/** Every session asks on its own beat, whether the last answer was quick or slow. */
async function look(
  sessions: Session[],
  { forMs, random, signal }: { forMs: number; random: () => number; signal: AbortSignal },
): Promise<number[]> {
  const tookMs: number[] = [];
  const until = performance.now() + forMs;
  const live = async (session: Session) => {
    let beat = performance.now() + random() * everyMs;
    let after: string | null = null;
    for (; beat < until && !signal.aborted; beat += everyMs) {
      await sleep(Math.max(0, beat - performance.now()));
      const seen = await session.page(nextQuery(random, after));
      after = seen.next;
      tookMs.push(seen.tookMs);
    }
  };
  await Promise.all(sessions.map(live));
  return tookMs;
}

async function measure(context: ProofContext, ground: Ground, sessions: Session[], seconds: number) {
  const random = seededRandom(context.seed);
  const { signal, report } = context;
  await ground.guard(look(sessions, { forMs: warmUpMs, random, signal }));
  const adminUrl = databaseOf(ground);
  const before = await sequentialScans(adminUrl);
  report(`${sessions.length} sessions, one page each every ${everyMs} ms, for ${seconds} s…`);
  const cpuBefore = processorMs(ground.processes());
  const tookMs = await ground.guard(look(sessions, { forMs: seconds * 1_000, random, signal }));
  const cpuMsPerPage = costOf(cpuBefore, processorMs(ground.processes()), tookMs.length);
  const after = await sequentialScans(adminUrl);
  const scans = Object.fromEntries(Object.entries(after).map(([table, n]) => [table, n - (before[table] ?? 0)]));
  return { tookMs, scans, cpuMsPerPage };
}

/** Bar 73, scaled (issue 3 § 6): 100 000 cases, 20 000 open tasks in one agency, 25 pages a second. */
export const inboxProof: Proof = {
  name: 'inbox',
  options: ['cases', 'open', 'seconds'],
  run: (context) =>
    withGround(context, async (ground) => {
      const [cases, open] = [context.option('cases', 100_000), context.option('open', 20_000)];
      const seconds = context.option('seconds', 40);
      const world = await openWorld(ground, 0);
      try {
        const usernames = await createReviewers(ground.postgres.ownerUrl, world.dataSource, sessionsCount);
        context.report(`loading ${cases} cases…`);
        await ground.guard(loadCases(databaseOf(ground), cases, open));
        await world.dataSource.destroy();
        const apiUrl = await startApi(ground, world.keysPath);
        const sessions: Session[] = [];
        for (const username of usernames) sessions.push(await signIn(apiUrl, username, password));
        const { tookMs, scans, cpuMsPerPage } = await measure(context, ground, sessions, seconds);
        const { plans, sequential } = await explained(ground, async () => {
          for (const session of sessions.slice(0, 5)) {
            for (const holder of ['all', 'free', 'me']) await session.page(`holder=${holder}&limit=50`);
          }
        });
        const p95Ms = rounded(percentile(tookMs, 0.95), 1);
        const sequentialScansSeen = Object.values(scans).reduce((sum, n) => sum + n, 0) + sequential.length;
        return {
          pass: p95Ms <= barMs && sequentialScansSeen === 0 && plans > 0,
          figures: {
            p95Ms,
            p50Ms: rounded(median(tookMs), 1),
            maxMs: rounded(Math.max(...tookMs), 1),
            measuredAt: 'the client, headers sent to body read',
            pages: tookMs.length,
            pagesPerSecond: rounded(tookMs.length / seconds, 1),
            ...{ cases, open, sessions: sessionsCount },
            cpuMsPerPage,
            plansExplained: plans,
            sequentialScans: { ...scans, inPlans: sequential },
          },
          bars: { p95Ms: `<= ${barMs}`, sequentialScans: 'none of task, cases, case_duty, clock, filing' },
          servers: ground.kinds,
        };
      } finally {
        world.removeKeys();
      }
    }),
};

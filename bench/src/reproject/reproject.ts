import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { addWorkingDays, shanghaiDate, type WorkCalendar } from '@banjie/domain';
import { currentCalendar } from '@banjie/persistence';
import { TestClient } from '@banjie/testing';
import type { CalendarChangeView, CalendarImpact, Reprojections } from '@banjie/contracts';
import { openWorld, type BenchWorld } from '../act/world';
import { costOf, processorMs } from '../cpu';
import { rounded, seededRandom } from '../figures';
import { withGround, type Ground } from '../ground';
import { startApi } from '../api';
import { createReviewers } from '../inbox/load';
import { databaseOf } from '../inbox/plans';
import { root, type Proof, type ProofContext } from '../proof';
import { loadClocks } from './load';
import { Oracle } from './oracle';

const barSeconds = 60;
const region = '450200';

function startJobs(ground: Ground, keysPath: string): void {
  ground.startProgram('jobs', join(root, 'apps/jobs/dist/main.js'), {
    BANJIE_HOME: ground.home.path,
    BANJIE_KEYS: keysPath,
    BANJIE_LOG_LEVEL: 'warn',
    BANK_URL: 'http://127.0.0.1:9',
    DATABASE_URL: ground.postgres.appUrl,
    REDIS_URL: ground.redisUrl,
    TEMPORAL_ADDRESS: ground.temporal.address,
    TEMPORAL_NAMESPACE: ground.temporal.namespace,
  });
}

interface Persons {
  proposer: TestClient;
  approver: TestClient;
}

/** The region's year with 三月三 and, perhaps, one more closed day: a notice that is published takes the provisional mark away. */
function regionalYear(year: number, closedDay: string | null) {
  const spans = [{ name: '三月三', from: `${year}-04-20`, to: `${year}-04-21`, days: 2 }];
  const more = closedDay === null ? [] : [{ name: '自治区安排', from: closedDay, to: closedDay, days: 1 }];
  return {
    change: { kind: 'year', layer: 'region', year, status: 'published', closed: [...spans, ...more], makeUp: [] },
    document: { number: `测速文号〔${year}〕${closedDay ?? '无'}`, text: '测速用的安排。' },
    reason: '测速',
  };
}

/** Proposes, looks at the effect, approves, and waits until every open clock has been counted anew. */
async function change(
  { proposer, approver }: Persons,
  body: object,
  { guard }: Ground,
): Promise<{ impact: CalendarImpact; previewSeconds: number; countedSeconds: number; run: Reprojections['items'][0] }> {
  const proposed = await expectOk(proposer.post<CalendarChangeView>('/api/calendars/changes', body));
  const beforePreview = performance.now();
  const impact = await expectOk(approver.get<CalendarImpact>(`/api/calendars/changes/${proposed.id}/preview`));
  const previewSeconds = (performance.now() - beforePreview) / 1_000;
  const since = Date.now();
  const approved = await expectOk(approver.post<CalendarChangeView>(`/api/calendars/changes/${proposed.id}/approve`));
  for (;;) {
    const { items } = await expectOk(approver.get<Reprojections>('/api/calendars/reprojections'));
    const run = items.find(({ number }) => number === approved.number);
    if (run?.state === 'done' && run.countedAt) {
      return { impact, previewSeconds, countedSeconds: (Date.parse(run.countedAt) - since) / 1_000, run };
    }
    if (Date.now() - since > 600_000) throw new Error('the clocks were not counted anew within ten minutes');
    await guard(sleep(200));
  }
}

async function expectOk<Body>(answer: Promise<{ status: number; body: Body }>): Promise<Body> {
  const { status, body } = await answer;
  if (status >= 300) throw new Error(`answer ${status}: ${JSON.stringify(body)}`);
  return body;
}

async function measure(context: ProofContext, ground: Ground, world: BenchWorld, calendar: WorkCalendar) {
  const apiUrl = await startApi(ground, world.keysPath);
  startJobs(ground, world.keysPath);
  const persons = { proposer: new TestClient(apiUrl), approver: new TestClient(apiUrl) };
  await persons.proposer.signIn('admin1', world.world.password);
  await persons.approver.signIn('supervisor1', world.world.password);
  const oracle = await Oracle.open(databaseOf(ground));
  // A working day that some limits have still before them and some end before.
  const closedDay = addWorkingDays(calendar, shanghaiDate(Date.now()), 10).dueDate;
  const year = Number(closedDay.slice(0, 4));
  const steps = [];
  try {
    for (const [name, day] of [
      ['closed', closedDay],
      ['opened', null],
    ] as const) {
      await oracle.remember();
      const before = processorMs(ground.processes());
      const { impact, run, ...seconds } = await change(persons, regionalYear(year, day), ground);
      const cpuMsPerClock = costOf(before, processorMs(ground.processes()), run.clocksSeen);
      context.report(`${name}: ${run.clocksMoved} of ${run.clocksSeen} clocks in ${rounded(seconds.countedSeconds)} s`);
      const [faults, moves] = [await oracle.faults(run.number), await oracle.moves()];
      const predicted = impact.clocksMoved === moves.earlier + moves.later && impact.markOnly === moves.markOnly;
      steps.push({ name, ...seconds, ...moves, run, faults, predicted, cpuMsPerClock });
    }
  } finally {
    await oracle.close();
  }
  return steps;
}

/** Bar 9: 50 000 open cases, a day is closed by two persons, and opened again. */
export const reprojectProof: Proof = {
  name: 'reproject',
  options: ['open', 'closed'],
  run: (context) =>
    withGround(context, async (ground) => {
      const [open, closed] = [context.option('open', 50_000), context.option('closed', 20_000)];
      const world = await openWorld(ground, 0);
      try {
        await createReviewers(ground.postgres.ownerUrl, world.dataSource, 1);
        const calendar = await currentCalendar(world.dataSource, { regionCode: region });
        context.report(`loading ${open} open and ${closed} closed cases…`);
        const random = seededRandom(context.seed);
        const plan = { open, closed, stage: 'initialReview' as const, random, calendar, now: new Date() };
        await ground.guard(loadClocks(databaseOf(ground), plan));
        await world.dataSource.destroy();
        const steps = await ground.guard(measure(context, ground, world, calendar));
        const seconds = Math.max(...steps.map(({ countedSeconds }) => countedSeconds));
        const wrong = steps.reduce((sum, { faults }) => sum + Object.values(faults).reduce((a, b) => a + b, 0), 0);
        const isWhole = steps.every(({ run, predicted, moved }) => run.casesSeen === open && predicted && moved > 0);
        const movedBothWays = steps[0]!.later > 0 && steps[1]!.earlier > 0 && steps[1]!.run.casesEarlier > 0;
        return {
          pass: seconds <= barSeconds && wrong === 0 && isWhole && movedBothWays,
          figures: {
            ...{ open, closed, seconds: rounded(seconds) },
            measuredFrom: 'the approval sent, to the last open clock counted anew',
            steps: steps.map(
              ({ countedSeconds, previewSeconds, run: { clocksSeen, clocksMoved, casesEarlier }, ...step }) => ({
                ...step,
                ...{ countedSeconds: rounded(countedSeconds), previewSeconds: rounded(previewSeconds) },
                ...{ clocksSeen, clocksMoved, casesEarlier },
              }),
            ),
          },
          bars: {
            seconds: `<= ${barSeconds}`,
            faults: 'none: each open clock as counted in SQL, one event for each that moved, closed ones as they were',
          },
          servers: ground.kinds,
        };
      } finally {
        world.removeKeys();
      }
    }),
};

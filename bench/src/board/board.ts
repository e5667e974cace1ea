import type { BoardAnswer, BoardCasesAnswer } from '@banjie/contracts';
import { openWorld } from '../act/world';
import { startApi } from '../api';
import { costOf, processorMs } from '../cpu';
import { median, percentile, rounded, seededRandom } from '../figures';
import { withGround } from '../ground';
import { createReviewers, loadCases, password, supervisor } from '../inbox/load';
import { databaseOf, explained, sequentialScans } from '../inbox/plans';
import type { Proof } from '../proof';
import { signIn, type Supervisor } from './supervisor';

const barMs = 200;
const warmUpLooks = 10;
const levels = ['red', 'yellow', 'green', 'paused', 'unlimited'] as const;

interface Looked {
  boardMs: number[];
  listMs: number[];
  nextMs: number[];
  /** Lists whose number was another one on the board. */
  unequal: number;
}

/** A look at the board, then at the lists of some of its numbers, some of them turned over. */
async function look(person: Supervisor, random: () => number, into: Looked): Promise<void> {
  const board = await person.get<BoardAnswer>('/api/board');
  into.boardMs.push(board.tookMs);
  const { total, byMatter, byStage, byPost, byPerson } = board.body;
  const rows = [total, ...byMatter, ...byStage, ...byPost, ...byPerson];
  for (let n = 0; n < 4; n += 1) {
    const row = rows[Math.floor(random() * rows.length)]!;
    const level = levels[Math.floor(random() * levels.length)]!;
    const path = `/api/board/cases?${row.filter}&level=${level}&limit=50`;
    const list = await person.get<BoardCasesAnswer>(path);
    into.listMs.push(list.tookMs);
    if (list.body.total !== row.lights[level]) into.unequal += 1;
    if (list.body.next === null) continue;
    into.nextMs.push((await person.get(`${path}&after=${encodeURIComponent(list.body.next)}`)).tookMs);
  }
}

const figuresOf = (tookMs: number[]) => ({
  p95Ms: rounded(percentile(tookMs, 0.95), 1),
  p50Ms: rounded(median(tookMs), 1),
  maxMs: rounded(Math.max(...tookMs), 1),
  asked: tookMs.length,
});

const nothing = (): Looked => ({ boardMs: [], listMs: [], nextMs: [], unequal: 0 });

/** Bars 39 and 73: the board and its lists at 1 000 000 cases and 200 000 open tasks of one agency. */
export const boardProof: Proof = {
  name: 'board',
  options: ['cases', 'open', 'seconds'],
  run: (context) =>
    withGround(context, async (ground) => {
      const [cases, open] = [context.option('cases', 1_000_000), context.option('open', 200_000)];
      const seconds = context.option('seconds', 60);
      const world = await openWorld(ground, 0);
      try {
        await createReviewers(ground.postgres.ownerUrl, world.dataSource, 50);
        context.report(`loading ${cases} cases…`);
        await ground.guard(loadCases(databaseOf(ground), cases, open));
        await world.dataSource.destroy();
        const person = await signIn(await startApi(ground, world.keysPath), supervisor.username, password);
        const random = seededRandom(context.seed);
        for (let n = 0; n < warmUpLooks; n += 1) await ground.guard(look(person, random, nothing()));
        const adminUrl = databaseOf(ground);
        const before = await sequentialScans(adminUrl);
        const cpuBefore = processorMs(ground.processes());
        context.report(`one supervisor, one page after the other, for ${seconds} s…`);
        const looked = nothing();
        const until = performance.now() + seconds * 1_000;
        while (performance.now() < until && !context.signal.aborted) await ground.guard(look(person, random, looked));
        const pages = looked.boardMs.length + looked.listMs.length + looked.nextMs.length;
        const cpuMsPerPage = costOf(cpuBefore, processorMs(ground.processes()), pages);
        const after = await sequentialScans(adminUrl);
        const scans = Object.fromEntries(Object.entries(after).map(([table, n]) => [table, n - (before[table] ?? 0)]));
        const { plans, sequential } = await explained(ground, async () => {
          for (let n = 0; n < 5; n += 1) await look(person, random, nothing());
        });
        const lists = figuresOf([...looked.listMs, ...looked.nextMs]);
        const board = figuresOf(looked.boardMs);
        const scansSeen = Object.values(scans).reduce((sum, n) => sum + n, 0) + sequential.length;
        return {
          pass: board.p95Ms <= barMs && lists.p95Ms <= barMs && looked.unequal === 0 && scansSeen === 0 && plans > 0,
          figures: {
            ...{ board, lists },
            firstPages: figuresOf(looked.listMs),
            measuredAt: 'the client, headers sent to body read',
            listsUnlikeTheirNumber: looked.unequal,
            ...{ cases, open, cpuMsPerPage, plansExplained: plans },
            sequentialScans: { ...scans, inPlans: sequential },
          },
          bars: {
            p95Ms: `<= ${barMs} for board and lists`,
            sequentialScans: 'none of task, cases, case_duty, clock, filing',
          },
          servers: ground.kinds,
        };
      } finally {
        world.removeKeys();
      }
    }),
};

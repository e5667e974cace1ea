import { copyFileSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { shanghaiDate } from '@banjie/domain';
import type { BankFault, ReconciliationAnswer } from '@banjie/contracts';
import { rows } from '@banjie/persistence';
import { endLeftovers, isAlive, openHome, readJsonFile, removeHome, waitUntil, writeJsonFile } from '@banjie/servers';
import { auditFault } from '../chaos/audit';
import { components, killNow, startSystem, type System } from '../chaos/system';
import { rounded } from '../figures';
import { checkPayouts, readLedger } from '../payout/check';
import { agencyId, openGround, seedCases, type Channel, type ChaosGround } from '../payout-chaos/ground';
import { plant } from '../payout-chaos/faults';
import { Person } from '../payout-chaos/staff';
import { startDemo } from '../road/demo-run';
import { banjie } from './cli';
import { clearHeld } from './clear-held';
import { Office, type Stop } from './office';

/** What each batch has come to when the backup is made, and by the end of the time that is lost. */
const lives: readonly { channel: Channel; kept: Stop; lost: Stop }[] = [
  { channel: 'file', kept: 'settled', lost: 'settled' },
  { channel: 'http', kept: 'settled', lost: 'settled' },
  { channel: 'file', kept: 'reviewed', lost: 'settled' },
  { channel: 'http', kept: 'made', lost: 'settled' },
  { channel: 'file', kept: 'gathered', lost: 'settled' },
  { channel: 'http', kept: 'nothing', lost: 'settled' },
  { channel: 'file', kept: 'nothing', lost: 'released' },
  // Let go at the last moment: the backup is made while their orders leave.
  { channel: 'file', kept: 'released', lost: 'settled' },
  { channel: 'http', kept: 'released', lost: 'settled' },
  { channel: 'http', kept: 'nothing', lost: 'nothing' },
];

export interface DrillPlan {
  orders: number;
  seed: number;
  /** A folder for both homes, the backup and its passphrase. */
  folder: string;
  /** How long the demo's cases go before the backup and in the lost time; 0: none. */
  demoSeconds: number;
  report: (line: string) => void;
  signal: AbortSignal;
}

export interface DrillFigures {
  cases: number;
  openCases: number;
  rows: number;
  backupSeconds: number;
  backupMebibytes: number;
  /** Orders by state as the backup has them. */
  kept: Record<string, number>;
  /** Lines of the bank's books that the restored rows did not know. */
  lostEntries: number;
  doubted: number;
  restoreSeconds: number;
  readySeconds: number;
  /** From the beginning of the restore until no order that may have left is in doubt, and every open case has its run. */
  wholeSeconds: number;
  heldForTwoPersons: number;
  bookings: number;
  /** `refiled`: filed in the lost time, paid then under another number, and filed again; the bank's line is under that number. */
  demo: { packages: number; asExpected: number; refiled: number; differences: string[] } | null;
  faults: string[];
}

/** The first life: batches and cases as far as the plan says, a backup, more of both, and the end of everything at once. */
export async function firstLife(plan: DrillPlan, homePath: string): Promise<Partial<DrillFigures>> {
  const { seed, folder, report, signal } = plan;
  const system = await startSystem(homePath, plan);
  const ground = await openGround(system);
  try {
    await seedCases(ground, { orders: plan.orders, live: plan.orders, seed });
    const slices = await slicesOf(ground);
    writeJsonFile(keptSlices(plan), slices);
    const office = new Office(ground, system, seed, signal);
    const play = async (life: 'kept' | 'lost', of: (n: number) => boolean) => {
      for (const [n, caseNos] of slices.entries()) {
        if (!of(n)) continue;
        if (life === 'lost' && n === 5) await comeBack(system, caseNos, signal);
        await office.take(n, { caseNos, channel: lives[n]!.channel }, lives[n]![life]);
      }
    };
    const atLast = (n: number) => lives[n]!.kept === 'released';
    await play('kept', (n) => !atLast(n));
    for (const [n, caseNos] of slices.entries()) {
      if (atLast(n)) await office.take(n, { caseNos, channel: lives[n]!.channel }, 'reviewed');
    }
    await playDemo(plan, system);
    await slowDown(
      system,
      slices.filter((_, n) => atLast(n)),
      signal,
    );
    await play('kept', atLast);
    await someAreLeaving(ground, signal);
    report('backing up');
    const to = join(folder, 'drill.backup');
    writeFileSync(join(folder, 'passphrase'), `drill ${seed} passphrase\n`, { mode: 0o600 });
    const made = await banjie(['backup', '--to', to, '--passphrase-file', join(folder, 'passphrase')], system.env);
    report(made.said.trim());
    keepJournal(plan, homePath);
    await playDemo(plan, system);
    await play('lost', () => true);
    return { backupSeconds: rounded(made.seconds, 1), ...figuresOf(made.said) };
  } finally {
    await ground.close();
    await endAll(system);
    report('everything was killed');
  }
}

/** The seeded cases, dealt out to as many batches as there are lives. */
async function slicesOf({ dataSource }: ChaosGround): Promise<string[][]> {
  const found = await rows<{ no: string }>(
    dataSource,
    `SELECT case_no AS no FROM cases WHERE agency_id = $1 ORDER BY case_no`,
    [agencyId],
  );
  return lives.map((_, n) => found.filter((_case, index) => index % lives.length === n).map(({ no }) => no));
}

/** kill -9 of the starter first, so that it brings nothing back, then of everything it had started. */
async function endAll(system: System): Promise<void> {
  const { pid } = readJsonFile<{ pid: number }>(join(system.home.path, 'run.json'))!;
  const running = components.flatMap((component) => system.recordOf(component) ?? []);
  process.kill(pid, 'SIGKILL');
  for (const component of components) killNow(system, component);
  await waitUntil(() => (running.some(isAlive) ? Promise.reject(new Error('still alive')) : Promise.resolve()), {
    withinMs: 30_000,
    everyMs: 100,
  }).catch(() => undefined);
  await endLeftovers(system.home);
}

const demoRun = ({ seed }: DrillPlan) => `drill-${seed}`;
const journalOf = (plan: DrillPlan, homePath: string) => join(homePath, 'demo', `${demoRun(plan)}.jsonl`);
const keptSlices = ({ folder }: DrillPlan) => join(folder, 'slices.json');
const keptJournal = ({ folder }: DrillPlan) => join(folder, 'journal.jsonl');

/** Cases of all kinds, as far as they come in the time. */
async function playDemo(plan: DrillPlan, system: System): Promise<void> {
  if (plan.demoSeconds === 0) return;
  const demo = startDemo(system, demoRun(plan), plan.report);
  await Promise.race([demo.outcome, sleep(plan.demoSeconds * 1_000)]);
  demo.cancel();
  await demo.outcome.catch(() => undefined);
}

/** What the demo had noted when the backup was made: it is as old as the rows, or it would believe what they do not know. */
function keepJournal(plan: DrillPlan, homePath: string): void {
  const journal = journalOf(plan, homePath);
  if (existsSync(journal)) copyFileSync(journal, keptJournal(plan));
}

/** The bank takes its time over the first orders of each of these batches, and over one file. */
async function slowDown({ addresses }: System, slices: string[][], signal: AbortSignal): Promise<void> {
  const first = slices.flatMap((caseNos) => [...caseNos].sort().slice(0, 32));
  const slow = first.map((caseNo): BankFault => ({
    ...{ kind: 'slow', match: { orderNo: `${caseNo}P1` }, ms: 8_000 },
  }));
  await plant(addresses.bank, [{ kind: 'slow', match: { operation: 'file', next: 1 }, ms: 8_000 }, ...slow], signal);
}

/** Until orders are between 放行 and the bank's word: that is when the backup is made. */
async function someAreLeaving({ dataSource }: ChaosGround, signal: AbortSignal): Promise<void> {
  const look = async () => {
    const [found] = await rows<{ leaving: number }>(
      dataSource,
      `SELECT count(*) AS leaving FROM payout_order WHERE state IN ('released', 'sent', 'unknown')`,
    );
    if (found!.leaving === 0) throw new Error('no order is on its way');
  };
  await waitUntil(look, { withinMs: 120_000, everyMs: 50, signal });
}

/** Some of these come back after they were paid. */
function comeBack({ addresses }: System, caseNos: string[], signal: AbortSignal): Promise<void> {
  const back = caseNos.slice(0, 2).map((caseNo): BankFault => ({
    ...{ kind: 'returnAfter', match: { orderNo: `${caseNo}P1` }, ms: 500, reason: '账户状态异常' },
  }));
  return plant(addresses.bank, back, signal);
}

function figuresOf(said: string): { rows: number; backupMebibytes: number } {
  const [, rowCount, mebibytes] = /(\d+) 行,\d+ 个附件,([\d.]+) MiB/.exec(said) ?? [];
  return { rows: Number(rowCount), backupMebibytes: Number(mebibytes) };
}

/** The second life, in another home with the same bank: everything goes on to its end, and the bank agrees. */
export async function secondLife(plan: DrillPlan, firstHome: string, homePath: string): Promise<Partial<DrillFigures>> {
  const { folder, report, signal, seed } = plan;
  mkdirSync(homePath, { mode: 0o711 });
  renameSync(join(firstHome, 'bank'), join(homePath, 'bank'));
  const since = performance.now();
  const from = ['--from', join(folder, 'drill.backup'), '--home', homePath];
  const restored = await banjie(['restore', ...from, '--passphrase-file', join(folder, 'passphrase')], process.env);
  report(restored.said.trim());
  if (existsSync(keptJournal(plan))) {
    mkdirSync(join(homePath, 'demo'), { mode: 0o700 });
    copyFileSync(keptJournal(plan), journalOf(plan, homePath));
  }
  const system = await startSystem(homePath, plan);
  const readySeconds = rounded((performance.now() - since) / 1_000, 1);
  const ground = await openGround(system);
  try {
    const kept = await statesBefore(ground);
    await wholeAgain(ground, signal);
    const wholeSeconds = rounded((performance.now() - since) / 1_000, 1);
    report(`ready after ${readySeconds} s, whole after ${wholeSeconds} s`);
    const slices = readJsonFile<string[][]>(keptSlices(plan))!;
    const office = new Office(ground, system, seed + 1, signal);
    for (const { batchNo, caseNo } of await batchesKept(ground)) {
      office.know(
        slices.findIndex((caseNos) => caseNos.includes(caseNo)),
        batchNo,
      );
    }
    for (const [n, caseNos] of slices.entries()) {
      await office.take(n, { caseNos, channel: lives[n]!.channel }, 'settled');
      report(`batch ${n + 1} of ${slices.length} (${office.batchOf(n)}) is over`);
    }
    const outcome = await finishDemo(plan, system, ground);
    const faults = await lookAtEnd(system, ground, signal);
    const [sums] = await rows<{ cases: number; open: number; held: number; lost: number; doubted: number }>(
      ground.dataSource,
      `SELECT (SELECT count(*) FROM cases) AS cases, (SELECT count(*) FROM cases WHERE stage <> 'closed') AS open,
         (SELECT count(DISTINCT order_no) FROM payout_attempt WHERE answer = 'heldByStatement') AS held,
         (SELECT count(*) FROM bank_entry e, restoration r WHERE e.entry_no > r.after_entry_no AND e.at < r.restored_at) AS lost,
         (SELECT doubted_orders FROM restoration) AS doubted`,
    );
    return {
      ...{ cases: sums!.cases, openCases: sums!.open, lostEntries: sums!.lost, doubted: sums!.doubted, kept },
      ...{ heldForTwoPersons: sums!.held, restoreSeconds: rounded(restored.seconds, 1), readySeconds, wholeSeconds },
      bookings: (await readLedger(system.addresses.bank)).length,
      demo: outcome,
      faults,
    };
  } finally {
    await ground.close();
    await system.stop();
  }
}

/** The cases of the demo to their end; what was filed and paid in the lost time is filed again, held, and cleared by two persons. */
async function finishDemo(plan: DrillPlan, system: System, ground: ChaosGround): Promise<DrillFigures['demo']> {
  if (plan.demoSeconds === 0) return null;
  const demo = startDemo(system, demoRun(plan), plan.report);
  const [{ packages }, cleared] = await Promise.all([demo.outcome, clearHeld(system, ground, demo.isOver)]);
  const isRefiled = ({ caseNos }: { caseNos: string[] }) => caseNos.some((caseNo) => cleared.includes(caseNo));
  return {
    packages: packages.length,
    asExpected: packages.filter((one) => one.asExpected).length,
    refiled: packages.filter((one) => !one.asExpected && isRefiled(one)).length,
    differences: packages.flatMap(({ name, differences }) => differences.map((difference) => `${name}: ${difference}`)),
  };
}

/** The orders as they stood before what is in doubt was doubted. */
async function statesBefore({ dataSource }: ChaosGround): Promise<Record<string, number>> {
  const found = await rows<{ state: string; count: number }>(
    dataSource,
    `SELECT CASE WHEN EXISTS (SELECT 1 FROM payout_attempt a WHERE a.order_no = o.order_no AND a.answer = 'restored')
       THEN 'mayHaveLeft' ELSE o.state END AS state, count(*) AS count FROM payout_order o GROUP BY 1 ORDER BY 1`,
  );
  return Object.fromEntries(found.map(({ state, count }) => [state, count]));
}

/** Nothing is in doubt by the restore any more, and every open case was started. */
async function wholeAgain({ dataSource }: ChaosGround, signal: AbortSignal): Promise<void> {
  await waitUntil(
    async () => {
      const [left] = await rows<{ doubted: number; behind: number; unstarted: number }>(
        dataSource,
        `SELECT (SELECT count(*) FROM payout_order o WHERE state IN ('sent', 'unknown')
           AND EXISTS (SELECT 1 FROM payout_attempt a WHERE a.order_no = o.order_no AND a.answer = 'restored')) AS doubted,
           (SELECT count(*) FROM restoration WHERE caught_up_at IS NULL) AS behind,
           (SELECT count(*) FROM cases WHERE workflow_started_at IS NULL AND stage <> 'closed') AS unstarted`,
      );
      if (left!.doubted + left!.behind + left!.unstarted > 0) throw new Error(`not whole: ${JSON.stringify(left)}`);
    },
    { withinMs: 20 * 60_000, everyMs: 500, signal },
  );
}

function batchesKept({ dataSource }: ChaosGround): Promise<{ batchNo: string; caseNo: string }[]> {
  return rows(
    dataSource,
    `SELECT batch_no AS "batchNo", min(case_no) AS "caseNo" FROM payout_batch_item GROUP BY batch_no`,
  );
}

async function lookAtEnd(system: System, ground: ChaosGround, signal: AbortSignal): Promise<string[]> {
  const faults: string[] = [];
  const quiet = async () => {
    const [left] = await rows<{ outbox: number; entries: number }>(
      ground.dataSource,
      `SELECT (SELECT count(*) FROM outbox WHERE done_at IS NULL AND dead_at IS NULL) AS outbox, (SELECT count(*) FROM bank_entry) AS entries`,
    );
    const unread = (await readLedger(system.addresses.bank)).length - left!.entries;
    if (left!.outbox + unread > 0) throw new Error(`${left!.outbox} in the outbox, ${unread} entries unread`);
  };
  await waitUntil(quiet, { withinMs: 10 * 60_000, everyMs: 1_000, signal }).catch((error: Error) =>
    faults.push(`not at rest: ${error.message}`),
  );
  const picture = await checkPayouts(ground, system.addresses.bank, agencyId);
  faults.push(...picture.faults);
  if (picture.inDoubt > 0) faults.push(`${picture.inDoubt} entries of the bank are exceptions`);
  const summary = (await (await fetch(`${system.addresses.bank}/ledger/summary`)).json()) as {
    ordersBookedTwice: string[];
  };
  faults.push(...summary.ordersBookedTwice.map((orderNo) => `the bank booked ${orderNo} twice`));
  const supervisor = new Person(
    system.addresses.api,
    'finreview1',
    system.demo.password,
    { lost: 0, refused: 0 },
    signal,
  );
  const date = shanghaiDate(Date.now());
  const day = await supervisor.get<ReconciliationAnswer>(`/api/finance/reconciliation?date=${date}`);
  faults.push(...day.exceptions.map(({ orderNo, reason }) => `reconciliation: ${orderNo ?? '-'} ${reason}`));
  if (day.balance.differenceFen !== 0) faults.push(`reconciliation: a difference of ${day.balance.differenceFen} 分`);
  const audit = await auditFault(system);
  return audit === null ? faults : [...faults, audit];
}

/** Both lives. The homes are removed when nothing was wrong. */
export async function drill(plan: DrillPlan): Promise<DrillFigures> {
  const [first, second] = [join(plan.folder, 'first'), join(plan.folder, 'second')];
  const begun = await firstLife(plan, first);
  const ended = await secondLife(plan, first, second);
  const figures = { ...begun, ...ended } as DrillFigures;
  if (figures.faults.length === 0) for (const home of [first, second]) removeHome(openHome(home).path);
  return figures;
}

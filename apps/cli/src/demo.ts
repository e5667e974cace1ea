import { randomBytes } from 'node:crypto';
import type { ExamplePackage } from '@banjie/contracts';
import { DomainError } from '@banjie/domain';
import { readCalendar, readPackages } from './demo/example-files';
import type { PackageOutcome } from './demo/outcome';
import { ProgressJournal } from './demo/progress-journal';
import { countingLine, tableOf } from './demo/report';
import { runPackage } from './demo/run-package';
import { examplesHome, NothingRunning, readRunningSystem } from './demo/running-system';
import { isAlive, Staff } from './demo/staff';
import { type Options, readOptions } from './options';

const help = `用法:npx banjie demo [选项]

把 examples/ 中的每个办件包经 HTTP 收件,以不同岗位的人员办到底,与 case.json 的预期比较。

  --run 种子          本次运行的参保人、票据号码由它生成;中断后用同一种子接着办(默认随机,打印出来)
  --only 名称         只办这一个包,可重复
  --concurrency N     同时办几个包,1 至 32,默认 4
  --list              列出办件包
  --json              输出 JSON

退出码:0 全部符合预期,1 有不符,2 用法有误,3 没有正在运行的系统。
`;

/** `banjie demo`. Exit code 0 all as expected, 1 any differs, 3 nothing running; 2 for bad usage through DomainError. */
export async function demo(args: string[]): Promise<number> {
  const options = readOptions(args, {
    run: 'string',
    only: 'string',
    concurrency: 'string',
    list: 'boolean',
    json: 'boolean',
    help: 'boolean',
  });
  if (options.flag('help')) {
    process.stdout.write(help);
    return 0;
  }
  const chosen = choose(readPackages(examplesHome), options.all('only'));
  const run = readSeed(options);
  const concurrency = readConcurrency(options.one('concurrency'));
  if (options.flag('list')) {
    process.stdout.write(chosen.map(({ name, title }) => `${name.padEnd(38)}${title}\n`).join(''));
    return 0;
  }
  try {
    const outcomes = await runAll(chosen, run, concurrency);
    process.stdout.write(
      options.flag('json')
        ? `${JSON.stringify({ run, packages: outcomes, summary: countingLine(outcomes) })}\n`
        : tableOf(outcomes),
    );
    return outcomes.every(({ asExpected }) => asExpected) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof NothingRunning)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 3;
  }
}

async function runAll(chosen: readonly ExamplePackage[], run: string, concurrency: number): Promise<PackageOutcome[]> {
  const system = readRunningSystem();
  const tell = (line: string) => process.stderr.write(`${line}\n`);
  if (!(await aliveWithin(system.apiUrl, 15_000))) {
    throw new NothingRunning(`${system.apiUrl} 没有回答:请先运行 npm start,看到 ready 一行后再试。`);
  }
  tell(`run ${run}:${chosen.length} 个办件包,同时办 ${concurrency} 个(中断后加 --run ${run} 接着办)`);
  const staff = await Staff.signIn(system);
  const context = { run, system, examplesHome, staff, journal: new ProgressJournal(system.home, run), tell };
  const calendar = readCalendar(examplesHome);
  const outcomes = new Map<string, PackageOutcome>();
  const waiting = [...chosen];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const outcome = await runPackage(next, context, calendar);
      outcomes.set(next.name, outcome);
      const mark = outcome.asExpected ? '✓' : `✗ ${outcome.differences[0] ?? ''}`;
      tell(`[${outcomes.size}/${chosen.length}] ${next.name} ${mark} (${outcome.seconds.toFixed(1)} 秒)`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return chosen.flatMap(({ name }) => outcomes.get(name) ?? []);
}

async function aliveWithin(apiUrl: string, ms: number): Promise<boolean> {
  for (const giveUpAt = Date.now() + ms; ;) {
    if (await isAlive(apiUrl)) return true;
    if (Date.now() > giveUpAt) return false;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function choose(packages: readonly ExamplePackage[], only: readonly string[]): ExamplePackage[] {
  const unknown = only.find((name) => !packages.some((one) => one.name === name));
  if (unknown !== undefined)
    throw new DomainError('BAD_USAGE', { reason: `没有办件包“${unknown.slice(0, 60)}”,可用 --list 查看` });
  return only.length === 0 ? [...packages] : packages.filter(({ name }) => only.includes(name));
}

function readSeed(options: Options): string {
  const seed = options.one('run') ?? randomBytes(4).toString('hex');
  if (!/^[A-Za-z0-9._-]{1,40}$/.test(seed))
    throw new DomainError('BAD_USAGE', { reason: '--run 须为 1 至 40 个字母、数字、点、横线' });
  return seed;
}

function readConcurrency(text = '4'): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 32)
    throw new DomainError('BAD_USAGE', { reason: '--concurrency 须为 1 至 32 的整数' });
  return value;
}

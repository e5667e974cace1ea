import type {
  DeadlineAnswer,
  ExampleCalendar,
  ExampleClaim,
  ExampleDeadlines,
  ExamplePackage,
} from '@banjie/contracts';
import { ClaimRun, type RunContext } from './claim-run';
import { BruteCount } from './counting';
import { refusalOf } from './http';
import { compareActs, compareBank, compareClocks, compareEnd } from './judge-end';
import { type ComparedDueDate, NotAsExpected, type PackageOutcome } from './outcome';

/** One package from its papers to the comparison of its end. What goes wrong is a difference, never an exception. */
export async function runPackage(
  example: ExamplePackage,
  context: RunContext,
  calendar: ExampleCalendar,
): Promise<PackageOutcome> {
  const startedAt = Date.now();
  const blank: PackageOutcome = {
    name: example.name,
    title: example.title,
    asExpected: false,
    expected: '',
    got: '',
    caseNos: [],
    dueDates: [],
    paidFen: 0,
    refusals: [],
    differences: [],
    seconds: 0,
  };
  const outcome =
    example.kind === 'claim'
      ? await runClaim(example, context, calendar, blank)
      : await runDeadlines(example, context, calendar, blank);
  return { ...outcome, asExpected: outcome.differences.length === 0, seconds: (Date.now() - startedAt) / 1_000 };
}

async function runClaim(
  claim: ExampleClaim,
  context: RunContext,
  calendar: ExampleCalendar,
  blank: PackageOutcome,
): Promise<PackageOutcome> {
  const outcome = {
    ...blank,
    expected: Object.values(claim.expect)
      .map(({ outcome: word, orders }) => inShort(word, orders))
      .join(';'),
  };
  const run = new ClaimRun(claim, context);
  const count = new BruteCount(calendar, true);
  try {
    await run.walk();
  } catch (error) {
    outcome.differences.push(sentenceOf(error));
  }
  outcome.refusals = run.refusals;
  outcome.caseNos = [...run.cases.values()].map(({ caseNo }) => caseNo);
  const ends: string[] = [];
  for (const [label, expected] of Object.entries(claim.expect)) {
    const running = run.cases.get(label);
    if (!running) {
      ends.push('未收件');
      continue;
    }
    try {
      const view = await run.view(running.caseNo);
      ends.push(
        inShort(
          view.outcome ?? view.stage,
          view.orders.map(({ state }) => state),
        ),
      );
      const clocks = compareClocks(view, label, count);
      const bank = await compareBank(context.system.bankUrl, view, expected);
      outcome.dueDates.push(...clocks.dueDates);
      outcome.paidFen += bank.paidFen;
      outcome.differences.push(
        ...[
          ...compareEnd(view, expected),
          ...compareActs(view, claim, label),
          ...clocks.differences,
          ...bank.differences,
        ].map((line) => `${running.caseNo}:${line}`),
      );
    } catch (error) {
      outcome.differences.push(sentenceOf(error));
    }
  }
  return { ...outcome, got: ends.join(';') };
}

/** Fixed dates through `POST /api/deadlines`: with the typed dates and, day by day, with the demo's own count. */
async function runDeadlines(
  example: ExampleDeadlines,
  context: RunContext,
  calendar: ExampleCalendar,
  blank: PackageOutcome,
): Promise<PackageOutcome> {
  const outcome = { ...blank, expected: `${example.probes.length} 个日期` };
  const dueDates: ComparedDueDate[] = [];
  const [asker] = context.staff.of({ post: 'window' }, example.name);
  let right = 0;
  for (const [index, { request, expect, why }] of example.probes.entries()) {
    try {
      const answer = await asker!.post('/api/deadlines', request);
      const refused = refusalOf(answer);
      if (refused) throw new NotAsExpected(`${why}:${refused.code} ${refused.message}`);
      const { receivedOn, dueDate, dueAt, countedDays } = answer.body as DeadlineAnswer;
      const days = request.limit.kind === 'workingDays' ? request.limit.n : 0;
      const count = new BruteCount(calendar, request.region === '450200');
      const counted = count.dueDate(receivedOn, days, request.pauses ?? []);
      dueDates.push({ case: String(index + 1), clock: why, dueDate, counted });
      const same = receivedOn === expect.receivedOn && dueDate === expect.dueDate && dueAt === expect.dueAt;
      if (!same)
        outcome.differences.push(
          `${why}:应为 ${expect.receivedOn} 起、${expect.dueDate} 止,实为 ${receivedOn} 起、${dueAt} 止`,
        );
      else if (counted !== dueDate || countedDays.length !== days || countedDays.at(-1) !== dueDate) {
        outcome.differences.push(
          `${why}:逐日计数为 ${counted},返回 ${countedDays.length} 日至 ${countedDays.at(-1) ?? '无'}`,
        );
      } else right += 1;
    } catch (error) {
      outcome.differences.push(sentenceOf(error));
    }
  }
  return { ...outcome, dueDates, got: `${right} 个日期` };
}

function inShort(word: string, orders: readonly string[]): string {
  return orders.length === 0 ? word : `${word} ${orders.join('→')}`;
}

function sentenceOf(error: unknown): string {
  if (error instanceof NotAsExpected) return error.message;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

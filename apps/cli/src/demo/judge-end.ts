import type { BankLedgerSummary, BankQueryAnswer, CaseView, ExampleClaim, ExpectedCase } from '@banjie/contracts';
import { staffActs } from '@banjie/domain';
import { type BruteCount, dateOf } from './counting';
import { persist, refusalOf } from './http';
import type { ComparedDueDate } from './outcome';

type Clock = CaseView['clocks'][number];

/** Limits of P-01 in working days and whether they start from outside, typed once more (04-clocks § 2, § 3, T-05, T-10). */
const limits: Record<string, { days: number; fromOutside: boolean; pausable: boolean }> = {
  'K-01': { days: 1, fromOutside: true, pausable: false },
  'K-02': { days: 18, fromOutside: false, pausable: true },
  'K-03': { days: 1, fromOutside: false, pausable: false },
  'K-04': { days: 20, fromOutside: true, pausable: true },
  'K-86': { days: 10, fromOutside: false, pausable: false },
};

/** Compares where the case ended with where the package says it should. Returns sentences; none = as expected. */
export function compareEnd(view: CaseView, expected: ExpectedCase): string[] {
  const orders = view.orders.map(({ state }) => state);
  const clocks = [...new Set(view.clocks.map(({ clock }) => clock))].sort();
  const pairs: [string, unknown, unknown][] = [
    ['结果', expected.outcome, view.outcome],
    ['环节', expected.stage, view.stage],
    ['应支付', expected.payableFen, expected.payableFen === null ? null : view.payableFen],
    ['拨付单', expected.orders.join('、'), orders.join('、')],
    ['时限', expected.clocks.join('、'), clocks.join('、')],
    [
      '未停的时限',
      '',
      view.clocks
        .filter(({ state }) => state !== 'stopped')
        .map(({ clock }) => clock)
        .join('、'),
    ],
  ];
  const differences = pairs.flatMap(([what, wanted, got]) =>
    wanted === got ? [] : [`${what}应为 ${String(wanted)},实为 ${String(got)}`],
  );
  const people = view.duties.map(({ personId }) => personId);
  if (new Set(people).size !== people.length) differences.push('同一人承担了两个职责');
  return differences;
}

/** No act twice: exactly the acts the steps asked for stand in the timeline, numbered without a gap. */
export function compareActs(view: CaseView, claim: ExampleClaim, label: string): string[] {
  const wanted = claim.steps.flatMap((step) =>
    step.do === 'act' && step.case === label && !step.refusedWith ? [step.body.act] : [],
  );
  const done = view.acts.map(({ act }) => act).filter((act) => (staffActs as readonly string[]).includes(act));
  const differences =
    wanted.join('、') === done.join('、') ? [] : [`办理应为 ${wanted.join('、')},实为 ${done.join('、')}`];
  const gaps = view.acts.filter(({ seq }, place) => seq !== place + 1);
  return gaps.length === 0 ? differences : [...differences, '办理序号不连续'];
}

/** Counts every due date anew from the instants the API returned (T-03…T-05, pauses by § 2). */
export function compareClocks(
  view: CaseView,
  label: string,
  count: BruteCount,
): { dueDates: ComparedDueDate[]; differences: string[] } {
  const pauses = pausesOf(view, count);
  const dueDates: ComparedDueDate[] = [];
  const differences = startsOf(view);
  for (const clock of view.clocks) {
    const limit = limits[clock.clock];
    if (!limit) {
      differences.push(`不认识的时限 ${clock.clock}`);
      continue;
    }
    const dayZero = limit.fromOutside ? count.receivedOn(clock.startedAt) : dateOf(clock.startedAt);
    const counted = count.dueDate(dayZero, limit.days, limit.pausable ? pauses : []);
    dueDates.push({ case: label, clock: clock.clock, dueDate: clock.dueDate, counted });
    if (clock.dayZero !== dayZero) differences.push(`${clock.clock} 起算日应为 ${dayZero},实为 ${clock.dayZero}`);
    if (clock.dueDate !== counted) differences.push(`${clock.clock} 截止日应为 ${counted},实为 ${clock.dueDate}`);
    if (Date.parse(clock.dueAt) !== Date.parse(`${counted}T16:00:00+08:00`)) {
      differences.push(`${clock.clock} 截止时刻应为 ${counted} 16:00,实为 ${clock.dueAt}`);
    }
  }
  return { dueDates, differences };
}

/** Notice and arrival as the timeline has them: staff by calendar date, what arrives by the day it is deemed received. */
function pausesOf(view: CaseView, count: BruteCount): { from: string; to: string | null }[] {
  const asked = view.acts.filter(({ act }) => act === 'askSupplement');
  return asked.map(({ at, seq }) => {
    const arrived = view.acts.find((act) => act.seq > seq && act.act === 'supplement');
    return { from: dateOf(at), to: arrived ? count.receivedOn(arrived.at) : null };
  });
}

/** Each clock starts at the instant of the act that starts it, as the timeline tells it. */
function startsOf(view: CaseView): string[] {
  const first = (...acts: string[]) => view.acts.find(({ act }) => acts.includes(act))?.at;
  const paid = view.acts.find(({ act, stageTo }) => act === 'settlePayout' && stageTo !== 'preparePayout')?.at;
  const starts: Record<string, string | undefined> = {
    'K-01': view.receivedAt,
    'K-02': first('accept'),
    'K-03': paid ?? view.acts.findLast(({ act }) => act === 'approve' || act === 'reject')?.at,
    'K-04': view.receivedAt,
    'K-86': first('returnPayout'),
  };
  return view.clocks.flatMap(({ clock, startedAt }: Clock) => {
    const wanted = starts[clock];
    return wanted !== undefined && Date.parse(wanted) === Date.parse(startedAt)
      ? []
      : [`${clock} 应自 ${String(wanted)} 起算,实为 ${startedAt}`];
  });
}

/** Asks the bank itself: every order booked exactly once or not at all, and what stays with the person. */
export async function compareBank(
  bankUrl: string,
  view: CaseView,
  expected: ExpectedCase,
): Promise<{ paidFen: number; differences: string[] }> {
  const differences: string[] = [];
  const ask = async <Body>(path: string): Promise<Body> => {
    const answer = await persist({ method: 'GET', url: `${bankUrl}${path}` });
    const refused = refusalOf(answer);
    if (refused) throw new Error(`银行:${refused.code} ${refused.message}`);
    return answer.body as Body;
  };
  const summary = await ask<BankLedgerSummary>('/ledger/summary');
  let paidFen = 0;
  for (const { orderNo, state, amountFen } of view.orders) {
    const booked = await ask<BankQueryAnswer>(`/orders/${encodeURIComponent(orderNo)}`);
    const times = summary.bookingsByOrder[orderNo] ?? 0;
    const wanted = { paid: 'booked', returned: 'booked', failed: 'refused', void: 'notReceived' }[state as string];
    if (booked.status !== wanted) differences.push(`拨付单 ${orderNo} ${state},银行为 ${booked.status}`);
    if (times !== (wanted === 'booked' ? 1 : 0)) differences.push(`拨付单 ${orderNo} 在银行记账 ${times} 次`);
    if (wanted === 'booked' && booked.amountFen !== amountFen)
      differences.push(`拨付单 ${orderNo} 银行金额为 ${String(booked.amountFen)} 分`);
    if ((booked.returned !== undefined) !== (state === 'returned'))
      differences.push(`拨付单 ${orderNo} ${state},银行${booked.returned ? '已' : '未'}退票`);
    if (booked.status === 'booked' && !booked.returned) paidFen += booked.amountFen ?? 0;
  }
  if (paidFen !== expected.paidFen) differences.push(`实付应为 ${expected.paidFen} 分,银行为 ${paidFen} 分`);
  return { paidFen, differences };
}

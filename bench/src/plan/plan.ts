import { forecastPayouts, formatDay, monthOf, parseDate, shiftMonth } from '@banjie/domain';
import { rounded } from '../figures';
import type { Proof } from '../proof';
import { AgencyYears, isPayDay } from './agency';

const firstDay = '2022-10-01';
/** The first month with more than a year of whole months behind the day its plan is drawn up on. */
const firstPlanned = '2024-02';
const plannedMonths = 24;
const drawnOn = 19;
const mostRatio = 0.75;

interface PlannedMonth {
  month: string;
  paidFen: number;
  plannedFen: number;
  /** The last whole month before the plan was drawn up: what somebody plans who plans the same as last month. */
  lastMonthFen: number;
  /** The month in which it was drawn up, as if its end had been known. */
  runningMonthFen: number;
  /** Mean over the pay days of |planned − paid|, against the mean of what was paid. */
  dayError: number;
}

function replay(seed: number, arrivalsADay: number): PlannedMonth[] {
  const agency = new AgencyYears(seed, arrivalsADay);
  const plans = new Map<string, { totalFen: number; days: Map<string, number> }>();
  const end = shiftMonth(firstPlanned, plannedMonths);
  for (let day = parseDate(firstDay); formatDay(day) < `${end}-01`; day += 1) {
    const date = formatDay(day);
    agency.live(date);
    const month = shiftMonth(date.slice(0, 7), 1);
    if (Number(date.slice(8)) !== drawnOn || month < firstPlanned || month >= end) continue;
    const stays = agency.stays(formatDay(day - 150), formatDay(day - 50));
    const facts = { asOf: date, open: agency.open(), stays, paid: agency.paid(), isPayDay };
    const { days } = forecastPayouts(facts, month);
    const byDay = new Map<string, number>();
    for (const one of days) byDay.set(one.day, (byDay.get(one.day) ?? 0) + one.openFen + one.comingFen);
    plans.set(month, { totalFen: monthOf(days, month).totalFen, days: byDay });
  }
  const byDay = new Map<string, number>();
  for (const { paidOn, fen } of agency.paid()) byDay.set(paidOn, (byDay.get(paidOn) ?? 0) + fen);
  const paidIn = (month: string) =>
    [...byDay].reduce((sum, [day, fen]) => (day.startsWith(month) ? sum + fen : sum), 0);
  return [...plans].map(([month, plan]) => {
    const payDays = [...plan.days.keys()].filter((day) => day.startsWith(month));
    const missed = payDays.reduce((sum, day) => sum + Math.abs(plan.days.get(day)! - (byDay.get(day) ?? 0)), 0);
    const paidFen = paidIn(month);
    return {
      ...{ month, paidFen, plannedFen: plan.totalFen, dayError: missed / paidFen },
      ...{ lastMonthFen: paidIn(shiftMonth(month, -2)), runningMonthFen: paidIn(shiftMonth(month, -1)) },
    };
  });
}

/** Mean absolute error in per cent of what was paid. */
const mape = (months: readonly PlannedMonth[], of: 'plannedFen' | 'lastMonthFen' | 'runningMonthFen') =>
  (100 / months.length) * months.reduce((sum, one) => sum + Math.abs(one[of] - one.paidFen) / one.paidFen, 0);

/**
 * The 用款计划 of 24 months of four generated agencies, each drawn up on the 19th of the month before and compared with what was paid. The
 * agencies are lived day by day and share no formula with the forecast. Against it stands who plans the same as last month: the last whole one on
 * that day, and, for doubters, the running one as if its end had been known.
 */
export const planProof: Proof = {
  name: 'plan',
  options: [],
  run: async (context) => {
    const months: PlannedMonth[] = [];
    for (let n = 0; n < 4 && !context.signal.aborted; n += 1) {
      months.push(...replay(context.seed + n, [20, 40, 60, 80][n]!));
      await new Promise((resolve) => setImmediate(resolve));
      context.report(`agency ${n + 1} of 4`);
    }
    if (months.length < 4 * plannedMonths) throw new Error('ended early');
    const planned = mape(months, 'plannedFen');
    const ratio = planned / mape(months, 'lastMonthFen');
    const worst = Math.max(...months.map(({ plannedFen, paidFen }) => Math.abs(plannedFen - paidFen) / paidFen));
    const bias = months.reduce((sum, one) => sum + (one.plannedFen - one.paidFen) / one.paidFen, 0) / months.length;
    return {
      pass: ratio <= mostRatio,
      figures: {
        ...{
          agencies: 4,
          months: months.length,
          mapePercent: rounded(planned),
          ratioToSameAsLastMonth: rounded(ratio, 3),
        },
        mapeSameAsLastMonthPercent: rounded(mape(months, 'lastMonthFen')),
        mapeSameAsRunningMonthPercent: rounded(mape(months, 'runningMonthFen')),
        ratioToSameAsRunningMonth: rounded(planned / mape(months, 'runningMonthFen'), 3),
        ...{ worstPercent: rounded(100 * worst), biasPercent: rounded(100 * bias) },
        dayErrorPercent: rounded((100 / months.length) * months.reduce((sum, one) => sum + one.dayError, 0)),
      },
      bars: { ratioToSameAsLastMonth: `<= ${mostRatio}` },
      servers: {},
    };
  },
};

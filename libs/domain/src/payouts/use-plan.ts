import { insuranceSchemes, type InsuranceScheme } from '../benefit/policy';
import { daysInMonth, formatDay, parseDate } from '../calendar/dates';
import { shiftMonth } from '../calendar/months';
import type { Stage } from '../case/words';

/** D3 第九十六条: the plan of the next month is with 财政 by the 20th (K-57). A day that is stated so does not move, be it a holiday or not. */
export const usePlanDueDay = 20;

/** Cases of one scheme that lie at one stage. */
export interface OpenCases {
  stage: Stage;
  scheme: InsuranceScheme;
  /** The amounts, in 分, of those that have one: decided, or proposed. */
  knownFen: number;
  /** How many have none yet. */
  unknownCount: number;
}

/** Past cases that lay at a stage from one day to another, and the day on which they were paid; null: never. */
export interface PastStay {
  stage: Stage;
  enteredOn: string;
  leftOn: string;
  paidOn: string | null;
  count: number;
}

export interface PastPayments {
  scheme: InsuranceScheme;
  paidOn: string;
  /** When these cases were received. */
  receivedOn: string;
  count: number;
  fen: number;
}

/** What is known on the evening of a day; everything in it happened until then. */
export interface UsePlanFacts {
  asOf: string;
  open: readonly OpenCases[];
  stays: readonly PastStay[];
  paid: readonly PastPayments[];
  isPayDay: (date: string) => boolean;
}

export interface ForecastDay {
  day: string;
  scheme: InsuranceScheme;
  /** Of cases that are here already, and of those that are still to come. */
  openFen: number;
  comingFen: number;
}

/** Everything the forecast was made of, so that it can be doubted. */
export interface ForecastBasis {
  asOf: string;
  payDays: number;
  schemes: {
    scheme: InsuranceScheme;
    /** 分 on a usual pay day lately, freed of the season. */
    usualDayFen: number;
    /** The month against a usual one, in basis points. */
    seasonBp: number;
    meanCaseFen: number;
    /** More than this was paid on no twenty pay days of the last year; null: it has not paid for so long. */
    mostADayFen: number | null;
  }[];
  stages: { stage: Stage; openFen: number; paidInHundred: number; medianPayDays: number | null }[];
}

export interface Forecast {
  /** Every pay day after `asOf` up to the end of the month, by scheme. */
  days: ForecastDay[];
  basis: ForecastBasis;
}

/** Months of which the present level is taken; a case is looked for at its stages for so many pay days after. */
const levelMonths = 5;
const longestLag = 90;
/** The pace of an office is its best mean of so many pay days among so many. */
const [paceDays, paceWithin] = [20, 250];
/** Where a stage was never seen before, its money is spread over so many pay days. */
const unknownSpread = 10;

/**
 * What will be paid on each pay day until the end of a month.
 * (a) Cases that are here: their amount, or the mean of their scheme where none is known, times how often and how many pay days later cases
 * at that stage were paid. Orders are cases at the last stages.
 * (b) Cases still to come: what is usually paid on a pay day of that season, times the share that cases received after `asOf` can have by then.
 * (c) The season of a calendar month is its payments per pay day against those of the twelve months about it; one year counts half.
 * (d) No more goes out than could at the best pace of the last year; the rest waits, cases that are here first. An office with a heap before it
 * pays no faster for the heap.
 * The same facts give the same forecast.
 */
export function forecastPayouts(facts: UsePlanFacts, month: string): Forecast {
  const { asOf } = facts;
  const begins = [...facts.paid.map(({ receivedOn }) => receivedOn), ...facts.stays.map(({ enteredOn }) => enteredOn)];
  const first = begins.reduce((least, day) => (day < least ? day : least), asOf);
  const days = new PayDays(first, lastDayOf(month), facts.isPayDay);
  const lags = lagsOf(facts.stays, days);
  const coming = days.after(asOf);
  const newShare = newShares(facts.paid, days, coming.length);
  const at = new Map<InsuranceScheme, { openFen: number[]; comingFen: number[] }>();
  const schemes: ForecastBasis['schemes'] = [];
  for (const scheme of insuranceSchemes) {
    const paid = facts.paid.filter((one) => one.scheme === scheme);
    const { usualDayFen, seasonOf } = seasonsOf(paid, asOf, facts.isPayDay);
    const meanCaseFen = meanOf(paid, days, asOf);
    const openFen = coming.map(() => 0);
    for (const group of facts.open.filter((one) => one.scheme === scheme)) {
      const expected = group.knownFen + group.unknownCount * meanCaseFen;
      const spread = lags.get(group.stage)?.shares ?? Array<number>(unknownSpread).fill(1 / unknownSpread);
      spread.forEach((share, index) => {
        if (index < openFen.length) openFen[index]! += expected * share;
      });
    }
    const comingFen = coming.map((day, index) => usualDayFen * seasonOf(day.slice(0, 7)) * newShare[index]!);
    const mostADayFen = bestPaceOf(paid, days, asOf);
    at.set(scheme, heldTo(mostADayFen, openFen, comingFen));
    schemes.push({
      ...{ scheme, usualDayFen: Math.round(usualDayFen), seasonBp: Math.round(seasonOf(month) * 10_000) },
      ...{ meanCaseFen: Math.round(meanCaseFen), mostADayFen: mostADayFen === null ? null : Math.round(mostADayFen) },
    });
  }
  return {
    days: coming.flatMap((day, index) =>
      insuranceSchemes.map((scheme) => ({
        ...{ day, scheme, openFen: Math.round(at.get(scheme)!.openFen[index]!) },
        comingFen: Math.round(at.get(scheme)!.comingFen[index]!),
      })),
    ),
    basis: {
      ...{ asOf, payDays: coming.filter((day) => day.startsWith(month)).length, schemes },
      stages: stagesOf(facts.open, lags, schemes),
    },
  };
}

/** What the pay days of the month come to, by scheme and in all, in 分. */
export function monthOf(
  days: readonly ForecastDay[],
  month: string,
): { totalFen: number; schemes: Record<InsuranceScheme, number> } {
  const schemes = Object.fromEntries(insuranceSchemes.map((scheme) => [scheme, 0])) as Record<InsuranceScheme, number>;
  for (const { day, scheme, openFen, comingFen } of days) {
    if (day.startsWith(month)) schemes[scheme] += openFen + comingFen;
  }
  return { totalFen: Object.values(schemes).reduce((sum, one) => sum + one, 0), schemes };
}

export interface ReserveWarning {
  /** The first pay day after which the 支出户 would hold less than its reserve, if nothing came in. */
  day: string;
  /** What must come in by the end of the month to keep it, in 分. */
  neededFen: number;
}

/** Whether the payments foreseen would take the 支出户 below its reserve (R-FN-09); null: they would not, or no balance is known. */
export function warnOfReserve(
  days: readonly ForecastDay[],
  { balanceFen, reserveFen }: { balanceFen: number | null; reserveFen: number },
): ReserveWarning | null {
  if (balanceFen === null) return null;
  let left = balanceFen;
  let day: string | null = null;
  for (const one of days) {
    left -= one.openFen + one.comingFen;
    if (left < reserveFen) day ??= one.day;
  }
  return day === null ? null : { day, neededFen: reserveFen - left };
}

/** How far a plan was from what was paid: `errorFen` is planned − paid, `errorBp` that in basis points of what was paid (null: nothing was). */
export function planError(plannedFen: number, paidFen: number): { errorFen: number; errorBp: number | null } {
  const errorFen = plannedFen - paidFen;
  return { errorFen, errorBp: paidFen === 0 ? null : Math.round((errorFen / paidFen) * 10_000) };
}

const lastDayOf = (month: string) => `${month}-${daysInMonth(Number(month.slice(0, 4)), Number(month.slice(5)))}`;

/** Pay days in a row, so that a distance between two days is a number. */
class PayDays {
  private readonly first: number;
  private readonly last: number;
  private readonly counts: number[] = [];
  private readonly list: string[] = [];
  private readonly known = new Map<string, number>();

  constructor(from: string, to: string, isPayDay: (date: string) => boolean) {
    this.first = parseDate(from);
    this.last = parseDate(to);
    for (let day = this.first; day <= this.last; day += 1) {
      if (isPayDay(formatDay(day))) this.list.push(formatDay(day));
      this.counts.push(this.list.length);
    }
  }

  /** Pay days up to a day and on it; days before the first are as the first. */
  upTo(date: string): number {
    const kept = this.known.get(date);
    if (kept !== undefined) return kept;
    const count = this.counts[Math.min(Math.max(parseDate(date), this.first), this.last) - this.first]!;
    this.known.set(date, count);
    return count;
  }

  after = (date: string): string[] => this.list.slice(this.upTo(date));
}

interface StageLags {
  /** Of cases that lay there on some evening: the share that was paid so many pay days later, the next one first. */
  shares: number[];
}

function lagsOf(stays: readonly PastStay[], days: PayDays): Map<Stage, StageLags> {
  const found = new Map<Stage, { seen: number; paid: number[] }>();
  for (const { stage, enteredOn, leftOn, paidOn, count } of stays) {
    const one = found.get(stage) ?? { seen: 0, paid: Array<number>(longestLag).fill(0) };
    found.set(stage, one);
    const paid = paidOn === null ? null : days.upTo(paidOn);
    const left = days.upTo(leftOn);
    for (let evening = days.upTo(enteredOn); evening < left; evening += 1) {
      one.seen += count;
      if (paid !== null) one.paid[Math.min(Math.max(paid - evening, 1), longestLag) - 1]! += count;
    }
  }
  const seen = [...found].filter(([, one]) => one.seen > 0);
  return new Map(seen.map(([stage, one]) => [stage, { shares: one.paid.map((count) => count / one.seen) }]));
}

/** Of the payments so many pay days from now, the share of cases that are not received yet; learned from the last payments. */
function newShares(paid: readonly PastPayments[], days: PayDays, count: number): number[] {
  const byLag = Array<number>(count + 1).fill(0);
  let all = 0;
  for (const { receivedOn, paidOn, fen } of paid) {
    all += fen;
    byLag[Math.min(Math.max(days.upTo(paidOn) - days.upTo(receivedOn), 0), count)]! += fen;
  }
  const shares: number[] = [];
  for (let lag = 1, sooner = byLag[0]!; lag <= count; lag += 1) {
    shares.push(all === 0 ? 0 : sooner / all);
    sooner += byLag[lag]!;
  }
  return shares;
}

/** The mean of a payment of the last sixty pay days. */
function meanOf(paid: readonly PastPayments[], days: PayDays, asOf: string): number {
  const lately = paid.filter(({ paidOn }) => days.upTo(asOf) - days.upTo(paidOn) < 60);
  const count = lately.reduce((sum, one) => sum + one.count, 0);
  return count === 0 ? 0 : lately.reduce((sum, one) => sum + one.fen, 0) / count;
}

/** The best mean of twenty pay days in a row within the last 250, in 分 a day. */
function bestPaceOf(paid: readonly PastPayments[], days: PayDays, asOf: string): number | null {
  const end = days.upTo(asOf);
  const sums = Array<number>(Math.min(end, paceWithin)).fill(0);
  let first = sums.length;
  for (const { paidOn, fen } of paid) {
    const index = sums.length - 1 - (end - days.upTo(paidOn));
    if (index < 0) continue;
    sums[index]! += fen;
    first = Math.min(first, index);
  }
  if (sums.length - first < paceDays) return null;
  let running = 0;
  let best = 0;
  sums.forEach((fen, index) => {
    running += fen - (index >= paceDays ? sums[index - paceDays]! : 0);
    best = Math.max(best, running);
  });
  return best / paceDays;
}

function heldTo(mostADayFen: number | null, openFen: readonly number[], comingFen: readonly number[]) {
  const most = mostADayFen ?? Infinity;
  let [openLeft, comingLeft] = [0, 0];
  const held: { openFen: number[]; comingFen: number[] } = { openFen: [], comingFen: [] };
  openFen.forEach((open, index) => {
    openLeft += open;
    comingLeft += comingFen[index]!;
    const paidOpen = Math.min(openLeft, most);
    const paidComing = Math.min(comingLeft, most - paidOpen);
    openLeft -= paidOpen;
    comingLeft -= paidComing;
    held.openFen.push(paidOpen);
    held.comingFen.push(paidComing);
  });
  return held;
}

function seasonsOf(paid: readonly PastPayments[], asOf: string, isPayDay: (date: string) => boolean) {
  const now = asOf.slice(0, 7);
  const sums = new Map<string, number>();
  for (const { paidOn, fen } of paid) sums.set(paidOn.slice(0, 7), (sums.get(paidOn.slice(0, 7)) ?? 0) + fen);
  // The month in which the records begin shows how an agency sets out, not what it usually pays.
  const firstPaid = paid.reduce((least, { paidOn }) => (paidOn < least ? paidOn : least), asOf);
  const months: { month: string; perDay: number; payDays: number }[] = [];
  for (let month = shiftMonth(firstPaid.slice(0, 7), 1); month < now; month = shiftMonth(month, 1)) {
    const payDays = payDaysBetween(`${month}-01`, lastDayOf(month), isPayDay);
    months.push({ month, payDays, perDay: (sums.get(month) ?? 0) / Math.max(1, payDays) });
  }
  const ratios = new Map<string, number[]>();
  if (months.length >= 12) {
    months.forEach(({ month, perDay }, index) => {
      const start = Math.min(Math.max(index - 6, 0), months.length - 12);
      const about = months.slice(start, start + 12).reduce((sum, one) => sum + one.perDay, 0) / 12;
      const known = ratios.get(month.slice(5)) ?? [];
      if (about > 0) ratios.set(month.slice(5), [...known, perDay / about]);
    });
  }
  /** Each year of knowledge weighs as much as the supposition that the month is a usual one. */
  const seasonOf = (month: string): number => {
    const known = ratios.get(month.slice(5)) ?? [];
    return (1 + known.reduce((sum, ratio) => sum + ratio, 0)) / (1 + known.length);
  };
  const lately = months.slice(-levelMonths);
  const running = payDaysBetween(firstPaid.startsWith(now) ? firstPaid : `${now}-01`, asOf, isPayDay);
  const level = [...lately, { month: now, payDays: running, perDay: (sums.get(now) ?? 0) / Math.max(1, running) }];
  const weight = level.reduce((sum, { month, payDays }) => sum + payDays * seasonOf(month), 0);
  const usualDayFen = weight === 0 ? 0 : level.reduce((sum, one) => sum + one.perDay * one.payDays, 0) / weight;
  return { usualDayFen, seasonOf };
}

function payDaysBetween(from: string, to: string, isPayDay: (date: string) => boolean): number {
  let count = 0;
  for (let day = parseDate(from); day <= parseDate(to); day += 1) if (isPayDay(formatDay(day))) count += 1;
  return count;
}

function stagesOf(
  open: readonly OpenCases[],
  lags: ReadonlyMap<Stage, StageLags>,
  schemes: ForecastBasis['schemes'],
): ForecastBasis['stages'] {
  const meanOfScheme = new Map(schemes.map(({ scheme, meanCaseFen }) => [scheme, meanCaseFen]));
  const sums = new Map<Stage, number>();
  for (const { stage, scheme, knownFen, unknownCount } of open) {
    const fen = knownFen + unknownCount * (meanOfScheme.get(scheme) ?? 0);
    sums.set(stage, (sums.get(stage) ?? 0) + fen);
  }
  return [...sums].map(([stage, openFen]) => {
    const shares = lags.get(stage)?.shares ?? null;
    const all = shares?.reduce((sum, share) => sum + share, 0) ?? 0;
    let reached = 0;
    const middle = shares?.findIndex((share) => (reached += share) >= all / 2) ?? -1;
    return {
      ...{ stage, openFen: Math.round(openFen), paidInHundred: Math.round(all * 100) },
      medianPayDays: all > 0 ? middle + 1 : null,
    };
  });
}

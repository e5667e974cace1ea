import {
  formatDay,
  parseDate,
  type InsuranceScheme,
  type OpenCases,
  type PastPayments,
  type PastStay,
  type Stage,
} from '@banjie/domain';
import { seededRandom, standardNormal } from '../figures';

const road: readonly Stage[] = [
  ...([
    'initialReview',
    'secondReview',
    'approval',
    'preparePayout',
    'financeReview',
    'financeApproval',
    'pay',
  ] as const),
];

/** 春节, 清明, 劳动节, 端午, 中秋 and 国庆 as they fell or fall; the first moves between January and February. */
const holidays: readonly [string, string][] = [
  ...([
    ['2022-10-01', '2022-10-07'],
    ['2023-01-02', '2023-01-02'],
    ['2023-01-21', '2023-01-27'],
    ['2023-04-05', '2023-04-05'],
    ['2023-05-01', '2023-05-03'],
  ] as const),
  ...([
    ['2023-06-22', '2023-06-23'],
    ['2023-09-29', '2023-10-06'],
    ['2024-01-01', '2024-01-01'],
  ] as const),
  ...([
    ['2024-02-10', '2024-02-17'],
    ['2024-04-04', '2024-04-05'],
    ['2024-05-01', '2024-05-03'],
  ] as const),
  ...([
    ['2024-06-10', '2024-06-10'],
    ['2024-09-16', '2024-09-17'],
    ['2024-10-01', '2024-10-07'],
  ] as const),
  ...([
    ['2025-01-01', '2025-01-01'],
    ['2025-01-28', '2025-02-04'],
    ['2025-04-04', '2025-04-04'],
  ] as const),
  ...([
    ['2025-05-01', '2025-05-05'],
    ['2025-06-02', '2025-06-02'],
    ['2025-10-01', '2025-10-08'],
  ] as const),
  ...([
    ['2026-01-01', '2026-01-02'],
    ['2026-02-16', '2026-02-23'],
    ['2026-04-06', '2026-04-06'],
  ] as const),
].map(([from, to]) => [from, to]);

const known = new Map<string, boolean>();

export function isPayDay(date: string): boolean {
  const kept = known.get(date);
  if (kept !== undefined) return kept;
  const weekday = (parseDate(date) + 4) % 7;
  const isOne = weekday !== 0 && weekday !== 6 && !holidays.some(([from, to]) => from <= date && date <= to);
  known.set(date, isOne);
  return isOne;
}

interface LivedCase {
  scheme: InsuranceScheme;
  receivedOn: string;
  /** What it is paid if it is paid at all; known to the office from 初审 on. */
  fen: number;
  isRefused: boolean;
  /** The day on which it came to each stage, as far as it got. */
  enteredOn: string[];
  paidOn: string | null;
  /** Not to be touched before this day. */
  restsUntil: string;
}

/**
 * An agency, day by day, for the proof of the forecast alone. Claims come unevenly: more after holidays and at the ends of the year, each
 * month with a weight of its own that is not quite the same next year, on a level that wanders. 初审 and 复核 have so many hands a day and
 * work a queue off, in which a holiday leaves a heap; some claims wait for papers, some are refused. Amounts are log-normal and grow dearer.
 */
export class AgencyYears {
  private readonly cases: LivedCase[] = [];
  private active: LivedCase[] = [];
  private readonly random: () => number;
  private readonly monthWeight: number[];
  private level = 1;
  private hands = 1;
  private heap = 0;

  constructor(
    seed: number,
    private readonly arrivalsADay: number,
  ) {
    this.random = seededRandom(seed);
    const usual = [1.12, 0.95, 1.06, 1, 0.97, 1, 0.93, 0.92, 1, 0.97, 1.02, 1.2];
    this.monthWeight = usual.map((weight) => weight * Math.exp(0.08 * standardNormal(this.random)));
  }

  live(date: string): void {
    const { random } = this;
    const normal = () => standardNormal(random);
    if (!isPayDay(date)) {
      this.heap += 0.2;
      return;
    }
    this.level *= Math.exp(0.0004 + 0.008 * normal());
    this.hands = 1 + 0.8 * (this.hands - 1) + 0.05 * normal();
    const month = Number(date.slice(5, 7)) - 1;
    const yearly = 1 + 0.04 * Math.sin(Number(date.slice(0, 4)) * 7 + month * 3);
    const weight = this.monthWeight[month]! * yearly * this.level * Math.exp(0.2 * normal());
    const count = Math.round(this.arrivalsADay * weight * (1 + Math.min(this.heap, 2) * 0.6));
    this.heap = Math.max(0, this.heap - 1);
    const dearer = 1.05 ** ((parseDate(date) - parseDate('2023-01-01')) / 365);
    for (let n = 0; n < count; n += 1) {
      const scheme = random() < 0.68 ? 'resident' : 'employee';
      const fen = Math.round((scheme === 'resident' ? 280_000 : 460_000) * dearer * Math.exp(0.9 * normal()));
      const one: LivedCase = {
        ...{ scheme, fen, receivedOn: date, isRefused: random() < 0.07, enteredOn: [date], paidOn: null },
        restsUntil: random() < 0.08 ? formatDay(parseDate(date) + 7 + Math.floor(random() * 20)) : date,
      };
      this.cases.push(one);
      this.active.push(one);
    }
    const capacity = [1.18, 1.25, 1.6, 3, 3, 3, 9].map((share) =>
      Math.round(this.arrivalsADay * share * this.level * this.hands),
    );
    // From the end of the road, so that nothing takes two steps on a day.
    for (let place = road.length - 1; place >= 0; place -= 1) {
      let left = capacity[place]!;
      for (const one of this.active) {
        if (left <= 0) break;
        if (one.enteredOn.length !== place + 1 || one.restsUntil > date || one.enteredOn[place] === date) continue;
        left -= 1;
        if (place === 1 && one.isRefused) one.restsUntil = '9999-12-31';
        else if (place === road.length - 1) one.paidOn = date;
        else one.enteredOn.push(date);
      }
    }
    this.active = this.active.filter(({ paidOn, restsUntil }) => paidOn === null && restsUntil < '9999');
  }

  open(): OpenCases[] {
    const groups = new Map<string, OpenCases>();
    for (const { scheme, fen, enteredOn } of this.active) {
      const stage = road[enteredOn.length - 1]!;
      const group = groups.get(`${stage} ${scheme}`) ?? { stage, scheme, knownFen: 0, unknownCount: 0 };
      groups.set(`${stage} ${scheme}`, group);
      if (enteredOn.length === 1) group.unknownCount += 1;
      else group.knownFen += fen;
    }
    return [...groups.values()];
  }

  /** What became of cases received in a stretch of days, as the records show it. */
  stays(from: string, to: string): PastStay[] {
    return this.cases
      .filter(({ receivedOn }) => receivedOn >= from && receivedOn < to)
      .flatMap(({ enteredOn, paidOn }) =>
        enteredOn.map((entered, place) => ({
          ...{ stage: road[place]!, enteredOn: entered, paidOn, count: 1 },
          // A refused one leaves 复核 within some days; what matters is that it is not paid.
          leftOn: enteredOn[place + 1] ?? paidOn ?? formatDay(parseDate(entered) + 3),
        })),
      );
  }

  paid(): PastPayments[] {
    return this.cases.flatMap(({ scheme, receivedOn, paidOn, fen }) =>
      paidOn === null ? [] : [{ scheme, receivedOn, paidOn, count: 1, fen }],
    );
  }
}

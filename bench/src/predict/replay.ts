import {
  addWorkingDays,
  calendarFor,
  closeOfOffice,
  lastWorkingDays,
  paceWorkingDays,
  predictBreaches,
  type QueuedCase,
  type Stage,
} from '@banjie/domain';
import { seededRandom, standardNormal } from '../figures';
import { OfficeMonths, officeRoad, workingDaysFrom } from './office';

const calendar = calendarFor('450200');
const arrivalsADay = 42;
export const horizonWorkingDays = 2;

/** Cases counted once for each evening: what was foretold, what came, both at once, and what was open and due within the horizon. */
export interface ReplayedMonth {
  foretold: number;
  happened: number;
  hits: number;
  due: number;
}

/** What a day ('YYYY-MM-DD') is like: arrivals and speed, 1 is usual; asked once a working day, in order. */
export type Drift = (date: string) => { load: number; speed: number };

/**
 * November 2026 of one generated office, lived from July on so that its queues are its own, with a week and more after it so
 * that outcomes are known. Each evening the board's prediction is asked with what it would see then: the open cases where they lie,
 * their due instants and holders, and who finished what on the last ten working days; no service time, no absence but what shows
 * in that, nothing of tomorrow.
 * A case is late when its stages were not over by its due instant, by whatever became of it, also if it stood still that evening.
 */
export function replayMonth(seed: number, drift = drifting(seed)): ReplayedMonth {
  const office = new OfficeMonths(calendar, seed, arrivalsADay);
  const evenings: { at: number; until: number; foretold: string[] }[] = [];
  for (const date of workingDaysFrom(calendar, '2026-07-01', '2026-12-10')) {
    office.liveDay(date, drift(date));
    if (date < '2026-11-01' || date > '2026-11-30') continue;
    const at = Date.parse(closeOfOffice(calendar, date)) + 1_000;
    const days = lastWorkingDays(calendar, at, paceWorkingDays);
    const holders = office.holders();
    const cases = office.open().map((one): QueuedCase => {
      const place = officeRoad.indexOf(one.stage as Stage);
      return {
        ...{ caseNo: one.caseNo, stage: one.stage as Stage, dueAt: one.dueAt, isPaused: one.pausedUntil > date },
        ...{ heldBy: holders.get(one) ?? null, again: officeRoad.slice(0, place), ahead: officeRoad.slice(place) },
      };
    });
    const seen = { cases, further: new Map<Stage, number>(), finished: office.finishedOn(days), days };
    const { breaches } = predictBreaches(seen, calendar, at, horizonWorkingDays);
    const until = Date.parse(closeOfOffice(calendar, addWorkingDays(calendar, date, horizonWorkingDays).dueDate));
    evenings.push({ at, until, foretold: breaches.map(({ caseNo }) => caseNo) });
  }
  const month: ReplayedMonth = { foretold: 0, happened: 0, hits: 0, due: 0 };
  for (const { at, until, foretold } of evenings) {
    const due = office.cases.filter(
      ({ dueAt, finishedAt }) => dueAt > at && dueAt <= until && (finishedAt === null || finishedAt > at),
    );
    const late = new Set(
      due.filter((one) => one.finishedAt === null || one.finishedAt > one.dueAt).map((one) => one.caseNo),
    );
    month.due += due.length;
    month.happened += late.size;
    month.foretold += foretold.length;
    month.hits += foretold.filter((caseNo) => late.has(caseNo)).length;
  }
  return month;
}

/** How much comes in and how fast people work, day by day: two random walks that are drawn back to 1, each by its own steps. */
function drifting(seed: number): Drift {
  const random = seededRandom(seed * 7_919 + 1);
  let [load, speed] = [1, 1];
  return () => {
    load += (1 - load) * 0.06 + 0.05 * standardNormal(random);
    speed += (1 - speed) * 0.1 + 0.04 * standardNormal(random);
    return { load: Math.max(0.3, load), speed: Math.max(0.5, speed) };
  };
}

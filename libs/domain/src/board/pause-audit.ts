import { addWorkingDays, workingDaysBetween } from '../calendar/counting';
import { parseDate, shanghaiDate } from '../calendar/dates';
import type { WorkCalendar } from '../calendar/work-calendar';
import type { ClockLedger } from '../case/ledger';

/** An act that brought clocks to a stand, with the ledgers of its case. */
export interface OpenedPause {
  personId: string;
  caseNo: string;
  /** Epoch ms. */
  at: number;
  clocks: readonly Pick<ClockLedger, 'clock' | 'dayZero' | 'limitWorkingDays' | 'pauses'>[];
}

export interface PersonPauses {
  personId: string;
  count: number;
  /** WD that stood still, up to today where a pause is open. */
  workingDays: number;
  /** Cases that this person paused more than once. */
  repeats: number;
  /** Pauses opened with at most 2 WD left: the limit was saved rather than the papers missing. */
  justBeforeDue: number;
  caseNosJustBeforeDue: string[];
}

const closeToDueWorkingDays = 2;
const namedCases = 20;

/**
 * Who pauses how often, how long and when; whoever most often paused a case that was about to be late comes first, then repeats,
 * number and length. A number is a reason to look, not a finding.
 * @param today 'YYYY-MM-DD'
 */
export function auditPauses(pauses: readonly OpenedPause[], calendar: WorkCalendar, today: string): PersonPauses[] {
  const people = new Map<string, PersonPauses & { cases: Map<string, number> }>();
  for (const { personId, caseNo, at, clocks } of pauses) {
    const person = people.get(personId) ?? {
      ...{ personId, count: 0, workingDays: 0, repeats: 0, justBeforeDue: 0, caseNosJustBeforeDue: [] },
      cases: new Map<string, number>(),
    };
    people.set(personId, person);
    person.count += 1;
    person.cases.set(caseNo, (person.cases.get(caseNo) ?? 0) + 1);
    const day = shanghaiDate(at);
    const stood = clocks.flatMap((clock) => {
      const index = clock.pauses.findIndex(({ from }) => from === day);
      return index < 0 ? [] : [{ clock, index }];
    });
    person.workingDays += Math.max(
      0,
      ...stood.map(({ clock, index }) => lengthOf(clock.pauses[index]!, calendar, today)),
    );
    const left = Math.min(...stood.map(({ clock, index }) => leftBefore(clock, index, calendar)));
    if (left > closeToDueWorkingDays) continue;
    person.justBeforeDue += 1;
    if (person.caseNosJustBeforeDue.length < namedCases) person.caseNosJustBeforeDue.push(caseNo);
  }
  return [...people.values()]
    .map(({ cases, ...person }) => ({ ...person, repeats: [...cases.values()].filter((count) => count > 1).length }))
    .sort(
      (a, b) =>
        b.justBeforeDue - a.justBeforeDue ||
        b.repeats - a.repeats ||
        b.count - a.count ||
        b.workingDays - a.workingDays ||
        (a.personId < b.personId ? -1 : 1),
    );
}

function lengthOf({ from, to }: { from: string; to: string | null }, calendar: WorkCalendar, today: string): number {
  const until = to ?? today;
  return until > from ? workingDaysBetween(calendar, from, until) : 0;
}

/** WD that were left of the limit on the day of the notice, by what had been paused before. */
function leftBefore(clock: OpenedPause['clocks'][number], index: number, calendar: WorkCalendar): number {
  const earlier = clock.pauses
    .slice(0, index)
    .map(({ from, to }) => ({ from: parseDate(from), to: to === null ? null : parseDate(to) }));
  const { dueDate } = addWorkingDays(calendar, clock.dayZero, clock.limitWorkingDays, earlier);
  return workingDaysBetween(calendar, clock.pauses[index]!.from, dueDate);
}

export interface BruteSpan {
  receivedOn: string;
  dueDate: string;
  countedDays: string[];
  pausedDays: string[];
  provisional: boolean;
}

const nextDate = (date: string): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
const fixedHolidays = ['01-01', '05-01', '05-02', '10-01', '10-02', '10-03'];

/**
 * The brute-force counter of the national calendar, for tests: its own calendar (a second source for 2025–2026, given by the
 * spec; weekends and fixed dates elsewhere), its own day arithmetic (the runtime's), one day at a time, nothing shared with
 * the code under test.
 */
export function bruteForceCounter(isWorkday: (date: string) => boolean) {
  const known = new Map<string, boolean>();
  function isWorking(date: string): boolean {
    let working = known.get(date);
    if (working === undefined) {
      const published = date.startsWith('2025') || date.startsWith('2026');
      const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
      working = published ? isWorkday(date) : weekday > 0 && weekday < 6 && !fixedHolidays.includes(date.slice(5));
      known.set(date, working);
    }
    return working;
  }
  return (start: string, n: number, pauses: readonly { from: string; to: string }[]): BruteSpan => {
    const [countedDays, pausedDays]: [string[], string[]] = [[], []];
    let receivedOn = start;
    while (!isWorking(receivedOn)) receivedOn = nextDate(receivedOn);
    let date = receivedOn;
    while (countedDays.length < n) {
      date = nextDate(date);
      if (!isWorking(date)) continue;
      const paused = pauses.some(({ from, to }) => from < date && date <= to);
      if (paused) pausedDays.push(date);
      else countedDays.push(date);
    }
    const looked = [start, date].map((day) => Number(day.slice(0, 4)));
    return {
      ...{ receivedOn, dueDate: date, countedDays, pausedDays },
      provisional: looked[0]! < 2025 || looked[1]! > 2026,
    };
  };
}

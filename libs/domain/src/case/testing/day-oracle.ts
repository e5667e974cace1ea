const msPerDay = 86_400_000;
const msPerHour = 3_600_000;
const firstDay = Date.UTC(2024, 11, 1) / msPerDay;
const fixedHolidays = ['01-01', '05-01', '05-02', '10-01', '10-02', '10-03'];

/**
 * A second way of counting working days, for tests: prefix sums over all days of 2024-12 … 2044, fed by another source for
 * the published years. Days are indexes; nothing is shared with the calendar under test.
 */
export class DayOracle {
  private readonly workingUpTo = new Int32Array(20 * 366);
  readonly dates: readonly string[];

  /** @param worksIn2025And2026 the second source: is 'YYYY-MM-DD' of a published year a working day? */
  constructor(worksIn2025And2026: (date: string) => boolean) {
    this.dates = Array.from(this.workingUpTo, (_, i) => new Date((firstDay + i) * msPerDay).toISOString().slice(0, 10));
    for (let i = 1; i < this.workingUpTo.length; i += 1) {
      const date = this.dates[i]!;
      const published = date.startsWith('2025') || date.startsWith('2026');
      const weekday = new Date((firstDay + i) * msPerDay).getUTCDay();
      const weekend = weekday === 0 || weekday === 6;
      const works = published ? worksIn2025And2026(date) : !weekend && !fixedHolidays.includes(date.slice(5));
      this.workingUpTo[i] = this.workingUpTo[i - 1]! + (works ? 1 : 0);
    }
  }

  /** The day in Shanghai of an instant. */
  dayOf(at: number): number {
    return Math.floor((at + 8 * msPerHour) / msPerDay) - firstDay;
  }

  /** 16:00 in Shanghai, epoch ms. */
  closeOf(day: number): number {
    return (firstDay + day) * msPerDay + 8 * msPerHour;
  }

  works(day: number): boolean {
    return this.workingUpTo[day]! > this.workingUpTo[day - 1]!;
  }

  /** T-05: after closing, or on a day off, is the next working day. */
  arrivalDay(at: number): number {
    let day = this.dayOf(at);
    if (this.works(day) && at <= this.closeOf(day)) return day;
    do day += 1;
    while (!this.works(day));
    return day;
  }

  /** The n-th working day after a day. */
  nthAfter(day: number, n: number): number {
    return this.dueDay(day, n, null);
  }

  /**
   * The first day on which as many working days have passed, less those inside the pause, as the limit has; the last working day
   * of a pause that was opened on that day in time.
   */
  dueDay(dayZero: number, limit: number, pause: { from: number; to: number; late?: boolean } | null): number {
    const start = this.workingUpTo[dayZero]!;
    const pausedFrom = pause && this.workingUpTo[Math.max(pause.from, dayZero)]!;
    for (let day = dayZero + limit; ; day += 1) {
      let passed = this.workingUpTo[day]! - start;
      if (pausedFrom !== null) passed -= Math.max(0, this.workingUpTo[Math.min(pause!.to, day)]! - pausedFrom);
      if (passed < limit) continue;
      if (pause?.from !== day || pause.late) return day;
      let last = Math.max(day, pause.to);
      while (!this.works(last)) last -= 1;
      return last;
    }
  }
}

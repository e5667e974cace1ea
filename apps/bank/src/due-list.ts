/** What the bank still has to do by itself: book an accepted payment, or bring a booked one back. */
export interface DueWork {
  dueAt: number;
  orderNo: string;
  reason?: string;
}

// setTimeout overflows at 24.8 days, and a return may be due after thirty.
const longestSleepMs = 3_600_000;

/** One timer for everything that is due later, earliest first. */
export class DueList {
  private work: DueWork[] = [];
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly act: (work: DueWork) => void) {}

  add(work: DueWork): void {
    const place = this.work.findIndex((other) => other.dueAt > work.dueAt);
    if (place === -1) this.work.push(work);
    else this.work.splice(place, 0, work);
    this.rest();
  }

  stop(): void {
    this.work = [];
    this.rest();
  }

  private rest(): void {
    if (this.timer) clearTimeout(this.timer);
    const [first] = this.work;
    this.timer = first
      ? setTimeout(() => this.run(), Math.min(Math.max(first.dueAt - Date.now(), 0), longestSleepMs))
      : null;
  }

  private run(): void {
    const now = Date.now();
    while (this.work[0] && this.work[0].dueAt <= now) {
      const due = this.work.shift();
      if (due) this.act(due);
    }
    this.rest();
  }
}

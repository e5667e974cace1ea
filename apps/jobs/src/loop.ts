import { describeFault, type Log } from './log';

const longestBackOffMs = 30_000;

export interface LoopHealth {
  lastSuccessAt: string | null;
  /** Passes that have failed since the last success. */
  failures: number;
}

/** Work done again and again in this process: one pass at a time, sooner when woken, with growing pauses while it fails. */
export class Loop {
  private timer: NodeJS.Timeout | undefined;
  private pass: Promise<void> | null = null;
  private isWoken = false;
  private isStopped = true;
  private failures = 0;
  private lastSuccessAt: Date | null = null;

  constructor(
    readonly name: string,
    private readonly everyMs: number,
    private readonly work: () => Promise<unknown>,
    private readonly log: Log,
  ) {}

  start(): void {
    this.isStopped = false;
    this.schedule(0);
  }

  /** Looks soon instead of at the next turn; a loop that fails keeps to its back-off. */
  wake(afterMs = 0): void {
    if (this.isStopped || this.failures > 0) return;
    if (this.pass) this.isWoken = true;
    else this.schedule(Math.min(afterMs, this.everyMs));
  }

  /** Returns when the pass that may be under way has ended. */
  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.pass;
  }

  get health(): LoopHealth {
    return { lastSuccessAt: this.lastSuccessAt?.toISOString() ?? null, failures: this.failures };
  }

  private schedule(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.pass = this.run().finally(() => {
        this.pass = null;
        if (!this.isStopped) this.schedule(this.pauseMs());
      });
    }, ms);
  }

  private async run(): Promise<void> {
    this.isWoken = false;
    try {
      await this.work();
      if (this.failures > 0) this.log.info({ loop: this.name, failures: this.failures }, 'loop works again');
      this.failures = 0;
      this.lastSuccessAt = new Date();
    } catch (error) {
      this.failures += 1;
      this.log.warn({ loop: this.name, failures: this.failures, fault: describeFault(error) }, 'loop failed');
    }
  }

  private pauseMs(): number {
    if (this.failures === 0) return this.isWoken ? 0 : this.everyMs;
    const backOff = 1_000 * 2 ** Math.min(this.failures - 1, 10);
    return Math.max(this.everyMs, Math.min(backOff, longestBackOffMs));
  }
}

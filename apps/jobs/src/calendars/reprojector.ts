import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { reprojectStep } from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { Log } from '../log';

/**
 * Counts the open clocks anew after a change of the calendar, batch by batch until no run is left. Several processes may
 * try: one at a time has the run, and one that dies leaves it where it was.
 */
@Injectable()
export class Reprojector implements BeforeApplicationShutdown {
  private isEnding = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly log: Log,
  ) {}

  /** Answers how many steps were done. */
  async run(): Promise<number> {
    let steps = 0;
    while (!this.isEnding && (await reprojectStep(this.dataSource))) steps += 1;
    if (steps > 0) this.log.info({ steps }, 'open clocks were counted anew');
    return steps;
  }

  beforeApplicationShutdown(): void {
    this.isEnding = true;
  }
}

import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { CalendarFollower } from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { describeError, Log } from '../edge/log';

/** Pages show remaining days by the calendar in force without asking for it each time. */
@Injectable()
export class FollowedCalendar implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly follower: CalendarFollower;

  constructor(dataSource: DataSource, log: Log) {
    this.follower = new CalendarFollower(dataSource, (pauseMs, error) =>
      log.warn({ pauseMs, fault: error && describeError(error) }, 'calendar LISTEN was lost'),
    );
  }

  onApplicationBootstrap(): void {
    this.follower.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.follower.stop();
  }
}

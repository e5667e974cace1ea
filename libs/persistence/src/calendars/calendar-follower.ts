import { DataSource } from 'typeorm';
import { ChannelListener } from '../channel-listener';
import { calendarNumber, followNumber } from './calendar-store';

/** What `LISTEN` hears when a version is made; the payload is its number. */
export const calendarChannel = 'banjie_calendar';

/** A connection that broke without a word is noticed by then at the latest. */
const readAgainMs = 30_000;

/**
 * Keeps the number of the newest version at hand in a process that shows many pages, so that none of them asks for it. While
 * the connection is away, readings ask again, once a second at most (`currentCalendar`).
 */
export class CalendarFollower {
  private readonly listener: ChannelListener;
  private timer: NodeJS.Timeout | undefined;
  private isHearing = false;

  constructor(
    private readonly dataSource: DataSource,
    onLost: (pauseMs: number, error: Error | undefined) => void,
  ) {
    this.listener = new ChannelListener({
      databaseUrl: (dataSource.options as { url: string }).url,
      channel: calendarChannel,
      applicationName: 'banjie-calendar-listen',
      hear: (payload) => this.isHearing && followNumber(dataSource, Number(payload)),
      onListening: async () => {
        this.isHearing = true;
        await this.read();
      },
      onLost: (pauseMs, error) => {
        this.isHearing = false;
        followNumber(dataSource, null);
        onLost(pauseMs, error);
      },
    });
  }

  start(): void {
    this.listener.start();
    this.timer = setInterval(() => void this.read().catch(() => undefined), readAgainMs);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.isHearing = false;
    followNumber(this.dataSource, null);
    await this.listener.stop();
  }

  private async read(): Promise<void> {
    if (!this.isHearing) return;
    const number = await calendarNumber(this.dataSource);
    if (this.isHearing) followNumber(this.dataSource, number);
  }
}

import { InjectQueue } from '@nestjs/bull';
import { Injectable } from '@nestjs/common';
import { claimOutbox, returnOutbox } from '@banjie/persistence';
import type { Queue } from 'bull';
import { DataSource } from 'typeorm';
import { Settings } from '../settings';
import { enqueue, noticeQueueName, type NoticeJob } from './notice-queue';

const pageSize = 500;

/**
 * Makes a hint for every notice that waits: a new one at once, and again for one that was hinted at more than a minute ago.
 * So a wiped or lost Redis costs time and no notice (reliability F25).
 */
@Injectable()
export class NoticeHints {
  constructor(
    private readonly dataSource: DataSource,
    @InjectQueue(noticeQueueName) private readonly queue: Queue<NoticeJob>,
    private readonly settings: Settings,
  ) {}

  async sweep(): Promise<number> {
    for (let count = 0; ;) {
      const claimed = await claimOutbox(this.dataSource, {
        topics: ['notice'],
        limit: pageSize,
        leaseSeconds: this.settings.rhythm.noticeLeaseMs / 1_000,
      });
      const ids = claimed.map((row) => row.id);
      if (ids.length === 0) return count;
      try {
        await enqueue(this.queue, ids);
      } catch (error) {
        await returnOutbox(this.dataSource, ids);
        throw error;
      }
      count += ids.length;
      if (ids.length < pageSize) return count;
    }
  }
}

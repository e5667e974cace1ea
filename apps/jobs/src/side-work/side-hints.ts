import { Injectable } from '@nestjs/common';
import { sideTopics, type SideTopic } from '@banjie/domain';
import { claimHints, returnHints } from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { Settings } from '../settings';
import { SideQueues } from './side-queues';

/**
 * Makes hints for side work that is due: a new one at once, and again for one that was hinted at more than a minute ago, so that a wiped
 * or lost Redis costs time and no work (reliability F25). Only as many stand in Redis as can be worked off until the next look but one:
 * ten thousand notices of one payout wait in PostgreSQL, in their order, and are handed out at their pace.
 */
@Injectable()
export class SideHints {
  constructor(
    private readonly dataSource: DataSource,
    private readonly queues: SideQueues,
    private readonly settings: Settings,
  ) {}

  async sweep(): Promise<number> {
    let count = 0;
    for (const topic of sideTopics) count += await this.hint(topic);
    return count;
  }

  private async hint(topic: SideTopic): Promise<number> {
    const { pace, rhythm } = this.settings;
    const most = Math.ceil(pace.perSecond[topic] * Math.max(1, rhythm.hintMs / 1_000) * 2);
    const room = most - (await this.queues.waiting(topic));
    if (room <= 0) return 0;
    const ids = await claimHints(this.dataSource, { topic, limit: room, leaseSeconds: rhythm.hintLeaseMs / 1_000 });
    if (ids.length === 0) return 0;
    try {
      await this.queues.enqueue(topic, ids);
    } catch (error) {
      await returnHints(this.dataSource, ids);
      throw error;
    }
    return ids.length;
  }
}

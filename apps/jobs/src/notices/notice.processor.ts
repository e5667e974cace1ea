import { OnQueueError, OnQueueFailed, Process, Processor } from '@nestjs/bull';
import type { Job } from 'bull';
import { describeFault, Log } from '../log';
import { ConsumerWatch } from './consumer-watch';
import { NoticeDelivery } from './notice-delivery';
import { noticeQueueName, type NoticeJob } from './notice-queue';

const errorsLoggedEveryMs = 10_000;

@Processor(noticeQueueName)
export class NoticeProcessor {
  private lastErrorAt = 0;

  constructor(
    private readonly delivery: NoticeDelivery,
    private readonly watch: ConsumerWatch,
    private readonly log: Log,
  ) {}

  @Process({ concurrency: 4 })
  async process(job: Job<NoticeJob | undefined>): Promise<void> {
    this.watch.heard();
    // A job whose body Redis has lost arrives without one; the row is hinted at again.
    const outboxId = job.data?.outboxId;
    if (typeof outboxId === 'number' && Number.isSafeInteger(outboxId)) await this.delivery.deliver(outboxId);
  }

  @OnQueueFailed()
  failed(job: Job<NoticeJob>, error: Error): void {
    this.log.warn({ outboxId: job.data?.outboxId, fault: describeFault(error) }, 'a notice was not delivered');
  }

  @OnQueueError()
  error(error: Error): void {
    // While Redis is away each of three connections complains several times a second.
    if (Date.now() - this.lastErrorAt < errorsLoggedEveryMs) return;
    this.lastErrorAt = Date.now();
    this.log.warn({ fault: describeFault(error) }, 'queue');
  }
}

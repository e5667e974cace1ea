import { Injectable } from '@nestjs/common';
import type { DeadLetterList, DeadLetterQuery } from '@banjie/contracts';
import { sideFaultLabels, sideTopicLabels, type DismissReason, type RetryReason } from '@banjie/domain';
import { findDeadLetters, workOffDeadLetter } from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { shanghaiInstant } from '../edge/times';
import type { Account } from '../sign-in/account';

const pageSize = 50;

/** The dead letters of side work, worked off by staff of the agency they belong to. */
@Injectable()
export class SideWorkService {
  constructor(private readonly dataSource: DataSource) {}

  async dead({ agencyId }: Account, { topic, caseNo, before }: DeadLetterQuery): Promise<DeadLetterList> {
    const page = { topic: topic ?? null, caseNo: caseNo ?? null, before: before ?? null, limit: pageSize + 1 };
    const found = await findDeadLetters(this.dataSource, agencyId, page);
    const items = found.slice(0, pageSize).map((letter) => ({
      ...letter,
      topicLabel: sideTopicLabels[letter.topic],
      faultLabel: sideFaultLabels[letter.fault],
      createdAt: shanghaiInstant(letter.createdAt),
      deadAt: shanghaiInstant(letter.deadAt),
    }));
    return { items, next: found.length > pageSize ? (items.at(-1)?.id ?? null) : null };
  }

  /** @throws DomainError SIDE_WORK_NOT_FOUND, SIDE_WORK_NOT_DEAD */
  retry({ id: actorId, agencyId }: Account, id: number, reason: RetryReason): Promise<void> {
    return workOffDeadLetter(this.dataSource, { id, agencyId }, { event: 'retried', reason, actorId });
  }

  /** @throws DomainError SIDE_WORK_NOT_FOUND, SIDE_WORK_NOT_DEAD */
  dismiss({ id: actorId, agencyId }: Account, id: number, reason: DismissReason): Promise<void> {
    return workOffDeadLetter(this.dataSource, { id, agencyId }, { event: 'dismissed', reason, actorId });
  }
}

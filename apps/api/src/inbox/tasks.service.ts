import { Injectable } from '@nestjs/common';
import type { TaskAnswer } from '@banjie/contracts';
import { DomainError, dutyLabels, postLabels, stageLabels } from '@banjie/domain';
import { findTask, releaseIfHeld, stageTable, takeIfFree, type InboxStage, type SeenTask } from '@banjie/persistence';
import { DataSource } from 'typeorm';
import type { Account } from '../sign-in/account';

/** Taking and releasing tasks: an inbox matter, in PostgreSQL alone (house-style § 3). */
@Injectable()
export class TasksService {
  constructor(private readonly dataSource: DataSource) {}

  /** @throws DomainError TASK_NOT_FOUND, TASK_CLOSED, NOT_YOUR_POST, DUTY_CONFLICT, TASK_HELD */
  async take(account: Account, taskId: number): Promise<TaskAnswer> {
    const table = await stageTable(this.dataSource);
    const person = { personId: account.id, agencyId: account.agencyId, posts: account.posts };
    await takeIfFree(this.dataSource, taskId, person, table);
    const task = await this.getTask(account, taskId);
    // The second click finds the first one's work.
    if (task.isOpen && task.holderId === account.id) return answerOf(task, account);
    throw refusalOf(task, account, table);
  }

  /** @throws DomainError TASK_NOT_FOUND, TASK_CLOSED, TASK_NOT_HELD */
  async release(account: Account, taskId: number): Promise<TaskAnswer> {
    await releaseIfHeld(this.dataSource, taskId, account.id);
    const task = await this.getTask(account, taskId);
    if (!task.isOpen) throw new DomainError('TASK_CLOSED');
    if (task.holderId !== null) throw new DomainError('TASK_NOT_HELD');
    return answerOf(task, account);
  }

  private async getTask(account: Account, taskId: number): Promise<SeenTask> {
    const task = await findTask(this.dataSource, taskId, { personId: account.id, agencyId: account.agencyId });
    if (!task) throw new DomainError('TASK_NOT_FOUND');
    return task;
  }
}

function refusalOf(task: SeenTask, account: Account, table: readonly InboxStage[]): DomainError {
  if (!task.isOpen) return new DomainError('TASK_CLOSED');
  if (!task.posts.some((post) => account.posts.includes(post))) {
    const posts = task.posts.map((post) => postLabels[post]).join('或');
    return new DomainError('NOT_YOUR_POST', { act: `${stageLabels[task.stage]}任务认领`, posts });
  }
  const duty = table.find(({ stage }) => stage === task.stage)?.duty;
  if (duty && task.ownDuty && task.ownDuty !== duty) {
    return new DomainError('DUTY_CONFLICT', { duty: dutyLabels[task.ownDuty], stage: stageLabels[task.stage] });
  }
  // Free again by now: whoever held it gave it back between our two statements.
  return new DomainError('TASK_HELD', { holder: task.holderName ?? '另一人' });
}

const answerOf = ({ taskId, caseNo, holderId, holderName }: SeenTask, account: Account): TaskAnswer => ({
  taskId,
  caseNo,
  holder: holderId === null ? null : { id: holderId, displayName: holderName ?? '', isMe: holderId === account.id },
});

import { Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  inboxAnswerSchema,
  inboxQuerySchema,
  taskAnswerSchema,
  taskIdSchema,
  type InboxAnswer,
  type InboxQuery,
  type TaskAnswer,
} from '@banjie/contracts';
import { Answers } from '../edge/answers';
import type { Account } from '../sign-in/account';
import { CurrentAccount } from '../sign-in/current-account';
import { InboxService } from './inbox.service';
import { TasksService } from './tasks.service';

@ApiTags('待办')
@Controller()
export class InboxController {
  constructor(
    private readonly inboxService: InboxService,
    private readonly tasks: TasksService,
  ) {}

  @Get('inbox')
  @Answers(inboxAnswerSchema)
  inbox(
    @CurrentAccount() account: Account,
    @Query({ schema: inboxQuerySchema }) query: InboxQuery,
  ): Promise<InboxAnswer> {
    return this.inboxService.page(account, query);
  }

  @Post('tasks/:id/take')
  @Answers(taskAnswerSchema)
  take(@CurrentAccount() account: Account, @Param('id', { schema: taskIdSchema }) taskId: number): Promise<TaskAnswer> {
    return this.tasks.take(account, taskId);
  }

  @Post('tasks/:id/release')
  @Answers(taskAnswerSchema)
  release(
    @CurrentAccount() account: Account,
    @Param('id', { schema: taskIdSchema }) taskId: number,
  ): Promise<TaskAnswer> {
    return this.tasks.release(account, taskId);
  }
}

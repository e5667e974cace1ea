import { Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  deliveriesAnswerSchema,
  deliveriesQuerySchema,
  inboxAnswerSchema,
  inboxQuerySchema,
  taskAnswerSchema,
  taskIdSchema,
  type DeliveriesAnswer,
  type DeliveriesQuery,
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
  @ApiOperation({
    summary: '我的待办',
    description: '本人各岗位的未办任务,按到期时刻排列;以上一页的 next 为 after 取下一页。',
  })
  @Answers(inboxAnswerSchema)
  inbox(
    @CurrentAccount() account: Account,
    @Query({ schema: inboxQuerySchema }) query: InboxQuery,
  ): Promise<InboxAnswer> {
    return this.inboxService.page(account, query);
  }

  @Get('inbox/deliveries')
  @ApiOperation({
    summary: '待送达',
    description: '决定已作出、拨付尚在办理、结果还没有送达的办件(支付不计入办理时限的事项),按送达期限排列;不需认领。',
  })
  @Answers(deliveriesAnswerSchema)
  deliveries(
    @CurrentAccount() account: Account,
    @Query({ schema: deliveriesQuerySchema }) query: DeliveriesQuery,
  ): Promise<DeliveriesAnswer> {
    return this.inboxService.deliveries(account, query);
  }

  @Post('tasks/:id/take')
  @ApiOperation({ summary: '认领任务', description: '已由他人认领时答 409 并告知办理人;重复认领结果相同。' })
  @Answers(taskAnswerSchema)
  take(@CurrentAccount() account: Account, @Param('id', { schema: taskIdSchema }) taskId: number): Promise<TaskAnswer> {
    return this.tasks.take(account, taskId);
  }

  @Post('tasks/:id/release')
  @ApiOperation({ summary: '释放任务', description: '把自己认领的任务退回待认领;重复释放结果相同。' })
  @Answers(taskAnswerSchema)
  release(
    @CurrentAccount() account: Account,
    @Param('id', { schema: taskIdSchema }) taskId: number,
  ): Promise<TaskAnswer> {
    return this.tasks.release(account, taskId);
  }
}

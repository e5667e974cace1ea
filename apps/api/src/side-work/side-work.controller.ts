import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  deadLetterListSchema,
  deadLetterQuerySchema,
  dismissBodySchema,
  retryBodySchema,
  sideWorkIdSchema,
  type DeadLetterList,
  type DeadLetterQuery,
  type DismissBody,
  type RetryBody,
} from '@banjie/contracts';
import { Answers, AnswersNothing } from '../edge/answers';
import { Posts } from '../sign-in/access';
import type { Account } from '../sign-in/account';
import { CurrentAccount } from '../sign-in/current-account';
import { SideWorkService } from './side-work.service';

@ApiTags('后台事务')
@Controller('side-work')
@Posts('supervisor', 'systemAdmin')
export class SideWorkController {
  constructor(private readonly sideWork: SideWorkService) {}

  @Get('dead')
  @ApiOperation({ summary: '停办清单', description: '本机构多次尝试仍未办成的后台事务,由新到旧,每页 50 条。' })
  @Answers(deadLetterListSchema)
  dead(
    @CurrentAccount() account: Account,
    @Query({ schema: deadLetterQuerySchema }) query: DeadLetterQuery,
  ): Promise<DeadLetterList> {
    return this.sideWork.dead(account, query);
  }

  @Post(':id/retry')
  @ApiOperation({ summary: '重试', description: '从第一次尝试重新开始;留痕。' })
  @AnswersNothing()
  retry(
    @CurrentAccount() account: Account,
    @Param('id', { schema: sideWorkIdSchema }) id: number,
    @Body({ schema: retryBodySchema }) { reason }: RetryBody,
  ): Promise<void> {
    return this.sideWork.retry(account, id, reason);
  }

  @Post(':id/dismiss')
  @ApiOperation({ summary: '撤销', description: '不再办理,须说明理由;留痕。' })
  @AnswersNothing()
  dismiss(
    @CurrentAccount() account: Account,
    @Param('id', { schema: sideWorkIdSchema }) id: number,
    @Body({ schema: dismissBodySchema }) { reason }: DismissBody,
  ): Promise<void> {
    return this.sideWork.dismiss(account, id, reason);
  }
}

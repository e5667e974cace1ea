import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { actAnswerSchema, actBodySchema, caseNoSchema, type ActAnswer, type ActBody } from '@banjie/contracts';
import { Answers } from '../edge/answers';
import type { Account } from '../sign-in/account';
import { CurrentAccount } from '../sign-in/current-account';
import { ActsService } from './acts.service';

@ApiTags('办件')
@Controller('cases/:caseNo/acts')
export class ActsController {
  constructor(private readonly acts: ActsService) {}

  /** Every act of the staff, one shape each (libs/contracts acts.ts); the `actionId` makes a second click the first. */
  @Post()
  @ApiOperation({
    summary: '办理一步',
    description:
      '按 act 分别填写;seenSeq 为页面所见的办理序号,办件已变动时答 409;同一 actionId 重复提交得到第一次的结果。',
  })
  @Answers(actAnswerSchema)
  perform(
    @CurrentAccount() account: Account,
    @Param('caseNo', { schema: caseNoSchema }) caseNo: string,
    @Body({ schema: actBodySchema }) body: ActBody,
  ): Promise<ActAnswer> {
    return this.acts.perform(account, caseNo, body);
  }
}

import { Body, Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  reassignmentAnswerSchema,
  reassignmentPlanSchema,
  reassignmentPreviewSchema,
  reassignmentSchema,
  type Reassignment,
  type ReassignmentAnswer,
  type ReassignmentPlan,
  type ReassignmentPreview,
} from '@banjie/contracts';
import { Answers } from '../edge/answers';
import { Posts } from '../sign-in/access';
import type { Account } from '../sign-in/account';
import { CurrentAccount } from '../sign-in/current-account';
import { ReassignmentsService } from './reassignments.service';

@ApiTags('督办')
@Controller('board/reassignments')
@Posts('supervisor')
export class ReassignmentsController {
  constructor(private readonly reassignments: ReassignmentsService) {}

  @Post('preview')
  @ApiOperation({
    summary: '批量转办预览',
    description: '把所选任务按负荷分给所选人员,列出逐件去向、不能转办的理由和每人前后的负荷;不作任何改动。',
  })
  @Answers(reassignmentPlanSchema)
  preview(
    @CurrentAccount() account: Account,
    @Body({ schema: reassignmentPreviewSchema }) body: ReassignmentPreview,
  ): Promise<ReassignmentPlan> {
    return this.reassignments.preview(account, body);
  }

  @Post()
  @ApiOperation({
    summary: '批量转办',
    description:
      '逐件转办并说明理由;职责冲突、办理人已变的不转并注明原因;同一 reassignmentId 重复提交得到第一次的结果。',
  })
  @Answers(reassignmentAnswerSchema)
  reassign(
    @CurrentAccount() account: Account,
    @Body({ schema: reassignmentSchema }) body: Reassignment,
  ): Promise<ReassignmentAnswer> {
    return this.reassignments.reassign(account, body);
  }
}

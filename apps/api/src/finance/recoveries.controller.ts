import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  financeProposalIdSchema,
  movementProposalSchema,
  movementProposalsSchema,
  movementsQuerySchema,
  proposeMovementSchema,
  recoveriesQuerySchema,
  recoveriesSchema,
  refuseMovementSchema,
  type MovementProposal,
  type MovementProposals,
  type MovementsQuery,
  type ProposeMovement,
  type Recoveries,
  type RecoveriesQuery,
  type RefuseMovement,
} from '@banjie/contracts';
import { Answers } from '../edge/answers';
import { Posts } from '../sign-in/access';
import type { Account } from '../sign-in/account';
import { CurrentAccount } from '../sign-in/current-account';
import { RecoveriesService } from './recoveries.service';

const byId = { schema: financeProposalIdSchema };

/** 追回, 抵扣 and 补付: proposed, checked and approved by three persons, none of them with a duty in the case (SD-01). */
@ApiTags('财务')
@Controller('finance/recoveries')
@Posts(
  ...(['secondReviewer', 'approver', 'settlementClerk'] as const),
  ...(['financeReviewer', 'financeApprover', 'supervisor', 'auditReader'] as const),
)
export class RecoveriesController {
  constructor(private readonly recoveries: RecoveriesService) {}

  @Get()
  @ApiOperation({ summary: '追回单', description: '本机构的追回单,新的在前;已收回、已抵扣和尚欠的金额。' })
  @Answers(recoveriesSchema)
  list(
    @CurrentAccount() account: Account,
    @Query({ schema: recoveriesQuerySchema }) query: RecoveriesQuery,
  ): Promise<Recoveries> {
    return this.recoveries.list(account, query);
  }

  @Get('proposals')
  @ApiOperation({
    summary: '追回、抵扣和补付的历次提议',
    description: '新的在前;待复核、待审批、已办结、已驳回的都在内。',
  })
  @Answers(movementProposalsSchema)
  proposals(
    @CurrentAccount() account: Account,
    @Query({ schema: movementsQuerySchema }) query: MovementsQuery,
  ): Promise<MovementProposals> {
    return this.recoveries.proposals(account, query);
  }

  @Post('proposals')
  @Posts('secondReviewer', 'settlementClerk')
  @ApiOperation({
    summary: '提出追回、抵扣或补付',
    description: '写明金额、理由、说明和所依据的文件;抵扣须有本人书面同意或生效的决定、裁判。审批以前账上不变。',
  })
  @Answers(movementProposalSchema, 201)
  propose(
    @CurrentAccount() account: Account,
    @Body({ schema: proposeMovementSchema }) body: ProposeMovement,
  ): Promise<MovementProposal> {
    return this.recoveries.propose(account, body);
  }

  @Post('proposals/:id/check')
  @Posts('secondReviewer', 'financeReviewer')
  @ApiOperation({ summary: '复核追回、抵扣或补付', description: '须由提出人以外、没有参与有关办件的人员复核。' })
  @Answers(movementProposalSchema)
  check(@CurrentAccount() account: Account, @Param('id', byId) id: string): Promise<MovementProposal> {
    return this.recoveries.check(account, id);
  }

  @Post('proposals/:id/confirm')
  @Posts('approver', 'financeApprover')
  @ApiOperation({
    summary: '审批追回、抵扣或补付',
    description:
      '须由提出人和复核人以外的人员审批:追回和补付由审批岗,抵扣由财务审批岗。随即记账并告知参保人;补付回到拨付制定。',
  })
  @Answers(movementProposalSchema)
  confirm(@CurrentAccount() account: Account, @Param('id', byId) id: string): Promise<MovementProposal> {
    return this.recoveries.confirm(account, id);
  }

  @Post('proposals/:id/refuse')
  @Posts('secondReviewer', 'approver', 'financeReviewer', 'financeApprover')
  @ApiOperation({ summary: '驳回追回、抵扣或补付', description: '须写明理由;驳回后可以重新提出。' })
  @Answers(movementProposalSchema)
  refuse(
    @CurrentAccount() account: Account,
    @Param('id', byId) id: string,
    @Body({ schema: refuseMovementSchema }) { reason }: RefuseMovement,
  ): Promise<MovementProposal> {
    return this.recoveries.refuse(account, id, reason);
  }
}

import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  financeProposalIdSchema,
  payoutRuleProposalSchema,
  payoutRuleProposalsSchema,
  payoutRulesQuerySchema,
  payoutRulesSchema,
  proposePayoutRuleSchema,
  refusePayoutRuleSchema,
  type PayoutRuleProposals,
  type PayoutRuleProposalView,
  type PayoutRules,
  type PayoutRulesQuery,
  type ProposePayoutRule,
  type RefusePayoutRule,
} from '@banjie/contracts';
import { Answers } from '../edge/answers';
import { Posts } from '../sign-in/access';
import type { Account } from '../sign-in/account';
import { CurrentAccount } from '../sign-in/current-account';
import { PayoutRulesService } from './payout-rules.service';

const byId = { schema: financeProposalIdSchema };

/** Limits and reserve of the 支出户, how and when the agency pays, the days of its bank: proposed by one person, confirmed by another (SD-06). */
@ApiTags('财务')
@Controller('finance/payout-rules')
@Posts('settlementClerk', 'financeReviewer', 'financeApprover', 'supervisor', 'deputyHead', 'auditReader')
export class PayoutRulesController {
  constructor(private readonly rules: PayoutRulesService) {}

  @Get()
  @ApiOperation({
    summary: '现行付款规则',
    description: '今天适用的放行限额及已用额、周转金及其依据、批次付款方式与截止时间、下一付款日。',
  })
  @Answers(payoutRulesSchema)
  standing(@CurrentAccount() account: Account): Promise<PayoutRules> {
    return this.rules.standing(account);
  }

  @Get('proposals')
  @ApiOperation({ summary: '付款规则的历次提议', description: '新的在前;待定、已确认、已驳回的都在内。' })
  @Answers(payoutRuleProposalsSchema)
  list(
    @CurrentAccount() account: Account,
    @Query({ schema: payoutRulesQuerySchema }) query: PayoutRulesQuery,
  ): Promise<PayoutRuleProposals> {
    return this.rules.list(account, query);
  }

  @Post('proposals')
  @Posts('settlementClerk', 'financeReviewer', 'financeApprover', 'supervisor')
  @ApiOperation({
    summary: '提出付款规则',
    description: '写明生效日、说明和所依据的文件;确认以前不生效。本人有在办拨付的不得提出。',
  })
  @Answers(payoutRuleProposalSchema, 201)
  propose(
    @CurrentAccount() account: Account,
    @Body({ schema: proposePayoutRuleSchema }) body: ProposePayoutRule,
  ): Promise<PayoutRuleProposalView> {
    return this.rules.propose(account, body);
  }

  @Post('proposals/:id/confirm')
  @Posts('supervisor', 'deputyHead')
  @ApiOperation({ summary: '确认付款规则', description: '须由提出人以外、没有在办拨付的人确认;自生效日起适用。' })
  @Answers(payoutRuleProposalSchema)
  confirm(@CurrentAccount() account: Account, @Param('id', byId) id: string): Promise<PayoutRuleProposalView> {
    return this.rules.confirm(account, id);
  }

  @Post('proposals/:id/refuse')
  @Posts('supervisor', 'deputyHead')
  @ApiOperation({ summary: '驳回付款规则', description: '须由提出人以外的人驳回,并写明理由;驳回后可以重新提出。' })
  @Answers(payoutRuleProposalSchema)
  refuse(
    @CurrentAccount() account: Account,
    @Param('id', byId) id: string,
    @Body({ schema: refusePayoutRuleSchema }) { reason }: RefusePayoutRule,
  ): Promise<PayoutRuleProposalView> {
    return this.rules.refuse(account, id, reason);
  }
}

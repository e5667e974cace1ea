import { Body, Controller, Get, Param, Post, Query, type StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  financeProposalIdSchema,
  makeUsePlanSchema,
  refuseUsePlanSchema,
  usePlanBodySchema,
  usePlanSchema,
  usePlansQuerySchema,
  usePlansSchema,
  type MakeUsePlan,
  type RefuseUsePlan,
  type UsePlan,
  type UsePlanBody,
  type UsePlans,
  type UsePlansQuery,
} from '@banjie/contracts';
import { Answers, AnswersFile } from '../edge/answers';
import { fileOf, xlsxType } from '../edge/files';
import { Posts } from '../sign-in/access';
import type { Account } from '../sign-in/account';
import { CurrentAccount } from '../sign-in/current-account';
import { usePlanWorkbook } from './use-plan-file';
import { UsePlansService } from './use-plans.service';

const byId = { schema: financeProposalIdSchema };

/** 用款计划 (P-87, D3 第九十六条): drawn up by one person from budget and payments, confirmed by another, and measured afterwards. */
@ApiTags('财务')
@Controller('finance/use-plans')
@Posts('settlementClerk', 'financeReviewer', 'financeApprover', 'supervisor', 'deputyHead', 'auditReader')
export class UsePlansController {
  constructor(private readonly plans: UsePlansService) {}

  @Get()
  @ApiOperation({
    summary: '用款计划列表',
    description: '新的在前;下一份应在何日前报出;已开始的月份附计划与实际支付的差异。',
  })
  @Answers(usePlansSchema)
  list(
    @CurrentAccount() account: Account,
    @Query({ schema: usePlansQuerySchema }) { before }: UsePlansQuery,
  ): Promise<UsePlans> {
    return this.plans.list(account, before ?? null);
  }

  @Get('draft')
  @ApiOperation({ summary: '下月预测', description: '按在办件、已制拨付单和季节规律推算的下月逐日支付;不保存。' })
  @Answers(usePlanBodySchema)
  draft(@CurrentAccount() account: Account): Promise<UsePlanBody> {
    return this.plans.draft(account);
  }

  @Post()
  @Posts('settlementClerk', 'financeReviewer', 'financeApprover')
  @ApiOperation({
    summary: '编制用款计划',
    description: '以预测数加调整数为计划数,连同年度预算和依据封存;须另一人确认后报财政。',
  })
  @Answers(usePlanSchema, 201)
  make(@CurrentAccount() account: Account, @Body({ schema: makeUsePlanSchema }) body: MakeUsePlan): Promise<UsePlan> {
    return this.plans.make(account, body);
  }

  @Get(':id')
  @ApiOperation({ summary: '用款计划', description: '编制时的全部数字和依据,以及与实际支付的逐日差异。' })
  @Answers(usePlanSchema)
  one(@CurrentAccount() account: Account, @Param('id', byId) id: string): Promise<UsePlan> {
    return this.plans.one(account, id);
  }

  @Get(':id/xlsx')
  @ApiOperation({ summary: '用款计划(XLSX)', description: '计划、逐日预测和依据三张工作表;同一份计划每次打印相同。' })
  @AnswersFile(xlsxType)
  async xlsx(@CurrentAccount() account: Account, @Param('id', byId) id: string): Promise<StreamableFile> {
    const plan = await this.plans.one(account, id);
    return fileOf(await usePlanWorkbook(plan), xlsxType, `use-plan-${plan.month}.xlsx`);
  }

  @Post('proposals/:id/confirm')
  @Posts('supervisor', 'deputyHead')
  @ApiOperation({ summary: '确认用款计划', description: '须由编制人以外的人确认;一个月只有一份确认的计划。' })
  @Answers(usePlanSchema)
  confirm(@CurrentAccount() account: Account, @Param('id', byId) id: string): Promise<UsePlan> {
    return this.plans.confirm(account, id);
  }

  @Post('proposals/:id/refuse')
  @Posts('supervisor', 'deputyHead')
  @ApiOperation({ summary: '退回用款计划', description: '须由编制人以外的人退回,并写明理由;退回后重新编制。' })
  @Answers(usePlanSchema)
  refuse(
    @CurrentAccount() account: Account,
    @Param('id', byId) id: string,
    @Body({ schema: refuseUsePlanSchema }) { reason }: RefuseUsePlan,
  ): Promise<UsePlan> {
    return this.plans.refuse(account, id, reason);
  }
}

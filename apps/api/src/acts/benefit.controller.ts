import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  benefitAnswerSchema,
  benefitPreviewSchema,
  caseNoSchema,
  type BenefitAnswer,
  type BenefitPreview,
} from '@banjie/contracts';
import { DomainError } from '@banjie/domain';
import { benefitOf, ColumnCipher, findCase } from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { Answers } from '../edge/answers';
import { Posts } from '../sign-in/access';
import type { Account } from '../sign-in/account';
import { CurrentAccount } from '../sign-in/current-account';

@ApiTags('办件')
@Controller('cases/:caseNo/benefit')
export class BenefitController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: ColumnCipher,
  ) {}

  /** The amount with its trace, as 初审 or 复核 would propose it with these 核减; stores nothing. */
  @Post()
  @Posts('initialReviewer', 'secondReviewer', 'approver', 'supervisor', 'auditReader')
  @ApiOperation({ summary: '试算应支付金额', description: '按所给核减计算,附逐项依据;不保存任何内容。' })
  @Answers(benefitAnswerSchema)
  async preview(
    @CurrentAccount() account: Account,
    @Param('caseNo', { schema: caseNoSchema }) caseNo: string,
    @Body({ schema: benefitPreviewSchema }) { deductions }: BenefitPreview,
  ): Promise<BenefitAnswer> {
    const { manager } = this.dataSource;
    const record = await findCase(manager, caseNo);
    if (!record || record.agencyId !== account.agencyId) throw new DomainError('CASE_NOT_FOUND', { caseNo });
    const { benefit } = await benefitOf(manager, this.cipher, record, deductions);
    return { ...benefit, trace: benefit.trace.map((entry) => ({ ...entry })) };
  }
}

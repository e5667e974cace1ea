import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  booksAnswerSchema,
  financeDayQuerySchema,
  reconciliationSchema,
  type BooksAnswer,
  type FinanceDayQuery,
  type ReconciliationAnswer,
} from '@banjie/contracts';
import { Answers } from '../edge/answers';
import { Posts } from '../sign-in/access';
import type { Account } from '../sign-in/account';
import { CurrentAccount } from '../sign-in/current-account';
import { FinanceService } from './finance.service';

@ApiTags('财务')
@Controller('finance')
@Posts('settlementClerk', 'financeReviewer', 'financeApprover', 'supervisor', 'auditReader')
export class FinanceController {
  constructor(private readonly finance: FinanceService) {}

  @Get('reconciliation')
  @ApiOperation({
    summary: '日对账',
    description: '支出户当日流水与拨付单按单号、金额、收款账户逐笔核对;每一分钱只在相符、在途、差异三者之一。',
  })
  @Answers(reconciliationSchema)
  reconciliation(
    @CurrentAccount() account: Account,
    @Query({ schema: financeDayQuerySchema }) { date }: FinanceDayQuery,
  ): Promise<ReconciliationAnswer> {
    return this.finance.reconciliation(account, date);
  }

  @Get('books')
  @ApiOperation({ summary: '科目余额', description: '截至当日日终的借贷发生额与余额;借方合计恒等于贷方合计。' })
  @Answers(booksAnswerSchema)
  books(
    @CurrentAccount() account: Account,
    @Query({ schema: financeDayQuerySchema }) { date }: FinanceDayQuery,
  ): Promise<BooksAnswer> {
    return this.finance.books(account, date);
  }
}

import { Body, Controller, Get, Param, Post, type StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  financeProposalIdSchema,
  monthCloseSchema,
  monthSchema,
  proposeMonthCloseSchema,
  reconciliationStatementAnswerSchema,
  refuseMonthCloseSchema,
  type MonthClose,
  type ProposeMonthClose,
  type ReconciliationStatementAnswer,
  type RefuseMonthClose,
} from '@banjie/contracts';
import { Answers, AnswersFile } from '../edge/answers';
import { fileOf, pdfType, xlsxType } from '../edge/files';
import { Posts } from '../sign-in/access';
import type { Account } from '../sign-in/account';
import { CurrentAccount } from '../sign-in/current-account';
import { statementPdf, statementWorkbook } from './reconciliation-statement-files';
import { ReconciliationStatementsService } from './reconciliation-statements.service';

const byMonth = { schema: monthSchema };
const byId = { schema: financeProposalIdSchema };

/** 银行存款余额调节表 (第九十九条), and the closing of a month: one person proposes, another confirms. */
@ApiTags('财务')
@Controller('finance/reconciliation-statements')
export class ReconciliationStatementsController {
  constructor(private readonly statements: ReconciliationStatementsService) {}

  @Get(':month')
  @Posts('settlementClerk', 'financeReviewer', 'financeApprover', 'supervisor', 'auditReader')
  @ApiOperation({
    summary: '银行存款余额调节表',
    description: '对账单余额与账面余额各加减对方未达的款项,调节后应相等;附未达账项、科目余额和待确认的结账。',
  })
  @Answers(reconciliationStatementAnswerSchema)
  month(
    @CurrentAccount() account: Account,
    @Param('month', byMonth) month: string,
  ): Promise<ReconciliationStatementAnswer> {
    return this.statements.month(account, month);
  }

  @Get(':month/xlsx')
  @Posts('settlementClerk', 'financeReviewer', 'financeApprover', 'supervisor', 'auditReader')
  @ApiOperation({
    summary: '银行存款余额调节表(XLSX)',
    description: '三张工作表:调节表、未达账项、科目余额;已结账的月份每次打印相同。',
  })
  @AnswersFile(xlsxType)
  async xlsx(@CurrentAccount() account: Account, @Param('month', byMonth) month: string): Promise<StreamableFile> {
    const answer = await this.statements.month(account, month);
    return fileOf(await statementWorkbook(answer), xlsxType, `reconciliation-${month}.xlsx`);
  }

  @Get(':month/pdf')
  @Posts('settlementClerk', 'financeReviewer', 'financeApprover', 'supervisor', 'auditReader')
  @ApiOperation({
    summary: '银行存款余额调节表(PDF)',
    description: '可打印签章,字体已嵌入;未达账项很多时只列前 200 笔,其余见 XLSX。已结账的月份每次打印相同。',
  })
  @AnswersFile(pdfType)
  async pdf(@CurrentAccount() account: Account, @Param('month', byMonth) month: string): Promise<StreamableFile> {
    const answer = await this.statements.month(account, month);
    return fileOf(await statementPdf(answer), pdfType, `reconciliation-${month}.pdf`);
  }

  @Post(':month/proposals')
  @Posts('settlementClerk', 'financeReviewer', 'financeApprover')
  @ApiOperation({
    summary: '提出月末结账',
    description: '月份已经结束、对账单到齐、调节后余额相等的才能提出;确认以前账上不变。',
  })
  @Answers(monthCloseSchema, 201)
  propose(
    @CurrentAccount() account: Account,
    @Param('month', byMonth) month: string,
    @Body({ schema: proposeMonthCloseSchema }) body: ProposeMonthClose,
  ): Promise<MonthClose> {
    return this.statements.propose(account, month, body);
  }

  @Post('proposals/:id/confirm')
  @Posts('financeReviewer', 'financeApprover')
  @ApiOperation({
    summary: '确认月末结账',
    description: '须由提出人以外的人对同样的数字确认;结账后该月不再入账,余额结转下月。',
  })
  @Answers(monthCloseSchema)
  confirm(@CurrentAccount() account: Account, @Param('id', byId) id: string): Promise<MonthClose> {
    return this.statements.confirm(account, id);
  }

  @Post('proposals/:id/refuse')
  @Posts('financeReviewer', 'financeApprover')
  @ApiOperation({ summary: '驳回月末结账', description: '须由提出人以外的人驳回,并写明理由;驳回后可以重新提出。' })
  @Answers(monthCloseSchema)
  refuse(
    @CurrentAccount() account: Account,
    @Param('id', byId) id: string,
    @Body({ schema: refuseMonthCloseSchema }) { reason }: RefuseMonthClose,
  ): Promise<MonthClose> {
    return this.statements.refuse(account, id, reason);
  }
}

import { Body, Controller, Get, Param, Post, Query, Req, type StreamableFile, UseInterceptors } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  bankUploadSchema,
  bankUploadShaSchema,
  bankUploadsQuerySchema,
  bankUploadsSchema,
  declineBankUploadSchema,
  type BankUploads,
  type BankUploadsQuery,
  type BankUploadView,
  type DeclineBankUpload,
} from '@banjie/contracts';
import type { Request } from 'express';
import { Answers, AnswersFile } from '../edge/answers';
import { bytesType, fileOf } from '../edge/files';
import { statementForm } from '../filings/forms';
import { OneFile, uploadOf } from '../filings/upload';
import { Posts } from '../sign-in/access';
import type { Account } from '../sign-in/account';
import { CurrentAccount } from '../sign-in/current-account';
import { BankFilesService } from './bank-files.service';
import { RefuseLongBody } from './refuse-long-body';

const bySha = { schema: bankUploadShaSchema };

/** Files of the bank that come on a medium: one person brings one, another confirms it (SD-01), and then it is posted. */
@ApiTags('财务')
@Controller('finance/bank-files')
@Posts('settlementClerk', 'financeReviewer', 'financeApprover', 'supervisor', 'auditReader')
export class BankFilesController {
  constructor(private readonly files: BankFilesService) {}

  @Post()
  @Posts('settlementClerk', 'financeReviewer', 'financeApprover')
  @UseInterceptors(RefuseLongBody, OneFile)
  @ApiConsumes('multipart/form-data')
  @ApiBody(statementForm)
  @ApiOperation({
    summary: '上传银行文件',
    description:
      '付款结果(pain.002、CSV)或对账单(camt.053),至多 20 MB;原样保存并逐笔检查,另一人确认以前一笔也不入账。同一份文件再次上传得到第一次的报告;不予确认的,或因上传人、确认人在所涉办件中承担职责而未采用的,可以重新上传。',
  })
  @Answers(bankUploadSchema, 201)
  bring(@CurrentAccount() account: Account, @Req() request: Request): Promise<BankUploadView> {
    return this.files.bring(account, uploadOf(request));
  }

  @Get()
  @ApiOperation({ summary: '上传的银行文件', description: '本机构人员上传的,新的在前。' })
  @Answers(bankUploadsSchema)
  list(
    @CurrentAccount() account: Account,
    @Query({ schema: bankUploadsQuerySchema }) { before }: BankUploadsQuery,
  ): Promise<BankUploads> {
    return this.files.list(account, before);
  }

  @Get(':sha256')
  @ApiOperation({ summary: '银行文件的报告', description: '逐笔的结果与问题;入账以后为实际入账的情况。' })
  @Answers(bankUploadSchema)
  report(@CurrentAccount() account: Account, @Param('sha256', bySha) sha256: string): Promise<BankUploadView> {
    return this.files.report(account, sha256);
  }

  // The file states account numbers in full, which only who settles the payments may see.
  @Get(':sha256/content')
  @Posts('settlementClerk', 'financeReviewer', 'financeApprover')
  @ApiOperation({ summary: '下载银行文件', description: '与上传时逐字节相同;每次下载均留痕。' })
  @AnswersFile(bytesType)
  async content(@CurrentAccount() account: Account, @Param('sha256', bySha) sha256: string): Promise<StreamableFile> {
    const { name, bytes } = await this.files.content(account, sha256);
    return fileOf(bytes, bytesType, name);
  }

  @Post(':sha256/confirm')
  @Posts('financeReviewer', 'financeApprover')
  @ApiOperation({
    summary: '确认银行文件',
    description:
      '须由上传人以外的财务人员确认,两人均不得在付款结果所涉的办件中承担职责;随即逐笔入账,有问题的各笔不入账并列明。对账单的某笔会改变拨付单状态而两人之一在其办件中承担职责的,整份不入账。',
  })
  @Answers(bankUploadSchema)
  confirm(@CurrentAccount() account: Account, @Param('sha256', bySha) sha256: string): Promise<BankUploadView> {
    return this.files.decide(account, sha256, null);
  }

  @Post(':sha256/decline')
  @Posts('financeReviewer', 'financeApprover')
  @ApiOperation({ summary: '不予确认', description: '须由上传人以外的财务人员办理,并写明理由;一笔也不入账。' })
  @Answers(bankUploadSchema)
  decline(
    @CurrentAccount() account: Account,
    @Param('sha256', bySha) sha256: string,
    @Body({ schema: declineBankUploadSchema }) { reason }: DeclineBankUpload,
  ): Promise<BankUploadView> {
    return this.files.decide(account, sha256, reason);
  }
}

import { Body, Controller, Delete, Get, Param, Post, Put, Req, UseInterceptors } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  attachmentAnswerSchema,
  checkAnswerSchema,
  createFilingSchema,
  filingAnswerSchema,
  filingListSchema,
  filingVersionSchema,
  linesAnswerSchema,
  saveFilingSchema,
  statementLinesSchema,
  submitAnswerSchema,
  submitFilingSchema,
  type AttachmentAnswer,
  type CheckAnswer,
  type CreateFiling,
  type FilingAnswer,
  type FilingList,
  type FilingVersion,
  type LinesAnswer,
  type SaveFiling,
  type StatementLines,
  type SubmitAnswer,
  type SubmitFiling,
} from '@banjie/contracts';
import type { Request } from 'express';
import { z } from 'zod';
import { Answers, AnswersNothing } from '../edge/answers';
import { Posts } from '../sign-in/access';
import type { Account } from '../sign-in/account';
import { CurrentAccount } from '../sign-in/current-account';
import { attachmentForm, statementForm } from './forms';
import { FilingsService } from './filings.service';
import { OneFile, uploadOf } from './upload';

const id = { schema: z.uuid() };

/** 收件 at the window: a draft, its statement, its papers, the check, and the filing itself. */
@ApiTags('收件')
@Controller('filings')
@Posts('window', 'initialReviewer')
export class FilingsController {
  constructor(private readonly filings: FilingsService) {}

  @Post()
  @ApiOperation({ summary: '新建草稿', description: '内容可以不完整,以后补填。' })
  @Answers(filingVersionSchema, 201)
  create(
    @CurrentAccount() account: Account,
    @Body({ schema: createFilingSchema }) body: CreateFiling,
  ): Promise<FilingVersion> {
    return this.filings.create(account, body);
  }

  @Get()
  @ApiOperation({ summary: '我的草稿', description: '由新到旧,不含申请内容。' })
  @Answers(filingListSchema)
  list(@CurrentAccount() account: Account): Promise<FilingList> {
    return this.filings.list(account);
  }

  @Get(':id')
  @ApiOperation({ summary: '打开草稿', description: '申请内容、费用明细与材料;已收件的申请到办件中查看。' })
  @Answers(filingAnswerSchema)
  show(@CurrentAccount() account: Account, @Param('id', id) filingId: string): Promise<FilingAnswer> {
    return this.filings.show(account, filingId);
  }

  @Put(':id')
  @ApiOperation({ summary: '保存草稿', description: 'version 须为所读到的版本,他人已保存时答 409。' })
  @Answers(filingVersionSchema)
  save(
    @CurrentAccount() account: Account,
    @Param('id', id) filingId: string,
    @Body({ schema: saveFilingSchema }) body: SaveFiling,
  ): Promise<FilingVersion> {
    return this.filings.save(account, filingId, body);
  }

  @Put(':id/lines')
  @ApiOperation({ summary: '填写费用明细', description: '整份替换,至多 5000 行。' })
  @Answers(linesAnswerSchema)
  setLines(
    @CurrentAccount() account: Account,
    @Param('id', id) filingId: string,
    @Body({ schema: statementLinesSchema }) body: StatementLines,
  ): Promise<LinesAnswer> {
    return this.filings.setLines(account, filingId, body);
  }

  @Post(':id/statement')
  @UseInterceptors(OneFile)
  @ApiConsumes('multipart/form-data')
  @ApiBody(statementForm)
  @ApiOperation({ summary: '导入费用清单', description: '上传 CSV 或 XLSX,整份替换费用明细。' })
  @Answers(linesAnswerSchema)
  setStatement(
    @CurrentAccount() account: Account,
    @Param('id', id) filingId: string,
    @Req() request: Request,
  ): Promise<LinesAnswer> {
    return this.filings.setStatement(account, filingId, uploadOf(request));
  }

  @Post(':id/attachments')
  @UseInterceptors(OneFile)
  @ApiConsumes('multipart/form-data')
  @ApiBody(attachmentForm)
  @ApiOperation({ summary: '上传材料', description: 'PDF、JPEG 或 PNG,每份至多 20 MB;相同内容重复上传得到同一份。' })
  @Answers(attachmentAnswerSchema, 201)
  attach(
    @CurrentAccount() account: Account,
    @Param('id', id) filingId: string,
    @Req() request: Request,
  ): Promise<AttachmentAnswer> {
    return this.filings.attach(account, filingId, uploadOf(request));
  }

  @Delete(':id/attachments/:attachmentId')
  @ApiOperation({ summary: '删除材料', description: '只限草稿。' })
  @AnswersNothing()
  detach(
    @CurrentAccount() account: Account,
    @Param('id', id) filingId: string,
    @Param('attachmentId', id) attachmentId: string,
  ): Promise<void> {
    return this.filings.detach(account, filingId, attachmentId);
  }

  @Get(':id/check')
  @ApiOperation({ summary: '核对申请', description: '一次列出全部欠缺与提示,各附依据条款;查看已收件的申请会留痕。' })
  @Answers(checkAnswerSchema)
  check(@CurrentAccount() account: Account, @Param('id', id) filingId: string): Promise<CheckAnswer> {
    return this.filings.check(account, filingId);
  }

  @Post(':id/submit')
  @ApiOperation({
    summary: '收件',
    description:
      '生成受理号并开始计时,有欠缺也收件;同一 actionId 重复提交得到第一次的结果,票据已被使用时答 409 并保留草稿。',
  })
  @Answers(submitAnswerSchema, 201)
  submit(
    @CurrentAccount() account: Account,
    @Param('id', id) filingId: string,
    @Body({ schema: submitFilingSchema }) { actionId }: SubmitFiling,
  ): Promise<SubmitAnswer> {
    return this.filings.submit(account, filingId, actionId);
  }
}

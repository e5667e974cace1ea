import { Body, Controller, Delete, Get, Param, Post, Put, Req, UseInterceptors } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiTags } from '@nestjs/swagger';
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
  @Answers(filingVersionSchema, 201)
  create(
    @CurrentAccount() account: Account,
    @Body({ schema: createFilingSchema }) body: CreateFiling,
  ): Promise<FilingVersion> {
    return this.filings.create(account, body);
  }

  @Get()
  @Answers(filingListSchema)
  list(@CurrentAccount() account: Account): Promise<FilingList> {
    return this.filings.list(account);
  }

  @Get(':id')
  @Answers(filingAnswerSchema)
  show(@CurrentAccount() account: Account, @Param('id', id) filingId: string): Promise<FilingAnswer> {
    return this.filings.show(account, filingId);
  }

  @Put(':id')
  @Answers(filingVersionSchema)
  save(
    @CurrentAccount() account: Account,
    @Param('id', id) filingId: string,
    @Body({ schema: saveFilingSchema }) body: SaveFiling,
  ): Promise<FilingVersion> {
    return this.filings.save(account, filingId, body);
  }

  @Put(':id/lines')
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
  @Answers(attachmentAnswerSchema, 201)
  attach(
    @CurrentAccount() account: Account,
    @Param('id', id) filingId: string,
    @Req() request: Request,
  ): Promise<AttachmentAnswer> {
    return this.filings.attach(account, filingId, uploadOf(request));
  }

  @Delete(':id/attachments/:attachmentId')
  @AnswersNothing()
  detach(
    @CurrentAccount() account: Account,
    @Param('id', id) filingId: string,
    @Param('attachmentId', id) attachmentId: string,
  ): Promise<void> {
    return this.filings.detach(account, filingId, attachmentId);
  }

  @Get(':id/check')
  @Answers(checkAnswerSchema)
  check(@CurrentAccount() account: Account, @Param('id', id) filingId: string): Promise<CheckAnswer> {
    return this.filings.check(account, filingId);
  }

  @Post(':id/submit')
  @Answers(submitAnswerSchema, 201)
  submit(
    @CurrentAccount() account: Account,
    @Param('id', id) filingId: string,
    @Body({ schema: submitFilingSchema }) { actionId }: SubmitFiling,
  ): Promise<SubmitAnswer> {
    return this.filings.submit(account, filingId, actionId);
  }
}

import { Controller, Get, Param, Post, Req, StreamableFile, UseInterceptors } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import { attachmentAnswerSchema, caseNoSchema, type AttachmentAnswer } from '@banjie/contracts';
import type { Request } from 'express';
import { z } from 'zod';
import { Answers, AnswersFile } from '../edge/answers';
import { Posts } from '../sign-in/access';
import type { Account } from '../sign-in/account';
import { CurrentAccount } from '../sign-in/current-account';
import { CaseAttachmentsService } from './case-attachments.service';
import { attachmentForm } from './forms';
import { OneFile, uploadOf } from './upload';

const caseNumber = { schema: caseNoSchema };

@ApiTags('办件')
@Controller('cases/:caseNo/attachments')
export class CaseAttachmentsController {
  constructor(private readonly attachments: CaseAttachmentsService) {}

  /**
   * Once the applicant was asked for 补正 and until the decision, for the act `supplement`; and at 拨付制定 after an order that
   * failed, came back or fell, for `preparePayout` to another account; another agency's answer; the document of a pause and
   * what came back. Each act names what came.
   */
  @Post()
  @Posts('window', 'initialReviewer', 'secondReviewer', 'approver', 'settlementClerk', 'supervisor')
  @UseInterceptors(OneFile)
  @ApiConsumes('multipart/form-data')
  @ApiBody(attachmentForm)
  @ApiOperation({
    summary: '补交材料',
    description:
      '限要求补正之后、作出决定之前,更换收款账户时,登记对方经办机构的答复时,以及提出或结束暂停时;随后的操作须列明所收材料的编号。',
  })
  @Answers(attachmentAnswerSchema, 201)
  attach(
    @CurrentAccount() account: Account,
    @Param('caseNo', caseNumber) caseNo: string,
    @Req() request: Request,
  ): Promise<AttachmentAnswer> {
    return this.attachments.attach(account, caseNo, uploadOf(request));
  }

  /** Everyone who works on cases of the agency; technical maintenance has no business with papers. */
  @Get(':attachmentId')
  @Posts(
    'window',
    'initialReviewer',
    'secondReviewer',
    'approver',
    'settlementClerk',
    'financeReviewer',
    'financeApprover',
    'supervisor',
    'auditReader',
  )
  @ApiOperation({ summary: '打开材料', description: '按岗位开放,与申请内容的隐去规则一致;每次打开均留痕。' })
  @AnswersFile('application/pdf', 'image/jpeg', 'image/png')
  async read(
    @CurrentAccount() account: Account,
    @Param('caseNo', caseNumber) caseNo: string,
    @Param('attachmentId', { schema: z.uuid() }) attachmentId: string,
  ): Promise<StreamableFile> {
    const { attachment, content } = await this.attachments.read(account, caseNo, attachmentId);
    return new StreamableFile(content, {
      type: attachment.mediaType,
      length: content.length,
      disposition: `attachment; filename*=UTF-8''${encodeURIComponent(attachment.fileName)}`,
    });
  }
}

import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  caseFileSchema,
  caseNoSchema,
  caseSearchAnswerSchema,
  caseSearchSchema,
  caseViewSchema,
  type CaseFile,
  type CaseSearch,
  type CaseSearchAnswer,
  type CaseView,
} from '@banjie/contracts';
import type { z } from 'zod';
import { Answers } from '../edge/answers';
import type { Account } from '../sign-in/account';
import { CurrentAccount } from '../sign-in/current-account';
import { CasesService } from './cases.service';

const caseNumber = { schema: caseNoSchema };

@ApiTags('办件')
@Controller()
export class CasesController {
  constructor(private readonly cases: CasesService) {}

  @Get('cases/:caseNo')
  @Answers(caseViewSchema)
  view(@CurrentAccount() account: Account, @Param('caseNo', caseNumber) caseNo: string): Promise<CaseView> {
    return this.cases.view(account, caseNo);
  }

  @Get('cases/:caseNo/file')
  @Answers(caseFileSchema)
  file(@CurrentAccount() account: Account, @Param('caseNo', caseNumber) caseNo: string): Promise<CaseFile> {
    return this.cases.file(account, caseNo);
  }

  @Post('cases/search')
  @Answers(caseSearchAnswerSchema)
  search(
    @CurrentAccount() account: Account,
    @Body({ schema: caseSearchSchema }) body: CaseSearch,
  ): Promise<CaseSearchAnswer> {
    return this.cases.search(account, body);
  }
}

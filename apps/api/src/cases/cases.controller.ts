import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
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
  @ApiOperation({
    summary: '办件现状',
    description: '环节、时限、办理记录、拨付单与本人可办的操作;只限本机构,每次查看均留痕。',
  })
  @Answers(caseViewSchema)
  view(@CurrentAccount() account: Account, @Param('caseNo', caseNumber) caseNo: string): Promise<CaseView> {
    return this.cases.view(account, caseNo);
  }

  @Get('cases/:caseNo/file')
  @ApiOperation({
    summary: '申请内容',
    description: '申请表、费用明细与材料清单;按岗位隐去所不需要的个人信息,每次查看均留痕。',
  })
  @Answers(caseFileSchema)
  file(@CurrentAccount() account: Account, @Param('caseNo', caseNumber) caseNo: string): Promise<CaseFile> {
    return this.cases.file(account, caseNo);
  }

  @Post('cases/search')
  @ApiOperation({ summary: '查找办件', description: '按受理号或身份证号,二者取一;只限本机构,每次查找均留痕。' })
  @Answers(caseSearchAnswerSchema)
  search(
    @CurrentAccount() account: Account,
    @Body({ schema: caseSearchSchema }) body: CaseSearch,
  ): Promise<CaseSearchAnswer> {
    return this.cases.search(account, body);
  }
}

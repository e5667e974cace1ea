import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  caseClocksQuerySchema,
  caseClocksSchema,
  caseFileSchema,
  caseNoSchema,
  caseSearchAnswerSchema,
  caseSearchSchema,
  caseViewSchema,
  type CaseClocks,
  type CaseClocksQuery,
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

  @Get('cases/:caseNo/clocks')
  @ApiOperation({
    summary: '时限明细',
    description:
      '每项时限计入与不计入的工作日、暂停理由、已用与剩余工作日、所依日历版本;由计时记录重新算出,给出 at 则为当时所示。' +
      '只限本机构,每次查看均留痕。',
  })
  @Answers(caseClocksSchema)
  clocks(
    @CurrentAccount() account: Account,
    @Param('caseNo', caseNumber) caseNo: string,
    @Query({ schema: caseClocksQuerySchema }) { at }: CaseClocksQuery,
  ): Promise<CaseClocks> {
    return this.cases.clocks(account, caseNo, at);
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

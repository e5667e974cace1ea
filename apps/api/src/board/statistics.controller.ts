import { Controller, Get, Param, Post, Query, type StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  monthAnswerSchema,
  monthQuerySchema,
  monthSchema,
  pauseAuditSchema,
  type MonthAnswer,
  type MonthQuery,
  type PauseAudit,
} from '@banjie/contracts';
import { Answers, AnswersFile } from '../edge/answers';
import { fileOf, xlsxType } from '../edge/files';
import { Posts } from '../sign-in/access';
import type { Account } from '../sign-in/account';
import { CurrentAccount } from '../sign-in/current-account';
import { statisticsCsv, statisticsWorkbook } from './statistics-files';
import { StatisticsService } from './statistics.service';

const csvType = 'text/csv';

@ApiTags('督办')
@Controller('board')
@Posts('supervisor')
export class StatisticsController {
  constructor(private readonly statistics: StatisticsService) {}

  @Get('statistics')
  @ApiOperation({
    summary: '月度统计',
    description:
      '提前、按时、超时、在办未超、在办超期、挂起,按时办结率、退回率、一次通过率与各环节用时;结账后不再变化。',
  })
  @Answers(monthAnswerSchema)
  month(
    @CurrentAccount() account: Account,
    @Query({ schema: monthQuerySchema }) { month }: MonthQuery,
  ): Promise<MonthAnswer> {
    return this.statistics.month(account, month);
  }

  @Get('statistics/csv')
  @ApiOperation({ summary: '月度统计(CSV)', description: 'UTF-8,可直接用 Excel 打开;已结账的月份每次打印相同。' })
  @AnswersFile(csvType)
  async csv(
    @CurrentAccount() account: Account,
    @Query({ schema: monthQuerySchema }) { month }: MonthQuery,
  ): Promise<StreamableFile> {
    const { statistics } = await this.statistics.month(account, month);
    return fileOf(statisticsCsv(statistics), `${csvType}; charset=utf-8`, `statistics-${month}.csv`);
  }

  @Get('statistics/xlsx')
  @ApiOperation({ summary: '月度统计(XLSX)', description: '两张工作表:办件、环节;已结账的月份每次打印相同。' })
  @AnswersFile(xlsxType)
  async xlsx(
    @CurrentAccount() account: Account,
    @Query({ schema: monthQuerySchema }) { month }: MonthQuery,
  ): Promise<StreamableFile> {
    const { statistics } = await this.statistics.month(account, month);
    return fileOf(await statisticsWorkbook(statistics), xlsxType, `statistics-${month}.xlsx`);
  }

  @Post('statistics/:month/close')
  @ApiOperation({
    summary: '月度结账',
    description: '月份结束后把统计原样留存并签章,只能追加;重复结账得到第一次的结果。',
  })
  @Answers(monthAnswerSchema)
  close(
    @CurrentAccount() account: Account,
    @Param('month', { schema: monthSchema }) month: string,
  ): Promise<MonthAnswer> {
    return this.statistics.close(account, month);
  }

  @Get('pauses')
  @ApiOperation({
    summary: '挂起与补正审计',
    description: '当月各人发起挂起的次数、时长、重复件与临期挂起(剩余不超过 2 个工作日),最应查看的排在最前。',
  })
  @Answers(pauseAuditSchema)
  pauses(
    @CurrentAccount() account: Account,
    @Query({ schema: monthQuerySchema }) { month }: MonthQuery,
  ): Promise<PauseAudit> {
    return this.statistics.pauses(account, month);
  }
}

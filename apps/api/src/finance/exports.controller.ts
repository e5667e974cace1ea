import { Body, Controller, Get, Param, Post, type StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  askExportSchema,
  exportIdSchema,
  exportListSchema,
  exportViewSchema,
  type AskExport,
  type ExportView,
  type ExportViews,
} from '@banjie/contracts';
import { Answers, AnswersFile } from '../edge/answers';
import { fileOf } from '../edge/files';
import { Posts } from '../sign-in/access';
import type { Account } from '../sign-in/account';
import { CurrentAccount } from '../sign-in/current-account';
import { ExportsService } from './exports.service';

const byId = { schema: exportIdSchema };

/** Lists of orders to take away: asked for here, made in the background, downloaded while they are kept. */
@ApiTags('财务')
@Controller('finance/exports')
@Posts('settlementClerk', 'financeReviewer', 'financeApprover', 'supervisor', 'auditReader')
export class ExportsController {
  constructor(private readonly exports: ExportsService) {}

  @Post()
  @ApiOperation({ summary: '申请导出', description: '一个批次或一个月的拨付单清单;在后台生成,保留 7 天。' })
  @Answers(exportViewSchema, 201)
  ask(@CurrentAccount() account: Account, @Body({ schema: askExportSchema }) body: AskExport): Promise<ExportView> {
    return this.exports.ask(account, body);
  }

  @Get()
  @ApiOperation({ summary: '导出的清单', description: '本机构人员申请的最近 50 份,新的在前。' })
  @Answers(exportListSchema)
  list(@CurrentAccount() account: Account): Promise<ExportViews> {
    return this.exports.list(account);
  }

  @Get(':id')
  @ApiOperation({ summary: '一份导出的状态', description: '正在生成、可以下载、已过期或没有生成。' })
  @Answers(exportViewSchema)
  view(@CurrentAccount() account: Account, @Param('id', byId) id: string): Promise<ExportView> {
    return this.exports.view(account, id);
  }

  @Get(':id/content')
  @ApiOperation({ summary: '下载清单', description: 'UTF-8 的 CSV,可用 Excel 打开;每次下载均留痕。' })
  @AnswersFile('text/csv')
  async content(@CurrentAccount() account: Account, @Param('id', byId) id: string): Promise<StreamableFile> {
    const { name, content } = await this.exports.content(account, id);
    return fileOf(content, 'text/csv; charset=utf-8', name);
  }
}

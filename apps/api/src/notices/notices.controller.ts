import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  noticeIdSchema,
  noticeListSchema,
  noticeQuerySchema,
  noticeViewSchema,
  type NoticeList,
  type NoticeView,
} from '@banjie/contracts';
import type { z } from 'zod';
import { Answers } from '../edge/answers';
import type { Account } from '../sign-in/account';
import { CurrentAccount } from '../sign-in/current-account';
import { NoticesService } from './notices.service';

@ApiTags('通知')
@Controller('notices')
export class NoticesController {
  constructor(private readonly notices: NoticesService) {}

  @Get()
  @ApiOperation({ summary: '本机构的通知', description: '由新到旧,每页 50 条;收件人姓名隐去名字。' })
  @Answers(noticeListSchema)
  list(
    @CurrentAccount() account: Account,
    @Query({ schema: noticeQuerySchema }) query: z.infer<typeof noticeQuerySchema>,
  ): Promise<NoticeList> {
    return this.notices.list(account, query);
  }

  @Get(':id')
  @ApiOperation({
    summary: '一份通知的全文',
    description: '内容以作出决定时为准,逐项列出并附可打印的文本;每次查看均留痕。',
  })
  @Answers(noticeViewSchema)
  view(@CurrentAccount() account: Account, @Param('id', { schema: noticeIdSchema }) id: number): Promise<NoticeView> {
    return this.notices.view(account, id);
  }
}

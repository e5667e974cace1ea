import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  calendarChangeIdSchema,
  calendarChangesSchema,
  calendarChangeViewSchema,
  calendarImpactSchema,
  calendarViewSchema,
  proposeCalendarChangeSchema,
  rejectCalendarChangeSchema,
  reprojectionsSchema,
  type CalendarChanges,
  type CalendarChangeView,
  type CalendarImpact,
  type CalendarView,
  type ProposeCalendarChange,
  type RejectCalendarChange,
  type Reprojections,
} from '@banjie/contracts';
import { Answers } from '../edge/answers';
import { Posts } from '../sign-in/access';
import type { Account } from '../sign-in/account';
import { CurrentAccount } from '../sign-in/current-account';
import { CalendarsService } from './calendars.service';

const byId = { schema: calendarChangeIdSchema };

/** The working calendar: one person proposes a change with its document, another decides (T-12 … T-14). */
@ApiTags('日历')
@Controller('calendars')
export class CalendarsController {
  constructor(private readonly calendars: CalendarsService) {}

  @Get('current')
  @ApiOperation({
    summary: '现行日历',
    description: '本机构计算时限所用的日历:休息日、调休上班日、办公时间、是否暂定。',
  })
  @Answers(calendarViewSchema)
  current(@CurrentAccount() account: Account): Promise<CalendarView> {
    return this.calendars.current(account);
  }

  @Get('changes')
  @Posts('supervisor', 'systemAdmin', 'auditReader')
  @ApiOperation({ summary: '日历变更列表', description: '全国、本地区和本机构的变更,新的在前。' })
  @Answers(calendarChangesSchema)
  changes(@CurrentAccount() account: Account): Promise<CalendarChanges> {
    return this.calendars.changes(account);
  }

  @Post('changes')
  @Posts('supervisor', 'systemAdmin')
  @ApiOperation({
    summary: '提出日历变更',
    description: '须写明文号和文件内容;年度安排整年替换,临时关闭按年整体替换。批准以前不生效。',
  })
  @Answers(calendarChangeViewSchema, 201)
  propose(
    @CurrentAccount() account: Account,
    @Body({ schema: proposeCalendarChangeSchema }) body: ProposeCalendarChange,
  ): Promise<CalendarChangeView> {
    return this.calendars.propose(account, body);
  }

  @Get('changes/:id/preview')
  @Posts('supervisor', 'systemAdmin', 'auditReader')
  @ApiOperation({ summary: '变更影响', description: '如现在批准,在办时限提前或推后的件数、天数和示例。' })
  @Answers(calendarImpactSchema)
  preview(@CurrentAccount() account: Account, @Param('id', byId) id: string): Promise<CalendarImpact> {
    return this.calendars.preview(account, id);
  }

  @Post('changes/:id/approve')
  @Posts('supervisor', 'systemAdmin')
  @ApiOperation({ summary: '批准日历变更', description: '须由提出人以外的人批准;在办时限随即重新计算。' })
  @Answers(calendarChangeViewSchema)
  approve(@CurrentAccount() account: Account, @Param('id', byId) id: string): Promise<CalendarChangeView> {
    return this.calendars.approve(account, id);
  }

  @Post('changes/:id/reject')
  @Posts('supervisor', 'systemAdmin')
  @ApiOperation({ summary: '驳回日历变更', description: '须由提出人以外的人驳回,并写明理由。' })
  @Answers(calendarChangeViewSchema)
  reject(
    @CurrentAccount() account: Account,
    @Param('id', byId) id: string,
    @Body({ schema: rejectCalendarChangeSchema }) body: RejectCalendarChange,
  ): Promise<CalendarChangeView> {
    return this.calendars.reject(account, id, body.reason);
  }

  @Get('reprojections')
  @Posts('supervisor', 'systemAdmin', 'auditReader')
  @ApiOperation({ summary: '时限重算进度', description: '每次日历变更后在办时限的重算:已看、已变动、提前的件数。' })
  @Answers(reprojectionsSchema)
  reprojections(): Promise<Reprojections> {
    return this.calendars.reprojections();
  }
}

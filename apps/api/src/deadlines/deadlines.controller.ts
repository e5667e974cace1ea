import { Body, Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  deadlineAnswerSchema,
  deadlineRequestSchema,
  type DeadlineAnswer,
  type DeadlineRequest,
} from '@banjie/contracts';
import { computeDeadline } from '@banjie/domain';
import { currentCalendar } from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { Answers } from '../edge/answers';

@ApiTags('时限')
@Controller('deadlines')
export class DeadlinesController {
  constructor(private readonly dataSource: DataSource) {}

  /** The same function as `npx banjie deadline`, by the calendar in force; it changes nothing. */
  @Post()
  @ApiOperation({ summary: '计算时限', description: '与命令 banjie deadline 相同;起算时刻不带时区的按北京时间。' })
  @Answers(deadlineAnswerSchema)
  async compute(@Body({ schema: deadlineRequestSchema }) body: DeadlineRequest): Promise<DeadlineAnswer> {
    const calendar = await currentCalendar(this.dataSource, { regionCode: body.region ?? null });
    return computeDeadline({ ...body, calendar });
  }
}

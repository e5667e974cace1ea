import { Body, Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  deadlineAnswerSchema,
  deadlineRequestSchema,
  type DeadlineAnswer,
  type DeadlineRequest,
} from '@banjie/contracts';
import { computeDeadline } from '@banjie/domain';
import { Answers } from '../edge/answers';

@ApiTags('时限')
@Controller('deadlines')
export class DeadlinesController {
  /** The same function as `npx banjie deadline`; it looks nothing up and changes nothing. */
  @Post()
  @ApiOperation({ summary: '计算时限', description: '与命令 banjie deadline 相同;起算时刻不带时区的按北京时间。' })
  @Answers(deadlineAnswerSchema)
  compute(@Body({ schema: deadlineRequestSchema }) body: DeadlineRequest): DeadlineAnswer {
    return computeDeadline(body);
  }
}

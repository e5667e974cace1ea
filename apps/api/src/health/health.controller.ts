import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  healthAnswerSchema,
  liveAnswerSchema,
  probeAnswerSchema,
  readyAnswerSchema,
  type HealthAnswer,
  type ProbeAnswer,
  type ReadyAnswer,
} from '@banjie/contracts';
import { DomainError } from '@banjie/domain';
import type { Request, Response } from 'express';
import { Answers } from '../edge/answers';
import { OpenToAll } from '../sign-in/access';
import { HealthService } from './health.service';

@ApiTags('运行状况')
@OpenToAll()
@Controller('health')
export class HealthController {
  constructor(private readonly healthService: HealthService) {}

  @Get('live')
  @ApiOperation({ summary: '进程是否在运行', description: '不询问任何其他部件。' })
  @Answers(liveAnswerSchema)
  live(): { status: 'up' } {
    return { status: 'up' };
  }

  @Get('ready')
  @ApiOperation({ summary: '能否接受请求', description: '数据库与流程服务均可用时答 200,否则答 503;无须登录。' })
  @Answers(readyAnswerSchema)
  async ready(@Res({ passthrough: true }) response: Response): Promise<ReadyAnswer> {
    const answer = await this.healthService.ready();
    response.status(answer.status === 'up' ? 200 : 503);
    return answer;
  }

  @Get()
  @ApiOperation({ summary: '运行状况', description: '各部件状态、启动时刻与流程进程最近一次取任务的时刻;无须登录。' })
  @Answers(healthAnswerSchema)
  health(): Promise<HealthAnswer> {
    return this.healthService.health();
  }

  /** For the starter on the same machine; it starts a workflow, so nobody else may ask for it. */
  @Post('probe')
  @ApiOperation({
    summary: '试办一步',
    description: '经流程服务往返一次并报告毫秒数;只限本机,五秒内的请求共用一次结果。',
  })
  @Answers(probeAnswerSchema)
  async probe(@Req() request: Request): Promise<ProbeAnswer> {
    if (!isLoopback(request.socket.remoteAddress)) throw new DomainError('FORBIDDEN');
    return { milliseconds: await this.healthService.probe() };
  }
}

const isLoopback = (address: string | undefined) =>
  address === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address ?? '');

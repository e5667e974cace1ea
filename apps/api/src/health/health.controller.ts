import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
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
  @Answers(liveAnswerSchema)
  live(): { status: 'up' } {
    return { status: 'up' };
  }

  @Get('ready')
  @Answers(readyAnswerSchema)
  async ready(@Res({ passthrough: true }) response: Response): Promise<ReadyAnswer> {
    const answer = await this.healthService.ready();
    response.status(answer.status === 'up' ? 200 : 503);
    return answer;
  }

  @Get()
  @Answers(healthAnswerSchema)
  health(): Promise<HealthAnswer> {
    return this.healthService.health();
  }

  /** For the starter on the same machine; it starts a workflow, so nobody else may ask for it. */
  @Post('probe')
  @Answers(probeAnswerSchema)
  async probe(@Req() request: Request): Promise<ProbeAnswer> {
    if (!isLoopback(request.socket.remoteAddress)) throw new DomainError('FORBIDDEN');
    return { milliseconds: await this.healthService.probe() };
  }
}

const isLoopback = (address: string | undefined) =>
  address === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address ?? '');

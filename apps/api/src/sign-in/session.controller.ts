import { Body, Controller, Delete, Get, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { sessionAnswerSchema, signInSchema, type SessionAnswer, type SignIn } from '@banjie/contracts';
import { DomainError } from '@banjie/domain';
import type { Request, Response } from 'express';
import { Answers, AnswersNothing } from '../edge/answers';
import { Settings } from '../settings';
import { OpenToAll } from './access';
import { clearSessionCookie, sessionTokenOf, setSessionCookie } from './cookie';
import { Sessions } from './sessions';
import { SignInService } from './sign-in.service';

@ApiTags('登录')
@Controller('session')
export class SessionController {
  constructor(
    private readonly settings: Settings,
    private readonly sessions: Sessions,
    private readonly signInService: SignInService,
  ) {}

  @Post()
  @OpenToAll()
  @ApiOperation({
    summary: '登录',
    description: '成功后以 Cookie 保存会话,并给出以后各次请求须携带的 csrfToken;连续五次失败锁定十五分钟。',
  })
  @Answers(sessionAnswerSchema)
  async signIn(
    @Body({ schema: signInSchema }) body: SignIn,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SessionAnswer> {
    const accountId = await this.signInService.checkPassword(body, request.socket.remoteAddress ?? '');
    // A session brought along is never gone on with under another account.
    const before = sessionTokenOf(request);
    if (before) await this.sessions.close(before);
    const { token } = await this.sessions.open(accountId);
    setSessionCookie(response, token, this.settings.hasSecureCookie);
    return this.sessionOf(token);
  }

  @Get()
  @ApiOperation({ summary: '当前会话', description: '本人的账号、岗位、机构与 csrfToken。' })
  @Answers(sessionAnswerSchema)
  session(@Req() request: Request): Promise<SessionAnswer> {
    return this.sessionOf(sessionTokenOf(request) ?? '');
  }

  @Delete()
  @ApiOperation({ summary: '退出登录', description: '会话立即失效;重复退出结果相同。' })
  @AnswersNothing()
  async signOut(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<void> {
    await this.sessions.close(sessionTokenOf(request) ?? '');
    clearSessionCookie(response, this.settings.hasSecureCookie);
  }

  private async sessionOf(token: string): Promise<SessionAnswer> {
    const session = await this.sessions.find(token);
    if (!session) throw new DomainError('NOT_SIGNED_IN');
    return session;
  }
}

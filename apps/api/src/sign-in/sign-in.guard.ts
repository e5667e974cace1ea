import { timingSafeEqual } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { DomainError } from '@banjie/domain';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { Limits } from '../edge/limits';
import { requestContext } from '../edge/request-context';
import { neededPosts, openToAll } from './access';
import { sessionTokenOf } from './cookie';
import type { SignedInRequest } from './current-account';
import { Sessions } from './sessions';

const reading = ['GET', 'HEAD', 'OPTIONS'];

/** In front of every handler: a session, the token against forged requests, and the post the handler asks for. */
@Injectable()
export class SignInGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly sessions: Sessions,
    private readonly limits: Limits,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request & Partial<SignedInRequest>>();
    const targets = [context.getHandler(), context.getClass()];
    const address = request.socket.remoteAddress ?? '';
    if (this.reflector.getAllAndOverride(openToAll, targets)) {
      await this.limits.stranger(address);
      return true;
    }
    const token = sessionTokenOf(request);
    if (!token) {
      await this.limits.stranger(address);
      throw new DomainError('NOT_SIGNED_IN');
    }
    // Made-up tokens must not reach the database faster than strangers may ask.
    if (!this.sessions.isRecent(token)) await this.limits.unknownToken(address);
    const session = await this.sessions.find(token);
    if (!session) throw new DomainError('NOT_SIGNED_IN');
    const { account, csrfToken } = session;
    await this.limits.session(account.id, token);
    request.account = account;
    const open = requestContext();
    if (open) open.accountId = account.id;
    if (!reading.includes(request.method) && !isSame(request.headers['x-csrf-token'], csrfToken)) {
      throw new DomainError('BAD_CSRF');
    }
    const posts = this.reflector.getAllAndOverride(neededPosts, targets);
    if (posts && !posts.some((post) => account.posts.includes(post))) throw new DomainError('FORBIDDEN');
    return true;
  }
}

function isSame(given: string | string[] | undefined, expected: string): boolean {
  if (typeof given !== 'string') return false;
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}

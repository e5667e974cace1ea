import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DomainError, type ErrorCode } from '@banjie/domain';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { Settings } from '../settings';

/**
 * How often one may ask. The counters live in this process: they keep one caller from taking all of it; guessing
 * passwords is stopped by the lock in the database, which holds over all processes.
 */
@Injectable()
export class Limits {
  private readonly sessions: RateLimiterMemory;
  private readonly strangers: RateLimiterMemory;
  private readonly tokens: RateLimiterMemory;
  private readonly signIns = new RateLimiterMemory({ points: 60, duration: 60 });
  private readonly unknownNames = new RateLimiterMemory({ points: 5, duration: 15 * 60 });

  constructor(settings: Settings) {
    this.sessions = new RateLimiterMemory({ points: settings.requestsPerTenSeconds, duration: 10 });
    this.tokens = new RateLimiterMemory({ points: 20 * settings.requestsPerTenSeconds, duration: 10 });
    this.strangers = new RateLimiterMemory({ points: settings.requestsPerTenSeconds, duration: 10 });
  }

  session(accountId: string, token: string): Promise<void> {
    return consume(this.sessions, `${accountId}:${digest(token)}`, 'TOO_MANY_REQUESTS');
  }

  /** A request without a session that is known to be good. */
  stranger(address: string): Promise<void> {
    return consume(this.strangers, address, 'TOO_MANY_REQUESTS');
  }

  /** A token not seen a moment ago costs a statement; sessions come and go a second each, so this is a wide door. */
  unknownToken(address: string): Promise<void> {
    return consume(this.tokens, address, 'TOO_MANY_REQUESTS');
  }

  signIn(username: string, address: string): Promise<void> {
    return consume(this.signIns, digest(`${username}\0${address}`), 'TOO_MANY_REQUESTS');
  }

  /** A name without an account is locked like one that has: five wrong answers, then fifteen minutes. */
  unknownName(username: string): Promise<void> {
    return consume(this.unknownNames, digest(username), 'ACCOUNT_LOCKED');
  }
}

const digest = (text: string) => createHash('sha256').update(text).digest('base64');

async function consume(limiter: RateLimiterMemory, key: string, code: ErrorCode): Promise<void> {
  const { points } = limiter;
  const { consumedPoints } = await limiter.penalty(key, 1);
  if (consumedPoints > points) throw new DomainError(code);
}

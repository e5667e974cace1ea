import type { NextFunction, Request, Response } from 'express';
import { pino, type Logger } from 'pino';
import { requestContext } from './request-context';

/** The process's own log, injected by class so that tests can read what is written. */
export abstract class Log {
  abstract info(fields: Record<string, unknown>, message: string): void;
  abstract warn(fields: Record<string, unknown>, message: string): void;
  abstract error(fields: Record<string, unknown>, message: string): void;
}

export function createLog(level: string, destination?: { write(line: string): void }): Logger {
  const options = {
    name: 'api',
    level,
    base: { name: 'api' },
    mixin: () => ({ ...requestContext() }),
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return destination ? pino(options, destination) : pino(options);
}

/**
 * Messages of libraries quote what they choked on. Runs of six digits and more (ID numbers, accounts, case numbers) and
 * quoted Chinese are taken out before a message goes to the log.
 */
export function scrub(text: string): string {
  return text.replace(/\d{6,}[Xx]?/g, '#').replace(/(["'“「])([^"'”」]*\p{Script=Han}[^"'”」]*)(["'”」])/gu, '$1…$3');
}

/** What may be logged of an unknown error. A database driver's `detail` and `parameters` hold rows and are left out. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { kind: typeof error };
  const { code, constraint, table } = ((error as { driverError?: object }).driverError ?? error) as Record<
    string,
    unknown
  >;
  const frames = (error.stack ?? '').split('\n').filter((line) => line.trimStart().startsWith('at '));
  return {
    kind: error.name,
    message: scrub(error.message),
    ...(typeof code === 'string' ? { code, constraint, table } : {}),
    stack: frames.slice(0, 12).join('\n'),
    ...(error.cause ? { cause: describeError(error.cause) } : {}),
  };
}

/** One line for each request: the route's pattern, never its address, which may name a case or a person. */
export function logRequests(log: Log) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const startedAt = performance.now();
    response.once('close', () => {
      const route = (request as { route?: { path?: unknown } }).route?.path;
      log.info(
        {
          method: request.method,
          route: typeof route === 'string' ? route : 'unknown',
          status: response.statusCode,
          finished: response.writableFinished,
          ms: Math.round(performance.now() - startedAt),
        },
        'request',
      );
    });
    next();
  };
}

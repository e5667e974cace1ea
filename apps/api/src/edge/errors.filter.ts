import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { DomainError, type ErrorCode } from '@banjie/domain';
import type { ErrorAnswer } from '@banjie/contracts';
import { databaseFault, isStoreAway } from '@banjie/persistence';
import { isGrpcServiceError } from '@temporalio/client';
import type { NextFunction, Request, Response } from 'express';
import { describeError, Log } from './log';
import { requestId } from './request-context';

/** The one way out for everything that went wrong: `{code, message, field?, next, traceId, facts?}` and a status. */
@Catch()
export class ErrorsFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const request = host.switchToHttp().getRequest<Request>();
    const traceId = requestId() ?? 'none';
    const refusal = refusalOf(error);
    if (!refusal || refusal.status === 503) this.log.error({ error: describeError(error) }, 'request failed');
    if (response.headersSent) {
      // Half an answer is out: the caller must notice that the rest is missing.
      response.destroy();
      return;
    }
    // What is left of an upload that was refused need not be read to its end.
    if (!request.complete) response.setHeader('Connection', 'close');
    const { status, body } = refusal ? fromDomain(refusal, traceId) : unexpected(traceId);
    response.status(status).json(body);
  }
}

/** Nothing is served outside of `/api`; the framework would answer such addresses with a page of its own. */
export function refuseOutside(request: Request, response: Response, next: NextFunction): void {
  if (/^\/api(\/|$)/.test(request.path)) {
    next();
    return;
  }
  const { status, body } = fromDomain(new DomainError('NOT_FOUND'), requestId() ?? 'none');
  response.status(status).json(body);
}

function fromDomain(error: DomainError, traceId: string): { status: number; body: ErrorAnswer } {
  const { code, message, field, next, facts } = error;
  const shown = Object.keys(facts).length > 0 ? { facts } : {};
  return { status: error.status, body: { code, message, ...(field ? { field } : {}), next, traceId, ...shown } };
}

function unexpected(traceId: string): { status: number; body: ErrorAnswer } {
  return {
    status: 500,
    body: {
      code: 'INTERNAL',
      message: '系统出现意外错误,操作可能没有完成。',
      next: `请刷新后核对;仍不成功时,请把追踪号 ${traceId} 告诉系统管理员。`,
      traceId,
    },
  };
}

/** The refusal an error stands for, or null when nobody foresaw it. */
export function refusalOf(error: unknown): DomainError | null {
  if (error instanceof DomainError) return error;
  if (error instanceof HttpException) return fromHttp(error);
  if (isUnwritable(error)) return new DomainError('BAD_SHAPE', { reason: '含有不能使用的控制字符' });
  if (isStoreAway(error)) return new DomainError('STORE_UNAVAILABLE');
  if (isGrpcServiceError(error) && [unavailable, deadlineExceeded].includes(Number(error.code))) {
    return new DomainError('ENGINE_UNAVAILABLE');
  }
  return null;
}

const deadlineExceeded = 4;
const unavailable = 14;

const byStatus: Record<number, ErrorCode> = {
  401: 'NOT_SIGNED_IN',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  413: 'BODY_TOO_LARGE',
  429: 'TOO_MANY_REQUESTS',
  503: 'STORE_UNAVAILABLE',
};

/** What the framework itself refuses: unknown routes, malformed addresses, bad multipart bodies. */
function fromHttp(error: HttpException): DomainError | null {
  const code = byStatus[error.getStatus()];
  if (code) return new DomainError(code);
  return error.getStatus() < 500 ? new DomainError('BAD_SHAPE', { reason: '地址或正文的格式有误' }) : null;
}

/** A text the database cannot keep (NUL, half a character). The shapes refuse it first; this is for one that forgot. */
const isUnwritable = (error: unknown) => ['22021', '22P05'].includes(databaseFault(error)?.code ?? '');

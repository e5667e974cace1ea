import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';

/** What belongs to the request in hand, wherever the code stands. */
export interface RequestContext {
  /** Made here, never taken from outside; it is the `traceId` of errors and stands in audit rows. */
  requestId: string;
  accountId: string | null;
}

const storage = new AsyncLocalStorage<RequestContext>();

export function requestContext(): RequestContext | undefined {
  return storage.getStore();
}

/** The id for audit rows; null outside of a request. */
export function requestId(): string | null {
  return storage.getStore()?.requestId ?? null;
}

/** First in the chain: every later part runs inside the request's context. */
export function openRequestContext(_request: Request, response: Response, next: NextFunction): void {
  const context: RequestContext = { requestId: randomUUID(), accountId: null };
  response.setHeader('x-request-id', context.requestId);
  storage.run(context, next);
}

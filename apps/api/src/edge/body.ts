import { DomainError } from '@banjie/domain';
import express, { type RequestHandler } from 'express';

/** A statement of 5 000 lines as JSON is about 1.5 MB; everything else is small. */
export const jsonBodies: [path: string, handler: RequestHandler][] = [
  ['/api/filings', jsonUpTo('5mb')],
  ['/api', jsonUpTo('1mb')],
];

/** What the parser refuses is told here: behind it, Nest takes a SyntaxError of any origin for a bad address. */
function jsonUpTo(limit: string): RequestHandler {
  const parse = express.json({ limit, strict: true });
  return (request, response, next) =>
    parse(request, response, (error?: unknown) => next(isBodyError(error) ? fromBodyParser(error) : error));
}

interface BodyError {
  type: string;
  status: number;
}
const isBodyError = (error: unknown): error is BodyError =>
  error instanceof Error &&
  typeof (error as Partial<BodyError>).type === 'string' &&
  typeof (error as Partial<BodyError>).status === 'number';

function fromBodyParser(error: BodyError): DomainError {
  if (error.status === 413) return new DomainError('BODY_TOO_LARGE');
  if (error.status === 415) return new DomainError('BAD_SHAPE', { reason: '不支持正文的编码' });
  const reason = error.type === 'entity.parse.failed' ? '正文不是有效的 JSON' : '正文没有完整送达或无法读取';
  return new DomainError('BAD_SHAPE', { reason });
}

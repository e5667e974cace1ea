import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { attachmentFieldsSchema, filingLimits, type AttachmentFields } from '@banjie/contracts';
import { DomainError } from '@banjie/domain';
import type { Request, Response } from 'express';
import multer from 'multer';
import type { Observable } from 'rxjs';
import { shapeFault } from '../edge/shape';

/** Uploads of one process at a time; each may hold 20 MB of memory, and twice that while it is encrypted. */
const together = 6;
/** Further ones wait unread; beyond this many the caller hears that it is too much. */
const mostWaiting = 60;

const accept = multer({
  storage: multer.memoryStorage(),
  limits: { fileSize: filingLimits.fileBytes, files: 1, fields: 2, fieldSize: 8 * 1024, parts: 3, headerPairs: 20 },
  defParamCharset: 'utf8',
}).single('file');

export interface Upload {
  /** Without folders and control characters; never used as a path. */
  fileName: string;
  content: Buffer;
  fields: Record<string, unknown>;
}

/** Takes one multipart file in the field `file`, within the limits; the handler finds it by `uploadOf`. */
@Injectable()
export class OneFile implements NestInterceptor {
  private underWay = 0;
  private readonly waiting: (() => void)[] = [];

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    if (!request.is('multipart/form-data')) {
      throw new DomainError('BAD_SHAPE', { reason: '须以 multipart/form-data 上传文件' }, 'file');
    }
    await this.takePlace(http.getResponse<Response>());
    await new Promise<void>((resolve, reject) => {
      accept(request, http.getResponse<Response>(), (error: unknown) => {
        if (error === undefined || error === null) resolve();
        else reject(faultOf(error));
      });
    });
    if (!request.file) throw new DomainError('FILE_MISSING', {}, 'file');
    return next.handle();
  }

  /** The place is given on when the answer is out or the caller has gone. */
  private async takePlace(response: Response): Promise<void> {
    if (this.underWay >= together) {
      if (this.waiting.length >= mostWaiting) throw new DomainError('TOO_MANY_REQUESTS');
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    } else {
      this.underWay += 1;
    }
    const leave = () => {
      const next = this.waiting.shift();
      if (next) next();
      else this.underWay -= 1;
    };
    if (response.destroyed) leave();
    else response.once('close', leave);
  }
}

export function uploadOf(request: Request): Upload {
  const { buffer, originalname } = request.file!;
  return { fileName: plainName(originalname), content: buffer, fields: { ...(request.body as object) } };
}

/** `paper`, and `facts` as JSON text. @throws DomainError BAD_SHAPE */
export function attachmentFieldsOf({ fields }: Upload): AttachmentFields {
  const { facts, ...rest } = fields;
  const parsed = attachmentFieldsSchema.safeParse({
    ...rest,
    facts: typeof facts === 'string' ? fromJson(facts) : facts,
  });
  if (!parsed.success) throw shapeFault(parsed.error.issues);
  return parsed.data;
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DomainError('BAD_SHAPE', { reason: 'facts 不是有效的 JSON' }, 'facts');
  }
}

function plainName(name: string): string {
  const last = name.split(/[\\/]/).pop() ?? '';
  const clean = last
    .replace(/[\p{Cc}\p{Cf}\p{Surrogate}]/gu, '')
    .trim()
    .slice(0, 200)
    .replace(/\p{Surrogate}/gu, '');
  return clean || '未命名';
}

function faultOf(error: unknown): Error {
  if (error instanceof DomainError) return error;
  if (error instanceof multer.MulterError) {
    if (error.code === 'LIMIT_FILE_SIZE') {
      return new DomainError('FILE_TOO_LARGE', { limit: filingLimits.fileBytes / 1024 / 1024 }, 'file');
    }
    return new DomainError('BAD_SHAPE', { reason: '上传的表单部件过多、过长或名称不符' }, error.field);
  }
  // Busboy's complaints about a form that is cut off or malformed; nothing else can fail while reading into memory.
  return new DomainError('BAD_SHAPE', { reason: '上传的表单不完整或格式有误' }, 'file');
}

import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { bankUploadBytes } from '@banjie/contracts';
import { DomainError } from '@banjie/domain';
import type { Request } from 'express';
import type { Observable } from 'rxjs';

/** What a form adds around its file. */
const formBytes = 64 * 1024;

/** A file that says it is too large is refused before any of it is read; one that does not say it is cut off by `OneFile`. */
@Injectable()
export class RefuseLongBody implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const length = Number(context.switchToHttp().getRequest<Request>().headers['content-length'] ?? 0);
    if (length > bankUploadBytes + formBytes)
      throw new DomainError('BANK_FILE_TOO_LARGE', { limit: `${bankUploadBytes / 1024 / 1024} MB` }, 'file');
    return next.handle();
  }
}

import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { Account } from './account';

export type SignedInRequest = Request & { account: Account };

/** The account that asks; there is always one where no `@OpenToAll()` stands. */
export const CurrentAccount = createParamDecorator(
  (_: unknown, context: ExecutionContext): Account => context.switchToHttp().getRequest<SignedInRequest>().account,
);

import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { SessionController } from './session.controller';
import { Sessions } from './sessions';
import { SignInGuard } from './sign-in.guard';
import { SignInService } from './sign-in.service';

@Module({
  controllers: [SessionController],
  providers: [Sessions, SignInService, { provide: APP_GUARD, useClass: SignInGuard }],
})
export class SignInModule {}

import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { actAnswerSchema, actBodySchema, caseNoSchema, type ActAnswer, type ActBody } from '@banjie/contracts';
import { Answers } from '../edge/answers';
import type { Account } from '../sign-in/account';
import { CurrentAccount } from '../sign-in/current-account';
import { ActsService } from './acts.service';

@ApiTags('办件')
@Controller('cases/:caseNo/acts')
export class ActsController {
  constructor(private readonly acts: ActsService) {}

  /** Every act of the staff, one shape each (libs/contracts acts.ts); the `actionId` makes a second click the first. */
  @Post()
  @Answers(actAnswerSchema)
  perform(
    @CurrentAccount() account: Account,
    @Param('caseNo', { schema: caseNoSchema }) caseNo: string,
    @Body({ schema: actBodySchema }) body: ActBody,
  ): Promise<ActAnswer> {
    return this.acts.perform(account, caseNo, body);
  }
}

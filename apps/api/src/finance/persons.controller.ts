import { Controller, Get, Param } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { personIdSchema, personLedgerSchema, type PersonLedgerView } from '@banjie/contracts';
import { Answers } from '../edge/answers';
import { Posts } from '../sign-in/access';
import type { Account } from '../sign-in/account';
import { CurrentAccount } from '../sign-in/current-account';
import { PersonsService } from './persons.service';

@ApiTags('财务')
@Controller('finance/persons')
@Posts('settlementClerk', 'financeReviewer', 'financeApprover', 'supervisor', 'auditReader')
export class PersonsController {
  constructor(private readonly persons: PersonsService) {}

  @Get(':id/ledger')
  @ApiOperation({
    summary: '个人台账',
    description: '本机构对一名参保人的每项决定、拨付、退票、追回、收回和抵扣,以及银行流水的相应记录;合计与银行一致。',
  })
  @Answers(personLedgerSchema)
  ledger(
    @CurrentAccount() account: Account,
    @Param('id', { schema: personIdSchema }) id: string,
  ): Promise<PersonLedgerView> {
    return this.persons.ledger(account, id);
  }
}

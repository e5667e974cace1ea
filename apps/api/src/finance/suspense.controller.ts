import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  clearingProposalSchema,
  entryNoSchema,
  financeProposalIdSchema,
  proposeClearingSchema,
  refuseClearingSchema,
  suspenseQuerySchema,
  suspenseSchema,
  type ClearingProposal,
  type ProposeClearing,
  type RefuseClearing,
  type Suspense,
  type SuspenseQuery,
} from '@banjie/contracts';
import { Answers } from '../edge/answers';
import { Posts } from '../sign-in/access';
import type { Account } from '../sign-in/account';
import { CurrentAccount } from '../sign-in/current-account';
import { SuspenseService } from './suspense.service';

const byId = { schema: financeProposalIdSchema };
const byEntry = { schema: entryNoSchema };

/** What stands under 待查: one person says what it is, another confirms (SD-01, SD-03). */
@ApiTags('财务')
@Controller('finance/exceptions')
export class SuspenseController {
  constructor(private readonly suspense: SuspenseService) {}

  @Get()
  @Posts('settlementClerk', 'financeReviewer', 'financeApprover', 'supervisor', 'auditReader')
  @ApiOperation({
    summary: '待查款项',
    description: '银行流水中尚未认定的款项,最早的在前;附可以认定为什么、等待确认的认定。',
  })
  @Answers(suspenseSchema)
  list(
    @CurrentAccount() account: Account,
    @Query({ schema: suspenseQuerySchema }) { after }: SuspenseQuery,
  ): Promise<Suspense> {
    return this.suspense.list(account, after ?? 0);
  }

  @Post(':entryNo/proposals')
  @Posts('settlementClerk', 'financeReviewer', 'financeApprover')
  @ApiOperation({
    summary: '提出认定',
    description: '写明认定、理由、说明和所依据的银行文件;确认以前账上不变。不付款,不重发。',
  })
  @Answers(clearingProposalSchema, 201)
  propose(
    @CurrentAccount() account: Account,
    @Param('entryNo', byEntry) entryNo: number,
    @Body({ schema: proposeClearingSchema }) body: ProposeClearing,
  ): Promise<ClearingProposal> {
    return this.suspense.propose(account, entryNo, body);
  }

  @Post('proposals/:id/confirm')
  @Posts('financeReviewer', 'financeApprover')
  @ApiOperation({
    summary: '确认认定',
    description: '须由提出人以外、没有参与有关办件的财务人员确认;款项随即转出待查。',
  })
  @Answers(clearingProposalSchema)
  confirm(@CurrentAccount() account: Account, @Param('id', byId) id: string): Promise<ClearingProposal> {
    return this.suspense.confirm(account, id);
  }

  @Post('proposals/:id/refuse')
  @Posts('financeReviewer', 'financeApprover')
  @ApiOperation({ summary: '驳回认定', description: '须由提出人以外的人驳回,并写明理由;驳回后可以重新提出。' })
  @Answers(clearingProposalSchema)
  refuse(
    @CurrentAccount() account: Account,
    @Param('id', byId) id: string,
    @Body({ schema: refuseClearingSchema }) { reason }: RefuseClearing,
  ): Promise<ClearingProposal> {
    return this.suspense.refuse(account, id, reason);
  }
}

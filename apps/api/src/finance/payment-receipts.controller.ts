import { Controller, Get, Param } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { caseNoSchema, paymentReceiptsSchema, type PaymentReceipts } from '@banjie/contracts';
import { chineseUpperAmount, DomainError, fen } from '@banjie/domain';
import { ColumnCipher, findCase, findReceipts, rows } from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { Answers } from '../edge/answers';
import { requestId } from '../edge/request-context';
import { shanghaiInstant } from '../edge/times';
import { Posts } from '../sign-in/access';
import type { Account } from '../sign-in/account';
import { CurrentAccount } from '../sign-in/current-account';

/** 拨付凭证, for the window to hand out and for finance to file. */
@ApiTags('办件')
@Controller('cases/:caseNo/payment-receipts')
export class PaymentReceiptsController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: ColumnCipher,
  ) {}

  @Get()
  @Posts('window', 'settlementClerk', 'financeReviewer', 'financeApprover', 'supervisor', 'auditReader')
  @ApiOperation({
    summary: '拨付凭证',
    description: '每张已支付的拨付单一份,内容以支付时为准;其后退票的注明。每次查看均留痕。',
  })
  @Answers(paymentReceiptsSchema)
  async list(
    @CurrentAccount() account: Account,
    @Param('caseNo', { schema: caseNoSchema }) caseNo: string,
  ): Promise<PaymentReceipts> {
    const record = await findCase(this.dataSource.manager, caseNo);
    if (!record || record.agencyId !== account.agencyId) throw new DomainError('CASE_NOT_FOUND', { caseNo });
    const found = await findReceipts(this.dataSource, this.cipher, caseNo);
    await rows(this.dataSource, `INSERT INTO read_log (reader_id, case_no, what, request_id) VALUES ($1, $2, $3, $4)`, [
      ...[account.id, caseNo, 'paymentReceipts', requestId()],
    ]);
    return {
      items: found.map(({ paidAt, madeAt, amountFen, ...receipt }) => ({
        ...{ ...receipt, amountFen, amountInWords: chineseUpperAmount(fen(amountFen)) },
        ...{ paidAt: shanghaiInstant(new Date(paidAt)), madeAt: shanghaiInstant(madeAt) },
      })),
    };
  }
}

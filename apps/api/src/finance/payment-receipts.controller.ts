import { Controller, Get, Param, type StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { caseNoSchema, orderNoSchema, paymentReceiptsSchema, type PaymentReceipts } from '@banjie/contracts';
import { chineseUpperAmount, DomainError, fen } from '@banjie/domain';
import { ColumnCipher, findCase, findReceipts, recordReading } from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { Answers, AnswersFile } from '../edge/answers';
import { fileOf, pdfType } from '../edge/files';
import { requestId } from '../edge/request-context';
import { shanghaiInstant } from '../edge/times';
import { Posts } from '../sign-in/access';
import type { Account } from '../sign-in/account';
import { CurrentAccount } from '../sign-in/current-account';
import { receiptPdf } from './payment-receipt-paper';

const byCase = { schema: caseNoSchema };

/** 拨付凭证, for the window to hand out and for finance to file. */
@ApiTags('办件')
@Controller('cases/:caseNo/payment-receipts')
@Posts('window', 'settlementClerk', 'financeReviewer', 'financeApprover', 'supervisor', 'auditReader')
export class PaymentReceiptsController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: ColumnCipher,
  ) {}

  @Get()
  @ApiOperation({
    summary: '拨付凭证',
    description: '每张已支付的拨付单一份,内容以支付时为准;其后退票的注明。每次查看均留痕。',
  })
  @Answers(paymentReceiptsSchema)
  list(@CurrentAccount() account: Account, @Param('caseNo', byCase) caseNo: string): Promise<PaymentReceipts> {
    return this.receiptsOf(account, caseNo);
  }

  @Get(':orderNo/pdf')
  @ApiOperation({ summary: '拨付凭证(PDF)', description: '可打印盖章,字体已嵌入;其后退票的注明。每次查看均留痕。' })
  @AnswersFile(pdfType)
  async pdf(
    @CurrentAccount() account: Account,
    @Param('caseNo', byCase) caseNo: string,
    @Param('orderNo', { schema: orderNoSchema }) orderNo: string,
  ): Promise<StreamableFile> {
    const receipt = (await this.receiptsOf(account, caseNo)).items.find((one) => one.orderNo === orderNo);
    if (!receipt) throw new DomainError('RECEIPT_NOT_FOUND', { orderNo });
    return fileOf(await receiptPdf(caseNo, receipt), pdfType, `${orderNo}.pdf`);
  }

  /** After the row that says who read them. @throws DomainError CASE_NOT_FOUND, of another agency too */
  private async receiptsOf(account: Account, caseNo: string): Promise<PaymentReceipts> {
    const record = await findCase(this.dataSource.manager, caseNo);
    if (!record || record.agencyId !== account.agencyId) throw new DomainError('CASE_NOT_FOUND', { caseNo });
    const found = await findReceipts(this.dataSource, this.cipher, caseNo);
    await recordReading(this.dataSource, {
      ...{ readerId: account.id, caseNo, what: 'paymentReceipts', requestId: requestId() },
    });
    return {
      items: found.map(({ paidAt, madeAt, amountFen, ...receipt }) => ({
        ...{ ...receipt, amountFen, amountInWords: chineseUpperAmount(fen(amountFen)) },
        ...{ paidAt: shanghaiInstant(new Date(paidAt)), madeAt: shanghaiInstant(madeAt) },
      })),
    };
  }
}

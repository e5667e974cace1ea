import type { PaymentReceipts } from '@banjie/contracts';
import { fen, formatYuan } from '@banjie/domain';
import type { Content } from 'pdfmake/interfaces';
import { printPaper } from '../edge/paper';

const title = '医疗保障待遇拨付凭证';

/** 拨付凭证 on paper, for the window to stamp and hand out; a payment that came back says so. */
export function receiptPdf(caseNo: string, receipt: PaymentReceipts['items'][number]): Promise<Buffer> {
  const { orderNo, amountFen, amountInWords, paidAt, bankReference, state, stateLabel } = receipt;
  const lines: [string, string][] = [
    ['办件编号', caseNo],
    ['拨付单号', orderNo],
    ['收款人', receipt.payeeName],
    ['收款账号', receipt.payeeAccount],
    ['金额(小写)', `¥${formatYuan(fen(amountFen), { thousands: true })}`],
    ['金额(大写)', amountInWords],
    ['付款单位', receipt.agencyName],
    ['付款账户(支出户)', receipt.fundAccount],
    ['支付时间', paidAt.slice(0, 19).replace('T', ' ')],
    ['银行流水号', bankReference ?? '—'],
    ...(state === 'paid' ? [] : [['现状', stateLabel] as [string, string]]),
  ];
  const content: Content[] = [
    { text: title, fontSize: 16, alignment: 'center', margin: [0, 0, 0, 12] },
    {
      layout: 'lightHorizontalLines',
      fontSize: 11,
      table: { widths: [130, '*'], body: lines.map(([label, value]) => [label, value]) },
    },
    ...(state === 'paid'
      ? []
      : [{ text: '本笔款项支付以后状态有变,本凭证不能证明已经收到。', margin: [0, 10, 0, 0] } satisfies Content]),
    { columns: ['经办人:', '(单位盖章)'], fontSize: 11, margin: [0, 40, 0, 0] },
  ];
  return printPaper(content, { title: `${title} ${orderNo}`, at: new Date(paidAt), foot: orderNo });
}

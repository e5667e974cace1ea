import { Injectable } from '@nestjs/common';
import { bankReasonLabels, fen, formatYuan, payoutStateLabels } from '@banjie/domain';
import { ColumnCipher, dropExpiredExports, makeExport, type ExportedOrder, type SideWork } from '@banjie/persistence';
import { stringify } from 'csv-stringify/sync';
import { DataSource, type EntityManager } from 'typeorm';
import { SideWorkFault } from '../side-work/side-work-fault';

/** Makes the lists that staff asked for, and lets go of those whose time is over. */
@Injectable()
export class ExportMaker {
  constructor(
    private readonly cipher: ColumnCipher,
    private readonly dataSource: DataSource,
  ) {}

  async handle(manager: EntityManager, { payload }: SideWork): Promise<void> {
    const { exportId } = payload;
    if (typeof exportId !== 'string' || !(await makeExport(manager, this.cipher, exportId, orderList)))
      throw new SideWorkFault('subjectMissing');
  }

  dropExpired(): Promise<number> {
    return dropExpiredExports(this.dataSource);
  }
}

const titles = [
  '拨付单号',
  '受理号',
  '批次',
  '金额(元)',
  '状态',
  '制定时间',
  '放行时间',
  '结果时间',
  '银行流水号',
  '失败原因',
];

/** CSV for Excel: UTF-8 with a mark, numbers as text, no cell that it would take for a formula; the totals in the last line. */
export function orderList(orders: readonly ExportedOrder[]): Buffer {
  const total = orders.reduce((sum, { amountFen }) => sum + amountFen, 0);
  const table = [
    titles,
    ...orders.map((order) => [
      ...[order.orderNo, order.caseNo, order.batchNo ?? '', formatYuan(fen(order.amountFen))],
      ...[payoutStateLabels[order.state], timeOf(order.drawnAt), timeOf(order.releasedAt), timeOf(order.settledAt)],
      ...[order.bankReference ?? '', order.bankReason ? bankReasonLabels[order.bankReason] : ''],
    ]),
    ['合计', String(orders.length), '', formatYuan(fen(total))],
  ];
  const options = { bom: true, escape_formulas: true, record_delimiter: 'windows' } as const;
  return Buffer.from(stringify(table, options), 'utf8');
}

/** The clock of Shanghai. */
function timeOf(at: Date | null): string {
  return at ? new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ') : '';
}

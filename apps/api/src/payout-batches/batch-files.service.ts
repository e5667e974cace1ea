import { Injectable } from '@nestjs/common';
import type { BatchFiles } from '@banjie/contracts';
import { bankReasonLabels, DomainError } from '@banjie/domain';
import {
  ColumnCipher,
  findBatch,
  listBatchFiles,
  openBankFile,
  recordReading,
  type BankFileRecord,
} from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { requestId } from '../edge/request-context';
import { shanghaiInstant } from '../edge/times';
import type { Account } from '../sign-in/account';

type View = BatchFiles['items'][number];

const kindLabels: Record<View['kind'], string> = { payments: '付款文件', results: '付款结果' };
const stateLabels: Record<View['kind'], Partial<Record<View['state'], string>>> = {
  payments: { written: '银行尚未确认收到', taken: '银行已接收', refused: '未付款' },
  results: {
    ...{ received: '正在入账', waiting: '正在入账', posted: '已入账' },
    ...{ refused: '不能读取或不属于本文件,未入账', ownCase: '经办人与办件有关,未采用' },
  },
};
/** Why a payment file is `refused`: a code of ours, of the reasons of the bank, or the bank's own. */
const refusedLabels: Record<string, string> = {
  ...bankReasonLabels,
  ordersMoved: '其中的拨付单已经另行处理,文件没有送出',
  other: '银行整份拒收,未说明原因',
};
const leftOutLabels: Record<string, string> = {
  notReleased: '不在待发状态',
  debitInDoubt: '另有付款流水待查',
  payeeChanged: '收款人与审批的不一致',
  unsendable: bankReasonLabels.unsendable,
};

/** What went between us and the bank for a batch: for whoever answers for it, and for the auditor two years later. */
@Injectable()
export class BatchFilesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: ColumnCipher,
  ) {}

  /** @throws DomainError BATCH_NOT_FOUND, of another agency too */
  async list(account: Account, batchNo: string): Promise<BatchFiles> {
    const files = await this.filesOf(account, batchNo);
    return {
      items: files.flatMap(({ payments, results }) =>
        [payments, ...results].map((file) => viewOf(file, payments.part!)),
      ),
    };
  }

  /** The exact bytes, after the row that says who read them. @throws DomainError BATCH_NOT_FOUND, BATCH_FILE_NOT_FOUND */
  async content(account: Account, batchNo: string, sha256: string): Promise<{ name: string; bytes: Buffer }> {
    const files = (await this.filesOf(account, batchNo)).flatMap(({ payments, results }) => [payments, ...results]);
    const file = files.find((one) => one.sha256 === sha256);
    if (!file) throw new DomainError('BATCH_FILE_NOT_FOUND', { batchNo });
    await recordReading(this.dataSource, {
      ...{ readerId: account.id, caseNo: null, what: `bankFile:${file.id}`, requestId: requestId() },
    });
    return { name: file.name, bytes: await openBankFile(this.dataSource, this.cipher, file.id) };
  }

  private async filesOf(account: Account, batchNo: string) {
    const batch = await findBatch(this.dataSource, batchNo);
    if (!batch || batch.agencyId !== account.agencyId) throw new DomainError('BATCH_NOT_FOUND', { batchNo });
    return listBatchFiles(this.dataSource, batchNo);
  }
}

function viewOf(file: BankFileRecord, part: number): View {
  const kind = file.kind as View['kind'];
  const { sha256, name, byteCount, messageId, lineCount, totalFen, state, uploads, report } = file;
  const refusedBecause = report['refusedBecause'] as string | undefined;
  return {
    ...{ kind, kindLabel: kindLabels[kind], part, name, sha256, byteCount, messageId, lineCount, totalFen },
    ...{ state, stateLabel: stateLabels[kind][state] ?? state, uploads },
    refusedLabel:
      refusedBecause === undefined ? null : (refusedLabels[refusedBecause] ?? `银行拒收,代码 ${refusedBecause}`),
    cameBy: kind === 'payments' ? null : file.broughtBy === null ? 'line' : 'medium',
    writtenAt: shanghaiInstant(file.createdAt),
    ...{ uploadedAt: shanghaiInstant(file.uploadedAt), endedAt: shanghaiInstant(file.endedAt) },
    leftOut: ((report['leftOut'] ?? []) as { orderNo: string; code: string }[]).map(({ orderNo, code }) => ({
      ...{ orderNo, label: leftOutLabels[code] ?? code },
    })),
    faults: ((report['faults'] ?? []) as View['faults']).map(({ line, code, message, next, orderNo, amountFen }) => ({
      ...{ line, code, message, next, orderNo, amountFen },
    })),
  };
}

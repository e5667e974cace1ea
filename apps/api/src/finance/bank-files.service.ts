import { Injectable } from '@nestjs/common';
import type { BankUploads, BankUploadView } from '@banjie/contracts';
import {
  ColumnCipher,
  decideUpload,
  getUpload,
  keepUpload,
  listUploads,
  openUpload,
  rows,
  type BankUpload,
} from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { requestId } from '../edge/request-context';
import { shanghaiInstant } from '../edge/times';
import type { Upload } from '../filings/upload';
import type { Account } from '../sign-in/account';

const pageSize = 50;

const stateLabels: Record<BankUploadView['state'], string> = {
  received: '正在读取',
  checked: '待另一人确认',
  confirmed: '正在入账',
  waiting: '等待前一份对账单',
  posted: '已入账',
  refused: '未采用',
  declined: '不予确认',
};
const kindLabels = { results: '付款结果', statement: '对账单' } as const;
const outcomeLabels: Record<string, string> = {
  ...{ booked: '成功', refused: '失败', pending: '处理中' },
  ...{ debit: '支出', return: '退回', credit: '收入' },
};

/** Keeps what is brought and what a second person says of it; apps/jobs reads and posts. */
@Injectable()
export class BankFilesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: ColumnCipher,
  ) {}

  async bring(account: Account, { fileName, content }: Upload): Promise<BankUploadView> {
    const { sha256, isNew } = await keepUpload(this.dataSource, this.cipher, {
      ...{ agencyId: account.agencyId, name: fileName, bytes: content, broughtBy: account.id, at: new Date() },
    });
    return this.report(account, sha256, !isNew);
  }

  async list(account: Account, before: string | undefined): Promise<BankUploads> {
    const found = await listUploads(this.dataSource, this.cipher, {
      ...{ agencyId: account.agencyId, limit: pageSize },
      before: before === undefined ? null : new Date(before),
    });
    return {
      items: found.map((upload) => {
        const view = viewOf(upload, account, false);
        return { ...view, faultCount: view.faults.length };
      }),
      next: found.length === pageSize ? found.at(-1)!.broughtAt.toISOString() : null,
    };
  }

  /** @throws DomainError BANK_UPLOAD_NOT_FOUND */
  async report(account: Account, sha256: string, isRepeated = false): Promise<BankUploadView> {
    const { agencyId } = account;
    return viewOf(await getUpload(this.dataSource, this.cipher, { agencyId, sha256 }), account, isRepeated);
  }

  /** The exact bytes, after the row that says who read them. @throws DomainError BANK_UPLOAD_NOT_FOUND */
  async content(account: Account, sha256: string): Promise<{ name: string; bytes: Buffer }> {
    const upload = await getUpload(this.dataSource, this.cipher, { agencyId: account.agencyId, sha256 });
    await rows(this.dataSource, `INSERT INTO read_log (reader_id, what, request_id) VALUES ($1, $2, $3)`, [
      ...[account.id, `bankUpload:${upload.id}`, requestId()],
    ]);
    return { name: upload.name, bytes: await openUpload(this.dataSource, this.cipher, upload) };
  }

  /**
   * @param reason why it is declined; null confirms
   * @throws DomainError BANK_UPLOAD_NOT_FOUND, BANK_UPLOAD_NOT_OPEN, FINANCE_PROPOSAL_OWN, FINANCE_PROPOSAL_DECIDED, FINANCE_OWN_CASE
   */
  async decide(account: Account, sha256: string, reason: string | null): Promise<BankUploadView> {
    await decideUpload(this.dataSource, this.cipher, {
      ...{ agencyId: account.agencyId, sha256, decidedBy: account.id, reason, at: new Date() },
      state: reason === null ? 'confirmed' : 'refused',
    });
    return this.report(account, sha256);
  }
}

function stateOf({ state, file }: BankUpload): BankUploadView['state'] {
  if (state === 'ownCase' || file?.state === 'ownCase') return 'refused';
  if (state !== 'done') return state;
  return file && file.state !== 'written' && file.state !== 'taken' ? file.state : 'confirmed';
}

function viewOf(upload: BankUpload, account: Account, isRepeated: boolean): BankUploadView {
  const { report, file, sha256, name, byteCount } = upload;
  const state = stateOf(upload);
  const faults = file?.report.faults ?? report.faults ?? [];
  const bad = new Set(faults.map(({ orderNo }) => orderNo).filter((orderNo) => orderNo !== null));
  return {
    ...{ sha256, name, byteCount, state, stateLabel: stateLabels[state], isRepeated },
    ...{ kind: report.kind ?? null, kindLabel: report.kind ? kindLabels[report.kind] : null },
    ...{ messageId: report.messageId ?? null, batchNo: report.batchNo ?? null },
    ...{ lineCount: report.lineCount ?? 0, totalFen: report.totalFen ?? 0 },
    lines: (state === 'refused' ? [] : (report.lines ?? []))
      .filter(({ orderNo }) => !bad.has(orderNo ?? ''))
      .map((line) => ({ ...line, outcomeLabel: outcomeLabels[line.outcome] ?? line.outcome })),
    faults: faults.map(({ line, code, message, next, orderNo, amountFen }) => ({
      ...{ line, code, message, next, orderNo, amountFen },
    })),
    ...{ broughtBy: upload.broughtByName, broughtAt: shanghaiInstant(upload.broughtAt) },
    ...{ decidedBy: upload.decidedByName, decidedAt: shanghaiInstant(upload.decidedAt) },
    mayDecide:
      state === 'checked' &&
      upload.broughtBy !== account.id &&
      account.posts.some((post) => post === 'financeReviewer' || post === 'financeApprover'),
  };
}

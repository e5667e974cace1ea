import { Injectable } from '@nestjs/common';
import type { AskExport, ExportView, ExportViews } from '@banjie/contracts';
import { DomainError } from '@banjie/domain';
import { ColumnCipher, findExports, keepExport, openExport, rows, type ExportFile } from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { requestId } from '../edge/request-context';
import { shanghaiInstant } from '../edge/times';
import type { Account } from '../sign-in/account';

const mostShown = 50;
const listLabels = { batchOrders: '批次拨付单清单', monthOrders: '月度拨付单清单' } as const;
const stateLabels = {
  making: '正在生成',
  ready: '可以下载',
  expired: '已过期',
  failed: '没有生成,已列入停办清单',
} as const;

/** Asks for lists and hands them out; apps/jobs makes them. */
@Injectable()
export class ExportsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: ColumnCipher,
  ) {}

  /** @throws DomainError BATCH_NOT_FOUND, ACTION_REUSED */
  async ask(account: Account, asked: AskExport): Promise<ExportView> {
    const entry = { ...asked, agencyId: account.agencyId, askedBy: account.id, at: new Date() };
    await keepExport(this.dataSource, entry);
    return this.view(account, asked.id);
  }

  async list({ agencyId }: Account): Promise<ExportViews> {
    const found = await findExports(this.dataSource, { agencyId, id: null, limit: mostShown });
    return { items: found.map(viewOf) };
  }

  /** @throws DomainError EXPORT_NOT_FOUND */
  async view({ agencyId }: Account, id: string): Promise<ExportView> {
    const [found] = await findExports(this.dataSource, { agencyId, id, limit: 1 });
    if (!found) throw new DomainError('EXPORT_NOT_FOUND');
    return viewOf(found);
  }

  /** After the row that says who took it. @throws DomainError EXPORT_NOT_FOUND, EXPORT_NOT_READY, EXPORT_EXPIRED */
  async content({ id: readerId, agencyId }: Account, id: string): Promise<{ name: string; content: Buffer }> {
    const { list, of, content } = await openExport(this.dataSource, this.cipher, { id, agencyId });
    await rows(this.dataSource, `INSERT INTO read_log (reader_id, what, request_id) VALUES ($1, $2, $3)`, [
      ...[readerId, `export:${id}`, requestId()],
    ]);
    return { name: `${listLabels[list]}-${of}.csv`, content };
  }
}

function viewOf({ isDead, madeAt, askedByName, askedAt, expiresAt, ...file }: ExportFile): ExportView {
  const isOver = expiresAt !== null && expiresAt.getTime() <= Date.now();
  const state = madeAt ? (isOver ? 'expired' : 'ready') : isDead ? 'failed' : 'making';
  return {
    ...{ ...file, listLabel: listLabels[file.list], state, stateLabel: stateLabels[state] },
    ...{ askedBy: askedByName, askedAt: shanghaiInstant(askedAt), expiresAt: shanghaiInstant(expiresAt) },
  };
}

import { createHash } from 'node:crypto';
import { DomainError, type BankReason, type PayoutState } from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import type { ColumnCipher } from '../column-cipher';
import { rows } from '../data-source';
import { addAgencyWork } from '../outbox/outbox';

/** `batchOrders` of a batch; `monthOrders` drawn in a month of Shanghai, `2026-11`. */
export type ExportList = 'batchOrders' | 'monthOrders';

export interface ExportFile {
  id: string;
  list: ExportList;
  of: string;
  askedByName: string;
  askedAt: Date;
  rowCount: number | null;
  sha256: string | null;
  madeAt: Date | null;
  expiresAt: Date | null;
  /** Laid before staff among the dead letters. */
  isDead: boolean;
}

const context = 'export_file.content_enc';
const keptDays = 7;

/**
 * Asks for a list; it is made in the background. `id` is made by the screen: asked again it is the same list.
 * @throws DomainError BATCH_NOT_FOUND, ACTION_REUSED
 */
export async function keepExport(
  dataSource: DataSource,
  entry: { id: string; agencyId: string; list: ExportList; of: string; askedBy: string; at: Date },
): Promise<void> {
  const { id, agencyId, list, of, askedBy, at } = entry;
  await dataSource.transaction(async (manager) => {
    if (list === 'batchOrders') {
      const [batch] = await rows(manager, `SELECT 1 FROM payout_batch WHERE batch_no = $1 AND agency_id = $2`, [
        of,
        agencyId,
      ]);
      if (!batch) throw new DomainError('BATCH_NOT_FOUND', { batchNo: of });
    }
    const added = await rows(
      manager,
      `INSERT INTO export_file (id, agency_id, list, of, asked_by, asked_at) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (id) DO NOTHING RETURNING id`,
      [id, agencyId, list, of, askedBy, at],
    );
    if (added.length > 0) {
      await addAgencyWork(manager, { topic: 'export', agencyId, key: `export:${id}`, payload: { exportId: id, of } });
      return;
    }
    const [known] = await rows(
      manager,
      `SELECT 1 FROM export_file WHERE id = $1 AND agency_id = $2 AND list = $3 AND of = $4 AND asked_by = $5`,
      [id, agencyId, list, of, askedBy],
    );
    if (!known) throw new DomainError('ACTION_REUSED', { actionId: id });
  });
}

/** The newest first, or the one with an id; an agency's own alone. */
export function findExports(
  store: DataSource | EntityManager,
  of: { agencyId: string; id: string | null; limit: number },
): Promise<ExportFile[]> {
  return rows<ExportFile>(
    store,
    `SELECT e.id, e.list, e.of, a.display_name AS "askedByName", e.asked_at AS "askedAt", e.row_count AS "rowCount", e.sha256,
       e.made_at AS "madeAt", e.expires_at AS "expiresAt", o.dead_at IS NOT NULL AND e.made_at IS NULL AS "isDead"
     FROM export_file e JOIN staff_account a ON a.id = e.asked_by JOIN outbox o ON o.key = 'export:' || e.id
     WHERE e.agency_id = $1 AND ($2::uuid IS NULL OR e.id = $2) ORDER BY e.asked_at DESC, e.id LIMIT $3`,
    [of.agencyId, of.id, of.limit],
  );
}

export interface ExportedOrder {
  orderNo: string;
  caseNo: string;
  batchNo: string | null;
  amountFen: number;
  state: PayoutState;
  drawnAt: Date;
  releasedAt: Date | null;
  settledAt: Date | null;
  bankReference: string | null;
  bankReason: BankReason | null;
}

/**
 * Fills an export with what `write` makes of its orders, read in one statement; one that is made already stays. False where nobody asked.
 * Names nobody: order and case numbers, states and amounts.
 */
export async function makeExport(
  manager: EntityManager,
  cipher: ColumnCipher,
  id: string,
  write: (orders: readonly ExportedOrder[]) => Buffer,
): Promise<boolean> {
  const [asked] = await rows<{ agencyId: string; list: ExportList; of: string; isMade: boolean }>(
    manager,
    `SELECT agency_id AS "agencyId", list, of, made_at IS NOT NULL AS "isMade" FROM export_file WHERE id = $1 FOR UPDATE`,
    [id],
  );
  if (!asked) return false;
  if (asked.isMade) return true;
  const condition =
    asked.list === 'batchOrders'
      ? `batch_no = $2`
      : `drawn_at >= ($2 || '-01')::timestamp AT TIME ZONE 'Asia/Shanghai'
         AND drawn_at < (($2 || '-01')::timestamp + interval '1 month') AT TIME ZONE 'Asia/Shanghai'`;
  const orders = await rows<ExportedOrder>(
    manager,
    `SELECT order_no AS "orderNo", case_no AS "caseNo", batch_no AS "batchNo", amount_fen AS "amountFen", state, drawn_at AS "drawnAt",
       released_at AS "releasedAt", settled_at AS "settledAt", bank_reference AS "bankReference", bank_reason AS "bankReason"
     FROM payout_order WHERE agency_id = $1 AND ${condition} ORDER BY order_no`,
    [asked.agencyId, asked.of],
  );
  const content = write(orders);
  await rows(
    manager,
    `UPDATE export_file SET content_enc = $2, sha256 = $3, row_count = $4, made_at = now(), expires_at = now() + make_interval(days => $5)
     WHERE id = $1`,
    [
      ...[id, cipher.encryptBytes(context, content), createHash('sha256').update(content).digest('hex')],
      ...[orders.length, keptDays],
    ],
  );
  return true;
}

/** @throws DomainError EXPORT_NOT_FOUND, EXPORT_NOT_READY, EXPORT_EXPIRED */
export async function openExport(
  store: DataSource | EntityManager,
  cipher: ColumnCipher,
  { id, agencyId }: { id: string; agencyId: string },
): Promise<{ list: ExportList; of: string; content: Buffer }> {
  const [row] = await rows<{ list: ExportList; of: string; sealed: Buffer | null; isMade: boolean; isOver: boolean }>(
    store,
    `SELECT list, of, content_enc AS sealed, made_at IS NOT NULL AS "isMade", coalesce(expires_at <= now(), false) AS "isOver"
     FROM export_file WHERE id = $1 AND agency_id = $2`,
    [id, agencyId],
  );
  if (!row) throw new DomainError('EXPORT_NOT_FOUND');
  if (!row.isMade) throw new DomainError('EXPORT_NOT_READY');
  if (row.isOver || !row.sealed) throw new DomainError('EXPORT_EXPIRED', { days: keptDays });
  return { list: row.list, of: row.of, content: cipher.decryptBytes(context, row.sealed) };
}

/** Lets go of what is kept past its time; answers how many. */
export async function dropExpiredExports(store: DataSource): Promise<number> {
  const dropped = await rows(
    store,
    `UPDATE export_file SET content_enc = NULL WHERE content_enc IS NOT NULL AND expires_at <= now() RETURNING id`,
  );
  return dropped.length;
}

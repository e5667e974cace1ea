import { createHash } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import type { ColumnCipher } from '../column-cipher';
import { rows } from '../data-source';

export type BankFileKind = 'payments' | 'results' | 'statement';
export type BankFileLayout = 'pain001' | 'pain002' | 'camt053' | 'csvGb18030' | 'csvUtf8';
/**
 * `written` is not known to be at the bank, `received` not posted to its end, `waiting` for an earlier statement. Of `ownCase` nothing is
 * posted, because who brought or confirmed it has a duty in its cases; the same bytes may come again.
 */
export type BankFileState = 'written' | 'taken' | 'refused' | 'received' | 'waiting' | 'posted' | 'ownCase';

/** The two persons of a file that came on a medium. */
export interface BankFilePersons {
  broughtBy: string;
  confirmedBy: string;
}

/** What is known of a file beside its bytes. */
export interface BankFileFacts {
  kind: BankFileKind;
  layout: BankFileLayout;
  name: string;
  messageId: string | null;
  agencyId: string | null;
  lineCount: number;
  totalFen: number;
}

export interface BankFileEntry extends BankFileFacts {
  bytes: Buffer;
  /** Of a payment file, both or neither. */
  batchNo?: string | undefined;
  part?: number | undefined;
  /** Of results: the payment file they answer. */
  answersFile?: number | undefined;
  /** Of what came on a medium. */
  persons?: BankFilePersons | undefined;
}

export interface BankFileRecord extends BankFileFacts {
  id: number;
  sha256: string;
  byteCount: number;
  batchNo: string | null;
  part: number | null;
  answersFile: number | null;
  /** Null of what came over the line. */
  broughtBy: string | null;
  confirmedBy: string | null;
  state: BankFileState;
  /** No name and no account of anybody. */
  report: Record<string, unknown>;
  createdAt: Date;
  uploads: number;
  uploadedAt: Date | null;
  endedAt: Date | null;
}

const context = 'bank_file.content';
const columns = `id, kind, layout, name, sha256, byte_count AS "byteCount", message_id AS "messageId", agency_id AS "agencyId", batch_no AS "batchNo", part,
  answers_file AS "answersFile", brought_by AS "broughtBy", confirmed_by AS "confirmedBy", line_count AS "lineCount", total_fen AS "totalFen", state, report, created_at AS "createdAt", uploads,
  uploaded_at AS "uploadedAt", ended_at AS "endedAt"`;

/**
 * Keeps a file, its exact bytes sealed. `isNew` is false for bytes that are kept already: then the record is that of the first time,
 * and nothing was added.
 */
export async function keepBankFile(
  store: DataSource | EntityManager,
  cipher: ColumnCipher,
  file: BankFileEntry,
): Promise<{ file: BankFileRecord; isNew: boolean }> {
  const sha256 = sha256Of(file.bytes);
  const direction = file.kind === 'payments' ? 'out' : 'in';
  const [added] = await rows<BankFileRecord>(
    store,
    `INSERT INTO bank_file (direction, kind, layout, name, sha256, content_enc, byte_count, message_id, agency_id, batch_no, part,
       answers_file, line_count, total_fen, state, brought_by, confirmed_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
     ON CONFLICT (direction, kind, sha256) WHERE state <> 'ownCase' DO NOTHING RETURNING ${columns}`,
    [
      ...[direction, file.kind, file.layout, file.name, sha256, cipher.encryptBytes(context, file.bytes)],
      ...[file.bytes.length, file.messageId, file.agencyId, file.batchNo ?? null, file.part ?? null],
      ...[file.answersFile ?? null, file.lineCount, file.totalFen, direction === 'out' ? 'written' : 'received'],
      ...[file.persons?.broughtBy ?? null, file.persons?.confirmedBy ?? null],
    ],
  );
  if (added) return { file: added, isNew: true };
  const [known] = await rows<BankFileRecord>(
    store,
    `SELECT ${columns} FROM bank_file WHERE direction = $1 AND kind = $2 AND sha256 = $3 AND state <> 'ownCase'`,
    [direction, file.kind, sha256],
  );
  return { file: known!, isNew: false };
}

/** A file by its id, a payment file by its batch and part or its own number, or one that came by its bytes. */
export async function findBankFile(
  store: DataSource | EntityManager,
  by:
    | { id: number }
    | { batchNo: string; part: number }
    | { paymentsNo: string; agencyId: string }
    | { kind: 'results' | 'statement'; bytes: Buffer },
): Promise<BankFileRecord | null> {
  const find = (condition: string, values: unknown[]) =>
    rows<BankFileRecord>(store, `SELECT ${columns} FROM bank_file WHERE ${condition}`, values);
  const [file] =
    'id' in by
      ? await find(`id = $1`, [by.id])
      : 'batchNo' in by
        ? await find(`kind = 'payments' AND batch_no = $1 AND part = $2`, [by.batchNo, by.part])
        : 'paymentsNo' in by
          ? await find(`kind = 'payments' AND message_id = $1 AND agency_id = $2`, [by.paymentsNo, by.agencyId])
          : await find(`direction = 'in' AND kind = $1 AND sha256 = $2 AND state <> 'ownCase'`, [
              by.kind,
              sha256Of(by.bytes),
            ]);
  return file ?? null;
}

/** The payment files of a batch by their parts, and what the bank answered to each, in the order in which it came. */
export async function listBatchFiles(
  store: DataSource | EntityManager,
  batchNo: string,
): Promise<{ payments: BankFileRecord; results: BankFileRecord[] }[]> {
  const payments = await rows<BankFileRecord>(
    store,
    `SELECT ${columns} FROM bank_file WHERE kind = 'payments' AND batch_no = $1 ORDER BY part`,
    [batchNo],
  );
  const answers = await rows<BankFileRecord>(
    store,
    `SELECT ${columns} FROM bank_file WHERE answers_file = ANY($1::bigint[]) ORDER BY id`,
    [payments.map(({ id }) => id)],
  );
  return payments.map((file) => ({
    payments: file,
    results: answers.filter(({ answersFile }) => answersFile === file.id),
  }));
}

const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/**
 * The exact bytes as they went or came.
 * @throws Error when what opens is not what was kept
 */
export async function openBankFile(
  store: DataSource | EntityManager,
  cipher: ColumnCipher,
  id: number,
): Promise<Buffer> {
  const [file] = await rows<{ sealed: Buffer; sha256: string }>(
    store,
    `SELECT content_enc AS sealed, sha256 FROM bank_file WHERE id = $1`,
    [id],
  );
  if (!file) throw new Error(`there is no bank file ${id}`);
  const bytes = cipher.decryptBytes(context, file.sealed);
  if (sha256Of(bytes) !== file.sha256) throw new Error(`bank file ${id} does not open as it was kept`);
  return bytes;
}

/** The write-ahead of an upload, committed before it: true for the one caller who may make the upload after `uploads` earlier ones. */
export async function startUpload(
  store: DataSource | EntityManager,
  id: number,
  { uploads, at }: { uploads: number; at: Date },
): Promise<boolean> {
  const begun = await rows(
    store,
    `UPDATE bank_file SET uploads = uploads + 1, uploaded_at = $3 WHERE id = $1 AND uploads = $2 AND state = 'written' RETURNING id`,
    [id, uploads, at],
  );
  return begun.length === 1;
}

/**
 * Moves a file on from one of the open states, or those named in `from`; false when it is in none of them any more. What `report` names is
 * added to the report.
 */
export async function endBankFile(
  store: DataSource | EntityManager,
  id: number,
  end: { state: BankFileState; at: Date; report?: Record<string, unknown>; from?: readonly BankFileState[] },
): Promise<boolean> {
  const ended = await rows(
    store,
    `UPDATE bank_file SET state = $2, ended_at = $3, report = report || $4::jsonb
     WHERE id = $1 AND state = ANY($5::text[]) RETURNING id`,
    [id, end.state, end.at, JSON.stringify(end.report ?? {}), end.from ?? openStates],
  );
  return ended.length === 1;
}

const openStates: readonly BankFileState[] = ['written', 'received', 'waiting'];

/** How many files of a batch the bank has refused since it last took one. */
export async function refusedInARow(store: DataSource | EntityManager, batchNo: string): Promise<number> {
  const [found] = await rows<{ count: number }>(
    store,
    `SELECT count(*) AS count FROM bank_file WHERE kind = 'payments' AND batch_no = $1 AND ${refusedByBank('bank_file')}
       AND ended_at > coalesce((SELECT max(ended_at) FROM bank_file WHERE kind = 'payments' AND batch_no = $1 AND state = 'taken'), '-infinity')`,
    [batchNo],
  );
  return found!.count;
}

/** Of a payment file: the bank refused it, and not we gave it up. */
export const refusedByBank = (file: string): string =>
  `${file}.state = 'refused' AND ${file}.report->>'refusedBecause' IS DISTINCT FROM 'ordersMoved'`;

/** Adds to what is told of a file. */
export async function reportOnBankFile(
  store: DataSource | EntityManager,
  id: number,
  report: Record<string, unknown>,
): Promise<void> {
  await rows(store, `UPDATE bank_file SET report = report || $2::jsonb WHERE id = $1`, [id, JSON.stringify(report)]);
}

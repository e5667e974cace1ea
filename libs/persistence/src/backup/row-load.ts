import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { migrations } from '../migrations';
import {
  columnList,
  copyOut,
  openCopySession,
  structureOf,
  tableName,
  type Structure,
  type TableShape,
} from './copy-session';
import type { RowManifest, TableRows } from './row-dump';

/** The rows cannot be taken in, or are not what the backup says; nothing of them was kept. */
export class RowsUnfit extends Error {}

/**
 * Takes the rows of a backup into a migrated database in one transaction: triggers and foreign keys rest meanwhile, and every table is read
 * again and compared with its digest before anything is kept.
 * @param adminUrl the superuser's connection: nobody else can let triggers rest
 * @param tables each table of the manifest once, with its rows
 * @param before what still belongs to the transaction, with triggers at work again
 * @throws RowsUnfit when another structure, a missing table, or a digest that differs keeps them out
 */
export async function loadRows(
  adminUrl: string,
  manifest: RowManifest,
  tables: AsyncIterable<TableRows>,
  before: (client: Client) => Promise<void>,
): Promise<void> {
  const client = await openCopySession(adminUrl, 'banjie-restore');
  try {
    const structure = await structureOf(client);
    demandSameStructure(manifest, structure);
    await client.query('BEGIN');
    await client.query(`SET LOCAL session_replication_role = replica`);
    await client.query(`TRUNCATE ${structure.tables.map(({ name }) => tableName(name)).join(', ')}`);
    const waiting = new Map(structure.tables.map((table) => [table.name, table]));
    for await (const { name, rows } of tables) {
      const table = waiting.get(name);
      if (!table) throw new RowsUnfit(`备份中有多余的或重复的表 ${name}`);
      waiting.delete(name);
      await pipeline(rows, client.query(copyFrom(`COPY ${tableName(name)} (${columnList(table.columns)}) FROM STDIN`)));
    }
    for (const name of waiting.keys()) throw new RowsUnfit(`备份中缺少表 ${name}`);
    for (const { name, lastValue } of manifest.sequences) {
      if (lastValue === null) continue;
      await client.query(`SELECT setval($1::text::regclass, $2::bigint)`, [tableName(name), lastValue]);
    }
    for (const table of structure.tables) await demandSameRows(client, manifest, table);
    await client.query(`SET LOCAL session_replication_role = origin`);
    await before(client);
    await client.query('COMMIT');
    await client.query('ANALYZE');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * What can be known without a database: a backup of another version does not fit. Its structure itself is compared when there is one.
 * @throws RowsUnfit
 */
export function demandSameMigrations({ structure: { migrations: theirs } }: RowManifest): void {
  const ours = migrations.map(({ name }) => name);
  if (theirs.join() === ours.join()) return;
  throw new RowsUnfit(`备份的数据库版本(${theirs.at(-1) ?? '无'})与本程序的版本(${ours.at(-1) ?? '无'})不同`);
}

function demandSameStructure({ structure: theirs }: RowManifest, ours: Structure): void {
  if (theirs.digest === ours.digest) return;
  throw new RowsUnfit(`备份的数据库结构(${theirs.digest.slice(0, 12)})与本程序的结构(${ours.digest.slice(0, 12)})不同`);
}

async function demandSameRows(client: Client, manifest: RowManifest, table: TableShape): Promise<void> {
  const digest = createHash('sha256');
  const stream = copyOut(client, table);
  for await (const chunk of stream) digest.update(chunk);
  const wanted = manifest.tables[table.name];
  if (wanted?.rows !== stream.rowCount || wanted.sha256 !== digest.digest('hex')) {
    throw new RowsUnfit(`表 ${table.name} 写入后与备份不符(备份 ${wanted?.rows ?? 0} 行,写入 ${stream.rowCount} 行)`);
  }
}

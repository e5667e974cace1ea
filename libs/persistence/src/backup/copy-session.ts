import { createHash } from 'node:crypto';
import { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';

/** A table as a backup holds it: rows in the order of the key, in PostgreSQL's own COPY text. */
export interface TableShape {
  name: string;
  /** Without generated columns: these are worked out anew. */
  columns: string[];
  key: string[];
}

/** What a database must be like for the rows of a backup to fit: names, types, keys, checks. */
export interface Structure {
  migrations: string[];
  /** SHA-256 over every column and constraint: a migration that was edited in place keeps its name. */
  digest: string;
  tables: TableShape[];
}

/** A session whose COPY text does not depend on the server's settings. */
export async function openCopySession(url: string, applicationName: string): Promise<Client> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    application_name: applicationName,
  });
  client.on('error', () => undefined); // The statement in flight reports it.
  await client.connect();
  await client.query(`SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET TimeZone = 'UTC'; SET bytea_output = 'hex';
    SET extra_float_digits = 1; SET client_encoding = 'UTF8'; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0`);
  return client;
}

export async function structureOf(client: Client): Promise<Structure> {
  const { rows: migrations } = await client.query<{ name: string }>(`SELECT name FROM migrations ORDER BY id`);
  const { rows: tables } = await client.query<TableShape>(
    `SELECT c.relname AS name,
       (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
       (SELECT array_agg(a.attname::text ORDER BY k.place) FROM pg_index i CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum WHERE i.indrelid = c.oid AND i.indisprimary) AS key
     FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'migrations'
     ORDER BY c.relname COLLATE "C"`,
  );
  const keyless = tables.find(({ key }) => key === null);
  if (keyless) throw new Error(`table ${keyless.name} has no primary key: its rows have no order to be kept in`);
  const { rows: lines } = await client.query<{ line: string }>(
    `SELECT format('%s.%s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated) AS line
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
     UNION ALL
     SELECT format('%s %s', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
     ORDER BY 1`,
  );
  const digest = createHash('sha256');
  // In the order of bytes: a collation of the server must not change it.
  for (const line of lines.map((row) => row.line).sort()) digest.update(`${line}\n`);
  return { migrations: migrations.map(({ name }) => name), digest: digest.digest('hex'), tables };
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
export const columnList = (columns: readonly string[]) => columns.map(quoted).join(', ');
export const tableName = (name: string) => `public.${quoted(name)}`;

/** The rows of a table as the session sees them. */
export function copyOut(
  client: Client,
  { name, columns, key }: TableShape,
): ReturnType<typeof copyTo> & AsyncIterable<Buffer> {
  const sql = `COPY (SELECT ${columnList(columns)} FROM ${tableName(name)} ORDER BY ${columnList(key)}) TO STDOUT`;
  return client.query(copyTo(sql));
}

import { createHash } from 'node:crypto';
import { copyOut, openCopySession, structureOf, type Structure } from './copy-session';

/** Rows and SHA-256 of the COPY text of each table. */
export type TableDigests = Record<string, { rows: number; sha256: string }>;

export interface Sequence {
  name: string;
  /** Null when it was never asked. */
  lastValue: string | null;
}

/** What a backup says of its rows. */
export interface RowManifest {
  structure: Structure;
  tables: TableDigests;
  sequences: Sequence[];
  /** When the snapshot was taken. */
  takenAt: string;
}

export interface TableRows {
  name: string;
  /** In COPY text, to be read to the end before the next table. */
  rows: AsyncIterable<Buffer>;
}

/**
 * Every table after the other, all in one snapshot, while the system goes on; what stands of them comes last.
 * @param ownerUrl the owner's connection: it reads every table
 */
export async function* dumpRows(ownerUrl: string): AsyncGenerator<TableRows, RowManifest> {
  const client = await openCopySession(ownerUrl, 'banjie-backup');
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    // The first statement takes the snapshot.
    const [{ now }] = (await client.query<{ now: Date }>('SELECT clock_timestamp() AS now')).rows as [{ now: Date }];
    const structure = await structureOf(client);
    const tables: TableDigests = {};
    for (const table of structure.tables) {
      const digest = createHash('sha256');
      const stream = copyOut(client, table);
      yield { name: table.name, rows: seen(stream, (chunk) => digest.update(chunk)) };
      tables[table.name] = { rows: stream.rowCount, sha256: digest.digest('hex') };
    }
    // Read last: they know no snapshot, and may be ahead of the rows but never behind.
    const { rows: sequences } = await client.query<Sequence>(
      `SELECT sequencename AS name, last_value::text AS "lastValue" FROM pg_sequences
       WHERE schemaname = 'public' AND sequencename <> 'migrations_id_seq' ORDER BY sequencename COLLATE "C"`,
    );
    await client.query('COMMIT');
    return { structure, tables, sequences, takenAt: now.toISOString() };
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function* seen(chunks: AsyncIterable<Buffer>, see: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    see(chunk);
    yield chunk;
  }
}

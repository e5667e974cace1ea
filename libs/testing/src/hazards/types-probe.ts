import { installTypeParsers } from '@banjie/persistence';
import { Client } from 'pg';

/** H8 in a process of its own, since the time zone is fixed at start: what pg makes of bigint, numeric and date. */
async function main(): Promise<void> {
  if (process.env.HAZARD_PARSERS === 'ours') installTypeParsers();
  const client = new Client({ connectionString: process.env.HAZARD_URL });
  await client.connect();
  const { rows } = await client.query(
    `SELECT 10::bigint AS fen, 10.10::numeric AS yuan, date '2026-02-17' AS day, 9007199254740993::bigint::text AS large`,
  );
  const { fen, yuan, day } = rows[0];
  const tooLarge = await client.query('SELECT 9007199254740993::bigint AS fen').then(
    (result) => String(result.rows[0].fen),
    (error: Error) => `refused: ${error.message}`,
  );
  await client.end();
  console.log(JSON.stringify({ sum: fen + 1, twice: yuan + yuan, day: JSON.stringify(day), tooLarge }));
}

void main();

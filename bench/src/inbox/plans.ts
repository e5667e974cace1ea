import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Ground } from '../ground';

/** Tables that grow with the cases; the others hold some dozen rows and are rightly read whole. */
const large = ['task', 'cases', 'case_duty', 'clock', 'filing'];

/** How often each large table was read from end to end so far. */
export async function sequentialScans(adminUrl: string): Promise<Record<string, number>> {
  await sleep(1_500); // A session reports its counts a second late.
  return withAdmin(adminUrl, async (admin) => {
    const sql = 'SELECT relname, seq_scan::int AS scans FROM pg_stat_user_tables WHERE relname = ANY($1)';
    const { rows } = await admin.query<{ relname: string; scans: number }>(sql, [large]);
    return Object.fromEntries(rows.map(({ relname, scans }) => [relname, scans]));
  });
}

/**
 * The plans of whatever the API asks while `work` runs, as PostgreSQL explains them itself (auto_explain), with the sequential
 * scans of large tables among them.
 */
export async function explained(
  ground: Ground,
  work: () => Promise<void>,
): Promise<{ plans: number; sequential: string[] }> {
  const adminUrl = databaseOf(ground);
  const log = join(ground.home.logs, 'postgres.log');
  const role = decodeURIComponent(new URL(ground.postgres.appUrl).username);
  const before = existsSync(log) ? statSync(log).size : 0;
  await withAdmin(adminUrl, async (admin) => {
    await admin.query(`ALTER ROLE ${role} SET session_preload_libraries = 'auto_explain'`);
    await admin.query(`ALTER ROLE ${role} SET auto_explain.log_min_duration = 0`);
    // Only a new session loads it.
    await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [role]);
  });
  await sleep(500);
  await work();
  await sleep(500);
  const text = readFileSync(log).subarray(before).toString('utf8');
  const found = text.match(/Seq Scan on (\w+)/g) ?? [];
  const isLarge = (line: string) => large.includes(line.replace('Seq Scan on ', ''));
  return { plans: text.split('Query Text:').length - 1, sequential: found.filter(isLarge) };
}

export function databaseOf({ postgres }: Ground): string {
  const url = new URL(postgres.adminUrl ?? '');
  url.pathname = new URL(postgres.appUrl).pathname;
  return url.href;
}

async function withAdmin<Answer>(url: string, work: (admin: Client) => Promise<Answer>): Promise<Answer> {
  const admin = new Client({ connectionString: url });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

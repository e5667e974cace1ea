import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { openHome, removeHome, type Home } from './home';
import { startPostgres, type PostgresAddresses } from './postgres';
import { identityOf, isAlive } from './process-identity';
import { Supervisor } from './supervisor';
import { waitUntil } from './wait-until';

const env = { PATH: process.env['PATH'], BANJIE_TEST_RUN: process.env['BANJIE_TEST_RUN'] };

async function query<T>(url: string, sql: string): Promise<T[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows as T[];
  } finally {
    await client.end();
  }
}

describe('embedded PostgreSQL', () => {
  let home: Home;
  let supervisor: Supervisor;
  let addresses: PostgresAddresses;
  const start = async () => {
    supervisor = new Supervisor(home, { firstBackOffMs: 100 });
    addresses = await startPostgres({ home, supervisor, env, report: () => undefined });
  };
  beforeAll(async () => {
    const path = mkdtempSync(join(realpathSync(tmpdir()), 'banjie-postgres-'));
    chmodSync(path, 0o711);
    home = openHome(path);
    // As a start leaves it that was cut short while the data folder was being made.
    mkdirSync(join(home.path, 'postgres/partial-earlier/base'), { recursive: true });
    await start();
  });
  afterAll(async () => {
    await supervisor.stopAll();
    removeHome(home.path);
  });

  it('has the database of the owner and an app role that owns nothing', async () => {
    expect(readdirSync(join(home.path, 'postgres'))).toEqual(['data']);
    const [database] = await query(
      addresses.ownerUrl,
      `SELECT current_user AS role, pg_get_userbyid(datdba) AS owner, pg_encoding_to_char(encoding) AS encoding, datcollate
       FROM pg_database WHERE datname = current_database()`,
    );
    expect(database).toEqual({ role: 'banjie_owner', owner: 'banjie_owner', encoding: 'UTF8', datcollate: 'C.UTF-8' });
    await expect(query(addresses.appUrl, 'CREATE TABLE mine (a int)')).rejects.toThrow('permission denied');
    await expect(query(addresses.ownerUrl.replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1')).rejects.toThrow(
      'password authentication failed',
    );
  });

  it('keeps the values of a key that is taken out of its log', async () => {
    await query(
      addresses.ownerUrl,
      `CREATE TABLE secret (a text PRIMARY KEY); INSERT INTO secret VALUES ('4502-secret')`,
    );
    await expect(query(addresses.ownerUrl, `INSERT INTO secret VALUES ('4502-secret')`)).rejects.toThrow(
      'duplicate key',
    );
    const log = readFileSync(supervisor.logOf('postgres'), 'utf8');
    expect(log).toContain('duplicate key value violates unique constraint "secret_pkey"');
    expect(log).not.toContain('4502-secret');
  });

  it('is back with its data after kill -9 of the postmaster', async () => {
    await query(addresses.ownerUrl, `CREATE TABLE kept (a text); INSERT INTO kept VALUES ('中文𠮷')`);
    const first = supervisor.pidOf('postgres')!;
    process.kill(first, 'SIGKILL');
    await waitUntil(() => query(addresses.ownerUrl, 'SELECT 1'), { withinMs: 60_000, everyMs: 200 });
    expect(supervisor.pidOf('postgres')).not.toBe(first);
    await expect(query(addresses.ownerUrl, 'SELECT a FROM kept')).resolves.toEqual([{ a: '中文𠮷' }]);
  });

  it('keeps data and passwords over a stop and a start, and ends open sessions when it stops', async () => {
    const client = new Client({ connectionString: addresses.ownerUrl });
    const cut = new Promise((resolve) => client.on('error', resolve)); // The connection's own end follows as a second one.
    await client.connect();
    const before = addresses;
    await supervisor.stopAll();
    await expect(cut).resolves.toMatchObject({ code: '57P01' });
    await start();
    expect(new URL(addresses.ownerUrl).password).toBe(new URL(before.ownerUrl).password);
    await expect(query(addresses.ownerUrl, 'SELECT count(*)::int AS n FROM kept')).resolves.toEqual([{ n: 1 }]);
  });

  it('starts although the number in a left postmaster.pid belongs to somebody else now', async () => {
    await supervisor.stopAll();
    const data = join(home.path, 'postgres/data');
    expect(existsSync(join(data, 'postmaster.pid'))).toBe(false);
    writeFileSync(join(data, 'postmaster.pid'), `${process.pid}\n${data}\n1\n5432\n\n127.0.0.1\n0 0\nready\n`);
    await start();
    expect(readFileSync(join(data, 'postmaster.pid'), 'utf8')).toMatch(
      new RegExp(`^${supervisor.pidOf('postgres')}\n`),
    );
  });

  it('ends a postmaster of which no record is left', async () => {
    await supervisor.stopAll();
    // Another home that points to the same data stands for the starter whose records are lost.
    const lost = openHome(mkdtempSync(join(tmpdir(), 'banjie-postgres-lost-')));
    for (const name of ['postgres.json', 'secrets.json']) copyFileSync(join(home.path, name), join(lost.path, name));
    const earlier = new Supervisor(lost, { firstBackOffMs: 600_000, longestBackOffMs: 600_000 });
    await startPostgres({ home: lost, supervisor: earlier, env, report: () => undefined });
    const left = identityOf(earlier.pidOf('postgres')!)!;
    await start();
    expect(isAlive(left)).toBe(false);
    await expect(query(addresses.ownerUrl, 'SELECT count(*)::int AS n FROM kept')).resolves.toEqual([{ n: 1 }]);
    await earlier.stopAll();
    rmSync(lost.path, { recursive: true });
  });

  it('refuses an own database without the owner of the schema', async () => {
    const given = { ...env, DATABASE_URL: addresses.appUrl };
    const starting = startPostgres({ home, supervisor, env: given, report: () => undefined });
    await expect(starting).rejects.toThrow(/没有 MIGRATION_DATABASE_URL/);
  });
});

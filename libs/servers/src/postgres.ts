import { join } from 'node:path';
import { Client } from 'pg';
import { serverSecrets, type Home } from './home';
import { clearPostmaster, initCluster, placeCluster } from './postgres-cluster';
import { postgresBinaries, postgresUser } from './postgres-binaries';
import { freePort } from './ports';
import { StartFault } from './start-fault';
import type { Supervisor } from './supervisor';
import { waitUntil } from './wait-until';

export interface PostgresAddresses {
  /** The app's role: what may be done with act and audit rows is decided by the migrations' grants. */
  appUrl: string;
  /** The owner's role, for migrations. */
  ownerUrl: string;
  /** The superuser of an embedded server; absent when the server is the agency's own. */
  adminUrl?: string;
  isEmbedded: boolean;
}

export interface ServerContext {
  home: Home;
  supervisor: Supervisor;
  env: NodeJS.ProcessEnv;
  /** One line of progress for the person at the terminal. */
  report: (line: string) => void;
  signal?: AbortSignal;
  /** Data that nobody keeps: durability is traded for speed. */
  isForTests?: boolean;
  /** Of PostgreSQL: data that lie at its place already are somebody else's. */
  mustBeNew?: boolean;
}

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '256MB',
  password_encryption: 'scram-sha-256',
  timezone: 'Asia/Shanghai',
  log_timezone: 'Asia/Shanghai',
  // Values of a statement can be personal data and stay out of the log.
  log_min_error_statement: 'panic',
  // Terse leaves out the DETAIL line, which quotes the values of a key that is taken.
  log_error_verbosity: 'terse',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
};

const testSettings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', shared_buffers: '128MB' };

/** PostgreSQL for this run: the agency's own when DATABASE_URL is given, otherwise the embedded one on data kept in the home. */
export async function startPostgres(context: ServerContext): Promise<PostgresAddresses> {
  const { env, home, supervisor, report } = context;
  if (env['DATABASE_URL']) return ownPostgres(env, report);
  const secrets = serverSecrets(home);
  const user = postgresUser();
  const binaries = postgresBinaries(user);
  const folder = placeCluster(home, user, { mustBeNew: context.mustBeNew ?? false });
  report('PostgreSQL:准备数据目录…');
  const data = initCluster({
    folder,
    binaries,
    user,
    adminPassword: secrets.postgresAdmin,
    isForTests: context.isForTests ?? false,
  });
  await clearPostmaster(data);
  const port = await freePort();
  const all = { ...settings, ...(context.isForTests ? testSettings : {}), port: String(port) };
  supervisor.start({
    name: 'postgres',
    command: join(binaries, 'bin/postgres'),
    args: ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    env: { PATH: env['PATH'], LANG: 'C.UTF-8', TZ: 'Asia/Shanghai', BANJIE_TEST_RUN: env['BANJIE_TEST_RUN'] },
    cwd: folder,
    ...user,
    stopSignal: 'SIGINT', // "Fast": open sessions are ended, nothing waits for clients to leave.
    stopGraceMs: 10_000,
  });
  const url = (role: string, password: string, database: string) =>
    `postgres://${role}:${password}@127.0.0.1:${port}/${database}`;
  const adminUrl = url('postgres', secrets.postgresAdmin, 'postgres');
  await supervisor.guard(waitUntil(() => ping(adminUrl), { withinMs: 60_000, signal: context.signal }));
  await ensureDatabase(adminUrl, secrets.postgresOwner, secrets.postgresApp);
  report(`PostgreSQL:已启动,127.0.0.1:${port}`);
  return {
    appUrl: url('banjie_app', secrets.postgresApp, 'banjie'),
    ownerUrl: url('banjie_owner', secrets.postgresOwner, 'banjie'),
    adminUrl,
    isEmbedded: true,
  };
}

async function ownPostgres(env: NodeJS.ProcessEnv, report: (line: string) => void): Promise<PostgresAddresses> {
  const appUrl = env['DATABASE_URL'] ?? '';
  const ownerUrl = env['MIGRATION_DATABASE_URL'];
  if (!ownerUrl) {
    throw new StartFault(
      '给出了 DATABASE_URL,但没有 MIGRATION_DATABASE_URL。',
      '请同时给出属主角色的连接:MIGRATION_DATABASE_URL=postgres://属主@主机/库 DATABASE_URL=postgres://应用@主机/库 npm start',
    );
  }
  for (const [variable, url] of Object.entries({ DATABASE_URL: appUrl, MIGRATION_DATABASE_URL: ownerUrl })) {
    await ping(url).catch((error: Error) => {
      throw new StartFault(
        `${variable} 指向的 PostgreSQL 连不上:${error.message}`,
        `请检查 ${variable} 的主机、端口、角色和口令`,
      );
    });
  }
  report('PostgreSQL:使用 DATABASE_URL 指定的数据库');
  return { appUrl, ownerUrl, isEmbedded: false };
}

async function ping(connectionString: string): Promise<void> {
  await withClient(connectionString, (client) => client.query('SELECT 1'));
}

async function withClient<T>(connectionString: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined); // The query in flight reports it.
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Roles and database, made where missing; the passwords are set anew each time, so that the kept ones always fit. */
async function ensureDatabase(adminUrl: string, ownerPassword: string, appPassword: string): Promise<void> {
  await withClient(adminUrl, async (client) => {
    for (const [role, password] of [
      ['banjie_owner', ownerPassword],
      ['banjie_app', appPassword],
    ] as const) {
      const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
      const verb = rowCount === 0 ? 'CREATE' : 'ALTER';
      await client.query(`${verb} ROLE ${role} LOGIN PASSWORD ${client.escapeLiteral(password)}`);
    }
    const { rowCount } = await client.query(`SELECT 1 FROM pg_database WHERE datname = 'banjie'`);
    if (rowCount === 0) await client.query('CREATE DATABASE banjie OWNER banjie_owner');
    await client.query('REVOKE ALL ON DATABASE banjie FROM PUBLIC');
    await client.query('GRANT CONNECT ON DATABASE banjie TO banjie_app');
  });
}

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Supervisor,
  endLeftovers,
  lockHolder,
  openHome,
  removeHome,
  startPostgres,
  startRedis,
  startTemporal,
  takeLock,
  temporalBinary,
  type Home,
  type PostgresAddresses,
  type TemporalAddress,
} from '@banjie/servers';
import { Client } from 'pg';
import type { ServerKinds } from './machine';
import { root, type ProofContext } from './proof';

const prefix = 'banjie-bench-';

/** Servers of a proof's own in a home of its own, durable as `npm start` has them; removed with all data at the end. */
export interface Ground {
  home: Home;
  supervisor: Supervisor;
  postgres: PostgresAddresses;
  redisUrl: string;
  temporal: TemporalAddress;
  kinds: ServerKinds;
  /** Starts one of our own compiled programs, to be ended with the ground. */
  startProgram(name: string, main: string, env: NodeJS.ProcessEnv): void;
  /** The process ids of servers and programs, by name. */
  processes(): Record<string, number>;
  /** The answer of the work, or the fault of a server that died, or the wish to end early. */
  guard<Answer>(work: Promise<Answer>): Promise<Answer>;
}

export async function withGround<Answer>(
  { report, signal }: ProofContext,
  work: (ground: Ground) => Promise<Answer>,
): Promise<Answer> {
  await sweepAbandoned();
  const path = mkdtempSync(join(realpathSync(tmpdir()), prefix));
  chmodSync(path, 0o711);
  const home = openHome(path);
  const lock = takeLock(home);
  const supervisor = new Supervisor(home, {
    onDeath: ({ name, how }) => report(`${name} died (${how})`),
    deathsToGiveUp: 1, // A figure taken over a restart says nothing.
  });
  try {
    const named = ['DATABASE_URL', 'MIGRATION_DATABASE_URL', 'REDIS_URL', 'TEMPORAL_ADDRESS'];
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !named.includes(name)));
    const context = { home, supervisor, env, report, signal };
    const [postgres, redis, temporal] = await Promise.all([
      startPostgres(context),
      startRedis(context),
      startTemporal(context, { namespace: 'banjie' }),
    ]);
    const kinds = {
      postgres: `${await postgresVersion(postgres.adminUrl ?? '')}, embedded, durable`,
      redis: 'append-only file',
      temporal: `${versionOf(await temporalBinary(context))}, dev server on a SQLite file`,
    };
    const ended = new Promise<never>((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(new Error('ended early')), { once: true }),
    );
    ended.catch(() => undefined);
    const names = ['postgres', 'redis', 'temporal'];
    return await work({
      ...{ home, supervisor, postgres, temporal, kinds },
      redisUrl: redis.url,
      startProgram: (name, main, programEnv) => {
        names.push(name);
        supervisor.start({
          name,
          command: process.execPath,
          args: ['-r', require.resolve('@banjie/servers/dist/exit-with-parent.js'), main],
          env: { ...env, NODE_ENV: 'production', ...programEnv },
          cwd: root,
          holdStdin: true,
          stopGraceMs: 3_000,
        });
      },
      processes: () =>
        Object.fromEntries(
          names.flatMap((name) => {
            const pid = supervisor.pidOf(name);
            return pid === undefined ? [] : [[name, pid]];
          }),
        ),
      guard: (promise) => supervisor.guard(Promise.race([promise, ended])),
    });
  } finally {
    await supervisor.stopAll(20_000);
    lock.release();
    removeHome(path);
  }
}

async function postgresVersion(connectionString: string): Promise<string> {
  const client = new Client({ connectionString });
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
  await client.end();
  return `PostgreSQL ${rows[0]?.server_version}`;
}

function versionOf(command: string): string {
  return spawnSync(command, ['--version'], { encoding: 'utf8', timeout: 30_000 }).stdout.trim();
}

/** What a killed run left behind is ended by the next one. */
async function sweepAbandoned(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const path = join(tmpdir(), name);
    try {
      if (lockHolder(path) !== undefined || !readdirSync(path).includes('lock')) continue;
      await endLeftovers(openHome(path, { leastFreeBytes: 0 }));
      removeHome(path);
    } catch {
      // Another user's, or gone in the meantime.
    }
  }
}

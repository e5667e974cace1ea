import { chmodSync, mkdtempSync, readdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHome, removeHome } from './home';
import { lockHolder, takeLock } from './lock';
import { startPostgres, type ServerContext } from './postgres';
import { endLeftovers } from './process-records';
import { startRedis } from './redis';
import { Supervisor } from './supervisor';
import { startTemporal } from './temporal';

/** Where the tests' servers listen; the form of the file named by BANJIE_TEST_SERVERS. */
export interface TestServerAddresses {
  /** The PostgreSQL superuser, to make databases and roles with. */
  ownerAdminUrl: string;
  redisUrl: string;
  temporalAddress: string;
  /** A namespace made for tests; `default` exists as well. */
  temporalNamespace: string;
}

export interface TestServers {
  addresses: TestServerAddresses;
  /** Rejects when one of the servers keeps dying. */
  failure: Promise<never>;
  stop(): Promise<void>;
}

const prefix = 'banjie-test-';

/** PostgreSQL, Redis and Temporal on ports and in a folder of their own, removed with all data by `stop`. */
export async function startTestServers(report: (line: string) => void, signal?: AbortSignal): Promise<TestServers> {
  await sweepAbandonedHomes();
  const path = mkdtempSync(join(realpathSync(tmpdir()), prefix));
  chmodSync(path, 0o711);
  const home = openHome(path);
  const lock = takeLock(home);
  const supervisor = new Supervisor(home, {
    onDeath: ({ name, how }) => process.stderr.write(`test server ${name} died (${how}), starting it again\n`),
  });
  const stop = async () => {
    await supervisor.stopAll(20_000);
    lock.release();
    removeHome(path);
  };
  // Whatever servers the environment names belong to somebody else.
  const named = ['DATABASE_URL', 'MIGRATION_DATABASE_URL', 'REDIS_URL', 'TEMPORAL_ADDRESS'];
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !named.includes(name)));
  const giveUp = new AbortController(); // One of the three failing calls off the other two, a long build among them.
  const any = AbortSignal.any(signal === undefined ? [giveUp.signal] : [giveUp.signal, signal]);
  const context: ServerContext = { home, supervisor, env, report, signal: any, isForTests: true };
  try {
    const [postgres, redis, temporal] = await Promise.all([
      startPostgres(context),
      startRedis(context),
      startTemporal(context, { namespace: 'banjie-test' }),
    ]);
    return {
      addresses: {
        ownerAdminUrl: postgres.adminUrl ?? '',
        redisUrl: redis.url,
        temporalAddress: temporal.address,
        temporalNamespace: temporal.namespace,
      },
      failure: supervisor.failure,
      stop,
    };
  } catch (error) {
    giveUp.abort();
    await stop();
    throw error;
  }
}

/** Servers whose owner was killed outright keep running in a home that no later start would look at: look here. */
async function sweepAbandonedHomes(): Promise<void> {
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

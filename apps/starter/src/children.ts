import { join } from 'node:path';
import type { ChildSpec } from '@banjie/servers';

/** One of our own processes. */
export interface AppChild {
  name: string;
  /** The compiled program, from the root of the clone. */
  main: string;
  stopGraceMs: number;
}

/** In order of starting; they are stopped the other way round: no new requests first, then what serves them. */
export const appChildren: AppChild[] = [
  { name: 'bank', main: 'apps/bank/dist/main.js', stopGraceMs: 4_000 },
  { name: 'worker', main: 'apps/worker/dist/main.js', stopGraceMs: 12_000 },
  { name: 'jobs', main: 'apps/jobs/dist/main.js', stopGraceMs: 6_000 },
  { name: 'api', main: 'apps/api/dist/main.js', stopGraceMs: 8_000 },
];

export interface ChildSettings {
  homePath: string;
  filesPath: string;
  keysPath: string;
  /** Keys of the calls between us and the bank, each side's own. */
  bankKeys: { ours: string; bank: string };
  databaseUrl: string;
  redisUrl: string;
  temporalAddress: string;
  temporalNamespace: string;
  apiPort: number;
  bankPort: number;
  /** Inner: the health of jobs. */
  jobsPort: number;
  isDemo: boolean;
}

/** The environment of our own processes. The owner's database role stays with the starter. */
export function childEnvironment(env: NodeJS.ProcessEnv, settings: ChildSettings): NodeJS.ProcessEnv {
  const inherited = Object.entries(env).filter(
    ([name]) => !name.startsWith('npm_') && name !== 'MIGRATION_DATABASE_URL',
  );
  return {
    ...Object.fromEntries(inherited),
    NODE_ENV: env['NODE_ENV'] ?? 'production',
    BANJIE_HOME: settings.homePath,
    BANJIE_FILES: settings.filesPath,
    BANJIE_KEYS: settings.keysPath,
    BANJIE_BANK_KEYS: settings.bankKeys.ours,
    BANK_KEYS: settings.bankKeys.bank,
    DATABASE_URL: settings.databaseUrl,
    REDIS_URL: settings.redisUrl,
    TEMPORAL_ADDRESS: settings.temporalAddress,
    TEMPORAL_NAMESPACE: settings.temporalNamespace,
    BANJIE_PORT: String(settings.apiPort),
    BANJIE_BANK_PORT: String(settings.bankPort),
    BANJIE_JOBS_PORT: String(settings.jobsPort),
    BANJIE_DEMO: settings.isDemo ? '1' : '0',
    BANK_URL: `http://127.0.0.1:${settings.bankPort}`,
    // The stand-in bank is quick, and a person waits before the screen: seconds where a real bank takes minutes.
    BANK_FINALITY_SECONDS: env['BANK_FINALITY_SECONDS'] ?? '3',
    BANK_STATEMENT_SECONDS: env['BANK_STATEMENT_SECONDS'] ?? '2',
  };
}

export function childSpec(child: AppChild, root: string, env: NodeJS.ProcessEnv): ChildSpec {
  return {
    name: child.name,
    command: process.execPath,
    args: ['--enable-source-maps', '-r', join(root, 'libs/servers/dist/exit-with-parent.js'), join(root, child.main)],
    env,
    cwd: root,
    stopGraceMs: child.stopGraceMs,
    holdStdin: true,
  };
}

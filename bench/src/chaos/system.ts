import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isAlive, openHome, readJsonFile, type Home, type ProcessRecord } from '@banjie/servers';
import { root } from '../proof';

/** What is killed, by the names of the starter's process records. */
export const components = ['api', 'worker', 'jobs', 'bank', 'postgres', 'redis', 'temporal'] as const;
export type Component = (typeof components)[number];

/** The part of `run.json` that is needed here. */
interface RunFile {
  addresses: { api: string; bank: string; jobs: string };
  servers: {
    databaseUrl: string;
    migrationDatabaseUrl: string;
    redisUrl: string;
    temporalAddress: string;
    temporalNamespace: string;
  };
  demo: { password: string };
}

/** A whole `npm start` in a home of its own, seen from outside. */
export interface System extends RunFile {
  home: Home;
  env: NodeJS.ProcessEnv;
  /** Rejects when the starter ends by itself. */
  failure: Promise<never>;
  recordOf(component: Component): ProcessRecord | undefined;
  stop(): Promise<void>;
}

const ours = /^(DATABASE_URL|MIGRATION_DATABASE_URL|REDIS_URL|BANK_URL|TEMPORAL_.*|BANJIE_(FILES|KEYS|DEMO))$/;

/** Ports of its own, the same for the same seed, so that a resumed run finds nothing changed. */
function environment(homePath: string, seed: number): NodeJS.ProcessEnv {
  const port = 10_000 + (seed % 1_600) * 3;
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name))),
    BANJIE_HOME: homePath,
    BANJIE_PORT: String(port),
    BANJIE_TEMPORAL_UI_PORT: String(port + 1),
    BANJIE_BANK_PORT: String(port + 2),
  };
}

/** Starts it and waits for its `ready` line. */
export async function startSystem(
  homePath: string,
  { seed, report }: { seed: number; report: (line: string) => void },
): Promise<System> {
  const home = openHome(homePath);
  const env = environment(homePath, seed);
  const starter = spawn(process.execPath, [join(root, 'scripts/start.mjs')], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const log = createWriteStream(join(home.logs, 'starter.log'), { flags: 'a' });
  starter.stderr.pipe(log, { end: false });
  const exited = new Promise<number | null>((resolve) => starter.once('exit', (code) => resolve(code)));
  const failure = exited.then((code): never => {
    throw new Error(`npm start ended with exit code ${code}, see ${join(home.logs, 'starter.log')}`);
  });
  failure.catch(() => undefined);
  const ready = new Promise<void>((resolve) => {
    createInterface(starter.stdout).on('line', (line) => {
      log.write(`${line}\n`);
      if (line.startsWith('ready ')) resolve();
    });
  });
  await Promise.race([ready, failure]);
  report(`npm start is ready in ${homePath}`);
  const run = readJsonFile<RunFile>(join(home.path, 'run.json'));
  if (run === undefined) throw new Error('npm start is ready and has written no run.json');
  return {
    ...run,
    ...{ home, env, failure },
    recordOf: (component) => readJsonFile<ProcessRecord>(join(home.records, `${component}.json`)),
    stop: () => stop(starter, exited),
  };
}

async function stop(starter: ChildProcess, exited: Promise<unknown>): Promise<void> {
  starter.kill('SIGTERM');
  await exited;
}

/** `kill -9` of a component that is alive. Answers its record, or undefined when it was not running. */
export function killNow(system: System, component: Component): ProcessRecord | undefined {
  const record = system.recordOf(component);
  if (record === undefined || !isAlive(record)) return undefined;
  process.kill(record.pid, 'SIGKILL');
  return record;
}

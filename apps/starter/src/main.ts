import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  StartFault,
  Supervisor,
  endLeftovers,
  freePort,
  openHome,
  publicPort,
  restoringMark,
  startPostgres,
  startRedis,
  startTemporal,
  takeLock,
  type Home,
  type HomeLock,
} from '@banjie/servers';
import { announcement } from './announce';
import { appChildren, childEnvironment, childSpec, type AppChild } from './children';
import { bankKeyFiles, keysFile } from './keys';
import { readinessChecks, waitUntilReady, type ReadinessCheck } from './readiness';
import { markStopped, readRunFile, writeRunFile, type RunFile } from './run-file';
import { startSteps, type StartStep, type StepContext } from './steps';

export interface RunOptions {
  /** The clone. */
  root: string;
  env: NodeJS.ProcessEnv;
  /** Aborts when the run is to end. */
  signal: AbortSignal;
  /** A line of progress on stdout. */
  report: (line: string) => void;
  /** A fault while running, on stderr. */
  complain?: (line: string) => void;
  parts?: { steps: StartStep[]; children: AppChild[]; checks: ReadinessCheck[] };
}

/**
 * The embedded run (architecture § 8), from the lock to the last stopped server.
 * Answers the exit code: 0 after a wanted end, 1 after a fault, whose sentence has been told.
 */
export async function run(options: RunOptions): Promise<number> {
  const complain = options.complain ?? ((line) => process.stderr.write(`${line}\n`));
  let home: Home | undefined;
  let lock: HomeLock | undefined;
  let supervisor: Supervisor | undefined;
  const giveUp = new AbortController();
  const signal = AbortSignal.any([options.signal, giveUp.signal]);
  try {
    home = openHome(options.env['BANJIE_HOME'] || join(options.root, '.banjie'));
    lock = takeLock(home);
    if (existsSync(restoringMark(home))) {
      throw new StartFault(
        `${home.path} 中的数据没有恢复完。`,
        '请重新执行 npx banjie restore --from 备份文件(会先清除没有恢复完的部分)',
      );
    }
    const leftovers = await endLeftovers(home);
    if (leftovers.length > 0) options.report(`上次没有正常停止,已结束遗留的进程:${leftovers.join('、')}`);
    supervisor = new Supervisor(home, {
      onDeath: ({ name, how, restartInMs }) => complain(`${name} 意外停止(${how}),${restartInMs / 1000} 秒后重新启动`),
    });
    const url = await bringUp({ ...options, signal }, home, supervisor);
    options.report(`ready ${url}`);
    await supervisor.guard(untilAborted(signal));
    return 0;
  } catch (error) {
    if (options.signal.aborted) return 0;
    complain(error instanceof StartFault ? error.message : ((error as Error).stack ?? String(error)));
    return 1;
  } finally {
    giveUp.abort();
    await supervisor?.stopAll();
    if (home !== undefined && supervisor !== undefined) markStopped(home);
    lock?.release();
  }
}

async function bringUp(options: RunOptions, home: Home, supervisor: Supervisor): Promise<string> {
  const { env, root, report, signal } = options;
  const { steps, children, checks } = options.parts ?? {
    steps: startSteps,
    children: appChildren,
    checks: readinessChecks,
  };
  const since = new Date();
  const apiPort = await publicPort('BANJIE_PORT', 8700, env);
  const bankPort = await publicPort('BANJIE_BANK_PORT', 8702, env);
  const uiPort = env['TEMPORAL_ADDRESS'] ? undefined : await publicPort('BANJIE_TEMPORAL_UI_PORT', 8701, env);
  assertDifferent({ BANJIE_PORT: apiPort, BANJIE_BANK_PORT: bankPort, BANJIE_TEMPORAL_UI_PORT: uiPort });
  const keysPath = keysFile(home, env);
  const bankKeys = bankKeyFiles(home, env, keysPath);
  const context = { home, supervisor, env, report, signal };
  const [postgres, redis, temporal] = await Promise.all([
    startPostgres(context),
    startRedis(context),
    startTemporal(context, { namespace: env['TEMPORAL_NAMESPACE'] || 'banjie', uiPort }),
  ]);

  const wantsDemo = postgres.isEmbedded || env['BANJIE_DEMO'] === '1';
  const stepContext: StepContext = {
    ...{ root, home, env, report, signal, postgres, temporal, keysPath },
    redisUrl: redis.url,
    wantsDemo,
    demo: wantsDemo ? readRunFile(home).demo : undefined,
  };
  for (const step of steps) {
    signal.throwIfAborted();
    report(`${step.title}…`);
    await supervisor.guard(unlessAborted(step.run(stepContext), signal));
  }

  const jobsPort = await freePort();
  const childEnv = childEnvironment(env, {
    homePath: home.path,
    filesPath: home.files,
    ...{ keysPath, bankKeys, apiPort, bankPort, jobsPort, isDemo: wantsDemo },
    databaseUrl: postgres.appUrl,
    redisUrl: redis.url,
    temporalAddress: temporal.address,
    temporalNamespace: temporal.namespace,
  });
  signal.throwIfAborted();
  for (const child of children) supervisor.start(childSpec(child, root, childEnv));
  report(`启动进程:${children.map(({ name }) => name).join('、')}…`);

  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const bankUrl = `http://127.0.0.1:${bankPort}`;
  const jobsUrl = `http://127.0.0.1:${jobsPort}`;
  await waitUntilReady(checks, { apiUrl, bankUrl, jobsUrl, env: childEnv, since }, { supervisor, report, signal });
  const file: RunFile = {
    pid: process.pid,
    startedAt: since.toISOString(),
    addresses: {
      api: apiUrl,
      openapi: `${apiUrl}/api/openapi.json`,
      docs: `${apiUrl}/api/docs`,
      bank: bankUrl,
      jobs: jobsUrl,
      temporalUi: temporal.uiUrl,
    },
    servers: {
      databaseUrl: postgres.appUrl,
      migrationDatabaseUrl: postgres.ownerUrl,
      redisUrl: redis.url,
      temporalAddress: temporal.address,
      temporalNamespace: temporal.namespace,
    },
    demo: stepContext.demo,
  };
  writeRunFile(home, file);
  for (const line of announcement(file, home.path)) report(line);
  return apiUrl;
}

function assertDifferent(ports: Record<string, number | undefined>): void {
  const seen = new Map<number, string>();
  for (const [variable, port] of Object.entries(ports)) {
    if (port === undefined) continue;
    const other = seen.get(port);
    if (other !== undefined)
      throw new StartFault(
        `${other} 和 ${variable} 都是端口 ${port}。`,
        `请给其中一个换一个端口:${variable}=${port + 10} npm start`,
      );
    seen.set(port, variable);
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return Promise.race([work, untilAborted(signal).then(() => Promise.reject(signal.reason as Error))]);
}

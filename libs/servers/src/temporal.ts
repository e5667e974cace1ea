import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Connection, type ConnectionOptions } from '@temporalio/client';
import type { ServerContext } from './postgres';
import { freePort } from './ports';
import { StartFault } from './start-fault';
import { temporalBinary } from './temporal-binary';
import { waitUntil } from './wait-until';

export interface TemporalAddress {
  /** host:port of the gRPC service. */
  address: string;
  namespace: string;
  /** The web page of the embedded server. */
  uiUrl?: string;
  isEmbedded: boolean;
}

const retentionDays = 30;
/** A journal that is written ahead costs one flush a transaction; flushed each time, it keeps what was answered through a power cut too. */
const pragmas = ['journal_mode=WAL', 'synchronous=FULL'].flatMap((pragma) => ['--sqlite-pragma', pragma]);
/** A run is advised after 4 096 events to go on as a new one. The longest road of a spec has a hundred; one that wants to see it has it soon. */
const earlyAdvice = ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=300'];

/**
 * Temporal for this run: TEMPORAL_ADDRESS, or a server of its own with its events in a file of the home.
 * @param uiPort the port of the web page; without it the server runs headless
 * @param namespace made where missing, with a retention of 30 days
 */
export async function startTemporal(
  context: ServerContext,
  options: { namespace: string; uiPort?: number },
): Promise<TemporalAddress> {
  const { env, home, supervisor, report } = context;
  const { namespace, uiPort } = options;
  if (env['TEMPORAL_ADDRESS']) return ownTemporal(env, report);
  const command = await temporalBinary(context);
  const port = await freePort();
  const folder = join(home.path, 'temporal'); // Closed to others: the file itself is made readable to all.
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  supervisor.start({
    name: 'temporal',
    command,
    args: [
      'server',
      'start-dev',
      ...['--ip', '127.0.0.1', '--port', String(port)],
      ...['--http-port', String(await freePort()), '--metrics-port', String(await freePort())],
      ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)]),
      // In memory for tests: 344 of 344 starts were lost on a kill without a file, none with one (reliability H24).
      ...(context.isForTests ? earlyAdvice : ['--db-filename', join(folder, 'temporal.db'), ...pragmas]),
      ...['--namespace', namespace, '--log-level', 'error', '--log-format', 'json'],
    ],
    env: { ...env, HOME: home.path, NO_PROXY: '127.0.0.1,localhost' },
    stopGraceMs: 6_000,
  });
  const address = `127.0.0.1:${port}`;
  await supervisor.guard(
    waitUntil(() => keepNamespace({ address }, namespace), { withinMs: 60_000, everyMs: 250, signal: context.signal }),
  );
  report(`Temporal:已启动,${address}`);
  return {
    address,
    namespace,
    isEmbedded: true,
    ...(uiPort === undefined ? {} : { uiUrl: `http://127.0.0.1:${uiPort}` }),
  };
}

async function keepNamespace(options: ConnectionOptions, namespace: string): Promise<void> {
  const connection = await Connection.connect({ ...options, connectTimeout: 5_000 });
  try {
    // A plain number is what the encoder takes; only its type asks for the Long class.
    const seconds = (retentionDays * 24 * 3_600) as never;
    const workflowExecutionRetentionTtl = { seconds };
    await connection.workflowService.describeNamespace({ namespace });
    await connection.workflowService.updateNamespace({ namespace, config: { workflowExecutionRetentionTtl } });
  } finally {
    await connection.close();
  }
}

async function ownTemporal(env: NodeJS.ProcessEnv, report: (line: string) => void): Promise<TemporalAddress> {
  const options = temporalConnectionOptions(env);
  const namespace = env['TEMPORAL_NAMESPACE'] || 'default';
  const connection = await Connection.connect({ ...options, connectTimeout: 10_000 }).catch((error: Error) => {
    throw new StartFault(
      `TEMPORAL_ADDRESS 指向的 Temporal 连不上:${error.message}`,
      '请检查 TEMPORAL_ADDRESS(主机:端口)和 TEMPORAL_TLS_* 的证书',
    );
  });
  try {
    await connection.workflowService.describeNamespace({ namespace });
  } catch {
    throw new StartFault(
      `Temporal 里没有命名空间 ${namespace}。`,
      `请先创建:temporal operator namespace create --retention ${retentionDays}d ${namespace}`,
    );
  } finally {
    await connection.close();
  }
  report(`Temporal:使用 TEMPORAL_ADDRESS 指定的服务,命名空间 ${namespace}`);
  return { address: options.address ?? '', namespace, isEmbedded: false };
}

/**
 * How to connect to the server named by TEMPORAL_ADDRESS, with TEMPORAL_TLS=1 and, for mutual TLS, the files
 * TEMPORAL_TLS_CA, TEMPORAL_TLS_CERT and TEMPORAL_TLS_KEY.
 * TEMPORAL_PRIVATE_NETWORK=1 lets a bare service name pass, as docker-compose.yml has it on its own inner network.
 * @throws StartFault for an address outside of this machine without TLS: whoever reaches it could approve a payout (F21).
 */
export function temporalConnectionOptions(env: NodeJS.ProcessEnv): ConnectionOptions {
  const address = env['TEMPORAL_ADDRESS'] ?? '';
  const file = (variable: string) => {
    const path = env[variable];
    if (!path) return undefined;
    try {
      return readFileSync(path);
    } catch {
      throw new StartFault(`${variable} 指向的文件读不到:${path}`, `请检查 ${variable} 的路径和权限`);
    }
  };
  const [ca, crt, key] = [file('TEMPORAL_TLS_CA'), file('TEMPORAL_TLS_CERT'), file('TEMPORAL_TLS_KEY')];
  const isTls = env['TEMPORAL_TLS'] === '1' || ca !== undefined || crt !== undefined;
  if (!isTls) {
    const isComposed = env['TEMPORAL_PRIVATE_NETWORK'] === '1' && /^[a-z0-9-]+:\d+$/.test(address);
    if (isLoopback(address) || isComposed) return { address };
    throw new StartFault(
      `TEMPORAL_ADDRESS=${address} 不在本机,且没有启用 TLS,拒绝使用。`,
      '请启用 TLS:TEMPORAL_TLS=1,双向认证再给出 TEMPORAL_TLS_CA、TEMPORAL_TLS_CERT、TEMPORAL_TLS_KEY 三个文件',
    );
  }
  const clientCertPair = crt !== undefined && key !== undefined ? { crt, key } : undefined;
  return { address, tls: { serverRootCACertificate: ca, clientCertPair } };
}

function isLoopback(address: string): boolean {
  const host = address.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

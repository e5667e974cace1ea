import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findCommand } from './find-command';
import type { ServerContext } from './postgres';
import { runCommand } from './run-command';
import { StartFault } from './start-fault';

/** The command line tool whose server (1.29.1) was read and measured; see dependencies in the README. */
export const temporalVersion = 'v1.5.1';

const goPackage = `github.com/temporalio/cli/cmd/temporal@${temporalVersion}`;

/** Built or downloaded programs, shared by all homes of this user. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return join(
    env['BANJIE_CACHE'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'banjie'),
    `temporal-${temporalVersion}`,
  );
}

/**
 * The `temporal` program: on PATH, in our cache, downloaded by the SDK's own means (20 s), or built with Go.
 * @throws StartFault saying what was tried and what the person can do.
 */
export async function temporalBinary(context: ServerContext): Promise<string> {
  const onPath = findCommand(['temporal'], context.env);
  if (onPath !== undefined && runs(onPath)) return onPath;
  const folder = cacheFolder(context.env);
  const cached = join(folder, 'temporal');
  if (runs(cached)) return cached;
  mkdirSync(folder, { recursive: true });
  // Both ways work in a folder of this process and end with one rename: two starts at once do not disturb each other.
  const work = mkdtempSync(join(folder, 'making-'));
  try {
    const downloadFault = await download(context, work, cached);
    if (downloadFault === undefined) return cached;
    const buildFault = await build(context, work, cached);
    if (buildFault === undefined) return cached;
    throw new StartFault(
      `没有可用的 Temporal 服务程序。已尝试:PATH 中的 temporal(没有)、缓存 ${cached}(没有)、下载(${downloadFault})、用 Go 编译(${buildFault})。`,
      `请任选一种:安装 temporal 命令并放入 PATH;安装 Go 后执行 go install ${goPackage};或给出已有的服务:TEMPORAL_ADDRESS=127.0.0.1:7233 npm start`,
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function runs(path: string): boolean {
  return spawnSync(path, ['--version'], { stdio: 'ignore', timeout: 30_000 }).status === 0;
}

/** The download built into `@temporalio/testing`; in a process of its own, since it cannot be called off. */
async function download(context: ServerContext, work: string, cached: string): Promise<string | undefined> {
  context.report('Temporal:尝试下载(最多 20 秒)…');
  const folder = join(work, 'download');
  mkdirSync(folder);
  const result = await runCommand(process.execPath, [join(__dirname, 'temporal-download.js'), folder], {
    env: context.env,
    cwd: work,
    signal: context.signal,
    timeoutMs: 20_000,
  });
  context.signal?.throwIfAborted();
  const found = readdirSync(folder)
    .map((name) => join(folder, name))
    .find(runs);
  if (found !== undefined) {
    renameSync(found, cached);
    return undefined;
  }
  return result.code === null ? '20 秒内没有完成' : '无法下载';
}

async function build(context: ServerContext, work: string, cached: string): Promise<string | undefined> {
  const go = findCommand(['go'], context.env);
  if (go === undefined) return '没有 go 命令';
  context.report(`Temporal:用 Go 编译 ${temporalVersion}(只需一次,2–12 分钟)…`);
  const result = await runCommand(go, ['install', goPackage], {
    env: { ...context.env, GOBIN: work },
    cwd: work,
    signal: context.signal,
    onTick: (seconds) => context.report(`Temporal:正在编译… 已用 ${seconds} 秒`),
  });
  context.signal?.throwIfAborted();
  const built = join(work, 'temporal');
  if (result.code === 0 && runs(built)) {
    renameSync(built, cached);
    context.report('Temporal:编译完成,已存入缓存');
    return undefined;
  }
  return result.output.trim().split('\n').slice(-3).join(' ') || `go install 退出码 ${result.code}`;
}

// What must be there before anything of ours can run: packages as the lock file says, and a compiled dist.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** A fault told to the person as a sentence, without a stack. */
export class PlainFault extends Error {}

export function assertNodeVersion(least = [20, 20]) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > least[0] || (major === least[0] && minor >= least[1])) return;
  throw new PlainFault(
    `需要 Node ${least.join('.')} 或更高版本,现在是 ${process.versions.node}。\n  → 请安装 Node 20.20 以上后重试:https://nodejs.org/`,
  );
}

/** Runs a program in a group of its own until it ends; an abort ends the whole group before the promise settles. */
export function run(
  command,
  args,
  { signal, env = process.env, stdio = ['ignore', 'pipe', 'pipe'], onTick, killAfterMs = 5_000 } = {},
) {
  return new Promise((resolve, reject) => {
    const startedAt = Date.now();
    const child = spawn(command, args, { cwd: root, env, stdio, detached: true });
    let output = '';
    const keep = (part) => (output = (output + part).slice(-20_000));
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    const send = (name) => {
      try {
        process.kill(-child.pid, name);
      } catch {
        // Already gone.
      }
    };
    let killTimer;
    const abort = () => {
      send('SIGTERM');
      killTimer = setTimeout(() => send('SIGKILL'), killAfterMs);
    };
    const tick = setInterval(() => onTick?.(Math.round((Date.now() - startedAt) / 1000)), 5_000);
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) abort();
    const finish = () => {
      clearInterval(tick);
      clearTimeout(killTimer);
      signal?.removeEventListener('abort', abort);
    };
    child.once('error', (error) => {
      finish();
      reject(error);
    });
    child.once('close', (code, signalName) => {
      finish();
      if (signal?.aborted) {
        send('SIGKILL'); // Whatever of the group did not listen.
        reject(signal.reason);
      } else resolve({ code, signalName, output });
    });
  });
}

/** Whether node_modules holds what the lock file names; install dates say nothing after a checkout or a copy. */
export function arePackagesCurrent() {
  let wanted;
  let installed;
  try {
    wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
    installed = JSON.parse(readFileSync(join(root, 'node_modules/.package-lock.json'), 'utf8')).packages;
  } catch {
    return false;
  }
  return Object.entries(wanted).every(([path, { version, optional, link, resolved }]) => {
    if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) return true;
    const found = installed[path];
    if (found === undefined) return optional === true;
    return link ? found.link === true && found.resolved === resolved : found.version === version;
  });
}

export async function installIfNeeded({ report, signal }) {
  if (arePackagesCurrent()) return;
  report('依赖:node_modules 缺失或与 package-lock.json 不一致,正在执行 npm ci …');
  const npm = process.env.npm_execpath;
  const [command, args] = npm && existsSync(npm) ? [process.execPath, [npm, 'ci']] : ['npm', ['ci']];
  const { code, output } = await run(command, args, {
    signal,
    env: withoutNpmSettings(process.env),
    onTick: (seconds) => report(`依赖:npm ci 进行中… 已用 ${seconds} 秒`),
  }).catch((error) => {
    if (signal?.aborted) throw error;
    throw new PlainFault(`找不到 npm:${error.message}\n  → 请安装 Node 自带的 npm 后重试`);
  });
  if (code !== 0) {
    throw new PlainFault(
      `npm ci 失败(退出码 ${code}):\n${tail(output)}\n  → 请检查网络和 npm 源(npm config get registry)后重试:npm ci`,
    );
  }
  report('依赖:已安装');
}

export async function build({ report, signal }) {
  const { code, output } = await run(process.execPath, [join(root, 'scripts/build.mjs')], {
    signal,
    onTick: (seconds) => report(`编译:进行中… 已用 ${seconds} 秒`),
  });
  if (code !== 0) throw new PlainFault(`编译失败:\n${tail(output, 40)}\n  → 请先执行 npm run build 查看并处理错误`);
}

/** The compiled `@banjie/servers` alone, for tools that need no other room. */
export async function loadServers({ signal } = {}) {
  const entry = join(root, 'libs/servers/dist/index.js');
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { code, output } = await run(process.execPath, [compiler, '-b', join(root, 'libs/servers')], { signal });
  if (code !== 0 && !existsSync(entry)) throw new PlainFault(`编译失败:\n${tail(output, 40)}`);
  return createRequire(import.meta.url)(entry);
}

/** The last lines of a program's output, for a fault's sentence. */
export function tail(output, lines = 15) {
  return output
    .trimEnd()
    .split('\n')
    .slice(-lines)
    .map((line) => `    ${line}`)
    .join('\n');
}

/** The settings of the npm that runs us (such as --silent) are not meant for the npm we run. */
function withoutNpmSettings(env) {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^npm_(config_loglevel|lifecycle|package|command)/.test(name)),
  );
}

/**
 * An abort signal for SIGINT, SIGTERM and SIGHUP, and for the death of the npm that started us: npm forwards the first two,
 * but a killed npm can forward nothing.
 */
export function endSignal() {
  const controller = new AbortController();
  const abort = (name) => controller.abort(Object.assign(new Error(`ended by ${name}`), { name: 'AbortError' }));
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => abort(name));
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event !== undefined) {
    setInterval(() => process.ppid !== parent && abort('the end of npm'), 1_000).unref();
  }
  return controller.signal;
}

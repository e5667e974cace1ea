import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { StartFault, type Home } from '@banjie/servers';

export interface ReplayOptions {
  /** The clone. */
  root: string;
  home: Home;
  /** With TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE. */
  env: NodeJS.ProcessEnv;
  /** Which server this is, beyond its port of the day: another server has other histories. */
  server: string;
  /** The compiled workflows that the worker is going to run; left out: those of the clone. */
  bundlePath?: string;
  report: (line: string) => void;
  signal: AbortSignal;
}

/** apps/worker/src/replay-open.ts */
const mismatchExitCode = 3;

/**
 * Replays the history of every open case with the code that is about to run, in a child of its own: the engine is large, and
 * the starter lives on. The same code as last time is not replayed again.
 * @throws StartFault naming the first case that does not fit, where, and what to do.
 */
export async function replayOpenCases(options: ReplayOptions): Promise<void> {
  const { root, home, env, server, bundlePath, report, signal } = options;
  signal.throwIfAborted();
  const args = ['--passed-file', join(home.records, 'replayed-bundle.sha256'), '--server', server];
  if (bundlePath !== undefined) args.push('--bundle', bundlePath);
  // Its stdin is ours: it ends when we vanish, as every other child does.
  const child = spawn(
    process.execPath,
    ['-r', join(root, 'libs/servers/dist/exit-with-parent.js'), join(root, 'apps/worker/dist/replay-open.js'), ...args],
    { cwd: root, env, stdio: ['pipe', 'pipe', 'pipe'] },
  );
  child.stdin.on('error', () => undefined);
  createInterface(child.stdout).on('line', report);
  let complaint = '';
  child.stderr.on('data', (part: Buffer) => (complaint = (complaint + part.toString('utf8')).slice(-8_000)));
  const end = () => child.kill('SIGKILL');
  signal.addEventListener('abort', end, { once: true });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => signal.removeEventListener('abort', end));
  signal.throwIfAborted();
  if (code === 0) return;
  if (code === mismatchExitCode) {
    const [what, remedy] = complaint.trim().split('\n  → ');
    throw new StartFault(what!, remedy ?? '请先换回原来的版本');
  }
  const lines = complaint.trim().split('\n').slice(0, 6).join('\n    ');
  throw new StartFault(
    `没有能核对在办件与流程代码(退出码 ${code}),没有启动任何处理进程:\n    ${lines}`,
    '请检查 Temporal 是否可用,然后重新启动',
  );
}

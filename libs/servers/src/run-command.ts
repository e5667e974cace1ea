import { spawn } from 'node:child_process';

export interface CommandResult {
  code: number | null;
  output: string;
}

/** Runs a program to its end; when `signal` aborts or the time is up, it and all it started are killed. */
export function runCommand(
  command: string,
  args: string[],
  options: {
    env?: NodeJS.ProcessEnv;
    cwd?: string;
    signal?: AbortSignal;
    timeoutMs?: number;
    onTick?: (elapsedSeconds: number) => void;
  },
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const startedAt = Date.now();
    const child = spawn(command, args, {
      env: options.env ?? process.env,
      cwd: options.cwd,
      detached: true, // Its own group, so that compilers and downloaders below it end with it.
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (part: Buffer) => (output = (output + part.toString('utf8')).slice(-20_000));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const kill = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // Already gone.
      }
    };
    const tick = setInterval(() => options.onTick?.(Math.round((Date.now() - startedAt) / 1000)), 5_000);
    const timeout = options.timeoutMs === undefined ? undefined : setTimeout(kill, options.timeoutMs);
    options.signal?.addEventListener('abort', kill, { once: true });
    if (options.signal?.aborted) kill();
    const finish = (code: number | null, text: string) => {
      clearInterval(tick);
      clearTimeout(timeout);
      options.signal?.removeEventListener('abort', kill);
      resolve({ code, output: text });
    };
    child.once('error', (error) => finish(null, error.message));
    child.once('close', (code) => finish(code, output));
  });
}

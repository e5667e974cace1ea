import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../proof';

/** `npx banjie …` as a person types it. Answers how long it took and what it said. @throws Error with its words when it failed */
export async function banjie(args: string[], env: NodeJS.ProcessEnv): Promise<{ seconds: number; said: string }> {
  const since = performance.now();
  const child = spawn(process.execPath, [join(root, 'apps/cli/bin/banjie.js'), ...args], {
    ...{ cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] },
  });
  let said = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (part) => (said += String(part)));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`banjie ${args[0]} ended with ${String(code)}:\n${said.slice(-2_000)}`);
  return { seconds: (performance.now() - since) / 1_000, said };
}

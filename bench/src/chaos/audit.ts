import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../proof';
import type { System } from './system';

/** `npx banjie verify-audit`. Answers its words when it found something, null when all chains hold. */
export async function auditFault(system: System): Promise<string | null> {
  const child = spawn(process.execPath, [join(root, 'apps/cli/bin/banjie.js'), 'verify-audit'], {
    cwd: root,
    env: system.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (output += String(part)));
  const code = await new Promise((resolve) => child.once('close', resolve));
  return code === 0 ? null : `verify-audit ended with ${String(code)}: ${output.trim().slice(-600)}`;
}

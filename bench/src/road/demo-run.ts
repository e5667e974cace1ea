import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../proof';
import type { System } from '../chaos/system';

export interface DemoOutcome {
  code: number | null;
  packages: { name: string; caseNos: string[]; asExpected: boolean; differences: string[] }[];
}

export interface DemoRun {
  run: string;
  isOver(): boolean;
  outcome: Promise<DemoOutcome>;
  /** Cuts it off; with the same `--run` it goes on where it was. */
  cancel(): void;
}

/** `npx banjie demo --run …` against the system, as a person would call it. */
export function startDemo(system: System, run: string, report: (line: string) => void): DemoRun {
  const child = spawn(process.execPath, [join(root, 'apps/cli/bin/banjie.js'), 'demo', '--run', run, '--json'], {
    cwd: root,
    env: system.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [output, errors, isOver] = ['', '', false];
  child.stdout.on('data', (part) => (output += String(part)));
  child.stderr.on('data', (part) => {
    errors = (errors + String(part)).slice(-4_000);
    for (const line of String(part).split('\n')) if (line.includes('✗')) report(`  ${line.trim()}`);
  });
  const outcome = new Promise<DemoOutcome>((resolve, reject) => {
    child.once('close', (code) => {
      isOver = true;
      try {
        const { packages } = JSON.parse(output) as Pick<DemoOutcome, 'packages'>;
        resolve({ code, packages });
      } catch {
        reject(new Error(`banjie demo ended with exit code ${code} and no table:\n${errors}`));
      }
    });
  });
  outcome.catch(() => undefined);
  return { run, isOver: () => isOver, outcome, cancel: () => void child.kill('SIGTERM') };
}

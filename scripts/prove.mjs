import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { PlainFault, assertNodeVersion, build, endSignal, installIfNeeded, root } from './prepare.mjs';

/** Runs `bench/dist/main.js KIND …` with the words of the command line; its exit code becomes ours. */
export async function runProofs(kind) {
  const signal = endSignal();
  const report = (line) => process.stderr.write(`${line}\n`);
  try {
    assertNodeVersion();
    await installIfNeeded({ report, signal });
    await build({ report, signal });
    const main = join(root, 'bench/dist/main.js');
    const child = spawn(process.execPath, ['--enable-source-maps', main, kind, ...process.argv.slice(2)], {
      stdio: 'inherit',
      cwd: root,
      detached: true, // Ctrl-C reaches it through us alone, once.
    });
    signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
    const code = await new Promise((resolve) => child.once('exit', (exitCode) => resolve(exitCode ?? 1)));
    process.exit(code);
  } catch (error) {
    process.stderr.write(`${error instanceof PlainFault ? error.message : error.stack}\n`);
    process.exit(1);
  }
}

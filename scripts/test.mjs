// `npm test`: the whole check, on servers, ports and folders of its own; a running `npm start` is not disturbed.
// Progress and test reports go to stderr. The last line of stdout is `N passed, N failed` (and `, N skipped` where true).
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { PlainFault, assertNodeVersion, build, endSignal, installIfNeeded, root, run, tail } from './prepare.mjs';
import { endMarked } from './marked-processes.mjs';

const longestMinutes = 70;
const mark = randomUUID();
const signal = AbortSignal.any([endSignal(), AbortSignal.timeout(longestMinutes * 60_000)]);
const report = (line) => process.stderr.write(`${line}\n`);
const folder = mkdtempSync(join(tmpdir(), 'banjie-check-'));
chmodSync(folder, 0o711); // PostgreSQL may run as another user and must be able to pass through.
const total = { passed: 0, failed: 0, skipped: 0 };
const faults = [];

/** Nothing here may reach servers that somebody uses: their addresses are taken out of the environment. */
const ownServers =
  /^(DATABASE_URL|MIGRATION_DATABASE_URL|REDIS_URL|BANK_URL|TEMPORAL_.*|BANJIE_(HOME|PORT|FILES|KEYS|DEMO|BANK_PORT|TEMPORAL_UI_PORT))$/;
const env = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !ownServers.test(name))),
  BANJIE_HOME: join(folder, 'home'),
  BANJIE_TEST_RUN: mark,
};

function count(name, isPassed, detail = '') {
  total[isPassed ? 'passed' : 'failed'] += 1;
  report(`${isPassed ? '✓' : '✗'} ${name}${detail && `\n${detail}`}`);
  if (!isPassed) faults.push(name);
}

async function check(name, command, args) {
  const { code, output } = await run(command, args, { signal, env });
  count(name, code === 0, code === 0 ? '' : tail(output, 60));
}

async function checkCompose() {
  const name = 'docker-compose.yml';
  const probe = await run('docker-compose', ['version'], { signal, env }).catch(() => undefined);
  signal.throwIfAborted();
  if (probe?.code !== 0) {
    total.skipped += 1;
    report(`- ${name}: skipped, no docker-compose on PATH`);
    return;
  }
  await check(name, 'docker-compose', ['--env-file', '.env.example', 'config', '-q']);
}

/** The servers end when their stdin ends: by `end`, and also when this process is killed. */
async function startServers() {
  const child = spawn(process.execPath, [join(root, 'scripts/test-servers.mjs'), '--child'], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  child.stdin.on('error', () => undefined);
  const exit = once(child, 'exit');
  const end = async () => {
    child.stdin.end();
    await exit;
  };
  const [file] = await Promise.race([once(createInterface(child.stdout), 'line'), exit.then(() => []), aborted()]);
  if (typeof file === 'string') return { file, end };
  await end();
  throw new PlainFault('the servers for the tests did not start');
}

const aborted = () => new Promise((resolve) => signal.addEventListener('abort', () => resolve([]), { once: true }));

async function runJest(serversFile) {
  const results = join(folder, 'jest.json');
  const finished = new AbortController();
  const jest = run(
    process.execPath,
    [
      join(root, 'node_modules/jest/bin/jest.js'),
      ...['--json', '--outputFile', results, '--maxWorkers=2'],
      ...['--cacheDirectory', join(tmpdir(), `banjie-jest-cache-${process.getuid?.() ?? ''}`)],
    ],
    {
      signal: AbortSignal.any([signal, finished.signal]),
      // What tests that are cut short leave in their temporary folders goes with ours.
      env: { ...env, TMPDIR: folder, BANJIE_TEST_SERVERS: serversFile },
      stdio: ['ignore', 2, 2],
    },
  ).catch((error) => {
    if (!finished.signal.aborted) throw error;
  });
  const isOver = jest.then(
    () => true,
    () => true,
  );
  // A test that leaves a handle open keeps jest alive for ever after its last line.
  const watch = (async () => {
    while (!existsSync(results) && !(await Promise.race([isOver, sleep(1_000)])));
    if (!(await Promise.race([isOver, sleep(30_000)]))) {
      count('jest ends by itself', false);
      finished.abort();
    }
  })();
  const outcome = await jest;
  await watch;
  if (!existsSync(results)) return count('jest', false, '    it ended without a report');
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numRuntimeErrorTestSuites, ...rest } =
    JSON.parse(readFileSync(results, 'utf8'));
  total.passed += numPassedTests;
  total.failed += numFailedTests + numRuntimeErrorTestSuites;
  total.skipped += numPendingTests + numTodoTests;
  for (const { name, message, assertionResults } of rest.testResults) {
    for (const { status, fullName } of assertionResults) if (status === 'failed') faults.push(fullName);
    if (assertionResults.length === 0 && message) faults.push(name);
  }
  const isCounted = numFailedTests + numRuntimeErrorTestSuites > 0;
  if (outcome !== undefined && outcome.code !== 0 && !isCounted) count('jest', false, `    exit code ${outcome.code}`);
}

async function checkAll() {
  assertNodeVersion();
  await installIfNeeded({ report, signal });
  await build({ report, signal });
  const node = (script, ...args) => [process.execPath, [join(root, script), ...args]];
  // With rooms found in their sources, as jest finds them: types from dist and src of one class do not mix.
  await check('types', ...node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.lint.json', '--noEmit'));
  await check('lint', ...node('scripts/lint.mjs'));
  await checkCompose();
  const servers = await startServers();
  try {
    await runJest(servers.file);
  } finally {
    await servers.end();
  }
}

try {
  await checkAll();
} catch (error) {
  const cause = signal.aborted ? `ended early: ${signal.reason?.message ?? signal.reason}` : 'the check itself';
  count(cause, false, signal.aborted ? '' : error instanceof PlainFault ? error.message : error.stack);
}
const left = await endMarked(mark);
count('no process is left behind', left.length === 0, left.map((line) => `    ${line}`).join('\n'));
rmSync(folder, { recursive: true, force: true });
for (const name of faults) report(`failed: ${name}`);
const { passed, failed, skipped } = total;
writeSync(1, `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

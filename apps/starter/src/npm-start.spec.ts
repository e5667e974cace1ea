import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort, identityOf, isAlive, removeHome, waitUntil, type ProcessIdentity } from '@banjie/servers';
import type { RunFile } from './run-file';

const root = resolve(__dirname, '../../..');

/** The command as a person or a script types it, without a terminal, with all real processes. */
describe('npm start', () => {
  let home: string;
  let env: NodeJS.ProcessEnv;
  let npm: ChildProcess;
  let said: string;
  let complained: string;

  beforeAll(async () => {
    home = mkdtempSync(join(realpathSync(tmpdir()), 'banjie-npm-start-'));
    chmodSync(home, 0o711);
    const ports = {
      BANJIE_PORT: await freePort(),
      BANJIE_BANK_PORT: await freePort(),
      BANJIE_TEMPORAL_UI_PORT: await freePort(),
    };
    const { PATH, HOME, BANJIE_CACHE, BANJIE_TEST_RUN } = process.env;
    env = { PATH, HOME, BANJIE_CACHE, BANJIE_TEST_RUN, BANJIE_HOME: home };
    for (const [name, port] of Object.entries(ports)) env[name] = String(port);
  });
  afterAll(() => removeHome(home));
  afterEach(() => npm.kill('SIGTERM'));

  async function start(until: RegExp): Promise<void> {
    said = '';
    complained = '';
    npm = spawn('npm', ['start'], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    npm.stdout!.on('data', (part: Buffer) => (said += part.toString()));
    npm.stderr!.on('data', (part: Buffer) => (complained += part.toString()));
    const seen = async () => {
      if (npm.exitCode === null && !until.test(said)) throw new Error(`not yet: ${said}\n${complained}`);
    };
    await waitUntil(seen, { withinMs: 110_000, everyMs: 100 });
    if (!until.test(said)) throw new Error(`npm start ended: ${said}\n${complained}`);
  }

  const records = () =>
    readdirSync(join(home, 'run'))
      // Beside the processes lies what the replay gate remembers.
      .filter((name) => name.endsWith('.json'))
      .map((name) => JSON.parse(readFileSync(join(home, 'run', name), 'utf8')) as ProcessIdentity & { name: string });
  const runFile = () => JSON.parse(readFileSync(join(home, 'run.json'), 'utf8')) as RunFile;
  const readyLine = /^ready http:\/\/127\.0\.0\.1:\d+\n/m;

  /** Signals npm's own process and nothing else, then looks at everything that was running. */
  async function endWith(signal: NodeJS.Signals): Promise<void> {
    const running = [...records(), identityOf(npm.pid!)!];
    const exit = once(npm, 'exit');
    const since = Date.now();
    process.kill(npm.pid!, signal);
    await exit;
    expect(Date.now() - since).toBeLessThan(30_000);
    expect(running.filter(isAlive)).toEqual([]);
    expect(records()).toEqual([]);
  }

  it('stands with all its processes, and SIGTERM to the pid of npm alone ends them', async () => {
    await start(readyLine);
    const lines = said.trimEnd().split('\n');
    expect(lines.at(-1)).toBe(`ready http://127.0.0.1:${env['BANJIE_PORT']}`);
    expect(said.match(/ready|已就绪/g)).toHaveLength(1);
    const names = records().map(({ name }) => name);
    expect(names.sort()).toEqual(['api', 'bank', 'jobs', 'postgres', 'redis', 'temporal', 'worker']);
    const { addresses, demo } = runFile();
    for (const url of [addresses!.docs, addresses!.openapi, addresses!.temporalUi!]) {
      expect((await fetch(url)).status).toBe(200);
    }
    expect(demo!.password.length).toBeGreaterThanOrEqual(12);
    expect(lines.some((line) => line.includes(demo!.password))).toBe(true);
    await endWith('SIGTERM');
  });

  it('is up again with the same sign-ins after kill -9 of the starter, and SIGINT ends it', async () => {
    const { demo } = runFile();
    await start(readyLine);
    const starter = runFile().pid!;
    const left = records();
    const exit = once(npm, 'exit');
    process.kill(starter, 'SIGKILL');
    await exit;
    expect(left.filter(isAlive).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['postgres', 'redis', 'temporal']),
    );

    const since = Date.now();
    await start(readyLine);
    expect(said).toMatch(/已结束遗留的进程/);
    expect(left.filter(isAlive)).toEqual([]);
    expect(runFile().demo).toEqual(demo);
    expect(Date.now() - since).toBeLessThan(60_000); // A limit against hanging; the bar of 20 s is measured by the bench.
    await endWith('SIGINT');
  });

  it('ends while it is still bringing up the servers', async () => {
    await start(/PostgreSQL:/);
    await endWith('SIGTERM');
  });
});

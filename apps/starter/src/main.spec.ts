import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort, identityOf, isAlive, removeHome } from '@banjie/servers';
import { answers } from './readiness';
import { run, type RunOptions } from './main';
import type { RunFile } from './run-file';

/** Stands for api and bank: only the starter's own work is looked at here; the real ones are started in npm-start.spec.ts. */
const answering = (variable: string) => `
  require('http').createServer((request, response) => response.end('{}')).listen(process.env.${variable}, '127.0.0.1');
  console.log(JSON.stringify({ owner: process.env.MIGRATION_DATABASE_URL ?? null, pid: process.pid }));
`;

describe('the embedded run', () => {
  let home: string;
  let programs: string;
  let env: NodeJS.ProcessEnv;
  const root = resolve(__dirname, '../../..');

  beforeEach(async () => {
    home = mkdtempSync(join(realpathSync(tmpdir()), 'banjie-starter-'));
    chmodSync(home, 0o711);
    programs = mkdtempSync(join(tmpdir(), 'banjie-programs-'));
    writeFileSync(join(programs, 'api.js'), answering('BANJIE_PORT'));
    writeFileSync(join(programs, 'bank.js'), answering('BANJIE_BANK_PORT'));
    const ports = {
      BANJIE_PORT: await freePort(),
      BANJIE_BANK_PORT: await freePort(),
      BANJIE_TEMPORAL_UI_PORT: await freePort(),
    };
    const { PATH, HOME, BANJIE_CACHE, BANJIE_TEST_RUN } = process.env;
    env = {
      PATH,
      HOME,
      BANJIE_CACHE,
      BANJIE_TEST_RUN,
      BANJIE_HOME: home,
      MIGRATION_DATABASE_URL: 'postgres://owner@nowhere/x',
    };
    for (const [name, port] of Object.entries(ports)) env[name] = String(port);
  });
  afterEach(() => {
    removeHome(home);
    removeHome(programs);
  });

  function begin(more: Partial<RunOptions> = {}) {
    const end = new AbortController();
    const said: string[] = [];
    const complaints: string[] = [];
    let onReady: () => void = () => undefined;
    const ready = new Promise<void>((done) => (onReady = done));
    const code = run({
      root,
      env,
      signal: end.signal,
      report: (line) => {
        said.push(line);
        if (line.startsWith('ready ')) onReady();
      },
      complain: (line) => complaints.push(line),
      parts: {
        steps: [],
        children: ['bank', 'api'].map((name) => ({
          name,
          main: join('../'.repeat(20), programs, `${name}.js`),
          stopGraceMs: 2_000,
        })),
        checks: [
          { title: '模拟银行', child: 'bank', ask: ({ bankUrl }) => answers(bankUrl) },
          { title: '接口', child: 'api', ask: ({ apiUrl }) => answers(apiUrl) },
        ],
      },
      ...more,
    });
    return { end, said, complaints, ready: Promise.race([ready, code]), code };
  }

  const children = () =>
    readdirSync(join(home, 'run')).map((name) => {
      const record = JSON.parse(readFileSync(join(home, 'run', name), 'utf8')) as {
        name: string;
        pid: number;
        startTime: string;
      };
      return record;
    });
  const runFile = () => JSON.parse(readFileSync(join(home, 'run.json'), 'utf8')) as RunFile;

  it('says ready once, last and at the address, keeps watch, and leaves nothing running', async () => {
    const first = begin();
    await first.ready;
    expect(first.complaints).toEqual([]);
    expect(first.said.at(-1)).toBe(`ready http://127.0.0.1:${env['BANJIE_PORT']}`);
    expect(first.said.filter((line) => /ready|已就绪/.test(line))).toHaveLength(1);
    expect(statSync(join(home, 'run.json')).mode & 0o777).toBe(0o600);
    for (const name of ['keys.json', 'bank-keys.json', 'bank/keys.json'])
      expect(statSync(join(home, name)).mode & 0o777).toBe(0o600);
    expect(runFile()).toMatchObject({ pid: process.pid, addresses: { api: `http://127.0.0.1:${env['BANJIE_PORT']}` } });
    const running = children();
    expect(running.map(({ name }) => name).sort()).toEqual(['api', 'bank', 'postgres', 'redis', 'temporal']);
    // The owner's role stays with the starter.
    expect(readFileSync(join(home, 'logs/api.log'), 'utf8')).toContain('"owner":null');

    const second = begin({ env: { ...env, BANJIE_PORT: String(await freePort()) } });
    await expect(second.code).resolves.toBe(1);
    expect(second.complaints.join()).toMatch(/已有一套办结在运行/);
    expect(running.every(isAlive)).toBe(true);

    const before = first.said.length;
    process.kill(running.find(({ name }) => name === 'api')!.pid, 'SIGKILL');
    while (children().find(({ name }) => name === 'api')!.pid === running.find(({ name }) => name === 'api')!.pid) {
      await new Promise((done) => setTimeout(done, 50));
    }
    expect(first.complaints.join()).toMatch(/api 意外停止\(SIGKILL\),1 秒后重新启动/);
    expect(first.said).toHaveLength(before); // Silent on stdout once it stands.

    const last = children();
    first.end.abort();
    await expect(first.code).resolves.toBe(0);
    expect(last.some(isAlive)).toBe(false);
    expect(children()).toEqual([]);
    expect(runFile().pid).toBeUndefined();

    const keysNow = () => ['keys.json', 'bank-keys.json'].map((name) => readFileSync(join(home, name), 'utf8'));
    const keys = keysNow();
    const again = begin();
    await again.ready;
    expect(again.complaints).toEqual([]);
    expect(again.said.at(-1)).toMatch(/^ready /);
    expect(keysNow()).toEqual(keys);
    again.end.abort();
    await again.code;
  });

  it('names the variable when a port is taken, and starts nothing', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const taken = begin({ env: { ...env, BANJIE_TEMPORAL_UI_PORT: String(port) } });
    await expect(taken.code).resolves.toBe(1);
    expect(taken.complaints.join()).toMatch(new RegExp(`端口 ${port} 已被占用[^]*BANJIE_TEMPORAL_UI_PORT=`));
    expect(children()).toEqual([]);
    holder.close();
  });

  it('ends at once when it is asked to while the servers come up', async () => {
    const end = new AbortController();
    const early = begin({ signal: end.signal, report: (line) => line.startsWith('PostgreSQL') && end.abort() });
    await expect(early.code).resolves.toBe(0);
    expect(children()).toEqual([]);
  });

  it('shows the last lines of a child that keeps dying and stops the rest', async () => {
    writeFileSync(join(programs, 'bank.js'), `console.error('ledger is damaged'); process.exit(1);`);
    const broken = begin();
    await expect(broken.code).resolves.toBe(1);
    expect(broken.complaints.at(-1)).toMatch(/bank 在 120 秒内停止了 5 次[^]*ledger is damaged[^]*bank\.log/);
    expect(children()).toEqual([]);
  });

  it('does not start on a home that a restore has left unfinished', async () => {
    writeFileSync(join(home, 'restoring.json'), '{}');
    const unfinished = begin();
    await expect(unfinished.code).resolves.toBe(1);
    expect(unfinished.complaints.join()).toMatch(/没有恢复完[^]*npx banjie restore --from/);
    expect(readdirSync(home).sort()).toEqual(['files', 'logs', 'restoring.json', 'run']);
  });

  it('refuses a damaged key file instead of making a new one', async () => {
    writeFileSync(join(home, 'keys.json'), '{"columnKeyId":"k1","columnKeys":{"k1":"c2hvcnQ="}}');
    const damaged = begin();
    await expect(damaged.code).resolves.toBe(1);
    expect(damaged.complaints.join()).toMatch(/keys\.json 不能使用[^]*从备份恢复/);
  });

  it('finds and ends what a killed starter left', async () => {
    const first = begin();
    await first.ready;
    const stray = children().find(({ name }) => name === 'redis')!;
    first.end.abort();
    await first.code;
    // A record whose process still lives: this very test keeps a child under the old name.
    const left = (await import('node:child_process')).spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      detached: true,
      stdio: 'ignore',
    });
    const identity = identityOf(left.pid!)!;
    writeFileSync(join(home, 'run/redis.json'), JSON.stringify({ ...stray, ...identity }));
    const second = begin();
    await second.ready;
    expect(second.said.join()).toMatch(/已结束遗留的进程:redis/);
    expect(isAlive(identity)).toBe(false);
    second.end.abort();
    await second.code;
  });
});

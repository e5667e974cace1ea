import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHome, type Home } from './home';
import { identityOf, isAlive } from './process-identity';
import { Supervisor, type ChildSpec } from './supervisor';
import { waitUntil } from './wait-until';

describe('the supervisor', () => {
  let home: Home;
  let supervisor: Supervisor;
  let notes: string;
  const deaths: { name: string; how: string; restartInMs: number }[] = [];
  beforeEach(() => {
    home = openHome(mkdtempSync(join(tmpdir(), 'banjie-supervisor-')));
    notes = join(home.path, 'notes');
    appendFileSync(notes, '');
    deaths.length = 0;
    supervisor = new Supervisor(home, {
      onDeath: (event) => deaths.push(event),
      firstBackOffMs: 50,
      longestBackOffMs: 120,
    });
  });
  afterEach(async () => {
    await supervisor.stopAll(2_000);
    rmSync(home.path, { recursive: true, force: true });
  });

  const child = (name: string, program: string, more: Partial<ChildSpec> = {}): ChildSpec => ({
    name,
    command: process.execPath,
    args: [
      '-e',
      `const note = (text) => require('fs').appendFileSync(${JSON.stringify(notes)}, '${name} ' + text + '\\n'); ${program}`,
    ],
    ...more,
  });
  const forever = `note('up'); setInterval(() => {}, 1000)`;
  const noted = () => readFileSync(notes, 'utf8').trim().split('\n');
  const until = (isTrue: () => boolean) =>
    waitUntil(async () => (isTrue() ? undefined : Promise.reject(new Error(noted().join()))), {
      withinMs: 20_000,
      everyMs: 20,
    });

  it('starts a killed child again, with a new record', async () => {
    supervisor.start(child('server', forever));
    await until(() => noted().length === 1 && noted()[0] === 'server up');
    const first = supervisor.pidOf('server')!;
    process.kill(first, 'SIGKILL');
    await until(() => noted().length === 2);
    expect(supervisor.pidOf('server')).not.toBe(first);
    expect(deaths).toEqual([{ name: 'server', how: 'SIGKILL', restartInMs: 50 }]);
    expect(JSON.parse(readFileSync(join(home.records, 'server.json'), 'utf8'))).toMatchObject({
      pid: supervisor.pidOf('server'),
    });
  });

  it('pauses longer each time and gives up after five deaths, with the last lines of the log', async () => {
    supervisor.start(child('broken', `console.error('no such table'); process.exit(3)`));
    await expect(supervisor.guard(new Promise(() => undefined))).rejects.toThrow(
      /broken[^]*5 次[^]*exit code 3[^]*no such table/,
    );
    expect(deaths.map(({ restartInMs }) => restartInMs)).toEqual([50, 100, 120, 120]);
  });

  it('pauses no longer for a child that has lived steadily', async () => {
    supervisor = new Supervisor(home, {
      onDeath: (event) => deaths.push(event),
      ...{ firstBackOffMs: 50, longestBackOffMs: 400, steadyAfterMs: 3_000 },
    });
    supervisor.start(
      child(
        'server',
        `note('up'); if (noted() > 2) setTimeout(() => process.exit(4), 4_500); else process.exit(3);
      function noted() { return require('fs').readFileSync(${JSON.stringify(notes)}, 'utf8').trim().split('\\n').length }`,
      ),
    );
    await until(() => deaths.length === 3);
    expect(deaths.map(({ restartInMs }) => restartInMs)).toEqual([50, 100, 50]);
  });

  it('gives up on a program that is not there', async () => {
    supervisor.start({ name: 'missing', command: '/no/such/program', args: [] });
    await expect(supervisor.guard(new Promise(() => undefined))).rejects.toThrow(/missing[^]*ENOENT/);
  });

  it('stops in reverse order, kills the stubborn, and starts nothing again', async () => {
    const polite = `process.on('SIGTERM', () => { note('down'); process.exit(0) }); ${forever}`;
    supervisor.start(child('first', polite));
    supervisor.start(child('stubborn', `process.on('SIGTERM', () => note('asked')); ${forever}`, { stopGraceMs: 400 }));
    supervisor.start(child('last', polite));
    await until(() => noted().length === 3);
    const identities = ['first', 'stubborn', 'last'].map((name) => identityOf(supervisor.pidOf(name)!)!);
    await supervisor.stopAll();
    expect(noted().slice(3)).toEqual(['last down', 'stubborn asked', 'first down']);
    expect(identities.some(isAlive)).toBe(false);
    expect(readdirSync(home.records)).toEqual([]);
    expect(deaths).toEqual([]);
  });

  it('kills what a child started, when the child does not end by itself', async () => {
    const grandchild = `const { pid } = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']); note(pid)`;
    supervisor.start(
      child('parent', `process.on('SIGTERM', () => {}); ${grandchild}; setInterval(() => {}, 1000)`, {
        stopGraceMs: 200,
      }),
    );
    await until(() => /parent \d+/.test(noted()[0] ?? ''));
    const identity = identityOf(Number(noted()[0]!.split(' ')[1]))!;
    await supervisor.stop('parent');
    await until(() => !isAlive(identity));
  });

  it('does not wait for a restart when it is stopped meanwhile', async () => {
    supervisor.start(child('broken', `note('up'); process.exit(1)`));
    await until(() => deaths.length > 0);
    await supervisor.stopAll();
    const before = noted().length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(noted()).toHaveLength(before);
  });
});

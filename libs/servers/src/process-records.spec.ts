import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHome, type Home } from './home';
import { identityOf, isAlive, type ProcessIdentity } from './process-identity';
import { endLeftovers, recordProcess } from './process-records';

describe('leftovers of a killed starter', () => {
  let home: Home;
  const children: ChildProcess[] = [];
  beforeEach(() => (home = openHome(mkdtempSync(join(tmpdir(), 'banjie-records-')))));
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    rmSync(home.path, { recursive: true, force: true });
  });

  async function leaveRunning(program: string): Promise<ProcessIdentity> {
    const child = spawn(process.execPath, ['-e', `${program}; setInterval(() => {}, 1000); console.log('up')`], {
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    children.push(child);
    await once(child.stdout, 'data');
    return identityOf(child.pid!)!;
  }

  it('are found by pid and start time and ended, the stubborn one by force', async () => {
    const willing = await leaveRunning('');
    const stubborn = await leaveRunning(`process.on('SIGTERM', () => {})`);
    recordProcess(home, { ...willing, name: 'willing', stopSignal: 'SIGTERM', order: 0 });
    recordProcess(home, { ...stubborn, name: 'stubborn', stopSignal: 'SIGTERM', order: 1 });
    await expect(endLeftovers(home, 300)).resolves.toEqual(['stubborn', 'willing']);
    expect([willing, stubborn].map(isAlive)).toEqual([false, false]);
    expect(readdirSync(home.records)).toEqual([]);
  });

  it('are not mistaken for somebody else who got the same number', async () => {
    const stranger = await leaveRunning('');
    recordProcess(home, { pid: stranger.pid, startTime: 'long ago', name: 'gone', stopSignal: 'SIGTERM', order: 0 });
    await expect(endLeftovers(home)).resolves.toEqual([]);
    expect(isAlive(stranger)).toBe(true);
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHome, type Home } from './home';
import { lockHolder, takeLock } from './lock';
import { identityOf } from './process-identity';

describe('the lock of a home', () => {
  let home: Home;
  beforeEach(() => (home = openHome(mkdtempSync(join(tmpdir(), 'banjie-lock-')))));
  afterEach(() => rmSync(home.path, { recursive: true, force: true }));

  it('lets one run in and tells the second who holds it', () => {
    const lock = takeLock(home);
    expect(() => takeLock(home)).toThrow(new RegExp(`已有一套办结在运行\\(进程 ${process.pid}\\)`));
    expect(lockHolder(home.path)?.pid).toBe(process.pid);
    lock.release();
    takeLock(home).release();
    expect(existsSync(join(home.path, 'lock'))).toBe(false);
  });

  it('is taken over from a process that was killed', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    writeFileSync(join(home.path, 'lock'), JSON.stringify(identityOf(other.pid!)));
    expect(() => takeLock(home)).toThrow(`进程 ${other.pid}`);
    other.kill('SIGKILL');
    await once(other, 'exit');
    takeLock(home).release();
  });

  it('is not fooled by a number that was used again', () => {
    writeFileSync(join(home.path, 'lock'), JSON.stringify({ pid: process.pid, startTime: 'an earlier process' }));
    expect(lockHolder(home.path)).toBeUndefined();
    takeLock(home).release();
  });

  it('is taken over when a crash left it empty', () => {
    writeFileSync(join(home.path, 'lock'), '');
    takeLock(home).release();
  });
});

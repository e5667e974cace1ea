import { createWriteStream, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  bankKeysPath,
  beginAfterRestore,
  ColumnCipher,
  createDataSource,
  demandSameMigrations,
  loadKeys,
  loadRows,
  migrate,
  walkAudit,
  type AuditReport,
  type TableRows,
} from '@banjie/persistence';
import {
  endLeftovers,
  lockHolder,
  openHome,
  removeHome,
  restoringMark,
  startPostgres,
  Supervisor,
  takeLock,
  writeJsonFile,
  type Home,
} from '@banjie/servers';
import { openArchive, type Archive } from './archive';
import { fileOf, inspect, tableOf, type Contents } from './manifest';

/** Nothing was restored; the sentence says why. */
export class RestoreRefused extends Error {}

export interface RestoreReport {
  takenAt: string;
  rows: number;
  files: number;
  /** Orders that may have left in the lost time: 未知 until the bank was asked. */
  doubted: number;
  audit: AuditReport;
}

export interface RestoreOptions {
  path: string;
  passphrase: string;
  /** Where the restored run is to live: nothing may be there but the folder of the stand-in bank, which is not ours. */
  homePath: string;
  env: NodeJS.ProcessEnv;
  report: (line: string) => void;
}

/** What may lie in a home before: the bank lives on, whatever became of us. */
const keptInHome = 'bank';

/**
 * Brings a backup into an empty home, ready for `npm start`. The archive is read from end to end first; until it is proved, and after any
 * failure, the home is as it was.
 * @throws ArchiveRefused, RestoreRefused, RowsUnfit with a sentence for the person at the terminal
 */
export async function restoreBackup(options: RestoreOptions): Promise<RestoreReport> {
  const { path, passphrase, homePath, report } = options;
  demandEmpty(homePath);
  report('核对备份文件…');
  const archive = await openArchive(path, passphrase);
  const contents = await inspect(archive);
  demandSameMigrations(contents.manifest);
  const home = openHome(homePath);
  const lock = takeLock(home);
  const supervisor = new Supervisor(home);
  let isDone = false;
  try {
    await endLeftovers(home);
    writeJsonFile(restoringMark(home), { from: resolve(path), pid: process.pid });
    await placeFiles(home, archive, contents);
    const { doubted, audit } = await placeRows(options, home, supervisor, archive, contents);
    const demo: unknown = JSON.parse(contents.demo);
    if (demo) writeJsonFile(join(home.path, 'run.json'), { demo });
    await supervisor.stopAll();
    await rm(restoringMark(home), { force: true });
    isDone = true;
    const { tables, files, takenAt } = contents.manifest;
    const rows = Object.values(tables).reduce((sum, table) => sum + table.rows, 0);
    return { takenAt, rows, files: Object.keys(files).length, doubted, audit };
  } finally {
    if (!isDone) {
      await supervisor.stopAll();
      clear(home);
    }
    lock.release();
  }
}

/** @throws RestoreRefused when something runs or lies there; what a restore that was killed left is no hindrance. */
function demandEmpty(homePath: string): void {
  const path = resolve(homePath);
  const holder = lockHolder(path);
  if (holder)
    throw new RestoreRefused(`数据目录 ${path} 正在使用(进程 ${holder.pid}),请先停止它,或用 --home 指定另一个目录`);
  if (!existsSync(path)) return;
  if (existsSync(restoringMark({ path }))) return clear({ path });
  const found = readdirSync(path).filter((name) => name !== keptInHome);
  if (found.length === 0) return;
  throw new RestoreRefused(
    `数据目录 ${path} 不是空的(有 ${found.slice(0, 5).join('、')})。恢复不会覆盖任何数据:请用 --home 指定空目录,或先把旧目录移走(只可留下 ${keptInHome}/)`,
  );
}

/** Removes what a restore put there, PostgreSQL's folder too, and leaves the bank's. */
function clear(home: Pick<Home, 'path'>): void {
  removeHome(home.path, { but: keptInHome });
}

async function placeFiles(home: Home, archive: Archive, { keys, bankKeys }: Contents): Promise<void> {
  writeFileSync(join(home.path, 'keys.json'), keys, { mode: 0o600, flag: 'wx' });
  loadKeys(join(home.path, 'keys.json'));
  if (bankKeys !== 'null') {
    const path = bankKeysPath({ BANJIE_KEYS: join(home.path, 'keys.json') });
    writeFileSync(path, bankKeys, { mode: 0o600, flag: 'wx' });
  }
  for await (const { name, content } of archive.entries()) {
    const file = fileOf(name);
    if (file === null) continue;
    const path = join(home.files, file);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    await pipeline(content, createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }));
  }
}

async function placeRows(
  { env, report }: RestoreOptions,
  home: Home,
  supervisor: Supervisor,
  archive: Archive,
  { manifest }: Contents,
): Promise<{ doubted: number; audit: AuditReport }> {
  const named = ['DATABASE_URL', 'MIGRATION_DATABASE_URL'];
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !named.includes(name)));
  const postgres = await startPostgres({ home, supervisor, env: own, report, mustBeNew: true });
  await migrate(postgres.ownerUrl, decodeURIComponent(new URL(postgres.appUrl).username));
  let doubted = 0;
  report('写入数据…');
  const adminUrl = new URL(postgres.adminUrl!);
  adminUrl.pathname = new URL(postgres.ownerUrl).pathname;
  await loadRows(adminUrl.href, manifest, tablesOf(archive), async (client) => {
    ({ doubted } = await beginAfterRestore(client, { takenAt: new Date(manifest.takenAt) }));
  });
  report('核对办理记录的签名链…');
  const dataSource = createDataSource(postgres.appUrl, { poolSize: 1, applicationName: 'banjie-restore' });
  await dataSource.initialize();
  try {
    const cipher = new ColumnCipher(loadKeys(join(home.path, 'keys.json')));
    return { doubted, audit: await walkAudit(dataSource, cipher) };
  } finally {
    await dataSource.destroy();
  }
}

async function* tablesOf(archive: Archive): AsyncGenerator<TableRows> {
  for await (const { name, content } of archive.entries()) {
    const table = tableOf(name);
    if (table !== null) yield { name: table, rows: content };
  }
}

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DomainError } from '@banjie/domain';
import { bankKeysPath } from '@banjie/persistence';
import { readJsonFile } from '@banjie/servers';
import { makeBackup } from './backup/make-backup';
import { readPassphrase, shortestPassphrase } from './backup/passphrase';
import { banjieHome } from './demo/running-system';
import { readOptions } from './options';

const help = `用法:npx banjie backup [--to 文件] [--passphrase-file 文件]

备份正在运行的系统(npm start 的那一套,数据目录由 BANJIE_HOME 指定):全部数据表(同一时刻的快照)、附件、密钥和演示账号,写成一个用口令
加密的文件(AES-256-GCM)。系统不停。写完即读回核对。不含模拟银行的账(银行不属于本系统)、Redis 和 Temporal 的数据(恢复后由数据表重建)。

备份里有密钥:谁有文件和口令,谁就能读出全部个人信息。口令请与文件分开保管;忘记口令就不能恢复。

  --to               备份文件,默认当前目录下 banjie-日期-时间.backup
  --passphrase-file  口令所在的文件(第一行,至少 ${shortestPassphrase} 个字符);不给则在终端中输入两遍

退出码:0 已备份,1 没有备份成功,2 用法有误,3 系统没有在运行。
`;

/** `banjie backup`. */
export async function backup(args: string[]): Promise<number> {
  const options = readOptions(args, { to: 'string', 'passphrase-file': 'string', help: 'boolean' });
  if (options.flag('help')) {
    process.stdout.write(help);
    return 0;
  }
  const home = banjieHome();
  const run = readJsonFile<{ servers?: { migrationDatabaseUrl?: string }; demo?: unknown }>(join(home, 'run.json'));
  const ownerUrl = run?.servers?.migrationDatabaseUrl;
  if (ownerUrl === undefined) {
    process.stderr.write('系统没有在运行:请先运行 npm start,看到 ready 一行后再备份。\n');
    return 3;
  }
  const path = resolve(options.one('to') ?? `banjie-${stampOf(new Date())}.backup`);
  if (existsSync(path)) throw new DomainError('BAD_USAGE', { reason: `文件 ${path} 已存在,备份不会覆盖它` });
  const passphrase = await readPassphrase(options, { isNew: true });
  const keysPath = process.env['BANJIE_KEYS'] || join(home, 'keys.json');
  const since = Date.now();
  try {
    const source = {
      ...{ ownerUrl, keysPath, bankKeysPath: bankKeysPath({ ...process.env, BANJIE_KEYS: keysPath }) },
      ...{ filesPath: join(home, 'files'), demo: run?.demo },
    };
    const { bytes, takenAt, tables, rows, files } = await makeBackup(source, path, passphrase);
    process.stdout.write(
      `已备份到 ${path}\n${tables} 张表 ${rows} 行,${files} 个附件,${(bytes / 1024 ** 2).toFixed(1)} MiB,数据截至 ${takenAt},用时 ${((Date.now() - since) / 1_000).toFixed(1)} 秒;已读回核对。\n`,
    );
    return 0;
  } catch (error) {
    process.stderr.write(`没有备份成功:${(error as Error).message}\n`);
    return 1;
  }
}

/** 20261129-175038, in the time of Beijing. */
const stampOf = (at: Date) =>
  new Date(at.getTime() + 8 * 3_600_000)
    .toISOString()
    .slice(0, 19)
    .replaceAll('-', '')
    .replaceAll(':', '')
    .replace('T', '-');

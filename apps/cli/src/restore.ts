import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { DomainError } from '@banjie/domain';
import { RowsUnfit } from '@banjie/persistence';
import { StartFault } from '@banjie/servers';
import { ArchiveRefused } from './backup/archive';
import { readPassphrase } from './backup/passphrase';
import { RestoreRefused, restoreBackup } from './backup/restore-backup';
import { banjieHome } from './demo/running-system';
import { readOptions } from './options';

const help = `用法:npx banjie restore --from 备份文件 [--home 目录] [--passphrase-file 文件]

把备份恢复到一个空的数据目录(默认 BANJIE_HOME),之后照常 npm start。先把备份从头到尾核对一遍,有任何不符都不会动数据目录;写入后逐表再核对摘要,
并核对办理记录的签名链。目录里只可以先放好模拟银行的 bank/:银行不属于本系统,恢复不动它。

恢复之后,备份之后的事以银行的账为准:备份时已放行、可能已付出的拨付单一律转为“未知”,先向银行查询,银行证实没有收到之前不会再发。

  --from             备份文件
  --home             数据目录,须为空
  --passphrase-file  口令所在的文件(第一行);不给则在终端中输入

退出码:0 已恢复,1 没有恢复(或恢复了而签名链有不符),2 用法有误。
`;

/** `banjie restore`. */
export async function restore(args: string[]): Promise<number> {
  const options = readOptions(args, { from: 'string', home: 'string', 'passphrase-file': 'string', help: 'boolean' });
  if (options.flag('help')) {
    process.stdout.write(help);
    return 0;
  }
  const from = options.one('from');
  if (from === undefined) throw new DomainError('BAD_USAGE', { reason: '缺少 --from' });
  if (!existsSync(from)) throw new DomainError('BAD_USAGE', { reason: `没有文件 ${from}` });
  const homePath = resolve(options.one('home') ?? banjieHome());
  const passphrase = await readPassphrase(options, { isNew: false });
  const since = Date.now();
  try {
    const { takenAt, rows, files, doubted, audit } = await restoreBackup({
      ...{ path: from, passphrase, homePath, env: process.env },
      report: (line) => void process.stdout.write(`${line}\n`),
    });
    const { cases, acts, orders, faults } = audit;
    const chain = faults.length === 0 ? '完好' : `${faults.length} 处不符`;
    process.stdout.write(
      `已恢复到 ${homePath}\n${rows} 行、${files} 个附件与备份一致,数据截至 ${takenAt};核对 ${cases} 件、${acts} 条办理记录、${orders} 张拨付单:${chain};${doubted} 张拨付单转为未知,启动后先向银行查询;用时 ${((Date.now() - since) / 1_000).toFixed(1)} 秒。\n现在可以启动:BANJIE_HOME=${homePath} npm start\n`,
    );
    return faults.length === 0 ? 0 : 1;
  } catch (error) {
    if (!isTold(error)) throw error;
    process.stderr.write(`没有恢复:${error.message}。数据目录没有改动。\n`);
    return 1;
  }
}

const isTold = (error: unknown): error is Error =>
  [ArchiveRefused, RestoreRefused, RowsUnfit, StartFault].some((told) => error instanceof told);

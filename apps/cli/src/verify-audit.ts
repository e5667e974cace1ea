import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ColumnCipher, createDataSource, loadKeys, walkAudit, type AuditReport } from '@banjie/persistence';
import { banjieHome } from './demo/running-system';
import { readOptions } from './options';

const help = `用法:npx banjie verify-audit [--json]

逐件核对办理记录的签名链:内容被改动、缺失、后来加入、次序被改的记录,与办件登记不符的末步,没有办理记录的拨付单。
签名链完好的办件,再核对申请内容、费用明细、材料、各步原文与通知、拟定金额、决定、拨付单和归档清单是否与办理记录一致。
数据库取自 DATABASE_URL,或正在运行的系统的 run.json;密钥取自 BANJIE_KEYS,或 BANJIE_HOME 下的 keys.json。

退出码:0 完好,1 有不符,2 用法有误,3 数据库或密钥不可用。
`;

const shownFaults = 100;

/** `banjie verify-audit`. Exit code 0 intact, 1 faults found, 3 no database or keys; 2 for bad usage through DomainError. */
export async function verifyAudit(args: string[]): Promise<number> {
  const options = readOptions(args, { json: 'boolean', help: 'boolean' });
  if (options.flag('help')) {
    process.stdout.write(help);
    return 0;
  }
  const url = databaseUrl();
  if (url === undefined) return unavailable('没有找到数据库:请先运行 npm start,或设置 DATABASE_URL。');
  let report: AuditReport;
  const dataSource = createDataSource(url, { poolSize: 1, applicationName: 'banjie-verify-audit' });
  try {
    const cipher = new ColumnCipher(loadKeys(process.env.BANJIE_KEYS || join(banjieHome(), 'keys.json')));
    await dataSource.initialize();
    report = await walkAudit(dataSource, cipher);
  } catch (error) {
    return unavailable(`不能核对:${(error as Error).message}`);
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
  process.stdout.write(
    options.flag('json') ? `${JSON.stringify({ intact: report.faults.length === 0, ...report })}\n` : inWords(report),
  );
  return report.faults.length === 0 ? 0 : 1;
}

function databaseUrl(): string | undefined {
  if (process.env.DATABASE_URL) return process.env.DATABASE_URL;
  try {
    const run = JSON.parse(readFileSync(join(banjieHome(), 'run.json'), 'utf8')) as {
      servers?: { databaseUrl?: string };
    };
    return run.servers?.databaseUrl;
  } catch {
    return undefined;
  }
}

function unavailable(sentence: string): number {
  process.stderr.write(`${sentence}\n`);
  return 3;
}

function inWords({ cases, acts, orders, faults }: AuditReport): string {
  const shown = faults.slice(0, shownFaults).map(({ caseNo, message }) => `${caseNo}  ${message}`);
  if (faults.length > shownFaults) shown.push(`……另有 ${faults.length - shownFaults} 处`);
  const sum = `核对 ${cases} 件、${acts} 条办理记录、${orders} 张拨付单:${faults.length === 0 ? '完好' : `${faults.length} 处不符`}`;
  return `${[...shown, sum].join('\n')}\n`;
}

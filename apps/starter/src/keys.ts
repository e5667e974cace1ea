import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadCallKeys, makeCallKeys } from '@banjie/bank-files';
import { bankKeysPath, loadKeys } from '@banjie/persistence';
import { StartFault, writeJsonFile, type Home } from '@banjie/servers';

/**
 * The path of the key file: BANJIE_KEYS, or one generated in the home at the first start. It is written before the database
 * is filled: rows written under a lost key could never be read again.
 * @throws StartFault when the file is damaged or names a missing key.
 */
export function keysFile(home: Home, env: NodeJS.ProcessEnv): string {
  const path = env['BANJIE_KEYS'] || join(home.path, 'keys.json');
  if (!existsSync(path) && !env['BANJIE_KEYS']) {
    const key = () => randomBytes(32).toString('base64');
    writeJsonFile(path, { columnKeyId: 'k1', columnKeys: { k1: key() }, hashKey: key(), auditKey: key() });
  }
  try {
    loadKeys(path);
  } catch (error) {
    throw new StartFault(
      `密钥文件 ${path} 不能使用:${(error as Error).message}`,
      '请从备份恢复这个文件;没有它,已加密的个人信息无法读出。若只是演示数据,可执行 npm run reset',
    );
  }
  return path;
}

/**
 * The keys of the calls to the bank: ours beside the key file, the stand-in's in its own folder, both made at the first start. A pair
 * of which one is lost is made anew: nothing but calls was ever signed with it.
 * @throws StartFault when a file that is there cannot be used.
 */
export function bankKeyFiles(home: Home, env: NodeJS.ProcessEnv, keysPath: string): { ours: string; bank: string } {
  const ours = bankKeysPath({ ...env, BANJIE_KEYS: keysPath });
  const bank = env['BANK_KEYS'] || join(home.path, 'bank', 'keys.json');
  if (!env['BANJIE_BANK_KEYS'] && !env['BANK_KEYS'] && !(existsSync(ours) && existsSync(bank))) {
    const made = makeCallKeys();
    mkdirSync(dirname(bank), { recursive: true, mode: 0o700 });
    writeJsonFile(bank, made.bank);
    writeJsonFile(ours, made.ours);
  }
  for (const path of [ours, bank]) {
    try {
      loadCallKeys(path);
    } catch (error) {
      throw new StartFault(
        `${(error as Error).message}(${path})`,
        '请从备份恢复;演示环境可删除该文件,下次启动会重新生成一对密钥',
      );
    }
  }
  return { ours, bank };
}

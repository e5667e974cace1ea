import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadKeys } from '@banjie/persistence';
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

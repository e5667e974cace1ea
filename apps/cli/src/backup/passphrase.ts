import { readFileSync } from 'node:fs';
import { DomainError } from '@banjie/domain';
import type { Options } from '../options';
import { askPassword } from '../terminal';

/** Whoever has the file can try passphrases for as long as he likes. */
export const shortestPassphrase = 12;

/**
 * From `--passphrase-file` (its first line), or as typed at the terminal.
 * @throws DomainError BAD_USAGE
 */
export async function readPassphrase(options: Options, { isNew }: { isNew: boolean }): Promise<string> {
  const path = options.one('passphrase-file');
  const passphrase = path === undefined ? await askPassword('--passphrase-file', { twice: isNew }) : firstLineOf(path);
  if (isNew && [...passphrase].length < shortestPassphrase) {
    throw new DomainError('BAD_USAGE', { reason: `备份的口令须有 ${shortestPassphrase} 个以上的字符` });
  }
  return passphrase;
}

function firstLineOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').split(/\r?\n/)[0]!;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new DomainError('BAD_USAGE', { reason: `口令文件 ${path} 不能读取(${code})` });
  }
}

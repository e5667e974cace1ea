import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { DomainError } from '@banjie/domain';

const misuse = (reason: string) => new DomainError('BAD_USAGE', { reason });

/** The first line of stdin. @throws DomainError BAD_USAGE */
export async function firstLine(): Promise<string> {
  for await (const line of createInterface({ input: process.stdin })) return line;
  throw misuse('标准输入中没有口令');
}

/**
 * A password as it is typed, which nobody sees; asked twice where a slip would be found too late.
 * @param instead the option for whoever has no terminal
 * @throws DomainError BAD_USAGE
 */
export async function askPassword(instead: string, { twice }: { twice: boolean }): Promise<string> {
  if (!process.stdin.isTTY) throw misuse(`标准输入不是终端,请使用 ${instead}`);
  const password = await askHidden('口令:');
  if (twice && (await askHidden('再输入一遍:')) !== password) throw misuse('两次输入的口令不一致');
  return password;
}

/** Asks on the terminal without showing what is typed. */
function askHidden(question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  // Only now: the terminal stops echoing when the reader begins.
  process.stderr.write(question);
  return new Promise((resolve, reject) => {
    reader.once('line', (line) => {
      // Before closing, which rejects what is still open.
      resolve(line);
      process.stderr.write('\n');
      reader.close();
    });
    reader.once('SIGINT', () => {
      reject(misuse('已取消'));
      reader.close();
    });
    reader.once('close', () => reject(misuse('没有输入口令')));
  });
}

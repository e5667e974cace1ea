import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Another living bank keeps its books in this folder. */
export class HomeInUse extends Error {}

/**
 * Takes the folder for this process; two writers would break the journal. The lock of a killed bank is recognised by its
 * process id together with its start time (ids are used again) and taken over.
 * @returns a function that gives the folder back
 * @throws HomeInUse
 */
export async function lockHome(home: string): Promise<() => Promise<void>> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  const path = join(home, 'lock');
  const own = join(home, `lock.${process.pid}`);
  await writeFile(own, `${process.pid} ${await startTimeOf(process.pid)}`);
  try {
    return await takeLock(home, path, own);
  } finally {
    await unlink(own);
  }
}

async function takeLock(home: string, path: string, own: string): Promise<() => Promise<void>> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      await link(own, path); // the lock appears with its content, or not at all
      return () => unlink(path).catch(() => undefined);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const [pid = '0', startTime] = (await readFile(path, 'utf8').catch(() => '')).split(' ');
    if (isAlive(Number(pid)) && (await startTimeOf(Number(pid))) === startTime) {
      throw new HomeInUse(`另一个银行进程(${pid})正在使用 ${home};请先停止它,或为 BANK_HOME 指定另一个目录。`);
    }
    await unlink(path).catch(() => undefined);
  }
  throw new HomeInUse(`另一个银行进程正在启动并占用了 ${home}。`);
}

function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Field 22 of /proc/<pid>/stat; 'unknown' where there is no /proc. */
async function startTimeOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? 'unknown';
}

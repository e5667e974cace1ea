// Every process of a test run carries the run's mark in its environment, wherever it was re-parented to.
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The living processes with BANJIE_TEST_RUN=mark, this one left out. Elsewhere than on Linux nothing can be seen. */
export function findMarked(mark) {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`BANJIE_TEST_RUN=${mark}`)) return [];
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return command === '' ? [] : [{ pid: Number(pid), command }];
      } catch {
        return []; // Ended, or another user's.
      }
    });
}

/** Kills what is left after a short wait. Answers what had to be killed. */
export async function endMarked(mark) {
  for (let attempt = 0; attempt < 30 && findMarked(mark).length > 0; attempt += 1) await sleep(100);
  const left = findMarked(mark);
  for (const { pid } of left) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Ended in between.
    }
  }
  return left.map(({ pid, command }) => `${pid} ${command}`);
}

import { rounded } from './figures';
import { readFileSync, readdirSync } from 'node:fs';

/** Clock ticks per second of /proc; 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

interface Entry {
  pid: number;
  parent: number;
  ticks: number;
}

function entries(): Entry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // The name of the program stands in brackets and may hold anything: count from the last one.
        const text = readFileSync(`/proc/${name}/stat`, 'utf8');
        const fields = text
          .slice(text.lastIndexOf(')') + 2)
          .split(' ')
          .map(Number);
        const [, parent = 0] = fields;
        const ticks = [11, 12, 13, 14].reduce((sum, place) => sum + (fields[place] ?? 0), 0);
        return [{ pid: Number(name), parent, ticks }];
      } catch {
        return []; // Ended in between.
      }
    });
}

/**
 * Processor milliseconds used so far, by part: each named process with everything below it, and this process as `client`.
 * Null where /proc is not. On a machine that others use as well this tells costs apart where the wall clock cannot.
 */
export function processorMs(parts: Record<string, number>): Record<string, number> | null {
  if (process.platform !== 'linux') return null;
  const all = entries();
  const sumOf = (pids: ReadonlySet<number>) =>
    (all.filter(({ pid }) => pids.has(pid)).reduce((sum, { ticks }) => sum + ticks, 0) / ticksPerSecond) * 1_000;
  const below = (root: number) => {
    const pids = new Set([root]);
    for (let before = 0; before !== pids.size;) {
      before = pids.size;
      for (const { pid, parent } of all) if (pids.has(parent)) pids.add(pid);
    }
    return pids;
  };
  const named = Object.entries(parts).map(([name, pid]) => [name, sumOf(below(pid))] as const);
  return Object.fromEntries([['client', sumOf(new Set([process.pid]))], ...named]);
}

/** What was used between two readings, for each of `count` pieces of work; parts that did next to nothing are left out. */
export function costOf(
  before: Record<string, number> | null,
  after: Record<string, number> | null,
  count: number,
): Record<string, number> | null {
  if (before === null || after === null) return null;
  const used = Object.entries(after).map(([name, ms]) => [name, ms - (before[name] ?? 0)] as const);
  const worthNaming = used.filter(([, ms]) => ms / count >= 1);
  const total = used.reduce((sum, [, ms]) => sum + ms, 0);
  return Object.fromEntries(
    [...worthNaming, ['total', total] as const].map(([name, ms]) => [name, rounded(ms / count, 1)]),
  );
}

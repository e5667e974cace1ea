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
 * Processor seconds used so far by this process and everything below it, servers included; null where /proc is not.
 * On a machine that others use as well this tells costs apart where the wall clock cannot.
 */
export function processorSeconds(): number | null {
  if (process.platform !== 'linux') return null;
  const all = entries();
  const ours = new Set([process.pid]);
  for (let before = 0; before !== ours.size;) {
    before = ours.size;
    for (const { pid, parent } of all) if (ours.has(parent)) ours.add(pid);
  }
  return all.filter(({ pid }) => ours.has(pid)).reduce((sum, { ticks }) => sum + ticks, 0) / ticksPerSecond;
}

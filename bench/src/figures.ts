/** The middle value; of an even number, the mean of the two in the middle. */
export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (low === undefined || high === undefined) throw new Error('no values to take the median of');
  return (low + high) / 2;
}

/** The smallest value that `share` (0–1) of the values do not exceed. */
export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new Error('no values to take a percentile of');
  return value;
}

export const rounded = (value: number, places = 2): number => Number(value.toFixed(places));

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A draw from the normal distribution with mean 0 and deviation 1 (Box–Muller). */
export function standardNormal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Runs the work items with so many at a time; answers how long each took and all together, in milliseconds. */
export async function drive(
  count: number,
  clients: number,
  work: (index: number) => Promise<void>,
): Promise<{ tookMs: number[]; wholeMs: number }> {
  const tookMs: number[] = [];
  let next = 0;
  const startedAt = performance.now();
  const client = async () => {
    for (let index = next++; index < count; index = next++) {
      const since = performance.now();
      await work(index);
      tookMs.push(performance.now() - since);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { tookMs, wholeMs: performance.now() - startedAt };
}

import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again until `ask` answers without throwing.
 * @throws the last error once `withinMs` have passed.
 */
export async function waitUntil<T>(
  ask: () => Promise<T>,
  options: { withinMs: number; everyMs?: number; signal?: AbortSignal },
): Promise<T> {
  const until = Date.now() + options.withinMs;
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      return await ask();
    } catch (error) {
      if (Date.now() >= until) throw error;
    }
    await sleep(options.everyMs ?? 100, undefined, { signal: options.signal });
  }
}

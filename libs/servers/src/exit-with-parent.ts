import { isMainThread } from 'node:worker_threads';

/**
 * Loaded before a child's own program (`node -r`): the starter holds the other end of stdin, so its end means that the
 * starter has vanished, even by kill -9. The child then ends as if it had been asked to.
 */
function end(): void {
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.exit(1), 20_000).unref();
}

// Every worker thread loads this as well, with a stdin of its own that is at its end from the beginning.
if (isMainThread) {
  process.stdin.once('end', end);
  process.stdin.once('error', end);
  process.stdin.resume();
  // Watching alone keeps no program alive.
  (process.stdin as unknown as { unref?: () => void }).unref?.();
}

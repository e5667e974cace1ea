import 'reflect-metadata';
import { createLog, describeFault } from './log';
import { readSettings } from './settings';
import { startJobs, type RunningJobs } from './start-jobs';

const longestStopMs = 18_000;

/**
 * Side work: the outbox relay, notices, sweepers and the bank's statement. Ends on SIGTERM after its work in hand, and when
 * the starter that owns our stdin is gone.
 */
async function main(): Promise<void> {
  const log = createLog(process.env['BANJIE_LOG_LEVEL'] ?? 'info');
  let running: RunningJobs | null = null;
  let isStopping = false;
  const stop = (code: number) => {
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => process.exit(code || 1), longestStopMs).unref();
    const stopped = running ? running.stop() : Promise.resolve();
    stopped.then(
      () => process.exit(code),
      (error: unknown) => {
        log.error({ fault: describeFault(error) }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => stop(0));
  process.on('SIGINT', () => stop(0));
  if (process.env['BANJIE_CHILD'] === '1') {
    process.stdin
      .on('end', () => stop(0))
      .on('close', () => stop(0))
      .on('error', () => stop(0))
      .resume();
  }
  // At once: what waits for a silent consumer would not end either.
  running = await startJobs(readSettings(process.env), log, () => process.exit(1));
  log.info({ healthPort: running.healthPort }, 'jobs run');
}

main().catch((error: unknown) => {
  // Sentences for the person at the terminal; a stack helps nobody here.
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});

import { NestFactory } from '@nestjs/core';
import { assertNoEviction } from '@banjie/servers';
import { startHealthServer, type HealthServer } from './health-server';
import { JobLoops } from './job-loops';
import { JobsModule } from './jobs.module';
import type { Log } from './log';
import { ConsumerWatch } from './side-work/consumer-watch';
import type { Settings } from './settings';

export interface RunningJobs {
  /** Where `GET /health` answers; null without BANJIE_JOBS_PORT. */
  healthPort: number | null;
  stop(): Promise<void>;
}

/**
 * Starts everything. `end` is called when the process should give way to a new one.
 * @throws StartFault when Redis does not answer or may evict (reliability F26).
 */
export async function startJobs(settings: Settings, log: Log, end: (reason: string) => void): Promise<RunningJobs> {
  await assertNoEviction(settings.redisUrl);
  const app = await NestFactory.createApplicationContext(JobsModule.register(settings, log, { end }), {
    logger: ['error', 'warn'],
    abortOnError: false,
  });
  const loops = app.get(JobLoops);
  const watch = app.get(ConsumerWatch);
  let health: HealthServer | null = null;
  try {
    if (settings.port !== null) {
      const answer = () => ({ status: 'ok', ...watch.health, loops: loops.health });
      health = await startHealthServer(settings.port, answer);
    }
  } catch (error) {
    await app.close();
    throw error;
  }
  return {
    healthPort: health?.port ?? null,
    stop: async () => {
      await health?.close();
      await app.close();
    },
  };
}

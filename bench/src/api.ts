import { join } from 'node:path';
import { freePort, waitUntil } from '@banjie/servers';
import type { Ground } from './ground';
import { root } from './proof';

/** The real API as a process of its own on the servers of a proof; answers its address. */
export async function startApi(ground: Ground, keysPath: string): Promise<string> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  ground.startProgram('api', join(root, 'apps/api/dist/main.js'), {
    BANJIE_HOME: ground.home.path,
    BANJIE_FILES: ground.home.files,
    BANJIE_KEYS: keysPath,
    BANJIE_PORT: String(port),
    BANJIE_LOG_LEVEL: 'warn',
    DATABASE_URL: ground.postgres.appUrl,
    REDIS_URL: ground.redisUrl,
    TEMPORAL_ADDRESS: ground.temporal.address,
    TEMPORAL_NAMESPACE: ground.temporal.namespace,
  });
  await ground.guard(
    waitUntil(
      async () => {
        const answer = await fetch(`${url}/api/health/live`);
        if (!answer.ok) throw new Error(`the API answers ${answer.status}`);
      },
      { withinMs: 60_000 },
    ),
  );
  return url;
}

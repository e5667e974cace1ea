import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from './test-database';
import { TestClient } from './test-client';
import { writeTestKeys } from './test-keys';
import { seedTestWorld, type TestWorld } from './test-world';

export interface TestApi {
  url: string;
  database: TestDatabase;
  world: TestWorld;
  /** Folder of attachments. */
  filesPath: string;
  /** The environment the API was started with; other processes of a test start from it. */
  environment: NodeJS.ProcessEnv;
  /** A caller that is signed in as an account of the test world. */
  signIn(username: string): Promise<TestClient>;
  /** A caller without a session. */
  stranger(): TestClient;
  /** Stops the API and drops the database. */
  stop(): Promise<void>;
}

/**
 * The API in this process, on a free port, with a database of its own that holds the test world, and the Redis and
 * Temporal of the test run (namespace BANJIE_TEST_NAMESPACE). Workers are the spec's own matter.
 */
export async function startTestApi(settings: Record<string, string> = {}): Promise<TestApi> {
  // Loaded here alone, so that specs without HTTP do not wait for the framework.
  const { readSettings, startApi } = await import('@banjie/api');
  const database = await createTestDatabase();
  const keys = writeTestKeys();
  const filesPath = mkdtempSync(join(tmpdir(), 'banjie-files-'));
  const world = await seedTestWorld(database.dataSource);
  const environment = {
    DATABASE_URL: database.appUrl,
    REDIS_URL: process.env.BANJIE_TEST_REDIS_URL,
    TEMPORAL_ADDRESS: process.env.BANJIE_TEST_TEMPORAL,
    TEMPORAL_NAMESPACE: process.env.BANJIE_TEST_NAMESPACE,
    BANJIE_KEYS: keys.path,
    BANJIE_FILES: filesPath,
    BANJIE_LOG_LEVEL: 'silent',
    BANJIE_REQUESTS_PER_10S: '100000',
    ...settings,
  };
  const checked = readSettings(environment);
  // Any free port; the environment cannot ask for that, because nobody would find the API.
  const api = await startApi(Object.assign(checked, settings['BANJIE_PORT'] ? {} : { port: 0 }));
  return {
    url: api.url,
    database,
    world,
    filesPath,
    environment,
    stranger: () => new TestClient(api.url),
    signIn: async (username) => {
      const client = new TestClient(api.url);
      await client.signIn(username, world.password);
      return client;
    },
    stop: async () => {
      await api.stop();
      await database.drop();
      keys.remove();
      rmSync(filesPath, { recursive: true, force: true });
    },
  };
}

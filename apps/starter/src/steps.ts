import { randomBytes } from 'node:crypto';
import { ColumnCipher, createDataSource, loadKeys, migrate, seedDemoPeople, seedGround } from '@banjie/persistence';
import { type Home, type PostgresAddresses, type TemporalAddress } from '@banjie/servers';
import { replayOpenCases } from './replay';
import type { RunFile } from './run-file';

/** What a step between "servers are up" and "our own processes start" may use. */
export interface StepContext {
  /** The clone. */
  root: string;
  home: Home;
  env: NodeJS.ProcessEnv;
  postgres: PostgresAddresses;
  temporal: TemporalAddress;
  redisUrl: string;
  keysPath: string;
  /** Demo people exist in the embedded run; with an own database only when BANJIE_DEMO=1. */
  wantsDemo: boolean;
  /** The sign-ins of an earlier start; a step that seeds sets it. They are written to run.json. */
  demo?: RunFile['demo'];
  report: (line: string) => void;
  signal: AbortSignal;
}

export interface StartStep {
  title: string;
  run(context: StepContext): Promise<void>;
}

const migrateSchema: StartStep = {
  title: '升级数据库结构',
  async run({ postgres, report }) {
    const ran = await migrate(postgres.ownerUrl, decodeURIComponent(new URL(postgres.appUrl).username));
    report(ran.length === 0 ? '数据库:结构已是最新' : `数据库:已执行 ${ran.length} 个迁移`);
  },
};

const seed: StartStep = {
  title: '准备基础数据',
  async run(context) {
    const { postgres, keysPath, wantsDemo } = context;
    const dataSource = createDataSource(postgres.ownerUrl, { poolSize: 2, applicationName: 'banjie-seed' });
    await dataSource.initialize();
    try {
      await seedGround(dataSource);
      if (!wantsDemo) return;
      const password = context.demo?.password ?? randomBytes(9).toString('base64url');
      const cipher = new ColumnCipher(loadKeys(keysPath));
      context.demo = { password, accounts: await seedDemoPeople(dataSource, cipher, { password }) };
    } finally {
      await dataSource.destroy();
    }
  },
};

const replay: StartStep = {
  title: '核对在办件与流程代码',
  async run({ root, home, env, temporal, report, signal }) {
    const { address, namespace } = temporal;
    await replayOpenCases({
      ...{ root, home, report, signal },
      env: { ...env, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace },
      server: temporal.isEmbedded ? 'embedded' : address,
    });
  },
};

export const startSteps: StartStep[] = [migrateSchema, seed, replay];

import { migrate } from '@banjie/persistence';
import type { Home, PostgresAddresses, TemporalAddress } from '@banjie/servers';
import type { RunFile } from './run-file';

/** What a step between "servers are up" and "our own processes start" may use. */
export interface StepContext {
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

export const startSteps: StartStep[] = [migrateSchema];

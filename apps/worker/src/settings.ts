import { bankKeysPath } from '@banjie/persistence';

/** What the worker needs to be told; a missing name is a sentence, not a stack. */
export interface WorkerSettings {
  databaseUrl: string;
  keysPath: string;
  /** Keys of the calls to the bank. */
  bankKeysPath: string;
  temporalNamespace: string;
  bankUrl: string;
  bankFinalitySeconds: number;
  maxCachedWorkflows: number;
}

export function readSettings(env: NodeJS.ProcessEnv): WorkerSettings {
  const need = (name: string): string => {
    const value = env[name];
    if (!value) throw new Error(`缺少环境变量 ${name}。请用 npm start 启动,或在环境中给出。`);
    return value;
  };
  return {
    databaseUrl: need('DATABASE_URL'),
    keysPath: need('BANJIE_KEYS'),
    bankKeysPath: bankKeysPath(env),
    temporalNamespace: env['TEMPORAL_NAMESPACE'] ?? 'banjie',
    bankUrl: need('BANK_URL'),
    bankFinalitySeconds: Number(env['BANK_FINALITY_SECONDS'] ?? 120),
    maxCachedWorkflows: Number(env['BANJIE_CACHED_WORKFLOWS'] ?? 600),
  };
}

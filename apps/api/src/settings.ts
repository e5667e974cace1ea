import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { z } from 'zod';

const url = (...protocols: string[]) =>
  z.string().refine((text) => protocols.includes(URL.canParse(text) ? new URL(text).protocol : ''), {
    error: `须为 ${protocols.map((protocol) => `${protocol}//…`).join(' 或 ')} 形式的地址`,
  });
const flag = z
  .enum(['0', '1', ''])
  .default('0')
  .transform((text) => text === '1');
const port = z.coerce.number().int().min(1).max(65_535);

const environmentSchema = z.object({
  DATABASE_URL: url('postgres:', 'postgresql:'),
  REDIS_URL: url('redis:', 'rediss:'),
  TEMPORAL_ADDRESS: z.string().regex(/^.+:\d+$/, { error: '须为 主机:端口' }),
  TEMPORAL_NAMESPACE: z.string().min(1).default('banjie'),
  BANJIE_PORT: port.default(8700),
  BANJIE_HOST: z.string().min(1).default('127.0.0.1'),
  BANJIE_KEYS: z.string().min(1),
  BANJIE_FILES: z.string().min(1),
  BANJIE_CHILD: flag,
  BANJIE_DEMO: flag,
  /** 1: people reach this API over HTTPS only (a gateway in front), so the session cookie is marked Secure. */
  BANJIE_HTTPS: flag,
  BANJIE_LOG_LEVEL: z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug']).default('info'),
  /** Requests of one session, or of one address without a session. */
  BANJIE_REQUESTS_PER_10S: z.coerce.number().int().min(10).max(1_000_000).default(600),
  BANJIE_DB_POOL: z.coerce.number().int().min(2).max(100).default(20),
});

/** What this process was told, read and checked once at start. Injected by class. */
export class Settings {
  readonly databaseUrl: string;
  readonly databasePoolSize: number;
  readonly redisUrl: string;
  readonly temporalNamespace: string;
  /** The rest of the environment, for the TLS variables of the Temporal connection. */
  readonly environment: NodeJS.ProcessEnv;
  readonly host: string;
  readonly port: number;
  readonly keysPath: string;
  /** Folder of attachments. */
  readonly filesPath: string;
  readonly isChild: boolean;
  readonly isDemo: boolean;
  readonly hasSecureCookie: boolean;
  readonly logLevel: string;
  readonly requestsPerTenSeconds: number;

  constructor(environment: NodeJS.ProcessEnv, values: z.infer<typeof environmentSchema>) {
    this.environment = environment;
    this.databaseUrl = values.DATABASE_URL;
    this.databasePoolSize = values.BANJIE_DB_POOL;
    this.redisUrl = values.REDIS_URL;
    this.temporalNamespace = values.TEMPORAL_NAMESPACE;
    this.host = values.BANJIE_HOST;
    this.port = values.BANJIE_PORT;
    this.keysPath = values.BANJIE_KEYS;
    this.filesPath = values.BANJIE_FILES;
    this.isChild = values.BANJIE_CHILD;
    this.isDemo = values.BANJIE_DEMO;
    this.hasSecureCookie = values.BANJIE_HTTPS;
    this.logLevel = values.BANJIE_LOG_LEVEL;
    this.requestsPerTenSeconds = values.BANJIE_REQUESTS_PER_10S;
  }
}

/** Settings that must not be used; `sentences` are for the person who starts the process. */
export class SettingsFault extends Error {
  override readonly name = 'SettingsFault';
  constructor(readonly sentences: string[]) {
    super(sentences.join('\n'));
  }
}

/** @throws SettingsFault naming every variable that is missing, malformed or unsafe */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) {
    throw new SettingsFault(
      parsed.error.issues.map((issue) => {
        const name = String(issue.path[0]);
        return environment[name] === undefined ? `缺少环境变量 ${name}。` : `环境变量 ${name} 无效:${issue.message}`;
      }),
    );
  }
  const sentences = unsafe(parsed.data);
  if (sentences.length > 0) throw new SettingsFault(sentences);
  return new Settings(environment, parsed.data);
}

function unsafe(values: z.infer<typeof environmentSchema>): string[] {
  const sentences: string[] = [];
  const { BANJIE_HOST: host, BANJIE_HTTPS: isHttps, BANJIE_KEYS: keys } = values;
  if (!isLoopback(host) && !isHttps) {
    sentences.push(
      `BANJIE_HOST=${host} 会让本机以外的人访问,而会话凭据未经加密:请在前面设置 HTTPS 入口并令 BANJIE_HTTPS=1,或只在 127.0.0.1 上监听。`,
    );
  }
  if (!existsSync(keys)) sentences.push('BANJIE_KEYS 指向的密钥文件不存在:请核对路径,丢失密钥将无法读出个人信息。');
  const role = decodeURIComponent(new URL(values.DATABASE_URL).username);
  if (role === 'postgres') {
    sentences.push('DATABASE_URL 使用了数据库超级用户:请改用只有读写权限的应用角色,以免办理记录可被改写。');
  }
  return sentences;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

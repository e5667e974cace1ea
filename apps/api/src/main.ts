import { describeError, createLog } from './edge/log';
import { readSettings, SettingsFault, type Settings } from './settings';
import { startApi } from './start-api';

const hardExitMs = 30_000;

/** `node apps/api/dist/main.js`: settings from the environment, ends on SIGTERM, SIGINT, or with the parent that holds stdin. */
async function main(): Promise<void> {
  const settings = checkedSettings();
  const log = createLog(settings.logLevel);
  const api = await startApi(settings);
  log.info({ url: api.url }, 'listening');
  let isStopping = false;
  const stop = (why: string) => {
    if (isStopping) return;
    isStopping = true;
    log.info({ why }, 'stopping');
    setTimeout(() => process.exit(1), hardExitMs).unref();
    api.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ error: describeError(error) }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(signal));
  if (settings.isChild) {
    process.stdin
      .on('error', () => undefined)
      .on('close', () => stop('parent gone'))
      .resume();
  }
}

function checkedSettings(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (!(error instanceof SettingsFault)) throw error;
    process.stderr.write(`接口进程不能启动:\n${error.sentences.map((sentence) => `  ${sentence}\n`).join('')}`);
    process.exit(2);
  }
}

// A promise nobody waits for must not take the other requests down; it is a bug, and the log says where.
process.on('unhandledRejection', (error) => {
  createLog('error').error({ error: describeError(error) }, 'unhandled rejection');
});

main().catch((error: unknown) => {
  if ((error as { code?: unknown }).code === 'EADDRINUSE') {
    process.stderr.write('端口已被占用:请停止占用它的程序,或用 BANJIE_PORT 指定另一个端口。\n');
    process.exit(1);
  }
  createLog('error').fatal({ error: describeError(error) }, 'start failed');
  process.exit(1);
});

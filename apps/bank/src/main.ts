import { loadCallKeys, type CallKeys } from '@banjie/bank-files';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { startBank } from './start-bank';

const settingsSchema = z.object({
  BANJIE_HOME: z.string().min(1).default('.banjie'),
  BANK_HOME: z.string().min(1).optional(),
  /** The bank's own key and the public keys of its callers; `keys.json` in its folder if not given. */
  BANK_KEYS: z.string().min(1).optional(),
  BANJIE_BANK_PORT: z.coerce.number().int().min(0).max(65_535).default(8702),
  /** 10 000 000 000 yuan: large, and far inside exact numbers. */
  BANK_OPENING_FEN: z.coerce.number().int().positive().default(1_000_000_000_000),
  BANK_CLOCK_SHIFT_MS: z.coerce.number().int().default(0),
  BANJIE_CHILD: z.string().optional(),
});

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}

async function main(): Promise<void> {
  const checked = settingsSchema.safeParse(process.env);
  if (!checked.success) {
    return fail(`环境变量有误:${checked.error.issues.map((issue) => issue.path.join('.')).join('、')}。`);
  }
  const { BANJIE_HOME, BANK_HOME, BANK_KEYS, BANJIE_CHILD } = checked.data;
  const { BANJIE_BANK_PORT: port, BANK_OPENING_FEN: openingFen, BANK_CLOCK_SHIFT_MS: clockShiftMs } = checked.data;
  const home = resolve(BANK_HOME ?? join(BANJIE_HOME, 'bank'));
  let keys: CallKeys;
  try {
    keys = loadCallKeys(BANK_KEYS ?? join(home, 'keys.json'));
  } catch (error) {
    return fail(`银行未能启动:${(error as Error).message}。请用 npm start 启动,或以 BANK_KEYS 指定文件。`);
  }
  const bank = await startBank({
    home,
    keys,
    port,
    openingFen,
    clockShiftMs,
    onFailure: (error) => fail(`银行流水无法写入,进程停止:${(error as Error).message}`),
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE') return fail(`端口 ${port} 已被占用;请停止占用它的程序,或设置 BANJIE_BANK_PORT。`);
    return fail(`银行未能启动:${error.message}`);
  });
  const { records, droppedBytes } = bank.replayed;
  console.log(
    `bank listening ${bank.url} (${records} records${droppedBytes > 0 ? `, ${droppedBytes} torn bytes dropped` : ''})`,
  );

  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    bank.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(`银行停止时出错:${(error as Error).message}`),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  if (BANJIE_CHILD === '1') {
    // The starter holds the other end: when it is gone, however it went, so is the bank.
    process.stdin.resume().on('end', stop).on('close', stop).on('error', stop);
  }
}

void main();

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the system listens and who may sign in, as `run.json` in BANJIE_HOME says. */
export interface RunningSystem {
  home: string;
  apiUrl: string;
  bankUrl: string;
  password: string;
  usernames: string[];
}

/** There is nothing to talk to; the sentence says what to do. Exit code 3. */
export class NothingRunning extends Error {}

interface RunFile {
  addresses?: { api?: string; bank?: string };
  demo?: { password?: string; accounts?: { username: string }[] };
}

const root = join(__dirname, '..', '..', '..', '..');

/** The clone's own folders, from `apps/cli/dist/demo` and from `apps/cli/src/demo` alike. */
export const examplesHome = join(root, 'examples');

export const banjieHome = () => process.env.BANJIE_HOME ?? join(root, '.banjie');

/** @throws NothingRunning */
export function readRunningSystem(): RunningSystem {
  const home = banjieHome();
  let run: RunFile;
  try {
    run = JSON.parse(readFileSync(join(home, 'run.json'), 'utf8')) as RunFile;
  } catch {
    throw new NothingRunning('没有找到正在运行的系统:请先运行 npm start,看到 ready 一行后再试。');
  }
  const { addresses, demo } = run;
  if (!addresses?.api || !addresses.bank) {
    throw new NothingRunning('系统没有在运行:请先运行 npm start,看到 ready 一行后再试。');
  }
  const usernames = (demo?.accounts ?? []).map(({ username }) => username);
  if (!demo?.password || usernames.length === 0) {
    throw new NothingRunning('run.json 中没有演示账号:请用 BANJIE_DEMO=1 启动系统后再试。');
  }
  return { home, apiUrl: plain(addresses.api), bankUrl: plain(addresses.bank), password: demo.password, usernames };
}

const plain = (url: string) => url.replace(/\/+$/, '');

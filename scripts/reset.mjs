// `npm run reset`: deletes BANJIE_HOME with everything in it, after asking (or with --yes). Refuses while a run is alive.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { PlainFault, arePackagesCurrent, loadServers, root } from './prepare.mjs';

async function main() {
  const home = resolve(process.env.BANJIE_HOME || join(root, '.banjie'));
  if (!existsSync(home)) {
    console.log(`没有可清除的数据:${home}`);
    return;
  }
  // A wrong BANJIE_HOME must not cost somebody else's folder.
  if (!existsSync(join(home, 'secrets.json')) && !existsSync(join(home, 'run'))) {
    throw new PlainFault(`${home} 不是办结的数据目录,不删除。\n  → 请检查 BANJIE_HOME`);
  }
  if (!arePackagesCurrent()) throw new PlainFault('依赖尚未安装。\n  → 请先执行:npm ci');
  const { endLeftovers, lockHolder, openHome, removeHome, StartFault } = await loadServers();
  const holder = lockHolder(home);
  if (holder !== undefined) {
    throw new PlainFault(`办结正在运行(进程 ${holder.pid}),不能清除。\n  → 请先停止它:kill ${holder.pid}`);
  }
  if (!process.argv.includes('--yes') && !(await isConfirmed(home))) {
    console.log('没有删除。');
    return;
  }
  try {
    await endLeftovers(openHome(home, { leastFreeBytes: 0 }));
    removeHome(home);
  } catch (error) {
    throw error instanceof StartFault ? new PlainFault(error.message) : error;
  }
  console.log(`已清除:${home}`);
}

async function isConfirmed(home) {
  const question = createInterface({ input: process.stdin, output: process.stdout });
  const closed = new Promise((done) => question.once('close', () => done('')));
  const answer = await Promise.race([
    question.question(`将删除 ${home} 中的全部数据(办件、附件、密钥、日志),不能恢复。确认请输入 yes:`),
    closed,
  ]);
  question.close();
  return answer.trim() === 'yes';
}

main().catch((error) => {
  process.stderr.write(`${error instanceof PlainFault ? error.message : error.stack}\n`);
  process.exitCode = 1;
});

import { printFault } from './fault';

/** A command takes its arguments and answers its exit code: 0 done, 1 the answer is no, 2 bad input, 3 nothing running. */
export type Command = (args: string[]) => number | Promise<number>;

// Each command is loaded by its own branch only: `deadline` must answer within a second and loads no database client.
const commands: Record<string, { summary: string; load: () => Command }> = {
  deadline: {
    summary: '计算办理时限的截止日期',
    load: () => (require('./deadline') as typeof import('./deadline')).deadline,
  },
  demo: {
    summary: '把 examples/ 中的办件包逐一办到底,与预期比较',
    load: () => (require('./demo') as typeof import('./demo')).demo,
  },
  admin: {
    summary: '新建工作人员账号',
    load: () => (require('./admin') as typeof import('./admin')).admin,
  },
  definition: {
    summary: '列出、查看、核对事项定义',
    load: () => (require('./definition') as typeof import('./definition')).definition,
  },
  'verify-audit': {
    summary: '核对办理记录的签名链',
    load: () => (require('./verify-audit') as typeof import('./verify-audit')).verifyAudit,
  },
  backup: {
    summary: '把正在运行的系统备份为一个加密的文件',
    load: () => (require('./backup') as typeof import('./backup')).backup,
  },
  restore: {
    summary: '把备份恢复到一个空的数据目录',
    load: () => (require('./restore') as typeof import('./restore')).restore,
  },
};

function usage(): string {
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(14)}${summary}`);
  return ['用法:npx banjie <命令> [选项]', '', '命令:', ...lines, '', '各命令的选项:npx banjie <命令> --help', ''].join(
    '\n',
  );
}

/**
 * `npx banjie …`: runs one command and answers the exit code.
 * @param args the words after `banjie`
 */
export async function main(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(usage());
    return 0;
  }
  const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    process.stderr.write(name === undefined ? usage() : `没有命令“${name}”。\n${usage()}`);
    return 2;
  }
  try {
    return await command.load()(rest);
  } catch (error) {
    return printFault(error);
  }
}

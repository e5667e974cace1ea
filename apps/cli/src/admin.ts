import { DomainError, postLabels, posts, type Post } from '@banjie/domain';
import {
  createDataSource,
  createStaffAccount,
  databaseFault,
  hashPassword,
  longestPassword,
  rows,
  shortestPassword,
} from '@banjie/persistence';
import { readOptions, type Options } from './options';
import { askPassword, firstLine } from './terminal';

const help = `用法:npx banjie admin create --username 登录名 --posts 岗位,… --agency 机构代码 [--display-name 显示名] [--password-stdin]

新建一个工作人员账号。数据库取自 DATABASE_URL(应用角色即可);口令在终端中输入两遍,或由 --password-stdin 从标准输入读取一行。

岗位:
${posts.map((post) => `  ${post.padEnd(16)}${postLabels[post]}`).join('\n')}

退出码:0 已建立,1 登录名已被使用,2 用法有误,3 数据库不可用。
`;

const misuse = (reason: string) => new DomainError('BAD_USAGE', { reason });

/** `banjie admin create`: makes the first account of an installation without a demo, and any other one. */
export async function admin(args: string[]): Promise<number> {
  const [verb, ...rest] = args;
  const asksHelp = (word: string | undefined) => word === '--help' || word === '-h' || word === 'help';
  // A word after `create` may be the value of an option; a question for help among them is one all the same.
  if (asksHelp(verb) || (verb === 'create' && (rest[0] === 'help' || rest.includes('--help') || rest.includes('-h')))) {
    process.stdout.write(help);
    return 0;
  }
  if (verb !== 'create') throw misuse('admin 之后须写 create');
  const options = readOptions(rest, {
    username: 'string',
    posts: 'string',
    agency: 'string',
    'display-name': 'string',
    'password-stdin': 'boolean',
  });
  const entry = entryOf(options);
  const url = process.env['DATABASE_URL'];
  if (!url) throw misuse('须设置环境变量 DATABASE_URL');
  return withDatabase(url, async (dataSource) => {
    const agencies = await rows<{ id: string; name: string }>(dataSource, 'SELECT id, name FROM agency ORDER BY id');
    const agency = agencies.find(({ id }) => id === entry.agencyId);
    if (!agency) {
      throw misuse(
        `没有机构“${entry.agencyId}”,已有:${agencies.map(({ id, name }) => `${id} ${name}`).join('、') || '无'}`,
      );
    }
    const password = options.flag('password-stdin')
      ? await firstLine()
      : await askPassword('--password-stdin', { twice: true });
    const length = [...password].length;
    if (length < shortestPassword || length > longestPassword) {
      throw misuse(`口令须有 ${shortestPassword} 至 ${longestPassword} 个字符`);
    }
    const id = await createStaffAccount(dataSource, entry, await hashPassword(password));
    if (id === null) {
      process.stderr.write(`登录名“${entry.username}”已被使用。\n`);
      return 1;
    }
    const held = entry.posts.map((post) => postLabels[post]).join('、');
    process.stdout.write(`已建立账号 ${entry.username}:${agency.name},${held}。\n`);
    return 0;
  });
}

function entryOf(options: Options): { username: string; displayName: string; agencyId: string; posts: Post[] } {
  const needed = (name: string): string => {
    const value = options.one(name)?.trim();
    if (!value) throw misuse(`缺少 --${name}`);
    return value;
  };
  const username = needed('username');
  if (!/^[a-z][a-z0-9._-]{1,39}$/.test(username)) {
    throw misuse('登录名须以小写字母开头,只含小写字母、数字和 . _ -,2 至 40 个字符');
  }
  const wanted = [
    ...new Set(
      needed('posts')
        .split(',')
        .map((post) => post.trim()),
    ),
  ];
  const unknown = wanted.find((post) => !(posts as readonly string[]).includes(post));
  if (unknown !== undefined) throw misuse(`没有岗位“${unknown.slice(0, 40)}”,可选:${posts.join('、')}`);
  const displayName = options.one('display-name')?.trim() || username;
  return { username, displayName, agencyId: needed('agency'), posts: wanted as Post[] };
}

async function withDatabase(
  url: string,
  work: (dataSource: ReturnType<typeof createDataSource>) => Promise<number>,
): Promise<number> {
  const dataSource = createDataSource(url, { poolSize: 1, applicationName: 'banjie-admin' });
  try {
    await dataSource.initialize();
    return await work(dataSource);
  } catch (error) {
    if (error instanceof DomainError) throw error;
    const code = databaseFault(error)?.code;
    const reason =
      code === '42P01'
        ? '数据库还没有建表,请先运行迁移(npm start 会自动迁移)'
        : (((error as Error).message || code) ?? '');
    process.stderr.write(`数据库不可用:${reason}\n`);
    return 3;
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}

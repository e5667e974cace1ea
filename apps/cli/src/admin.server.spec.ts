import { Readable } from 'node:stream';
import { isPassword, rows } from '@banjie/persistence';
import { createTestDatabase, seedTestWorld, type TestDatabase } from '@banjie/testing';
import { main } from './main';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await seedTestWorld(database.dataSource);
});
afterAll(() => database?.drop());

/** Runs the command with what a person would type or pipe, and keeps what it says. */
async function run(args: string[], input = '', url: string | undefined = database.appUrl) {
  const said: string[] = [];
  const keep = (chunk: string | Uint8Array) => {
    said.push(String(chunk));
    return true;
  };
  const out = jest.spyOn(process.stdout, 'write').mockImplementation(keep);
  const err = jest.spyOn(process.stderr, 'write').mockImplementation(keep);
  const stdin = Object.getOwnPropertyDescriptor(process, 'stdin')!;
  Object.defineProperty(process, 'stdin', { configurable: true, value: Readable.from([input]) });
  const before = process.env['DATABASE_URL'];
  if (url === undefined) delete process.env['DATABASE_URL'];
  else process.env['DATABASE_URL'] = url;
  try {
    return { code: await main(['admin', ...args]), said: said.join('') };
  } finally {
    if (before === undefined) delete process.env['DATABASE_URL'];
    else process.env['DATABASE_URL'] = before;
    Object.defineProperty(process, 'stdin', stdin);
    out.mockRestore();
    err.mockRestore();
  }
}

const create = (changes: Record<string, string> = {}) =>
  ['create', '--password-stdin'].concat(
    Object.entries({ username: 'chief', posts: 'systemAdmin', agency: '450206', ...changes }).flatMap(
      ([name, value]) => [`--${name}`, value],
    ),
  );

describe('banjie admin create', () => {
  it.each([
    ['--help'],
    ['-h'],
    ['help'],
    ['create', '--help'],
    ['create', '-h'],
    ['create', '--username', 'x', '--help'],
  ])('explains itself when asked (%s %s)', async (...words) => {
    expect(await run(words)).toEqual({ code: 0, said: expect.stringMatching(/^用法:npx banjie admin create/) });
  });

  it('makes an account that can sign in, and never shows its password', async () => {
    const { code, said } = await run(
      create({ username: 'first', posts: 'systemAdmin,supervisor', 'display-name': '首任管理员' }),
      'a long password\n',
    );
    expect([code, said]).toEqual([0, '已建立账号 first:柳州市柳江区医疗保障经办机构,系统管理员、督办岗。\n']);
    const [row] = await rows<{ display_name: string; posts: string[]; password_hash: string; active: boolean }>(
      database.dataSource,
      `SELECT display_name, posts, password_hash, active FROM staff_account WHERE username = 'first'`,
    );
    expect(row).toMatchObject({ display_name: '首任管理员', posts: ['systemAdmin', 'supervisor'], active: true });
    expect(await isPassword(row!.password_hash, 'a long password')).toBe(true);
  });

  it('says so when the name is taken, and leaves that account alone', async () => {
    expect(await run(create({ username: 'window1' }), 'a long password')).toEqual({
      code: 1,
      said: '登录名“window1”已被使用。\n',
    });
    const [row] = await rows<{ posts: string[] }>(
      database.dataSource,
      `SELECT posts FROM staff_account WHERE username = 'window1'`,
    );
    expect(row!.posts).toEqual(['window']);
  });

  it.each([
    ['no verb', [], /create/],
    ['a missing option', ['create', '--username', 'x1', '--posts', 'window'], /--agency/],
    ['an unknown post', create({ posts: 'window,boss' }), /没有岗位“boss”/],
    ['an unknown agency', create({ agency: '999999' }), /没有机构“999999”,已有:450203/],
    ['a name in capitals', create({ username: 'Chief' }), /小写字母/],
    ['a short password', create(), /口令须有 10 至 200 个字符/],
    ['a stray option', [...create(), '--force'], /不认识的选项/],
  ])('refuses %s with exit code 2', async (_, args, sentence) => {
    const { code, said } = await run(args, 'short');
    expect(code).toBe(2);
    expect(said).toMatch(sentence);
    expect(await rows(database.dataSource, `SELECT 1 FROM staff_account WHERE username = 'chief'`)).toEqual([]);
  });

  it('answers 2 without DATABASE_URL and 3 when nothing listens there', async () => {
    expect(await run(create(), 'a long password', '')).toMatchObject({
      code: 2,
      said: expect.stringContaining('DATABASE_URL'),
    });
    expect(await run(create(), 'a long password', 'postgres://banjie_app:x@127.0.0.1:1/none')).toMatchObject({
      code: 3,
      said: expect.stringContaining('数据库不可用'),
    });
  });

  it('lists posts and options on --help', async () => {
    expect(await run(['--help'])).toMatchObject({ code: 0, said: expect.stringContaining('secondReviewer') });
  });
});

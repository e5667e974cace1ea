import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from './main';

let folder: string;
const before = process.env['BANJIE_HOME'];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'banjie-backup-'));
  process.env['BANJIE_HOME'] = join(folder, 'home');
});
afterEach(() => {
  if (before === undefined) delete process.env['BANJIE_HOME'];
  else process.env['BANJIE_HOME'] = before;
  rmSync(folder, { recursive: true });
});

async function run(...args: string[]): Promise<{ code: number; said: string }> {
  let said = '';
  const keep = (chunk: string | Uint8Array) => {
    said += String(chunk);
    return true;
  };
  const spies = [process.stdout, process.stderr].map((stream) => jest.spyOn(stream, 'write').mockImplementation(keep));
  try {
    return { code: await main(args), said };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

function passphraseFile(text: string): string {
  const path = join(folder, 'passphrase');
  writeFileSync(path, `${text}\n`);
  return path;
}

describe('banjie backup', () => {
  it('needs a running system', async () => {
    await expect(run('backup')).resolves.toMatchObject({ code: 3, said: expect.stringMatching(/系统没有在运行/) });
  });

  it('wants a passphrase that is not guessed, before it connects to anything', async () => {
    writeFileSync(
      join(folder, 'run.json'),
      JSON.stringify({ servers: { migrationDatabaseUrl: 'postgres://nowhere:1/x' } }),
    );
    process.env['BANJIE_HOME'] = folder;
    const to = join(folder, 'x.backup');
    const short = await run('backup', '--to', to, '--passphrase-file', passphraseFile('elf letters'));
    expect(short).toMatchObject({ code: 2, said: expect.stringMatching(/12 个以上的字符/) });
    const absent = await run('backup', '--to', to, '--passphrase-file', join(folder, 'absent'));
    expect(absent).toMatchObject({ code: 2, said: expect.stringMatching(/口令文件[^]*ENOENT/) });
    writeFileSync(to, 'somebody’s');
    const taken = await run('backup', '--to', to, '--passphrase-file', passphraseFile('long enough by far'));
    expect(taken).toMatchObject({ code: 2, said: expect.stringMatching(/已存在,备份不会覆盖它/) });
  });

  it('leaves nothing behind when it fails', async () => {
    writeFileSync(
      join(folder, 'run.json'),
      JSON.stringify({ servers: { migrationDatabaseUrl: 'postgres://127.0.0.1:1/x' } }),
    );
    const key = Buffer.alloc(32, 'k').toString('base64');
    writeFileSync(
      join(folder, 'keys.json'),
      JSON.stringify({ columnKeyId: 'k', columnKeys: { k: key }, hashKey: key, auditKey: key }),
    );
    process.env['BANJIE_HOME'] = folder;
    const to = join(folder, 'x.backup');
    const failed = await run('backup', '--to', to, '--passphrase-file', passphraseFile('long enough by far'));
    expect(failed).toMatchObject({ code: 1, said: expect.stringMatching(/没有备份成功:[^]*ECONNREFUSED/) });
    expect(readdirSync(folder).sort()).toEqual(['keys.json', 'passphrase', 'run.json']);
  });
});

describe('banjie restore', () => {
  it('wants a file that is a backup', async () => {
    await expect(run('restore')).resolves.toMatchObject({ code: 2, said: expect.stringMatching(/缺少 --from/) });
    await expect(run('restore', '--from', join(folder, 'absent'))).resolves.toMatchObject({ code: 2 });
    const from = passphraseFile('no backup at all');
    const refused = await run('restore', '--from', from, '--passphrase-file', from);
    expect(refused).toMatchObject({ code: 1, said: expect.stringMatching(/这不是办结的备份文件[^]*数据目录没有改动/) });
    expect(readdirSync(folder)).toEqual(['passphrase']);
  });
});

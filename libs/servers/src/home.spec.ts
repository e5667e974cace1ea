import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHome, removeHome, serverSecrets } from './home';
import { StartFault } from './start-fault';

describe('the home folder', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'banjie-home-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('keeps its passwords, closed to others, over starts', () => {
    const home = openHome(join(folder, 'home'));
    const first = serverSecrets(home);
    expect(serverSecrets(home)).toEqual(first);
    expect(new Set(Object.values(first)).size).toBe(4);
    expect(statSync(join(home.path, 'secrets.json')).mode & 0o777).toBe(0o600);
  });

  it('fills what a start cut short has not written, without changing the rest', () => {
    const home = openHome(folder);
    writeFileSync(join(folder, 'secrets.json'), '{"postgresAdmin":"kept"}');
    expect(serverSecrets(home)).toMatchObject({
      postgresAdmin: 'kept',
      redis: expect.stringMatching(/.{20}/) as string,
    });
  });

  it('says so in a sentence when the disk is full', () => {
    expect(() => openHome(folder, { leastFreeBytes: 2 ** 60 })).toThrow(StartFault);
    expect(() => openHome(folder, { leastFreeBytes: 2 ** 60 })).toThrow(/磁盘空间不足[^]*BANJIE_HOME=/);
  });

  it('says so in a sentence when it cannot be made', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => openHome(join(folder, 'file', 'home'))).toThrow(/无法写入[^]*BANJIE_HOME=/);
  });

  it('is removed with data that lie outside of it', () => {
    const home = openHome(join(folder, 'home'));
    const outside = mkdtempSync(join(folder, 'outside-'));
    writeFileSync(join(home.path, 'postgres.json'), JSON.stringify({ folder: outside }));
    removeHome(home.path);
    expect([home.path, outside].map((path) => statSync(path, { throwIfNoEntry: false }))).toEqual([
      undefined,
      undefined,
    ]);
  });
});

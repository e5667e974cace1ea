import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArchiveRefused, openArchive, writeArchive, type ArchiveEntry } from './archive';

const passphrase = '一个足够长的口令-2026';
const large = randomBytes(1_500_000);
let folder: string;
let path: string;

async function* contentOf(...chunks: Buffer[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}
async function* entries(): AsyncGenerator<ArchiveEntry> {
  yield await Promise.resolve({
    name: 'a',
    content: contentOf(Buffer.from('one'), Buffer.alloc(0), Buffer.from('two')),
  });
  yield { name: 'empty', content: contentOf() };
  yield { name: 'large', content: contentOf(large.subarray(0, 700_000), large.subarray(700_000)) };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'banjie-archive-'));
  path = join(folder, 'whole');
  await writeArchive(path, passphrase, entries());
});
afterAll(() => rmSync(folder, { recursive: true }));

async function read(file = path, word = passphrase): Promise<Map<string, Buffer>> {
  const archive = await openArchive(file, word);
  const found = new Map<string, Buffer>();
  for await (const { name, content } of archive.entries()) {
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk);
    found.set(name, Buffer.concat(chunks));
  }
  return found;
}

it('gives back what was put in, passes over what nobody reads, and is its owner’s alone', async () => {
  const found = await read();
  expect([...found.keys()]).toEqual(['a', 'empty', 'large']);
  expect(found.get('a')!.toString()).toBe('onetwo');
  expect(found.get('large')!.equals(large)).toBe(true);
  const names: string[] = [];
  for await (const { name } of (await openArchive(path, passphrase)).entries()) names.push(name);
  expect(names).toEqual(['a', 'empty', 'large']);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path).includes('onetwo')).toBe(false);
});

it('never writes over a file', async () => {
  await expect(writeArchive(path, passphrase, entries())).rejects.toThrow('EEXIST');
});

it('knows another passphrase', async () => {
  await expect(read(path, `${passphrase} `)).rejects.toThrow(/口令不对/);
});

it('is refused with any one byte flipped', async () => {
  const bytes = statSync(path).size;
  const end = readFileSync(path).indexOf('\n');
  // Each part once: the head, its end, the first and the last byte of the content, the tag, and some between.
  const places = [
    3,
    60,
    end - 3,
    end,
    end + 1,
    bytes - 17,
    bytes - 16,
    bytes - 1,
    ...[0.2, 0.5, 0.8].map((x) => Math.floor(bytes * x)),
  ];
  for (const place of places) {
    const damaged = join(folder, 'damaged');
    copyFileSync(path, damaged);
    const content = readFileSync(damaged);
    content[place]! ^= 1;
    writeFileSync(damaged, content);
    await expect(read(damaged)).rejects.toThrow(ArchiveRefused);
  }
});

it.each([0, 10, 200, 5_000])('is refused when it was cut off after %d bytes', async (bytes) => {
  const cut = join(folder, 'cut');
  copyFileSync(path, cut);
  truncateSync(cut, bytes);
  await expect(read(cut)).rejects.toThrow(ArchiveRefused);
});

it('asks for no endless work on the word of an unproved head', async () => {
  const [line] = readFileSync(path, 'latin1').split('\n');
  const head = JSON.parse(line!) as { kdf: { n: number } };
  head.kdf.n = 2 ** 30;
  const greedy = join(folder, 'greedy');
  writeFileSync(greedy, `${JSON.stringify(head)}\n${'x'.repeat(100)}`);
  await expect(read(greedy)).rejects.toThrow(/不是办结的备份文件/);
});

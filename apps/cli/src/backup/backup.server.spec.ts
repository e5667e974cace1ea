import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDataSource, rows } from '@banjie/persistence';
import { openHome, removeHome, restoringMark, startPostgres, Supervisor } from '@banjie/servers';
import {
  createTestDatabase,
  drawTestOrder,
  receiveTestCase,
  seedTestWorld,
  testCipher,
  writeTestKeys,
  type TestDatabase,
} from '@banjie/testing';
import { openArchive, writeArchive, type ArchiveEntry } from './archive';
import { makeBackup, type BackupSource } from './make-backup';
import { entryNames, inspect, textEntry, type Manifest } from './manifest';
import { restoreBackup } from './restore-backup';

const passphrase = '备份恢复演练口令-01';
const cipher = testCipher();
let database: TestDatabase;
let keys: ReturnType<typeof writeTestKeys>;
let folder: string;
let source: BackupSource;
let path: string;
const paper = Buffer.from('sealed content of a paper');
const paperName = createHash('sha256').update(paper).digest('hex');

beforeAll(async () => {
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'banjie-backup-'));
  database = await createTestDatabase();
  keys = writeTestKeys();
  const world = await seedTestWorld(database.dataSource);
  for (let n = 0; n < 3; n += 1) await receiveTestCase(database.dataSource, cipher, world);
  await drawTestOrder(database.dataSource, cipher, world, { state: 'paid' });
  const filesPath = join(folder, 'files');
  mkdirSync(join(filesPath, paperName.slice(0, 2)), { recursive: true });
  writeFileSync(join(filesPath, paperName.slice(0, 2), paperName), paper);
  writeFileSync(join(filesPath, paperName.slice(0, 2), '.0011.tmp'), 'half written');
  const bankKeysPath = join(folder, 'bank-keys.json');
  writeFileSync(bankKeysPath, '{"own":"of this spec"}');
  source = {
    ownerUrl: database.ownerUrl,
    keysPath: keys.path,
    bankKeysPath,
    filesPath,
    demo: { password: 'pw', accounts: [] },
  };
  path = join(folder, 'whole.backup');
});
afterAll(async () => {
  keys?.remove();
  await database?.drop();
  rmSync(folder, { recursive: true, force: true });
});

const newHome = () => join(folder, `home-${Math.random().toString(36).slice(2)}`);
const restore = (from: string, homePath: string, word = passphrase) =>
  restoreBackup({ path: from, passphrase: word, homePath, env: process.env, report: () => undefined });

it('keeps every table as of one instant, while rows come in, and says what it holds', async () => {
  // A transaction that is open while the backup is made leaves no half of itself in it.
  const runner = database.dataSource.createQueryRunner();
  await runner.startTransaction();
  await runner.query(`INSERT INTO attempt_log (actor_id, act, code) VALUES ('open', 'accept', 'CASE_MOVED')`);
  const report = await makeBackup(source, path, passphrase);
  await runner.commitTransaction();
  await runner.release();
  const { manifest } = await inspect(await openArchive(path, passphrase));
  expect(report).toMatchObject({ files: 1, tables: manifest.structure.tables.length });
  expect(manifest.tables['cases']!.rows).toBe(4);
  expect(manifest.tables['attempt_log']!.rows).toBe(0);
  expect(Object.keys(manifest.files)).toEqual([`${paperName.slice(0, 2)}/${paperName}`]);
  await expect(makeBackup(source, path, passphrase)).rejects.toThrow(/is there already/);
  expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
});

describe('a restored home', () => {
  const home = newHome;
  let homePath: string;
  let supervisor: Supervisor;
  let appUrl: string;

  beforeAll(async () => {
    homePath = home();
    // The bank of this machine outlived us; its books are not ours to touch.
    mkdirSync(join(homePath, 'bank'), { recursive: true, mode: 0o711 });
    writeFileSync(join(homePath, 'bank', 'journal'), 'the bank’s own');
    const { audit } = await restore(path, homePath);
    expect(audit).toMatchObject({ cases: 4 });
    const opened = openHome(homePath);
    supervisor = new Supervisor(opened);
    ({ appUrl } = await startPostgres({
      home: opened,
      supervisor,
      env: { PATH: process.env['PATH'] },
      report: () => undefined,
    }));
  });
  afterAll(async () => {
    await supervisor?.stopAll();
    removeHome(homePath);
  });

  it('has the rows, papers, keys and sign-ins, and the bank’s folder as it was', async () => {
    const dataSource = await createDataSource(appUrl, { poolSize: 1 }).initialize();
    try {
      for (const sql of [
        `SELECT case_no, seq, encode(hash, 'hex'), facts, at FROM case_act ORDER BY case_no, seq`,
        `SELECT order_no, state, encode(payee_enc, 'hex') FROM payout_order ORDER BY 1`,
        `SELECT id, debit_account, credit_account, amount_fen FROM posting ORDER BY 1`,
      ]) {
        const restored = await rows(dataSource, sql);
        expect(restored.length).toBeGreaterThan(0);
        expect(restored).toEqual(await rows(database.dataSource, sql));
      }
      // Guards and counters work on: nothing rewrites an act, and a new row takes a number of its own.
      await expect(dataSource.query(`UPDATE case_act SET facts = '{}'`)).rejects.toThrow(
        /permission denied|only ever added/,
      );
      const [{ next, last }] = (await rows<{ next: number; last: number }>(
        dataSource,
        `SELECT nextval('outbox_id_seq') AS next, (SELECT max(id) FROM outbox) AS last`,
      )) as [{ next: number; last: number }];
      expect(next).toBeGreaterThan(last);
    } finally {
      await dataSource.destroy();
    }
    const stored = join(homePath, 'files', paperName.slice(0, 2), paperName);
    expect(readFileSync(stored).equals(paper)).toBe(true);
    expect(JSON.parse(readFileSync(join(homePath, 'keys.json'), 'utf8'))).toEqual(
      JSON.parse(readFileSync(keys.path, 'utf8')),
    );
    expect(readFileSync(join(homePath, 'bank-keys.json'), 'utf8')).toBe('{"own":"of this spec"}');
    expect(JSON.parse(readFileSync(join(homePath, 'run.json'), 'utf8'))).toEqual({ demo: source.demo });
    expect(readFileSync(join(homePath, 'bank', 'journal'), 'utf8')).toBe('the bank’s own');
    expect(existsSync(restoringMark({ path: homePath }))).toBe(false);
  });

  it('is not restored over', async () => {
    await expect(restore(path, homePath)).rejects.toThrow(/不是空的/);
    expect(readFileSync(join(homePath, 'bank', 'journal'), 'utf8')).toBe('the bank’s own');
  });
});

describe('what cannot be restored is refused, and the home is as it was', () => {
  /** The same backup written anew with something changed: sealed well, so that what is inside must be judged. */
  async function rewritten(change: (entry: ArchiveEntry) => ArchiveEntry | null): Promise<string> {
    const archive = await openArchive(path, passphrase);
    const target = join(folder, `${Math.random().toString(36).slice(2)}.backup`);
    async function* entries(): AsyncGenerator<ArchiveEntry> {
      for await (const entry of archive.entries()) {
        const changed = change(entry);
        if (changed) yield changed;
      }
    }
    await writeArchive(target, passphrase, entries());
    return target;
  }
  async function withManifest(change: (manifest: Manifest) => void): Promise<string> {
    const { manifest } = await inspect(await openArchive(path, passphrase));
    change(manifest);
    return rewritten((entry) =>
      entry.name === entryNames.manifest ? textEntry(entry.name, JSON.stringify(manifest)) : entry,
    );
  }
  async function expectBankAlone(from: string, sentence: RegExp, word = passphrase): Promise<void> {
    const homePath = newHome();
    mkdirSync(join(homePath, 'bank'), { recursive: true, mode: 0o711 });
    writeFileSync(join(homePath, 'bank', 'journal'), 'the bank’s own');
    await expect(restore(from, homePath, word)).rejects.toThrow(sentence);
    expect(readdirSync(homePath)).toEqual(['bank']);
    expect(readFileSync(join(homePath, 'bank', 'journal'), 'utf8')).toBe('the bank’s own');
  }
  async function expectRefused(from: string, sentence: RegExp, word = passphrase): Promise<void> {
    await expectBankAlone(from, sentence, word);
    const absent = join(folder, 'absent', 'home');
    await expect(restore(from, absent, word)).rejects.toThrow(sentence);
    expect(existsSync(absent)).toBe(false);
  }

  it('another passphrase', () => expectRefused(path, /口令不对/, 'another passphrase'));

  it('one byte flipped', async () => {
    const damaged = join(folder, 'damaged.backup');
    copyFileSync(path, damaged);
    const content = readFileSync(damaged);
    content[Math.floor(content.length / 2)]! ^= 1;
    writeFileSync(damaged, content);
    await expectRefused(damaged, /备份文件已损坏/);
  });

  it('a table that is missing', async () => {
    await expectRefused(
      await rewritten((entry) => (entry.name === 'tables/case_act' ? null : entry)),
      /缺少 tables\/case_act/,
    );
  });

  it('a table with another row than the manifest knows', async () => {
    const other = (entry: ArchiveEntry) => (entry.name === 'tables/agency' ? textEntry(entry.name, 'x\n') : entry);
    await expectRefused(await rewritten(other), /tables\/agency 与清单记载的摘要不符/);
  });

  it('a paper that is missing', async () => {
    await expectRefused(await rewritten((entry) => (entry.name.startsWith('files/') ? null : entry)), /缺少 files\//);
  });

  it('another version of the schema', async () => {
    const older = await withManifest((manifest) => (manifest.structure.migrations = ['SomeOther1763000000000']));
    await expectRefused(older, /数据库版本\(SomeOther1763000000000\)[^]*不同/);
    const edited = await withManifest((manifest) => (manifest.structure.digest = '0'.repeat(64)));
    // Seen only when the database stands: everything that was made for it goes again.
    await expectBankAlone(edited, /数据库结构[^]*000000000000[^]*不同/);
  });
});

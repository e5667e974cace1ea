import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HomeInUse, lockHome } from './home-lock';
import { Journal, JournalDamaged } from './journal';
import type { BankRecord } from './records';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'banjie-journal-'));
});
afterEach(() => rm(home, { recursive: true }));

const record = (n: number): BankRecord => ({ n, at: '2026-11-23T08:00:00.000Z', type: 'faultsCleared' });
const open = () => Journal.open(home, () => undefined);
const path = () => join(home, 'journal.jsonl');
const write = async (count: number): Promise<void> => {
  const { journal, records } = await open();
  for (let n = 1; n <= count; n += 1) journal.append(record(records.length + n));
  await journal.close();
};

describe('the journal', () => {
  it('gives back what was settled, in order', async () => {
    await write(3);
    await write(2);
    const { journal, records, droppedBytes } = await open();
    await journal.close();
    expect(records.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5]);
    expect(droppedBytes).toBe(0);
  });

  it('has a record on disk when settled answers, also for records that came during an fsync', async () => {
    const { journal } = await open();
    const waits: Promise<void>[] = [];
    for (let n = 1; n <= 200; n += 1) {
      journal.append(record(n));
      waits.push(
        journal.settled().then(async () => {
          const lines = (await readFile(path(), 'utf8')).split('\n').length - 1;
          expect(lines).toBeGreaterThanOrEqual(n);
        }),
      );
      if (n % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(waits);
    await journal.close();
  });

  it('drops a last line at every length at which it can be torn, and goes on after it', async () => {
    await write(2);
    const whole = await readFile(path());
    const torn = `${JSON.stringify(record(3))}`;
    for (let length = 1; length <= torn.length; length += 1) {
      await writeFile(path(), whole);
      await appendFile(path(), torn.slice(0, length));
      const { journal, records, droppedBytes } = await open();
      expect([records.length, droppedBytes]).toEqual([2, length]);
      journal.append(record(3));
      await journal.close();
      expect(await readFile(path(), 'utf8')).toBe(`${whole.toString()}${torn}\n`);
    }
  });

  it.each([
    ['a broken line', (text: string) => text.replace('"n":2', '"n":2"')],
    [
      'a missing line',
      (text: string) =>
        text
          .split('\n')
          .filter((_, place) => place !== 1)
          .join('\n'),
    ],
    ['a line written twice', (text: string) => text + (text.split('\n')[2] ?? '') + '\n'],
  ])('refuses to go on from %s', async (_, damage) => {
    await write(3);
    await writeFile(path(), damage(await readFile(path(), 'utf8')));
    await expect(open()).rejects.toThrow(JournalDamaged);
  });

  it('reports a write that failed, and answers nothing afterwards', async () => {
    const failures: unknown[] = [];
    const { journal } = await Journal.open(home, (error) => failures.push(error));
    journal.append(record(1));
    await journal.close();
    journal.append(record(2)); // the file is closed: stands for a disk that refuses
    await expect(journal.settled()).rejects.toThrow();
    await expect(journal.settled()).rejects.toThrow();
    expect(failures).toHaveLength(1);
  });
});

describe('the lock of the folder', () => {
  it('lets one bank in at a time, and the next one after it', async () => {
    const unlock = await lockHome(home);
    await expect(lockHome(home)).rejects.toThrow(HomeInUse);
    await unlock();
    await (
      await lockHome(home)
    )();
  });

  it.each([
    ['a process that is gone', '999999999 1'],
    ['another process under the same id', `${process.pid} 1`],
    ['nobody', ''],
  ])('is taken over from %s', async (_, content) => {
    await writeFile(join(home, 'lock'), content);
    await (
      await lockHome(home)
    )();
  });
});

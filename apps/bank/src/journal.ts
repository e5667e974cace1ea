import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { BankRecord } from './records';

/** The journal cannot be believed any more; the bank must not start on it. */
export class JournalDamaged extends Error {}

/**
 * Append-only JSONL on disk. `append` only queues; whoever tells the outside about a record first waits for `settled`,
 * which answers after the fsync. Records that arrive during one fsync share the next.
 */
export class Journal {
  private queued: string[] = [];
  private running: Promise<void> | null = null;
  private following: Promise<void> | null = null;
  private failure: unknown = null;

  private constructor(
    private readonly file: FileHandle,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /**
   * Reads all records and opens the file for appending. A last line without its line feed was never answered for (the
   * fsync covers the line feed) and is cut off; any other unreadable line is damage.
   * @throws JournalDamaged
   */
  static async open(
    home: string,
    onFailure: (error: unknown) => void,
  ): Promise<{ journal: Journal; records: BankRecord[]; droppedBytes: number }> {
    await mkdir(home, { recursive: true, mode: 0o700 });
    const path = join(home, 'journal.jsonl');
    const file = await open(path, 'a+');
    try {
      const bytes = await file.readFile();
      const end = bytes.lastIndexOf(0x0a) + 1;
      const records = readRecords(bytes.subarray(0, end).toString('utf8'));
      if (end < bytes.length) await file.truncate(end);
      await file.sync();
      await syncFolder(home);
      return { journal: new Journal(file, onFailure), records, droppedBytes: bytes.length - end };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  append(record: BankRecord): void {
    this.queued.push(`${JSON.stringify(record)}\n`);
    this.settled().catch(() => undefined); // reported through onFailure; here nobody waits
  }

  /** Answers when every record appended so far is on disk. */
  settled(): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    if (this.queued.length === 0) return this.running ?? Promise.resolve();
    this.following ??= (this.running ?? Promise.resolve()).then(() => this.flush());
    return this.following;
  }

  private flush(): Promise<void> {
    const lines = this.queued.join('');
    this.queued = [];
    this.following = null;
    this.running = this.write(lines);
    return this.running;
  }

  private async write(lines: string): Promise<void> {
    try {
      await this.file.appendFile(lines);
      await this.file.datasync();
      this.running = null;
    } catch (error) {
      // Memory is now ahead of the disk: nothing may be answered any more.
      this.failure = error;
      this.onFailure(error);
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.settled().finally(() => this.file.close());
  }
}

function readRecords(text: string): BankRecord[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line, place) => {
    try {
      const record = JSON.parse(line) as BankRecord;
      if (record.n === place + 1) return record;
    } catch {
      // falls through to the one sentence below
    }
    throw new JournalDamaged(`银行流水第 ${place + 1} 行已损坏,不能在此基础上继续记账;请从备份恢复 journal.jsonl。`);
  });
}

/** A new file is only safe once its folder entry is. */
async function syncFolder(home: string): Promise<void> {
  const folder = await open(home, 'r');
  await folder.sync().finally(() => folder.close());
}

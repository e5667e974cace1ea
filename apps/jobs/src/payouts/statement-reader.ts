import { Injectable } from '@nestjs/common';
import { bankStatementSchema, type BankStatement } from '@banjie/contracts';
import { accountDigest, ColumnCipher, lastBankEntryNo, recordBankEntry } from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { alarm, Log } from '../log';
import { Settings } from '../settings';

const pageSize = 500;
const bankTimeoutMs = 30_000;

/** Takes over the bank's statement entry by entry: what ends 未知 when no answer came, and the one source of 退票. */
@Injectable()
export class StatementReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: ColumnCipher,
    private readonly settings: Settings,
    private readonly log: Log,
  ) {}

  /** Reads to the end; the cursor is what was taken over, so that a stop between two entries loses none. */
  async read(): Promise<number> {
    let count = 0;
    let after = await lastBankEntryNo(this.dataSource.manager);
    for (;;) {
      const page = await this.fetch(after);
      for (const entry of page.entries) {
        if (entry.entryNo !== after + 1) {
          alarm(this.log, 'statementHasGap', { expected: after + 1, entryNo: entry.entryNo });
          throw new Error('the statement has a gap');
        }
        const taken = { ...entry, accountDigest: accountDigest(this.cipher, entry.payeeAccount) };
        const meaning = await this.dataSource.transaction((manager) => recordBankEntry(manager, taken));
        if (meaning !== null && !['settled', 'returned', 'agreed'].includes(meaning)) {
          const { entryNo, kind, orderNo } = entry;
          alarm(this.log, 'statementDisagrees', { meaning, entryNo, kind, orderNo });
        }
        after = entry.entryNo;
        count += 1;
      }
      if (!page.hasMore || page.entries.length === 0) return count;
    }
  }

  private async fetch(after: number): Promise<BankStatement> {
    const response = await fetch(`${this.settings.bankUrl}/statement?after=${after}&limit=${pageSize}`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(bankTimeoutMs),
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`the bank answered ${response.status} for its statement`);
    return bankStatementSchema.parse(JSON.parse(text));
  }
}

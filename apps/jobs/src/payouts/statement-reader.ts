import { Injectable } from '@nestjs/common';
import { isSignedAnswer, loadCallKeys, signRequest, type CallKeys } from '@banjie/bank-files';
import { bankStatementSchema, type BankAccountLine, type BankStatement } from '@banjie/contracts';
import {
  accountDigest,
  ColumnCipher,
  contradictingEntries,
  fundAccounts,
  isDoubtful,
  lastBankEntryNo,
  lastStatement,
  markCaughtUp,
  recordBankEntry,
  recordBankReceipt,
  type EntryMeaning,
} from '@banjie/persistence';
import { DataSource, type EntityManager } from 'typeorm';
import { everyAgency } from '../every-agency';
import { alarm, Log } from '../log';
import { Settings } from '../settings';
import { StatementTaker } from './statement-taker';

const pageSize = 500;
const bankTimeoutMs = 30_000;
const mostStatementBytes = 64 * 1024 * 1024;

type Accounts = Awaited<ReturnType<typeof fundAccounts>>;

/**
 * Takes over what the bank tells: entry by entry during the day (what ends 未知 when no answer came, and the one source of 退票), and the
 * statement of each day, which states the balances.
 */
@Injectable()
export class StatementReader {
  private readonly keys: CallKeys;

  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: ColumnCipher,
    private readonly settings: Settings,
    private readonly taker: StatementTaker,
    private readonly log: Log,
  ) {
    this.keys = loadCallKeys(settings.bankKeysPath);
  }

  /** Reads to the end; the cursor is what was taken over, so that a stop between two entries loses none. */
  async read(): Promise<number> {
    let count = 0;
    let after = await lastBankEntryNo(this.dataSource.manager);
    const accounts = await fundAccounts(this.dataSource);
    for (;;) {
      const page = await this.fetchEntries(after);
      const lines = [...page.entries, ...page.receipts].sort((one, other) => one.entryNo - other.entryNo);
      for (const line of lines) {
        const { entryNo, kind } = line;
        if (entryNo !== after + 1) {
          alarm(this.log, 'statementHasGap', { expected: after + 1, entryNo });
          throw new Error('the statement has a gap');
        }
        const meaning = await this.dataSource.transaction((manager) => this.record(manager, line, accounts));
        if (meaning === null && (await this.wasToldOtherwise(line))) {
          // A statement had used the number: neither is believed before a person has asked the bank.
          alarm(this.log, 'entryContradicts', { entryNo, kind });
        }
        if (meaning !== null && isDoubtful(meaning)) {
          const orderNo = line.kind === 'credit' ? null : line.orderNo;
          alarm(this.log, 'statementDisagrees', { meaning, entryNo, kind, orderNo });
        }
        after = entryNo;
        count += 1;
      }
      if (!page.hasMore || lines.length === 0) {
        await markCaughtUp(this.dataSource.manager);
        return count;
      }
    }
  }

  /** Takes the statements of every account that the bank has made since the last one. Answers how many were posted. */
  async readStatements(): Promise<number> {
    await this.taker.takeOpen();
    const accounts = [...(await fundAccounts(this.dataSource))];
    return everyAgency(this.dataSource, this.log, {
      name: 'statements',
      at: async ({ id }) => {
        const fundAccount = accounts.find(([, { agencyId }]) => agencyId === id)?.[0];
        return fundAccount === undefined ? 0 : this.takeStatements(fundAccount);
      },
    });
  }

  private async takeStatements(fundAccount: string): Promise<number> {
    for (let posted = 0; ; posted += 1) {
      const due = ((await lastStatement(this.dataSource, fundAccount))?.sequenceNo ?? 0) + 1;
      const bytes = await this.fetchStatement(fundAccount, due);
      if (bytes === null) return posted;
      const { state, isNew, sequenceNos } = await this.taker.take(`${fundAccount}-${due}.xml`, bytes);
      if (isNew && !sequenceNos.includes(due)) {
        alarm(this.log, 'statementOutOfOrder', { fundAccount, asked: due, got: sequenceNos });
      }
      if (state !== 'posted' || !isNew) return posted;
    }
  }

  /** Of an entry that was known before. */
  private async wasToldOtherwise(line: BankAccountLine): Promise<boolean> {
    const { entryNo, kind, amountFen, fundAccount } = line;
    const account = line.kind === 'credit' ? line.payerAccount : line.payeeAccount;
    const stated = {
      ...{ entryNo, kind, amountFen, fundAccount, orderNo: line.kind === 'credit' ? null : line.orderNo },
      accountDigest: account === null ? null : accountDigest(this.cipher, account),
    };
    return (await contradictingEntries(this.dataSource, [stated])).differing.length > 0;
  }

  private record(manager: EntityManager, line: BankAccountLine, accounts: Accounts): Promise<EntryMeaning | null> {
    if (line.kind !== 'credit') {
      return recordBankEntry(manager, { ...line, accountDigest: accountDigest(this.cipher, line.payeeAccount) });
    }
    const { payerAccount, purpose, ...facts } = line;
    return recordBankReceipt(manager, {
      ...facts,
      accountDigest: payerAccount === null ? null : accountDigest(this.cipher, payerAccount),
      isInterest: purpose === 'interest',
      isFromFiscalAccount: payerAccount !== null && payerAccount === accounts.get(line.fundAccount)?.fiscalAccount,
    });
  }

  private async fetchEntries(after: number): Promise<BankStatement> {
    const { status, body } = await this.fetch(`/statement?after=${after}&limit=${pageSize}`);
    if (status !== 200) throw new Error(`the bank answered ${status} for its statement`);
    return bankStatementSchema.parse(JSON.parse(body.toString('utf8')));
  }

  /** Null while the bank has not made it. */
  private async fetchStatement(fundAccount: string, sequenceNo: number): Promise<Buffer | null> {
    const { status, body } = await this.fetch(`/statement/camt053?fundAccount=${fundAccount}&sequenceNo=${sequenceNo}`);
    if (status === 404) return null;
    if (status !== 200) throw new Error(`the bank answered ${status} for its daily statement`);
    return body;
  }

  /** One signed call. @throws when the answer is not signed by the bank as the answer to it, or is larger than can be read. */
  private async fetch(path: string): Promise<{ status: number; body: Buffer }> {
    const url = new URL(`${this.settings.bankUrl}${path}`);
    const { headers, digest } = signRequest({ method: 'GET', target: `${url.pathname}${url.search}` }, this.keys);
    const response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(bankTimeoutMs) });
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of response.body ?? []) {
      size += part.length;
      if (size > mostStatementBytes) throw new Error('the statement is larger than can be read');
      parts.push(part);
    }
    const body = Buffer.concat(parts);
    const { status } = response;
    if (!isSignedAnswer({ status, header: (name) => response.headers.get(name), body }, digest, this.keys)) {
      alarm(this.log, 'bankAnswerForged', { path: url.pathname, status });
      throw new Error('the statement is not signed by the bank');
    }
    return { status, body };
  }
}

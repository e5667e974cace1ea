import { Injectable } from '@nestjs/common';
import { readCamt053, statementStep, type StatementHead, type StatementLine } from '@banjie/bank-files';
import { bankReasonLabels, DomainError, fen } from '@banjie/domain';
import {
  accountDigest,
  addToStatement,
  ColumnCipher,
  contradictingEntries,
  endBankFile,
  faultyStatement,
  fundAccounts,
  hasEntryBefore,
  hasStatementOf,
  isDoubtful,
  isStoreAway,
  keepBankFile,
  keepStatement,
  lastStatement,
  lockStatements,
  noOrder,
  openBankFile,
  openStatementFiles,
  recordBankEntry,
  recordBankReceipt,
  turnBackFile,
  type BankFilePersons,
  type BankFileRecord,
  type BankFileState,
  type EntryMeaning,
  type KeptStatement,
} from '@banjie/persistence';
import { DataSource, type EntityManager } from 'typeorm';
import { alarm, describeFault, Log } from '../log';
import { OwnCaseMoves, refuseOwnMoves } from './own-case-moves';

const entriesInTransaction = 200;

/** What came of a file; `isNew` is false for bytes that had come before and were done with then. */
export interface TakenStatement {
  state: BankFileState;
  isNew: boolean;
  /** Numbers of the statements in it. */
  sequenceNos: (number | null)[];
}

type Line = StatementLine & { entryNo: number };

interface Judgement {
  /** The number that is due first, in words. */
  waitsFor: string | null;
  /** The kept statement, of whose lines some were faulty. */
  corrects: number | null;
}

/**
 * Takes over the bank's statements (camt.053): the exact bytes first, then every entry that the line had not told, then what the statement
 * states. A file that contradicts what is known is refused and nothing of it is posted; one that comes before an earlier one waits for it. Lines
 * that could not be read are posted from a better copy of the same statement.
 */
@Injectable()
export class StatementTaker {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: ColumnCipher,
    private readonly log: Log,
  ) {}

  /** The same bytes again change nothing. `persons`: of what came on a medium. */
  async take(name: string, bytes: Buffer, persons?: BankFilePersons): Promise<TakenStatement> {
    const report = await readCamt053(bytes);
    const heads = report.head?.statements ?? [];
    const sequenceNos = heads.map(({ sequenceNo }) => sequenceNo);
    const accounts = await fundAccounts(this.dataSource);
    const { file, isNew } = await keepBankFile(this.dataSource, this.cipher, {
      ...{ kind: 'statement', layout: 'camt053', name, bytes, messageId: report.file.messageId },
      agencyId: accounts.get(heads[0]?.fundAccount ?? '')?.agencyId ?? null,
      ...{ lineCount: report.file.count, totalFen: report.file.sumFen, persons },
    });
    if (file.state !== 'received' && file.state !== 'waiting') return { state: file.state, isNew: false, sequenceNos };
    const faults = [...report.faults];
    const refuse = async (code: string): Promise<TakenStatement> => {
      await this.end(file.id, 'refused', { faults });
      alarm(this.log, 'statementRefused', { fileId: file.id, code, sequenceNos });
      return { state: 'refused', isNew, sequenceNos };
    };
    if (report.refused !== null) return refuse(report.refused);
    try {
      const lines = report.lines.flatMap((line): Line[] => {
        // Entries are known by the number that the bank counts them with.
        if (/^[1-9]\d{0,14}$/.test(line.entryRef)) return [{ ...line, entryNo: Number(line.entryRef) }];
        throw new DomainError('BANK_FILE_ELEMENT', { element: 'Ntry/NtryRef' });
      });
      for (const { fundAccount } of heads) {
        if (!accounts.has(fundAccount)) throw new DomainError('BANK_STATEMENT_FOREIGN', { fundAccount });
      }
      const { waitsFor } = await this.dataSource.transaction((manager) => this.judge(manager, heads, lines));
      if (waitsFor !== null) {
        await this.end(file.id, 'waiting', { waitsFor });
        if (isNew) alarm(this.log, 'statementOutOfOrder', { fileId: file.id, sequenceNos, waitsFor });
        return { state: 'waiting', isNew, sequenceNos };
      }
      await this.post(file, heads, lines, faults);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const { code, message, next } = error;
      faults.push({ line: null, code, message, next, orderNo: null, amountFen: null });
      if (!(error instanceof OwnCaseMoves)) return refuse(code);
      const turned = { at: new Date(), report: { faults: [...faults, ...error.faults] } };
      if (await turnBackFile(this.dataSource, file.id, turned)) {
        alarm(this.log, 'statementRefused', { fileId: file.id, code, sequenceNos });
      }
      return { state: 'ownCase', isNew, sequenceNos };
    }
    return { state: 'posted', isNew, sequenceNos };
  }

  /** Goes on with what a death cut off, and with files whose earlier ones have come meanwhile. */
  async takeOpen(): Promise<void> {
    for (let wasPosted = true; wasPosted;) {
      wasPosted = false;
      for (const id of await openStatementFiles(this.dataSource)) {
        // One that cannot be taken keeps no other from it, and no account of another agency.
        try {
          const { state } = await this.take(`${id}`, await openBankFile(this.dataSource, this.cipher, id));
          wasPosted ||= state === 'posted';
        } catch (error) {
          if (isStoreAway(error)) throw error;
          alarm(this.log, 'statementNotTaken', { fileId: id, ...describeFault(error) });
        }
      }
    }
  }

  /**
   * Whether all statements of a file may be posted now; else the number that is due first. A statement that came with faulty lines may come
   * again with the same number and balances: what was missing is added to the one that is kept (`corrects`).
   * @throws DomainError BANK_STATEMENT_DIFFERS, BANK_STATEMENT_GAP, BANK_STATEMENT_CONTRADICTS, BANK_FILE_ELEMENT
   */
  private async judge(
    manager: EntityManager,
    heads: readonly StatementHead[],
    lines: readonly Line[],
  ): Promise<Judgement> {
    const corrects = heads.length === 1 ? await faultyStatement(manager, keptOf(heads[0]!)) : null;
    if (corrects === null) {
      const waitsFor = await this.judgeOrder(manager, heads);
      if (waitsFor !== null) return { waitsFor, corrects };
    }
    const { contradicting } = await contradictingEntries(manager, this.stated(lines), corrects);
    if (contradicting.length > 0) {
      throw new DomainError('BANK_STATEMENT_CONTRADICTS', { entries: contradicting.slice(0, 10).join('、') });
    }
    return { waitsFor: null, corrects };
  }

  /** The number that is due before one of the statements, in words; null where none is. */
  private async judgeOrder(manager: EntityManager, heads: readonly StatementHead[]): Promise<string | null> {
    const last = new Map<string, KeptStatement | null>();
    const ends = new Set<string>();
    for (const head of heads) {
      const { fundAccount, statementId, sequenceNo, page } = head;
      const kept = keptOf(head);
      const differs = () =>
        new DomainError('BANK_STATEMENT_DIFFERS', { statementId, sequenceNo: sequenceNo ?? '', page });
      // Without numbers a day may come twice, and the balances of a day without movement meet.
      const end = `${fundAccount} ${Date.parse(kept.to)} ${page}`;
      if (ends.has(end) || (await hasStatementOf(manager, kept))) throw differs();
      ends.add(end);
      const before = last.has(fundAccount) ? last.get(fundAccount)! : await lastStatement(manager, fundAccount);
      const waitsFor = before ? missingBefore(before, head) : await this.missingBeforeFirst(manager, head);
      if (waitsFor) return waitsFor;
      if (statementStep(before && asHead(before), head) === 'seen') throw differs();
      last.set(fundAccount, kept);
    }
    return null;
  }

  /** The books open with the first statement: none may be the first of which the line has told entries from before it. */
  private async missingBeforeFirst(manager: EntityManager, head: StatementHead): Promise<string | null> {
    const { fundAccount, sequenceNo, page, from } = head;
    if (sequenceNo === null || from === null || (sequenceNo === 1 && page === 1)) return null;
    if (!(await hasEntryBefore(manager, { fundAccount, from }))) return null;
    return page > 1 ? `${sequenceNo}/${page - 1}` : `${sequenceNo - 1}/1`;
  }

  /** @throws DomainError BANK_STATEMENT_OWN_CASE, and as `judge` */
  private async post(file: BankFileRecord, heads: readonly StatementHead[], lines: readonly Line[], faults: object[]) {
    const { id: fileId } = file;
    const { unknown } = await contradictingEntries(this.dataSource, this.stated(lines));
    const news = lines.filter(({ entryNo }) => unknown.has(entryNo)).sort((one, other) => one.entryNo - other.entryNo);
    const accounts = await fundAccounts(this.dataSource);
    // The whole first, so that nothing of it is posted; then under the lock, because orders go on meanwhile.
    await this.dataSource.transaction((manager) => refuseOwnMoves(manager, file, this.stated(news)));
    for (let from = 0; from < news.length; from += entriesInTransaction) {
      const meanings = await this.dataSource.transaction(async (manager) => {
        const some = news.slice(from, from + entriesInTransaction);
        await refuseOwnMoves(manager, file, this.stated(some));
        const found: { entryNo: number; kind: string; meaning: EntryMeaning | null }[] = [];
        for (const line of some) {
          const fiscalAccount = accounts.get(line.fundAccount)?.fiscalAccount;
          const { entryNo, kind } = line;
          found.push({ entryNo, kind, meaning: await this.record(manager, line, fiscalAccount) });
        }
        return found;
      });
      for (const { meaning, ...entry } of meanings) {
        if (meaning !== null && isDoubtful(meaning)) alarm(this.log, 'statementDisagrees', { meaning, ...entry });
      }
    }
    await this.dataSource.transaction(async (manager) => {
      for (const account of [...new Set(heads.map(({ fundAccount }) => fundAccount))].sort()) {
        await lockStatements(manager, account);
      }
      const isMine = await endBankFile(manager, fileId, {
        ...{ state: 'posted', at: new Date() },
        report: { faults, added: news.length },
      });
      if (!isMine) return; // another process was quicker
      const { corrects } = await this.judge(manager, heads, lines);
      let lacking = 0;
      if (corrects !== null) await addToStatement(manager, corrects, lines.map(numberOf));
      for (const [n, head] of corrects === null ? heads.entries() : []) {
        const entryNos = lines.filter(({ statement }) => statement === n).map(numberOf);
        lacking += await keepStatement(manager, { fileId, statement: keptOf(head), entryNos });
      }
      if (faults.length > 0) alarm(this.log, 'statementHasFaults', { fileId, count: faults.length });
      if (lacking > 0) alarm(this.log, 'statementLacksEntries', { fileId, count: lacking });
    });
  }

  private record(manager: EntityManager, line: Line, fiscalAccount: string | undefined): Promise<EntryMeaning | null> {
    const { entryNo, amountFen, fundAccount, payeeAccount, reason } = line;
    const at = line.bookedAt ?? `${line.bookedOn}T23:59:59+08:00`;
    if (line.kind === 'credit') {
      return recordBankReceipt(
        manager,
        {
          ...{ entryNo, amountFen, at, fundAccount, isInterest: line.isInterest },
          accountDigest: payeeAccount === null ? null : accountDigest(this.cipher, payeeAccount),
          isFromFiscalAccount: payeeAccount !== null && payeeAccount === fiscalAccount,
        },
        'statement',
      );
    }
    return recordBankEntry(
      manager,
      {
        ...{ entryNo, kind: line.kind, orderNo: line.orderNo ?? noOrder, amountFen, at, fundAccount },
        ...{
          bankReference: line.bankReference ?? line.entryRef,
          reason: reason ? bankReasonLabels[reason] : undefined,
        },
        accountDigest: accountDigest(this.cipher, payeeAccount ?? ''),
      },
      'statement',
    );
  }

  private stated(lines: readonly Line[]) {
    return lines.map(({ entryNo, kind, orderNo, amountFen, fundAccount, payeeAccount }) => ({
      ...{ entryNo, kind, amountFen, fundAccount },
      // A credit is of no order, whatever the payer wrote as his own number.
      orderNo: kind === 'credit' ? null : (orderNo ?? noOrder),
      accountDigest: payeeAccount === null ? null : accountDigest(this.cipher, payeeAccount),
    }));
  }

  private async end(id: number, state: BankFileState, report: Record<string, unknown>): Promise<void> {
    await endBankFile(this.dataSource, id, { state, at: new Date(), report });
  }
}

const numberOf = ({ entryNo }: { entryNo: number }): number => entryNo;

/** The statement or page that is due before `head`, in words; null where nothing is missing. */
function missingBefore(before: KeptStatement, head: StatementHead): string | null {
  const [last, now] = [before.sequenceNo, head.sequenceNo];
  if (last === null || now === null) return null;
  const [dueNo, duePage] = before.isLastPage ? [last + 1, 1] : [last, before.page + 1];
  const isLater = now > dueNo || (now === dueNo && head.page > duePage);
  return isLater ? `${dueNo}/${duePage}` : null;
}

/**
 * What is kept of a statement.
 * @throws DomainError BANK_FILE_ELEMENT where it does not say when it ends
 */
function keptOf({ debits, credits, to, ...head }: StatementHead): KeptStatement {
  if (to === null) throw new DomainError('BANK_FILE_ELEMENT', { element: 'FrToDt/ToDtTm' });
  return { ...head, to, debitFen: debits.sumFen, creditFen: credits.sumFen };
}

const asHead = ({ debitFen, creditFen, openingFen, closingFen, ...kept }: KeptStatement): StatementHead => ({
  ...kept,
  ...{ openingFen: fen(openingFen), closingFen: fen(closingFen) },
  ...{ debits: { count: 0, sumFen: fen(debitFen) }, credits: { count: 0, sumFen: fen(creditFen) } },
});

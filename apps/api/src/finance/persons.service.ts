import { Injectable } from '@nestjs/common';
import type { PersonLedgerView } from '@banjie/contracts';
import { DomainError, maskName, maskText, mayReadNames, payoutStateLabels, type PayoutState } from '@banjie/domain';
import { ColumnCipher, openPerson, readPersonLedger, recordReading, type LedgerLine } from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { requestId } from '../edge/request-context';
import { shanghaiInstant } from '../edge/times';
import type { Account } from '../sign-in/account';

const kindLabels = {
  decision: '审批决定',
  order: '拨付',
  return: '退票',
  overpaid: '银行多付',
  recovery: '追回单',
  receipt: '收回',
  offset: '抵扣',
} as const satisfies Record<LedgerLine['kind'], string>;

const stateLabels: Record<string, string> = {
  standing: '有效',
  voided: '已作废',
  benefit: '多付或错付的待遇',
  overpaid: '银行多付',
};

@Injectable()
export class PersonsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: ColumnCipher,
  ) {}

  /** Every reading leaves a row before anything goes out. @throws DomainError PERSON_LEDGER_NOT_FOUND */
  async ledger(account: Account, personId: string): Promise<PersonLedgerView> {
    const found = await readPersonLedger(this.dataSource, { agencyId: account.agencyId, personId });
    if (!found) throw new DomainError('PERSON_LEDGER_NOT_FOUND');
    await recordReading(this.dataSource, {
      ...{ readerId: account.id, caseNo: null, what: `personLedger:${personId}`, requestId: requestId() },
    });
    const { name, idNumber } = openPerson(this.cipher, found);
    return {
      personId,
      name: mayReadNames(account.posts) ? name : maskName(name),
      idNumber: maskText(idNumber, 4, 4),
      lines: found.lines.map(({ at, state, bank, ...line }) => ({
        ...line,
        kindLabel: kindLabels[line.kind],
        stateLabel: state && (stateLabels[state] ?? payoutStateLabels[state as PayoutState]),
        at: shanghaiInstant(at),
        bank: bank && { ...bank, at: shanghaiInstant(new Date(bank.at)) },
      })),
      totals: found.totals,
    };
  }
}

import { DomainError, dutyLabels } from '@banjie/domain';
import {
  ownMoves,
  type BankFilePersons,
  type BankFileRecord,
  type OwnMove,
  type StatedEntry,
  type UploadFault,
} from '@banjie/persistence';
import type { EntityManager } from 'typeorm';

const mostEntriesNamed = 10;
const mostFaults = 2_000;

/** A statement that came on a medium would move orders in cases in which who brought or confirmed it has a duty (SD-01). */
export class OwnCaseMoves extends DomainError {
  /** Of each line and person: the order, the case and the duty. */
  readonly faults: UploadFault[];

  constructor(moves: readonly OwnMove[], persons: BankFilePersons) {
    const entryNos = [...new Set(moves.map(({ entryNo }) => entryNo))];
    const rest = entryNos.length > mostEntriesNamed ? `等 ${entryNos.length} 笔` : '';
    const roles = new Set(moves.map(({ personId }) => roleOf(personId, persons)));
    super('BANK_STATEMENT_OWN_CASE', {
      entries: `${entryNos.slice(0, mostEntriesNamed).join('、')}${rest}`,
      who: ['上传人', '确认人'].filter((role) => roles.has(role)).join('和'),
    });
    this.faults = moves.slice(0, mostFaults).map(({ orderNo, amountFen, caseNo, personId, duty }) => {
      const facts = { who: roleOf(personId, persons), caseNo, duty: dutyLabels[duty] };
      const { code, message, next } = new DomainError('FINANCE_OWN_CASE', facts);
      return { line: null, code, message, next, orderNo, amountFen };
    });
  }
}

const roleOf = (personId: string, { broughtBy }: BankFilePersons): string =>
  personId === broughtBy ? '上传人' : '确认人';

/**
 * What came over the line is the bank's own word and moves what it moves.
 * @throws OwnCaseMoves
 */
export async function refuseOwnMoves(
  manager: EntityManager,
  { broughtBy, confirmedBy }: Pick<BankFileRecord, 'broughtBy' | 'confirmedBy'>,
  entries: readonly StatedEntry[],
): Promise<void> {
  if (broughtBy === null || confirmedBy === null) return;
  const moves = await ownMoves(manager, entries, [broughtBy, confirmedBy]);
  if (moves.length > 0) throw new OwnCaseMoves(moves, { broughtBy, confirmedBy });
}

import type { BankFault, BankFaultListing } from '@banjie/contracts';
import type { BankRecord } from './records';

/** A call as faults see it. `decided`: the bank already has a result for this order number. */
export interface BankCall {
  /** `fileLine` is a line of a file before anything is taken, `filePay` a payment that came in one; `result` and `entry` are a line of a result or statement file. */
  operation: 'pay' | 'query' | 'statement' | 'file' | 'fileLine' | 'filePay' | 'result' | 'entry' | 'statementFile';
  orderNo?: string;
  payeeAccount?: string;
  decided?: boolean;
}

/** The switched-on faults, built from records, so that a killed bank keeps them. */
export class Faults {
  private listings = new Map<string, BankFaultListing>();

  apply(record: BankRecord): void {
    if (record.type === 'faultSet') {
      const { faultId, fault, at: setAt } = record;
      const calls = fault.kind === 'outage' ? fault.calls : undefined;
      this.listings.set(faultId, { faultId, fault, setAt, callsLeft: calls ?? fault.match.next ?? null, met: 0 });
    } else if (record.type === 'faultMet') {
      const listing = this.listings.get(record.faultId);
      if (!listing) return;
      listing.met += 1;
      if (listing.callsLeft !== null) listing.callsLeft -= 1;
    } else if (record.type === 'faultsCleared') {
      if (record.faultId === undefined) this.listings.clear();
      else this.listings.delete(record.faultId);
    }
  }

  list(): BankFaultListing[] {
    return [...this.listings.values()].map((listing) => ({ ...listing }));
  }

  /** The oldest fault that meets this call at this instant; recording that it did is the caller's. */
  find(call: BankCall, now: number): BankFaultListing | undefined {
    return [...this.listings.values()].find(
      ({ fault, callsLeft, setAt }) =>
        callsLeft !== 0 && matches(fault, call) && concerns(fault, call) && !isOver(fault, Date.parse(setAt), now),
    );
  }
}

function matches({ match }: BankFault, call: BankCall): boolean {
  return (
    (match.operation === undefined || match.operation === call.operation) &&
    (match.orderNo === undefined || match.orderNo === call.orderNo) &&
    (match.payeeAccount === undefined || match.payeeAccount === call.payeeAccount)
  );
}

function concerns({ kind }: BankFault, { operation, decided }: BankCall): boolean {
  switch (kind) {
    case 'outage':
      return ['pay', 'query', 'statement', 'file', 'statementFile'].includes(operation);
    case 'refuse':
    case 'returnAfter':
    case 'lateSuccess':
      return (operation === 'pay' || operation === 'filePay') && !decided;
    case 'turnAway':
      return operation === 'fileLine' || (operation === 'pay' && !decided);
    case 'lineNotTaken':
      return operation === 'fileLine';
    case 'duplicateReply':
      return operation === 'pay' && !decided;
    case 'lostReplyBeforeBooking':
    case 'lostReplyAfterBooking':
    case 'slow':
    case 'slowReply':
      return operation === 'pay' || operation === 'file';
    case 'partialFile':
      return operation === 'result';
    case 'wrongAmount':
    case 'unknownReference':
      return operation === 'result' || operation === 'entry';
    case 'outOfOrderStatement':
      return operation === 'statementFile';
  }
}

function isOver(fault: BankFault, setAt: number, now: number): boolean {
  return fault.kind === 'outage' && fault.ms !== undefined && now >= setAt + fault.ms;
}

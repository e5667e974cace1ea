import { payoutStates } from '../case/words';
import { receiptAccounts, receiptMeaning } from './receipts';
import { clearedTo, clearings, clearingsOf, doubtfulMeanings, stateAfterClearing } from './suspense';

describe('what a doubtful entry can be', () => {
  it('never is an order of another amount, or one that the bank has booked before', () => {
    for (const kind of ['debit', 'return'] as const) {
      expect(clearingsOf('otherAmount', kind)).not.toContain('belongsToOrder');
      expect(clearingsOf('bookedTwice', kind)).not.toContain('belongsToOrder');
      // Money that came in was paid to nobody.
      for (const meaning of doubtfulMeanings.filter((one) => one !== 'otherReceipt')) {
        if (kind === 'return') expect(clearingsOf(meaning, kind)).not.toContain('overpaid');
        expect(clearingsOf(meaning, kind)).toEqual(expect.arrayContaining(['bankError', 'reversed', 'other']));
      }
    }
  });

  it('is the money of no order where it came in as nothing of ours, and what a 支出户 may take where two persons find so', () => {
    const lawful = clearingsOf('otherReceipt', 'credit');
    expect(lawful).toEqual(expect.arrayContaining(['fiscalTransfer', 'interest', 'bankError', 'reversed', 'other']));
    expect(lawful).not.toContain('belongsToOrder');
    expect(clearingsOf('otherReceipt', 'debit')).toEqual([]);
    expect(clearingsOf('unknownOrder', 'credit')).toEqual([]);
    expect(stateAfterClearing({ state: 'paid', hasDebit: true, hasReturn: false }, 'credit')).toBeNull();
  });

  it('is none of what the 支出户 may take in: from its 财政专户, and interest (R-FN-04)', () => {
    const meanings = [true, false].flatMap((isInterest) =>
      [true, false].map((isFromFiscalAccount) => receiptMeaning({ isInterest, isFromFiscalAccount })),
    );
    expect(meanings).toEqual(['fiscalReceipt', 'interest', 'fiscalReceipt', 'otherReceipt']);
    expect(receiptAccounts).toEqual({ fiscalReceipt: 'fiscalTransfer', interest: 'interestDue' });
  });

  it('goes to no account from which money is sent', () => {
    for (const clearing of clearings) expect(['payable', 'inTransit', 'returned']).not.toContain(clearedTo[clearing]);
  });

  it('settles what was sent, and wakes no order that is dead or was not sent', () => {
    const after = (kind: 'debit' | 'return', told = { hasDebit: false, hasReturn: false }) =>
      Object.fromEntries(payoutStates.map((state) => [state, stateAfterClearing({ state, ...told }, kind)]));
    const none = { drawn: null, reviewed: null, released: null, failed: null, void: null };
    expect(after('debit')).toEqual({ ...none, sent: 'paid', unknown: 'paid', paid: 'paid', returned: 'returned' });
    expect(after('return')).toEqual({ ...none, sent: null, unknown: null, paid: 'returned', returned: 'returned' });
    const told = { hasDebit: true, hasReturn: true };
    expect(Object.values({ ...after('debit', told), ...after('return', told) }).filter(Boolean)).toEqual([]);
  });
});

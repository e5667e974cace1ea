import { payoutStates } from '../case/words';
import { clearedTo, clearings, clearingsOf, doubtfulMeanings, stateAfterClearing } from './suspense';

describe('what a doubtful entry can be', () => {
  it('never is an order of another amount, or one that the bank has booked before', () => {
    for (const kind of ['debit', 'return'] as const) {
      expect(clearingsOf('otherAmount', kind)).not.toContain('belongsToOrder');
      expect(clearingsOf('bookedTwice', kind)).not.toContain('belongsToOrder');
      // Money that came in was paid to nobody.
      for (const meaning of doubtfulMeanings) {
        if (kind === 'return') expect(clearingsOf(meaning, kind)).not.toContain('overpaid');
        expect(clearingsOf(meaning, kind)).toEqual(expect.arrayContaining(['bankError', 'reversed', 'other']));
      }
    }
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

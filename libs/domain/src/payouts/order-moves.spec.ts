import { payoutStates } from '../case/words';
import { orderMoves, orderWay } from './order-moves';

const nextOf = (state: string) => orderMoves.filter(({ from }) => from === state).map(({ to }) => to);

describe('the steps of an order', () => {
  it('lead from 未知 by the word of the bank alone, and never back to before 放行 (M4)', () => {
    expect(nextOf('unknown').sort()).toEqual(['failed', 'paid', 'released']);
    expect(orderWay('sent', 'drawn')).toBeNull();
  });

  it('let an order be voided before it was sent, and end what ended', () => {
    expect(orderMoves.filter(({ to }) => to === 'void').map(({ from }) => from)).toEqual([
      'drawn',
      'reviewed',
      'released',
    ]);
    expect(['failed', 'returned', 'void'].flatMap(nextOf)).toEqual([]);
    expect(nextOf('paid')).toEqual(['returned']);
  });

  it('reach every state, each by its shortest way', () => {
    expect(payoutStates.filter((state) => orderWay('drawn', state) === null)).toEqual([]);
    expect(orderWay('drawn', 'returned')).toEqual(['reviewed', 'released', 'paid', 'returned']);
    expect(orderWay('paid', 'paid')).toEqual([]);
  });

  it('leave, on every way, the money where the last state says: owed, on its way, gone or come back', () => {
    const heldAt = { sent: 'inTransit', unknown: 'inTransit', paid: 'disbursement', returned: 'returned' } as Record<
      string,
      string
    >;
    for (const { from, to, posts } of orderMoves) {
      const [before, after] = [from, to].map((state) => heldAt[state] ?? 'owed');
      if (to === 'returned') expect(posts).toEqual({ debit: 'disbursement', credit: 'returned' });
      else expect(posts).toEqual(before === after ? null : { debit: before, credit: after });
    }
  });
});

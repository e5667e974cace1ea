import fc from 'fast-check';
import { adjustedBalances, openSideOf, openSides, type OpenSide, type OrderMovement } from './balance-statement';
import { monthSpan } from '../calendar/months';

const amount = 700;
const of = (journalFen: number, bankFen: number, more: Partial<OrderMovement> = {}) =>
  openSideOf({ journalFen, bankFen, cameBackInBooks: false, cameBackAtBank: false, ...more });

describe('an item that one side has and the other has not', () => {
  it.each<[string, OpenSide | null, OpenSide | null]>([
    ['booked on both sides', of(-amount, -amount), null],
    ['known to neither', of(0, 0), null],
    ['come back on both sides', of(0, 0, { cameBackInBooks: true, cameBackAtBank: true }), null],
    ['sent and not booked by the bank', of(-amount, 0), 'paidByUs'],
    ['booked by the bank and unknown to us', of(0, -amount), 'paidByBank'],
    ['come back at the bank alone', of(-amount, 0, { cameBackAtBank: true }), 'receivedByBank'],
    ['come back in the books alone', of(0, -amount, { cameBackInBooks: true }), 'receivedByUs'],
  ])('is %s', (_, found, expected) => expect(found).toBe(expected));
});

it('every 分 of orders in any state makes both adjusted balances equal, and any other difference shows (R-FN-08)', () => {
  const movement = fc.record({
    fen: fc.integer({ min: 1, max: 1_000_000 }),
    journal: fc.constantFrom('none', 'paid', 'back'),
    bank: fc.constantFrom('none', 'paid', 'back'),
  });
  fc.assert(
    fc.property(
      fc.array(movement),
      fc.integer({ min: 0, max: 1_000_000_000 }),
      fc.integer({ min: -3, max: 3 }),
      (orders, openingFen, errorFen) => {
        const open: Record<OpenSide, number> = { receivedByUs: 0, paidByUs: 0, receivedByBank: 0, paidByBank: 0 };
        let [journalFen, bankFen] = [openingFen, openingFen + errorFen];
        for (const { fen, journal, bank } of orders) {
          const [inJournal, atBank] = [journal === 'paid' ? -fen : 0, bank === 'paid' ? -fen : 0];
          journalFen += inJournal;
          bankFen += atBank;
          const side = openSideOf({
            ...{ journalFen: inJournal, bankFen: atBank },
            ...{ cameBackInBooks: journal === 'back', cameBackAtBank: bank === 'back' },
          });
          if (side) open[side] += fen;
        }
        expect(adjustedBalances({ bankFen, journalFen }, open).differenceFen).toBe(errorFen);
      },
    ),
  );
  expect(openSides).toHaveLength(4);
});

it('a month is one of Shanghai, and the year turns', () => {
  expect(monthSpan('2026-12')).toEqual({
    from: new Date('2026-11-30T16:00:00Z'),
    until: new Date('2026-12-31T16:00:00Z'),
  });
});

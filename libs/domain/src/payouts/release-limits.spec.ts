import fc from 'fast-check';
import { judgeRelease, type OrderToRelease, type ReleaseLimits } from './release-limits';

const none: ReleaseLimits = {
  perOrderFen: null,
  perPersonDayFen: null,
  perFundDayFen: null,
  perReleaserDayFen: null,
};
const nothing = { fundFen: 0, releaserFen: 0, personFen: new Map<string, number>() };
const two: OrderToRelease[] = [
  { personId: 'a', amountFen: 300 },
  { personId: 'a', amountFen: 200 },
];

describe('the limits of 放行', () => {
  it.each([
    ['order', { perOrderFen: 299 }, 299, 300],
    ['person', { perPersonDayFen: 499 }, 499, 500],
    ['fund', { perFundDayFen: 499 }, 499, 500],
    ['releaser', { perReleaserDayFen: 499 }, 499, 500],
  ] as const)('stop orders that pass the one of a %s', (kind, limit, limitFen, askedFen) => {
    expect(judgeRelease({ ...none, ...limit }, nothing, two)).toEqual({
      ...{ kind, limitFen, usedFen: 0, askedFen, leftFen: limitFen },
    });
  });

  it('let a sum through that is the limit to the 分, with what was released before', () => {
    const today = { fundFen: 500, releaserFen: 500, personFen: new Map([['a', 500]]) };
    const limits = { perOrderFen: 300, perPersonDayFen: 1000, perFundDayFen: 1000, perReleaserDayFen: 1000 };
    expect(judgeRelease(limits, today, two)).toBeNull();
    expect(judgeRelease({ ...limits, perFundDayFen: 999 }, today, two)).toMatchObject({ kind: 'fund', leftFen: 499 });
    expect(judgeRelease({ ...limits, perPersonDayFen: 999 }, today, two)).toMatchObject({
      kind: 'person',
      usedFen: 500,
    });
    expect(judgeRelease(limits, today, [{ personId: 'b', amountFen: 301 }])).toMatchObject({ kind: 'order' });
  });

  it('hold whichever way the orders are cut into releases', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ personId: fc.constantFrom('a', 'b'), amountFen: fc.integer({ min: 1, max: 100 }) })),
        fc.integer({ min: 1, max: 400 }),
        (orders, limitFen) => {
          let fundFen = 0;
          for (const order of orders) {
            const today = { ...nothing, fundFen };
            if (!judgeRelease({ ...none, perFundDayFen: limitFen }, today, [order])) fundFen += order.amountFen;
          }
          expect(fundFen).toBeLessThanOrEqual(limitFen);
        },
      ),
    );
  });
});

import fc from 'fast-check';
import { judgeReserve, reserveOf } from './reserve';

describe('the working reserve (R-FN-09)', () => {
  it.each([
    [[], 0],
    [[100], 200],
    // 2 × 101 ÷ 4 = 50.5: half up.
    [[100, 0, 0, 1], 51],
    [[1, 0, 0], 1],
    [[0, 0, 0, 0, 1], 0],
    // Thirteen months: the oldest counts no more.
    [[1_000_000, ...Array<number>(12).fill(600)], 1_200],
    // More came back than was paid.
    [[-500], 0],
  ])('of %j is %d', (paid, reserve) => expect(reserveOf(paid)).toBe(reserve));

  it('may be touched and not passed', () => {
    const standing = { balanceFen: 1_000, committedFen: 300, reserveFen: 500 };
    expect(judgeReserve(standing, 200)).toMatchObject({ state: 'kept', afterFen: 500, shortFen: 0 });
    expect(judgeReserve(standing, 201)).toMatchObject({ state: 'short', afterFen: 499, shortFen: 1 });
  });

  it('cannot be judged without a balance, and says so', () =>
    expect(judgeReserve({ balanceFen: null, committedFen: 9, reserveFen: 5 }, 1)).toMatchObject({
      ...{ state: 'balanceUnknown', afterFen: null, shortFen: 0 },
    }));

  it('holds however the money is cut into releases', () => {
    const amounts = fc.array(fc.integer({ min: 1, max: 1_000 }));
    const standings = fc.record({ balanceFen: fc.nat(5_000), reserveFen: fc.nat(3_000) });
    fc.assert(
      fc.property(amounts, standings, (asked, standing) => {
        let committedFen = 0;
        for (const one of asked) {
          if (judgeReserve({ ...standing, committedFen }, one).state === 'kept') committedFen += one;
        }
        const left = standing.balanceFen - committedFen;
        expect(left >= standing.reserveFen || committedFen === 0).toBe(true);
      }),
    );
  });
});

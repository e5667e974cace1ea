import fc from 'fast-check';
import { formatDay, parseDate, weekdayOf } from '../calendar/dates';
import { shiftMonth } from '../calendar/months';
import { forecastPayouts, monthOf, planError, warnOfReserve, type PastPayments, type UsePlanFacts } from './use-plan';

const isPayDay = (date: string) => ![0, 6].includes(weekdayOf(parseDate(date)));
const nothing: UsePlanFacts = { asOf: '2026-11-19', open: [], stays: [], paid: [], isPayDay };
const daysUpTo = (date: string, count: number) =>
  Array.from({ length: count }, (_, n) => formatDay(parseDate(date) - n)).filter(isPayDay);
/** The pay day so many pay days after (or before) one. */
function later(date: string, by: number): string {
  let day = parseDate(date);
  for (let left = Math.abs(by); left > 0;) {
    day += Math.sign(by);
    if (isPayDay(formatDay(day))) left -= 1;
  }
  return formatDay(day);
}

describe('the forecast of the 用款计划', () => {
  it('pays what is here when cases at its stage were paid before, as often as they were', () => {
    // Of four that lay one evening at 审批, three were paid three pay days later.
    const stay = { stage: 'approval', enteredOn: '2026-09-01', leftOn: '2026-09-02' } as const;
    const stays = [
      { ...stay, paidOn: '2026-09-04', count: 3 },
      { ...stay, paidOn: null, count: 1 },
    ];
    const open = [{ stage: 'approval', scheme: 'employee', knownFen: 1_000, unknownCount: 0 } as const];
    const { days, basis } = forecastPayouts({ ...nothing, open, stays }, '2026-12');
    expect(days.filter(({ openFen }) => openFen > 0)).toEqual([
      { day: '2026-11-24', scheme: 'employee', openFen: 750, comingFen: 0 },
    ]);
    expect(basis.stages).toEqual([{ stage: 'approval', openFen: 1_000, paidInHundred: 75, medianPayDays: 3 }]);
    expect(basis.payDays).toBe(23);
  });

  it('counts nothing twice: a steady agency goes on as it is', () => {
    // Every pay day ten claims of 100 分 come, lie at 初审 for five pay days, and are paid.
    const asOf = '2026-11-19';
    const paid: PastPayments[] = daysUpTo(asOf, 400).map((paidOn) => ({
      ...{ scheme: 'resident', paidOn, receivedOn: later(paidOn, -5), count: 10, fen: 1_000 },
    }));
    const stays = daysUpTo('2026-09-20', 90).map((enteredOn) => ({
      ...{
        stage: 'initialReview' as const,
        enteredOn,
        leftOn: later(enteredOn, 5),
        paidOn: later(enteredOn, 5),
        count: 10,
      },
    }));
    const open = [{ stage: 'initialReview', scheme: 'resident', knownFen: 0, unknownCount: 50 } as const];
    const { days, basis } = forecastPayouts({ asOf, open, stays, paid, isPayDay }, '2026-12');
    expect(basis.schemes).toContainEqual({
      scheme: 'resident',
      usualDayFen: 1_000,
      seasonBp: 10_000,
      meanCaseFen: 100,
      mostADayFen: 1_000,
    });
    for (const { scheme, openFen, comingFen } of days) {
      expect(openFen + comingFen).toBe(scheme === 'resident' ? 1_000 : 0);
    }
    // The first five days are of those that are here, all later ones of those still to come.
    const residents = days.filter(({ scheme }) => scheme === 'resident');
    expect(residents.map(({ openFen }) => openFen > 0)).toEqual(residents.map((_, index) => index < 5));
    expect(monthOf(days, '2026-12')).toEqual({ totalFen: 23_000, schemes: { employee: 0, resident: 23_000 } });
  });

  it('pays a heap no faster than the office ever paid', () => {
    const paid: PastPayments[] = daysUpTo('2026-11-19', 60).map((paidOn) => ({
      ...{ scheme: 'resident', paidOn, receivedOn: paidOn, count: 1, fen: 1_000 },
    }));
    const stay = {
      stage: 'pay',
      enteredOn: '2026-09-01',
      leftOn: '2026-09-02',
      paidOn: '2026-09-02',
      count: 1,
    } as const;
    const open = [{ stage: 'pay', scheme: 'resident', knownFen: 4_500, unknownCount: 0 } as const];
    const { days } = forecastPayouts({ ...nothing, open, paid, stays: [stay] }, '2026-12');
    const residents = days.filter(({ scheme }) => scheme === 'resident');
    expect(residents.slice(0, 6).map(({ openFen }) => openFen)).toEqual([1_000, 1_000, 1_000, 1_000, 500, 0]);
    expect(residents.every(({ openFen, comingFen }) => openFen + comingFen <= 1_000)).toBe(true);
  });

  it('lets a season that was seen once count half', () => {
    // Twice as much on each pay day of December, for one year.
    const paid: PastPayments[] = daysUpTo('2026-11-19', 500).map((paidOn) => ({
      ...{ scheme: 'employee', paidOn, receivedOn: paidOn, count: 1, fen: paidOn.slice(5, 7) === '12' ? 2_600 : 1_200 },
    }));
    const { basis } = forecastPayouts({ ...nothing, paid }, '2026-12');
    const { seasonBp, usualDayFen } = basis.schemes.find(({ scheme }) => scheme === 'employee')!;
    // 2 600 against a mean of about 1 317 is nearly double; half of what is above one is taken.
    expect(seasonBp).toBeGreaterThan(14_500);
    expect(seasonBp).toBeLessThan(15_100);
    expect(usualDayFen).toBeGreaterThan(1_150);
    expect(usualDayFen).toBeLessThan(1_300);
  });

  it('foresees nothing where nothing is known, and spreads what lies at a stage never seen', () => {
    expect(monthOf(forecastPayouts(nothing, '2026-12').days, '2026-12').totalFen).toBe(0);
    const open = [{ stage: 'approval', scheme: 'employee', knownFen: 1_000, unknownCount: 0 } as const];
    const { days } = forecastPayouts({ ...nothing, open }, '2026-12');
    expect(days.filter(({ openFen }) => openFen === 100)).toHaveLength(10);
  });

  it('never pays more of the cases that are here than they come to', () => {
    const dates = fc.integer({ min: 0, max: 80 }).map((n) => formatDay(parseDate('2026-07-01') + n));
    const stay = fc.record({
      ...{ stage: fc.constantFrom('initialReview' as const, 'approval' as const), enteredOn: dates },
      ...{ stayed: fc.nat(12), paidAfter: fc.option(fc.nat(30)), count: fc.integer({ min: 1, max: 9 }) },
    });
    fc.assert(
      fc.property(fc.array(stay, { maxLength: 30 }), fc.nat(1_000_000), (found, knownFen) => {
        const stays = found.map(({ stage, enteredOn, stayed, paidAfter, count }) => {
          const leftOn = formatDay(parseDate(enteredOn) + stayed);
          const paidOn = paidAfter === null ? null : formatDay(parseDate(leftOn) + paidAfter);
          return { stage, enteredOn, leftOn, paidOn, count };
        });
        const open = [{ stage: 'approval', scheme: 'employee', knownFen, unknownCount: 0 } as const];
        const { days } = forecastPayouts({ ...nothing, open, stays }, '2027-03');
        const sum = days.reduce((all, { openFen }) => all + openFen, 0);
        // Each day is rounded to a whole 分.
        expect(sum).toBeLessThanOrEqual(knownFen + days.length / 2);
        expect(days.every(({ openFen, comingFen }) => openFen >= 0 && comingFen === 0)).toBe(true);
      }),
    );
  });
});

describe('the warning of the reserve', () => {
  const days = ['2026-12-01', '2026-12-02', '2026-12-03'].map((day) => ({
    ...{ day, scheme: 'resident' as const, openFen: 60, comingFen: 40 },
  }));
  it.each([
    [800, null],
    [799, { day: '2026-12-03', neededFen: 1 }],
    [699, { day: '2026-12-02', neededFen: 101 }],
    [null, null],
  ])('of a balance of %j is %j', (balanceFen, warning) =>
    expect(warnOfReserve(days, { balanceFen, reserveFen: 500 })).toEqual(warning),
  );
});

it('states how far a plan was from what was paid', () => {
  expect(planError(1_100, 1_000)).toEqual({ errorFen: 100, errorBp: 1_000 });
  expect(planError(900, 1_000)).toEqual({ errorFen: -100, errorBp: -1_000 });
  expect(planError(900, 0)).toEqual({ errorFen: 900, errorBp: null });
  expect(shiftMonth('2026-12', 1)).toBe('2027-01');
  expect(shiftMonth('2026-01', -13)).toBe('2024-12');
});

import { replayMonth } from './replay';

/** An autumn with more than an office can do until the first week of November. `npm run bench -- predict` lets both wander. */
const overload = (date: string) => ({ load: date < '2026-09-15' ? 0.93 : date < '2026-11-06' ? 1.22 : 0.85, speed: 1 });

it('finds nine of ten breaches two working days ahead after an overload, and calls fewer late in vain than who calls all late', () => {
  const { happened, hits, foretold, due } = replayMonth(20_261_101, overload);
  const [recall, precision] = [hits / happened, hits / foretold];
  expect(happened).toBeGreaterThan(50);
  expect([recall >= 0.9, recall]).toEqual([true, recall]);
  expect([precision >= 0.7, precision]).toEqual([true, precision]);
  expect(precision).toBeGreaterThan(happened / due + 0.1);
});

it('lives the same month for the same seed', () => {
  expect(replayMonth(7)).toEqual(replayMonth(7));
  expect(replayMonth(7)).not.toEqual(replayMonth(8));
});

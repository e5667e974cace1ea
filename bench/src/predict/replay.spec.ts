import { replayMonth, type ReplayedMonth } from './replay';

/** A few of the months of `npm run bench -- predict`, so that a change of the model that loses its grip is seen at once. */
it('finds nine of ten breaches two working days ahead, and calls fewer late in vain than who calls all late', () => {
  const months = [1, 2, 3, 4, 5, 6].map(replayMonth);
  const sum = (of: keyof ReplayedMonth) => months.reduce((all, month) => all + month[of], 0);
  const [recall, precision] = [sum('hits') / sum('happened'), sum('hits') / sum('foretold')];
  expect(sum('happened')).toBeGreaterThan(500);
  expect([recall >= 0.9, recall]).toEqual([true, recall]);
  expect([precision >= 0.7, precision]).toEqual([true, precision]);
  expect(precision).toBeGreaterThan(sum('happened') / sum('due') + 0.1);
});

it('lives the same month for the same seed', () => {
  expect(replayMonth(7)).toEqual(replayMonth(7));
  expect(replayMonth(7)).not.toEqual(replayMonth(8));
});

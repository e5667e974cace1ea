import { components } from '../chaos/system';
import { matrixOf, pendingOf, planOf, steps } from './plan';

const pairs = steps.length * components.length;

it('draws every pair once a round, the same for the same seed', () => {
  const plan = planOf(7, pairs * 2);
  expect(plan).toEqual(planOf(7, pairs * 2));
  expect(plan).not.toEqual(planOf(8, pairs * 2));
  for (const round of [plan.slice(0, pairs), plan.slice(pairs)]) {
    expect(new Set(round.map(({ step, component }) => `${step} ${component}`)).size).toBe(pairs);
  }
});

it('takes each kill off the plan once, whatever order they came in', () => {
  const plan = planOf(3, pairs * 2);
  const first = plan[0]!;
  expect(pendingOf(plan, [])).toEqual(plan);
  const once = pendingOf(plan, [first]);
  expect(once).toHaveLength(plan.length - 1);
  expect(once).toContainEqual(first);
  expect(pendingOf(plan, [first, first])).not.toContainEqual(first);
  // One too many of a pair stands for no other pair.
  expect(pendingOf(plan, [first, first, first])).toHaveLength(plan.length - 2);
  expect(pendingOf(plan, [...plan].reverse())).toEqual([]);
  expect(Object.values(matrixOf(plan)).flatMap((row) => Object.values(row))).toEqual(Array(pairs).fill(2));
});

import type { Kill } from '../chaos/kills';
import { components, type Component } from '../chaos/system';
import { seededRandom } from '../figures';

/** The steps of a payout, in their order; `pay` ones are of batches that go by calls. */
export const steps = [
  'gather',
  'make',
  'review',
  'release',
  'carry',
  'sendAhead',
  'upload',
  'sendAfter',
  'payAhead',
  'pay',
  'collect',
  'settle',
  'tell',
  'statement',
  'sideWork',
] as const;
export type Step = (typeof steps)[number];

export interface Pair {
  step: Step;
  component: Component;
}
export type StepKill = Kill & Pair & { /** Redis came back empty. */ wiped?: true };

/** Every step with every component, in an order of the seed, over and over until there are so many kills. */
export function planOf(seed: number, kills: number): Pair[] {
  const random = seededRandom(seed);
  const plan: Pair[] = [];
  while (plan.length < kills) {
    const round = steps.flatMap((step) => components.map((component) => ({ step, component })));
    for (let left = round.length; left > 0; left -= 1) {
      const [drawn] = round.splice(Math.floor(random() * left), 1);
      plan.push(drawn!);
    }
  }
  return plan.slice(0, kills);
}

/** What of the plan is still to be done. */
export function pendingOf(plan: readonly Pair[], kills: readonly Pair[]): Pair[] {
  const done = new Map<string, number>();
  const keyOf = ({ step, component }: Pair) => `${step} ${component}`;
  for (const kill of kills) done.set(keyOf(kill), (done.get(keyOf(kill)) ?? 0) + 1);
  return plan.filter((pair) => {
    const left = done.get(keyOf(pair)) ?? 0;
    done.set(keyOf(pair), left - 1);
    return left <= 0;
  });
}

/** How often each step was hit by the death of each component. */
export function matrixOf(kills: readonly Pair[]): Record<Step, Record<Component, number>> {
  const count = (step: Step, component: Component) =>
    kills.filter((kill) => kill.step === step && kill.component === component).length;
  return Object.fromEntries(
    steps.map((step) => [step, Object.fromEntries(components.map((each) => [each, count(step, each)]))]),
  ) as Record<Step, Record<Component, number>>;
}

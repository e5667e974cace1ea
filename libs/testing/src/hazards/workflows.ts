import {
  allHandlersFinished,
  condition,
  defineSignal,
  defineUpdate,
  proxyActivities,
  setHandler,
  sleep,
} from '@temporalio/workflow';

/** Workflows of the known hazards: each `naive` one shows what goes wrong, the one beside it what we do instead. */

export const release = defineSignal('release');
export const slowly = defineUpdate<void>('slowly');
export const decide = defineUpdate<string, [string]>('decide');

/** H16: an update that does slow work inside its handler holds one of the ten places. */
export async function slowUpdates(expected: number): Promise<number> {
  let isReleased = false;
  let finished = 0;
  setHandler(release, () => void (isReleased = true));
  setHandler(slowly, async () => {
    await condition(() => isReleased);
    finished += 1;
  });
  await condition(() => finished === expected && allHandlersFinished());
  return finished;
}

/** H17: counts how often the handler ran. */
export async function countedUpdates(): Promise<number> {
  let isReleased = false;
  let executions = 0;
  setHandler(release, () => void (isReleased = true));
  setHandler(decide, async (word) => {
    executions += 1;
    await sleep(100);
    return `${word} ${executions}`;
  });
  await condition(() => isReleased && allHandlersFinished());
  return executions;
}

/** H18: looks, awaits, then sets. */
export async function naiveDecision(): Promise<string[]> {
  const taken: string[] = [];
  let isReleased = false;
  setHandler(release, () => void (isReleased = true));
  setHandler(decide, async (word) => {
    if (taken.length > 0) return `refused ${word}`;
    await sleep(50);
    taken.push(word);
    return word;
  });
  await condition(() => isReleased && allHandlersFinished());
  return taken;
}

/** H18: the validator refuses, and the handler sets before its first await. */
export async function guardedDecision(): Promise<string[]> {
  const taken: string[] = [];
  let isReleased = false;
  setHandler(release, () => void (isReleased = true));
  setHandler(
    decide,
    async (word: string) => {
      taken.push(word);
      await sleep(50);
      return word;
    },
    {
      validator: (_word: string) => {
        if (taken.length > 0) throw new Error('decided already');
      },
    },
  );
  await condition(() => isReleased && allHandlersFinished());
  return taken;
}

export interface PaymentActivities {
  /** Calls the bank, whoever called before. */
  pay(orderNo: string): Promise<string>;
  /** Notes the attempt first; who finds one asks the bank and never sends again. */
  payWriteAhead(orderNo: string): Promise<'booked' | 'unknown'>;
}

const payments = proxyActivities<PaymentActivities>({
  startToCloseTimeout: '2 seconds',
  retry: { initialInterval: '300 milliseconds', backoffCoefficient: 1 },
});

/** H21 */
export const naivePayment = (orderNo: string): Promise<string> => payments.pay(orderNo);
export const writeAheadPayment = (orderNo: string): Promise<string> => payments.payWriteAhead(orderNo);

export interface CheckActivities {
  check(subject: string): Promise<string>;
}

const checks = proxyActivities<CheckActivities>({ startToCloseTimeout: '5 seconds', retry: { maximumAttempts: 1 } });

/** H23: whatever is handed over stays in the history: the input, the activity's input, and what the error says, twice. */
export async function checkedFiling(subject: string): Promise<string> {
  return checks.check(subject);
}

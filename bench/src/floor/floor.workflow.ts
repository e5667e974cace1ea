import { allHandlersFinished, condition, proxyLocalActivities, setHandler } from '@temporalio/workflow';
import { floorActs, floorSystemSteps, floorUpdate } from './messages';

const { nothing } = proxyLocalActivities<{ nothing(seq: number): Promise<number> }>({
  startToCloseTimeout: '20 seconds',
});

/**
 * What the engine alone costs: as many updates as the whole road of a claim has acts of people, and as many steps of the
 * system (支付, 归档), each carried out by one local activity that does nothing. No database, no rules, no bank.
 */
export async function floorClaim(): Promise<number> {
  let seq = 1;
  let wish = null as { seenSeq: number; settled: boolean } | null;
  setHandler(
    floorUpdate,
    async ({ seenSeq }) => {
      const mine = { seenSeq, settled: false };
      wish = mine;
      await condition(() => mine.settled);
      return seq;
    },
    {
      validator: ({ seenSeq }) => {
        if (wish !== null || seenSeq !== seq) throw new Error('moved');
      },
    },
  );
  for (let acts = 0; acts < floorActs; acts += 1) {
    await condition(() => wish !== null);
    seq = await nothing(seq + 1);
    wish!.settled = true;
    wish = null;
  }
  for (let steps = 0; steps < floorSystemSteps; steps += 1) seq = await nothing(seq + 1);
  await condition(allHandlersFinished);
  return seq;
}

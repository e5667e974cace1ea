import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchAnswer } from '@banjie/contracts';
import type { System } from '../chaos/system';
import { faultsOf, plant } from './faults';
import { layOut, type Channel, type ChaosGround } from './ground';
import type { Killer } from './killer';
import type { Step } from './plan';
import { actionIdOf, actOnBatch, Person, type Repeats } from './staff';

/** Whoever can wait with a step lets the killer set his trap, but not for ever: there may be nobody who may die just now. */
const longestWaitMs = 20_000;
/** A batch begins later when kills lag behind, so that steps are left to kill at. */
const longestPauseMs = 45_000;
const longestBatchMs = 30 * 60_000;

export interface Batches {
  system: System;
  ground: ChaosGround;
  killer: Killer;
  seed: number;
  slices: readonly string[][];
  partSize: number;
  repeats: Repeats;
  /** Batches that are over, by number. */
  finished: readonly number[];
  onFinished: (n: number, batchNo: string) => void;
  report: (line: string) => void;
  signal: AbortSignal;
}

export const channelOf = (n: number): Channel => (n % 4 === 3 ? 'http' : 'file');

/** Every batch from its gathering to its end, so many at a time. */
export async function playBatches(batches: Batches, lanes: number): Promise<void> {
  const { slices, finished, system, repeats, signal } = batches;
  const { api } = system.addresses;
  const person = (name: string) => new Person(api, name, system.demo.password, repeats, signal);
  const staff = { clerk: person('settle1'), reviewer: person('finreview1'), releaser: person('finapprove1') };
  const left = slices.map((_, n) => n).filter((n) => !finished.includes(n));
  let gathering: Promise<unknown> = Promise.resolve();
  const oneAtATime = <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    const turn = gathering.then(work);
    gathering = turn.catch(() => undefined);
    return turn;
  };
  const lane = async () => {
    for (let n = left.shift(); n !== undefined && !signal.aborted; n = left.shift()) {
      await playBatch(batches, staff, n, oneAtATime);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

async function playBatch(
  batches: Batches,
  staff: Record<'clerk' | 'reviewer' | 'releaser', Person>,
  n: number,
  oneAtATime: <Answer>(work: () => Promise<Answer>) => Promise<Answer>,
): Promise<void> {
  const { ground, system, seed, slices, partSize, report, onFinished, signal } = batches;
  const caseNos = slices[n]!;
  const channel = channelOf(n);
  // Everything that nobody has taken is gathered: another batch's cases must not lie there yet.
  const { batchNo } = await oneAtATime(async () => {
    const { killer } = batches;
    await waitWhile(() => killer.isBehind(n / slices.length - 0.1), longestPauseMs, signal);
    await ready(batches, 'gather');
    await layOut(ground, caseNos, channel, partSize);
    return staff.clerk.post<BatchAnswer>('/api/payout-batches', { actionId: actionIdOf(seed, n, 'gather') });
  });
  const { faults, silent } = faultsOf(seed, { n, channel, caseNos });
  await plant(system.addresses.bank, faults, signal);
  for (const [step, act, person] of [
    ['make', 'makeBatch', staff.clerk],
    ['review', 'reviewBatch', staff.reviewer],
    ['release', 'releaseBatch', staff.releaser],
  ] as const) {
    await ready(batches, step);
    await actOnBatch(person, batchNo, { act, actionId: actionIdOf(seed, n, act) });
  }
  for (const until = Date.now() + longestBatchMs; ;) {
    const { state, isCarried, orders } = await staff.clerk.get<BatchAnswer>(`/api/payout-batches/${batchNo}`);
    const open = orders.flatMap((row) =>
      ['drawn', 'reviewed', 'released', 'sent', 'unknown'].includes(row.state) ? [row.count] : [],
    );
    const openCount = open.reduce((sum, count) => sum + count, 0);
    if (state === 'settled' || (isCarried && orders.length > 0 && openCount <= silent.length)) break;
    if (Date.now() > until) throw new Error(`batch ${batchNo} does not end: ${JSON.stringify(orders)}`);
    await sleep(1_000, undefined, { signal });
  }
  report(`batch ${n + 1} of ${slices.length} (${batchNo}, ${channel}) is over`);
  onFinished(n, batchNo);
}

const ready = ({ killer, signal }: Batches, step: Step): Promise<void> =>
  waitWhile(() => killer.isGettingReady(step), longestWaitMs, signal);

async function waitWhile(isSo: () => boolean, longestMs: number, signal: AbortSignal): Promise<void> {
  for (const until = Date.now() + longestMs; isSo() && Date.now() < until && !signal.aborted;) await sleep(100);
}

import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchAnswer } from '@banjie/contracts';
import type { BatchAct } from '@banjie/domain';
import { ApiRefusal, signInToAct, type Hand } from '../payout/session';

/** Longest time one act is repeated before the run gives up. */
const longestMs = 15 * 60_000;

/** What a person does at the screen when no answer came: the same again, with the same number. */
export interface Repeats {
  lost: number;
  refused: number;
}

/** A person who signs in, acts, and is not put off by servers that are away. */
export class Person {
  private hand: Hand | undefined;

  constructor(
    private readonly apiUrl: string,
    private readonly username: string,
    private readonly password: string,
    private readonly repeats: Repeats,
    private readonly signal: AbortSignal,
  ) {}

  get<Answer>(path: string): Promise<Answer> {
    return this.insist((hand) => hand.get<Answer>(path));
  }

  post<Answer>(path: string, body: unknown): Promise<Answer> {
    return this.insist((hand) => hand.post<Answer>(path, body));
  }

  private async insist<Answer>(ask: (hand: Hand) => Promise<Answer>): Promise<Answer> {
    for (const until = Date.now() + longestMs; ;) {
      this.signal.throwIfAborted();
      try {
        this.hand ??= await signInToAct(this.apiUrl, this.username, this.password);
        return await ask(this.hand);
      } catch (error) {
        const isRefused = error instanceof ApiRefusal;
        if (isRefused && error.status === 401) this.hand = undefined;
        else if (isRefused && error.status < 500 && error.status !== 429) throw error;
        if (Date.now() > until) throw error;
        if (isRefused) this.repeats.refused += 1;
        else this.repeats.lost += 1;
        await sleep(1_000, undefined, { signal: this.signal });
      }
    }
  }
}

/** The number of an act is the screen's own: the same for the same act of a seed, so that a run that goes on repeats it. */
export function actionIdOf(seed: number, batch: number, act: string): string {
  const hex = createHash('sha256').update(`${seed} ${batch} ${act}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const doneIn: Record<Exclude<BatchAct, 'voidBatch'>, readonly string[]> = {
  makeBatch: ['made', 'reviewed', 'released', 'settled'],
  reviewBatch: ['reviewed', 'released', 'settled'],
  releaseBatch: ['released', 'settled'],
};

/** Looks at the batch and acts on what is seen, again and again with one number, until the act stands. */
export async function actOnBatch(
  person: Person,
  batchNo: string,
  wanted: { act: Exclude<BatchAct, 'voidBatch'>; actionId: string },
): Promise<void> {
  for (const until = Date.now() + longestMs; ;) {
    const batch = await person.get<BatchAnswer>(`/api/payout-batches/${batchNo}`);
    if (doneIn[wanted.act].includes(batch.state)) return;
    if (batch.isCarried) {
      const body = { ...wanted, seenSeq: batch.seq, seenDigest: batch.listDigest };
      try {
        await person.post(`/api/payout-batches/${batchNo}/acts`, body);
        continue;
      } catch (error) {
        // Somebody's act is under way, or the list has changed: looked at again.
        if (!(error instanceof ApiRefusal) || error.status !== 409 || Date.now() > until) throw error;
      }
    }
    await sleep(400);
  }
}

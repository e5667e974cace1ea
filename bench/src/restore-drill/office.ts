import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchAnswer } from '@banjie/contracts';
import { rows } from '@banjie/persistence';
import { accountOf } from '@banjie/testing';
import { layOut, type Channel, type ChaosGround } from '../payout-chaos/ground';
import { actionIdOf, actOnBatch, Person } from '../payout-chaos/staff';
import type { System } from '../chaos/system';

/** How far a batch goes at a time. */
export const stops = ['nothing', 'gathered', 'made', 'reviewed', 'released', 'settled'] as const;
export type Stop = (typeof stops)[number];

const acts = { made: 'makeBatch', reviewed: 'reviewBatch', released: 'releaseBatch' } as const;
const longestBatchMs = 15 * 60_000;

/** The three persons of 拨付 before one system; after a restore they sign in to another one. */
export class Office {
  private readonly staff: Record<'made' | 'reviewed' | 'released', Person>;
  private readonly batchNos = new Map<number, string>();

  constructor(
    private readonly ground: ChaosGround,
    system: System,
    /** Another one for each life: what a person does anew is another act. */
    private readonly seed: number,
    private readonly signal: AbortSignal,
  ) {
    const person = (name: string) =>
      new Person(system.addresses.api, name, system.demo.password, { lost: 0, refused: 0 }, signal);
    this.staff = { made: person('settle1'), reviewed: person('finreview1'), released: person('finapprove1') };
  }

  /** A batch that stands in the rows already, wherever it was gathered. */
  know(n: number, batchNo: string): void {
    this.batchNos.set(n, batchNo);
  }

  batchOf(n: number): string | undefined {
    return this.batchNos.get(n);
  }

  /** Takes a batch on to where it is wanted, from wherever it stands; one at a time until it is gathered. */
  async take(n: number, cases: { caseNos: string[]; channel: Channel }, to: Stop): Promise<void> {
    if (to === 'nothing') return;
    if (!this.batchNos.has(n)) {
      await layOut(this.ground, cases.caseNos, cases.channel, Math.ceil(cases.caseNos.length / 3));
      const others = await this.hold(cases.caseNos);
      const body = { actionId: actionIdOf(this.seed, n, 'gather') };
      this.batchNos.set(n, (await this.staff.made.post<BatchAnswer>('/api/payout-batches', body)).batchNo);
      await this.letGo(others);
    }
    const batchNo = this.batchNos.get(n)!;
    for (const stop of ['made', 'reviewed', 'released'] as const) {
      if (stops.indexOf(to) < stops.indexOf(stop)) return;
      await actOnBatch(this.staff[stop], batchNo, { act: acts[stop], actionId: actionIdOf(this.seed, n, stop) });
    }
    if (to === 'settled') await this.settled(batchNo);
  }

  /** Everything that nobody has taken is gathered: the demo's cases are taken meanwhile. */
  private async hold(caseNos: string[]): Promise<number[]> {
    const held = await rows<{ id: number }>(
      this.ground.owner,
      `UPDATE task SET holder_id = $2, taken_at = now() WHERE stage = 'preparePayout' AND state = 'open' AND holder_id IS NULL
         AND batch_no IS NULL AND case_no <> ALL ($1::text[]) RETURNING id`,
      [caseNos, accountOf(this.ground.world, 'settle2').id],
    );
    return held.map(({ id }) => id);
  }

  private letGo(taskIds: number[]): Promise<unknown> {
    return rows(
      this.ground.owner,
      `UPDATE task SET holder_id = NULL, taken_at = NULL WHERE id = ANY ($1::bigint[]) AND state = 'open' RETURNING id`,
      [taskIds],
    );
  }

  private async settled(batchNo: string): Promise<void> {
    for (const until = Date.now() + longestBatchMs; ;) {
      const { state, orders } = await this.staff.made.get<BatchAnswer>(`/api/payout-batches/${batchNo}`);
      if (state === 'settled') return;
      if (Date.now() > until) throw new Error(`batch ${batchNo} does not end: ${JSON.stringify(orders)}`);
      await sleep(500, undefined, { signal: this.signal });
    }
  }
}

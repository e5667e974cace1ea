import { setTimeout as sleep } from 'node:timers/promises';
import type { BankFault } from '@banjie/contracts';
import { seededRandom } from '../figures';
import type { Channel } from './ground';

export interface PlannedFaults {
  faults: BankFault[];
  /** Orders about which the bank never says a word: they stay 未知, for everybody to see. */
  silent: string[];
}

/** What the bank does otherwise than asked with some orders of a batch, drawn from the seed. */
export function faultsOf(
  seed: number,
  batch: { n: number; channel: Channel; caseNos: readonly string[] },
): PlannedFaults {
  const random = seededRandom(seed * 1_000 + batch.n);
  const left = batch.caseNos.map((caseNo) => `${caseNo}P1`);
  const draw = () => left.splice(Math.floor(random() * left.length), 1)[0]!;
  const faults: BankFault[] = [
    { kind: 'refuse', match: { orderNo: draw() }, reason: '账户已销户' },
    { kind: 'refuse', match: { orderNo: draw() }, reason: '户名不符' },
    {
      kind: 'returnAfter',
      match: { orderNo: draw() },
      ms: 5_000 + Math.floor(random() * 60_000),
      reason: '账户状态异常',
    },
    { kind: 'lateSuccess', match: { orderNo: draw() }, ms: 20_000 },
  ];
  const silent: string[] = [];
  if (batch.channel === 'file') {
    for (let n = 0; n < 2; n += 1) faults.push({ kind: 'partialFile', match: { orderNo: draw() } });
    if (batch.n % 3 === 0) faults.push({ kind: 'lostReplyAfterBooking', match: { operation: 'file', next: 1 } });
  } else {
    faults.push({ kind: 'lostReplyBeforeBooking', match: { orderNo: draw(), next: 1 } });
    faults.push({ kind: 'lostReplyAfterBooking', match: { orderNo: draw(), next: 1 } });
    faults.push({ kind: 'duplicateReply', match: { orderNo: draw() } });
    silent.push(draw());
    faults.push(...silent.map((orderNo): BankFault => ({ kind: 'outage', match: { orderNo } })));
  }
  return { faults, silent };
}

/** Switches them on, each again until the bank has answered. */
export async function plant(bankUrl: string, faults: readonly BankFault[], signal: AbortSignal): Promise<void> {
  for (const fault of faults) {
    for (;;) {
      signal.throwIfAborted();
      const answer = await fetch(`${bankUrl}/faults`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(fault),
        signal: AbortSignal.timeout(10_000),
      }).catch(() => undefined);
      await answer?.arrayBuffer().catch(() => undefined);
      if (answer?.ok) break;
      await sleep(500);
    }
  }
}

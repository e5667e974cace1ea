import { randomUUID } from 'node:crypto';
import { caseTaskQueue, caseWorkflowId, claimApprovalType, type ActBody, type ActUpdate } from '@banjie/contracts';
import { shanghaiDate } from '@banjie/domain';
import { keepActBody, rows } from '@banjie/persistence';
import { accountOf } from '@banjie/testing';
import { actUpdate } from '@banjie/workflows/messages';
import type { Client } from '@temporalio/client';
import type { BenchWorld } from './world';

type Wanted = ActBody extends infer Body ? (Body extends ActBody ? Omit<Body, 'actionId' | 'seenSeq'> : never) : never;

/** Tells each claim that waits for it when its case has come to 送达; one statement for all of them. */
export class PaidWatch {
  private readonly waiting = new Map<string, (seq: number) => void>();
  private readonly timer: NodeJS.Timeout;
  private isAsking = false;

  constructor({ dataSource }: BenchWorld) {
    this.timer = setInterval(() => {
      if (this.isAsking || this.waiting.size === 0) return;
      this.isAsking = true;
      const sql = `SELECT case_no, seq FROM cases WHERE case_no = ANY($1) AND stage = 'deliver'`;
      void rows<{ case_no: string; seq: number }>(dataSource, sql, [[...this.waiting.keys()]])
        .then((paid) => {
          for (const { case_no: caseNo, seq } of paid) {
            this.waiting.get(caseNo)?.(seq);
            this.waiting.delete(caseNo);
          }
        })
        .finally(() => (this.isAsking = false));
    }, 100);
  }

  paid(caseNo: string): Promise<number> {
    return new Promise((resolve) => this.waiting.set(caseNo, resolve));
  }

  close(): void {
    clearInterval(this.timer);
  }
}

/** Walks one received case to 归档 as the API does it: keeps the body of each act, then sends the update. */
export async function walkClaim(
  bench: BenchWorld,
  client: Client,
  watch: PaidWatch,
  caseNo: string,
  actMs: number[],
): Promise<void> {
  const { dataSource, cipher, world } = bench;
  const workflowId = caseWorkflowId(caseNo);
  const handle = await client.workflow.start(claimApprovalType, {
    taskQueue: caseTaskQueue,
    workflowId,
    args: [{ caseNo }],
  });
  let seq = 1;
  const act = async (username: string, wanted: Wanted): Promise<void> => {
    const actionId = randomUUID();
    const actorId = accountOf(world, username).id;
    const since = performance.now();
    await keepActBody(dataSource, cipher, {
      ...{ actionId, caseNo, actorId },
      act: wanted.act,
      seenSeq: seq,
      body: { ...wanted, actionId, seenSeq: seq },
      requestId: null,
    });
    const args: [ActUpdate] = [{ actionId, act: wanted.act, actorId, seenSeq: seq }];
    const result = await handle.executeUpdate(actUpdate, { updateId: actionId, args });
    seq = result.seq;
    actMs.push(performance.now() - since);
  };
  await act('initial1', { act: 'accept' });
  await act('initial1', { act: 'propose', outcome: 'pass', deductions: [] });
  await act('second1', { act: 'propose', outcome: 'pass' });
  await act('approver1', { act: 'approve', payableFen: await proposedFen(bench, caseNo) });
  await act('settle1', { act: 'preparePayout' });
  await act('finreview1', { act: 'confirmPayout' });
  const paid = watch.paid(caseNo);
  await act('finapprove1', { act: 'releasePayout' });
  seq = await paid;
  await act('window1', { act: 'deliver', way: 'window', deliveredOn: shanghaiDate(Date.now()), receiver: '本人' });
  await handle.result();
}

/** What the approver's screen shows. */
async function proposedFen({ dataSource }: BenchWorld, caseNo: string): Promise<number> {
  const sql = `SELECT proposed_fen FROM cases WHERE case_no = $1`;
  const [row] = await rows<{ proposed_fen: number }>(dataSource, sql, [caseNo]);
  return row?.proposed_fen ?? 0;
}

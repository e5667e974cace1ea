import { randomUUID } from 'node:crypto';
import { caseWorkflowId, claimApprovalType, type ActBody, type ActBodyOf, type ActUpdate } from '@banjie/contracts';
import { shanghaiDate } from '@banjie/domain';
import { keepActBody, rows, type ColumnCipher } from '@banjie/persistence';
import { actUpdate, lookAgainSignal, positionQuery } from '@banjie/workflows/messages';
import type { Client } from '@temporalio/client';
import type { DataSource } from 'typeorm';

export interface RoadGround {
  dataSource: DataSource;
  cipher: ColumnCipher;
  client: Client;
  taskQueue: string;
  /** The id of a person of the test world. */
  idOf(username: string): string;
}

type Wanted = ActBody extends infer Body ? (Body extends ActBody ? Omit<Body, 'actionId' | 'seenSeq'> : never) : never;
type NewPayee = NonNullable<ActBodyOf<'preparePayout'>['payee']>;

/** Another account of the insured person. */
export const otherPayee = (accountName: string): NewPayee => ({
  accountName,
  accountNumber: '6222000099990000',
  bankCode: '102100099996',
  relation: 'self',
});

/** Drives cases by the acts of staff, as the API hands them to the workflow. */
export function createRoadDriver({ dataSource, cipher, client, taskQueue, idOf }: RoadGround) {
  const workflowOf = (caseNo: string) => client.workflow.getHandle(caseWorkflowId(caseNo));

  async function head(caseNo: string) {
    const [row] = await rows<{ seq: number; stage: string; waiting: string | null; proposed_fen: number }>(
      dataSource,
      `SELECT seq, stage, waiting, proposed_fen FROM cases WHERE case_no = $1`,
      [caseNo],
    );
    return row!;
  }

  async function until(caseNo: string, isThere: (now: Awaited<ReturnType<typeof head>>) => boolean): Promise<void> {
    for (const end = Date.now() + 60_000; !isThere(await head(caseNo));) {
      if (Date.now() > end) throw new Error(`${caseNo} stays at ${JSON.stringify(await head(caseNo))}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Keeps the body, as the API does before it asks the workflow; answers the update that goes with it. */
  async function keep(caseNo: string, username: string, wanted: Wanted): Promise<ActUpdate> {
    const actionId = randomUUID();
    const seenSeq = (await head(caseNo)).seq;
    const actorId = idOf(username);
    const body = { ...wanted, actionId, seenSeq };
    const kept = { actionId, caseNo, act: wanted.act, actorId, seenSeq, body, requestId: null };
    await keepActBody(dataSource, cipher, kept);
    const toStage = wanted.act === 'sendBack' ? wanted.toStage : undefined;
    return { actionId, act: wanted.act, actorId, seenSeq, toStage };
  }

  async function act(caseNo: string, username: string, wanted: Wanted): Promise<void> {
    const update = await keep(caseNo, username, wanted);
    await workflowOf(caseNo).executeUpdate(actUpdate, { updateId: update.actionId, args: [update] });
  }

  const runOf = async (caseNo: string) => (await workflowOf(caseNo).describe()).runId;

  /**
   * Tells the case to look again, and again, until its history is so long that it goes on as a new run. No faster than it looks: a
   * hundred at once end its task (reliability F9).
   */
  async function untilNewRun(caseNo: string): Promise<string> {
    const before = await runOf(caseNo);
    for (let told = 0; told < 1_000; told += 20) {
      await Promise.all(Array.from({ length: 20 }, () => workflowOf(caseNo).signal(lookAgainSignal)));
      await workflowOf(caseNo).query(positionQuery);
      const now = await runOf(caseNo);
      if (now !== before) return now;
    }
    throw new Error('the run only grows');
  }

  const road = {
    head,
    until,
    runOf,
    untilNewRun,
    keep,
    act,
    begin: (caseNo: string) =>
      client.workflow.start(claimApprovalType, { workflowId: caseWorkflowId(caseNo), taskQueue, args: [{ caseNo }] }),
    ended: (caseNo: string) => workflowOf(caseNo).result(),
    accept: (caseNo: string) => act(caseNo, 'initial1', { act: 'accept' }),
    proposeFirst: (caseNo: string) => act(caseNo, 'initial1', { act: 'propose', outcome: 'pass', deductions: [] }),
    proposeSecond: (caseNo: string) => act(caseNo, 'second1', { act: 'propose', outcome: 'pass' }),
    sendBack: (caseNo: string, username: string) =>
      act(caseNo, username, { act: 'sendBack', toStage: 'initialReview', reasons: [{ code: 'RS-14' }] }),
    approve: async (caseNo: string) =>
      act(caseNo, 'approver1', { act: 'approve', payableFen: (await head(caseNo)).proposed_fen }),
    withdraw: (caseNo: string) => act(caseNo, 'window1', { act: 'withdraw' }),

    async toApproval(caseNo: string): Promise<void> {
      await road.accept(caseNo);
      await road.proposeFirst(caseNo);
      await road.proposeSecond(caseNo);
    },
    async drawAndRelease(caseNo: string, payee?: NewPayee): Promise<void> {
      await act(caseNo, 'settle1', { act: 'preparePayout', payee });
      await act(caseNo, 'finreview1', { act: 'confirmPayout' });
      await act(caseNo, 'finapprove1', { act: 'releasePayout' });
    },
    async deliverAndClose(caseNo: string): Promise<void> {
      await until(caseNo, ({ stage }) => stage === 'deliver');
      await act(caseNo, 'window1', {
        act: 'deliver',
        way: 'window',
        deliveredOn: shanghaiDate(Date.now()),
        receiver: '本人',
      });
      await road.ended(caseNo);
    },
    async approveAndPay(caseNo: string): Promise<void> {
      await road.approve(caseNo);
      await road.drawAndRelease(caseNo);
      await road.deliverAndClose(caseNo);
    },
  };
  return road;
}

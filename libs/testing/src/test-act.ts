import { randomUUID } from 'node:crypto';
import type { ActBody, ActUpdate } from '@banjie/contracts';
import { keepActBody, rows, type ColumnCipher } from '@banjie/persistence';
import type { DataSource } from 'typeorm';

/** What a person wants, without the id and the `seq` that his screen adds. */
export type WantedAct = ActBody extends infer Body
  ? Body extends ActBody
    ? Omit<Body, 'actionId' | 'seenSeq'>
    : never
  : never;

/**
 * Keeps the body of an act under a new `actionId`, seen at the case's `seq` of now, as the API does before it asks the workflow.
 * Answers what travels on: the update, and with `seq` one higher what the transaction is given.
 */
export async function keepTestAct(
  dataSource: DataSource,
  cipher: ColumnCipher,
  caseNo: string,
  actorId: string,
  wanted: WantedAct,
): Promise<ActUpdate> {
  const [head] = await rows<{ seq: number }>(dataSource, `SELECT seq FROM cases WHERE case_no = $1`, [caseNo]);
  const [actionId, seenSeq, { act }] = [randomUUID(), head!.seq, wanted];
  const body = { ...wanted, actionId, seenSeq };
  await keepActBody(dataSource, cipher, { actionId, caseNo, act, actorId, seenSeq, body, requestId: null });
  const toStage = wanted.act === 'sendBack' ? wanted.toStage : undefined;
  const pause = wanted.act === 'openPause' ? wanted.kind : undefined;
  return { actionId, act, actorId, seenSeq, toStage, pause };
}

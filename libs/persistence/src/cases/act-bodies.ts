import { DomainError } from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { sameBytes, type ColumnCipher } from '../column-cipher';
import { rows } from '../data-source';
import { keptPlan } from '../kept-plans';
import { canonical } from './chain';

export const actBodyContext = 'act_body.body';

export interface ActBodyEntry {
  actionId: string;
  caseNo: string;
  act: string;
  actorId: string;
  seenSeq: number;
  /** The whole act as it was posted, free text included; it travels no further than this row. */
  body: unknown;
  requestId: string | null;
}

/**
 * Keeps the body of an act under its `actionId`, before anything is asked of Temporal. The same body again is the same act;
 * another one, or another person or case, is refused with ACTION_REUSED (409) and changes nothing.
 * Returns how often this action was refused before: a refusal is no outcome, the corrected act is put anew.
 */
export async function keepActBody(
  manager: EntityManager | DataSource,
  cipher: ColumnCipher,
  entry: ActBodyEntry,
): Promise<number> {
  const hash = actBodyDigest(cipher, entry.body);
  const [kept] = await rows<StandingBody>(
    manager,
    `${keptPlan} WITH kept AS (
       INSERT INTO act_body (action_id, case_no, act, actor_id, seen_seq, body_hash, body_enc, request_id)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (action_id) DO NOTHING RETURNING body_hash, actor_id, case_no)
     SELECT k.*, (SELECT count(*) FROM attempt_log WHERE action_id = $1) AS refused
     FROM (SELECT * FROM kept UNION ALL SELECT body_hash, actor_id, case_no FROM act_body WHERE action_id = $1) k`,
    [
      entry.actionId,
      entry.caseNo,
      entry.act,
      entry.actorId,
      entry.seenSeq,
      hash,
      cipher.encryptJson(actBodyContext, entry.body),
      entry.requestId,
    ],
  );
  // No row: another request put it there between our snapshot and our insert; ask again for what stands.
  const standing = kept ?? (await standingBody(manager, entry.actionId));
  if (
    !sameBytes(standing.body_hash, hash) ||
    standing.actor_id !== entry.actorId ||
    standing.case_no !== entry.caseNo
  ) {
    throw new DomainError('ACTION_REUSED', { actionId: entry.actionId }, 'actionId');
  }
  return standing.refused;
}

/** Keyed: whoever has the rows and guesses a body cannot confirm the guess (architecture § 1). */
export function actBodyDigest(cipher: ColumnCipher, body: unknown): Buffer {
  return cipher.hash('act_body', canonical(body));
}

interface StandingBody {
  body_hash: Buffer;
  actor_id: string;
  case_no: string;
  refused: number;
}

/** A refused act leaves its attempt and no body, so that it can be corrected and sent again; a committed one stays. */
export async function dropRefusedBody(manager: EntityManager | DataSource, actionId: string): Promise<void> {
  await rows(
    manager,
    `DELETE FROM act_body b WHERE action_id = $1 AND NOT EXISTS (SELECT 1 FROM case_act a WHERE a.action_id = b.action_id)`,
    [actionId],
  );
}

async function standingBody(manager: EntityManager | DataSource, actionId: string): Promise<StandingBody> {
  const [row] = await rows<StandingBody>(
    manager,
    `SELECT body_hash, actor_id, case_no, (SELECT count(*) FROM attempt_log WHERE action_id = $1) AS refused
     FROM act_body WHERE action_id = $1`,
    [actionId],
  );
  if (!row) throw new Error('an act body that is neither ours nor there');
  return row;
}

/** A refused attempt leaves a row: Temporal keeps nothing of a refusal (architecture § 3). */
export async function logAttempt(
  manager: EntityManager | DataSource,
  attempt: {
    caseNo: string | null;
    actorId: string;
    act: string;
    actionId: string | null;
    code: string;
    requestId: string | null;
  },
): Promise<void> {
  await rows(
    manager,
    `INSERT INTO attempt_log (case_no, actor_id, act, action_id, code, request_id) VALUES ($1, $2, $3, $4, $5, $6)`,
    [attempt.caseNo, attempt.actorId, attempt.act, attempt.actionId, attempt.code, attempt.requestId],
  );
}

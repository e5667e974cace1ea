import { Injectable } from '@nestjs/common';
import type { ActAnswer, ActBody, ActUpdate } from '@banjie/contracts';
import {
  abilities,
  actLabels,
  DomainError,
  judgeMove,
  judgeRight,
  needsTask,
  stageLabels,
  systemActorLabels,
  type ErrorCode,
  type SystemActor,
} from '@banjie/domain';
import {
  ColumnCipher,
  dropRefusedBody,
  findCase,
  getDefinition,
  keepActBody,
  logAttempt,
  rows,
  type CaseRecord,
} from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { requestId } from '../edge/request-context';
import { shanghaiInstant } from '../edge/times';
import { CaseEngine } from '../engine/case-engine';
import type { Account } from '../sign-in/account';

/** Refusals that say where the case stands, and nothing of the person who asks. */
const standing = new Set<ErrorCode>([
  'CASE_CLOSED',
  'ACT_NOT_ALLOWED',
  'WAITING_SUPPLEMENT',
  'NOT_WAITING_SUPPLEMENT',
  'CASE_PAUSED',
  'NOT_PAUSED',
  'ALREADY_DECIDED',
]);

const busyWaitMs = 2_000;
const busyLookMs = 50;

/** How an act travels (architecture § 3): policy, body, update, transaction, answer. */
@Injectable()
export class ActsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: ColumnCipher,
    private readonly engine: CaseEngine,
  ) {}

  async perform(account: Account, caseNo: string, body: ActBody): Promise<ActAnswer> {
    try {
      return await this.attempt(account, caseNo, body);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      await logAttempt(this.dataSource, {
        caseNo,
        actorId: account.id,
        act: body.act,
        actionId: error.code === 'ACTION_REUSED' ? null : body.actionId,
        code: error.code,
        requestId: requestId() ?? null,
      });
      throw error;
    }
  }

  private async attempt(account: Account, caseNo: string, body: ActBody): Promise<ActAnswer> {
    const { actionId, act, seenSeq } = body;
    const record = await this.getOwnCase(account, caseNo, actionId);
    const kept = () =>
      keepActBody(this.dataSource, this.cipher, {
        actionId,
        caseNo,
        act,
        actorId: account.id,
        seenSeq,
        body,
        requestId: requestId() ?? null,
      });
    if (record.committedSeq !== null) {
      const { committedAct, committedCaseNo } = record;
      const isOther = committedAct?.act !== act || committedAct.actorId !== account.id || committedCaseNo !== caseNo;
      if (isOther) throw new DomainError('ACTION_REUSED', { actionId }, 'actionId');
      await kept();
      // Asked again: the first answer may have been lost together with the engine's memory of the act.
      void this.engine.lookAgain(caseNo);
      return this.answer(account, record, act);
    }
    const toStage = act === 'sendBack' ? body.toStage : undefined;
    const pause = act === 'openPause' ? body.kind : undefined;
    const update: ActUpdate = { actionId, act, actorId: account.id, seenSeq, toStage, pause };
    await this.judge(account, record, update);
    const refusedBefore = await kept();
    try {
      // A refused update is no outcome: the next try of the same action is another update of the same act.
      await this.engine.act(caseNo, refusedBefore === 0 ? actionId : `${actionId}/${refusedBefore}`, update);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return this.afterRefusal(account, caseNo, update, error);
    }
    return this.answer(account, await this.getOwnCase(account, caseNo, actionId), act);
  }

  private async judge(account: Account, record: CaseRecord, update: ActUpdate): Promise<void> {
    const definition = await getDefinition(this.dataSource.manager, record.matter, record.definitionVersion);
    const right = judgeRight(definition, record.position, update.act, account.posts, update.pause);
    const move = judgeMove(definition, record.position, update);
    // Where the case stands comes first: what a stale screen wants may be nobody's act any more.
    if (!move.allowed && move.code === 'CASE_MOVED') throw await this.moved(record);
    if (!move.allowed && standing.has(move.code)) throw new DomainError(move.code, move.facts);
    if (!right.allowed) throw new DomainError(right.code, right.facts);
    if (!move.allowed) throw new DomainError(move.code, move.facts);
    const isHolders = needsTask(definition, record.position.stage, update.act, update.pause);
    if (isHolders && record.task?.holderId && record.task.holderId !== account.id) {
      throw heldBy(record);
    }
  }

  /** Somebody came first, or nobody knows: the rows say whether this very action was committed after all. */
  private async afterRefusal(
    account: Account,
    caseNo: string,
    update: ActUpdate,
    error: DomainError,
  ): Promise<ActAnswer> {
    const end = Date.now() + busyWaitMs;
    for (;;) {
      const record = await this.getOwnCase(account, caseNo, update.actionId);
      if (record.committedSeq !== null) {
        // Committed, yet the engine did not say so: its memory of the case may have been lost with the answer.
        void this.engine.lookAgain(caseNo);
        return this.answer(account, record, update.act);
      }
      if (error.code === 'ENGINE_UNAVAILABLE') throw error;
      const hasMoved = record.position.seq !== update.seenSeq;
      if (hasMoved || error.code !== 'CASE_BUSY' || Date.now() > end) {
        await dropRefusedBody(this.dataSource, update.actionId);
        if (hasMoved) throw await this.moved(record);
        throw error.code === 'TASK_HELD' ? heldBy(record) : error;
      }
      await new Promise((resolve) => setTimeout(resolve, busyLookMs));
    }
  }

  /** 409 with who and what, so that the second actor sees why (bar 15). */
  private async moved({ position }: CaseRecord): Promise<DomainError> {
    const last = position.last!;
    const [row] = await rows<{ name: string | null; at: Date }>(
      this.dataSource,
      `SELECT s.display_name AS name, a.at FROM case_act a LEFT JOIN staff_account s ON s.id::text = a.actor_id
       WHERE a.case_no = $1 AND a.seq = $2`,
      [position.caseNo, position.seq],
    );
    return new DomainError('CASE_MOVED', {
      seq: position.seq,
      stage: stageLabels[position.stage],
      lastActor: row?.name ?? systemActorLabels[last.actorId as SystemActor] ?? '其他人员',
      lastAct: actLabels[last.act],
      lastAt: shanghaiInstant(row?.at ?? null),
    });
  }

  private async getOwnCase(account: Account, caseNo: string, actionId: string): Promise<CaseRecord> {
    const record = await findCase(this.dataSource.manager, caseNo, { actorId: account.id, actionId });
    if (!record || record.agencyId !== account.agencyId) throw new DomainError('CASE_NOT_FOUND', { caseNo });
    return record;
  }

  private async answer(account: Account, record: CaseRecord, act: string): Promise<ActAnswer> {
    const { position } = record;
    const definition = await getDefinition(this.dataSource.manager, record.matter, record.definitionVersion);
    const holderId = record.task?.holderId ?? null;
    const heldByOther = holderId !== null && holderId !== account.id;
    return {
      caseNo: position.caseNo,
      seq: position.seq,
      act,
      stage: position.stage,
      waiting: position.waiting,
      outcome: position.outcome,
      proposedFen: position.outcome === null ? record.proposedFen : null,
      payableFen: record.payableFen,
      heldBy: heldByOther ? record.task!.holderName : null,
      abilities: abilities(definition, position, { personId: account.id, posts: account.posts, heldByOther }),
    };
  }
}

const heldBy = ({ task, position }: CaseRecord): DomainError =>
  new DomainError('TASK_HELD', { holder: task?.holderName ?? '其他人员', stage: stageLabels[position.stage] });

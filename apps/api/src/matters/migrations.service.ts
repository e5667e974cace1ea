import { Injectable } from '@nestjs/common';
import type { MoveCaseList, MoveCasesQuery, MoveList, MoveView, ProposeMove, RejectProposal } from '@banjie/contracts';
import {
  actLabels,
  DomainError,
  planMove,
  postLabels,
  shanghaiDate,
  type MatterDefinition,
  type Obstacle,
  type Post,
  type Stage,
  type WorkCalendar,
} from '@banjie/domain';
import {
  addCaseMove,
  addMoveEvent,
  currentCalendar,
  findCaseMove,
  findCasesToMove,
  findDefinition,
  findMoveCases,
  listCaseMoves,
  readMovableCases,
  type CaseMoveRecord,
  type MovableRecord,
} from '@banjie/persistence';
import { DataSource, type EntityManager } from 'typeorm';
import { shanghaiInstant } from '../edge/times';
import type { Account } from '../sign-in/account';
import { demandUninvolved } from './versions.service';

const mostCases = 20_000;
const plannedAtATime = 500;
const hourMs = 3_600_000;

type State = MoveView['state'];
const stateLabels = {
  proposed: '待批准',
  rejected: '已驳回',
  running: '执行中',
  finished: '已执行',
  undoing: '撤销中',
  undone: '已撤销',
} as const satisfies Record<State, string>;

/** A case's dry run as `case_move_case.plan` keeps it. */
interface KeptPlan {
  fromStage: Stage;
  toStage: Stage | null;
  posts: Post[];
  clocks: {
    clock: string;
    run: number;
    limitBefore: number;
    limitAfter: number;
    dueBefore: string;
    dueAfter: string;
  }[];
  obstacles: Obstacle[];
}

/** Moves of the agency's own running cases. Nothing here touches a case: apps/jobs tells them, and each moves by its own act. */
@Injectable()
export class MigrationsService {
  constructor(private readonly dataSource: DataSource) {}

  /** @throws DomainError UNKNOWN_VERSION; VERSION_NOT_IN_FORCE; OWN_CASE_AFFECTED; MIGRATION_EMPTY; MIGRATION_TOO_LARGE */
  async propose(account: Account, matter: string, body: ProposeMove): Promise<MoveView> {
    return this.dataSource.transaction('REPEATABLE READ', async (manager) => {
      const at = new Date();
      const from = await getVersion(manager, matter, body.fromVersion);
      const to = await getVersion(manager, matter, body.toVersion);
      if (to.effectiveFrom > shanghaiDate(at.getTime())) {
        throw new DomainError('VERSION_NOT_IN_FORCE', { version: to.version, effectiveFrom: to.effectiveFrom });
      }
      await demandUninvolved(manager, matter, account);
      const { agencyId } = account;
      const caseNos = await findCasesToMove(manager, {
        ...{ agencyId, matter, version: from.version, filter: body.filter, limit: mostCases + 1 },
      });
      if (caseNos.length === 0) throw new DomainError('MIGRATION_EMPTY');
      if (caseNos.length > mostCases) throw new DomainError('MIGRATION_TOO_LARGE', { limit: mostCases }, 'filter');
      const calendar = await currentCalendar(manager, account);
      const change = { from, to, stageMap: body.stageMap, at: at.getTime() };
      const plans: { caseNo: string; possible: boolean; plan: KeptPlan }[] = [];
      for (let start = 0; start < caseNos.length; start += plannedAtATime) {
        const records = await readMovableCases(manager, caseNos.slice(start, start + plannedAtATime));
        plans.push(...records.map((record) => planned(record, change, calendar)));
      }
      const { stageMap, filter, reason, undoHours } = body;
      const move = { agencyId, matter, fromVersion: from.version, toVersion: to.version, stageMap, filter, reason };
      const moveId = await addCaseMove(manager, { ...move, undoHours, proposedBy: account.id, at }, plans);
      return moveView(await getMove(manager, account, matter, moveId));
    });
  }

  async list(account: Account, matter: string): Promise<MoveList> {
    const moves = await listCaseMoves(this.dataSource.manager, account.agencyId, matter);
    return { migrations: moves.map(moveView) };
  }

  async view(account: Account, matter: string, moveId: string): Promise<MoveView> {
    return moveView(await getMove(this.dataSource.manager, account, matter, moveId));
  }

  async cases(account: Account, matter: string, moveId: string, query: MoveCasesQuery): Promise<MoveCaseList> {
    const { manager } = this.dataSource;
    await getMove(manager, account, matter, moveId);
    const page = await findMoveCases(manager, { moveId, ...query });
    return {
      cases: page.map(({ caseNo, possible, plan, results }) => {
        const kept = plan as KeptPlan;
        return {
          ...{ caseNo, possible },
          plan: { ...kept, posts: kept.posts.map((code) => ({ code, label: postLabels[code] })) },
          results: results.map(({ kind, seq, obstacles, at }) => ({
            ...{ act: kind, actLabel: actLabels[kind], seq, obstacles, at: shanghaiInstant(new Date(at)) },
          })),
        };
      }),
      next: page.length < query.limit ? null : (page.at(-1)?.caseNo ?? null),
    };
  }

  /** @throws DomainError MIGRATION_NOT_FOUND; MIGRATION_JUDGED; SECOND_PERSON_NEEDED; OWN_CASE_AFFECTED; MIGRATION_EMPTY */
  async approve(account: Account, matter: string, moveId: string): Promise<MoveView> {
    return this.judge(account, matter, moveId, '批准', (manager, move) => {
      if (move.possible === 0) throw new DomainError('MIGRATION_EMPTY');
      return addMoveEvent(manager, { moveId, kind: 'approved', actorId: account.id, at: new Date() });
    });
  }

  async reject(account: Account, matter: string, moveId: string, { reason }: RejectProposal): Promise<MoveView> {
    return this.judge(account, matter, moveId, '驳回', (manager) =>
      addMoveEvent(manager, { moveId, kind: 'rejected', actorId: account.id, at: new Date(), reason }),
    );
  }

  /**
   * Taking back restores what was there before; it needs no second person, only its window.
   * @throws DomainError MIGRATION_NOT_FOUND; MIGRATION_JUDGED; UNDO_WINDOW_OVER; OWN_CASE_AFFECTED
   */
  async undo(account: Account, matter: string, moveId: string, { reason }: RejectProposal): Promise<MoveView> {
    return this.dataSource.transaction(async (manager) => {
      const move = await getMove(manager, account, matter, moveId, true);
      const state = stateOf(move);
      if (state !== 'finished') throw new DomainError('MIGRATION_JUDGED', { state: stateLabels[state], act: '撤销' });
      const until = undoUntil(move)!;
      const at = new Date();
      if (at > until) throw new DomainError('UNDO_WINDOW_OVER', { ended: shanghaiInstant(until) });
      await demandUninvolved(manager, matter, account);
      await addMoveEvent(manager, { moveId, kind: 'undoRequested', actorId: account.id, at, reason });
      return moveView(await getMove(manager, account, matter, moveId));
    });
  }

  private async judge(
    account: Account,
    matter: string,
    moveId: string,
    act: string,
    work: (manager: EntityManager, move: CaseMoveRecord) => Promise<void>,
  ): Promise<MoveView> {
    return this.dataSource.transaction(async (manager) => {
      const move = await getMove(manager, account, matter, moveId, true);
      const state = stateOf(move);
      if (state !== 'proposed') throw new DomainError('MIGRATION_JUDGED', { state: stateLabels[state], act });
      if (move.proposedBy.id === account.id) throw new DomainError('SECOND_PERSON_NEEDED');
      await demandUninvolved(manager, matter, account);
      await work(manager, move);
      return moveView(await getMove(manager, account, matter, moveId));
    });
  }
}

async function getVersion(manager: EntityManager, matter: string, version: number): Promise<MatterDefinition> {
  const definition = await findDefinition(manager, matter, version);
  if (!definition) throw new DomainError('UNKNOWN_VERSION', { version });
  return definition;
}

async function getMove(
  manager: EntityManager,
  { agencyId }: Account,
  matter: string,
  moveId: string,
  lock = false,
): Promise<CaseMoveRecord> {
  const move = await findCaseMove(manager, { agencyId, matter, moveId, lock });
  if (!move) throw new DomainError('MIGRATION_NOT_FOUND');
  return move;
}

function planned(
  { subject }: MovableRecord,
  change: Parameters<typeof planMove>[1],
  calendar: WorkCalendar,
): { caseNo: string; possible: boolean; plan: KeptPlan } {
  const { move, obstacles } = planMove(subject, change, calendar);
  const clocks = (move?.clocks ?? []).map(({ clock, run, before, after }) => ({
    ...{ clock, run, limitBefore: before.limitWorkingDays, limitAfter: after.limitWorkingDays },
    ...{ dueBefore: before.dueDate, dueAfter: after.dueDate },
  }));
  const plan = { fromStage: subject.position.stage, toStage: move?.toStage ?? null, posts: move?.posts ?? [] };
  return { caseNo: subject.position.caseNo, possible: move !== null, plan: { ...plan, clocks, obstacles } };
}

function eventOf(move: CaseMoveRecord, kind: CaseMoveRecord['events'][number]['kind']) {
  return move.events.find((event) => event.kind === kind) ?? null;
}

function stateOf(move: CaseMoveRecord): State {
  const has = (kind: CaseMoveRecord['events'][number]['kind']) => eventOf(move, kind) !== null;
  if (has('undoFinished')) return 'undone';
  if (has('undoRequested')) return 'undoing';
  if (has('finished')) return 'finished';
  if (has('approved')) return 'running';
  return has('rejected') ? 'rejected' : 'proposed';
}

/** The window opens when the last case has answered. */
function undoUntil(move: CaseMoveRecord): Date | null {
  const finished = eventOf(move, 'finished');
  return finished && new Date(finished.at.getTime() + move.undoHours * hourMs);
}

function moveView(move: CaseMoveRecord): MoveView {
  const { moveId, matter, fromVersion, toVersion, stageMap, reason } = move;
  const { cases, possible, moved, refused, undone, undoRefused } = move;
  const state = stateOf(move);
  const by = (event: CaseMoveRecord['events'][number] | null) =>
    event && { name: event.by, at: shanghaiInstant(event.at) };
  const rejected = eventOf(move, 'rejected');
  return {
    ...{ moveId, matter, fromVersion, toVersion, stageMap, reason, state, stateLabel: stateLabels[state] },
    filter: { ...move.filter },
    proposedBy: { name: move.proposedBy.name, at: shanghaiInstant(move.proposedAt) },
    judgedBy: by(eventOf(move, 'approved') ?? rejected),
    rejectionReason: rejected?.reason ?? null,
    undoneBy: by(eventOf(move, 'undoRequested')),
    undoUntil: shanghaiInstant(undoUntil(move)),
    ...{ cases, possible, moved, refused, undone, undoRefused },
  };
}

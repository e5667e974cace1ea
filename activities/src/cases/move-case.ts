import {
  actLabels,
  advance,
  moveActs,
  obstacle,
  planMove,
  planReturn,
  systemActorLabels,
  type ActCode,
  type CaseMove,
  type CasePosition,
  type MoveAct,
  type Obstacle,
  type SystemActor,
} from '@banjie/domain';
import {
  calendarOf,
  findMoveInHand,
  getDefinition,
  keepMoveResult,
  readMovableCases,
  repinCase,
  writeAct,
  type CaseRecord,
  type ColumnCipher,
  type MoveInHand,
} from '@banjie/persistence';
import type { EntityManager } from 'typeorm';

interface MoveInput {
  act: MoveAct;
  actionId: string;
  actorId: string;
  at: Date;
}

export const isMoveAct = (act: ActCode): act is MoveAct => (moveActs as readonly ActCode[]).includes(act);

/**
 * Moves a case to another version of its matter, or back, by an act of its own. Whether it can be is judged here, on the case
 * as it is now, not as the dry run saw it; a case that cannot be moved says why in the result, and stands as it was.
 * An act of which no approved move speaks is forged and changes nothing.
 */
export async function moveCase(
  manager: EntityManager,
  cipher: ColumnCipher,
  record: CaseRecord,
  input: MoveInput,
): Promise<CasePosition> {
  const { caseNo } = record.position;
  const { act, at } = input;
  const move = await findMoveInHand(manager, act, input.actionId, caseNo);
  const isDone = act === 'migrateDefinition' ? move?.moved : move?.undone;
  if (!move || isDone) return record.position;
  const { moveId } = move;
  const { plan, obstacles } = await planOf(manager, record, move, input);
  if (!plan) {
    await keepMoveResult(manager, { ...{ moveId, caseNo, at, obstacles }, kind: act, seq: null });
    return record.position;
  }
  const [fromVersion, toVersion] = versionsOf(move, act);
  const definition = await getDefinition(manager, record.matter, toVersion);
  const position = await writeAct(manager, cipher, record, {
    ...{ definition, act, at, actionId: input.actionId, actorId: input.actorId },
    advance: advance(definition, record.position, act, input.actorId, { toStage: plan.toStage }),
    facts: {
      ...{ moveId, fromVersion, toVersion, proposedBy: move.proposedBy, approvedBy: move.approvedBy },
      ...(act === 'undoMigration' ? { undoneBy: move.undoneBy } : {}),
    },
    clockChanges: plan.clocks.map(({ after }) => {
      const reason = `${act}:${moveId}`;
      return {
        event: 'reprojected',
        facts: { event: 'reprojected', reason, limitWorkingDays: after.limitWorkingDays },
        ledger: after,
      };
    }),
  });
  await repinCase(manager, caseNo, toVersion, plan.posts);
  await keepMoveResult(manager, { ...{ moveId, caseNo, at, obstacles: [] }, kind: act, seq: position.seq });
  return position;
}

const versionsOf = ({ fromVersion, toVersion }: MoveInHand, act: MoveAct): [number, number] =>
  act === 'migrateDefinition' ? [fromVersion, toVersion] : [toVersion, fromVersion];

async function planOf(
  manager: EntityManager,
  record: CaseRecord,
  move: MoveInHand,
  { act, at }: MoveInput,
): Promise<{ plan: CaseMove | null; obstacles: Obstacle[] }> {
  const [found] = await readMovableCases(manager, [record.position.caseNo]);
  const calendar = await calendarOf(manager, record, record.calendarNumber);
  const [fromVersion, toVersion] = versionsOf(move, act);
  const from = await getDefinition(manager, record.matter, fromVersion);
  const to = await getDefinition(manager, record.matter, toVersion);
  if (act === 'migrateDefinition') {
    const { stageMap } = move;
    const { move: plan, obstacles } = planMove(found!.subject, { from, to, stageMap, at: at.getTime() }, calendar);
    return { plan, obstacles };
  }
  const hindrance = undoObstacle(record, move);
  if (hindrance) return { plan: null, obstacles: [hindrance] };
  const toStage = move.moved!.stageFrom!;
  return { plan: planReturn(found!.subject, { from, to, toStage }, calendar), obstacles: [] };
}

/** Taken back is a move that nobody has built upon; its window was asked when the undoing was. */
function undoObstacle({ position }: CaseRecord, move: MoveInHand): Obstacle | null {
  if (!move.moved || move.moved.seq === null) return obstacle('notMoved');
  if (position.seq !== move.moved.seq) {
    const actor = move.lastActor ?? systemActorLabels[(position.last?.actorId ?? '') as SystemActor] ?? '其他人员';
    return obstacle('actedSince', { actor, act: actLabels[move.lastAct] });
  }
  return null;
}

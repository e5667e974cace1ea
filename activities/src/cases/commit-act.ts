import type { ActBody } from '@banjie/contracts';
import {
  actLabels,
  advance,
  DomainError,
  judgeMove,
  judgeRight,
  needsTask,
  staffActs,
  stageLabels,
  systemActors,
  systemActs,
  type ActCode,
  type CasePosition,
  type Gap,
  type MatterDefinition,
  type Road,
  type StaffAct,
} from '@banjie/domain';
import {
  calendarOf,
  findCase,
  getDefinition,
  recordPassedRungs,
  writeAct,
  type CaseRecord,
  type ColumnCipher,
} from '@banjie/persistence';
import type { DataSource, EntityManager } from 'typeorm';
import type { Effect } from './effect';
import { effects } from './effects';
import { freezeNotices, noticeDigests } from './notices';
import { isMoveAct, moveCase } from './move-case';
import { systemFacts } from './system-acts';
import { demand } from './refusal';

export interface CommitInput {
  caseNo: string;
  actionId: string;
  act: ActCode;
  actorId: string;
  /** The number this act will have; another act under it means that the case has moved. */
  seq: number;
}

export interface CommitDependencies {
  dataSource: DataSource;
  cipher: ColumnCipher;
  /** Every gap of a filing (libs/domain `findGaps` over the registries). */
  findGaps: (manager: EntityManager, filingId: string) => Promise<Gap[]>;
  now?: () => Date;
}

/** Where a case stands and the transition table of its definition; a restart equals a start (architecture § 1). */
export async function loadCase(
  dataSource: DataSource,
  caseNo: string,
): Promise<{ position: CasePosition; road: Road }> {
  const { manager } = dataSource;
  const record = await findCase(manager, caseNo);
  if (!record) throw new DomainError('CASE_NOT_FOUND', { caseNo });
  const definition = await getDefinition(manager, record.matter, record.definitionVersion);
  const { stages, applicantActs, pauses, extension } = definition;
  return { position: record.position, road: { stages, applicantActs, pauses, extension } };
}

/**
 * Commits one act: facts, the policy once more, the act's own rows and the case, all in one transaction. Twice equals once:
 * the second run finds the act by its `actionId` and answers with the position. Refusals are DomainErrors.
 */
export async function commitAct(dependencies: CommitDependencies, input: CommitInput): Promise<CasePosition> {
  const { dataSource, cipher } = dependencies;
  return dataSource.transaction(async (manager) => {
    const record = await findCase(manager, input.caseNo, {
      actorId: input.actorId,
      actionId: input.actionId,
      lock: true,
    });
    if (!record) throw new DomainError('CASE_NOT_FOUND', { caseNo: input.caseNo });
    if (record.committedSeq !== null) {
      if (record.committedCaseNo !== input.caseNo) throw new DomainError('ACTION_REUSED', { actionId: input.actionId });
      return record.position;
    }
    const at = dependencies.now?.() ?? new Date();
    const definition = await getDefinition(manager, record.matter, record.definitionVersion);
    await recordOverlooked(manager, record, definition, at);
    if (isMoveAct(input.act)) return moveCase(manager, cipher, record, { ...input, act: input.act, at });
    // Written together with the decision that it tells of (`putSupplement`), and no other way.
    if (input.act === 'supplementPayout') return record.position;
    const context = { manager, cipher, record, definition, actorId: input.actorId, at, seq: input.seq };
    const effect: (Effect & { body?: ActBody }) | null = isStaffAct(input.act)
      ? await staffEffect(dependencies, input, { ...context, act: input.act })
      : await systemFacts(manager, record, input.act, at);
    if (!effect) return record.position;
    const step = advance(definition, record.position, input.act, input.actorId, effect.road);
    const notices = await freezeNotices({ ...context, act: input.act, step, effect });
    return writeAct(manager, cipher, record, {
      definition,
      advance: step,
      act: input.act,
      actorId: input.actorId,
      actionId: input.actionId,
      at,
      facts: notices.length > 0 ? { ...effect.facts, notices: noticeDigests(notices) } : effect.facts,
      sets: effect.sets ?? {},
      notices,
      writes: effect.writes ?? [],
      time: effect.time,
    });
  });
}

/**
 * A rung that passed while worker and sweeper were down and that this act comes upon first: it is recorded before the act, which
 * may stop, pause or extend its clock and would bury it. An act at the closing instant itself is inside (T-05).
 */
export async function recordOverlooked(
  manager: EntityManager,
  record: CaseRecord,
  definition: MatterDefinition,
  at: Date,
): Promise<void> {
  const { nextRungAt } = record.position;
  if (nextRungAt === null || Date.parse(nextRungAt) >= at.getTime()) return;
  const calendar = await calendarOf(manager, record, record.calendarNumber);
  const look = { at, until: new Date(at.getTime() - 1), by: systemActors.workflow };
  await recordPassedRungs(manager, record, definition, calendar, look);
}

/** Done for the whole batch at once where the case stands in one. */
const batchedActs: readonly StaffAct[] = ['preparePayout', 'confirmPayout', 'releasePayout'];

type StaffContext = Omit<Parameters<(typeof effects)['accept']>[1], 'findGaps'> & { act: StaffAct };

async function staffEffect(
  { cipher, findGaps }: CommitDependencies,
  input: CommitInput,
  context: StaffContext,
): Promise<Effect & { body: ActBody }> {
  const { manager, record, definition, act } = context;
  const { body, digest } = openBody(cipher, input, record);
  const toStage = body.act === 'sendBack' ? body.toStage : undefined;
  const pause = body.act === 'openPause' ? body.kind : undefined;
  const wish = { act, actorId: input.actorId, seenSeq: input.seq - 1, toStage, pause };
  demand(judgeMove(definition, record.position, wish));
  if (!record.actor?.active || record.actor.agencyId !== record.agencyId) throw new DomainError('FORBIDDEN');
  demand(judgeRight(definition, record.position, act, record.actor.posts, pause));
  if (record.batchNo && batchedActs.includes(act)) {
    throw new DomainError('IN_BATCH', { batchNo: record.batchNo, act: actLabels[act] });
  }
  const isHolders = needsTask(definition, record.position.stage, act, pause);
  if (isHolders && record.task?.holderId && record.task.holderId !== input.actorId) {
    // By id: this travels through Temporal; the API names the holder.
    throw new DomainError('TASK_HELD', { holderId: record.task.holderId, stage: stageLabels[record.position.stage] });
  }
  // Each act finds its own shape in the union; the table of effects is keyed by the same code.
  const run = effects[act] as (body: ActBody, context: unknown) => Promise<Effect>;
  const effect = await run(body, { ...context, findGaps: () => findGaps(manager, record.filingId) });
  return { ...effect, body, facts: { ...effect.facts, bodyDigest: digest } };
}

/** Ids alone travel: an update that no API stored a body for is forged or long forgotten, and moves nothing (X5). */
function openBody(cipher: ColumnCipher, input: CommitInput, { body }: CaseRecord): { body: ActBody; digest: string } {
  if (!body || body.act !== input.act || body.actorId !== input.actorId || body.caseNo !== input.caseNo) {
    throw new DomainError('FORBIDDEN');
  }
  return { body: cipher.decryptJson<ActBody>('act_body.body', body.sealed), digest: body.hash.toString('hex') };
}

export function isStaffAct(act: ActCode): act is StaffAct {
  return (staffActs as readonly string[]).includes(act) && !(systemActs as readonly string[]).includes(act);
}

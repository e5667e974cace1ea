import type { ActBodyOf } from '@banjie/contracts';
import { DomainError, paperLabels, standsStill, type CasePosition, type ClockLedger } from '@banjie/domain';
import { findAttachments, type Statement } from '@banjie/persistence';
import type { Effect, EffectContext } from './effect';
import { latePapers } from './late-papers';
import { codedReasons } from './reasons';
import { demandFact } from './refusal';

/** The paper each kind of pause rests on. */
const pauseDocuments = { inquiry: 'inquiryLetter', specialProcedure: 'specialProcedureNotice' } as const;

/** A pause beyond 补正: a coded reason and its document, of this case; a pause without one is none (04-clocks § 2). */
export async function openPause(body: ActBodyOf<'openPause'>, context: EffectContext): Promise<Effect> {
  const { definition, record } = context;
  const reasons = codedReasons(definition, body.act, 'openPause', body.reasons);
  demandFact(standsStill(definition, record.clocks), 'NO_CLOCK_TO_PAUSE');
  if (body.attachmentIds.length === 0) {
    throw new DomainError('PAUSE_NEEDS_DOCUMENT', { reason: '没有选择附件' }, 'attachmentIds');
  }
  const papers = await latePapers(context, body.attachmentIds);
  if (!papers) throw new DomainError('PAUSE_NEEDS_DOCUMENT', { reason: '所选附件不属于本办件' }, 'attachmentIds');
  const wanted = pauseDocuments[body.kind];
  const filed = await findAttachments(context.manager, context.cipher, record.filingId);
  if (!filed.some(({ id, paper }) => paper === wanted && papers.attachments.includes(id))) {
    const reason = `所选附件中没有“${paperLabels[wanted]}”`;
    throw new DomainError('PAUSE_NEEDS_DOCUMENT', { reason }, 'attachmentIds');
  }
  return { facts: { pause: body.kind, reasons, ...papers }, road: { pause: body.kind }, time: { pause: body.kind } };
}

/** The answer or the result has come: counting goes on. */
export async function closePause(body: ActBodyOf<'closePause'>, context: EffectContext): Promise<Effect> {
  const papers = body.attachmentIds.length > 0 ? await latePapers(context, body.attachmentIds) : {};
  demandFact(papers !== null, 'BAD_SHAPE', { reason: '所选附件中有本办件没有的附件' });
  return { facts: { pause: context.record.position.waiting, ...papers } };
}

export async function requestExtension(body: ActBodyOf<'requestExtension'>, context: EffectContext): Promise<Effect> {
  const { definition, record, actorId } = context;
  const reasons = codedReasons(definition, body.act, 'requestExtension', body.reasons);
  const { workingDays } = body;
  const limit = definition.extension!.maximumWorkingDays;
  if (workingDays > limit) throw new DomainError('EXTENSION_TOO_LONG', { workingDays, limit }, 'workingDays');
  demandExtendable(context);
  return {
    facts: { reasons, workingDays },
    road: { extensionWorkingDays: workingDays },
    writes: [kept(record.position, { state: 'requested', requestedBy: actorId, workingDays })],
  };
}

/** Granted or not, by another person than the one who asked (`judgeMove`). A grant moves the due date, a refusal nothing. */
export async function decideExtension(
  body: ActBodyOf<'grantExtension'> | ActBodyOf<'refuseExtension'>,
  context: EffectContext,
): Promise<Effect> {
  const { position } = context.record;
  const extension = position.extension!;
  const { workingDays } = extension;
  if (body.act === 'refuseExtension') {
    const reasons = codedReasons(context.definition, body.act, 'refuseExtension', body.reasons);
    return { facts: { reasons, workingDays }, writes: [kept(position, { ...extension, state: 'refused' })] };
  }
  demandExtendable(context);
  return {
    facts: { workingDays },
    time: { extensionWorkingDays: workingDays },
    writes: [kept(position, { ...extension, state: 'granted' })],
  };
}

/** A limit that has passed cannot be extended: the breach stands. */
function demandExtendable({ definition, record, at }: EffectContext): void {
  const codes = definition.extension!.clocks;
  const live = record.clocks.filter(({ clock, state }) => state !== 'stopped' && codes.includes(clock));
  demandFact(live.length > 0, 'NO_CLOCK_TO_EXTEND');
  const isOver = ({ state, dueAt }: ClockLedger) => state === 'running' && Date.parse(dueAt) < at.getTime();
  const over = live.find((clock) => clock.breached || isOver(clock));
  if (over) throw new DomainError('EXTENSION_TOO_LATE', { clock: over.clock, dueDate: over.dueDate });
}

/** The column is the act's own; `writeAct` moves the case in the same transaction. */
const kept = ({ caseNo }: CasePosition, extension: NonNullable<CasePosition['extension']>): Statement => ({
  sql: `UPDATE cases SET extension = $2 WHERE case_no = $1`,
  parameters: [caseNo, extension],
});

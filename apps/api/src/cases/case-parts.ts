import type { CaseView } from '@banjie/contracts';
import {
  actLabels,
  bankReasonLabels,
  dutyLabels,
  kinRelationLabels,
  maskFiling,
  pauseKindLabels,
  payoutStateLabels,
  remainingWorkingDays,
  shanghaiDate,
  systemActorLabels,
  type KinRelation,
  type MatterDefinition,
  type Post,
  type SystemActor,
  type WorkCalendar,
} from '@banjie/domain';
import { openPayee, type CaseDetails, type CaseRecord, type ColumnCipher, type FrozenPayee } from '@banjie/persistence';
import { pausedDays } from '../edge/paused-days';
import { shanghaiInstant } from '../edge/times';

const instant = (text: string) => shanghaiInstant(new Date(text));
const instantOrNull = (text: string | null) => (text === null ? null : instant(text));

/** A clock with what is left of it; a stopped one has nothing left to count. */
export function clockView(
  clock: CaseRecord['clocks'][number],
  definition: MatterDefinition,
  calendar: WorkCalendar,
  now: Date,
): CaseView['clocks'][number] {
  const today = shanghaiDate(now.getTime());
  return {
    clock: clock.clock,
    label: definition.clocks.find((entry) => entry.clock === clock.clock)?.label ?? clock.clock,
    run: clock.run,
    level: clock.level,
    isOutside: clock.party === 'outside',
    state: clock.state,
    limitWorkingDays: clock.limitWorkingDays,
    extendedWorkingDays: clock.extendedWorkingDays,
    startedAt: instant(clock.startedAt),
    dayZero: clock.dayZero,
    pauses: clock.pauses.map(({ kind, from, to }) => ({ kind, kindLabel: pauseKindLabels[kind], from, to })),
    stoppedAt: instantOrNull(clock.stoppedAt),
    dueAt: instant(clock.dueAt),
    dueDate: clock.dueDate,
    isProvisional: clock.provisional,
    calendarVersion: clock.calendarVersion,
    isBreached: clock.breached,
    remainingWorkingDays:
      clock.state === 'stopped'
        ? null
        : remainingWorkingDays(calendar, today, clock.dueDate, pausedDays(clock, calendar)),
  };
}

/** What `actWords` adds is left to it; digests are for the audit and no screen. */
export function actView({ facts, ...act }: CaseDetails['acts'][number]): Omit<CaseView['acts'][number], 'words'> {
  const systemName = systemActorLabels[act.actorId as SystemActor] as string | undefined;
  return {
    ...act,
    facts: Object.fromEntries(Object.entries(facts).filter(([name]) => !/Digests?$|^notices$/.test(name))),
    actLabel: actLabels[act.act],
    actorName: act.actorName ?? systemName ?? '未知人员',
    at: instant(act.at),
  };
}

/** Whose account it is: what is verified by others before the money leaves (SD-08); numbers masked as in the filing. */
export function payeeView(payee: FrozenPayee, posts: readonly Post[]): CaseView['orders'][number]['payee'] {
  const shown = maskFiling({ payee }, posts).body.payee;
  return {
    accountName: payee.accountName,
    accountNumber: shown?.accountNumber ?? '',
    bankCode: payee.bankCode,
    relation: payee.relation ?? null,
    kinRelation: payee.kinRelation ?? null,
    relationLabel:
      payee.relation === 'kin' ? kinLabel(payee.kinRelation) : payee.relation === 'self' ? '参保人本人' : null,
  };
}

export function orderView(
  { payeeSealed, ...order }: CaseDetails['orders'][number],
  cipher: ColumnCipher,
  posts: readonly Post[],
): CaseView['orders'][number] {
  return {
    ...order,
    payee: payeeView(openPayee(cipher, Buffer.from(payeeSealed, 'hex')), posts),
    bankReasonLabel: order.bankReason && bankReasonLabels[order.bankReason],
    stateLabel: payoutStateLabels[order.state],
    drawnAt: instant(order.drawnAt),
    sentAt: instantOrNull(order.sentAt),
    settledAt: instantOrNull(order.settledAt),
  };
}

const kinLabel = (relation: KinRelation | null | undefined) =>
  relation ? `直系亲属(${kinRelationLabels[relation]})` : '直系亲属';

export function dutyView(duty: CaseDetails['duties'][number]): CaseView['duties'][number] {
  return { ...duty, personName: duty.personName ?? '未知人员', dutyLabel: dutyLabels[duty.duty] };
}

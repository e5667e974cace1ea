import { actLabels, DomainError, type ActCode, type MatterDefinition, type ReasonUse } from '@banjie/domain';

/**
 * Checks coded reasons against the definition and returns what an act row may keep of them: code and clause. The text
 * a person wrote stays in the sealed body (architecture § 3).
 */
export function codedReasons(
  definition: MatterDefinition,
  act: ActCode,
  use: ReasonUse,
  given: readonly { code: string; text?: string | undefined }[],
): { code: string; clause: string }[] {
  if (given.length === 0) throw new DomainError('REASON_REQUIRED', { act: actLabels[act] }, 'reasons');
  return given.map(({ code, text }) => {
    const reason = definition.reasons.find((r) => r.code === code && r.uses.includes(use));
    if (!reason) throw new DomainError('UNKNOWN_REASON', { reason: code, act: actLabels[act] }, 'reasons');
    if (reason.needsText && !text) throw new DomainError('REASON_TEXT_REQUIRED', {}, 'reasons');
    return { code, clause: reason.clause };
  });
}

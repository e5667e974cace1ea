import { checkNewPayee, DomainError, shanghaiDate, type LawfulPayee, type NewPayee } from '@banjie/domain';
import { findAttachments, getInsuredName } from '@banjie/persistence';
import type { EffectContext } from './effect';
import { demandFact } from './refusal';

/**
 * One person alone enters another account, so the rules of 收件 judge it; others see it with its papers afterwards (SD-08).
 * @throws DomainError PAYEE_NOT_LAWFUL, BAD_SHAPE for a paper of another case
 */
export async function lawfulPayee(
  payee: NewPayee,
  attachmentIds: string[],
  context: EffectContext,
): Promise<LawfulPayee> {
  const { manager, cipher, record, definition, at } = context;
  const filed = await findAttachments(manager, cipher, record.filingId);
  const papers = filed.filter(({ id }) => attachmentIds.includes(id));
  if (papers.length !== new Set(attachmentIds).size) {
    throw new DomainError('BAD_SHAPE', { reason: '佐证材料中有本办件没有的附件' }, 'attachmentIds');
  }
  demandFact(record.personId !== null, 'PAYEE_NOT_LAWFUL', { reason: '参保登记中没有本办件的参保人。' });
  const insuredName = await getInsuredName(manager, cipher, record.personId);
  const today = shanghaiDate(at.getTime());
  return checkNewPayee(definition.materials, { payee, insuredName, papers, today });
}

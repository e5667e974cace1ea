import { findAttachments, papersDigest } from '@banjie/persistence';
import type { EffectContext } from './effect';

/**
 * Papers that came after 收件 (补正, proof for another account), as the facts of an act name them: their ids and one keyed
 * digest over their content, so that the audit finds a changed one. Null when one is not of this filing.
 */
export async function latePapers(
  { manager, cipher, record }: EffectContext,
  attachmentIds: readonly string[],
): Promise<{ attachments: string[]; papersDigest: string } | null> {
  const wanted = [...new Set(attachmentIds)];
  const filed = wanted.length > 0 ? await findAttachments(manager, cipher, record.filingId) : [];
  const papers = filed.filter(({ id }) => wanted.includes(id));
  if (papers.length !== wanted.length) return null;
  return { attachments: wanted, papersDigest: papersDigest(cipher, papers) };
}

import type { EntityManager } from 'typeorm';
import { canonical } from '../cases/chain';
import type { ColumnCipher } from '../column-cipher';
import { rows } from '../data-source';
import { openPaperFacts } from './attachments';
import { filingBodyContext } from './drafts';

/** A paper as it is signed for: which content, as what, with what was stated about it. */
export interface SignedPaper {
  id: string;
  paper: string;
  sha256: string;
  facts: unknown;
}

/** What 收件 signs for, as facts of its act: keyed digests in hex, and which papers the third one covers. */
export interface FilingDigests {
  filingDigest: string;
  linesDigest: string;
  attachments: string[];
  papersDigest: string;
}

/** A filing as it lies in the rows, sealed; `lines` as arrays of their columns. */
export interface StoredFiling {
  filingId: string;
  body: Buffer;
  lines: unknown[] | null;
  papers: { id: string; paper: string; sha256: string; facts: string; removed: boolean }[] | null;
}

const storedFiling = `
SELECT f.id AS "filingId", f.body_enc AS body,
  (SELECT json_agg(json_build_array(l.line_no, l.service_date, l.item_code, l.item_name, l.category, l.quantity_milli,
     l.unit_price_fen, l.amount_fen, l.catalogue_class, l.self_paid_first_bp) ORDER BY l.line_no)
   FROM statement_line l WHERE l.filing_id = f.id) AS lines,
  (SELECT json_agg(json_build_object('id', p.id, 'paper', p.paper, 'sha256', p.sha256,
     'facts', encode(p.facts_enc, 'base64'), 'removed', p.removed_at IS NOT NULL) ORDER BY p.id)
   FROM attachment p WHERE p.filing_id = f.id) AS papers
FROM filing f WHERE f.id = ANY($1::uuid[])`;

export function readStoredFilings(manager: EntityManager, filingIds: readonly string[]): Promise<StoredFiling[]> {
  return rows<StoredFiling>(manager, storedFiling, [filingIds]);
}

/** The digests of a filing as it stands now; one statement. */
export async function digestFiling(
  manager: EntityManager,
  cipher: ColumnCipher,
  filingId: string,
): Promise<FilingDigests> {
  const [filing] = await readStoredFilings(manager, [filingId]);
  if (!filing) throw new Error('a case without its filing');
  const papers = (filing.papers ?? []).filter(({ removed }) => !removed).map((paper) => openPaper(cipher, paper));
  return {
    filingDigest: bodyDigest(cipher, filing),
    linesDigest: linesDigest(cipher, filing),
    attachments: papers.map(({ id }) => id),
    papersDigest: papersDigest(cipher, papers),
  };
}

export function bodyDigest(cipher: ColumnCipher, { body }: Pick<StoredFiling, 'body'>): string {
  return hex(cipher, filingBodyContext, cipher.decryptJson(filingBodyContext, body));
}

export function linesDigest(cipher: ColumnCipher, { lines }: Pick<StoredFiling, 'lines'>): string {
  return hex(cipher, 'statement_line', lines ?? []);
}

/** One digest over papers, whatever their order; also for those that come later and are named in the facts of an act. */
export function papersDigest(cipher: ColumnCipher, papers: readonly SignedPaper[]): string {
  const signed = papers.map(({ id, paper, sha256, facts }) => ({ id, paper, sha256, facts }));
  return hex(
    cipher,
    'attachment',
    signed.sort((a, b) => (a.id < b.id ? -1 : 1)),
  );
}

export function openPaper(cipher: ColumnCipher, stored: NonNullable<StoredFiling['papers']>[number]): SignedPaper {
  const { id, paper, sha256, facts } = stored;
  return { id, paper, sha256, facts: openPaperFacts(cipher, Buffer.from(facts, 'base64')) };
}

function hex(cipher: ColumnCipher, context: string, value: unknown): string {
  return cipher.hash(context, canonical(value)).toString('hex');
}

import { DomainError } from '@banjie/domain';
import { canonical, rows, type CaseRecord, type ColumnCipher } from '@banjie/persistence';
import type { EntityManager } from 'typeorm';

/** The part of a filing that acts need; the whole shape is libs/contracts `filing.ts`. */
export interface FilingFacts {
  stay: { hospitalCode: string; dischargeDate: string };
  payee: Payee;
}

/** Where the money goes; frozen into the order when it is drawn. */
export interface Payee {
  relation: 'self' | 'kin';
  accountName: string;
  accountNumber: string;
  bankCode: string;
}

interface FilingContext {
  manager: EntityManager;
  cipher: ColumnCipher;
  record: Pick<CaseRecord, 'filingId'>;
}

export async function readFiling({ manager, cipher, record }: FilingContext): Promise<FilingFacts> {
  const [row] = await rows<{ body_enc: Buffer }>(manager, `SELECT body_enc FROM filing WHERE id = $1`, [
    record.filingId,
  ]);
  if (!row) throw new Error('a case without its filing');
  const body = cipher.decryptJson<Partial<FilingFacts>>('filing.body', row.body_enc);
  if (!body.stay?.hospitalCode || !body.stay.dischargeDate || !body.payee?.accountNumber) {
    throw new DomainError('FILING_HAS_GAPS', { count: 1 });
  }
  return body as FilingFacts;
}

/** M7: the digest of the account that 审批 saw; an order whose payee has another digest never leaves. */
export function payeeDigest(cipher: ColumnCipher, payee: Payee): Buffer {
  const { accountName, accountNumber, bankCode } = payee;
  return cipher.hash('payee', canonical({ accountName, accountNumber, bankCode }));
}

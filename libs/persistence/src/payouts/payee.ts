import { checkBankAccount, type KinRelation } from '@banjie/domain';
import { canonical } from '../cases/chain';
import type { ColumnCipher } from '../column-cipher';

/**
 * Who is paid, as decided: `payout_order.payee_enc` holds it sealed, and it is never changed there. What stands beside the
 * three fields that reach the bank tells 财务复核 whose account it is (R-MT-3, SD-08).
 */
export interface FrozenPayee {
  accountName: string;
  accountNumber: string;
  bankCode: string;
  relation?: 'self' | 'kin' | undefined;
  kinRelation?: KinRelation | null | undefined;
}

const context = 'payout_order.payee';

/**
 * The keyed digest that freezes a payee at 审批 (M7): `decision.payee_digest` and `payout_order.payee_digest` are made by
 * this function alone, over the three fields that reach the bank.
 */
export function payeeDigest(cipher: ColumnCipher, payee: FrozenPayee): Buffer {
  const { accountName, accountNumber, bankCode } = payee;
  return cipher.hash('payee', canonical({ accountName, accountNumber, bankCode }));
}

/** The keyed digest of an account number as the bank is told it: what its statement names is compared by this. */
export function accountDigest(cipher: ColumnCipher, accountNumber: string): Buffer {
  const account = checkBankAccount(accountNumber);
  return cipher.hash('payeeAccount', account.ok ? account.value : accountNumber);
}

/** The three columns of a new order. */
export function sealPayee(
  cipher: ColumnCipher,
  payee: FrozenPayee,
): { payeeEnc: Buffer; payeeDigest: Buffer; accountDigest: Buffer } {
  const { accountName, accountNumber, bankCode, relation, kinRelation } = payee;
  return {
    payeeEnc: cipher.encryptJson(context, { accountName, accountNumber, bankCode, relation, kinRelation }),
    payeeDigest: payeeDigest(cipher, payee),
    accountDigest: accountDigest(cipher, payee.accountNumber),
  };
}

export function openPayee(cipher: ColumnCipher, payeeEnc: Buffer): FrozenPayee {
  return cipher.decryptJson<FrozenPayee>(context, payeeEnc);
}

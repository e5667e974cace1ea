import type { MaterialDefinition } from '../case/definition';
import type { PayoutState, Stage } from '../case/words';
import { checkBankAccount, checkBankCode } from '../checks/bank-account';
import { getChecked } from '../checks/checked';
import { checkPersonName } from '../checks/person-name';
import { DomainError } from '../errors';
import type { Finding } from './claim';
import type { FiledPaper } from './filing';
import { findMaterialGaps } from './material-gaps';
import type { KinRelation } from './papers';
import { findPayeeGaps } from './people-gaps';

/** Another account, as the settlement clerk enters it after a refusal by the bank or a 退票, or 初审 or 复核 before the decision. */
export interface NewPayee {
  relation: 'self' | 'kin';
  accountName: string;
  accountNumber: string;
  bankCode: string;
  kinRelation?: KinRelation | undefined;
  kinIdNumber?: string | undefined;
}

/** The payee as it is frozen: name, number and bank code in the form in which they are compared and sent. */
export interface LawfulPayee {
  relation: 'self' | 'kin';
  accountName: string;
  accountNumber: string;
  bankCode: string;
  kinRelation?: KinRelation;
}

const deadOrders: readonly PayoutState[] = ['failed', 'returned', 'void'];

/** May papers for another account be handed in before the decision: once the case was sent back to where it may be changed. */
export function takesCorrectionPapers({ stage, round }: { stage: Stage; round: number }): boolean {
  return round > 0 && (stage === 'initialReview' || stage === 'secondReview');
}

/** May papers for another account be handed in: at 拨付制定, when the order before brought no money to the person. */
export function takesPayeePapers(position: {
  stage: Stage;
  order: { state: PayoutState } | null;
  paidOnce: boolean;
}): boolean {
  const { stage, order, paidOnce } = position;
  return stage === 'preparePayout' && (paidOnce || (order !== null && deadOrders.includes(order.state)));
}

/**
 * R-MT-3 once more: the money goes to the insured person's own account, or to that of 直系亲属 with the account and the proof
 * of the relation or the 承诺书. `insuredName` is the name in the register, never one that was typed with the account;
 * `papers` are those named with the act. An account of the insured's own needs no paper here: the name must be the same, and
 * the bank refuses a number that belongs to another name.
 * @throws DomainError PAYEE_NOT_LAWFUL with everything that is wrong, in one sentence and without personal data
 */
export function checkNewPayee(
  materials: readonly MaterialDefinition[],
  asked: { payee: NewPayee; insuredName: string; papers: readonly FiledPaper[]; today: string },
): LawfulPayee {
  const { payee, insuredName, papers, today } = asked;
  const body = { applicant: { name: insuredName }, payee };
  const finding: Finding = { gaps: [], warnings: [] };
  findPayeeGaps({ body, today }, finding);
  if (payee.relation === 'kin') {
    const accounts = materials.filter((m) => m.alternatives.some((a) => a.papers.includes('kinBankAccount')));
    if (accounts.length === 0) throw new Error('the definition names no papers for an account of kin');
    findMaterialGaps(accounts, { body, papers, lines: [], person: null, hospital: null, today }, finding);
  }
  if (finding.gaps.length > 0) {
    const reason = finding.gaps.map(({ message }) => message).join('');
    throw new DomainError('PAYEE_NOT_LAWFUL', { reason, gaps: finding.gaps.map(({ code }) => code) }, fieldOf(finding));
  }
  return {
    relation: payee.relation,
    accountName: getChecked(checkPersonName(payee.accountName), 'payee.accountName'),
    accountNumber: getChecked(checkBankAccount(payee.accountNumber), 'payee.accountNumber'),
    bankCode: getChecked(checkBankCode(payee.bankCode), 'payee.bankCode'),
    ...(payee.relation === 'kin' && payee.kinRelation ? { kinRelation: payee.kinRelation } : {}),
  };
}

/** The field of the act's body that is first at fault; papers are named by their ids. */
function fieldOf({ gaps }: Finding): string {
  const field = gaps[0]?.field;
  return field === undefined || field === 'payee' ? 'attachmentIds' : field;
}

import { DomainError } from '../errors';
import { inpatientReimbursement } from '../matters/inpatient-reimbursement';
import type { FiledPaper, PaperFacts } from './filing';
import { checkNewPayee, takesCorrectionPapers, takesPayeePapers, type NewPayee } from './new-payee';
import type { Paper } from './papers';

const own: NewPayee = {
  relation: 'self',
  accountName: '覃示例',
  accountNumber: '6222 0200-0000 0000 000',
  bankCode: 'exbk4503',
};
const kin: NewPayee = { ...own, relation: 'kin', accountName: '覃样本', kinRelation: 'child' };
const paper = (kind: Paper, facts: Partial<PaperFacts> = {}): FiledPaper => ({
  paper: kind,
  facts: { legible: true, ...facts },
});
const account = paper('kinBankAccount', { ownName: '覃样本' });

function check(payee: NewPayee, papers: FiledPaper[] = []) {
  return checkNewPayee(inpatientReimbursement.materials, {
    payee,
    insuredName: '覃示例',
    papers,
    today: '2026-11-23',
  });
}

function refusalOf(payee: NewPayee, papers: FiledPaper[] = []): { gaps: unknown; field: string | undefined } {
  try {
    check(payee, papers);
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'PAYEE_NOT_LAWFUL') throw error;
    expect(error.message).not.toContain(payee.accountName);
    return { gaps: error.facts['gaps'], field: error.field };
  }
  return { gaps: [], field: undefined };
}

describe('another payee after a refusal by the bank or a 退票', () => {
  it('is the insured person, in the form that is frozen', () => {
    expect(check(own)).toEqual({
      relation: 'self',
      accountName: '覃示例',
      accountNumber: '6222020000000000000',
      bankCode: 'EXBK4503',
    });
  });

  it.each([
    ['a stranger as oneself', { ...own, accountName: '路人甲' }, ['ACCOUNT_NAME_DIFFERS'], 'payee.accountName'],
    [
      'a name with an emoji',
      { ...own, accountName: '覃示例😀' },
      ['PERSON_NAME_CHARACTER', 'ACCOUNT_NAME_DIFFERS'],
      'payee.accountName',
    ],
    ['letters for an account', { ...own, accountNumber: 'abcdef' }, ['BANK_ACCOUNT_FORM'], 'payee.accountNumber'],
    ['no code of a bank', { ...own, bankCode: '??' }, ['BANK_CODE_FORM'], 'payee.bankCode'],
  ])('is not %s', (_, payee, gaps, field) => {
    expect(refusalOf(payee)).toEqual({ gaps, field });
  });

  it('is kin with the account and the proof of the relation, or the signed 承诺书', () => {
    expect(check(kin, [account, paper('kinshipProof')])).toMatchObject({ relation: 'kin', kinRelation: 'child' });
    expect(check(kin, [account, paper('kinshipCommitment', { signed: true })])).toMatchObject({ relation: 'kin' });
  });

  it.each([
    ['nothing', [], ['MATERIAL_MISSING']],
    ['the account alone', [account], ['MATERIAL_INCOMPLETE']],
    ['the proof alone', [paper('kinshipProof')], ['MATERIAL_INCOMPLETE']],
    ['a commitment without signature', [account, paper('kinshipCommitment')], ['PAPER_NOT_SIGNED']],
    [
      'the account of another person',
      [paper('kinBankAccount', { ownName: '路人甲' }), paper('kinshipProof')],
      ['PAPER_NAME_DIFFERS'],
    ],
  ])('is not kin with %s', (_, papers, gaps) => {
    expect(refusalOf(kin, papers)).toEqual({ gaps, field: 'attachmentIds' });
  });

  it('is not kin of no stated relation', () => {
    const refused = refusalOf({ ...kin, kinRelation: undefined }, [account, paper('kinshipProof')]);
    expect(refused).toEqual({ gaps: ['FIELD_MISSING'], field: 'payee.kinRelation' });
  });

  it('has papers taken at 初审 and 复核 of a case that was sent back', () => {
    const at = (stage: 'initialReview' | 'secondReview' | 'approval', round: number) =>
      takesCorrectionPapers({ stage, round });
    expect([at('initialReview', 1), at('secondReview', 2)]).toEqual([true, true]);
    expect([at('secondReview', 0), at('approval', 1)]).toEqual([false, false]);
  });

  it('has papers taken at 拨付制定 alone, and while no order lives', () => {
    const at = (stage: 'preparePayout' | 'deliver', state: 'failed' | 'returned' | 'drawn') =>
      takesPayeePapers({ stage, order: { state }, paidOnce: state === 'returned' });
    expect([at('preparePayout', 'failed'), at('preparePayout', 'returned')]).toEqual([true, true]);
    expect([at('deliver', 'returned'), at('preparePayout', 'drawn')]).toEqual([false, false]);
    const fallen = { stage: 'preparePayout' as const, order: null };
    expect([true, false].map((paidOnce) => takesPayeePapers({ ...fallen, paidOnce }))).toEqual([true, false]);
  });
});

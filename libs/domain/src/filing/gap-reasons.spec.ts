import { DomainError } from '../errors';
import { inpatientReimbursement as definition } from '../matters/inpatient-reimbursement';
import { demandFittingReasons, reasonOfGap } from './gap-reasons';
import { gapTable } from './gap-table';

const gaps = (...codes: string[]) => codes.map((code) => ({ code }));
const refusal = (work: () => void) => {
  try {
    work();
  } catch (error) {
    return error instanceof DomainError ? [error.code, error.facts] : error;
  }
  return null;
};

describe('reasons of 不予受理', () => {
  it('has one for every gap, and it may be used there', () => {
    for (const code of Object.keys(gapTable)) {
      expect(reasonOfGap(definition, { code })?.uses).toContain('refuseAcceptance');
    }
    expect(reasonOfGap(definition, { code: 'OUTSIDE_AREA_NOT_ENABLED' })?.code).toBe('RS-16');
    expect(reasonOfGap(definition, { code: 'MATERIAL_MISSING' })?.code).toBe('RS-01');
  });

  it('names no gap in two reasons', () => {
    const named = definition.reasons.flatMap((reason) => reason.gaps ?? []);
    expect(new Set(named).size).toBe(named.length);
  });

  it('lets through what covers every gap', () => {
    const found = gaps('MATERIAL_MISSING', 'PAPER_ILLEGIBLE', 'MATERIAL_MISSING');
    expect(refusal(() => demandFittingReasons(definition, found, [{ code: 'RS-02' }, { code: 'RS-01' }]))).toBeNull();
  });

  it('refuses a reason that was not found in place of those that were', () => {
    const found = gaps('MATERIAL_MISSING', 'PAPER_ILLEGIBLE');
    expect(refusal(() => demandFittingReasons(definition, found, [{ code: 'RS-07' }]))).toMatchObject([
      'REASONS_DO_NOT_FIT',
      { missing: ['RS-01', 'RS-02'], unfounded: ['RS-07'] },
    ]);
    expect(
      refusal(() => demandFittingReasons(definition, found, [{ code: 'RS-01' }, { code: 'RS-02' }, { code: 'RS-07' }])),
    ).toMatchObject(['REASONS_DO_NOT_FIT', { missing: [], unfounded: ['RS-07'] }]);
    expect(refusal(() => demandFittingReasons(definition, found, [{ code: 'RS-07', text: '见票' }]))).toMatchObject([
      'REASONS_DO_NOT_FIT',
      { missing: ['RS-01', 'RS-02'] },
    ]);
  });

  it('takes what a person saw when it is written down, and not without a word', () => {
    const seen = { code: 'RS-07', text: '发票上有异地结算章' };
    expect(refusal(() => demandFittingReasons(definition, [], [seen]))).toBeNull();
    expect(
      refusal(() => demandFittingReasons(definition, gaps('PAPER_ILLEGIBLE'), [seen, { code: 'RS-02' }])),
    ).toBeNull();
    expect(refusal(() => demandFittingReasons(definition, [], [{ code: 'RS-07', text: ' ' }]))).toMatchObject([
      'REASONS_DO_NOT_FIT',
      { missing: [], unfounded: ['RS-07'] },
    ]);
  });
});

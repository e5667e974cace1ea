import { inpatientReimbursement } from '../matters/inpatient-reimbursement';
import { checkDefinition } from './check-definition';
import { definitionDifferences, patchDefinition } from './definition-changes';

describe('a changed definition', () => {
  it('takes limits by clock and whole lists, and leaves the rest and the version before as they are', () => {
    const before = structuredClone(inpatientReimbursement);
    const reasons = before.reasons.filter(({ code }) => code !== 'RS-14');
    const after = patchDefinition(inpatientReimbursement, { limits: { 'K-02': 16, 'K-04': 18 }, reasons });
    expect(checkDefinition(after)).toEqual([]);
    expect(inpatientReimbursement).toEqual(before);
    expect(definitionDifferences(before, after)).toEqual([
      { path: 'clocks.K-02.limitWorkingDays', before: 18, after: 16 },
      { path: 'clocks.K-04.limitWorkingDays', before: 20, after: 18 },
      { path: 'reasons.RS-14', before: before.reasons.find(({ code }) => code === 'RS-14'), after: null },
    ]);
  });

  it('tells what was added, and in which order stages stand', () => {
    const [acceptance, first, ...rest] = inpatientReimbursement.stages;
    const after = {
      ...inpatientReimbursement,
      version: 7,
      stages: [first!, acceptance!, ...rest],
      applicantActs: inpatientReimbursement.applicantActs.slice(0, 1),
      notices: [...inpatientReimbursement.notices, { notice: 'more', label: '另行通知', on: 'deliver' as const }],
    };
    expect(definitionDifferences(inpatientReimbursement, after)).toEqual([
      { path: 'applicantActs.withdraw', before: inpatientReimbursement.applicantActs[1], after: null },
      { path: 'notices.more', before: null, after: { notice: 'more', label: '另行通知', on: 'deliver' } },
      {
        path: 'stages',
        before: inpatientReimbursement.stages.map(({ stage }) => stage),
        after: after.stages.map(({ stage }) => stage),
      },
    ]);
  });

  it('refuses a limit of a clock that the matter does not have', () => {
    expect(() => patchDefinition(inpatientReimbursement, { limits: { 'K-99': 3 } })).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_CLOCK', field: 'limits' }),
    );
  });
});

import {
  crossProvinceTransfers,
  crossRegionFiling,
  inpatientReimbursement,
  referralFiling,
  type MatterDefinition,
} from '@banjie/domain';
import { definitionBodySchema } from './definition-body';

const bodyOf = ({ version: _version, effectiveFrom: _from, ...body }: MatterDefinition) => body;

describe('the shape of a definition', () => {
  it.each(
    [inpatientReimbursement, crossRegionFiling, referralFiling, ...crossProvinceTransfers].map((d) => [d.matter, d]),
  )('takes %s as it stands', (_, definition) => {
    const body = bodyOf(definition as MatterDefinition);
    expect(definitionBodySchema.parse(body)).toEqual(body);
  });

  it('knows no setting by which time or the system would decide (bar 51)', () => {
    const stage = { ...referralFiling.stages[1]!, onDue: 'approve' };
    const clock = { ...referralFiling.clocks[0]!, decides: 'approve' };
    for (const bent of [{ stages: [stage] }, { clocks: [clock] }, { deemedApprovedAfterWorkingDays: 5 }]) {
      const { error } = definitionBodySchema.safeParse({ ...bodyOf(referralFiling), ...bent });
      expect(error?.issues.map(({ code }) => code)).toEqual(['unrecognized_keys']);
    }
  });

  it('chains clocks on events and stages it knows', () => {
    const clock = { ...referralFiling.clocks[0]!, startsOn: ['enter:nowhere'] };
    expect(definitionBodySchema.safeParse({ ...bodyOf(referralFiling), clocks: [clock] }).success).toBe(false);
  });
});

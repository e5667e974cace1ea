import { submitFilingSchema } from '@banjie/contracts';
import { checkBankCard, checkIdNumber } from '@banjie/domain';
import { readPackages } from './example-files';
import { accountNumberOf, documentNumberOf, idNumberOf, replaced, runValues, spread, uuidOf } from './run-values';
import { examplesHome } from './running-system';

const example = '999815196804124483';

describe('the values of a run', () => {
  it('are the same for the same seed and others for another', () => {
    expect(idNumberOf('a', example)).toBe(idNumberOf('a', example));
    expect(idNumberOf('a', example)).not.toBe(idNumberOf('b', example));
    expect(uuidOf('a')).toBe(uuidOf('a'));
    expect(spread('a', 3)).toBeLessThan(3);
  });

  it('are well-formed, and nobody’s', () => {
    for (const run of Array.from({ length: 200 }, (_, index) => `run${index}`)) {
      const idNumber = idNumberOf(run, example);
      expect(checkIdNumber(idNumber, '2026-01-01')).toEqual({ ok: true, value: idNumber });
      expect(idNumber).toMatch(/^999\d{3}19680412/);
      expect(checkBankCard(accountNumberOf(run, '6210000001234567890'))).toBe('ok');
      expect(documentNumberOf(run, 'QD7092796187')).toMatch(/^QD\d{16}$/);
      expect(submitFilingSchema.safeParse({ actionId: uuidOf(run) }).success).toBe(true);
    }
  });

  it('stand in place of every number of every package, and never the same twice', () => {
    for (const claim of readPackages(examplesHome)) {
      if (claim.kind !== 'claim') continue;
      const values = runValues('seed', claim);
      expect(new Set(values.values()).size).toBe(values.size);
      const text = JSON.stringify(replaced(claim, values));
      for (const [before, now] of values) {
        if (before !== now) expect(text.includes(`"${before}"`)).toBe(false);
      }
    }
  });

  it('replace whole strings alone', () => {
    const values = new Map([['12', '99']]);
    expect(replaced({ a: '12', b: '123', c: ['12', 12, null], d: { e: '12' } }, values)).toEqual({
      a: '99',
      b: '123',
      c: ['99', 12, null],
      d: { e: '99' },
    });
  });
});

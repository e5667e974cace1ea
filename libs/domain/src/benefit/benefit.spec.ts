import fc from 'fast-check';
import { DomainError } from '../errors';
import { fen, parseYuan, sumFen, type Fen } from '../money';
import { computeBenefit, type Benefit, type BenefitInput } from './compute-benefit';
import { divideLine, type CostLine } from './cost-line';
import { capYearOf, findPolicyRow, hospitalGrades, insuranceSchemes, type BenefitPolicyRow } from './policy';
import { policyRows450200Example } from './policy-450200.example';

const policyRow = (set: Partial<BenefitPolicyRow> = {}): BenefitPolicyRow => ({
  regionCode: '450200',
  scheme: 'employee',
  hospitalGrade: 'level3',
  effectiveFrom: '2025-01-01',
  effectiveTo: null,
  sourceDocument: '测试文件',
  sourceClause: '第一条',
  deductibleFen: parseYuan('600'),
  ratioBp: 7500,
  annualCapFen: parseYuan('250000'),
  example: true,
  ...set,
});

const line = (set: Partial<CostLine> = {}): CostLine => ({
  lineNo: 1,
  itemCode: 'X0001',
  itemName: '床位费',
  category: '床位费',
  quantity: '1',
  unitPriceFen: fen(0),
  amountFen: parseYuan('40000'),
  catalogueClass: 'A',
  selfPaidFirstBp: 0,
  ...set,
});

const benefitOf = (set: Partial<BenefitInput> = {}): Benefit =>
  computeBenefit({ lines: [line()], deductions: [], policyRow: policyRow(), capUsedFen: fen(0), ...set });

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
  return 'no error';
};

describe('worked examples of 02-rules', () => {
  it.each([
    // Worked 1: eligible 40,000, deductible 600 and base ratio 75 % assumed, after the cuts; the last is RELATIVE −5 %.
    ['worked 1, within the region by referral', '40000', '600', 7000, '27580.00'],
    ['worked 1, outside the region by referral', '40000', '600', 6500, '25610.00'],
    ['worked 1, not filed inside', '40000', '600', 6000, '23640.00'],
    ['worked 1, not filed outside', '40000', '600', 5500, '21670.00'],
    ['worked 1, relative', '40000', '600', 7125, '28072.50'],
    // Worked 3 (R-AM-05): deductible and ratio by grade.
    ['worked 3, level 3', '30000', '800', 8000, '23360.00'],
    ['worked 3, level 2', '30000', '600', 8500, '24990.00'],
    ['worked 3, level 1', '30000', '200', 9000, '26820.00'],
    // Worked 5: no negative payment.
    ['worked 5, below the deductible', '500', '600', 7500, '0.00'],
  ])('%s', (_, eligible, deductible, ratioBp, payable) => {
    const benefit = benefitOf({
      lines: [line({ amountFen: parseYuan(eligible) })],
      policyRow: policyRow({ deductibleFen: parseYuan(deductible), ratioBp }),
    });
    expect(benefit.payableFen).toBe(parseYuan(payable));
  });
});

describe('computeBenefit', () => {
  it('takes 核减, the outside, the self-paid-first share, the deductible and the ratio in this order', () => {
    const benefit = benefitOf({
      lines: [
        line({ lineNo: 1, amountFen: parseYuan('5000') }),
        line({ lineNo: 2, amountFen: parseYuan('1000.05'), catalogueClass: 'B', selfPaidFirstBp: 1000 }),
        line({ lineNo: 3, amountFen: parseYuan('300'), catalogueClass: 'outside' }),
        line({ lineNo: 4, amountFen: parseYuan('200'), catalogueClass: 'outside' }),
      ],
      deductions: [
        { lineNo: 1, amountFen: parseYuan('150'), reasonCode: 'excessQuantity' },
        { lineNo: 1, amountFen: parseYuan('50'), reasonCode: 'takeHomeMedicine' },
        { lineNo: 4, amountFen: parseYuan('200'), reasonCode: 'otherHospital' },
      ],
    });
    expect(benefit).toMatchObject({
      totalFen: parseYuan('6500.05'),
      deductedFen: parseYuan('400'),
      outsideCatalogueFen: parseYuan('300'),
      selfPaidFirstFen: parseYuan('100.01'), // 100.005 half up
      eligibleFen: parseYuan('5700.04'),
      deductibleFen: parseYuan('600'),
      ratioBp: 7500,
      basicPayFen: parseYuan('3825.03'), // 5100.04 × 0.75
      capRemainingFen: parseYuan('250000'),
      payableFen: parseYuan('3825.03'),
    });
    expect(benefit.trace.map(({ step, effect, valueFen, ratioBp }) => [step, effect, valueFen ?? ratioBp])).toEqual([
      ['policyRow', 'states', undefined],
      ['total', 'adds', 650_005],
      ['deducted', 'takes', 40_000],
      ['outsideCatalogue', 'takes', 30_000],
      ['selfPaidFirst', 'takes', 10_001],
      ['eligible', 'states', 570_004],
      ['deductible', 'takes', 60_000],
      ['ratio', 'states', 7500],
      ['ownShare', 'takes', 127_501],
      ['basicPay', 'states', 382_503],
      ['capRemaining', 'states', 25_000_000],
      ['overCap', 'takes', 0],
      ['payable', 'states', 382_503],
    ]);
    expect(
      benefit.trace.every(({ ruleId, clause, note }) => /^R-AM-/.test(ruleId) && clause !== '' && note !== ''),
    ).toBe(true);
  });

  it('rounds half up once at the end, not per line', () => {
    const lines = [1, 2, 3].map((lineNo) => line({ lineNo, amountFen: fen(1) }));
    const half = policyRow({ deductibleFen: fen(0), ratioBp: 5000 });
    expect(benefitOf({ lines, policyRow: half }).payableFen).toBe(2); // 1.5 → 2; per line it would be 3
  });

  it.each([
    ['untouched', '0', '29550.00'],
    ['nearly used up', '249999.99', '0.01'],
    ['used up', '250000', '0'],
    ['overdrawn by an older case', '260000', '0'],
  ])('stays inside the annual cap: %s', (_, used, payable) => {
    const benefit = benefitOf({ capUsedFen: parseYuan(used) });
    expect(benefit.payableFen).toBe(parseYuan(payable));
    expect(benefit.basicPayFen).toBe(parseYuan('29550'));
  });

  it.each<[string, Partial<BenefitInput>, string]>([
    ['a negative line', { lines: [line({ amountFen: fen(-1) })] }, 'COST_LINE_INVALID'],
    ['a fraction of a 分', { lines: [line({ amountFen: 0.5 as Fen })] }, 'AMOUNT_NOT_WHOLE_FEN'],
    [
      'an overflowing sum',
      { lines: [1, 2].map((lineNo) => line({ lineNo, amountFen: fen(2 ** 53 - 1) })) },
      'AMOUNT_TOO_LARGE',
    ],
    ['a line number used twice', { lines: [line(), line()] }, 'COST_LINE_INVALID'],
    ['a self-paid share above 100 %', { lines: [line({ selfPaidFirstBp: 10_001 })] }, 'COST_LINE_INVALID'],
    [
      '核减 of a line that is not there',
      { deductions: [{ lineNo: 9, amountFen: fen(1), reasonCode: 'x' }] },
      'DEDUCTION_INVALID',
    ],
    ['核减 of nothing', { deductions: [{ lineNo: 1, amountFen: fen(0), reasonCode: 'x' }] }, 'DEDUCTION_INVALID'],
    [
      '核减 above the line',
      { deductions: [{ lineNo: 1, amountFen: fen(4_000_001), reasonCode: 'x' }] },
      'DEDUCTION_INVALID',
    ],
    [
      '核减 above the line in two parts',
      { deductions: [4_000_000, 1].map((amount) => ({ lineNo: 1, amountFen: fen(amount), reasonCode: 'x' })) },
      'DEDUCTION_INVALID',
    ],
    ['a ratio above 100 %', { policyRow: policyRow({ ratioBp: 10_001 }) }, 'POLICY_ROW_INVALID'],
    ['a ratio between basis points', { policyRow: policyRow({ ratioBp: 7500.5 }) }, 'POLICY_ROW_INVALID'],
    ['a negative deductible', { policyRow: policyRow({ deductibleFen: fen(-1) }) }, 'POLICY_ROW_INVALID'],
  ])('refuses %s', (_, input, code) => expect(codeOf(() => benefitOf(input))).toBe(code));

  const anyLine = fc.record({
    amountFen: fc.integer({ min: 0, max: 999_999_999 }).map(fen),
    catalogueClass: fc.constantFrom('A' as const, 'B' as const, 'outside' as const),
    selfPaidFirstBp: fc.integer({ min: 0, max: 10_000 }),
    cutBp: fc.integer({ min: 0, max: 10_000 }),
  });
  const anyInput = fc
    .record({
      parts: fc.array(anyLine, { maxLength: 40 }),
      row: fc.record({
        deductibleFen: fc.integer({ min: 0, max: 200_000 }).map(fen),
        ratioBp: fc.integer({ min: 0, max: 10_000 }),
        annualCapFen: fc.integer({ min: 0, max: 2_000_000_000 }).map(fen),
      }),
      capUsedFen: fc.integer({ min: 0, max: 2_000_000_000 }).map(fen),
    })
    .map(({ parts, row, capUsedFen }): BenefitInput => ({
      lines: parts.map((part, place) => line({ ...part, lineNo: place + 1 })),
      deductions: parts
        .map(({ amountFen, cutBp }, place) => ({
          lineNo: place + 1,
          amountFen: fen(Math.floor((amountFen * cutBp) / 10_000)),
          reasonCode: 'x',
        }))
        .filter(({ amountFen }) => amountFen > 0),
      policyRow: policyRow(row),
      capUsedFen,
    }));

  it('traces to the payable, never negative, never above the cap nor the cost', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const benefit = computeBenefit(input);
        const side = (effect: string) =>
          sumFen(benefit.trace.filter((entry) => entry.effect === effect).map((entry) => entry.valueFen ?? fen(0)));
        expect(side('adds') - side('takes')).toBe(benefit.payableFen);
        expect(benefit.trace.every(({ valueFen }) => (valueFen ?? 0) >= 0)).toBe(true);
        expect(benefit.payableFen).toBeGreaterThanOrEqual(0);
        expect(benefit.payableFen).toBeLessThanOrEqual(benefit.capRemainingFen);
        expect(benefit.payableFen).toBeLessThanOrEqual(benefit.eligibleFen);
        expect(benefit.deductedFen + benefit.outsideCatalogueFen + benefit.selfPaidFirstFen + benefit.eligibleFen).toBe(
          benefit.totalFen,
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it('equals an independent calculation in exact fractions', () => {
    const halfUp = (numerator: bigint, denominator: bigint) => (2n * numerator + denominator) / (2n * denominator);
    fc.assert(
      fc.property(anyInput, (input) => {
        let eligible = 0n;
        for (const { lineNo, amountFen, catalogueClass, selfPaidFirstBp } of input.lines) {
          const cut = input.deductions.find((deduction) => deduction.lineNo === lineNo)?.amountFen ?? 0;
          const rest = BigInt(amountFen - cut);
          if (catalogueClass !== 'outside') eligible += rest - halfUp(rest * BigInt(selfPaidFirstBp), 10_000n);
        }
        const above = eligible - BigInt(input.policyRow.deductibleFen);
        const pay = above > 0n ? halfUp(above * BigInt(input.policyRow.ratioBp), 10_000n) : 0n;
        const left = BigInt(input.policyRow.annualCapFen) - BigInt(input.capUsedFen);
        const payable = left <= 0n ? 0n : pay < left ? pay : left;
        expect(BigInt(computeBenefit(input).payableFen)).toBe(payable);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is plain data, so that the trace can be stored as it is', () => {
    const benefit = benefitOf();
    expect(JSON.parse(JSON.stringify(benefit))).toEqual(benefit);
  });
});

describe('divideLine', () => {
  it('classes what is left after 核减', () => {
    const share = divideLine(line({ amountFen: fen(1000), catalogueClass: 'B', selfPaidFirstBp: 1000 }), fen(400));
    expect(share).toEqual({ deductedFen: 400, outsideCatalogueFen: 0, selfPaidFirstFen: 60, eligibleFen: 540 });
  });
});

describe('findPolicyRow', () => {
  const key = { regionCode: '450200', scheme: 'employee', hospitalGrade: 'level3' } as const;
  const older = policyRow({ effectiveFrom: '2024-01-01', effectiveTo: '2024-12-31', ratioBp: 8000 });
  const rows = [older, policyRow({ ratioBp: 8500 })];

  it.each([
    ['2024-01-01', 8000],
    ['2024-12-31', 8000],
    ['2025-01-01', 8500],
    ['2030-06-01', 8500],
  ])('takes the row in force on the day of discharge %s', (date, ratioBp) => {
    expect(findPolicyRow(rows, key, date).ratioBp).toBe(ratioBp);
  });

  it.each([
    ['before the first document', key, '2023-12-31'],
    ['another region', { ...key, regionCode: '450100' }, '2025-06-01'],
    ['another scheme', { ...key, scheme: 'resident' as const }, '2025-06-01'],
    ['another grade', { ...key, hospitalGrade: 'level1' as const }, '2025-06-01'],
  ])('stops for a person: %s', (_, wanted, date) => {
    expect(codeOf(() => findPolicyRow(rows, wanted, date))).toBe('NO_POLICY_ROW');
  });

  it('stops for a person when two documents claim the same day', () => {
    expect(codeOf(() => findPolicyRow([...rows, policyRow()], key, '2025-06-01'))).toBe('POLICY_ROWS_OVERLAP');
  });

  it('has a marked example row for both schemes and three grades of 450200, and no other', () => {
    expect(policyRows450200Example).toHaveLength(insuranceSchemes.length * hospitalGrades.length);
    for (const scheme of insuranceSchemes) {
      for (const hospitalGrade of hospitalGrades) {
        const row = findPolicyRow(
          policyRows450200Example,
          { regionCode: '450200', scheme, hospitalGrade },
          '2026-11-01',
        );
        expect(row).toMatchObject({ example: true, sourceDocument: expect.stringContaining('示例') });
      }
    }
  });

  it('counts the annual cap in the year of the discharge', () => expect(capYearOf('2025-12-31')).toBe(2025));
});

import fc from 'fast-check';
import { formatDay, parseDate } from '../calendar/dates';
import { calendarFor } from '../calendar/work-calendar';
import type { CrossRegionFiling } from '../cross-region/filing-kinds';
import { DomainError } from '../errors';
import { fen, parseYuan, sumFen, type Fen } from '../money';
import { computeBenefit } from './compute-benefit';
import { crossRegionPolicies450200Example } from './cross-region-450200.example';
import { crossRegionRuleIds, findCrossRegionPolicy, type CrossRegionPolicy } from './cross-region-policy';
import { judgeFilings, outsideReasons, ruleCrossRegion, type CrossRegionStay } from './cross-region-ratio';

const calendar = calendarFor();
const current = findCrossRegionPolicy(
  crossRegionPolicies450200Example,
  { regionCode: '450200', scheme: 'employee' },
  '2026-06-30',
);

const nanning = { hospitalRegionCode: '450100', hospitalCode: 'H45010300101' };
const guangzhou = { hospitalRegionCode: '440100', hospitalCode: 'H44010000101' };

const stayOf = (set: Partial<CrossRegionStay> = {}): CrossRegionStay => ({
  ...guangzhou,
  admissionDate: '2025-09-25',
  dischargeDate: '2025-10-20',
  reason: null,
  rescue: false,
  ...set,
});

const filingOf = (set: Partial<CrossRegionFiling> = {}): CrossRegionFiling => ({
  id: 'f1',
  kind: 'emergency',
  filedOn: '2025-10-09',
  validFrom: '2025-09-25',
  validTo: null,
  targetRegionCode: '440100',
  hospitalCodes: [],
  cancelledOn: null,
  certificateIssuedOn: null,
  ...set,
});
const referral = (set: Partial<CrossRegionFiling> = {}) =>
  filingOf({
    kind: 'referral',
    filedOn: '2025-09-05',
    validFrom: '2025-09-05',
    certificateIssuedOn: '2025-09-01',
    ...set,
  });
const longTerm = (set: Partial<CrossRegionFiling> = {}) =>
  filingOf({ kind: 'longTerm', filedOn: '2025-01-06', validFrom: '2025-01-06', ...set });

const rulingOf = (
  stay: Partial<CrossRegionStay>,
  filings: readonly CrossRegionFiling[],
  policy: CrossRegionPolicy = current,
) => ruleCrossRegion({ stay: stayOf(stay), filings, policy, calendar });

describe('R-RT, which rule holds', () => {
  it.each<[string, Partial<CrossRegionStay>, CrossRegionFiling[], string, number]>([
    // Worked 2: emergency admission on 2025-09-25; day 5 is 2025-10-09.
    ['worked 2, emergency filed on day 5', {}, [filingOf()], 'R-RT-05', 0],
    ['worked 2, filed a day later', {}, [filingOf({ filedOn: '2025-10-10' })], 'R-RT-06', 2000],
    ['worked 2, recorded as holding from its own day', {}, [filingOf({ validFrom: '2025-10-09' })], 'R-RT-05', 0],
    ['worked 2, but 急诊抢救', { rescue: true }, [filingOf({ filedOn: '2025-10-10' })], 'R-RT-07', 0],
    [
      'emergency late inside 广西',
      nanning,
      [filingOf({ filedOn: '2025-10-10', targetRegionCode: '450100' })],
      'R-RT-06',
      1500,
    ],
    // A short stay: discharged before day 5, filed by it (C-11: D1-A decides for a manual claim).
    ['emergency filed in time after discharge', { dischargeDate: '2025-09-28' }, [filingOf()], 'R-RT-05', 0],
    [
      'emergency filed late after discharge',
      { dischargeDate: '2025-09-28' },
      [filingOf({ filedOn: '2025-10-10' })],
      'R-RT-08',
      2000,
    ],
    ['emergency of another stay', { admissionDate: '2025-09-20' }, [filingOf()], 'R-RT-06', 2000],

    ['referral filed in time, outside', {}, [referral()], 'R-RT-01', 1000],
    ['referral filed in time, inside', nanning, [referral({ targetRegionCode: '450100' })], 'R-RT-01', 500],
    // K-20: certificate of Monday 09-01, day 5 is 09-08.
    ['referral filed on day 5', {}, [referral({ filedOn: '2025-09-08' })], 'R-RT-01', 1000],
    ['referral filed on day 6', {}, [referral({ filedOn: '2025-09-09' })], 'R-RT-02', 2000],
    // K-21, T-08: filed 2026-08-31 holds to 2026-11-30.
    [
      'referral on its last day',
      { admissionDate: '2026-11-30', dischargeDate: '2026-12-05' },
      [referral({ filedOn: '2026-08-31', validFrom: '2026-08-31', certificateIssuedOn: '2026-08-28' })],
      'R-RT-01',
      1000,
    ],
    [
      'referral a day after it ended',
      { admissionDate: '2026-12-01', dischargeDate: '2026-12-05' },
      [referral({ filedOn: '2026-08-31', validFrom: '2026-08-31', certificateIssuedOn: '2026-08-28' })],
      'R-RT-02',
      2000,
    ],
    ['referral ended earlier by its own date', {}, [referral({ validTo: '2025-09-24' })], 'R-RT-02', 2000],
    [
      'referral admitted between certificate and filing',
      { admissionDate: '2025-09-03' },
      [referral()],
      'R-RT-01',
      1000,
    ],
    ['referral without the day of its certificate', {}, [referral({ certificateIssuedOn: null })], 'R-RT-02', 2000],
    [
      'referral filed anew after the first ended',
      {},
      [
        referral({ validTo: '2025-09-10' }),
        referral({ id: 'f2', filedOn: '2025-09-22', certificateIssuedOn: '2025-09-19' }),
      ],
      'R-RT-01',
      1000,
    ],

    ['long-term, filed', {}, [longTerm()], 'R-RT-03', 0],
    ['long-term inside 广西, filed', nanning, [longTerm({ targetRegionCode: '450100' })], 'R-RT-03', 0],
    [
      'long-term across provinces, years ago (K-25)',
      {},
      [longTerm({ kind: 'crossProvinceLongTerm', filedOn: '2019-05-06', validFrom: '2019-05-06' })],
      'R-RT-03',
      0,
    ],
    [
      'long-term filed during the stay',
      {},
      [longTerm({ filedOn: '2025-10-20', validFrom: '2025-10-20' })],
      'R-RT-03',
      0,
    ],
    [
      'long-term filed after discharge',
      {},
      [longTerm({ filedOn: '2025-10-21', validFrom: '2025-10-21' })],
      'R-RT-08',
      2000,
    ],
    ['long-term cancelled on the day of admission', {}, [longTerm({ cancelledOn: '2025-09-25' })], 'R-RT-04', 2000],
    ['long-term cancelled during the stay', {}, [longTerm({ cancelledOn: '2025-09-26' })], 'R-RT-03', 0],
    ['long-term of another city', {}, [longTerm({ targetRegionCode: '440300' })], 'R-RT-06', 2000],
    ['long-term of the whole province', {}, [longTerm({ targetRegionCode: '440000' })], 'R-RT-03', 0],
    // C-06: inside 广西 the hospitals that were chosen bind; across provinces D5 takes the city.
    [
      'another hospital of the city, inside 广西',
      nanning,
      [longTerm({ targetRegionCode: '450100', hospitalCodes: ['H45010300999'] })],
      'R-RT-06',
      1500,
    ],
    ['another hospital of the city, outside 广西', {}, [longTerm({ hospitalCodes: ['H44010000999'] })], 'R-RT-03', 0],
    ['a hospital that is not in the registry', { hospitalCode: null }, [longTerm()], 'R-RT-03', 0],

    ['nothing filed, living elsewhere', { reason: 'longTerm' }, [], 'R-RT-04', 2000],
    ['nothing filed, referred', { reason: 'referral' }, [], 'R-RT-02', 2000],
    ['nothing filed, emergency inside', { ...nanning, reason: 'emergency' }, [], 'R-RT-06', 1500],
    ['nothing filed, no reason (inferred)', { reason: 'other' }, [], 'R-RT-06', 2000],
    ['nothing filed, 急诊抢救', { rescue: true, reason: 'emergency' }, [], 'R-RT-07', 0],
    ['the least cut of two that hold', {}, [referral(), longTerm({ id: 'f2' })], 'R-RT-03', 0],
    ['within the pooling area', { hospitalRegionCode: '450203', reason: 'referral' }, [], 'R-RT-09', 0],
  ])('%s', (_, stay, filings, ruleId, cutBp) => {
    const ruling = rulingOf(stay, filings);
    expect([ruling.ruleId, ruling.cutBp]).toEqual([ruleId, cutBp]);
    expect(ruling.clause).not.toBe('');
    expect(ruling.note).toMatch(/^(统筹区内|区外自治区内就医|自治区外就医),.+:.+/);
  });

  it('says which filing was found and what it lacks', () => {
    expect(rulingOf({}, [filingOf({ filedOn: '2025-10-10' })])).toMatchObject({
      filingId: 'f1',
      note: '自治区外就医,异地急诊住院备案(2025-10-10 备案)未在期限内备案(备案期限 2025-10-09):短期异地就医逾期备案或未备案,报销比例降低 20 个百分点',
      provisional: false,
    });
    expect(rulingOf({}, [longTerm({ targetRegionCode: '440300' })])).toMatchObject({
      filingId: null,
      note: '自治区外就医,有 1 条备案记录,均不适用于本次住院:短期异地就医逾期备案或未备案,报销比例降低 20 个百分点',
    });
    const judged = judgeFilings({
      stay: stayOf(),
      filings: [longTerm(), referral({ id: 'f2' })],
      policy: current,
      calendar,
    });
    expect(judged.map(({ filing, shortfall, lastDayToFile }) => [filing.id, shortfall, lastDayToFile])).toEqual([
      ['f2', null, '2025-09-08'],
      ['f1', null, null],
    ]);
  });

  it('before D5 a rescue and a filing after discharge fall under D1-A (C-08, C-09)', () => {
    const older = findCrossRegionPolicy(
      crossRegionPolicies450200Example,
      { regionCode: '450200', scheme: 'resident' },
      '2024-12-31',
    );
    const stay = { admissionDate: '2024-12-20', dischargeDate: '2024-12-31' };
    expect(rulingOf({ ...stay, rescue: true }, [], older)).toMatchObject({ ruleId: 'R-RT-06', cutBp: 2000 });
    const filed = longTerm({ filedOn: '2025-01-06' });
    expect(rulingOf(stay, [filed], older)).toMatchObject({ ruleId: 'R-RT-04', cutBp: 2000 });
  });

  it('takes R-RT-08 from the row of the area', () => {
    const mild: CrossRegionPolicy = {
      ...current,
      cuts: { ...current.cuts, 'R-RT-08': { insideRegionBp: 300, outsideRegionBp: 700, clause: '参保地规定' } },
    };
    const filings = [longTerm({ filedOn: '2025-10-21', validFrom: '2025-10-21' })];
    expect(rulingOf({}, filings, mild)).toMatchObject({ ruleId: 'R-RT-08', cutBp: 700, clause: '参保地规定' });
    expect(rulingOf({ ...nanning }, [{ ...filings[0]!, targetRegionCode: '450100' }], mild).cutBp).toBe(300);
  });

  it('marks a day counted into a year without a published calendar', () => {
    const filing = filingOf({ filedOn: '2027-01-04', validFrom: '2026-12-30' });
    const stay = { admissionDate: '2026-12-30', dischargeDate: '2027-01-20' };
    expect(rulingOf(stay, [filing])).toMatchObject({ ruleId: 'R-RT-05', provisional: true });
  });

  it('does not depend on the order of the rows, and never cuts more for one more filing', () => {
    const anyDay = fc.integer({ min: 0, max: 600 }).map((days) => formatDay(parseDate('2025-01-02') + days));
    const anyFiling = fc.record({
      id: fc.uuid(),
      kind: fc.constantFrom(
        'longTerm' as const,
        'crossProvinceLongTerm' as const,
        'emergency' as const,
        'referral' as const,
      ),
      filedOn: anyDay,
      validFrom: anyDay,
      validTo: fc.option(anyDay),
      targetRegionCode: fc.constantFrom('440100', '440300', '440000', '450100', null),
      hospitalCodes: fc.constantFrom([], ['H44010000101'], ['X']),
      cancelledOn: fc.option(anyDay),
      certificateIssuedOn: fc.option(anyDay),
    });
    const anyStay = fc.record({
      place: fc.constantFrom(nanning, guangzhou),
      from: anyDay,
      days: fc.integer({ min: 0, max: 40 }),
      reason: fc.option(fc.constantFrom(...outsideReasons)),
      rescue: fc.boolean(),
    });
    fc.assert(
      fc.property(anyStay, fc.array(anyFiling, { maxLength: 5 }), ({ place, from, days, reason, rescue }, filings) => {
        const stay = {
          ...place,
          admissionDate: from,
          dischargeDate: formatDay(parseDate(from) + days),
          reason,
          rescue,
        };
        const ruling = rulingOf(stay, filings);
        expect(rulingOf(stay, [...filings].reverse())).toEqual(ruling);
        if (rulingOf(stay, filings.slice(1)).cutBp < ruling.cutBp) throw new Error('a further filing made it worse');
        expect(JSON.parse(JSON.stringify(ruling))).toEqual(ruling);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('findCrossRegionPolicy', () => {
  const codeOf = (act: () => unknown) => {
    try {
      act();
    } catch (error) {
      if (error instanceof DomainError) return error.code;
      throw error;
    }
    return 'no error';
  };
  const key = { regionCode: '450200', scheme: 'employee' as const };

  it('gives every rule a clause, and stops for a person where there is no row or two', () => {
    for (const ruleId of crossRegionRuleIds) expect(current.cuts[ruleId]!.clause).not.toBe('');
    const find = (rows: readonly CrossRegionPolicy[], regionCode: string, on: string) =>
      codeOf(() => findCrossRegionPolicy(rows, { ...key, regionCode }, on));
    expect(find(crossRegionPolicies450200Example, '450200', '2017-06-30')).toBe('NO_CROSS_REGION_POLICY');
    expect(find(crossRegionPolicies450200Example, '450100', '2026-06-30')).toBe('NO_CROSS_REGION_POLICY');
    expect(find([current, current], '450200', '2026-06-30')).toBe('POLICY_ROWS_OVERLAP');
  });
});

describe('the benefit after the cut', () => {
  const baseRow = (
    ratioBp: number,
    deductibleFen: Fen = parseYuan('600'),
    annualCapFen: Fen = parseYuan('250000'),
  ) => ({
    ...{ regionCode: '450200', scheme: 'employee' as const, hospitalGrade: 'level3' as const },
    ...{
      effectiveFrom: '2025-01-01',
      effectiveTo: null,
      sourceDocument: '测试文件',
      sourceClause: '第一条',
      example: true,
    },
    ...{ ratioBp, deductibleFen, annualCapFen },
  });
  const lineOf = (amountFen: Fen) => ({
    ...{ lineNo: 1, itemCode: 'X0001', itemName: '床位费', category: '床位费', quantity: '1', unitPriceFen: fen(0) },
    ...{ amountFen, catalogueClass: 'A' as const, selfPaidFirstBp: 0 },
  });
  const unfiled = (hospitalRegionCode: string, reason: 'referral' | 'longTerm') =>
    rulingOf({ hospitalRegionCode, hospitalCode: null, reason }, []);
  const relative: CrossRegionPolicy = { ...current, cutMode: 'relative' };

  // Worked 1: base 75 %, eligible 40,000, deductible 600.
  it.each([
    ['filed referral inside', rulingOf(nanning, [referral({ targetRegionCode: '450100' })]), '27580.00', '1970.00'],
    ['filed referral outside', rulingOf({}, [referral()]), '25610.00', '3940.00'],
    ['not filed inside', unfiled('450100', 'referral'), '23640.00', '5910.00'],
    ['not filed outside', unfiled('440100', 'longTerm'), '21670.00', '7880.00'],
    ['RELATIVE', rulingOf(nanning, [referral({ targetRegionCode: '450100' })], relative), '28072.50', '1477.50'],
    ['rescue', rulingOf({ rescue: true }, []), '29550.00', '0.00'],
  ])('worked 1, %s', (_, crossRegion, payable, cut) => {
    const benefit = computeBenefit({
      ...{ lines: [lineOf(parseYuan('40000'))], deductions: [], policyRow: baseRow(7500), capUsedFen: fen(0) },
      crossRegion,
    });
    expect([benefit.payableFen, benefit.crossRegionCutFen]).toEqual([parseYuan(payable), parseYuan(cut)]);
    expect(benefit.trace.find(({ step }) => step === 'crossRegionCut')).toEqual({
      ...{ step: 'crossRegionCut', effect: 'takes', ruleId: crossRegion.ruleId, clause: crossRegion.clause },
      ...{ valueFen: parseYuan(cut), ratioBp: crossRegion.cutBp, note: crossRegion.note },
    });
  });

  it('leaves the trace of a stay inside the area as it was', () => {
    const input = { lines: [lineOf(fen(100_000))], deductions: [], policyRow: baseRow(7500), capUsedFen: fen(0) };
    expect(computeBenefit({ ...input, crossRegion: null })).toEqual(computeBenefit(input));
    expect(computeBenefit(input).trace.some(({ step }) => step === 'crossRegionCut')).toBe(false);
  });

  it('equals an independent calculation in exact fractions, and its trace sums to the 分', () => {
    const halfUp = (numerator: bigint, denominator: bigint) => (2n * numerator + denominator) / (2n * denominator);
    const bp = fc.integer({ min: 0, max: 10_000 });
    const amount = (max: number) => fc.integer({ min: 0, max }).map(fen);
    const any = fc.record({
      eligible: amount(999_999_999),
      ratioBp: bp,
      cutBp: bp,
      cutMode: fc.constantFrom('points' as const, 'relative' as const),
      deductible: amount(200_000),
      cap: amount(2_000_000_000),
    });
    fc.assert(
      fc.property(any, ({ eligible, ratioBp, cutBp, cutMode, deductible, cap }) => {
        const benefit = computeBenefit({
          ...{
            lines: [lineOf(eligible)],
            deductions: [],
            policyRow: baseRow(ratioBp, deductible, cap),
            capUsedFen: fen(0),
          },
          crossRegion: { ...rulingOf({}, []), cutBp, cutMode },
        });
        // The ratio as a fraction n / 10^8, whichever way the cut goes.
        const cutRatio =
          cutMode === 'points'
            ? BigInt(Math.max(ratioBp - cutBp, 0)) * 10_000n
            : BigInt(ratioBp) * (10_000n - BigInt(cutBp));
        const above = eligible > deductible ? BigInt(eligible - deductible) : 0n;
        const pay = halfUp(above * cutRatio, 100_000_000n);
        expect(BigInt(benefit.payableFen)).toBe(pay < BigInt(cap) ? pay : BigInt(cap));
        const side = (effect: string) =>
          sumFen(benefit.trace.filter((entry) => entry.effect === effect).map((entry) => entry.valueFen ?? fen(0)));
        expect(side('adds') - side('takes')).toBe(benefit.payableFen);
        expect(benefit.trace.every(({ valueFen }) => (valueFen ?? 0) >= 0)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([-1, 10_001, 0.5])('refuses a cut of %s', (cutBp) => {
    const act = () =>
      computeBenefit({
        ...{ lines: [], deductions: [], policyRow: baseRow(7500), capUsedFen: fen(0) },
        crossRegion: { ...rulingOf({}, []), cutBp },
      });
    expect(act).toThrow(expect.objectContaining({ code: 'POLICY_ROW_INVALID' }));
  });
});

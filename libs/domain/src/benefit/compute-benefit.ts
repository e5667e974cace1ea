import { DomainError } from '../errors';
import { fen, formatYuan, mulDiv, sumFen, type Fen } from '../money';
import { divideLines, type CostLine, type LineDeduction, type LineShare } from './cost-line';
import type { CrossRegionRuling } from './cross-region-ratio';
import { hospitalGradeLabels, insuranceSchemeLabels, type BenefitPolicyRow } from './policy';

export interface BenefitInput {
  lines: readonly CostLine[];
  deductions: readonly LineDeduction[];
  policyRow: BenefitPolicyRow;
  /** What the fund has already paid or reserved for this person, scheme and year (R-AM-02b). */
  capUsedFen: Fen;
  /** What care outside the pooling area takes off the ratio (R-RT); left out for a stay inside it. */
  crossRegion?: CrossRegionRuling | null;
}

export const benefitSteps = [
  'policyRow',
  'total',
  'deducted',
  'outsideCatalogue',
  'selfPaidFirst',
  'eligible',
  'deductible',
  'ratio',
  'ownShare',
  'crossRegionCut',
  'basicPay',
  'capRemaining',
  'overCap',
  'payable',
] as const;
export type BenefitStep = (typeof benefitSteps)[number];

/**
 * One line of the calculation as it is shown and stored. The amounts that `adds` minus those that `takes` are the
 * payable; `states` shows a policy number or a result in between.
 */
export interface BenefitTraceEntry {
  step: BenefitStep;
  effect: 'adds' | 'takes' | 'states';
  /** Rule of 02-rules, e.g. R-AM-02. */
  ruleId: string;
  clause: string;
  valueFen?: Fen;
  ratioBp?: number;
  /** A Chinese sentence. */
  note: string;
}

/** The benefit of one stay, in 分. `totalFen` = 核减 + outside + self-paid first + eligible, to the 分. */
export interface Benefit {
  totalFen: Fen;
  /** 核减. */
  deductedFen: Fen;
  outsideCatalogueFen: Fen;
  selfPaidFirstFen: Fen;
  eligibleFen: Fen;
  /** 起付标准 of the policy row; a smaller eligible cost is swallowed whole. */
  deductibleFen: Fen;
  /** 支付比例 of the policy row, in basis points, before any cut for care elsewhere. */
  ratioBp: number;
  /** What is paid less because of R-RT; 0 for a stay inside the pooling area. */
  crossRegionCutFen: Fen;
  /** Before the annual cap. */
  basicPayFen: Fen;
  capRemainingFen: Fen;
  /** What the fund pays: never negative, never above `capRemainingFen`. */
  payableFen: Fen;
  trace: BenefitTraceEntry[];
}

const catalogueClause = 'D3 第八十五、八十七条';

/**
 * R-AM-01, 02, 02b, 03: eligible = total − 核减 − outside the catalogues − self-paid-first share;
 * payable = min(max(eligible − deductible, 0) × ratio, what is left of the annual cap), rounded half up once. For care outside
 * the pooling area the ratio is cut first (02-rules § 3): max(0, ratio − cut) in points, ratio × (1 − cut) when relative; the
 * product is exact and what the cut takes is the difference of two rounded payments, so that the trace still sums up.
 * The policy row is chosen before, by `findPolicyRow` (R-AM-04). The cap is only read here; reserving it is 审批's act.
 * @throws DomainError COST_LINE_INVALID, DEDUCTION_INVALID, POLICY_ROW_INVALID, AMOUNT_…
 */
export function computeBenefit({ lines, deductions, policyRow, capUsedFen, crossRegion }: BenefitInput): Benefit {
  checkPolicyRow(policyRow, capUsedFen);
  if (crossRegion) checkCut(crossRegion.cutBp);
  const shares = divideLines(lines, deductions);
  const sumOf = (part: keyof LineShare): Fen => sumFen(shares.map((share) => share[part]));

  const totalFen = sumFen(lines.map((line) => line.amountFen));
  const eligibleFen = sumOf('eligibleFen');
  const { deductibleFen, ratioBp } = policyRow;
  const aboveDeductibleFen = fen(Math.max(eligibleFen - deductibleFen, 0));
  const uncutPayFen = mulDiv(aboveDeductibleFen, ratioBp, 10_000, 'halfUp');
  const basicPayFen = crossRegion ? payAfterCut(aboveDeductibleFen, ratioBp, crossRegion) : uncutPayFen;
  const capRemainingFen = fen(Math.max(policyRow.annualCapFen - capUsedFen, 0));
  const benefit = {
    totalFen,
    deductedFen: sumOf('deductedFen'),
    outsideCatalogueFen: sumOf('outsideCatalogueFen'),
    selfPaidFirstFen: sumOf('selfPaidFirstFen'),
    eligibleFen,
    deductibleFen,
    ratioBp,
    crossRegionCutFen: fen(uncutPayFen - basicPayFen),
    basicPayFen,
    capRemainingFen,
    payableFen: fen(Math.min(basicPayFen, capRemainingFen)),
  };
  return {
    ...benefit,
    trace: traceOf(benefit, aboveDeductibleFen, policyRow, deductedLines(deductions), crossRegion ?? null),
  };
}

/** The ratio is never rounded: a relative cut of 5 % of 87.33 % pays by the exact product. */
function payAfterCut(aboveFen: Fen, ratioBp: number, { cutBp, cutMode }: CrossRegionRuling): Fen {
  return cutMode === 'points'
    ? mulDiv(aboveFen, Math.max(ratioBp - cutBp, 0), 10_000, 'halfUp')
    : mulDiv(aboveFen, ratioBp * (10_000 - cutBp), 10_000 * 10_000, 'halfUp');
}

const deductedLines = (deductions: readonly LineDeduction[]) => new Set(deductions.map((d) => d.lineNo)).size;

function checkCut(cutBp: number): void {
  if (!Number.isInteger(cutBp) || cutBp < 0 || cutBp > 10_000) {
    throw new DomainError('POLICY_ROW_INVALID', { field: '异地就医降低的比例' });
  }
}

function checkPolicyRow(row: BenefitPolicyRow, capUsedFen: Fen): void {
  const wrong = (field: string) => new DomainError('POLICY_ROW_INVALID', { field });
  if (fen(row.deductibleFen) < 0) throw wrong('起付标准');
  if (fen(row.annualCapFen) < 0) throw wrong('年度最高支付限额');
  if (fen(capUsedFen) < 0) throw wrong('本年度已支付金额');
  if (!Number.isInteger(row.ratioBp) || row.ratioBp < 0 || row.ratioBp > 10_000) throw wrong('支付比例');
}

function traceOf(
  benefit: Omit<Benefit, 'trace'>,
  aboveDeductibleFen: Fen,
  row: BenefitPolicyRow,
  deductedLineCount: number,
  crossRegion: CrossRegionRuling | null,
): BenefitTraceEntry[] {
  const source = `${row.sourceDocument} ${row.sourceClause}`;
  const yuan = (amountFen: number) => formatYuan(fen(amountFen), { thousands: true });
  const percent = `${formatYuan(fen(row.ratioBp))}%`;
  const ratioPaid = crossRegion ? paidRatio(row.ratioBp, crossRegion) : percent;
  const policy = `${row.regionCode} ${insuranceSchemeLabels[row.scheme]} ${hospitalGradeLabels[row.hospitalGrade]}医疗机构`;
  const { eligibleFen, basicPayFen, payableFen } = benefit;

  const entry = (
    step: BenefitStep,
    effect: BenefitTraceEntry['effect'],
    ruleId: string,
    clause: string,
    value: { valueFen?: Fen; ratioBp?: number },
    note: string,
  ): BenefitTraceEntry => ({ step, effect, ruleId, clause, ...value, note });

  return [
    entry(
      'policyRow',
      'states',
      'R-AM-04',
      source,
      {},
      `适用政策:${policy},自 ${row.effectiveFrom} 起${row.example ? '(示例数据)' : ''}`,
    ),
    entry('total', 'adds', 'R-AM-01', catalogueClause, { valueFen: benefit.totalFen }, '费用清单合计'),
    entry(
      'deducted',
      'takes',
      'R-AM-01',
      catalogueClause,
      { valueFen: benefit.deductedFen },
      `核减 ${deductedLineCount} 行`,
    ),
    entry(
      'outsideCatalogue',
      'takes',
      'R-AM-01',
      catalogueClause,
      { valueFen: benefit.outsideCatalogueFen },
      '目录外费用',
    ),
    entry('selfPaidFirst', 'takes', 'R-AM-01', catalogueClause, { valueFen: benefit.selfPaidFirstFen }, '乙类先行自付'),
    entry('eligible', 'states', 'R-AM-01', catalogueClause, { valueFen: eligibleFen }, '政策范围内费用'),
    entry(
      'deductible',
      'takes',
      'R-AM-02',
      source,
      { valueFen: fen(Math.min(eligibleFen, row.deductibleFen)) },
      `起付标准 ${yuan(row.deductibleFen)} 元以内由个人负担`,
    ),
    entry('ratio', 'states', 'R-AM-02', source, { ratioBp: row.ratioBp }, `支付比例 ${percent}`),
    entry(
      'ownShare',
      'takes',
      'R-AM-03',
      'D3 第八十七条',
      { valueFen: fen(aboveDeductibleFen - basicPayFen - benefit.crossRegionCutFen) },
      '起付标准以上个人按比例负担,四舍五入到分一次',
    ),
    ...(crossRegion
      ? [
          entry(
            'crossRegionCut',
            'takes',
            crossRegion.ruleId,
            crossRegion.clause,
            { valueFen: benefit.crossRegionCutFen, ratioBp: crossRegion.cutBp },
            crossRegion.note,
          ),
        ]
      : []),
    entry(
      'basicPay',
      'states',
      'R-AM-02',
      'D3 第八十七条',
      { valueFen: basicPayFen },
      `(${yuan(eligibleFen)} − 起付标准)× ${ratioPaid}`,
    ),
    entry(
      'capRemaining',
      'states',
      'R-AM-02',
      source,
      { valueFen: benefit.capRemainingFen },
      `年度最高支付限额 ${yuan(row.annualCapFen)} 元的剩余额度`,
    ),
    entry(
      'overCap',
      'takes',
      'R-AM-02',
      source,
      { valueFen: fen(basicPayFen - payableFen) },
      '超过年度最高支付限额的部分',
    ),
    entry('payable', 'states', 'R-AM-02', 'D3 第八十七条', { valueFen: payableFen }, '基本医疗保险基金应支付'),
  ];
}

/** As printed: '70.00%', or '75.00% × (1 − 5.00%)' where the product need not be a whole basis point. */
function paidRatio(ratioBp: number, { cutBp, cutMode }: CrossRegionRuling): string {
  const percent = (bp: number) => `${formatYuan(fen(bp))}%`;
  if (cutMode === 'points') return percent(Math.max(ratioBp - cutBp, 0));
  return cutBp === 0 ? percent(ratioBp) : `${percent(ratioBp)} ×(1 − ${percent(cutBp)})`;
}

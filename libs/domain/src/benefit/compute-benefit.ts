import { DomainError } from '../errors';
import { fen, formatYuan, mulDiv, sumFen, type Fen } from '../money';
import { divideLines, type CostLine, type LineDeduction, type LineShare } from './cost-line';
import { hospitalGradeLabels, insuranceSchemeLabels, type BenefitPolicyRow } from './policy';

export interface BenefitInput {
  lines: readonly CostLine[];
  deductions: readonly LineDeduction[];
  policyRow: BenefitPolicyRow;
  /** What the fund has already paid or reserved for this person, scheme and year (R-AM-02b). */
  capUsedFen: Fen;
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
  ratioBp: number;
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
 * payable = min(max(eligible − deductible, 0) × ratio, what is left of the annual cap), rounded half up once.
 * The policy row is chosen before, by `findPolicyRow` (R-AM-04). The cap is only read here; reserving it is 审批's act.
 * @throws DomainError COST_LINE_INVALID, DEDUCTION_INVALID, POLICY_ROW_INVALID, AMOUNT_…
 */
export function computeBenefit({ lines, deductions, policyRow, capUsedFen }: BenefitInput): Benefit {
  checkPolicyRow(policyRow, capUsedFen);
  const shares = divideLines(lines, deductions);
  const sumOf = (part: keyof LineShare): Fen => sumFen(shares.map((share) => share[part]));

  const totalFen = sumFen(lines.map((line) => line.amountFen));
  const eligibleFen = sumOf('eligibleFen');
  const { deductibleFen, ratioBp } = policyRow;
  const aboveDeductibleFen = fen(Math.max(eligibleFen - deductibleFen, 0));
  const basicPayFen = mulDiv(aboveDeductibleFen, ratioBp, 10_000, 'halfUp');
  const capRemainingFen = fen(Math.max(policyRow.annualCapFen - capUsedFen, 0));
  const benefit = {
    totalFen,
    deductedFen: sumOf('deductedFen'),
    outsideCatalogueFen: sumOf('outsideCatalogueFen'),
    selfPaidFirstFen: sumOf('selfPaidFirstFen'),
    eligibleFen,
    deductibleFen,
    ratioBp,
    basicPayFen,
    capRemainingFen,
    payableFen: fen(Math.min(basicPayFen, capRemainingFen)),
  };
  return {
    ...benefit,
    trace: traceOf(benefit, aboveDeductibleFen, policyRow, new Set(deductions.map((d) => d.lineNo)).size),
  };
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
  deductedLines: number,
): BenefitTraceEntry[] {
  const source = `${row.sourceDocument} ${row.sourceClause}`;
  const yuan = (amountFen: number) => formatYuan(fen(amountFen), { thousands: true });
  const percent = `${formatYuan(fen(row.ratioBp))}%`;
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
      `核减 ${deductedLines} 行`,
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
      { valueFen: fen(aboveDeductibleFen - basicPayFen) },
      '起付标准以上个人按比例负担,四舍五入到分一次',
    ),
    entry(
      'basicPay',
      'states',
      'R-AM-02',
      'D3 第八十七条',
      { valueFen: basicPayFen },
      `(${yuan(eligibleFen)} − 起付标准)× ${percent}`,
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

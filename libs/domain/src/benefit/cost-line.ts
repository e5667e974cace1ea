import { DomainError } from '../errors';
import { fen, mulDiv, type Fen } from '../money';

/** 甲类, 乙类, or outside the three catalogues (自费). */
export type CatalogueClass = 'A' | 'B' | 'outside';

export const catalogueClassLabels = { A: '甲类', B: '乙类', outside: '目录外' } as const satisfies Record<
  CatalogueClass,
  string
>;

/** One line of the 费用结算清单, with the class that the catalogue gave it. */
export interface CostLine {
  lineNo: number;
  itemCode: string;
  itemName: string;
  /** Kind of cost as printed: 床位费, 西药费, 检查费 … */
  category: string;
  /** Decimal as printed, e.g. '2' or '0.5'; not computed with, because hospitals round each line on their own. */
  quantity: string;
  unitPriceFen: Fen;
  amountFen: Fen;
  catalogueClass: CatalogueClass;
  /** 先行自付比例 in basis points, 0–10000; without effect for `outside`. */
  selfPaidFirstBp: number;
}

/** 核减: a part of one line that the fund does not pay, with a coded reason. */
export interface LineDeduction {
  lineNo: number;
  amountFen: Fen;
  reasonCode: string;
}

/** How one line divides; the four parts add up to its amount. */
export interface LineShare {
  deductedFen: Fen;
  outsideCatalogueFen: Fen;
  selfPaidFirstFen: Fen;
  eligibleFen: Fen;
}

/**
 * Divides a line. 核减 comes first and the rest is classed (order silent in the papers; the other way round would take
 * the self-paid share of a cost that is not counted at all). The self-paid-first share is rounded half up per line.
 * @throws DomainError COST_LINE_INVALID, DEDUCTION_INVALID
 */
export function divideLine(line: CostLine, deductedFen: Fen): LineShare {
  const { lineNo, selfPaidFirstBp } = line;
  if (fen(line.amountFen) < 0) throw new DomainError('COST_LINE_INVALID', { lineNo, reason: '金额不能为负数' });
  if (!Number.isInteger(selfPaidFirstBp) || selfPaidFirstBp < 0 || selfPaidFirstBp > 10_000) {
    throw new DomainError('COST_LINE_INVALID', { lineNo, reason: '先行自付比例须在 0 至 100% 之间' });
  }
  if (deductedFen > line.amountFen) {
    throw new DomainError('DEDUCTION_INVALID', { lineNo, reason: '核减金额超过该行金额' });
  }
  const restFen = fen(line.amountFen - deductedFen);
  if (line.catalogueClass === 'outside') {
    return { deductedFen, outsideCatalogueFen: restFen, selfPaidFirstFen: fen(0), eligibleFen: fen(0) };
  }
  const selfPaidFirstFen = mulDiv(restFen, selfPaidFirstBp, 10_000, 'halfUp');
  return { deductedFen, outsideCatalogueFen: fen(0), selfPaidFirstFen, eligibleFen: fen(restFen - selfPaidFirstFen) };
}

/**
 * Divides every line of a statement, in its order.
 * @throws DomainError COST_LINE_INVALID for a line number used twice; DEDUCTION_INVALID for one that does not exist or an
 * amount that is not positive
 */
export function divideLines(lines: readonly CostLine[], deductions: readonly LineDeduction[]): LineShare[] {
  const deducted = new Map<number, Fen>();
  for (const line of lines) {
    if (deducted.has(line.lineNo)) {
      throw new DomainError('COST_LINE_INVALID', { lineNo: line.lineNo, reason: '行号重复' });
    }
    deducted.set(line.lineNo, fen(0));
  }
  for (const { lineNo, amountFen } of deductions) {
    const before = deducted.get(lineNo);
    if (before === undefined) throw new DomainError('DEDUCTION_INVALID', { lineNo, reason: '清单中没有这一行' });
    if (fen(amountFen) <= 0) throw new DomainError('DEDUCTION_INVALID', { lineNo, reason: '核减金额须大于零' });
    deducted.set(lineNo, fen(before + amountFen));
  }
  return lines.map((line) => divideLine(line, deducted.get(line.lineNo) ?? fen(0)));
}

import type { UsePlan } from '@banjie/contracts';
import { fen, formatYuan, insuranceSchemeLabels } from '@banjie/domain';
import { writeWorkbook, type Cell } from '../edge/workbooks';

const yuan = (amountFen: number | null): Cell => (amountFen === null ? null : formatYuan(fen(amountFen)));

/** The plan as it goes to 财政 (ST-10): nothing in it changes after it was drawn up but its state. */
export function usePlanWorkbook({
  body,
  state,
  madeBy,
  madeAt,
  decidedBy,
  decidedAt,
  document,
}: UsePlan): Promise<Buffer> {
  const stateLabel = { proposed: '待确认', confirmed: '已确认', refused: '已退回' }[state];
  const head: Cell[][] = [
    [`${body.month} 用款计划`],
    ['支出户', body.fundAccount, '截至', body.asOf, '报送期限', body.dueOn],
    ['编制', madeBy, madeAt, stateLabel, decidedBy, decidedAt],
    ['依据', document.number],
    [],
    ['项目', '金额(元)'],
    ...body.schemes.map(({ label, forecastFen }): Cell[] => [`${label}医保待遇支出预测`, yuan(forecastFen)]),
    ['预测合计', yuan(body.forecastFen)],
    ['调整', yuan(body.adjustFen)],
    ['计划用款', yuan(body.plannedFen)],
    ['年度预算', yuan(body.budget.yearBudgetFen)],
    ['本年已支付', yuan(body.budget.paidFen)],
    ['计划执行后预算结余', yuan(body.budget.leftAfterFen)],
    ['支出户余额', yuan(body.reserve.balanceFen) ?? '未知'],
    ['周转金', yuan(body.reserve.reserveFen)],
    ['提示', body.reserve.warning?.text ?? body.reserve.note],
  ];
  const days = body.days.map(({ day, scheme, openFen, comingFen }): Cell[] => [
    ...[day, insuranceSchemeLabels[scheme], yuan(openFen), yuan(comingFen), yuan(openFen + comingFen)],
  ]);
  const basis: Cell[][] = [
    [body.basis.method],
    [],
    ['险种', '近期每付款日(元)', '季节系数(%)', '每件平均(元)', '每付款日最多(元)'],
    ...body.basis.schemes.map((one): Cell[] => [
      ...[insuranceSchemeLabels[one.scheme], yuan(one.usualDayFen), one.seasonBp / 100, yuan(one.meanCaseFen)],
      yuan(one.mostADayFen),
    ]),
    [],
    ['环节', '在办金额(元)', '最终支付(%)', '至支付付款日中位数'],
    ...body.basis.stages.map((one): Cell[] => [one.label, yuan(one.openFen), one.paidInHundred, one.medianPayDays]),
  ];
  return writeWorkbook(new Date(madeAt), [
    { name: '计划', rows: head },
    { name: '逐日预测', rows: [['付款日', '险种', '在办件(元)', '未收件(元)', '合计(元)'], ...days] },
    { name: '依据', rows: basis },
  ]);
}

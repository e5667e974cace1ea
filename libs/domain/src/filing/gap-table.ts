import { errorSentence, errorTable, type ErrorCode } from '../errors';
import type { Gap } from './filing';

interface GapEntry {
  rule: string;
  clause: string;
  /** Chinese; `{name}` is filled from the gap's facts. Says what is wrong and what to do. */
  message: string;
}

/** What can stand in the way of 受理, or deserve a look (02-rules § 1–2). `rule` and `clause` of a material come from its definition. */
export const gapTable = {
  FIELD_MISSING: { rule: 'R-MT-6', clause: 'D1 申请材料 6', message: '缺少“{label}”,请补填。' },
  PERSON_UNKNOWN: {
    rule: 'R-EL-01',
    clause: 'D1 受理条件',
    message: '参保登记中没有这个身份证号码,请核对证件;未参保的不能受理。',
  },
  PERSON_NAME_DIFFERS: {
    rule: 'R-EL-05',
    clause: 'D1 申请材料 1',
    message: '姓名与参保登记不一致,请按本人证件核对姓名和身份证号码。',
  },
  PERSON_OF_OTHER_AREA: {
    rule: 'R-EL-01',
    clause: 'D1 受理条件',
    message: '参保地不在本统筹区,请申请人到参保地经办机构办理。',
  },
  SCHEME_DIFFERS: {
    rule: 'R-EL-01',
    clause: 'D1 受理条件',
    message: '所填险种与参保登记不同,将按参保登记的险种办理。',
  },
  NOT_ENTITLED: {
    rule: 'R-EL-01',
    clause: 'D1 受理条件',
    message: '住院期间 {from} 至 {to} 不全在待遇享受期({entitledFrom} 至 {entitledTo})内,请核对参保缴费情况。',
  },
  HOSPITAL_UNKNOWN: {
    rule: 'R-EL-02',
    clause: '桂人社发〔2017〕6号 第四条',
    message: '医疗机构名录中没有代码 {hospitalCode},请核对就诊医院。',
  },
  HOSPITAL_WITHOUT_AGREEMENT: {
    rule: 'R-EL-02',
    clause: '桂人社发〔2017〕6号 第四条',
    message: '入院时该医院不是定点医疗机构,又未登记为突发疾病,基金不予支付;属突发疾病的请登记并提供病历。',
  },
  OUTSIDE_AREA_NOT_ENABLED: {
    rule: 'R-RT',
    clause: '桂人社发〔2017〕6号 第九条',
    message: '就诊医院在统筹区外,请改按“异地医疗费用报销(未直接结算)”申报。',
  },
  NOT_ENTITLED_TODAY: {
    rule: 'R-EL-01',
    clause: 'D1 受理条件',
    message: '申请时不在待遇享受期({entitledFrom} 至 {entitledTo})内,请核对参保缴费情况。',
  },
  FILED_AS_OTHER_MATTER: {
    rule: 'R-FL-01',
    clause: '桂社保发〔2017〕8号 第七十二条',
    message: '“{label}”不在本事项办理,请改按“{matter}”申请。',
  },
  PLACE_IN_OWN_AREA: {
    rule: 'R-RT-09',
    clause: '桂人社发〔2017〕6号 第九条(一)2(1)',
    message: '“{label}”在本统筹区内,不需要办理,请核对所填地点或医疗机构。',
  },
  PLACE_IN_OWN_PROVINCE: {
    rule: 'P-61',
    clause: '十六项便民措施 第3项',
    message: '“{label}”在本省(自治区)内,不属于跨省转移接续,请核对或按省内转移办理。',
  },
  TOO_MANY_NAMED: {
    rule: 'R-FL-02',
    clause: '桂社保发〔2017〕8号 第七十二条(二)',
    message: '“{label}”至多 {atMost} 家,请减少,或改为备案到就医地市。',
  },
  HOSPITAL_NOT_APPOINTED: {
    rule: 'P-21',
    clause: '桂社保发〔2017〕8号 第七十三条(一)',
    message: '{hospital}不具备转诊转院资格,请由具备资格的定点医疗机构出具证明。',
  },
  FILED_TOO_LATE: {
    rule: 'K-20',
    clause: '桂人社发〔2017〕6号 第九条',
    message: '“{label}”为 {from},应在其后 {days} 个工作日内({dueDate} 前,含当日)办理,现已逾期:{then}。',
  },
  DATES_REVERSED: {
    rule: 'R-FL-01',
    clause: '桂社保发〔2017〕8号 第七十二条',
    message: '“{to}”早于“{from}”,请核对日期。',
  },
  TOO_FEW_MONTHS: {
    rule: 'K-23',
    clause: '桂人社发〔2017〕6号 第九条(二)',
    message: '从“{from}”到“{to}”不足 {months} 个月:{then}。',
  },
  TOO_MANY_MONTHS: {
    rule: 'K-24',
    clause: '桂人社发〔2017〕6号 第九条(三)',
    message: '从“{from}”到“{to}”超过 {months} 个月:{then}。',
  },
  INSIDE_AREA: {
    rule: 'R-RT-09',
    clause: 'D3 第七十四条',
    message: '就诊医院在参保地统筹区内,不属异地就医,请改按“住院费用报销”申报。',
  },
  HOSPITAL_NOT_DESCRIBED: {
    rule: 'R-MT-X',
    clause: 'D3 第七十四条(一)1',
    message: '医疗机构名录中没有代码 {hospitalCode};统筹区外的医院请按加盖印章的材料登记名称、所在地区和等级。',
  },
  HOSPITAL_DESCRIBED: {
    rule: 'R-MT-X',
    clause: 'D3 第七十四条(一)1',
    message: '医院代码 {hospitalCode} 不在名录中,名称、地区和等级按所登记的办理,请核对材料上的医院印章。',
  },
  CROSS_REGION_RULE: { rule: 'R-RT', clause: '桂人社发〔2017〕6号 第九条', message: '{note}。' },
  INVOICES_MISSING: { rule: 'R-MT-2', clause: 'D1 申请材料 2', message: '没有登记发票,请逐张登记医疗费用发票。' },
  INVOICE_SETTLED_ELSEWHERE: {
    rule: 'R-EL-03',
    clause: 'D1 常见问题',
    message: '第 {ordinal} 张发票已经在异地直接结算,不能再报销,请撤下这张发票。',
  },
  INVOICE_NAME_DIFFERS: {
    rule: 'R-EL-05',
    clause: 'D1 申请材料 2',
    message: '第 {ordinal} 张发票上的姓名不是参保人本人,请提供本人的发票。',
  },
  INVOICE_OF_OTHER_HOSPITAL: {
    rule: 'R-EL-14',
    clause: '桂人社发〔2017〕6号 第八条(九)',
    message: '第 {ordinal} 张发票不是本次住院医院开具的,不能一并结算,请撤下或另行申报。',
  },
  INVOICE_AMOUNT_ZERO: {
    rule: 'R-EL-07',
    clause: 'D1 申请材料 2',
    message: '第 {ordinal} 张发票的金额为 0,请按票面金额填写。',
  },
  STATEMENT_NAME_DIFFERS: {
    rule: 'R-EL-05',
    clause: 'D1 申请材料 4',
    message: '费用结算清单上的姓名不是参保人本人,请提供本人的清单。',
  },
  STATEMENT_LINES_MISSING: {
    rule: 'R-MT-4',
    clause: 'D1 申请材料 4',
    message: '没有登记费用清单明细,请上传或录入与发票对应的费用结算清单。',
  },
  INVOICE_STATEMENT_TOTAL_DIFFERS: {
    rule: 'R-EL-06',
    clause: 'D1 申请材料 2、4',
    message: '发票合计 {invoices} 元与费用清单合计 {statement} 元不一致,相差 {difference} 元,请到医院核对更正。',
  },
  LINES_TOTAL_DIFFERS: {
    rule: 'R-EL-06',
    clause: 'D1 申请材料 2、4',
    message: '费用清单明细合计 {lines} 元与清单合计 {statement} 元不一致,相差 {difference} 元,请核对明细是否齐全。',
  },
  LINES_INVOICE_TOTAL_DIFFERS: {
    rule: 'R-EL-06',
    clause: 'D1 申请材料 2、4',
    message: '费用清单明细合计 {lines} 元与发票合计 {invoices} 元不一致,相差 {difference} 元,请核对明细是否齐全。',
  },
  LINES_OUTSIDE_STAY: {
    rule: 'R-EL-14',
    clause: '桂人社发〔2017〕6号 第八条(九)',
    message: '有 {count} 行费用的日期不在住院期间(首行为第 {lineNo} 行),审核时请注意。',
  },
  LINES_NOT_MULTIPLIED: {
    rule: 'R-EL-06',
    clause: 'D1 申请材料 4',
    message: '有 {count} 行的数量乘单价与金额相差超过 1 元(首行为第 {lineNo} 行),审核时请注意。',
  },
  ITEMS_NOT_IN_CATALOGUE: {
    rule: 'R-AM-01',
    clause: '桂社保发〔2017〕8号 第八十五条',
    message: '有 {count} 行的项目编码不在医保目录中(首行为第 {lineNo} 行),按目录外计算。',
  },
  UNIT_PRICES_ROUNDED: {
    rule: 'R-AM-01',
    clause: 'D1 申请材料 4',
    message: '有 {count} 行的单价多于两位小数(首行为第 {lineNo} 行),已四舍五入到分;金额以清单所列为准。',
  },
  INVOICE_BEFORE_STAY: {
    rule: 'R-EL-07',
    clause: 'D1 申请材料 2',
    message: '第 {ordinal} 张发票的开票日期早于入院日期,请核对票据。',
  },
  SAME_STAY_FILED: {
    rule: 'R-EL-04',
    clause: 'D1 申请材料 2',
    message: '同一人在同一医院、同一入院日期已有在办或已办结的办件 {caseNo},请核对是否重复申报。',
  },
  ACCOUNT_NAME_DIFFERS: {
    rule: 'R-MT-3',
    clause: 'D1 申请材料 3',
    message: '收款账户户名与参保人姓名不一致;使用直系亲属账户的,请改选亲属账户并提供关系证明或承诺书。',
  },
  BANK_CARD_CHECK: {
    rule: 'R-MT-3',
    clause: 'D1 申请材料 3',
    message: '收款账号不符合银行卡号的校验规则,存折账号除外,请再核对一次。',
  },
  MATERIAL_MISSING: { rule: 'R-MT', clause: 'D1 申请材料', message: '缺少“{label}”{about},请提供:{alternatives}。' },
  MATERIAL_INCOMPLETE: {
    rule: 'R-MT',
    clause: 'D1 申请材料',
    message: '“{label}”{about}不齐:已有{have},还缺{missing}。',
  },
  PAPER_ILLEGIBLE: {
    rule: 'R-EL-07',
    clause: 'D1 申请材料',
    message: '“{paper}”字迹不清,请重新提供清晰的原件或扫描件。',
  },
  PAPER_NAME_DIFFERS: {
    rule: 'R-EL-05',
    clause: 'D1 申请材料',
    message: '“{paper}”上的姓名与{owner}不一致,请提供{owner}的材料。',
  },
  PAPER_NOT_SEALED: { rule: 'R-MT-2', clause: 'D1 申请材料 2', message: '“{paper}”没有医疗机构财务章,请到医院补盖。' },
  HOSPITAL_SEAL_MISSING: {
    rule: 'R-MT-X',
    clause: 'D3 第七十四条(一)1',
    message: '“{paper}”没有医院印章,请提供加盖医院印章的原件。',
  },
  PAPER_NOT_SIGNED: { rule: 'R-MT', clause: 'D1 申请材料', message: '“{paper}”没有签名,请补签。' },
  PAPER_WITHOUT_COURSE: {
    rule: 'R-MT-8',
    clause: 'D1 申请材料 8',
    message: '“{paper}”没有诊疗经过的描述,请由医院补充或提供另一种证明。',
  },
  PAPER_OF_OTHER_HOSPITAL: {
    rule: 'R-MT-8',
    clause: 'D1 申请材料 8',
    message: '“{paper}”不是就诊医院出具的,请提供就诊医院的材料。',
  },
  INJURY_LETTER_INCOMPLETE: {
    rule: 'R-MT-7',
    clause: 'D1 申请材料 7',
    message: '意外伤害就医个人承诺书缺少{missing},请申请人写明并签名。',
  },
} as const satisfies Record<string, GapEntry>;

export type GapCode = keyof typeof gapTable;

/** A gap with its sentence; `where` names the field and replaces rule, clause and material where the definition gives them. */
export function gap(
  code: GapCode,
  facts: Record<string, unknown> = {},
  where: { field?: string; material?: string; rule?: string; clause?: string } = {},
): Gap {
  const { rule, clause, message } = gapTable[code];
  const sentence = message.replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? ''));
  const given = Object.fromEntries(Object.entries(where).filter(([, value]) => value !== undefined));
  const shown = Object.keys(facts).length > 0 ? { facts } : {};
  return { code, rule, clause, ...given, message: sentence, ...shown };
}

/** A slip of the pen, in the words of the error table; the draft is mended before 收件 takes it over. */
export function entryFault(
  code: ErrorCode,
  field: string,
  facts: Record<string, unknown> = {},
  rule = 'R-MT-6',
  clause = 'D1 申请材料 6',
): Gap {
  const message = `${errorSentence(code, facts)}${errorTable[code].next}`;
  const shown = Object.keys(facts).length > 0 ? { facts } : {};
  return { code, rule, field, message, clause, ...shown, blocksSubmit: true };
}

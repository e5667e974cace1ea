import type { ErrorEntry } from './entry';

/** The books: 待查, proposals by two or three persons, 追回, 抵扣 and 补付, months, 用款计划. */
export const bookErrors = {
  BOOKS_DAY_FUTURE: { status: 422, message: '对账日 {date} 还没有到。', next: '请选择今天或以前的日期。' },
  SUSPENSE_NOT_FOUND: {
    status: 404,
    message: '待查款项中没有流水 {entryNo}。',
    next: '请刷新待查列表;只能查看本机构的流水。',
  },
  SUSPENSE_CLEARED: {
    status: 409,
    message: '流水 {entryNo} 已认定为“{clearing}”。',
    next: '请刷新待查列表;认定有误的,请联系系统管理员和内部监督。',
  },
  CLEARING_NOT_LAWFUL: {
    status: 422,
    message: '这笔流水不能认定为“{clearing}”;可以认定为:{allowed}。',
    next: '请按银行的书面答复重新选择。',
  },
  CLEARING_INCOMPLETE: {
    status: 422,
    message: '认定“{clearing}”时填写的内容不全或多余。',
    next: '属于拨付单的填写拨付单号,已冲正的填写冲正流水号,追回的款项填写追回单号,其他认定都不填。',
  },
  CLEARING_UNFIT: { status: 422, message: '不能这样认定:{reason}。', next: '请核对流水、拨付单和银行文件后重新提出。' },
  FINANCE_OWN_CASE: {
    status: 403,
    message: '{who}在办件 {caseNo} 中承担“{duty}”职责,不得办理与它有关的这项财务事项。',
    next: '请由没有参与该办件的人员办理。',
  },
  FINANCE_EARLIER_OWN_CASE: {
    status: 409,
    message: '这项提议的{step}已在办件 {caseNo} 中承担“{duty}”职责,提议不能再办理下去。',
    next: '请驳回这一项,由没有参与该办件的人员重新提出、复核。',
  },
  FINANCE_PROPOSAL_NOT_FOUND: { status: 404, message: '没有找到这项提议。', next: '请刷新列表;只能办理本机构的提议。' },
  FINANCE_PROPOSAL_OPEN: {
    status: 409,
    message: '已有一项提议等待另一人确认。',
    next: '请先确认或驳回那一项,再重新提出。',
  },
  FINANCE_PROPOSAL_DECIDED: {
    status: 409,
    message: '这项提议已经{state}。',
    next: '请刷新列表;驳回后可以重新提出。',
  },
  FINANCE_PROPOSAL_UNCHECKED: {
    status: 409,
    message: '这项财务事项还没有复核,不能审批。',
    next: '请先由财务复核岗复核。',
  },
  RECOVERY_NOT_FOUND: { status: 404, message: '没有找到这张追回单。', next: '请刷新列表;只能办理本机构的追回单。' },
  RECOVERY_UNFIT: {
    status: 422,
    message: '不能这样追回:{reason}。',
    next: '请核对拨付单、已追回的金额和依据后重新提出。',
  },
  OFFSET_UNFIT: { status: 422, message: '不能这样抵扣:{reason}。', next: '请核对追回单、办件和金额后重新提出。' },
  MOVEMENT_CHANGED: {
    status: 409,
    message: '提出以后,有关的办件、账目或人员职责有变动,这项财务事项没有办理。',
    next: '请刷新后核对;仍不能办理的,驳回这一项后重新提出。',
  },
  SUPPLEMENT_UNFIT: { status: 422, message: '不能这样补付:{reason}。', next: '请核对办件、金额和依据后重新提出。' },
  PERSON_LEDGER_NOT_FOUND: {
    status: 404,
    message: '本机构没有这名参保人的支付记录。',
    next: '请从本机构的办件进入个人台账。',
  },
  FINANCE_PROPOSAL_OWN: {
    status: 403,
    message: '须由提出人以外的人员确认或驳回。',
    next: '请由另一名有权人员办理。',
  },
  RECONCILIATION_NO_STATEMENT: {
    status: 409,
    message: '{month} 还没有收到银行的账户对账单,不能编制余额调节表。',
    next: '请等待银行的日对账单;迟迟不到的,请向银行催取。',
  },
  BOOK_MONTH_OPEN_STATEMENT: {
    status: 409,
    message: '{month} 的账户对账单还没有到月末,不能结账。',
    next: '请等待月末的对账单入账后再提出。',
  },
  BOOK_MONTH_CLOSED: {
    status: 409,
    message: '{month} 已经结账。',
    next: '已结账的月份不再变动;余额调节表可以随时重新打印。',
  },
  BOOK_MONTH_ORDER: { status: 409, message: '{month} 不能先于 {due} 结账。', next: '请按月份先后依次结账。' },
  BOOK_MONTH_DIFFERS: {
    status: 409,
    message: '{month} 对账不平:调节后余额相差 {differenceFen} 分,有 {unstated} 笔流水不在对账单中。',
    next: '请查看余额调节表和对账单文件的报告,查清差额后再提出结账。',
  },
  BOOK_MONTH_CHANGED: {
    status: 409,
    message: '提出结账以后,{month} 的数字有变动。',
    next: '请驳回这一项,核对变动后重新提出。',
  },
  BOOK_MONTH_ALTERED: {
    status: 500,
    message: '已结账的 {month} 余额调节表与两人确认的不符,不能打印。',
    next: '请联系系统管理员核查数据库。',
  },
  USE_PLAN_MONTH: {
    status: 422,
    message: '现在只能编制 {due} 的用款计划,不能编制 {month} 的。',
    next: '请按月编制:每月 20 日前编制下一个月的计划。',
  },
  USE_PLAN_BELOW_NOUGHT: {
    status: 422,
    message: '调整后计划数为 {amount} 元,不能为负。',
    next: '请核对调整数。',
  },
  USE_PLAN_CONFIRMED: {
    status: 409,
    message: '{month} 的用款计划已经确认。',
    next: '已确认的计划不再变动;请查看计划与实际支付的差异。',
  },
  USE_PLAN_ALTERED: {
    status: 500,
    message: '{month} 的用款计划与编制时不符,不能显示。',
    next: '请联系系统管理员核查数据库。',
  },
} as const satisfies Record<string, ErrorEntry>;

import type { ErrorEntry } from './entry';

/** Orders, batches and what limits their release; receipts and lists of them (architecture § 5, R-FN). */
export const payoutErrors = {
  DEBIT_IN_DOUBT: {
    status: 409,
    message: '本办件有一笔付款流水 {entryNo} 尚未查清,现在再制定拨付可能重复付款。',
    next: '请先由两人在待查款项中认定这笔流水,再制定拨付。',
  },
  RECALL_TOO_LATE: {
    status: 409,
    message: '拨付单 {orderNo} 已经发往银行,不能撤回。',
    next: '请等待银行结果;款项退回后按退票办理。',
  },
  RELEASE_LIMIT: {
    status: 409,
    message: '放行 {asked} 元超过{kindLabel} {limit} 元:今天已放行 {used} 元,还可放行 {left} 元。',
    next: '请减少本次放行的拨付单或改日放行;确需提高限额的,由两名人员提出并批准限额变更。',
  },
  RESERVE_SHORT: {
    status: 409,
    message: '放行 {asked} 元后,支出户余额为 {after} 元,低于周转金 {reserve} 元,尚缺 {short} 元。',
    next: '请等财政专户拨款到账后放行;首次支付确需现在付的,归入批次,由分管领导对该批次清单作一次性批准后再放行(退票重付和补付不归入批次,须等拨款到账)。',
  },
  RESERVE_NOT_NEEDED: {
    status: 409,
    message: '批次 {batchNo} 不需要批准动用周转金:{reason}。',
    next: '请由财务审批岗直接放行。',
  },
  PAYOUT_RULE_PAST: {
    status: 409,
    message: '“{rule}”自 {date} 起生效,这一天已经过去。',
    next: '请以今天或以后的日期重新提出。',
  },
  PAYOUT_RULE_OWN_WORK: {
    status: 403,
    message: '您正在办理本机构的拨付({what}),不得提出或决定付款规则。',
    next: '请由没有在办拨付的人员提出或决定,或待该批次、办件办完后再办。',
  },
  PAYOUT_RULE_PROPOSER_WORK: {
    status: 409,
    message: '这项规则的提出人正在办理本机构的拨付({what}),现在不能确认。',
    next: '请待该批次、办件办完后再确认,或驳回后由没有在办拨付的人员重新提出。',
  },
  BATCH_NOT_FOUND: { status: 404, message: '没有拨付批次 {batchNo}。', next: '请从批次列表中选择。' },
  BATCH_FILE_NOT_FOUND: {
    status: 404,
    message: '批次 {batchNo} 没有这份银行文件。',
    next: '请从该批次的银行文件列表中选择。',
  },
  BATCH_NOTHING_TO_GATHER: {
    status: 422,
    message: '现在没有可以归集的拨付。',
    next: '有办件审批通过、等待拨付制定时再归集;已被认领的办件请在本办件中单独办理。',
  },
  BATCH_MOVED: {
    status: 409,
    message: '批次 {batchNo} 现为{state},不能{act}。',
    next: '请刷新页面,按批次当前的状态办理。',
  },
  BATCH_BUSY: {
    status: 409,
    message: '批次 {batchNo} 的上一步正在逐件登记,暂不能{act}。',
    next: '请稍候片刻,登记完毕后再办理。',
  },
  BATCH_CHANGED: {
    status: 409,
    message: '批次 {batchNo} 的清单与您看到的不同,现有 {count} 件、{amount} 元。',
    next: '请刷新页面,核对现在的清单后再办理。',
  },
  BATCH_DUTY_CONFLICT: {
    status: 409,
    message: '您在批次 {batchNo} 的 {count} 件办件中已有「{duty}」职责,不能{act}。',
    next: '请由在本批次中没有其他职责的人员办理。',
  },
  IN_BATCH: {
    status: 409,
    message: '本办件在拨付批次 {batchNo} 中,不能单独{act}。',
    next: '请在批次中办理;确须单独处理的,请退回本办件。',
  },
  ORDER_MISSING: { status: 422, message: '办件没有待办理的拨付单。', next: '请刷新页面查看当前环节。' },
  PAYEE_CHANGED: {
    status: 409,
    message: '收款账户与审批时不一致,拨付单不能继续。',
    next: '请退回复核环节,由复核岗登记新账户后重新审批。',
  },
  NEW_PAYEE_REQUIRED: {
    status: 422,
    message: '上一笔拨付单 {orderNo} 的状态是“{state}”({bankReason}),须先登记新的收款账户。',
    next: '请填写参保人本人的新账户;使用直系亲属账户的,先上传账户和关系证明或承诺书。',
  },
  PAYEE_NOT_LAWFUL: {
    status: 422,
    message: '不能向这个收款账户拨付:{reason}',
    next: '请按上述要求改正账户或上传材料后重新制单。',
  },
  EXPORT_NOT_FOUND: {
    status: 404,
    message: '没有找到这份导出的清单。',
    next: '请刷新列表;只能取用本机构人员申请的清单。',
  },
  EXPORT_NOT_READY: { status: 409, message: '清单正在生成。', next: '请稍后刷新列表后下载。' },
  EXPORT_EXPIRED: {
    status: 404,
    message: '清单已过 {days} 天的保留期。',
    next: '请重新申请导出。',
  },
  RECEIPT_NOT_FOUND: {
    status: 404,
    message: '拨付单 {orderNo} 还没有拨付凭证。',
    next: '支付成功后自动生成,请稍后刷新;也请核对拨付单号是否属于本办件。',
  },
} as const satisfies Record<string, ErrorEntry>;

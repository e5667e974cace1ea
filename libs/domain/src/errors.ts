/** One row of the error table: the HTTP status, the sentence a person reads, and what they can do next. */
export interface ErrorEntry {
  status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 422 | 429 | 500 | 503;
  /** Chinese; `{name}` is filled from the error's facts. */
  message: string;
  next: string;
}

/**
 * Every code the trade can answer with. The codes are the keys, so that the table cannot be incomplete;
 * grouped by subject, and a new code is a new row here and nowhere else.
 */
export const errorTable = {
  // Calendar and time limits (04-clocks).
  BAD_DATE: {
    status: 400,
    message: '“{value}”不是有效的日期或时间:{reason}',
    next: '请按 2025-06-03 或 2025-06-03T10:00 的格式填写。',
  },
  BAD_LIMIT: {
    status: 400,
    message: '办理时限“{value}”无效:{reason}',
    next: '请填写 0 至 2000 之间的整数,并且只选一种时限。',
  },
  BAD_PAUSE: {
    status: 400,
    message: '暂停期间“{value}”无效:{reason}',
    next: '请按“告知日..材料到达日”填写,例如 2025-06-10..2025-06-16。',
  },
  BAD_CALENDAR_FILE: {
    status: 422,
    message: '日历文件有误({at}):{reason}',
    next: '请按 docs/calendar-file.md 改正后重试。',
  },
  BAD_CALENDAR_CHANGE: {
    status: 422,
    message: '日历变更有误({at}):{reason}。',
    next: '请对照放假安排文件改正后重新提出。',
  },
  CALENDAR_CHANGE_NOT_FOUND: { status: 404, message: '没有找到这项日历变更。', next: '请刷新日历变更列表。' },
  CALENDAR_CHANGE_DECIDED: {
    status: 409,
    message: '这项日历变更已经{state}。',
    next: '请刷新列表;需要再改的,重新提出变更。',
  },
  CALENDAR_CHANGE_OWN: {
    status: 403,
    message: '日历变更须由提出人以外的人批准或驳回。',
    next: '请由另一名系统管理员或督办人员核对文件后办理。',
  },
  CALENDAR_CHANGE_STALE: {
    status: 409,
    message: '提出以后,同一张日历表已被另一项变更修改。',
    next: '请驳回这一项,按现行日历重新提出。',
  },
  BAD_DEADLINE_OPTION: {
    status: 400,
    message: '时限计算的选项“{value}”无效:{reason}',
    next: '请改正该选项后重试。',
  },
  UNKNOWN_REGION: {
    status: 422,
    message: '没有地区“{region}”的日历:{reason}',
    next: '请使用已有日历的地区代码,或用日历文件补充该地区。',
  },
  BAD_USAGE: { status: 400, message: '命令用法有误:{reason}', next: '运行 npx banjie help 查看用法。' },

  // The road of a case (03-roles SD-01, architecture § 3).
  CASE_NOT_FOUND: {
    status: 404,
    message: '没有找到受理号为 {caseNo} 的办件。',
    next: '请核对受理号;只能查看本机构的办件。',
  },
  CASE_CLOSED: { status: 409, message: '办件已办结({outcome}),不能再办理。', next: '请刷新后查看办理结果。' },
  CASE_MOVED: {
    status: 409,
    message: '办件已经变动:{lastActor} 已{lastAct},当前环节是{stage}。',
    next: '请刷新页面,按最新情况重新办理。',
  },
  CASE_BUSY: { status: 409, message: '另一项操作正在办理这一办件。', next: '请稍候刷新后再办理。' },
  ACT_NOT_ALLOWED: {
    status: 409,
    message: '当前环节“{stage}”不能{act};可以办理的是:{allowed}。',
    next: '请刷新页面,选择当前环节允许的操作。',
  },
  WAITING_SUPPLEMENT: {
    status: 409,
    message: '办件正在等待申请人补正,补正材料到达前不能{act}。',
    next: '请在材料到达后办理“补正收件”,或由申请人撤回。',
  },
  SUPPLEMENT_USED: {
    status: 422,
    message: '受理后的补正告知每件只能有一次,本办件已经告知过。',
    next: '请根据现有材料提出审核意见,或退回上一环节。',
  },
  SUPPLEMENT_EMPTY: {
    status: 422,
    message: '补正登记没有材料,也没有说明。',
    next: '请先上传补正材料并选择,或说明申请人补正了什么。',
  },
  NOT_WAITING_SUPPLEMENT: { status: 409, message: '办件没有在等待补正。', next: '请刷新页面查看当前环节。' },
  CASE_PAUSED: {
    status: 409,
    message: '办件因“{pause}”中止计时,恢复前不能{act}。',
    next: '请在回复或结论到达后办理“恢复计时”,或由申请人撤回。',
  },
  NOT_PAUSED: { status: 409, message: '办件没有因协查函询或特别程序中止计时。', next: '请刷新页面查看当前环节。' },
  PAUSE_NOT_ALLOWED: {
    status: 422,
    message: '本事项不能因“{pause}”中止计时。',
    next: '请在办理时限内继续办理;确需等待的,请督办人员依事项规定处理。',
  },
  PAUSE_NEEDS_DOCUMENT: {
    status: 422,
    message: '中止计时没有附文书:{reason}。',
    next: '请先上传协查函、受理特别程序的书面通知等文书,再选择该附件提交。',
  },
  NO_CLOCK_TO_PAUSE: { status: 409, message: '办件没有正在计时、可以暂停的时限。', next: '请刷新页面查看时限。' },
  EXTENSION_NOT_ALLOWED: { status: 422, message: '本事项的办理时限不能延长。', next: '请在办理时限内办结。' },
  EXTENSION_USED: {
    status: 409,
    message: '办理时限只能延长一次,本办件已经延长 {workingDays} 个工作日。',
    next: '请在延长后的时限内办结。',
  },
  EXTENSION_PENDING: {
    status: 409,
    message: '延长 {workingDays} 个工作日的申请正在等待批准,不能重复申请。',
    next: '请等待督办人员决定。',
  },
  EXTENSION_TOO_LONG: {
    status: 422,
    message: '申请延长 {workingDays} 个工作日,超过上限 {limit} 个工作日。',
    next: '请减少延长的工作日。',
  },
  EXTENSION_TOO_LATE: {
    status: 409,
    message: '时限 {clock} 已于 {dueDate} 届满,不能再延长。',
    next: '请尽快办结;超时情况已经记录。',
  },
  NO_CLOCK_TO_EXTEND: { status: 409, message: '办件没有正在计时、可以延长的时限。', next: '请刷新页面查看时限。' },
  NO_EXTENSION_REQUEST: { status: 409, message: '办件没有待决定的延长申请。', next: '请刷新页面查看当前情况。' },
  EXTENSION_OWN_REQUEST: {
    status: 403,
    message: '延长申请须由申请人以外的人员决定。',
    next: '请由本机构其他督办人员决定。',
  },
  ALREADY_DECIDED: { status: 409, message: '办件已经作出决定,不能撤回。', next: '请向申请人说明办理结果和救济途径。' },
  ALREADY_DELIVERED: {
    status: 409,
    message: '审核结果已经送达申请人,不能再退回审核。',
    next: '收款账户有误的,可以退回拨付制定更换账户;结果有误的,请按更正程序另行处理。',
  },
  ALREADY_PAID: {
    status: 409,
    message: '款项已经支付过,不能退回审核环节。',
    next: '请在拨付制定环节更正收款账户后重新拨付;财务环节发现账户有误的,可退回拨付制定。',
  },
  BAD_RETURN: {
    status: 422,
    message: '不能从“{stage}”退回到“{toStage}”;可退回到:{allowed}。',
    next: '请选择允许退回的环节。',
  },
  DUTY_CONFLICT: {
    status: 403,
    message: '您已在本办件中承担“{duty}”职责,同一人不得再办理“{stage}”。',
    next: '请由本机构其他人员办理。',
  },
  NOT_YOUR_POST: { status: 403, message: '“{act}”须由{posts}办理。', next: '请由相应岗位的人员办理。' },
  TASK_HELD: { status: 409, message: '任务已由 {holder} 认领。', next: '请等待其释放,或办理其他任务。' },
  TASK_NOT_FOUND: { status: 404, message: '没有找到这项任务。', next: '请刷新待办列表。' },
  TASK_CLOSED: { status: 409, message: '任务已经办完。', next: '请刷新待办列表。' },
  TASK_NOT_HELD: { status: 409, message: '任务没有由您认领,不能释放。', next: '请刷新待办列表。' },
  MONTH_NOT_OVER: {
    status: 409,
    message: '{month} 尚未结束,不能结账。',
    next: '请在次月再结账;当月数字可以随时查看。',
  },
  STATISTICS_ALTERED: {
    status: 500,
    message: '已结账的 {month} 统计与签章不符,不能打印。',
    next: '请联系系统管理员核查数据库。',
  },
  TASK_HOLDER_CHANGED: {
    status: 409,
    message: '任务现由 {holder} 办理,与预览时不同。',
    next: '请重新预览后再转办。',
  },
  TASK_IN_BATCH: {
    status: 409,
    message: '任务属于拨付批次 {batchNo},不能转办。',
    next: '请在批次中办理;确须单独办理的,请先作废该批次或退回本办件。',
  },
  ASSIGNEE_UNFIT: {
    status: 422,
    message: '不能转办给 {person}:{reason}。',
    next: '请选择本机构在岗、岗位相符的人员。',
  },
  ASSIGNEE_HAS_DUTY: {
    status: 403,
    message: '{person} 已在本办件中承担“{duty}”职责,同一人不得再办理“{stage}”。',
    next: '请转办给没有参与本办件的人员。',
  },
  ACTION_REUSED: {
    status: 409,
    message: '操作编号 {actionId} 已用于另一项内容不同的操作。',
    next: '请刷新页面后重新提交。',
  },
  REASON_REQUIRED: { status: 422, message: '“{act}”必须选择理由。', next: '请至少选择一条理由。' },
  UNKNOWN_REASON: { status: 422, message: '理由代码 {reason} 不适用于“{act}”。', next: '请从理由列表中选择。' },
  REASONS_DO_NOT_FIT: {
    status: 422,
    message: '所选理由与材料核对结果不一致:{problem}。',
    next: '请把核对发现的欠缺全部列入理由;核对没有发现而由您看到的情形,请用文字写明。',
  },
  REASON_TEXT_REQUIRED: { status: 422, message: '选择“其他”时必须填写说明。', next: '请填写说明文字。' },
  PROPOSAL_MISSING: { status: 422, message: '没有可供审批的审核意见。', next: '请先完成初审和复核。' },
  PROPOSAL_IS_REFUSAL: {
    status: 422,
    message: '审核意见是不予通过,不能直接予以通过。',
    next: '请不予通过,或退回重新审核。',
  },
  AMOUNT_CHANGED: {
    status: 409,
    message: '应支付金额已变为 {payable} 元,与提交的 {shown} 元不同。',
    next: '请核对新的金额后再提交。',
  },
  CAP_CHANGED: {
    status: 409,
    message: '本年度可用限额发生变化,应支付金额变为 {payable} 元。',
    next: '请核对新的金额后再审批。',
  },
  ANSWER_WITHOUT_PAPER: {
    status: 422,
    message: '登记对方答复须附上对方的答复文件。',
    next: '请先上传“对方经办机构的答复”,再选择它登记。',
  },
  ANSWER_MISSING: { status: 422, message: '对方经办机构还没有答复,不能办结。', next: '请先登记对方的答复。' },
  ANSWER_IS_REFUSAL: {
    status: 422,
    message: '对方经办机构答复不能办理,不能予以通过。',
    next: '请不予通过,或退回请对方重新答复。',
  },
  DUPLICATE_DEDUCTION: {
    status: 422,
    message: '第 {lineNo} 行以同一理由核减了两次。',
    next: '请把同一行同一理由的核减合并为一条。',
  },
  ACT_FAILED: {
    status: 500,
    message: '系统出现意外错误,这项操作没有办成;办件保持原状,可以继续办理。',
    next: '请核对内容后重新提交;仍不成功时,请把追踪号告诉系统管理员。',
  },
  DEDUCTION_TOO_LARGE: {
    status: 422,
    message: '第 {lineNo} 行核减 {amount} 元超过该行金额 {limit} 元。',
    next: '请更正核减金额。',
  },
  UNKNOWN_LINE: { status: 422, message: '费用清单没有第 {lineNo} 行。', next: '请核对行号。' },
  FILING_HAS_GAPS: {
    status: 422,
    message: '申请材料或信息有 {count} 处欠缺,不能予以受理。',
    next: '请一次性告知申请人全部欠缺后不予受理,或核对材料登记。',
  },
  NO_GAPS_TO_TELL: { status: 422, message: '没有选择不予受理的理由。', next: '请选择理由。' },
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
  NOT_TAKING_PAPERS: {
    status: 409,
    message: '办件现在不收材料:只有告知补正后、须更换收款账户、等待对方经办机构答复,或者提出、结束暂停时可以上传。',
    next: '请刷新页面查看当前环节。',
  },
  DELIVERY_INCOMPLETE: { status: 422, message: '送达登记缺少{missing}。', next: '请补充后提交。' },

  // 收件 (02-rules § 1–2): slips of the pen that a filing does not take over.
  DATE_IN_FUTURE: { status: 422, message: '{label} {value} 晚于今天。', next: '请按票据、病历核对日期。' },
  DISCHARGE_BEFORE_ADMISSION: {
    status: 422,
    message: '出院日期 {dischargeDate} 早于入院日期 {admissionDate}。',
    next: '请按出院记录核对日期。',
  },
  INVOICE_REPEATED_IN_FILING: {
    status: 422,
    message: '第 {ordinal} 张发票与第 {first} 张是同一张发票。',
    next: '请删除重复登记的发票。',
  },
  INVOICE_IN_USE: {
    status: 409,
    message: '{document} {number} 已在{holder}({status})中使用,不得重复报销。',
    next: '请核对票据;原办件不予受理、不予通过或撤回后才能再次申报。草稿已保留。',
  },
  UNKNOWN_MATTER: { status: 404, message: '没有名为 {matter} 的现行事项。', next: '请核对事项代码。' },
  // Versions of a matter and the move of running cases (03-roles SD-06, architecture § 2).
  UNKNOWN_VERSION: { status: 404, message: '事项没有第 {version} 版定义。', next: '请在版本列表中选择。' },
  UNKNOWN_CLOCK: {
    status: 422,
    message: '事项没有编号为 {clock} 的时限;可以改动的有:{known}。',
    next: '请改用其中的编号。',
  },
  BAD_DEFINITION_FILE: {
    status: 422,
    message: '事项定义文件有误({at}):{reason}',
    next: '请改正后重试;范例见 npx banjie definition show 事项。',
  },
  DEFINITION_FAULTY: {
    status: 422,
    message: '事项定义有误:{reason}。',
    next: '请把列出的错误全部改正后重新提交草案。',
  },
  DEFINITION_UNCHANGED: { status: 422, message: '草案与第 {version} 版内容相同。', next: '请写明要改动的内容。' },
  DEFINITION_DATE_PAST: {
    status: 422,
    message: '施行日期 {effectiveFrom} 早于 {earliest}。',
    next: '施行日期不能早于今天,也不能早于最新版本的施行日期;请改正后重新提交。',
  },
  DEFINITION_OUTDATED: {
    status: 409,
    message: '草案依据的是第 {baseVersion} 版,现在最新的是第 {newest} 版。',
    next: '请在最新版本上重新起草。',
  },
  DRAFT_NOT_FOUND: { status: 404, message: '没有找到这份草案。', next: '请刷新版本列表。' },
  DRAFT_JUDGED: { status: 409, message: '草案已由 {judge} 处理({verdict})。', next: '请刷新版本列表。' },
  DRAFT_DIGEST: {
    status: 409,
    message: '您看到的内容与草案不是同一份。',
    next: '请刷新草案,核对全部改动后再批准。',
  },
  SECOND_PERSON_NEEDED: {
    status: 403,
    message: '提出的人不能自己批准或驳回。',
    next: '请由另一名督办岗或系统管理员办理。',
  },
  OWN_CASE_AFFECTED: {
    status: 403,
    message: '您正在办理本事项的办件 {caseNo},不能改动它所依据的规则。',
    next: '请由没有在办本事项办件的人员办理。',
  },
  VERSION_NOT_IN_FORCE: {
    status: 422,
    message: '第 {version} 版自 {effectiveFrom} 起施行,现在不能把在办办件迁移过去。',
    next: '请在施行日之后再提出迁移。',
  },
  MIGRATION_EMPTY: {
    status: 422,
    message: '没有可以迁移的办件。',
    next: '请核对版本和筛选条件;不能迁移的原因见试算结果。',
  },
  MIGRATION_TOO_LARGE: {
    status: 422,
    message: '一次最多迁移 {limit} 件办件。',
    next: '请按环节、收件日期或受理号缩小范围,分批提出。',
  },
  MIGRATION_NOT_FOUND: { status: 404, message: '没有找到这次迁移。', next: '请刷新迁移列表;只能查看本机构的迁移。' },
  MIGRATION_JUDGED: { status: 409, message: '这次迁移的状态是“{state}”,不能再{act}。', next: '请刷新迁移列表。' },
  UNDO_WINDOW_OVER: {
    status: 409,
    message: '撤销期限已于 {ended} 届满。',
    next: '需要恢复原版本的,请另行提出一次迁移。',
  },
  SIDE_WORK_NOT_FOUND: {
    status: 404,
    message: '没有找到这项停办的后台事务。',
    next: '请刷新停办清单;只能处理本机构的事务。',
  },
  SIDE_WORK_NOT_DEAD: {
    status: 409,
    message: '这项事务已由他人重试或撤销。',
    next: '请刷新停办清单,查看现在的状态。',
  },
  NOTICE_NOT_FOUND: { status: 404, message: '没有找到这份通知。', next: '请刷新通知列表;只能查看本机构的通知。' },
  FILING_NOT_FOUND: { status: 404, message: '没有找到这份申请。', next: '请刷新草稿列表;只能查看本机构的申请。' },
  DRAFT_CHANGED: {
    status: 409,
    message: '草稿已被修改(现为第 {version} 版),您的修改没有保存。',
    next: '请刷新后在最新内容上修改。',
  },
  ALREADY_SUBMITTED: {
    status: 409,
    message: '这份申请已经收件,受理号 {caseNo}。',
    next: '请按受理号查看办件;需要更改内容的请按补正或撤回办理。',
  },
  STATEMENT_UNREADABLE: {
    status: 422,
    message: '费用清单文件无法读取:{reason}。',
    next: '请由医院另存为 XLSX 或 CSV(UTF-8 或 GB18030)后重新上传。',
  },
  STATEMENT_HEADER_MISSING: {
    status: 422,
    message: '费用清单中没有找到表头。',
    next: '表头须有日期、项目编码、项目名称、数量、单价、金额各列。',
  },
  STATEMENT_EMPTY: { status: 422, message: '费用清单中没有费用明细。', next: '请核对文件后重新上传。' },
  STATEMENT_TOO_LONG: {
    status: 413,
    message: '费用清单超过 {limit} 行。',
    next: '请由医院按项目汇总后重新提供,或分多次申报。',
  },
  STATEMENT_FAULTS: {
    status: 422,
    message: '费用清单有 {count} 处错误,没有保存。',
    next: '请按列出的行号改正后重新上传。',
  },
  STATEMENT_LINE_REPEATED: { status: 422, message: '费用清单第 {lineNo} 行重复。', next: '请核对行号后重新提交。' },
  FILE_MISSING: { status: 400, message: '没有收到文件。', next: '请选择文件后重新上传。' },
  FILE_TOO_LARGE: {
    status: 413,
    message: '文件超过 {limit} MB。',
    next: '请压缩扫描件或分成多个文件后重新上传。',
  },
  FILE_TYPE_REFUSED: {
    status: 415,
    message: '文件内容不是可以接收的类型:{reason}。',
    next: '请上传 PDF、JPEG 或 PNG 文件。',
  },
  TOO_MANY_ATTACHMENTS: {
    status: 413,
    message: '每件最多 {limit} 个附件。',
    next: '请合并扫描件或删除多余的附件后重新上传。',
  },
  ATTACHMENTS_TOO_LARGE: {
    status: 413,
    message: '每件附件合计不能超过 {limit} MB。',
    next: '请压缩扫描件后重新上传。',
  },
  ATTACHMENT_NOT_FOUND: { status: 404, message: '没有找到这个附件。', next: '请刷新附件列表。' },
  // The edge: shape, sign-in, limits, parts that are down.
  BAD_SHAPE: { status: 400, message: '提交的内容不符合要求:{reason}', next: '请按提示修改后重新提交。' },
  BODY_TOO_LARGE: { status: 413, message: '提交的内容超过允许的大小。', next: '请减少内容后分次提交。' },
  NOT_SIGNED_IN: { status: 401, message: '尚未登录或登录已过期。', next: '请重新登录。' },
  BAD_CREDENTIALS: { status: 401, message: '用户名或密码不正确。', next: '请核对后重试;连续 5 次失败将锁定 15 分钟。' },
  ACCOUNT_LOCKED: {
    status: 429,
    message: '登录失败次数过多,账号已暂时锁定。',
    next: '请 15 分钟后再试,或联系系统管理员。',
  },
  BAD_CSRF: { status: 403, message: '请求缺少有效的防伪标记。', next: '请刷新页面后重试。' },
  PAPER_NOT_OPEN: {
    status: 403,
    message: '您的岗位办理业务不需要这份材料的内容,不能打开。',
    next: '请在办件中查看材料清单;确需核对时请与审核岗联系。',
  },
  FORBIDDEN: { status: 403, message: '您的岗位没有这项权限。', next: '请联系系统管理员。' },
  NOT_FOUND: { status: 404, message: '没有找到所请求的内容。', next: '请核对地址或编号。' },
  TOO_MANY_REQUESTS: { status: 429, message: '请求过于频繁。', next: '请稍后再试。' },
  ENGINE_UNAVAILABLE: {
    status: 503,
    message: '流程服务暂时不可用,您的操作尚未确认。',
    next: '请稍后用同一操作编号重新提交,不会重复办理。',
  },
  STORE_UNAVAILABLE: { status: 503, message: '数据服务暂时不可用。', next: '请稍后重试。' },

  // Money (architecture § 5).
  AMOUNT_NOT_WHOLE_FEN: { status: 400, message: '金额须是以分为单位的整数。', next: '请改正金额后重新提交。' },
  AMOUNT_TOO_LARGE: { status: 422, message: '金额超出系统可以精确计算的范围。', next: '请核对金额后重新提交。' },
  AMOUNT_MALFORMED: {
    status: 400,
    message: '“{value}”不是有效的金额。',
    next: '请按 8640.20 或 8,640.20 的格式填写,最多两位小数。',
  },

  // Files to and from the bank (libs/bank-files). The first ones refuse a whole file, those of a line only that line.
  BANK_FILE_TOO_LARGE: {
    status: 413,
    message: '银行文件超过上限({limit}),没有读取。',
    next: '请核对是否选错了文件;文件确实有这么大的,请银行分成几个文件发送。',
  },
  BANK_FILE_ENCODING: {
    status: 422,
    message: '银行文件的编码不是约定的 {expected}:{reason}。',
    next: '请向银行重新下载原始文件,不要用表格软件另存后再上传。',
  },
  BANK_FILE_BROKEN: {
    status: 422,
    message: '银行文件不完整或已损坏({at}),整份没有入账。',
    next: '请向银行重新下载完整的文件后再上传。',
  },
  BANK_FILE_FORBIDDEN_MARKUP: {
    status: 422,
    message: '银行文件含有报文中不允许的 {markup},没有解析。',
    next: '请不要使用这份文件,核对它的来源,并报告信息安全人员。',
  },
  BANK_FILE_KIND: {
    status: 422,
    message: '这不是所需的{expected}:{reason}。',
    next: '请核对文件的种类、版本和所属的批次后重新选择。',
  },
  BANK_FILE_ELEMENT: {
    status: 422,
    message: '银行文件的“{element}”缺少、重复或内容无效。',
    next: '请向银行核对报文格式后重新下载。',
  },
  BANK_FILE_TOTALS: {
    status: 422,
    message: '银行文件的合计不符({what}):文件写明 {stated},逐笔相加为 {counted}。',
    next: '请不要逐笔更改,向银行核对后重新下载整份文件;本次一笔也没有入账。',
  },
  BANK_FILE_BALANCE: {
    status: 422,
    message: '账户 {statementId} 的对账单余额不平:期初 {opening} 加减发生额应为 {expected},文件写明期末 {closing}。',
    next: '请向银行核对后重新下载整份对账单;本次一笔也没有入账。',
  },
  BANK_STATEMENT_GAP: {
    status: 409,
    message: '对账单 {statementId} 与上一份不衔接:{reason}。',
    next: '请先导入中间缺少的对账单,再导入这一份。',
  },
  BANK_STATEMENT_DIFFERS: {
    status: 409,
    message: '第 {sequenceNo} 号对账单({statementId})第 {page} 页已经入账,这份文件与已入账的不同。',
    next: '本次一笔也没有入账;请向银行核对哪一份有效,需要更正的由银行另行记账。',
  },
  BANK_STATEMENT_CONTRADICTS: {
    status: 409,
    message: '对账单中的流水 {entries} 与已经收到的同号流水不同,或已在另一份对账单中。',
    next: '本次一笔也没有入账;请向银行核对后重新下载整份对账单。',
  },
  BANK_STATEMENT_OWN_CASE: {
    status: 403,
    message: '对账单中的流水 {entries} 会改变拨付单的状态,而{who}在这些拨付单的办件中承担职责,整份没有入账。',
    next: '请由没有参与这些办件的两名人员重新上传并确认同一份对账单。',
  },
  BANK_STATEMENT_FOREIGN: {
    status: 422,
    message: '对账单的账户 {fundAccount} 不是本系统的支出户。',
    next: '请核对是否下载了别的账户的对账单。',
  },
  BANK_BATCH_UNWRITABLE: {
    status: 422,
    message: '付款批次不能写成银行文件:{reason}。',
    next: '请核对批次后重新生成。',
  },
  PAYOUT_UNWRITABLE: {
    status: 422,
    message: '拨付单 {orderNo} 的{field}不能写入银行文件:{reason}。',
    next: '请将该拨付单移出批次,核对并更正收款信息后另行拨付,或改用能承载该信息的银行渠道。',
  },
  BANK_LINE_ORDER_NO: {
    status: 422,
    message: '第 {line} 笔没有本系统的拨付单号,或单号格式不符。',
    next: '请对照银行原始文件登记为待查,查明后处理;其余各笔不受影响。',
  },
  BANK_LINE_AMOUNT: {
    status: 422,
    message: '第 {line} 笔的金额不是有效的人民币金额。',
    next: '请向银行核对这一笔;其余各笔不受影响。',
  },
  BANK_LINE_DUPLICATE: {
    status: 422,
    message: '第 {line} 笔与第 {first} 笔重复,两笔都没有采用。',
    next: '请向银行核对这一单号的实际结果。',
  },
  BANK_LINE_STATUS: {
    status: 422,
    message: '第 {line} 笔的处理状态不在约定之内。',
    next: '请向银行查询这一笔的实际结果,不要重新付款。',
  },
  BANK_LINE_FIELD: {
    status: 422,
    message: '第 {line} 笔的“{field}”缺少或格式不符。',
    next: '请向银行核对这一笔;其余各笔不受影响。',
  },

  // Lines of a result file against the orders they speak of.
  RESULT_OF_OTHER_FILE: {
    status: 422,
    message: '结果文件回应的不是这份付款文件,整份没有入账。',
    next: '请核对结果文件所属的批次;属于另一份付款文件的,请在那一份下导入。',
  },
  RESULT_OF_UNKNOWN_FILE: {
    status: 422,
    message: '结果文件回应的不是本机构的付款文件,整份没有入账。',
    next: '请核对是否选错了文件,或向银行核对所回应的付款文件编号。',
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
  BANK_UPLOAD_NOT_FOUND: {
    status: 404,
    message: '没有找到这份上传的银行文件。',
    next: '请刷新列表;只能查看本机构人员上传的文件。',
  },
  BANK_UPLOAD_NOT_OPEN: {
    status: 409,
    message: '这份银行文件不在等待确认的状态。',
    next: '请刷新后查看:尚在读取的请稍后再试,已被拒收的请重新取得文件后上传。',
  },
  RESULT_ORDER_NOT_IN_FILE: {
    status: 422,
    message: '结果中的单号 {orderNo} 不在所回应的付款文件中,这一笔没有入账。',
    next: '请向银行核对这一笔,并登记为待查;其余各笔不受影响。',
  },
  RESULT_OTHER_AMOUNT: {
    status: 422,
    message: '拨付单 {orderNo} 的结果金额与拨付单不一致,这一笔没有入账。',
    next: '请向银行核对实际支付的金额,不要重新付款;其余各笔不受影响。',
  },
  RESULT_OTHER_PAYEE: {
    status: 422,
    message: '拨付单 {orderNo} 的结果没有写明收款账户,或与审批的账户不一致,这一笔没有入账。',
    next: '请向银行核对实际的收款账户,不要重新付款;其余各笔不受影响。',
  },
  RESULT_CONTRADICTS_FILE: {
    status: 409,
    message: '结果文件称整份付款文件被银行拒收,但其中已有付款另有结果,没有更改。',
    next: '请凭银行流水逐笔查明实际结果,由财务复核与财务审批两人处理。',
  },
  RESULT_CONTRADICTS: {
    status: 409,
    message: '拨付单 {orderNo} 的结果与银行先前的答复相反,没有更改。',
    next: '请凭银行流水查明实际结果,由财务复核与财务审批两人处理。',
  },

  // Numbers and names on papers (libs/domain checks).
  ID_NUMBER_FORM: { status: 422, message: '身份证号码须为 18 位。', next: '请按证件逐位核对后重新填写。' },
  ID_NUMBER_REGION: { status: 422, message: '身份证号码的地区代码不存在。', next: '请按证件逐位核对后重新填写。' },
  ID_NUMBER_BIRTH_DATE: {
    status: 422,
    message: '身份证号码中的出生日期不存在或晚于今天。',
    next: '请按证件逐位核对后重新填写。',
  },
  ID_NUMBER_CHECK_DIGIT: { status: 422, message: '身份证号码的校验位不符。', next: '请按证件逐位核对后重新填写。' },
  CREDIT_CODE_FORM: {
    status: 422,
    message: '统一社会信用代码须为 18 位数字或大写字母(不含 I、O、S、V、Z)。',
    next: '请按证照核对后重新填写。',
  },
  CREDIT_CODE_CHECK_DIGIT: {
    status: 422,
    message: '统一社会信用代码的校验位不符。',
    next: '请按证照核对后重新填写。',
  },
  BANK_ACCOUNT_FORM: {
    status: 422,
    message: '银行账号须为 8 至 30 位数字。',
    next: '请按存折或银行卡核对后重新填写。',
  },
  BANK_CODE_FORM: {
    status: 422,
    message: '开户银行代码须为 4 至 20 位字母或数字。',
    next: '请按银行提供的行号核对后重新填写。',
  },
  INVOICE_KEY_FORM: {
    status: 422,
    message: '医疗机构代码和票据号码不能为空,每项不超过 40 个字符。',
    next: '请按票据票面核对后重新填写。',
  },
  PERSON_NAME_FORM: { status: 422, message: '姓名须为 1 至 50 个字。', next: '请按证件填写姓名。' },
  PERSON_NAME_CHARACTER: {
    status: 422,
    message: '姓名中含有不能使用的字符({codePoint})。',
    next: '请删去表情、控制字符、数字或造字,按证件填写姓名。',
  },
  PHONE_FORM: {
    status: 422,
    message: '电话号码须为 11 位手机号,或带区号的固定电话。',
    next: '请核对后重新填写,例如 0772-7212345。',
  },

  // Benefit amount (02-rules § 4, § 9).
  NO_POLICY_ROW: {
    status: 422,
    message: '没有地区 {regionCode}、险种 {scheme}、医院等级 {hospitalGrade} 在 {dischargeDate} 有效的待遇政策。',
    next: '请由政策管理人员录入政策文件后再办理,不得套用其他地区的标准。',
  },
  NO_CROSS_REGION_POLICY: {
    status: 422,
    message: '没有地区 {regionCode}、险种 {scheme} 在 {dischargeDate} 有效的异地就医报销比例规定。',
    next: '请由政策管理人员录入政策文件后再办理,不得套用其他地区的标准。',
  },
  POLICY_ROWS_OVERLAP: {
    status: 422,
    message: '地区 {regionCode} 在 {dischargeDate} 有 {count} 条同时有效的待遇政策。',
    next: '请由政策管理人员核对政策的生效日期后再办理。',
  },
  POLICY_ROW_INVALID: {
    status: 422,
    message: '待遇政策“{field}”的数值无效。',
    next: '请由政策管理人员对照政策文件改正。',
  },
  COST_LINE_INVALID: {
    status: 422,
    message: '费用明细第 {lineNo} 行有误:{reason}。',
    next: '请对照费用清单改正该行。',
  },
  DEDUCTION_INVALID: {
    status: 422,
    message: '第 {lineNo} 行的核减有误:{reason}。',
    next: '请改正核减金额后重新提交。',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorTable;

/** Fills `{name}` in the table's sentence; a fact that was not given reads as 未注明 rather than as a bare brace. */
export function errorSentence(code: ErrorCode, facts: Record<string, unknown> = {}): string {
  return errorTable[code].message.replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? '未注明'));
}

/**
 * What a rule of the trade refuses. `message` is the Chinese sentence with the facts filled in; facts are shown to
 * the person and must hold no personal data; `field` names the field of the input that is at fault.
 */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  constructor(
    readonly code: ErrorCode,
    readonly facts: Record<string, unknown> = {},
    readonly field?: string,
  ) {
    super(errorSentence(code, facts));
  }

  get status(): number {
    return errorTable[this.code].status;
  }

  get next(): string {
    return errorTable[this.code].next;
  }
}

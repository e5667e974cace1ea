import type { ErrorEntry } from './entry';

/** The road of a case: where it stands, who may act, what an act must say (03-roles SD-01, architecture § 3). */
export const roadErrors = {
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
  NOT_TAKING_PAPERS: {
    status: 409,
    message: '办件现在不收材料:只有告知补正后、须更换收款账户、等待对方经办机构答复,或者提出、结束暂停时可以上传。',
    next: '请刷新页面查看当前环节。',
  },
  DELIVERY_INCOMPLETE: { status: 422, message: '送达登记缺少{missing}。', next: '请补充后提交。' },
} as const satisfies Record<string, ErrorEntry>;

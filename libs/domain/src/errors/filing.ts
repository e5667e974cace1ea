import type { ErrorEntry } from './entry';

/** 收件 (02-rules § 1–2): drafts, slips of the pen that a filing does not take over, statements of costs, attachments. */
export const filingErrors = {
  FILING_HAS_GAPS: {
    status: 422,
    message: '申请材料或信息有 {count} 处欠缺,不能予以受理。',
    next: '请一次性告知申请人全部欠缺后不予受理,或核对材料登记。',
  },
  NO_GAPS_TO_TELL: { status: 422, message: '没有选择不予受理的理由。', next: '请选择理由。' },
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
  PAPER_NOT_OPEN: {
    status: 403,
    message: '您的岗位办理业务不需要这份材料的内容,不能打开。',
    next: '请在办件中查看材料清单;确需核对时请与审核岗联系。',
  },
} as const satisfies Record<string, ErrorEntry>;

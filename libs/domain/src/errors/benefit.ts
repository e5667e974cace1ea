import type { ErrorEntry } from './entry';

/** Money and the benefit amount (architecture § 5, 02-rules § 4, § 9). */
export const benefitErrors = {
  AMOUNT_NOT_WHOLE_FEN: { status: 400, message: '金额须是以分为单位的整数。', next: '请改正金额后重新提交。' },
  AMOUNT_TOO_LARGE: { status: 422, message: '金额超出系统可以精确计算的范围。', next: '请核对金额后重新提交。' },
  AMOUNT_MALFORMED: {
    status: 400,
    message: '“{value}”不是有效的金额。',
    next: '请按 8640.20 或 8,640.20 的格式填写,最多两位小数。',
  },
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

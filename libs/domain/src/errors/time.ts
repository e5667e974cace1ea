import type { ErrorEntry } from './entry';

/** Calendars, time limits, pauses and extensions (04-clocks). */
export const timeErrors = {
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
  UNKNOWN_CLOCK: {
    status: 422,
    message: '事项没有编号为 {clock} 的时限;可以改动的有:{known}。',
    next: '请改用其中的编号。',
  },
} as const satisfies Record<string, ErrorEntry>;

import type { ErrorEntry } from './entry';

/** Tasks of staff, notices, side work and the statistics over them. */
export const taskErrors = {
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
} as const satisfies Record<string, ErrorEntry>;

/**
 * What follows a commit and may come a little later: it is paced, tried again with growing gaps, and after the last try laid before staff
 * (bar 57). None of it moves a case or money.
 */
export const sideTopics = ['notice', 'paymentReceipt', 'export', 'wakeDispatch'] as const;
export type SideTopic = (typeof sideTopics)[number];

export const sideTopicLabels = {
  notice: '通知',
  paymentReceipt: '拨付凭证',
  export: '导出清单',
  wakeDispatch: '唤醒批次发送',
} as const satisfies Record<SideTopic, string>;

/** Why a try failed, as far as staff can do something about it; the log has the rest. */
export const sideFaults = ['subjectMissing', 'fileNotWritten', 'storeAway', 'processDied', 'internal'] as const;
export type SideFault = (typeof sideFaults)[number];

export const sideFaultLabels = {
  subjectMissing: '所依据的办件、拨付单或批次不存在',
  fileNotWritten: '外发文件没有写成(磁盘已满或没有权限)',
  storeAway: '数据库没有应答',
  processDied: '处理进程每次都在中途停止',
  internal: '程序出错,详见 jobs 日志',
} as const satisfies Record<SideFault, string>;

/** Another try would end in the same way. */
export const hopelessFaults: readonly SideFault[] = ['subjectMissing'];

export const retryReasons = ['mended', 'tryOnce'] as const;
export type RetryReason = (typeof retryReasons)[number];
export const retryReasonLabels = {
  mended: '故障已排除',
  tryOnce: '再试一次',
} as const satisfies Record<RetryReason, string>;

export const dismissReasons = ['toldOtherwise', 'notNeeded'] as const;
export type DismissReason = (typeof dismissReasons)[number];
export const dismissReasonLabels = {
  toldOtherwise: '已用其他方式告知或送达',
  notNeeded: '不再需要',
} as const satisfies Record<DismissReason, string>;

/**
 * The gap before the next try, in ms: doubled each time from `firstMs` up to `longestMs`, and shortened by up to a half at random, so that
 * what failed together does not come back together.
 * @param tries how many have failed, from 1
 * @param chance in [0, 1)
 */
export function backOffMs(
  tries: number,
  { firstMs, longestMs }: { firstMs: number; longestMs: number },
  chance: number,
): number {
  const whole = Math.min(longestMs, firstMs * 2 ** Math.min(tries - 1, 40));
  return Math.round(whole * (1 - chance / 2));
}

import type { ErrorEntry } from './entry';

/** The edge: shape, sign-in, limits, parts that are down. */
export const edgeErrors = {
  BAD_USAGE: { status: 400, message: '命令用法有误:{reason}', next: '运行 npx banjie help 查看用法。' },
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
  FORBIDDEN: { status: 403, message: '您的岗位没有这项权限。', next: '请联系系统管理员。' },
  NOT_FOUND: { status: 404, message: '没有找到所请求的内容。', next: '请核对地址或编号。' },
  TOO_MANY_REQUESTS: { status: 429, message: '请求过于频繁。', next: '请稍后再试。' },
  ENGINE_UNAVAILABLE: {
    status: 503,
    message: '流程服务暂时不可用,您的操作尚未确认。',
    next: '请稍后用同一操作编号重新提交,不会重复办理。',
  },
  STORE_UNAVAILABLE: { status: 503, message: '数据服务暂时不可用。', next: '请稍后重试。' },
} as const satisfies Record<string, ErrorEntry>;

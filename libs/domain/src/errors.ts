/** One row of the error table: the HTTP status, the sentence a person reads, and what they can do next. */
export interface ErrorEntry {
  status: 400 | 403 | 404 | 409 | 422;
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
  UNKNOWN_REGION: {
    status: 422,
    message: '没有地区“{region}”的日历:{reason}',
    next: '请使用已有日历的地区代码,或用日历文件补充该地区。',
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

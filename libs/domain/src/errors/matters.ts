import type { ErrorEntry } from './entry';

/** Versions of a matter and the move of running cases (03-roles SD-06, architecture § 2). */
export const matterErrors = {
  UNKNOWN_MATTER: { status: 404, message: '没有名为 {matter} 的现行事项。', next: '请核对事项代码。' },
  UNKNOWN_VERSION: { status: 404, message: '事项没有第 {version} 版定义。', next: '请在版本列表中选择。' },
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
} as const satisfies Record<string, ErrorEntry>;

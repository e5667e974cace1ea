/**
 * Why the bank did not pay or sent the money back, as a code: the bank's own words may name persons and accounts, and they
 * are kept nowhere. `unsendable` is our own word: the bank's wire could not carry the order.
 */
export const bankReasons = [
  'accountMissing',
  'accountClosed',
  'nameDiffers',
  'accountFrozen',
  'accountLimited',
  'unsendable',
  'other',
] as const;
export type BankReason = (typeof bankReasons)[number];

export const bankReasonLabels = {
  accountMissing: '账号不存在',
  accountClosed: '账户已销户',
  nameDiffers: '户名与账号不符',
  accountFrozen: '账户已冻结、止付或挂失',
  accountLimited: '账户类别或限额不允许收款',
  unsendable: '账户信息不符合银行报文要求,未能发出',
  other: '银行未说明原因,请向银行查询',
} as const satisfies Record<BankReason, string>;

const words: readonly [RegExp, BankReason][] = [
  [/销户|已注销/, 'accountClosed'],
  [/冻结|止付|挂失/, 'accountFrozen'],
  [/户名|姓名|名称/, 'nameDiffers'],
  [/限额|受限|[二三ⅡⅢ]类/, 'accountLimited'],
  [/不存在|无此|查无|账号有误|账号错误/, 'accountMissing'],
];

/** The code that fits the bank's words best. */
export function bankReasonOf(text: string | null | undefined): BankReason {
  return words.find(([pattern]) => pattern.test(text ?? ''))?.[1] ?? 'other';
}

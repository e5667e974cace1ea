import { bankReasonOf } from './bank-reasons';

it.each([
  ['账号不存在', 'accountMissing'],
  ['收款账户已销户', 'accountClosed'],
  ['户名“某某”与账号不符', 'nameDiffers'],
  ['账户已冻结', 'accountFrozen'],
  ['II 类户超过日限额', 'accountLimited'],
  ['E-4711', 'other'],
  [undefined, 'other'],
])('the bank’s word %s is kept as the code %s', (text, code) => {
  expect(bankReasonOf(text)).toBe(code);
});

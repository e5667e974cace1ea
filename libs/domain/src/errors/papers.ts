import type { ErrorEntry } from './entry';

/** Numbers and names on papers (libs/domain checks). */
export const paperErrors = {
  ID_NUMBER_FORM: { status: 422, message: '身份证号码须为 18 位。', next: '请按证件逐位核对后重新填写。' },
  ID_NUMBER_REGION: { status: 422, message: '身份证号码的地区代码不存在。', next: '请按证件逐位核对后重新填写。' },
  ID_NUMBER_BIRTH_DATE: {
    status: 422,
    message: '身份证号码中的出生日期不存在或晚于今天。',
    next: '请按证件逐位核对后重新填写。',
  },
  ID_NUMBER_CHECK_DIGIT: { status: 422, message: '身份证号码的校验位不符。', next: '请按证件逐位核对后重新填写。' },
  CREDIT_CODE_FORM: {
    status: 422,
    message: '统一社会信用代码须为 18 位数字或大写字母(不含 I、O、S、V、Z)。',
    next: '请按证照核对后重新填写。',
  },
  CREDIT_CODE_CHECK_DIGIT: {
    status: 422,
    message: '统一社会信用代码的校验位不符。',
    next: '请按证照核对后重新填写。',
  },
  BANK_ACCOUNT_FORM: {
    status: 422,
    message: '银行账号须为 8 至 30 位数字。',
    next: '请按存折或银行卡核对后重新填写。',
  },
  BANK_CODE_FORM: {
    status: 422,
    message: '开户银行代码须为 4 至 20 位字母或数字。',
    next: '请按银行提供的行号核对后重新填写。',
  },
  INVOICE_KEY_FORM: {
    status: 422,
    message: '医疗机构代码和票据号码不能为空,每项不超过 40 个字符。',
    next: '请按票据票面核对后重新填写。',
  },
  PERSON_NAME_FORM: { status: 422, message: '姓名须为 1 至 50 个字。', next: '请按证件填写姓名。' },
  PERSON_NAME_CHARACTER: {
    status: 422,
    message: '姓名中含有不能使用的字符({codePoint})。',
    next: '请删去表情、控制字符、数字或造字,按证件填写姓名。',
  },
  PHONE_FORM: {
    status: 422,
    message: '电话号码须为 11 位手机号,或带区号的固定电话。',
    next: '请核对后重新填写,例如 0772-7212345。',
  },
} as const satisfies Record<string, ErrorEntry>;

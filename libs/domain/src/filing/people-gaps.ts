import { checkBankAccount, checkBankCard, checkBankCode } from '../checks/bank-account';
import type { Checked } from '../checks/checked';
import { checkIdNumber } from '../checks/id-number';
import { checkPersonName } from '../checks/person-name';
import { checkPhone } from '../checks/phone';
import { agrees, isBlank, requireFields, sameName } from './comparing';
import { samePoolingArea } from '../pooling-area';
import type { FiledClaim, Finding } from './claim';
import { entryFault, gap } from './gap-table';

/** The insured person, the proxy and the payee: R-EL-01, R-EL-05, R-MT-1, R-MT-1b, R-MT-3. */
export function findPeopleGaps(claim: FiledClaim, finding: Finding): void {
  findApplicantGaps(claim, finding);
  findProxyGaps(claim, finding);
  findPayeeGaps(claim, finding);
}

function findApplicantGaps(claim: FiledClaim, finding: Finding): void {
  if (!findIdentityGaps(claim, finding) || !findRegisterGaps(claim, finding)) return;
  // The cost is dated by the days of the stay (R-EL-01: service dates); one missing end is judged by the other.
  const { stay } = claim.body;
  const from = stay?.admissionDate ?? stay?.dischargeDate;
  const to = stay?.dischargeDate ?? from;
  const { entitledFrom, entitledTo } = claim.person!;
  if (from && to && (from < entitledFrom || (entitledTo !== null && to > entitledTo))) {
    const facts = { from, to, entitledFrom, entitledTo: entitledTo ?? '至今' };
    finding.gaps.push(gap('NOT_ENTITLED', facts, { field: 'stay.admissionDate' }));
  }
}

/** Who applies, as far as the entries tell; true when the number is there and sound. */
export function findIdentityGaps({ body, today }: Pick<FiledClaim, 'body' | 'today'>, finding: Finding): boolean {
  const applicant = body.applicant ?? {};
  requireFields(applicant, 'applicant', { idNumber: '身份证号码', name: '参保人姓名', phone: '联系电话' }, finding);
  check(applicant.name, checkPersonName, 'applicant.name', finding);
  check(applicant.phone, checkPhone, 'applicant.phone', finding);
  return check(applicant.idNumber, (n) => checkIdNumber(n, today), 'applicant.idNumber', finding);
}

/** What the register of insured persons says of the applicant; false when it does not know him. */
export function findRegisterGaps(
  { body, person, agencyRegionCode }: Pick<FiledClaim, 'body' | 'person' | 'agencyRegionCode'>,
  finding: Finding,
): boolean {
  const applicant = body.applicant ?? {};
  if (!person) {
    finding.gaps.push(gap('PERSON_UNKNOWN', {}, { field: 'applicant.idNumber' }));
    return false;
  }
  if (!isBlank(applicant.name) && !sameName(applicant.name, person.name)) {
    finding.gaps.push(gap('PERSON_NAME_DIFFERS', {}, { field: 'applicant.name', material: 'R-MT-1' }));
  }
  if (agencyRegionCode && !samePoolingArea(agencyRegionCode, person.regionCode)) {
    finding.gaps.push(gap('PERSON_OF_OTHER_AREA', { regionCode: person.regionCode }, { field: 'applicant.idNumber' }));
  }
  if (applicant.scheme && applicant.scheme !== person.scheme) {
    finding.warnings.push(gap('SCHEME_DIFFERS', {}, { field: 'applicant.scheme' }));
  }
  return true;
}

export function findProxyGaps({ body, today }: Pick<FiledClaim, 'body' | 'today'>, finding: Finding): void {
  const { proxy } = body;
  if (!proxy) return;
  requireFields(proxy, 'proxy', { name: '代办人姓名', idNumber: '代办人身份证号码' }, finding);
  check(proxy.name, checkPersonName, 'proxy.name', finding);
  check(proxy.idNumber, (n) => checkIdNumber(n, today), 'proxy.idNumber', finding);
  check(proxy.phone, checkPhone, 'proxy.phone', finding);
}

/** R-MT-3, but for the papers; also asked of another account after a refusal by the bank or a 退票. */
export function findPayeeGaps({ body, today }: Pick<FiledClaim, 'body' | 'today'>, finding: Finding): void {
  const payee = body.payee ?? {};
  const labels = { relation: '收款账户归属', accountName: '户名', accountNumber: '银行账号', bankCode: '开户银行' };
  requireFields(payee, 'payee', labels, finding);
  check(payee.accountName, checkPersonName, 'payee.accountName', finding);
  check(payee.bankCode, checkBankCode, 'payee.bankCode', finding);
  if (check(payee.accountNumber, checkBankAccount, 'payee.accountNumber', finding)) {
    if (checkBankCard(payee.accountNumber ?? '') === 'warn') {
      finding.warnings.push(gap('BANK_CARD_CHECK', {}, { field: 'payee.accountNumber' }));
    }
  }
  if (payee.relation === 'self' && !agrees(payee.accountName, body.applicant?.name)) {
    finding.gaps.push(gap('ACCOUNT_NAME_DIFFERS', {}, { field: 'payee.accountName', material: 'R-MT-3' }));
  }
  if (payee.relation === 'kin') {
    requireFields(payee, 'payee', { kinRelation: '与参保人的亲属关系' }, finding);
    check(payee.kinIdNumber, (n) => checkIdNumber(n, today), 'payee.kinIdNumber', finding);
  }
}

/** True when the value is there and sound; a value that is not there is told by `requireFields`. */
function check(
  value: string | null | undefined,
  checkValue: (text: string) => Checked,
  field: string,
  finding: Finding,
): boolean {
  if (isBlank(value)) return false;
  const checked = checkValue(value!);
  if (!checked.ok) finding.gaps.push(entryFault(checked.code, field, checked.facts ?? {}));
  return checked.ok;
}

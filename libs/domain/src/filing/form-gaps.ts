import { addMonths, addWorkingDays } from '../calendar/counting';
import { formatDay, parseDate } from '../calendar/dates';
import type { WorkCalendar } from '../calendar/work-calendar';
import type { MatterDefinition } from '../case/definition';
import type { FieldDefinition, FormDefinition, FormRule } from '../forms/form';
import { hospitalsOf, isAskedFor, textOf, valueOf } from '../forms/form-values';
import type { Finding, RegisteredHospital, RegisteredPerson } from './claim';
import { samePoolingArea } from '../pooling-area';
import type { FiledPaper, FilingBody, GapList } from './filing';
import { entryFault, gap } from './gap-table';
import { findMaterialGaps, isRequired } from './material-gaps';
import { findIdentityGaps, findProxyGaps, findRegisterGaps } from './people-gaps';

export interface FormHospital extends RegisteredHospital {
  /** 具备转诊转院资格 (D3 第七十三条(一)). */
  isAppointed: boolean;
}

/** All that the check of a form looks at; nothing is fetched by it. */
export interface FiledForm {
  body: FilingBody;
  papers: readonly FiledPaper[];
  person: RegisteredPerson | null;
  /** Those of the register among the hospitals the form names. */
  hospitals: readonly FormHospital[];
  agencyRegionCode: string;
  /** The calendar day on which the person filed: of a draft today. 'YYYY-MM-DD', Asia/Shanghai. */
  filedOn: string;
  today: string;
  calendar: WorkCalendar;
}

type FormMatter = Pick<MatterDefinition, 'materials' | 'procedure'> & { form: FormDefinition };

/**
 * The completeness check of a matter with a form of its own, out of its definition: person, fields, the rules that tie them
 * and the papers, all at once as `findGaps` does for a claim.
 */
export function findFormGaps(definition: FormMatter, filed: FiledForm): GapList {
  const finding: Finding = { gaps: [], warnings: [] };
  const { form, procedure } = definition;
  const isSound = findIdentityGaps(filed, finding);
  if (isSound && form.applicant !== 'anyone') findEntitlementGaps(form, filed, finding);
  findProxyGaps(filed, finding);
  for (const field of form.fields) {
    if (isAskedFor(field, filed.body)) findFieldGaps(procedure, form, field, filed, finding);
  }
  for (const rule of form.rules) {
    if (isRequired(rule.when, filed)) findRuleGaps(procedure, form, rule, filed, finding);
  }
  findMaterialGaps(definition.materials, { ...filed, lines: [], hospital: null }, finding);
  return finding;
}

function findEntitlementGaps(form: FormDefinition, filed: FiledForm, finding: Finding): void {
  if (!findRegisterGaps(filed, finding) || form.applicant !== 'entitled') return;
  const { entitledFrom, entitledTo } = filed.person!;
  if (filed.filedOn < entitledFrom || (entitledTo !== null && filed.filedOn > entitledTo)) {
    const facts = { entitledFrom, entitledTo: entitledTo ?? '至今' };
    finding.gaps.push(gap('NOT_ENTITLED_TODAY', facts, { field: 'applicant.idNumber', clause: form.source }));
  }
}

function findFieldGaps(
  rule: string,
  form: FormDefinition,
  field: FieldDefinition,
  filed: FiledForm,
  finding: Finding,
): void {
  const where = { rule, clause: field.clause, field: `form.${field.field}` };
  const value = valueOf(form, filed.body, field.field);
  const given = (typeof value === 'string' ? [value] : (value ?? [])).filter((part) => part.trim() !== '');
  if (given.length === 0) {
    finding.gaps.push(gap('FIELD_MISSING', { label: field.label }, where));
    return;
  }
  const [text] = given as [string, ...string[]];
  if (field.kind === 'choice') {
    const option = field.options?.find(({ code }) => code === text);
    if (!option) finding.gaps.push(gap('FIELD_MISSING', { label: field.label }, where));
    else if (option.filedAs) {
      finding.gaps.push(
        gap(
          'FILED_AS_OTHER_MATTER',
          { label: option.label, matter: option.filedAs },
          { ...where, clause: option.source },
        ),
      );
    }
  }
  if (field.kind === 'date' && !field.mayLieAhead && text > filed.today) {
    const facts = { label: field.label, value: text };
    finding.gaps.push(entryFault('DATE_IN_FUTURE', where.field, facts, rule, field.clause));
  }
  if (field.atMost !== undefined && given.length > field.atMost) {
    finding.gaps.push(gap('TOO_MANY_NAMED', { label: field.label, atMost: field.atMost }, where));
  }
  if (field.kind === 'region') findPlaceGaps(field, text, filed, where, finding);
  if (field.kind === 'hospital' || field.kind === 'hospitals') {
    for (const code of hospitalsOf(form, filed.body, field.field)) findHospitalGaps(field, code, filed, where, finding);
  }
}

type Where = { rule: string; clause: string; field: string };

function findPlaceGaps(field: FieldDefinition, code: string, filed: FiledForm, where: Where, finding: Finding): void {
  const facts = { label: field.label };
  if (field.where === 'outsideArea' && samePoolingArea(code, filed.agencyRegionCode)) {
    finding.gaps.push(gap('PLACE_IN_OWN_AREA', facts, where));
  }
  if (field.where === 'otherProvince' && code.slice(0, 2) === filed.agencyRegionCode.slice(0, 2)) {
    finding.gaps.push(gap('PLACE_IN_OWN_PROVINCE', facts, where));
  }
}

/** Hospitals elsewhere are on other areas' registers; only what ours knows of them is held against a filing. */
function findHospitalGaps(
  field: FieldDefinition,
  code: string,
  filed: FiledForm,
  where: Where,
  finding: Finding,
): void {
  const hospital = filed.hospitals.find((one) => one.code === code);
  if (field.where === 'appointed') {
    const { filedOn } = filed;
    if (!hospital) finding.gaps.push(gap('HOSPITAL_UNKNOWN', { hospitalCode: code }, where));
    else if (
      !hospital.isAppointed ||
      hospital.agreementFrom === null ||
      filedOn < hospital.agreementFrom ||
      (hospital.agreementTo !== null && filedOn > hospital.agreementTo)
    ) {
      finding.gaps.push(gap('HOSPITAL_NOT_APPOINTED', { hospital: hospital.name }, where));
    }
  }
  if (field.where === 'outsideArea' && hospital && samePoolingArea(hospital.regionCode, filed.agencyRegionCode)) {
    finding.gaps.push(gap('PLACE_IN_OWN_AREA', { label: hospital.name }, where));
  }
}

function findRuleGaps(
  procedure: string,
  form: FormDefinition,
  rule: FormRule,
  filed: FiledForm,
  finding: Finding,
): void {
  const from = textOf(form, filed.body, rule.from);
  if (!from) return;
  const where = { rule: rule.id, clause: rule.clause, field: `form.${rule.from}` };
  const label = labelOf(form, rule.from);
  if (rule.rule === 'filedWithin') {
    const { dueDate } = addWorkingDays(filed.calendar, from, rule.workingDays);
    if (filed.filedOn <= dueDate) return;
    const facts = { label, from, days: rule.workingDays, dueDate, then: rule.then };
    (rule.late === 'gap' ? finding.gaps : finding.warnings).push(gap('FILED_TOO_LATE', facts, where));
    return;
  }
  const to = textOf(form, filed.body, rule.to);
  if (!to) return;
  const facts = { from: label, to: labelOf(form, rule.to), months: rule.atLeast ?? rule.atMost, then: rule.then };
  const after = (months: number) => formatDay(addMonths(parseDate(from), months));
  if (to < from) finding.gaps.push(gap('DATES_REVERSED', facts, { ...where, rule: procedure }));
  else if (rule.atLeast !== undefined && to < after(rule.atLeast))
    finding.gaps.push(gap('TOO_FEW_MONTHS', facts, where));
  else if (rule.atMost !== undefined && to > after(rule.atMost))
    finding.gaps.push(gap('TOO_MANY_MONTHS', facts, where));
}

const labelOf = (form: FormDefinition, name: string) => form.fields.find(({ field }) => field === name)?.label ?? name;

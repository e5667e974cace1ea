import { parseDate } from '../calendar/dates';
import type { MatterDefinition } from '../case/definition';
import { DomainError } from '../errors';
import type { FieldDefinition, FormValue } from '../forms/form';
import type { FilingBody } from './filing';

const claimParts = {
  stay: '住院情况',
  injury: '意外伤害情况',
  payee: '收款账户',
  invoices: '票据',
  statement: '费用清单',
};
const longest = { text: 500, code: 40 } as const;

/**
 * A draft may lack anything, but holds nothing that its matter does not ask for: the parts of a claim or the fields of the
 * form, each in its own kind. @throws DomainError BAD_SHAPE naming the field
 */
export function demandOwnParts(definition: Pick<MatterDefinition, 'form' | 'label'>, body: FilingBody): void {
  const { form, label } = definition;
  if (!form) {
    if (body.form) throw bad(`“${label}”没有表格栏目`, 'form');
    return;
  }
  for (const [part, name] of Object.entries(claimParts)) {
    if (body[part as keyof typeof claimParts]) throw bad(`“${label}”不填写${name}(${part})`, part);
  }
  for (const [name, value] of Object.entries(body.form ?? {})) {
    const field = form.fields.find((one) => one.field === name);
    if (!field) throw bad(`“${label}”没有栏目 ${name}`, `form.${name}`);
    const problem = value === null ? null : kindProblem(field, value);
    if (problem) throw bad(`${field.label}(form.${name})${problem}`, `form.${name}`);
  }
}

/** A claim has a 费用清单, a form none. @throws DomainError BAD_SHAPE */
export function demandStatement({ form, label }: Pick<MatterDefinition, 'form' | 'label'>): void {
  if (form) throw bad(`“${label}”没有费用清单`, 'statement');
}

function kindProblem(field: FieldDefinition, value: Exclude<FormValue, null>): string | null {
  if ((field.kind === 'hospitals') !== Array.isArray(value))
    return field.kind === 'hospitals' ? '须为列表' : '须为文字';
  if (typeof value !== 'string') {
    return value.some((code) => code.length > longest.code) ? `每项不能超过 ${longest.code} 个字` : null;
  }
  if (value === '') return null;
  switch (field.kind) {
    case 'date':
      return isDate(value) ? null : '须为存在的日期,形如 2026-01-05';
    case 'region':
      return /^[1-9]\d{5}$/.test(value) ? null : '须为 6 位行政区划代码';
    case 'choice': {
      const options = field.options ?? [];
      const listed = options.map(({ code, label }) => `${code}(${label})`).join('、');
      return options.some(({ code }) => code === value) ? null : `须为下列之一:${listed}`;
    }
    default: {
      const most = field.kind === 'text' ? longest.text : longest.code;
      return value.length > most ? `不能超过 ${most} 个字` : null;
    }
  }
}

function isDate(text: string): boolean {
  try {
    parseDate(text);
    return true;
  } catch {
    return false;
  }
}

const bad = (reason: string, field: string) => new DomainError('BAD_SHAPE', { reason }, field);

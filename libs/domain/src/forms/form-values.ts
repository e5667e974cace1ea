import { addMonths } from '../calendar/counting';
import { formatDay, parseDate } from '../calendar/dates';
import type { FilingBody } from '../filing/filing';
import { isRequired } from '../filing/material-gaps';
import type { FieldDefinition, FormDefinition, FormValue, Validity } from './form';

/** What a field says, as far as it is asked for: what was filled in before another choice made it needless does not count. */
export function valueOf(form: FormDefinition, body: FilingBody, name: string): FormValue {
  const field = form.fields.find((one) => one.field === name);
  return field && isAskedFor(field, body) ? (body.form?.[name] ?? null) : null;
}

export const isAskedFor = (field: FieldDefinition, body: FilingBody): boolean =>
  isRequired(field.requiredWhen, { body });

/** As `valueOf`, of a field that holds one text. */
export function textOf(form: FormDefinition, body: FilingBody, name: string): string | null {
  const value = valueOf(form, body, name);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

/** As `valueOf`, of a field that names hospitals, one or several. */
export function hospitalsOf(form: FormDefinition, body: FilingBody, name: string): string[] {
  const value = valueOf(form, body, name);
  const codes = typeof value === 'string' ? [value] : (value ?? []);
  return [...new Set(codes.map((code) => code.trim()))].filter((code) => code !== '');
}

/** 北京、天津、上海、重庆: the whole of it is one city (D5 第9项 "地市或直辖市"). */
const municipalities: readonly string[] = ['11', '12', '31', '50'];

/** The city a GB/T 2260 code lies in, as filings name it; of a municipality the whole. */
export function cityOf(regionCode: string): string {
  const province = regionCode.slice(0, 2);
  return municipalities.includes(province) ? `${province}0000` : `${regionCode.slice(0, 4)}00`;
}

/** The last day on which what was filed on a day holds (T-07, T-08; not moved by holidays, T-09); null: until it is changed. */
export function lastDayOf(validity: Validity, filedOn: string): string | null {
  const first = parseDate(filedOn);
  if ('months' in validity) return formatDay(addMonths(first, validity.months));
  if ('calendarDays' in validity) return formatDay(first + validity.calendarDays);
  return null;
}

export interface FormEntry {
  label: string;
  text: string;
  /** Left out where the reader may not know whom it is about. */
  isPersonal: boolean;
}

/** The form as it is printed: every field that is asked for, in words; `nameOf` turns hospital codes into names. */
export function formEntries(form: FormDefinition, body: FilingBody, nameOf: (code: string) => string): FormEntry[] {
  return form.fields.flatMap((field) => {
    const value = valueOf(form, body, field.field);
    const parts = typeof value === 'string' ? [value.trim()] : (value ?? []);
    const text = parts.map((part) => wordOf(field, part, nameOf)).join('、');
    return text === '' ? [] : [{ label: field.label, text, isPersonal: field.keptFrom !== undefined }];
  });
}

function wordOf(field: FieldDefinition, value: string, nameOf: (code: string) => string): string {
  if (field.kind === 'choice') return field.options?.find(({ code }) => code === value)?.label ?? value;
  return field.kind === 'hospital' || field.kind === 'hospitals' ? nameOf(value) : value;
}

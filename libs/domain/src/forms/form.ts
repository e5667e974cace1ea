import type { MaterialCondition } from './material-condition';
import type { CrossRegionFilingKind } from '../cross-region/filing-kinds';

/*
 * The form (附表) of a matter as data, so that a new matter needs no code (bar 13): its fields, the few rules that tie them,
 * and what an approval enters of them. Claims for costs have a form of their own (`FilingBody`) and do not come here.
 */

/** `region` is a GB/T 2260 code, `hospital` a code of the register, `hospitals` a list of them, `date` 'YYYY-MM-DD'. */
export const fieldKinds = ['text', 'date', 'choice', 'region', 'hospital', 'hospitals'] as const;
export type FieldKind = (typeof fieldKinds)[number];

export interface FieldOption {
  code: string;
  label: string;
  source: string;
  /** Not filed here but as this matter, by its Chinese name. */
  filedAs?: string;
}

export interface FieldDefinition {
  field: string;
  label: string;
  kind: FieldKind;
  requiredWhen: MaterialCondition;
  /** Of a choice. */
  options?: FieldOption[];
  /** Of `hospitals`: how many may be named. */
  atMost?: number;
  /** Of a date: may lie ahead; else it has to be past or today. */
  mayLieAhead?: true;
  /** Of a place: outside our pooling area, in another province, or in our area and appointed to certify referrals. */
  where?: 'outsideArea' | 'otherProvince' | 'appointed';
  /** Shown in full only to the posts that need this kind of value (architecture § 7). */
  keptFrom?: 'contact' | 'illness';
  clause: string;
}

/** `id` is the limit's number in 04-clocks; `then` says what to do when it is missed. */
export type FormRule =
  | {
      rule: 'filedWithin';
      id: string;
      from: string;
      workingDays: number;
      when: MaterialCondition;
      /** A gap stands in the way of 受理, a warning tells what it will cost. */
      late: 'gap' | 'warning';
      then: string;
      clause: string;
    }
  | {
      rule: 'months';
      id: string;
      from: string;
      to: string;
      atLeast?: number;
      atMost?: number;
      when: MaterialCondition;
      then: string;
      clause: string;
    };

export interface FormDefinition {
  /** As printed, e.g. 附件7. */
  number: string;
  label: string;
  source: string;
  /** Who may apply: insured and entitled in our area, on our register, or anyone (whose insurance is elsewhere). */
  applicant: 'entitled' | 'registered' | 'anyone';
  fields: FieldDefinition[];
  rules: FormRule[];
}

/** How long the result holds, from the day of filing; the last day is included (T-08) and not moved by holidays (T-09). */
export type Validity =
  | { months: number; source: string }
  | { calendarDays: number; source: string }
  | { untilChanged: true; source: string };

/** What an approval enters, told as fields of the form. */
export type ResultDefinition =
  | {
      result: 'crossRegionFiling';
      /** One kind for the matter, or by the option of a choice. */
      kind: CrossRegionFilingKind | { field: string; as: Record<string, CrossRegionFilingKind> };
      region: string;
      hospitals: string;
      /** K-20: the field that says when the certificate was issued. */
      certificateIssuedOn?: string;
      /** The field that says from which day on the filing holds, where that lies before the day of filing; else from that day. */
      validFrom?: string;
      validity: Validity;
    }
  | { result: 'transfer'; direction: 'in' | 'out'; counterpart: string };

/** What a field of a form may hold in a draft. */
export type FormValue = string | string[] | null;
export type FormValues = Record<string, FormValue>;

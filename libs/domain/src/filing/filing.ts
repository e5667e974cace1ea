import type { OutsideReason } from '../benefit/cross-region-ratio';
import type { HospitalGrade, InsuranceScheme } from '../benefit/policy';
import type { FormValues } from '../forms/form';
import type { KinRelation, Paper } from './papers';

/** A draft may be incomplete: a field is missing, null or filled. What is missing is told by `findGaps`. */
type Draft<Shape> = { [Field in keyof Shape]?: Shape[Field] | null };

export type Applicant = Draft<{ idNumber: string; name: string; phone: string; scheme: InsuranceScheme }>;

/** 代办人; `relation` is free text as told at the window. */
export type Proxy = Draft<{ name: string; idNumber: string; phone: string; relation: string }>;

export type Stay = Draft<{
  hospitalCode: string;
  /** 'YYYY-MM-DD', as all dates here. */
  admissionDate: string;
  dischargeDate: string;
  diagnosis: string;
  /** 突发疾病: excuses a hospital without agreement (R-EL-02). */
  sudden: boolean;
  accident: boolean;
  emergencyObservation: boolean;
  /** Only of care outside the pooling area (P-02). Why there; decides which rule names a missing filing. */
  outsideReason: OutsideReason;
  /** 急诊抢救 (D5 第7项), borne out by the emergency record; 急诊住院 alone is not it (C-08). */
  rescue: boolean;
  /** A hospital elsewhere that the registry does not know, as its sealed papers show it. */
  describedHospital: DescribedHospital | null;
}>;

export type DescribedHospital = Draft<{
  name: string;
  /** GB/T 2260 code of its city or county. */
  regionCode: string;
  grade: HospitalGrade;
  /** 定点医疗机构 there, by its papers; otherwise only a sudden illness is paid (R-EL-02). */
  designated: boolean;
}>;

/** What the 意外伤害就医个人承诺书 states: the five items of R-MT-7 and the signature. */
export type Injury = Draft<{
  happenedAt: string;
  place: string;
  course: string;
  visitedAt: string;
  hospital: string;
  signed: boolean;
}>;

export type Payee = Draft<{
  relation: 'self' | 'kin';
  accountName: string;
  accountNumber: string;
  bankCode: string;
  kinIdNumber: string;
  kinRelation: KinRelation;
}>;

export type Invoice = Draft<{
  /** 票据代码; empty for all-digital invoices. */
  code: string;
  number: string;
  hospitalCode: string;
  patientName: string;
  amountFen: number;
  issuedOn: string;
  /** The original is lost: a stub copy and a commitment stand for it (R-MT-2). */
  lost: boolean;
  /** 已经在异地结算了的发票 (R-EL-03). */
  settledElsewhere: boolean;
}>;

export type Statement = Draft<{ number: string; patientName: string; totalFen: number }>;

/**
 * What a person files: the content of a draft and, unchanged, of the case. A claim for costs has stay, payee, invoices and
 * statement; a matter with a form of its own has the values of that form (`partsFault`).
 */
export interface FilingBody {
  applicant?: Applicant | null;
  proxy?: Proxy | null;
  stay?: Stay | null;
  injury?: Injury | null;
  payee?: Payee | null;
  invoices?: Invoice[] | null;
  statement?: Statement | null;
  form?: FormValues | null;
}

/** One line of the 费用结算清单 as handed in; its catalogue class is looked up, never handed in. */
export interface StatementLine {
  lineNo: number;
  serviceDate: string;
  itemCode: string;
  itemName: string;
  category: string;
  /** Decimal with at most 3 places, e.g. '2' or '0.5'. */
  quantity: string;
  unitPriceFen: number;
  amountFen: number;
}

/** What the clerk saw on a paper. A fact left out was not looked at; `sealed`, `signed` and `describesTreatment` count only when true. */
export interface PaperFacts {
  /** 字迹清楚. */
  legible: boolean;
  /** Name of the person printed on the paper. */
  ownName?: string | null;
  /** Code or name of the institution that issued it. */
  issuedBy?: string | null;
  /** 医疗机构财务章. */
  sealed?: boolean | null;
  signed?: boolean | null;
  /** 有诊疗经过描述. */
  describesTreatment?: boolean | null;
  /** The invoice or statement it is, when several were handed in. */
  documentNumber?: string | null;
}

/** A paper of the filing, as far as the rules ask about it. */
export interface FiledPaper {
  paper: Paper;
  facts: PaperFacts;
}

/** One thing that stands in the way of 受理, or (as a warning) that a person should look at. */
export interface Gap {
  code: string;
  /** R-… of 02-rules. */
  rule: string;
  /** R-MT-n, when a material is at fault. */
  material?: string;
  /** Path in the body, e.g. `invoices[0].amountFen`. */
  field?: string;
  /** Chinese; says what to do. */
  message: string;
  clause: string;
  facts?: Record<string, unknown>;
  /** A slip of the pen that 收件 does not take over (wrong check digit, day in the future): mend the draft first. */
  blocksSubmit?: true;
}

export interface GapList {
  gaps: Gap[];
  warnings: Gap[];
}

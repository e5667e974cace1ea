import type { CrossRegionPolicy } from '../benefit/cross-region-policy';
import type { HospitalGrade } from '../benefit/policy';
import type { WorkCalendar } from '../calendar/work-calendar';
import type { CrossRegionFiling } from '../cross-region/filing-kinds';
import type { FiledPaper, FilingBody, Gap, StatementLine } from './filing';

/** What the register of insured persons says of the applicant's number. */
export interface RegisteredPerson {
  name: string;
  regionCode: string;
  scheme: 'employee' | 'resident';
  /** First and last day of entitlement, both included; null = open. */
  entitledFrom: string;
  entitledTo: string | null;
}

/** What the register of medical institutions says of the hospital of the stay. */
export interface RegisteredHospital {
  code: string;
  name: string;
  regionCode: string;
  grade?: HospitalGrade;
  /** Days the agreement holds, both included; null = never, or open at the end. */
  agreementFrom: string | null;
  agreementTo: string | null;
}

/** What the rules ask of the hospital of a stay, whether the registry or the papers say it. */
export type HospitalOfStay = Pick<RegisteredHospital, 'code' | 'name' | 'regionCode'>;

/** What the registries hold for a stay outside the pooling area: the person's filings, the area's rules, its working days. */
export interface CareElsewhere {
  filings: readonly CrossRegionFiling[];
  policies: readonly CrossRegionPolicy[];
  calendar: WorkCalendar;
}

/** A line with the class it got from the catalogue; without one the catalogue is not asked about. */
export type ClassedLine = StatementLine & { inCatalogue?: boolean };

/** All that the completeness check looks at; nothing is fetched by it. */
export interface FiledClaim {
  body: FilingBody;
  lines: readonly ClassedLine[];
  papers: readonly FiledPaper[];
  person: RegisteredPerson | null;
  hospital: RegisteredHospital | null;
  /** Asked only of a matter for care outside the pooling area. */
  elsewhere?: CareElsewhere | null;
  /** Region of the agency that receives; the person must be insured in its pooling area. */
  agencyRegionCode?: string;
  /** Case number of another live case of this person, hospital and admission date. */
  sameStayCaseNo?: string | null;
  /** 'YYYY-MM-DD' in Asia/Shanghai. */
  today: string;
}

/** Collects what the parts find. */
export interface Finding {
  gaps: Gap[];
  warnings: Gap[];
}

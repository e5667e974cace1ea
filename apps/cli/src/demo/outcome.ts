/** What was different from the package's expectation; the road of this package ends here. */
export class NotAsExpected extends Error {}

/** One row of a clock as it was compared. */
export interface ComparedDueDate {
  case: string;
  clock: string;
  dueDate: string;
  counted: string;
}

/** How one package ended. */
export interface PackageOutcome {
  name: string;
  title: string;
  asExpected: boolean;
  expected: string;
  got: string;
  caseNos: string[];
  dueDates: ComparedDueDate[];
  paidFen: number;
  /** Codes of the refusals that were expected and met, in order. */
  refusals: string[];
  differences: string[];
  seconds: number;
}

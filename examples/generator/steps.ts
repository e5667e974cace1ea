import type { ExampleActStep, ExampleClaim, ExampleStep, ExpectedCase } from '@banjie/contracts';
import type { MadeClaim } from './claim';
import type { MadePaper } from './papers';

type Stage = ExampleActStep['at'];
type Actor = ExampleActStep['by'];
type Body = ExampleActStep['body'];
type Extra = Partial<Pick<ExampleActStep, 'refusedWith' | 'again' | 'heldFirst'>>;

export const post = (name: Actor['post'], more: Partial<Actor> = {}): Actor => ({ post: name, ...more });

/** Hands a claim in; `gaps` are the codes the completeness check must name, all at once. */
export function file(of: string, filing: string, gaps: readonly string[] = [], refusedWith?: string[]): ExampleStep {
  return { do: 'file', case: of, filing, by: post('window'), gaps: [...gaps], ...(refusedWith ? { refusedWith } : {}) };
}

export function act(of: string, at: Stage, by: Actor, body: Body, extra: Extra = {}): ExampleActStep {
  return { do: 'act', case: of, at, by, body, ...extra };
}

export const accept = (of: string, extra: Extra = {}) =>
  act(of, 'acceptance', post('initialReviewer'), { act: 'accept' }, extra);

export const refuseAcceptance = (of: string, ...codes: string[]) =>
  act(of, 'acceptance', post('initialReviewer'), { act: 'refuseAcceptance', reasons: codes.map((code) => ({ code })) });

/** A reason that the check did not find, without a word of what was seen: the notice would say something untrue. */
export const refuseForNothingFound = (of: string) =>
  act(
    of,
    'acceptance',
    post('initialReviewer'),
    { act: 'refuseAcceptance', reasons: [{ code: 'RS-07' }] },
    { refusedWith: ['REASONS_DO_NOT_FIT'] },
  );

type Proposal = { deductions?: { lineNo: number; amountFen: number; reasonCode: string; text?: string }[] };

export const firstReview = (of: string, proposal: Proposal = {}, extra: Extra = {}) =>
  act(of, 'initialReview', post('initialReviewer'), { act: 'propose', outcome: 'pass', ...proposal }, extra);

export const secondReview = (of: string, proposal: Proposal = {}, extra: Extra = {}) =>
  act(of, 'secondReview', post('secondReviewer'), { act: 'propose', outcome: 'pass', ...proposal }, extra);

export const approve = (of: string, extra: Extra = {}) =>
  act(of, 'approval', post('approver'), { act: 'approve', payableFen: 'shown' }, extra);

export const reject = (of: string, code: string) =>
  act(of, 'approval', post('approver'), { act: 'reject', reasons: [{ code }] });

export const sendBack = (of: string, at: Stage, by: Actor['post'], toStage: Stage, code: string) =>
  act(of, at, post(by), { act: 'sendBack', toStage, reasons: [{ code }] });

/** 拨付制定, 财务复核, 财务审批; `payee` is the new account after a refusal or a 退票. */
export const payOut = (of: string, payee?: Record<string, unknown>): ExampleStep[] => [
  act(of, 'preparePayout', post('settlementClerk'), { act: 'preparePayout', ...(payee ? { payee } : {}) }),
  act(of, 'financeReview', post('financeReviewer'), { act: 'confirmPayout' }),
  act(of, 'financeApproval', post('financeApprover'), { act: 'releasePayout' }),
];

/** `today` is the day of the run. */
export const deliver = (of: string, receiver: string): ExampleStep =>
  act(of, 'deliver', post('window'), { act: 'deliver', way: 'window', deliveredOn: 'today', receiver });

export const deliverByCourier = (of: string): ExampleStep =>
  act(of, 'deliver', post('window'), {
    act: 'deliver',
    way: 'courier',
    deliveredOn: 'today',
    trackingNumber: 'EX202600000001',
  });

export const until = (of: string, stage: Stage, orderState?: 'returned' | 'failed' | 'paid'): ExampleStep => ({
  do: 'await',
  case: of,
  stage,
  ...(orderState ? { orderState } : {}),
});

export const closed = (of: string) => until(of, 'closed');

/** 初审 to the end of the road, with nothing remarkable on the way. */
export const reviewToPaid = (of: string, receiver: string): ExampleStep[] => [
  firstReview(of),
  secondReview(of),
  ...decideToPaid(of, receiver),
];

export const decideToPaid = (of: string, receiver: string): ExampleStep[] => [
  approve(of),
  ...payOut(of),
  deliver(of, receiver),
  closed(of),
];

const wholeRoad: ExpectedCase['clocks'] = ['K-01', 'K-02', 'K-03', 'K-04'];

export const paid = (payableFen: number, orders: ExpectedCase['orders'] = ['paid']): ExpectedCase => ({
  outcome: 'approved',
  stage: 'closed',
  payableFen,
  paidFen: payableFen,
  orders,
  // A 退票 has a clock of its own.
  clocks: orders.includes('returned') ? [...wholeRoad, 'K-86'] : wholeRoad,
});

export const notAccepted: ExpectedCase = {
  outcome: 'refusedAcceptance',
  stage: 'closed',
  payableFen: null,
  paidFen: 0,
  orders: [],
  clocks: ['K-01', 'K-04'],
};

export const rejected: ExpectedCase = {
  outcome: 'rejected',
  stage: 'closed',
  payableFen: 0,
  paidFen: 0,
  orders: [],
  clocks: wholeRoad,
};

export const withdrawn: ExpectedCase = {
  outcome: 'withdrawn',
  stage: 'closed',
  payableFen: null,
  paidFen: 0,
  orders: [],
  clocks: ['K-01', 'K-02', 'K-04'],
};

/** A package as it is written to its folder. */
export interface MadePackage {
  files: Map<string, Buffer>;
  definition: ExampleClaim;
}

export interface Story {
  name: string;
  title: string;
  rules: string[];
  claims: Record<string, MadeClaim>;
  steps: ExampleStep[];
  expect: ExampleClaim['expect'];
  /** Accounts named in the steps besides those of the applications. */
  moreAccounts?: string[];
  /** Papers that are handed in later. */
  morePapers?: MadePaper[];
}

export function pack({
  name,
  title,
  rules,
  claims,
  steps,
  expect,
  moreAccounts = [],
  morePapers = [],
}: Story): MadePackage {
  const made = Object.values(claims);
  const unique = (items: string[]) => [...new Set(items)];
  const persons = new Map(made.map((claim) => [claim.person.idNumber, claim.person]));
  return {
    files: new Map([
      ...made.flatMap((claim) => [...claim.files]),
      ...morePapers.map((paper): [string, Buffer] => [paper.entry.file, paper.bytes]),
    ]),
    definition: {
      kind: 'claim',
      name,
      title,
      rules,
      persons: [...persons.values()],
      vary: {
        documentNumbers: unique(made.flatMap((claim) => claim.documentNumbers)),
        accountNumbers: unique([...made.map((claim) => claim.accountNumber), ...moreAccounts]),
      },
      filings: Object.fromEntries(Object.entries(claims).map(([label, claim]) => [label, claim.filing])),
      steps,
      expect,
    },
  };
}

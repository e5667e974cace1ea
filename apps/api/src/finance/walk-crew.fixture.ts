import type { ErrorAnswer } from '@banjie/contracts';
import type { Post } from '@banjie/domain';
import { createStaffAccount, hashPassword, rows } from '@banjie/persistence';
import type { TestAnswer, TestCaseOptions, TestClient } from '@banjie/testing';
import fc from 'fast-check';
import type { OfRoad, PayingApi } from './paying-api.fixture';

/*
 * People who make calls in any order, and what every model of such a walk has in common: a call is judged by the model, made, and the
 * answer compared. A model knows who did which step of what, and reads nothing that the product wrote.
 */
export const agencyId = '450206';
const everyPost: Post[] = [
  ...(['window', 'initialReviewer', 'secondReviewer', 'approver'] as const),
  ...(['settlementClerk', 'financeReviewer', 'financeApprover', 'supervisor', 'deputyHead'] as const),
];
/** Those who hold every post there is come first. */
export const holdersOfAll = 11;
const postsOfCrew: Post[][] = [
  ...Array<Post[]>(holdersOfAll).fill(everyPost),
  ...[['secondReviewer'], ['settlementClerk'], ['financeReviewer'], ['approver'], ['financeApprover']],
  ...[['deputyHead'], ['supervisor'], ['systemAdmin', 'auditReader']],
] as Post[][];
/** Who holds one post and no other. */
export const holdersOfAlone = {
  ...{ secondReviewer: holdersOfAll, settlementClerk: holdersOfAll + 1, financeReviewer: holdersOfAll + 2 },
  ...{ approver: holdersOfAll + 3, financeApprover: holdersOfAll + 4, deputyHead: holdersOfAll + 5 },
} as const;
export const crewSize = postsOfCrew.length + 1;

export interface Member {
  id: string;
  client: TestClient;
  posts: readonly Post[];
  agencyId: string;
}

export interface Ground {
  paying: PayingApi;
  crew: readonly Member[];
}

/** The last one holds every post at another agency. */
export async function startCrew(paying: PayingApi): Promise<Member[]> {
  const { api } = paying;
  const own = await paying.newStaff(postsOfCrew);
  const entry = { agencyId: '450203', username: 'staff-elsewhere', displayName: '邻区经办', posts: everyPost };
  const id = await createStaffAccount(api.database.dataSource, entry, await hashPassword(api.world.password));
  const elsewhere = { id: id!, client: await api.signIn(entry.username), posts: everyPost, agencyId: '450203' };
  return [...own.map((one, n) => ({ ...one, posts: postsOfCrew[n]!, agencyId })), elsewhere];
}

/** Of what a walk is made: numbers, so that one that fails can be read; each model says what call a draw stands for. */
export const drawArbitrary = fc.maxSafeNat();
const sides = { die: 100, size: 10, kind: 100, which: 1_000, who: crewSize, other: crewSize };
export type Draw = Record<keyof typeof sides, number>;

export function drawOf(number: number): Draw {
  let rest = number;
  const drawn = Object.entries(sides).map(([name, count]) => {
    const value = rest % count;
    rest = Math.trunc(rest / count);
    return [name, value];
  });
  return Object.fromEntries(drawn) as Draw;
}

export const pick = <One>(list: readonly One[], which: number): One | undefined => list[which % list.length];

export const mayAny = (member: Member, posts: readonly Post[]) => posts.some((post) => member.posts.includes(post));

const statuses: Record<string, number> = {
  ...{ FORBIDDEN: 403, NOT_YOUR_POST: 403, DUTY_CONFLICT: 403, FINANCE_OWN_CASE: 403, FINANCE_PROPOSAL_OWN: 403 },
  ...{ PAYOUT_RULE_OWN_WORK: 403, FINANCE_PROPOSAL_NOT_FOUND: 404, RECOVERY_NOT_FOUND: 404, SUSPENSE_NOT_FOUND: 404 },
  ...{ CASE_NOT_FOUND: 404, BATCH_NOT_FOUND: 404, BANK_UPLOAD_NOT_FOUND: 404, ORDER_MISSING: 422, RECOVERY_UNFIT: 422 },
  ...{ OFFSET_UNFIT: 422, SUPPLEMENT_UNFIT: 422, CLEARING_UNFIT: 422, BATCH_NOTHING_TO_GATHER: 422 },
  ...{ PAYEE_NOT_LAWFUL: 422, BAD_RETURN: 422 },
};

interface AnyCall {
  /** What is done to what, for the list of all that was met. */
  name: string;
  who: number;
}
export type Answer = TestAnswer<Partial<ErrorAnswer>>;

export interface Subject<Model, Call extends AnyCall> {
  /** Every reason that stands against the call; none: it must succeed. */
  against(model: Model, call: Call): string[];
  /** What follows from a call that succeeded; from one that was made before, nothing. */
  take(model: Model, call: Call): void;
  make(call: Call): Promise<Answer>;
}

/** Makes calls and holds each answer to the model; keeps what was met, and what was taken, to be sent again. */
export function createWalker<Model, Call extends AnyCall>(subject: Subject<Model, Call>) {
  const met = new Map<string, number>();
  const taken: Call[] = [];
  const said = ({ status, body }: Answer) => (status < 300 ? 'taken' : (body.code ?? `status ${status}`));

  const note = (model: Model, call: Call, answer: Answer) => {
    const word = said(answer);
    met.set(`${call.name}: ${word}`, (met.get(`${call.name}: ${word}`) ?? 0) + 1);
    if (word === 'taken') {
      subject.take(model, call);
      taken.push(call);
    } else expect([word, answer.status]).toEqual([word, statuses[word] ?? 409]);
  };

  return {
    met,
    taken,
    async one(model: Model, call: Call): Promise<void> {
      const reasons = subject.against(model, call);
      const answer = await subject.make(call);
      const word = said(answer);
      const isRight = reasons.length === 0 ? word === 'taken' : reasons.includes(word);
      expect({ call, word, reasons, isRight }).toEqual({ call, word, reasons, isRight: true });
      note(model, call, answer);
    },
    /** Who came first is not ours to say: the answers must be those of one of the two orders. */
    async atOnce(model: Model, calls: [Call, Call]): Promise<void> {
      const answers = await Promise.all([subject.make(calls[0]), subject.make(calls[1])]);
      const words = answers.map(said);
      const fitting = [
        [0, 1],
        [1, 0],
      ].find((order) => {
        const copy = structuredClone(model);
        return order.every((n) => {
          const reasons = subject.against(copy, calls[n]!);
          if (words[n] === 'taken' && reasons.length === 0) subject.take(copy, calls[n]!);
          return reasons.length === 0 ? words[n] === 'taken' : reasons.includes(words[n]!);
        });
      });
      expect({ calls, words, fits: fitting !== undefined }).toEqual({ calls, words, fits: true });
      for (const n of fitting!) note(model, calls[n]!, answers[n]!);
      met.set('at once', (met.get('at once') ?? 0) + 1);
    },
  };
}

/** What a walk has not met of all that it must meet, so that no search is empty; `* check` is the check of anything. */
export function notMet(met: ReadonlyMap<string, number>, wanted: Record<string, readonly string[]>): string[] {
  return Object.entries(wanted).flatMap(([name, words]) =>
    words
      .map((word) => `${name}: ${word}`)
      .filter(
        (key) => !(key.startsWith('*') ? [...met.keys()].some((one) => one.endsWith(key.slice(1))) : met.has(key)),
      ),
  );
}

/** What was seen less often than it must be. */
export const tooFew = (seen: Record<string, [count: number, least: number]>): string[] =>
  Object.entries(seen).flatMap(([what, [count, least]]) => (count < least ? [`${what}: ${count} of ${least}`] : []));

/**
 * Walks, and walks on with other draws while something is missing: two calls at once may end either way, so the same draws do not always
 * lead to the same places.
 */
export async function walkUntil<Draws>(
  property: fc.IAsyncPropertyWithHooks<Draws>,
  { numRuns, seed }: { numRuns: number; seed: number },
  missing: () => string[],
): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    await fc.assert(property, { numRuns, seed: seed + 1_000 * round, endOnFailure: true, unbiased: true });
    if (missing().length === 0) return;
  }
  expect(missing()).toEqual([]);
}

export type Step = 'check' | 'confirm' | 'refuse';

/** A proposal of finance as the model knows it. */
export interface Proposal<Said> {
  id: string;
  agencyId: string;
  said: Said;
  by: number;
  checkedBy: number | null;
  decidedBy: number | null;
  state: 'proposed' | 'confirmed' | 'refused';
}

const isAgain = ({ checkedBy, decidedBy, state }: Proposal<unknown>, step: Step, who: number): boolean =>
  step === 'check' ? checkedBy === who : decidedBy === who && state === (step === 'confirm' ? 'confirmed' : 'refused');

/** What stands against a step by what persons did to the proposal before; `isOpen`: something will follow from the step. */
export function againstStep(
  proposal: Proposal<unknown>,
  { step, who, persons }: { step: Step; who: number; persons: 2 | 3 },
): { reasons: string[]; isOpen: boolean } {
  const { by, checkedBy, state } = proposal;
  if (isAgain(proposal, step, who)) return { reasons: [], isOpen: false };
  const reasons: string[] = [];
  if (by === who || (step !== 'check' && checkedBy === who)) reasons.push('FINANCE_PROPOSAL_OWN');
  if (state !== 'proposed' || (step === 'check' && checkedBy !== null)) reasons.push('FINANCE_PROPOSAL_DECIDED');
  if (step === 'confirm' && persons === 3 && checkedBy === null) reasons.push('FINANCE_PROPOSAL_UNCHECKED');
  return { reasons, isOpen: state === 'proposed' };
}

/** Answers whether it was news. */
export function takeStep(proposal: Proposal<unknown>, step: Step, who: number): boolean {
  if (isAgain(proposal, step, who)) return false;
  if (step === 'check') proposal.checkedBy = who;
  else Object.assign(proposal, { decidedBy: who, state: step === 'confirm' ? 'confirmed' : 'refused' });
  return true;
}

/** The rows say of every proposal what the model says: state, persons, and one act of each in the chain. */
export async function expectProposals(
  paying: PayingApi,
  crew: readonly Member[],
  proposals: readonly Proposal<unknown>[],
): Promise<void> {
  const { dataSource } = paying.api.database;
  const found = await rows<{ id: string; said: string }>(
    dataSource,
    `SELECT p.id, concat_ws(' ', p.agency_id, p.state, p.proposed_by, p.checked_by, p.decided_by, '|', (SELECT string_agg(a.act || ' ' || a.actor_id, ' '
       ORDER BY a.seq) FROM finance_act a WHERE a.proposal_id = p.id)) AS said
     FROM finance_proposal p WHERE p.id = ANY($1::uuid[])`,
    [proposals.map(({ id }) => id)],
  );
  const nameOf = (who: number | null) => (who === null ? [] : [crew[who]!.id]);
  const expected = proposals.map(({ id, agencyId: agency, state, by, checkedBy, decidedBy }) => {
    const acts = [
      `propose ${crew[by]!.id}`,
      ...nameOf(checkedBy).map((one) => `check ${one}`),
      ...nameOf(decidedBy).map((one) => `${state === 'confirmed' ? 'confirm' : 'refuse'} ${one}`),
    ];
    return [id, [agency, state, ...nameOf(by), ...nameOf(checkedBy), ...nameOf(decidedBy), '|', ...acts].join(' ')];
  });
  expect(new Map(found.map(({ id, said }) => [id, said]))).toEqual(new Map(expected as [string, string][]));
  for (const { state, by, checkedBy, decidedBy } of proposals) {
    const hands = [by, checkedBy, decidedBy].filter((who) => who !== null);
    if (state === 'confirmed') expect(new Set(hands).size).toBe(hands.length);
  }
}

export const dutiesOfRoad = [
  ...(['initialReview', 'secondReview', 'approval'] as const),
  ...(['preparePayout', 'financeReview', 'financeApproval'] as const),
];
export type DutyOfRoad = (typeof dutiesOfRoad)[number];
const staffOf = {
  initialReview: 'initial1',
  secondReview: 'second1',
  approval: 'approver1',
  preparePayout: 'settle1',
  financeReview: 'finreview1',
  financeApproval: 'finapprove1',
} as const satisfies Record<DutyOfRoad, OfRoad>;

/** Who of the crew has which duty in a case; the staff of the road has the others. */
export const handsArbitrary = fc
  .tuple(
    fc.shuffledSubarray([...Array(holdersOfAll).keys()], { minLength: 0, maxLength: 3 }),
    fc.shuffledSubarray([...dutiesOfRoad], { minLength: 3, maxLength: 3 }),
  )
  .map(([persons, duties]) => new Map(persons.map((who, n) => [who, duties[n]!])));
export type Hands = Map<number, DutyOfRoad>;
/** Those had at 拨付制定 already. */
export const ofReview = (hands: Hands): Hands =>
  new Map([...hands].filter(([, duty]) => dutiesOfRoad.indexOf(duty) < dutiesOfRoad.indexOf('preparePayout')));

let received = 0;

/** What the bank has in its books of a case. */
export const bookedOf = async ({ bank }: PayingApi, caseNo: string) =>
  (await bank.statement()).filter(({ orderNo }) => orderNo.startsWith(caseNo));

/** A case that was brought to 拨付制定, some of it by the crew. */
export async function approvedCase(
  { paying, crew }: Ground,
  hands: Hands,
  options: TestCaseOptions & { personIndex: number },
): Promise<{ caseNo: string; payableFen: number; totalFen: number; as: (duty: DutyOfRoad) => TestClient }> {
  received += 1;
  const totalFen = 800_000 + received;
  const as = (duty: DutyOfRoad) => {
    const member = [...hands].find(([, had]) => had === duty);
    return member ? crew[member[0]]!.client : paying.as[staffOf[duty]];
  };
  const caseNo = await paying.receive({ linesFen: [totalFen], ...options });
  await paying.act(caseNo, 'initial1', { act: 'accept' });
  await paying.act(caseNo, as('initialReview'), { act: 'propose', outcome: 'pass', deductions: [] });
  await paying.act(caseNo, as('secondReview'), { act: 'propose', outcome: 'pass' });
  const { proposedFen } = await paying.view(caseNo);
  const stage = await paying.act(caseNo, as('approval'), { act: 'approve', payableFen: proposedFen });
  expect(stage).toBe('preparePayout');
  return { caseNo, payableFen: proposedFen!, totalFen, as };
}

/** Somebody takes it: no batch gathers what is in a person's hands. */
export async function putAside(paying: PayingApi, caseNo: string): Promise<void> {
  const [task] = await rows<{ id: string }>(
    paying.api.database.dataSource,
    `SELECT id FROM task WHERE case_no = $1 AND state = 'open' AND stage = 'preparePayout' AND holder_id IS NULL`,
    [caseNo],
  );
  if (task) expect((await paying.as.settle1.post(`/api/tasks/${task.id}/take`, {})).status).toBe(200);
}

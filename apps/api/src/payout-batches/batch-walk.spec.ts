import { randomUUID } from 'node:crypto';
import type { ActAnswer, BatchAnswer, ErrorAnswer } from '@banjie/contracts';
import type { BatchAct, BatchState, Post } from '@banjie/domain';
import { rows, walkAudit } from '@banjie/persistence';
import { eventually, testCipher, type TestClient } from '@banjie/testing';
import fc from 'fast-check';
import { startPayingApi, type PayingApi } from '../finance/paying-api.fixture';

/*
 * No single person, in any order of calls, can move the money of a batch (bar 55). People who hold every post there is gather, make, check,
 * release and void, at once, twice, over a list that is not the one, under another's action id, and reach for single cases of it besides.
 * What came of it is compared with a model that knows six duties and the order of three acts, and with the books of the bank.
 */
const people = 8;
const everyPost: Post[] = [
  ...(['window', 'initialReviewer', 'secondReviewer', 'approver'] as const),
  ...(['settlementClerk', 'financeReviewer', 'financeApprover'] as const),
];
let paying: PayingApi;
let received = 0;
let staff: { id: string; client: TestClient }[];
let clients: TestClient[];

beforeAll(async () => {
  paying = await startPayingApi(`banjie-test-batch-walk-${randomUUID().slice(0, 8)}`);
  staff = await paying.newStaff(Array<Post[]>(people).fill(everyPost));
  clients = staff.map(({ client }) => client);
});
afterAll(() => paying?.stop());

/** The road of a batch: at each state the one act that leads on, whose duty it is in every case. */
const road = {
  gathered: { act: 'makeBatch', duty: 'preparePayout', to: 'made' },
  made: { act: 'reviewBatch', duty: 'financeReview', to: 'reviewed' },
  reviewed: { act: 'releaseBatch', duty: 'financeApproval', to: 'released' },
} as const;
type OpenState = keyof typeof road;
const isOpen = (state: string): state is OpenState => state in road;
const acts = ['makeBatch', 'reviewBatch', 'releaseBatch', 'voidBatch'] as const satisfies readonly BatchAct[];
const singleActs = ['preparePayout', 'confirmPayout', 'releasePayout', 'recallPayout'] as const;

interface ModelCase {
  caseNo: string;
  /** Person by duty, over all rounds and batches: a duty once had is never lost (SD-01). */
  duties: Map<string, Set<number>>;
}

interface Model {
  cases: ModelCase[];
  batchNo: string | null;
  state: BatchState | null;
  /** Hands in the present batch, by duty. */
  hands: Map<string, number>;
}

const hasOther = (duties: ModelCase['duties'], who: number, duty: string) =>
  [...duties].some(([had, persons]) => had !== duty && persons.has(who));

/** To which state the act leads; null: it must be refused. */
function leadsTo(model: Model, who: number, act: BatchAct): BatchState | null {
  if (!model.state || !isOpen(model.state)) return null;
  if (act === 'voidBatch') return 'void';
  const here = road[model.state];
  if (act !== here.act) return null;
  const hasHand = [...model.hands].some(([duty, person]) => person === who && duty !== here.duty);
  if (hasHand || model.cases.some(({ duties }) => hasOther(duties, who, here.duty))) return null;
  return here.to;
}

function take(model: Model, who: number, act: BatchAct): void {
  const to = leadsTo(model, who, act)!;
  if (act !== 'voidBatch') {
    const { duty } = road[model.state as OpenState];
    model.hands.set(duty, who);
    for (const { duties } of model.cases) duties.set(duty, (duties.get(duty) ?? new Set()).add(who));
  }
  model.state = to;
}

const see = async (batchNo: string) => (await clients[0]!.get<BatchAnswer>(`/api/payout-batches/${batchNo}`)).body;
const carried = (batchNo: string) =>
  eventually(
    () => see(batchNo),
    ({ isCarried }) => isCarried,
    30_000,
  );

async function call(
  batchNo: string,
  who: number,
  act: BatchAct,
  more: { seenDigest?: string; actionId?: string } = {},
) {
  const { seq, listDigest } = await see(batchNo);
  const body = {
    ...{ act, actionId: randomUUID(), seenSeq: seq, seenDigest: listDigest, ...more },
    ...(act === 'voidBatch' ? { reason: 'wrongList' } : {}),
  };
  const answer = await clients[who]!.post<BatchAnswer & ErrorAnswer>(`/api/payout-batches/${batchNo}/acts`, body);
  // A refusal is a rule's, by name; no layer below had to stop it.
  expect([answer.status, answer.body.code]).not.toEqual([500, expect.anything()]);
  return { isTaken: answer.status === 200, actionId: body.actionId, code: answer.body.code };
}

async function reachFor(caseNo: string, who: number, act: string): Promise<boolean> {
  const { seq } = await paying.view(caseNo);
  const body = { act, actionId: randomUUID(), seenSeq: seq };
  const answer = await clients[who]!.post<ActAnswer & ErrorAnswer>(`/api/cases/${caseNo}/acts`, body);
  expect([answer.status, answer.body.code]).not.toEqual([500, expect.anything()]);
  return answer.status === 200;
}

/** Two cases that three persons have brought to 拨付制定, perhaps persons of the crew that is to pay them. */
async function approved(reviewers: readonly number[]): Promise<ModelCase[]> {
  const [initial, second, approver] = reviewers as [number, number, number];
  const cases: ModelCase[] = [];
  for (let n = 0; n < 2; n += 1) {
    // Each walk draws on other persons' yearly caps.
    received += 1;
    const personIndex = received % paying.api.world.persons.length;
    const caseNo = await paying.receive({ linesFen: [800_000 + received], personIndex });
    await paying.act(caseNo, clients[initial]!, { act: 'accept' });
    await paying.act(caseNo, clients[initial]!, { act: 'propose', outcome: 'pass', deductions: [] });
    await paying.act(caseNo, clients[second]!, { act: 'propose', outcome: 'pass' });
    const { proposedFen: payableFen } = await paying.view(caseNo);
    const stage = await paying.act(caseNo, clients[approver]!, { act: 'approve', payableFen });
    expect(stage).toBe('preparePayout');
    const had = { initialReview: initial, secondReview: second, approval: approver };
    cases.push({ caseNo, duties: new Map(Object.entries(had).map(([duty, who]) => [duty, new Set([who])])) });
  }
  return cases;
}

const who = fc.nat({ max: people - 1 });
const act = fc.constantFrom(...acts);
const commandArbitrary = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('gather' as const), who }) },
  { weight: 9, arbitrary: fc.record({ kind: fc.constant('next' as const), who }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('any' as const), who, act }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('otherList' as const), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('replay' as const), who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('atOnce' as const), who, other: who }) },
  {
    weight: 2,
    arbitrary: fc.record({
      ...{ kind: fc.constant('single' as const), who, which: fc.nat({ max: 1 }) },
      single: fc.constantFrom(...singleActs),
    }),
  },
);
type Command = typeof commandArbitrary extends fc.Arbitrary<infer One> ? One : never;

async function step(model: Model, command: Command, crew: number, last: { actionId: string | null }): Promise<void> {
  const person = command.who % crew;
  if (command.kind === 'gather') {
    const isFree = model.state === null || model.state === 'void';
    const body = { actionId: randomUUID() };
    const answer = await clients[person]!.post<BatchAnswer & ErrorAnswer>('/api/payout-batches', body);
    expect(['gather', model.state, answer.status]).toEqual(['gather', model.state, isFree ? 201 : 422]);
    if (!isFree) return;
    expect(answer.body.count).toBe(model.cases.length);
    Object.assign(model, { batchNo: answer.body.batchNo, state: 'gathered', hands: new Map() });
    return;
  }
  const { batchNo } = model;
  if (!batchNo || !model.state) return;
  const next: BatchAct = isOpen(model.state) ? road[model.state].act : 'releaseBatch';
  if (command.kind === 'next' || command.kind === 'any') {
    const wanted = command.kind === 'next' ? next : command.act;
    const mayBe = leadsTo(model, person, wanted) !== null;
    const { isTaken, actionId } = await call(batchNo, person, wanted);
    expect([person, model.state, wanted, isTaken]).toEqual([person, model.state, wanted, mayBe]);
    if (isTaken) {
      take(model, person, wanted);
      last.actionId = actionId;
    }
  } else if (command.kind === 'otherList') {
    const { isTaken } = await call(batchNo, person, next, { seenDigest: 'f'.repeat(64) });
    expect(isTaken).toBe(false);
  } else if (command.kind === 'replay') {
    // Another's click, sent anew: answered with what it was, or refused; nothing happens.
    if (last.actionId) await call(batchNo, person, next, { actionId: last.actionId });
  } else if (command.kind === 'atOnce') {
    const pair = [person, command.other % crew];
    const answers = await Promise.all(pair.map((one) => call(batchNo, one, next)));
    const taken = pair.filter((_, index) => answers[index]!.isTaken);
    expect(taken.length).toBeLessThanOrEqual(1);
    const may = pair.filter((one) => leadsTo(model, one, next) !== null);
    expect(taken.every((one) => may.includes(one))).toBe(true);
    // Who came first is not ours to say: one that may was taken, or was told that another's wish is being looked at.
    if (taken.length === 0) {
      const refused = pair.flatMap((one, index) => (may.includes(one) ? [answers[index]!.code] : []));
      expect(refused).toEqual(refused.map(() => 'BATCH_BUSY'));
    }
    if (taken.length > 0) take(model, taken[0]!, next);
  } else if (isOpen(model.state)) {
    // A case of a batch is nobody's single task.
    expect([command.single, await reachFor(model.cases[command.which]!.caseNo, person, command.single)]).toEqual([
      command.single,
      false,
    ]);
  }
  await carried(batchNo);
}

async function walk(reviewers: readonly number[], crew: number, commands: readonly Command[]) {
  const model: Model = { cases: await approved(reviewers), batchNo: null, state: null, hands: new Map() };
  const last = { actionId: null as string | null };
  for (const command of commands) {
    await step(model, command, crew, last);
    if (model.state === 'released') break;
  }
  const isPaid = model.state === 'released';
  if (isPaid) {
    await eventually(
      () => see(model.batchNo!),
      ({ state }) => state === 'settled',
      30_000,
    );
  } else {
    await leaveNothing(model);
  }
  const bookings = await paying.bank.statement();
  for (const { caseNo, duties } of model.cases) {
    const own = bookings.filter(({ orderNo }) => orderNo.startsWith(caseNo));
    const [decision] = await rows<{ payable_fen: number }>(
      paying.api.database.dataSource,
      `SELECT payable_fen FROM decision WHERE case_no = $1`,
      [caseNo],
    );
    expect(own.map(({ kind, amountFen }) => [kind, amountFen])).toEqual(
      isPaid ? [['debit', decision!.payable_fen]] : [],
    );
    // Whoever had a hand in it, each in one duty, in the rows as in the model.
    const found = await rows<{ duty: string; person_id: string }>(
      paying.api.database.dataSource,
      `SELECT duty, person_id FROM case_duty WHERE case_no = $1`,
      [caseNo],
    );
    const expected = [...duties].flatMap(([duty, persons]) => [...persons].map((one) => `${duty} ${staff[one]!.id}`));
    expect(found.map(({ duty, person_id: id }) => `${duty} ${id}`).sort()).toEqual(expected.sort());
    expect(new Set(found.map((row) => row.person_id)).size).toBe(found.length);
  }
  return { isPaid, hands: new Set(model.hands.values()).size };
}

/** What a walk leaves standing must not be gathered by the next one. */
async function leaveNothing(model: Model): Promise<void> {
  if (model.batchNo && model.state && isOpen(model.state)) {
    expect((await call(model.batchNo, 0, 'voidBatch')).isTaken).toBe(true);
    await carried(model.batchNo);
  }
  // Somebody has taken them: no batch takes what is in a person's hands.
  for (const { caseNo } of model.cases) {
    const [task] = await rows<{ id: string }>(
      paying.api.database.dataSource,
      `SELECT id FROM task WHERE case_no = $1 AND state = 'open'`,
      [caseNo],
    );
    expect((await paying.as.settle1.post(`/api/tasks/${task!.id}/take`, {})).status).toBe(200);
  }
}

it('holds whoever calls what on a batch, in any order', async () => {
  const walks: { isPaid: boolean; hands: number; crew: number; reviewers: readonly number[] }[] = [];
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray([...Array(people).keys()], { minLength: 3, maxLength: 3 }),
      fc.integer({ min: 1, max: people }),
      fc.array(commandArbitrary, { minLength: 12, maxLength: 40 }),
      async (reviewers, crew, commands) => {
        walks.push({ ...(await walk(reviewers, crew, commands)), crew, reviewers });
      },
    ),
    { numRuns: 30, seed: 20_261_129, endOnFailure: true },
  );
  const paid = walks.filter(({ isPaid }) => isPaid);
  // The walk is not empty: some get to the money, by three persons who had reviewed nothing of it, and some do not.
  expect(paid.length).toBeGreaterThanOrEqual(4);
  expect(walks.length - paid.length).toBeGreaterThanOrEqual(4);
  for (const { hands, crew, reviewers } of paid) {
    expect(hands).toBe(3);
    expect(crew - reviewers.filter((one) => one < crew).length).toBeGreaterThanOrEqual(3);
  }
  expect((await walkAudit(paying.api.database.dataSource, testCipher())).faults).toEqual([]);
}, 420_000);

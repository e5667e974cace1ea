import { randomUUID } from 'node:crypto';
import type { ActAnswer, CaseView, ErrorAnswer } from '@banjie/contracts';
import type { Post } from '@banjie/domain';
import { rows } from '@banjie/persistence';
import {
  eventually,
  receiveTestCase,
  testCipher,
  type BankProcess,
  type TestApi,
  type TestClient,
} from '@banjie/testing';
import fc from 'fast-check';
import { startPayingApi, type PayingApi } from './paying-api.fixture';

/*
 * No single person, in any order of calls, can move money (bar 55). People who hold every post there is call the acts of the road in
 * any order, at once, twice, under another's action id; what came of it is compared with a model that knows six duties and nothing
 * else, and with the books of the bank.
 */
const cipher = testCipher();
const people = 7;
const everyPost: Post[] = [
  ...(['window', 'initialReviewer', 'secondReviewer', 'approver'] as const),
  ...(['settlementClerk', 'financeReviewer', 'financeApprover'] as const),
];
let paying: PayingApi;
let api: TestApi;
let bank: BankProcess;
let clients: TestClient[];
let fund = 0;

beforeAll(async () => {
  paying = await startPayingApi(`banjie-test-no-single-person-${randomUUID().slice(0, 8)}`);
  ({ api, bank } = paying);
  clients = (await paying.newStaff(Array<Post[]>(people).fill(everyPost))).map(({ client }) => client);
});
afterAll(() => paying?.stop());

/** The road to the money: at each stage the one act that leads on, and whose duty it is. */
const road = {
  acceptance: { act: 'accept', duty: null, to: 'initialReview' },
  initialReview: { act: 'propose', duty: 'initialReview', to: 'secondReview' },
  secondReview: { act: 'propose', duty: 'secondReview', to: 'approval' },
  approval: { act: 'approve', duty: 'approval', to: 'preparePayout' },
  preparePayout: { act: 'preparePayout', duty: 'preparePayout', to: 'financeReview' },
  financeReview: { act: 'confirmPayout', duty: 'financeReview', to: 'financeApproval' },
  financeApproval: { act: 'releasePayout', duty: 'financeApproval', to: 'pay' },
} as const;
type RoadStage = keyof typeof road;
const acts = ['accept', 'propose', 'approve', 'preparePayout', 'confirmPayout', 'releasePayout', 'sendBack'] as const;
type Act = (typeof acts)[number];

interface Model {
  stage: string;
  /** Person by duty, over all rounds: a duty once had is never lost (SD-01). */
  duties: Map<string, Set<number>>;
}

function leadsOn(model: Model, who: number, act: Act): string | null {
  const here = road[model.stage as RoadStage] as (typeof road)[RoadStage] | undefined;
  if (!here) return null;
  if (act === 'sendBack') {
    if (model.stage === 'acceptance' || model.stage === 'initialReview') return null;
  } else if (act !== here.act) return null;
  const elsewhere = [...model.duties].some(([duty, persons]) => duty !== here.duty && persons.has(who));
  if (here.duty && elsewhere) return null;
  return act === 'sendBack' ? 'initialReview' : here.to;
}

function take(model: Model, who: number, act: Act): void {
  const to = leadsOn(model, who, act);
  if (!to) return;
  const { duty } = road[model.stage as RoadStage];
  if (duty) model.duties.set(duty, (model.duties.get(duty) ?? new Set()).add(who));
  model.stage = to;
}

const bookingsOf = async (caseNo: string) =>
  (await bank.statement()).filter(({ orderNo }) => orderNo.startsWith(caseNo));

const viewOf = async (caseNo: string) => (await clients[0]!.get<CaseView>(`/api/cases/${caseNo}`)).body;

async function call(
  caseNo: string,
  who: number,
  act: Act,
  with_: { seenSeq: number; actionId?: string; stage: string },
) {
  const [head] = await rows<{ fen: number | null }>(
    api.database.dataSource,
    `SELECT proposed_fen AS fen FROM cases WHERE case_no = $1`,
    [caseNo],
  );
  const body = {
    ...{ act, seenSeq: with_.seenSeq, actionId: with_.actionId ?? randomUUID() },
    ...(act === 'propose' ? { outcome: 'pass', ...(with_.stage === 'initialReview' ? { deductions: [] } : {}) } : {}),
    ...(act === 'approve' ? { payableFen: head?.fen ?? 1 } : {}),
    ...(act === 'sendBack' ? { toStage: 'initialReview', reasons: [{ code: 'RS-14' }] } : {}),
  };
  const answer = await clients[who]!.post<ActAnswer & ErrorAnswer>(`/api/cases/${caseNo}/acts`, body);
  // A refusal is a rule's, by name; no layer below had to stop it.
  expect([answer.status, answer.body.code]).not.toEqual([500, expect.anything()]);
  return { isTaken: answer.status === 200, actionId: body.actionId, code: answer.body.code };
}

const whoArbitrary = fc.nat({ max: people - 1 });
const actArbitrary = fc.constantFrom(...acts);
const commandArbitrary = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('next' as const), who: whoArbitrary }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('any' as const), who: whoArbitrary, act: actArbitrary }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stale' as const), who: whoArbitrary, act: actArbitrary }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('replay' as const), who: whoArbitrary }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('atOnce' as const),
      who: whoArbitrary,
      act: actArbitrary,
      other: whoArbitrary,
    }),
  },
);
type Command = typeof commandArbitrary extends fc.Arbitrary<infer One> ? One : never;

async function walk(crew: number, commands: Command[]): Promise<{ isPaid: boolean; persons: number }> {
  fund += 1;
  const options = { personIndex: fund % api.world.persons.length, linesFen: [800_000 + fund] };
  const { caseNo } = await receiveTestCase(api.database.dataSource, cipher, api.world, options);
  const model: Model = { stage: 'acceptance', duties: new Map() };
  let lastActionId: string | null = null;
  for (const command of commands) {
    const { seq, stage } = await viewOf(caseNo);
    expect(stage).toBe(model.stage);
    if (!(stage in road)) break;
    const who = command.who % crew;
    const next: Act = road[stage as RoadStage].act;
    if (command.kind === 'next' || command.kind === 'any') {
      const act = command.kind === 'next' ? next : command.act;
      const mayBe = leadsOn(model, who, act) !== null;
      const { isTaken, actionId } = await call(caseNo, who, act, { seenSeq: seq, stage });
      expect([who, stage, act, isTaken]).toEqual([who, stage, act, mayBe]);
      take(model, who, act);
      if (isTaken) lastActionId = actionId;
    } else if (command.kind === 'stale') {
      const { isTaken } = await call(caseNo, who, command.act, { seenSeq: seq - 1, stage });
      expect(isTaken).toBe(false);
    } else if (command.kind === 'replay') {
      // Another's click, sent anew: answered with what it was, or refused; nothing happens.
      if (lastActionId) await call(caseNo, who, next, { seenSeq: seq, stage, actionId: lastActionId });
    } else {
      const other = command.other % crew;
      const tried: [number, Act][] = [
        [who, next],
        [other, command.act],
      ];
      const answers = await Promise.all(
        tried.map(([person, act]) => call(caseNo, person, act, { seenSeq: seq, stage })),
      );
      const taken = tried.filter((_, index) => answers[index]!.isTaken);
      expect(taken.length).toBeLessThanOrEqual(1);
      // One of those that may must have been; who came first is not ours to say.
      for (const [person, act] of taken) {
        expect([person, act, leadsOn(model, person, act) !== null]).toEqual([person, act, true]);
        take(model, person, act);
      }
      if (taken.length === 0) expect(tried.filter(([person, act]) => leadsOn(model, person, act) !== null)).toEqual([]);
    }
    if (model.stage === 'pay') model.stage = 'deliver';
    if (model.stage === 'deliver')
      await eventually(
        () => viewOf(caseNo),
        ({ stage: now }) => now === 'deliver',
      );
  }
  const bookings = await bookingsOf(caseNo);
  const isPaid = model.stage === 'deliver';
  expect(bookings).toEqual(isPaid ? [expect.objectContaining({ amountFen: expect.any(Number) as number })] : []);
  // Whoever had a hand in it, each in one duty.
  const hands = [...model.duties.values()].flatMap((persons) => [...persons]);
  expect(new Set(hands).size).toBe(hands.length);
  return { isPaid, persons: new Set(hands).size };
}

it('holds whoever calls what, in any order', async () => {
  const walks: { isPaid: boolean; persons: number }[] = [];
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: people }),
      fc.array(commandArbitrary, { minLength: 15, maxLength: 45 }),
      async (crew, commands) => {
        const walked = await walk(crew, commands);
        if (walked.isPaid) expect(crew).toBeGreaterThanOrEqual(6);
        walks.push(walked);
      },
    ),
    { numRuns: 50, seed: 20_261_125, endOnFailure: true },
  );
  // The walk is not empty: some get to the money, with six persons at least, and some come to the last step and no further.
  expect(walks.filter(({ isPaid }) => isPaid).length).toBeGreaterThanOrEqual(3);
  for (const { isPaid, persons } of walks) if (isPaid) expect(persons).toBeGreaterThanOrEqual(6);
}, 300_000);

it('one person alone, for days, at every stage, under every seen place', async () => {
  for (const stage of Object.keys(road) as RoadStage[]) {
    const { caseNo } = await receiveTestCase(api.database.dataSource, cipher, api.world, {
      linesFen: [800_000],
      personIndex: 1,
    });
    const model: Model = { stage: 'acceptance', duties: new Map() };
    // Others bring the case here; then one of those who had a hand in it is alone with it.
    let helper = 0;
    while (model.stage !== stage) {
      const { seq } = await viewOf(caseNo);
      const act = road[model.stage as RoadStage].act;
      expect(await call(caseNo, helper, act, { seenSeq: seq, stage: model.stage })).toMatchObject({ isTaken: true });
      take(model, helper, act);
      helper += 1;
    }
    const alone = Math.max(0, helper - 1);
    for (let tries = 0; tries < 3; tries += 1)
      for (const act of acts) {
        const { seq, stage: now } = await viewOf(caseNo);
        for (const seenSeq of [seq, seq + 1, seq - 1]) await call(caseNo, alone, act, { seenSeq, stage: now });
      }
    expect([stage, await bookingsOf(caseNo)]).toEqual([stage, []]);
    const released = await rows(
      api.database.dataSource,
      `SELECT 1 FROM payout_order WHERE case_no = $1 AND state NOT IN ('drawn', 'reviewed', 'void')`,
      [caseNo],
    );
    expect([stage, released]).toEqual([stage, []]);
  }
}, 120_000);

import { randomUUID } from 'node:crypto';
import { checkBooks, movePayoutOrder, rows, walkAudit } from '@banjie/persistence';
import { testCipher } from '@banjie/testing';
import fc from 'fast-check';
import { startPayingApi, type PayingApi } from './paying-api.fixture';
import {
  agencyId,
  approvedCase,
  bookedOf,
  createWalker,
  crewSize,
  drawArbitrary,
  drawOf,
  expectProposals,
  handsArbitrary,
  notMet,
  ofReview,
  putAside,
  startCrew,
  tooFew,
  walkUntil,
  type Member,
} from './walk-crew.fixture';
import { planMovement } from './walk-movements-plan.fixture';
import { compareMovements, startMovements } from './walk-movements-rows.fixture';
import { movementsSubject, type Call, type Movements } from './walk-movements.fixture';
import {
  drawnInRows,
  monthsSubject,
  planMonth,
  planUpload,
  resultFile,
  statedMonths,
  uploadsSubject,
  type Months,
  type Upload,
  type Uploads,
} from './walk-papers.fixture';
import { payeeSubject, planPayee, type PayeeModel } from './walk-payee.fixture';
import { planReserve, reserveFen, reserveSubject, stateBalance, type ReserveModel } from './walk-reserve.fixture';
import { planRule, ruleOf, rulesSubject, type Rules } from './walk-rules.fixture';

/*
 * No single person, in any order of calls, can move money past the road of a case (bars 54, 55, 58, 61): claims, offsets, 补付, rules, the
 * reserve, accounts, files and months. Holders of every post, of one, of none in finance, and of another agency call at random; each answer
 * is held to a model that knows who did what, and each walk ends with the rows and the books of the bank.
 */
let paying: PayingApi;
let crew: Member[];
let persons = 0;

beforeAll(async () => {
  paying = await startPayingApi(`banjie-test-finance-walk-${randomUUID().slice(0, 8)}`);
  crew = await startCrew(paying);
  expect(crew).toHaveLength(crewSize);
});
afterAll(() => paying?.stop());

const sql = <Row>(text: string, ...values: unknown[]) => rows<Row>(paying.api.database.dataSource, text, values);
/** Each walk draws on another person's yearly cap. */
const nextPerson = () => (persons += 1) % paying.api.world.persons.length;
const drawsOf = (least: number, most: number) => fc.array(drawArbitrary, { minLength: least, maxLength: most });

const isWhole = async () => {
  expect(await checkBooks(paying.api.database.dataSource, agencyId, new Date())).toEqual([]);
  const { faults } = await walkAudit(paying.api.database.dataSource, testCipher());
  expect(faults.filter(({ caseNo }) => !drawnInRows.has(caseNo))).toEqual([]);
};

/** Of a draw: one call, two at once, or nothing. */
async function go<Model, One extends { name: string; who: number }>(
  walker: ReturnType<typeof createWalker<Model, One>>,
  model: Model,
  planned: One | [One, One] | null,
): Promise<void> {
  if (Array.isArray(planned)) await walker.atOnce(model, planned);
  else if (planned) await walker.one(model, planned);
}

const perStep = [
  'taken',
  'FORBIDDEN',
  'FINANCE_PROPOSAL_NOT_FOUND',
  'FINANCE_PROPOSAL_OWN',
  'FINANCE_PROPOSAL_DECIDED',
];

it('takes three persons for 追回, 抵扣 and 补付, none of them with a hand in the payout, whoever calls what', async () => {
  const walker = createWalker<Movements, Call>(movementsSubject(paying, crew));
  let confirmed = 0;
  let raised = 0;
  let raisedAgain = 0;
  const persons = ['taken', 'FORBIDDEN', 'FINANCE_PROPOSAL_OWN', 'FINANCE_PROPOSAL_DECIDED'];
  const duty = ['FINANCE_OWN_CASE', 'FINANCE_EARLIER_OWN_CASE'];
  const kinds = ['recovery', 'supplement', 'offset'];
  const missing = () => [
    ...notMet(walker.met, {
      ...Object.fromEntries(kinds.map((kind) => [`${kind} check`, persons])),
      ...Object.fromEntries(kinds.map((kind) => [`${kind} confirm`, persons])),
      'recovery propose': ['taken', 'RECOVERY_UNFIT'],
      'supplement propose': ['taken', 'SUPPLEMENT_UNFIT'],
      'offset propose': ['taken', 'RECOVERY_NOT_FOUND', 'OFFSET_UNFIT'],
      'recovered propose': ['taken', 'CLEARING_UNFIT', 'SUSPENSE_CLEARED', 'SUSPENSE_NOT_FOUND'],
      'recovered confirm': perStep,
      '* propose': ['FORBIDDEN', 'NOT_YOUR_POST', 'ACTION_REUSED', 'FINANCE_PROPOSAL_OPEN', 'FINANCE_OWN_CASE'],
      '* check': [...perStep, 'FINANCE_OWN_CASE'],
      '* confirm': [...perStep, ...duty, 'NOT_YOUR_POST', 'FINANCE_PROPOSAL_UNCHECKED', 'OFFSET_UNFIT'],
      '* refuse': perStep,
      '* at another door': ['FINANCE_PROPOSAL_NOT_FOUND'],
      '* too late': ['CASE_MOVED'],
      preparePayout: ['taken', 'NOT_YOUR_POST', 'DUTY_CONFLICT', 'ACT_NOT_ALLOWED'],
      confirmPayout: ['taken', 'NOT_YOUR_POST', 'DUTY_CONFLICT'],
      releasePayout: ['taken', 'NOT_YOUR_POST', 'DUTY_CONFLICT'],
      '*': ['CASE_NOT_FOUND'],
      sendBack: ['taken'],
    }),
    ...tooFew({ confirmed: [confirmed, 4], raised: [raised, 4], raisedAgain: [raisedAgain, 1] }),
    ...tooFew({ atOnce: [walker.met.get('at once') ?? 0, 11] }),
  ];
  await walkUntil(
    fc.asyncProperty(handsArbitrary, drawsOf(220, 260), async (hands, draws) => {
      const model = await startMovements({ paying, crew }, hands, nextPerson());
      walker.taken.length = 0;
      for (const draw of draws.map(drawOf)) await go(walker, model, planMovement(model, draw, walker.taken));
      await paying.readStatement();
      await compareMovements({ paying, crew }, model);
      confirmed += model.proposals.filter(({ state }) => state === 'confirmed').length;
      raised += model.paid.orders.filter(({ state }) => state === 'paid').length - 1;
      const raisers = model.paid.decisions.map(({ raisedBy }) => raisedBy);
      raisedAgain += raisers.filter((some, n) => some.some((one) => raisers.slice(0, n).flat().includes(one))).length;
      await putAside(paying, model.waiting.caseNo);
    }),
    { numRuns: 9, seed: 20_261_130 },
    missing,
  );
  await isWhole();
}, 600_000);

it('pays the account that 复核 and 审批 decided on, whoever names another', async () => {
  const all = new Map<string, number>();
  let paid = 0;
  const missing = () => [
    ...notMet(all, {
      'propose with an account': ['taken', 'PAYEE_NOT_LAWFUL', 'NOT_YOUR_POST', 'DUTY_CONFLICT'],
      'preparePayout with an account': ['PAYEE_CHANGED'],
      approve: ['taken', 'NOT_YOUR_POST', 'DUTY_CONFLICT'],
      sendBack: ['taken', 'NOT_YOUR_POST', 'DUTY_CONFLICT'],
      preparePayout: ['taken', 'NOT_YOUR_POST', 'DUTY_CONFLICT'],
      '*': ['CASE_NOT_FOUND', 'CASE_MOVED', 'ACTION_REUSED', 'ACT_NOT_ALLOWED'],
      releasePayout: ['taken', 'NOT_YOUR_POST', 'DUTY_CONFLICT'],
    }),
    ...tooFew({ paid: [paid, 2] }),
  ];
  await walkUntil(
    fc.asyncProperty(handsArbitrary, drawsOf(45, 65), async (hands, draws) => {
      const personIndex = nextPerson();
      const { name: accountName } = paying.api.world.persons[personIndex]!;
      const filed = `62160000${String(persons).padStart(8, '0')}`;
      const payee = { relation: 'self' as const, accountName, accountNumber: filed, bankCode: '102100099996' };
      const { caseNo, payableFen } = await approvedCase({ paying, crew }, hands, { personIndex, payee });
      const model: PayeeModel = {
        ...{ stage: 'preparePayout', duties: ofReview(hands), proposed: filed, approved: filed },
        ...{ decisions: 1, orders: 0, acts: [] },
      };
      const walker = createWalker(payeeSubject(paying, crew, { caseNo, accountName }));
      for (const draw of draws.map(drawOf)) {
        await walker.one(model, planPayee(model, draw, walker.taken));
        if (model.stage === 'deliver') break;
      }
      for (const [key, count] of walker.met) all.set(key, (all.get(key) ?? 0) + count);
      const isPaid = model.stage === 'deliver';
      const booked = (await bookedOf(paying, caseNo)).map(({ kind, payeeAccount, amountFen }) => [
        kind,
        payeeAccount,
        amountFen,
      ]);
      expect(booked).toEqual(isPaid ? [['debit', model.approved, payableFen]] : []);
      const [decided] = await sql<{ count: number; live: number }>(
        `SELECT count(*)::int AS count, count(*) FILTER (WHERE voided_at IS NULL)::int AS live FROM decision WHERE case_no = $1`,
        caseNo,
      );
      expect(decided).toEqual({ count: model.decisions, live: model.approved === null ? 0 : 1 });
      const had = await sql<{ person: string }>(
        `SELECT person_id AS person FROM case_duty WHERE case_no = $1 AND person_id = ANY($2::text[])`,
        ...[caseNo, crew.map(({ id }) => id)],
      );
      expect(had.map(({ person }) => person).sort()).toEqual(
        [...model.duties.keys()].map((who) => crew[who]!.id).sort(),
      );
      paid += isPaid && model.approved !== filed ? 1 : 0;
      await putAside(paying, caseNo);
    }),
    { numRuns: 14, seed: 20_261_131 },
    missing,
  );
}, 600_000);

it('lets two persons set a payout rule, and none whose own work it binds', async () => {
  const { caseNo } = await approvedCase({ paying, crew }, new Map(), { personIndex: nextPerson() });
  const [task] = await sql<{ id: string }>(`SELECT id FROM task WHERE case_no = $1 AND state = 'open'`, caseNo);
  const walker = createWalker(rulesSubject(paying, crew, task!.id));
  const model: Rules = { proposals: [], confirmed: [], holder: null };
  const missing = () => [
    ...notMet(walker.met, {
      'rule propose': [
        'taken',
        'FORBIDDEN',
        'PAYOUT_RULE_PAST',
        'PAYOUT_RULE_OWN_WORK',
        'FINANCE_PROPOSAL_OPEN',
        'ACTION_REUSED',
      ],
      'rule confirm': [...perStep, 'PAYOUT_RULE_OWN_WORK', 'PAYOUT_RULE_PROPOSER_WORK'],
      'rule refuse': perStep,
    }),
    ...tooFew({ atOnce: [walker.met.get('at once') ?? 0, 6] }),
  ];
  await walkUntil(
    fc.asyncProperty(drawsOf(200, 240), async (draws) => {
      for (const draw of draws.map(drawOf)) await go(walker, model, planRule(model, draw, crew, walker.taken));
      await expectProposals(paying, crew, model.proposals);
      const put = await sql<{ facts: object }>(
        `SELECT r.facts FROM payout_rule_row r JOIN finance_proposal p ON p.id = r.proposal_id ORDER BY p.decided_at`,
      );
      expect(put.map(({ facts }) => facts)).toEqual(model.confirmed.map(({ said }) => ruleOf(said)));
      const inForce = model.confirmed.findLast(({ said }) => said.kind === 'limits' && said.inDays === 0);
      const { body } = await crew[0]!.client.get<{ limits: { perOrderFen: number } }>('/api/finance/payout-rules');
      expect(body.limits.perOrderFen).toBe(inForce ? 40_000_000 + inForce.said.n : 50_000_000);
    }),
    { numRuns: 2, seed: 20_261_132 },
    missing,
  );
  // What waits would stand in the way of the next rule.
  const deputy = await paying.api.signIn('deputy1');
  for (const { id, agencyId: of } of model.proposals.filter(({ state }) => state === 'proposed')) {
    if (of === agencyId) await deputy.post(`/api/finance/payout-rules/proposals/${id}/refuse`, { reason: '试验' });
  }
  await putAside(paying, caseNo);
  await isWhole();
}, 300_000);

it('closes months by two persons over the same figures', async () => {
  const model: Months = { months: await statedMonths(paying, 9), closed: 0, figures: 0, proposals: [] };
  const walker = createWalker(monthsSubject(paying, crew));
  const wrong = ['BOOK_MONTH_CLOSED', 'MONTH_NOT_OVER', 'FINANCE_PROPOSAL_OPEN', 'ACTION_REUSED'];
  const missing = () => [
    ...notMet(walker.met, {
      'month propose': ['taken', 'FORBIDDEN', ...wrong, 'BOOK_MONTH_ORDER'],
      'month confirm': [...perStep, 'BOOK_MONTH_CHANGED'],
      'month refuse': perStep,
    }),
    ...tooFew({ closed: [model.closed, 3] }),
  ];
  await walkUntil(
    fc.asyncProperty(drawsOf(260, 300), async (draws) => {
      for (const draw of draws.map(drawOf)) await go(walker, model, planMonth(model, draw, walker.taken));
      await expectProposals(paying, crew, model.proposals);
    }),
    { numRuns: 1, seed: 20_261_133 },
    missing,
  );
  const closed = await sql<{ month: string; id: string; isSame: boolean }>(
    `SELECT m.month, m.proposal_id AS id, m.digest = p.facts->>'digest' AS "isSame" FROM book_month m
     JOIN finance_proposal p ON p.id = m.proposal_id ORDER BY m.month`,
  );
  const confirmed = model.proposals.filter(({ state }) => state === 'confirmed');
  expect(closed).toEqual(confirmed.map(({ id, said: { month } }) => ({ month, id, isSame: true })));
  expect(confirmed.map(({ said }) => said.month)).toEqual(model.months.slice(0, model.closed));
  // What was sent for the sake of other figures must not count as under way.
  const late = await sql<{ no: string }>(
    `SELECT order_no AS no FROM payout_order WHERE state = 'sent' AND amount_fen = 777`,
  );
  for (const { no } of late) {
    await paying.api.database.dataSource.transaction((manager) =>
      movePayoutOrder(manager, no, { from: ['sent'], to: 'failed', at: new Date(), bankReason: 'other' }),
    );
  }
  await isWhole();
}, 300_000);

it('lets a batch go below the reserve by four persons', async () => {
  await setReserve();
  const all = new Map<string, number>();
  let below = 0;
  const missing = () => [
    ...notMet(all, {
      approveReserve: ['taken', 'FORBIDDEN', 'BATCH_MOVED', 'BATCH_DUTY_CONFLICT', 'RESERVE_NOT_NEEDED'],
      releaseBatch: ['taken', 'FORBIDDEN', 'BATCH_DUTY_CONFLICT', 'RESERVE_SHORT'],
      '*': ['BATCH_NOT_FOUND', 'NOT_YOUR_POST', 'ACTION_REUSED', 'BATCH_NOTHING_TO_GATHER'],
      'another list': ['BATCH_CHANGED'],
    }),
    ...tooFew({ below: [below, 2] }),
  ];
  await walkUntil(
    fc.asyncProperty(handsArbitrary, drawsOf(35, 55), async (hands, draws) => {
      await paying.readStatement();
      const cases = [
        await approvedCase({ paying, crew }, hands, { personIndex: nextPerson() }),
        await approvedCase({ paying, crew }, new Map(), { personIndex: nextPerson() }),
      ];
      const askedFen = cases.reduce((total, { payableFen }) => total + payableFen, 0);
      await stateBalance(paying, reserveFen + askedFen - 1);
      const model: ReserveModel = {
        ...{ duties: [ofReview(hands), new Map()], batchNo: null, state: null, hands: new Map(), aboveFen: -1 },
        ...{ approval: null, acts: [] },
      };
      const walker = createWalker(reserveSubject(paying, crew));
      for (const draw of draws.map(drawOf)) {
        await walker.one(model, planReserve(model, draw, askedFen, walker.taken));
        if (model.state === 'released' && draw.size > 2) break;
      }
      for (const [key, count] of walker.met) all.set(key, (all.get(key) ?? 0) + count);
      const isPaid = model.state === 'released';
      for (const { caseNo, payableFen } of cases) {
        const booked = (await bookedOf(paying, caseNo)).map(({ kind, amountFen }) => [kind, amountFen]);
        expect(booked).toEqual(isPaid ? [['debit', payableFen]] : []);
      }
      const acts = await sql<{ act: string; actor: string }>(
        `SELECT act, actor_id AS actor FROM payout_batch_act WHERE batch_no = $1 AND act NOT IN ('gatherBatch', 'settleBatch') ORDER BY seq`,
        model.batchNo,
      );
      const expected = model.acts.filter(({ batchNo }) => batchNo === model.batchNo);
      expect(acts).toEqual(expected.map(({ does, who }) => ({ act: does, actor: crew[who]!.id })));
      const hadHands = [...model.hands.keys(), ...(model.approval ? [model.approval.by] : [])];
      if (isPaid) expect(new Set(hadHands).size).toBe(hadHands.length);
      if (isPaid && model.approval) below += 1;
      if (model.state !== null && model.state !== 'void' && !isPaid) {
        const draw = { die: 85, who: 0, other: 0, which: 0, size: 0, kind: 0 };
        await walker.one(model, planReserve(model, draw, askedFen, []));
      }
      for (const { caseNo } of cases) await putAside(paying, caseNo);
    }),
    { numRuns: 12, seed: 20_261_134 },
    missing,
  );
  await isWhole();
}, 600_000);

async function setReserve(): Promise<void> {
  const [supervisor, deputy] = [await paying.api.signIn('supervisor1'), await paying.api.signIn('deputy1')];
  const id = randomUUID();
  const rule = { kind: 'limits', ...ruleOf({ kind: 'limits', inDays: 0, n: 1 }), reserveFen };
  const path = '/api/finance/payout-rules/proposals';
  const document = { number: '示例〔2026〕6号', text: '周转金' };
  const proposed = await supervisor.post(path, { id, rule, text: '设定周转金', document });
  const confirmed = await deputy.post(`${path}/${id}/confirm`, {});
  expect([proposed.status, confirmed.status]).toEqual([201, 200]);
}

it('posts a file of the bank that one person brought and another confirmed', async () => {
  const files = [];
  for (let n = 0; n < 8; n += 1) files.push(await resultFile(paying, n));
  const walker = createWalker(uploadsSubject(paying, crew, files));
  const model: Uploads = { uploads: [], duties: new Map() };
  // What was declined, or came by a person of its case, was brought again by others and posted.
  const postedAfter = (isTurnedBack: (one: Upload) => boolean) =>
    model.uploads.filter(
      (one) => isTurnedBack(one) && model.uploads.some(({ file, isPosted }) => isPosted && file === one.file),
    ).length;
  const steps = ['taken', 'FORBIDDEN', 'FINANCE_PROPOSAL_OWN', 'FINANCE_PROPOSAL_DECIDED'];
  const missing = () => [
    ...notMet(walker.met, {
      'upload bring': ['taken', 'FORBIDDEN'],
      'upload confirm': [...steps, 'FINANCE_OWN_CASE'],
      'upload refuse': ['taken', 'FORBIDDEN'],
      '*': ['BANK_UPLOAD_NOT_FOUND', 'BANK_UPLOAD_NOT_OPEN'],
    }),
    ...tooFew({
      posted: [model.uploads.filter(({ isPosted }) => isPosted).length, 3],
      afterOwnCase: [postedAfter(({ isOwnCase }) => isOwnCase), 1],
      afterRefusal: [postedAfter(({ state }) => state === 'refused'), 1],
    }),
  ];
  await walkUntil(
    fc.asyncProperty(drawsOf(180, 220), async (draws) => {
      for (const draw of draws.map(drawOf)) await go(walker, model, planUpload(model, draw, crew, files.length));
      await walker.one(model, { name: 'work', who: 0, does: 'work' });
    }),
    { numRuns: 1, seed: 20_261_135 },
    missing,
  );
  const named = await sql<{ sha256: string; id: string; isOwnCase: boolean }>(
    `SELECT sha256, id, state = 'ownCase' AS "isOwnCase" FROM bank_upload ORDER BY brought_at`,
  );
  expect(named.map(({ sha256, isOwnCase }) => [sha256, isOwnCase])).toEqual(
    model.uploads.map(({ id, isOwnCase }) => [id, isOwnCase]),
  );
  const proposed = model.uploads.map((upload, n) => ({ ...upload, id: named[n]!.id }));
  await expectProposals(
    paying,
    crew,
    proposed.filter(({ isOwnCase }) => !isOwnCase),
  );
  for (const [n, { orderNo }] of files.entries()) {
    const isPosted = model.uploads.some(({ file, isPosted: posted }) => file === n && posted);
    const [order] = await sql<{ state: string }>(`SELECT state FROM payout_order WHERE order_no = $1`, orderNo);
    expect([n, order!.state]).toEqual([n, isPosted ? 'paid' : 'sent']);
  }
}, 300_000);

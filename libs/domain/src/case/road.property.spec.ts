import { isWorkday } from 'chinese-days';
import fc from 'fast-check';
import { calendarFor } from '../calendar/work-calendar';
import { inpatientReimbursement as matter } from '../matters/inpatient-reimbursement';
import { advance, type ActFacts } from './advance';
import { nextRungAt, supplementPauses, turnClocks } from './clocks';
import type { ClockLedger } from './ledger';
import { abilities, judgeMove, judgeRight, type CasePosition } from './judge';
import { DayOracle } from './testing/day-oracle';
import {
  counterPosts,
  doneAt,
  dutyStages,
  ObservedCase,
  postsAt,
  type Actor,
  type Command,
  runOf,
} from './testing/observed-case';
import { reopeningActs, stages, staffActs, systemActs, type ActCode, type Post, type Stage } from './words';

// Bar 14: random commands by random people at random instants, held against a model that shares nothing with the code under
// test. A failing run prints fast-check's seed and the story of the case. BANJIE_ROAD_RUNS asks for more (or fewer) sequences;
// the default is what half a minute of one core allows.
const numRuns = Number(process.env['BANJIE_ROAD_RUNS'] ?? 30_000);
const averageCommands = 30;

const national = calendarFor();
const days = new DayOracle(isWorkday);
// What the road of a claim knows; acts of other matters have their walks in `every-road.property.spec.ts`.
const acts: readonly ActCode[] = [...staffActs, ...systemActs, ...reopeningActs].filter(
  (act) => act !== 'recordAnswer',
);
const staff = new Set<ActCode>(staffActs);

/** Everyone holds his posts alone or several; some posts only meet in one person. */
const people: readonly Actor[] = [
  { id: 'window1', held: ['window'] },
  { id: 'initial1', held: ['initialReviewer'] },
  { id: 'initial2', held: ['initialReviewer'] },
  { id: 'second1', held: ['secondReviewer'] },
  { id: 'second2', held: ['secondReviewer'] },
  { id: 'approve1', held: ['approver'] },
  { id: 'approve2', held: ['approver'] },
  { id: 'settle1', held: ['settlementClerk'] },
  { id: 'settle2', held: ['settlementClerk'] },
  { id: 'finreview1', held: ['financeReviewer'] },
  { id: 'finapprove1', held: ['financeApprover'] },
  { id: 'bothreviews', held: ['initialReviewer', 'secondReviewer'] },
  { id: 'seniors', held: ['secondReviewer', 'approver'] },
  { id: 'finance', held: ['settlementClerk', 'financeReviewer', 'financeApprover'] },
  { id: 'everything', held: [...new Set(Object.values(postsAt).flat())] },
  { id: 'onlooker', held: ['supervisor', 'auditReader', 'systemAdmin'] },
];
const bank: Actor = { id: 'system:bank', held: [] };
const timer: Actor = { id: 'system:timer', held: [] };
const holding = (posts: readonly Post[]) => people.filter((p) => posts.some((post) => p.held.includes(post)));
const atCounter = holding(counterPosts);
const atStage = new Map(stages.map((stage) => [stage, holding(postsAt[stage] ?? [])]));

const nothing = { toStage: undefined, payableFen: 0, word: 'paid' as const };
const done = new Map<string, number>();
const refused = new Map<string, number>();
const count = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
const combinations = new Set<string>();
const situations = new Set<string>();

/** The facts are put into words only when the rule is broken. */
function must(held: boolean, rule: string, ...facts: unknown[]): asserts held {
  if (!held) throw new Error(`${rule} ${facts.join(' ')}`);
}

/** One case: the code under test and what was observed, compared after every command. */
class Walk {
  position: CasePosition;
  ledgers: readonly ClockLedger[];
  task: Stage | null = 'acceptance';
  closedOnce = false;
  readonly o: ObservedCase;
  readonly story: [number, Command][] = [];

  constructor(public at: number) {
    const before: CasePosition = {
      caseNo: 'LJ2025000001',
      seq: 0,
      stage: 'acceptance',
      waiting: null,
      supplementUsed: false,
      outcome: null,
      round: 0,
      duties: [],
      order: null,
      paidOnce: false,
      delivered: false,
      last: null,
      nextRungAt: null,
    };
    const { position, events, opensTask } = advance(matter, before, 'receiveFiling', 'window1');
    must(opensTask, '收件 opens a task');
    this.position = position;
    this.ledgers = turnClocks(matter, [], { act: 'receiveFiling', events, at }, national).map((c) => c.ledger);
    this.o = new ObservedCase(days, at);
    this.compare();
  }

  /** Nothing more can happen: closed without money that could come back. */
  get isOver(): boolean {
    return this.o.stage === 'closed' && this.o.order?.state !== 'paid';
  }

  /** A command out of one number: mostly what a person there would do, sometimes anything by anyone. Time goes on. */
  draw(number: number): Command {
    let rest = number;
    const take = (n: number) => {
      const taken = rest % n;
      rest = Math.floor(rest / n);
      return taken;
    };
    const { o } = this;
    const [kind, pace, length, a, b] = [take(16), take(16), take(60), take(18), take(16)];
    this.at += pace < 7 ? length * 61_001 : pace < 15 ? length * 3_600_000 : length * 86_400_000;
    const toStage = (['initialReview', 'secondReview', 'approval', 'acceptance', 'preparePayout'] as const)[
      [0, 0, 1, 1, 2, 3, 4, 4][take(8)]!
    ];
    const payableFen = take(4) === 0 ? 0 : 1 + take(1000);
    const word = take(4) === 0 ? 'failed' : 'paid';
    let act: ActCode;
    if (kind < 2) act = acts[a]!;
    else if (kind === 2 && a < 3) act = 'withdraw';
    else if (o.order?.state === 'paid' && (kind === 3 || o.stage === 'closed'))
      act = kind !== 3 && a < 6 ? 'supplementPayout' : 'returnPayout';
    else if (o.waiting) act = a < 12 ? 'supplement' : 'endPause';
    else if (o.asked && kind === 3 && a < 6) act = 'supplement';
    else act = doneAt[o.stage]?.[a < 11 ? 0 : a % doneAt[o.stage]!.length] ?? acts[a]!;
    const counter = act === 'supplement' || act === 'withdraw';
    const right = counter ? atCounter : atStage.get(o.stage)!;
    const system = act === 'settlePayout' || act === 'returnPayout' ? bank : timer;
    const actor = kind === 0 ? people[b]! : staff.has(act) ? (right[b % right.length] ?? people[b]!) : system;
    const orderNo = o.paidOrderNos[b % Math.max(1, o.paidOrderNos.length)];
    return { act, actor, seenSeq: kind === 1 ? o.seq - (a % 2) : o.seq, toStage, payableFen, word, orderNo };
  }

  step(command: Command): void {
    const { act, actor, seenSeq, toStage } = command;
    this.story.push([this.at, command]);
    const move = judgeMove(matter, this.position, { act, actorId: actor.id, seenSeq, toStage });
    const verdict = move.allowed && staff.has(act) ? judgeRight(matter, this.position, act, actor.held) : move;
    must(verdict.allowed === this.o.isLawful(command), 'allowed:', verdict.allowed);
    if (verdict.allowed) this.carryOut(command);
    else count(refused, verdict.code);
    if (!actor.id.startsWith('system:')) this.lookAtAbilities(actor);
  }

  carryOut(command: Command): void {
    const { o, at, position: before, ledgers } = this;
    const { act, actor, toStage, payableFen, word } = command;
    const pausesClock = supplementPauses(matter, ledgers);
    const facts: ActFacts = { toStage, payableFen, orderState: word, pausesClock };
    if (act === 'preparePayout') facts.orderNo = o.nextOrderNo;
    if (act === 'returnPayout') facts.orderNo = command.orderNo;
    const next = advance(matter, before, act, actor.id, facts);
    const changes = turnClocks(matter, ledgers, { act, events: next.events, at }, national);
    const [falls, from] = [o.ended === 'approved' && !o.paidOnce, o.stage];
    o.observe(command, at);
    count(done, act);

    must(
      next.voidsDecision === (act === 'sendBack' && falls),
      'the decision falls on a return from finance before payment',
    );
    const frees = act === 'refuseAcceptance' || act === 'reject' || act === 'withdraw';
    must(next.releasesInvoices === frees, 'invoices are free again after a refusal or a withdrawal');
    const claims = o.dutyOf.get(actor.id) === from && act !== 'withdraw' && act !== 'supplement';
    must(next.claimsDuty === (claims ? from : null), 'duty claimed:', next.claimsDuty);
    if (next.closesTask) this.task = null;
    if (next.opensTask) {
      must(this.task === null, 'two live states:', this.task, next.position.stage);
      this.task = next.position.stage;
    }
    for (const { event, ledger } of changes) {
      const index = this.ledgers.findIndex((l) => l.clock === ledger.clock && l.run === ledger.run);
      must(index < 0 === (event === 'started'), ledger.clock, event, 'out of turn');
      must(index < 0 || this.ledgers[index]!.state !== 'stopped', ledger.clock, event, 'after its end (bar 10)');
      this.ledgers = index < 0 ? [...this.ledgers, ledger] : this.ledgers.with(index, ledger);
    }
    must(
      !this.closedOnce || changes.every(({ ledger }) => ledger.clock === 'K-86'),
      'a clock of the case moved after it was closed (bar 10)',
    );
    this.closedOnce ||= o.stage === 'closed';
    this.position = next.position;
    this.compare();
    if (act === 'releasePayout') this.lookAtDeciders();
    this.lookForDeadEnd();
  }

  compare(): void {
    const { o, position: p } = this;
    must(p.seq === o.seq && p.round === o.returns, 'one number for each act:', p.seq, p.round);
    must(p.stage === o.stage && this.task === o.openTask, 'stage and task:', p.stage, this.task, 'wanted', o.stage);
    must(p.stage !== 'acceptance' || p.seq === 1, 'back to 受理');
    must((p.waiting === 'supplement') === o.waiting && p.supplementUsed === o.asked, 'waiting:', p.waiting);
    must((p.outcome === 'refusedAcceptance' ? 'refused' : p.outcome) === o.ended, 'outcome:', p.outcome);
    must(p.paidOnce === o.paidOnce && p.delivered === o.delivered, 'paid, delivered:', p.paidOnce, p.delivered);
    must(p.order?.orderNo === o.order?.no && p.order?.state === o.order?.state, 'order:', p.order?.state);
    must(!p.order || (p.outcome === 'approved' && o.amountFen > 0), 'an order without an approved amount');
    const live = o.orders.filter((x) => x.state !== 'failed' && x.state !== 'returned' && x.state !== 'void');
    must(live.length <= 1 + o.supplements, 'more live orders than decisions (M1)');
    must(!p.paidOnce || stages.indexOf(p.stage) >= stages.indexOf('preparePayout'), 'back to review after payment');
    must(p.duties.length === o.dutyOf.size, 'a person with two duties, or a duty lost (SD-01)');
    for (const { personId, duty } of p.duties) must(o.dutyOf.get(personId) === duty, 'duty of', personId, duty);
    this.compareClocks();
  }

  compareClocks(): void {
    const { o, ledgers } = this;
    const over = o.stage === 'archive' || o.stage === 'closed';
    const paused: Record<string, boolean> = {};
    let nextLook = Infinity;
    must(ledgers.length === o.clocks.size, 'clocks:', ledgers.map((l) => l.clock).join());
    for (const l of ledgers) {
      const wanted = o.clocks.get(runOf(l.clock, l.run))!;
      const state = wanted.stopped ? 'stopped' : wanted.pause?.open ? 'paused' : 'running';
      must(
        (l.run === 1 || l.clock === 'K-86') && l.state === state,
        l.clock,
        'run and state:',
        l.run,
        l.state,
        'wanted',
        state,
      );
      must(!over || state === 'stopped', l.clock, 'outlives the case (bar 10)');
      const due = days.dates[wanted.dueDay]!;
      must(l.dayZero === days.dates[wanted.dayZero], l.clock, 'counted from', l.dayZero);
      must(l.dueDate === due && l.dueAt.startsWith(due), l.clock, 'due', l.dueAt, 'wanted', due);
      must(Date.parse(l.dueAt) === days.closeOf(wanted.dueDay), l.clock, 'due at', l.dueAt);
      must(l.provisional === due > '2026-12-31', l.clock, 'mark of an unpublished year');
      must(l.pauses.length === (wanted.pause ? 1 : 0), l.clock, 'pauses:', l.pauses.length);
      if (wanted.pause) {
        const { from, to, open } = wanted.pause;
        must(l.pauses[0]!.from === days.dates[from], l.clock, 'pause from', l.pauses[0]!.from);
        must(l.pauses[0]!.to === (open ? null : days.dates[to]), l.clock, 'pause to', l.pauses[0]!.to);
      }
      paused[l.clock] = state === 'paused';
      if (state === 'running') nextLook = Math.min(nextLook, days.closeOf(wanted.dueDay));
      if (state === 'paused') nextLook = Math.min(nextLook, days.closeOf(wanted.pause!.to));
    }
    must(paused['K-02'] === undefined || paused['K-02'] === paused['K-04'], 'K-02 and K-04 pause together');
    must((paused['K-02'] ?? false) === o.waiting, 'paused while waiting');
    // The ladder has a spec of its own; here the walk looks at limits and pauses.
    const warned = ledgers.map((l) => ({ ...l, recorded: ['half', 'eighty'] as const }));
    const look = nextRungAt(warned, national);
    must((look === null ? Infinity : Date.parse(look)) === nextLook, 'next look:', look);
  }

  /** W2: who reviewed, decided, drew up, checked and released in the round that pays are six persons. */
  lookAtDeciders(): void {
    const deciders = dutyStages.map((stage) => this.o.by[stage]);
    must(!deciders.includes(undefined), 'a step was left out (W1):', deciders);
    must(new Set(deciders).size === 6, 'deciders:', deciders);
  }

  /** What is offered is what is allowed, for this person here; each situation is looked at once. */
  lookAtAbilities(actor: Actor): void {
    const { o, position } = this;
    const money = `${o.ended} ${o.paidOnce} ${o.order?.state}`;
    const situation = `${o.stage} ${o.waiting} ${o.asked} ${money} ${o.dutyOf.get(actor.id)} ${actor.id}`;
    if (situations.has(situation)) return;
    const offered: readonly ActCode[] = abilities(matter, position, { personId: actor.id, posts: actor.held });
    for (const act of acts) {
      const wishes = (act === 'sendBack' ? stages : [undefined]).map((toStage) => ({
        ...nothing,
        act,
        actor,
        actorId: actor.id,
        seenSeq: o.seq,
        toStage,
      }));
      const right = judgeRight(matter, position, act, actor.held).allowed;
      const judged = right && wishes.some((wish) => judgeMove(matter, position, wish).allowed);
      must(judged === wishes.some((wish) => o.isLawful(wish)), actor.id, act, 'allowed:', judged);
      must(judged === offered.includes(act), actor.id, act, 'offered:', !judged);
    }
    // Only what held is remembered, so that a failing situation is met again while fast-check shrinks it.
    situations.add(situation);
  }

  /** W5: somebody who is new to the case, or the system, can go on; or the case is closed. */
  lookForDeadEnd(): void {
    const { position: p } = this;
    const combination = `${p.stage} ${p.waiting} ${p.outcome} ${p.order?.state} ${p.delivered}`;
    if (combinations.has(combination)) return;
    const newcomer: Actor = { id: 'newcomer', held: people.flatMap((person) => person.held) };
    const goesOn = acts.some((act) => {
      const wish = { act, actorId: staff.has(act) ? newcomer.id : timer.id, seenSeq: p.seq };
      const moves = judgeMove(matter, p, { ...wish, toStage: p.paidOnce ? undefined : 'initialReview' }).allowed;
      return moves && (!staff.has(act) || judgeRight(matter, p, act, newcomer.held).allowed);
    });
    must(goesOn || p.stage === 'closed', 'no way on from', combination);
    combinations.add(combination);
  }
}

const told = ([at, { act, actor, seenSeq, toStage, payableFen, word }]: Walk['story'][number]) =>
  `${new Date(at).toISOString()} ${act} by ${actor.id}, saw ${seenSeq} (${toStage} ${payableFen} ${word})`;

describe('the road of a claim under random commands', () => {
  it(`holds over ${numRuns} sequences`, () => {
    const starts = fc.nat(480 * 24 * 60).map((minutes) => Date.UTC(2025, 0, 2) + minutes * 60_000);
    const numbers = fc.array(fc.nat(2 ** 31 - 1), { minLength: 1, maxLength: 2 * averageCommands, size: 'max' });
    let commands = 0;
    fc.assert(
      fc.property(starts, numbers, (start, drawn) => {
        let walk = new Walk(start);
        let idle = 0;
        for (const number of drawn) {
          commands += 1;
          try {
            walk.step(walk.draw(number));
          } catch (error) {
            throw new Error(`${String(error)}\n${walk.story.map(told).join('\n')}`, { cause: error });
          }
          // A closed case is knocked at a few times more; then the next one begins.
          if (walk.isOver && (idle += 1) > 3) [walk, idle] = [new Walk(walk.at), 0];
        }
      }),
      { numRuns },
    );
    // The search went everywhere: every act made, every refusal met, every state of the road reached.
    if (numRuns < 10_000) return;
    const never = ['receiveFiling', 'openPause', 'closePause', 'requestExtension', 'grantExtension', 'refuseExtension'];
    expect([...done.keys()].sort()).toEqual(acts.filter((act) => !never.includes(act)).sort());
    expect([...refused.keys()].sort()).toEqual([
      'ACT_NOT_ALLOWED',
      'ALREADY_DECIDED',
      'ALREADY_PAID',
      'BAD_RETURN',
      'CASE_CLOSED',
      'CASE_MOVED',
      'DUTY_CONFLICT',
      'EXTENSION_NOT_ALLOWED',
      'NOT_PAUSED',
      'NOT_WAITING_SUPPLEMENT',
      'NOT_YOUR_POST',
      'NO_EXTENSION_REQUEST',
      'PAUSE_NOT_ALLOWED',
      'SUPPLEMENT_USED',
      'WAITING_SUPPLEMENT',
    ]);
    // 32 in all (advance.spec.ts names them); 受理 is where every walk begins.
    expect(combinations.size).toBe(31);
    expect(commands).toBeGreaterThan(20 * numRuns);
  }, 900_000);
});

import fc from 'fast-check';
import { calendarFor } from '../calendar/work-calendar';
import { crossProvinceTransfers } from '../matters/cross-province-transfer';
import { crossRegionFiling } from '../matters/cross-region-filing';
import { crossRegionReimbursement } from '../matters/cross-region-reimbursement';
import { inpatientReimbursement } from '../matters/inpatient-reimbursement';
import { referralFiling } from '../matters/referral-filing';
import { advance, triggersOf, type ActFacts } from './advance';
import { turnClocks } from './clocks';
import type { ClockLedger } from './ledger';
import { checkDefinition } from './check-definition';
import type { MatterDefinition } from './definition';
import { abilities, judgeMove, judgeRight, openReturns, postsFor, stageOf, type CasePosition } from './judge';
import { reopeningActs, staffActs, systemActors, systemActs, type ActCode, type Post } from './words';

// Bar 14 for every definition: random acts by random people on every road there is. What P-01 does in detail is held against a
// model of its own (`road.property.spec.ts`); here the rules that no road may break. BANJIE_ROAD_RUNS asks for more sequences.
const numRuns = Math.ceil(Number(process.env['BANJIE_ROAD_RUNS'] ?? 9_000) / 9);

const definitions: readonly MatterDefinition[] = [
  inpatientReimbursement,
  crossRegionReimbursement,
  crossRegionFiling,
  referralFiling,
  ...crossProvinceTransfers,
];

const calendar = calendarFor();
const acts: readonly ActCode[] = [...staffActs, ...systemActs, ...reopeningActs];
const isStaffAct = (act: ActCode) => (staffActs as readonly ActCode[]).includes(act);
const allPosts: readonly Post[] = [
  'window',
  'initialReviewer',
  'secondReviewer',
  'approver',
  'settlementClerk',
  'financeReviewer',
  'financeApprover',
];
/** One holder of each post, one who holds all, and one who only looks on. */
const people: { id: string; held: readonly Post[] }[] = [
  ...allPosts.map((post) => ({ id: post, held: [post] })),
  { id: 'everything', held: allPosts },
  { id: 'onlooker', held: ['supervisor', 'auditReader', 'systemAdmin'] },
];

function must(held: boolean, rule: string, ...facts: unknown[]): asserts held {
  if (!held) throw new Error(`${rule} ${facts.join(' ')}`);
}

const beginning: CasePosition = {
  caseNo: 'LJ2026000001',
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

class Walk {
  position: CasePosition;
  ledgers: readonly ClockLedger[] = [];
  openTasks = 1;
  /** Acts of persons that decided, in the round that counts. */
  decidedBy: string | null = null;
  readonly done: ActCode[] = ['receiveFiling'];

  constructor(
    readonly matter: MatterDefinition,
    public at: number,
  ) {
    const step = advance(matter, beginning, 'receiveFiling', 'window');
    this.position = step.position;
    this.turn('receiveFiling', step);
  }

  step(number: number): void {
    const { matter, position } = this;
    const pick = (n: number) => {
      const taken = number % n;
      number = Math.floor(number / n);
      return taken;
    };
    this.at += pick(40) * 3_600_000;
    const here = stageOf(matter, position.stage)?.acts ?? [];
    const act = pick(4) === 0 || here.length === 0 ? acts[pick(acts.length)]! : here[pick(here.length)]!;
    const able = people.filter(({ held }) => postsFor(matter, position.stage, act).some((post) => held.includes(post)));
    const crowd = pick(5) === 0 || able.length === 0 ? people : able;
    const person = crowd[pick(crowd.length)]!;
    const returns = openReturns(matter, position);
    const toStage =
      act === 'sendBack' ? (pick(6) === 0 ? 'acceptance' : returns[pick(returns.length || 1)]) : undefined;
    const actorId = isStaffAct(act) ? person.id : systemActors.workflow;
    const seenSeq = pick(12) === 0 ? position.seq - 1 : position.seq;
    const wish = { act, actorId, seenSeq, toStage };
    const moves = judgeMove(matter, position, wish);
    const allowed = moves.allowed && (!isStaffAct(act) || judgeRight(matter, position, act, person.held).allowed);
    if (!allowed || act === 'receiveFiling') {
      if (!moves.allowed && moves.code === 'ACT_NOT_ALLOWED') {
        must(Array.isArray(moves.facts['allowedActs']), 'an illegal act is told the allowed ones:', act);
      }
      return;
    }
    const facts: ActFacts = {
      toStage,
      payableFen: matter.follows === 'payout' && pick(4) > 0 ? 100 : 0,
      ...(act === 'preparePayout' ? { orderNo: `P${position.seq}` } : {}),
      pausesClock: pick(2) === 0,
      orderState: pick(4) === 0 ? 'failed' : 'paid',
    };
    const next = advance(matter, position, act, actorId, facts);
    this.compare(act, person, next);
    this.turn(act, next);
    this.position = next.position;
    this.done.push(act);
    this.lookAround();
  }

  private compare(act: ActCode, person: (typeof people)[number], next: ReturnType<typeof advance>): void {
    const { position: to } = next;
    const from = this.position;
    must(to.seq === from.seq + 1, 'one number for each act');
    must(to.stage === 'closed' || stageOf(this.matter, to.stage) !== null, act, 'leads to no stage:', to.stage);
    if (to.outcome !== from.outcome && to.outcome !== null) {
      must(isStaffAct(act), 'the system decided:', act);
      this.decidedBy = person.id;
    }
    must(to.outcome === null || this.decidedBy !== null, 'an outcome without a person');
    const byPerson = to.duties.filter((d) => d.personId === person.id);
    must(byPerson.length <= 1, 'two duties of one person:', person.id);
    if (next.closesTask) this.openTasks = Math.max(0, this.openTasks - 1);
    if (next.opensTask) this.openTasks += 1;
    // A 退票 that finds the case closed or in the archive opens its task beside none.
    must(this.openTasks <= 1, 'two open tasks after', act);
    const wanted = (stageOf(this.matter, to.stage)?.posts.length ?? 0) > 0 ? 1 : 0;
    must(this.openTasks === wanted, 'tasks at', to.stage, this.openTasks);
  }

  private turn(act: ActCode, step: ReturnType<typeof advance>): void {
    const events = triggersOf(act === 'receiveFiling' ? beginning : this.position, step);
    for (const { ledger } of turnClocks(this.matter, this.ledgers, { act, events, at: this.at }, calendar)) {
      const index = this.ledgers.findIndex((old) => old.clock === ledger.clock && old.run === ledger.run);
      this.ledgers = index < 0 ? [...this.ledgers, ledger] : this.ledgers.with(index, ledger);
    }
    const { stage, outcome } = step.position;
    if (outcome === null && stage !== 'acceptance') {
      must(
        this.ledgers.some(({ state, level }) => state !== 'stopped' && level !== 'internal'),
        'no limit of the review runs at',
        stage,
      );
    }
    // The end itself stops them, not the seal of the archive after it.
    if (stage === 'closed' || stage === 'archive') {
      must(
        this.ledgers.every(({ state }) => state === 'stopped'),
        'a clock outlives the case (bar 10):',
        this.ledgers.filter(({ state }) => state !== 'stopped').map(({ clock }) => clock),
      );
    }
  }

  /** Somebody new or the system can go on, or the case is closed; what is offered to a person is what is allowed. */
  private lookAround(): void {
    const { matter, position } = this;
    const open = acts.some((act) => {
      const actorId = isStaffAct(act) ? 'newcomer' : systemActors.timer;
      const toStage = act === 'sendBack' ? openReturns(matter, position)[0] : undefined;
      return judgeMove(matter, position, { act, actorId, seenSeq: position.seq, toStage }).allowed;
    });
    must(open || position.stage === 'closed', 'no way on from', position.stage);
    for (const { id, held } of people) {
      for (const act of abilities(matter, position, { personId: id, posts: held })) {
        must(judgeRight(matter, position, act, held).allowed, 'offered without the right:', act, id);
      }
    }
  }
}

describe('every road under random acts', () => {
  it.each(definitions.map((definition) => [`${definition.matter} ${definition.version}`, definition] as const))(
    '%s holds',
    (_, definition) => {
      expect(checkDefinition(definition)).toEqual([]);
      const reached = new Set<string>();
      const ends = new Set<string>();
      const starts = fc.nat(480 * 24 * 60).map((minutes) => Date.UTC(2025, 0, 2) + minutes * 60_000);
      const numbers = fc.array(fc.nat(2 ** 31 - 1), { minLength: 20, maxLength: 90, size: 'max' });
      fc.assert(
        fc.property(starts, numbers, (start, drawn) => {
          const walk = new Walk(definition, start);
          for (const number of drawn) {
            try {
              walk.step(number);
            } catch (error) {
              throw new Error(`${String(error)}\n${walk.done.join(' → ')}`, { cause: error });
            }
            reached.add(walk.position.stage);
            if (walk.position.stage === 'closed') ends.add(String(walk.position.outcome));
          }
        }),
        { numRuns },
      );
      // The search went everywhere, or it would prove nothing.
      expect([...reached].sort()).toEqual([...definition.stages.map(({ stage }) => stage), 'closed'].sort());
      expect([...ends].sort()).toEqual(['approved', 'refusedAcceptance', 'rejected', 'withdrawn']);
    },
    300_000,
  );
});

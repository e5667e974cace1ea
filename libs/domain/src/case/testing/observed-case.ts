import { staffActs, type ActCode, type Post, type Stage } from '../words';
import type { DayOracle } from './day-oracle';

// The road once more for tests, from issue 3 § 3 and 04-clocks § 2 and not from the definition: the post of each stage, what
// is done there, what follows, which clocks run. It knows a case by its acts alone.
export const postsAt: Partial<Record<Stage, readonly Post[]>> = {
  acceptance: ['initialReviewer'],
  initialReview: ['initialReviewer'],
  secondReview: ['secondReviewer'],
  approval: ['approver'],
  preparePayout: ['settlementClerk'],
  financeReview: ['financeReviewer'],
  financeApproval: ['financeApprover'],
  deliver: ['window', 'initialReviewer'],
};
/** 补正收件 and 撤回 are recorded for the applicant, wherever the case lies. */
export const counterPosts: readonly Post[] = ['window', 'initialReviewer'];
export const road: readonly Stage[] = [
  'acceptance',
  'initialReview',
  'secondReview',
  'approval',
  'preparePayout',
  'financeReview',
  'financeApproval',
  'pay',
  'deliver',
  'archive',
  'closed',
];
export const doneAt: Partial<Record<Stage, readonly ActCode[]>> = {
  acceptance: ['accept', 'refuseAcceptance'],
  initialReview: ['propose', 'askSupplement'],
  secondReview: ['propose', 'sendBack', 'askSupplement'],
  approval: ['approve', 'reject', 'sendBack', 'askSupplement'],
  preparePayout: ['preparePayout', 'sendBack'],
  financeReview: ['confirmPayout', 'sendBack'],
  financeApproval: ['releasePayout', 'sendBack'],
  pay: ['settlePayout'],
  deliver: ['deliver'],
  archive: ['archive'],
  closed: [],
};
export const reviewStages: readonly Stage[] = ['initialReview', 'secondReview', 'approval'];
/** The duties of SD-01 are named like the stages where they are claimed. */
export const dutyStages: readonly Stage[] = [...reviewStages, 'preparePayout', 'financeReview', 'financeApproval'];

const limits = { 'K-01': 1, 'K-02': 18, 'K-03': 1, 'K-04': 20, 'K-86': 10 };
const pauseMaximum = 30;
const staff = new Set<ActCode>(staffActs);

export interface Actor {
  id: string;
  held: readonly Post[];
}

export interface Command {
  act: ActCode;
  actor: Actor;
  seenSeq: number;
  toStage: Stage | undefined;
  payableFen: number;
  word: 'paid' | 'failed';
  /** For `returnPayout`: the paid order that came back; after 补付 there are several. */
  orderNo?: string | undefined;
}

export interface ObservedOrder {
  no: string;
  state: 'drawn' | 'reviewed' | 'released' | 'paid' | 'failed' | 'returned' | 'void';
}

export interface ObservedClock {
  dayZero: number;
  limit: number;
  pause: { from: number; to: number; open: boolean; late: boolean } | null;
  stopped: boolean;
  dueDay: number;
}

export const runOf = (clock: string, run: number) => (run === 1 ? clock : `${clock} ${run}`);

/** A case as somebody sees it who has only watched the acts. */
export class ObservedCase {
  seq = 1;
  stage: Stage = 'acceptance';
  waiting = false;
  asked = false;
  ended: 'refused' | 'withdrawn' | 'rejected' | 'approved' | null = null;
  amountFen = 0;
  /** Every order ever drawn, and the one the case stands on. */
  readonly orders: ObservedOrder[] = [];
  order: ObservedOrder | null = null;
  returns = 0;
  paidOnce = false;
  /** Further decisions that added to the first (补付). */
  supplements = 0;
  delivered = false;
  readonly dutyOf = new Map<string, Stage>();
  /** Who made the step that counts, in the round that counts. */
  by: Partial<Record<Stage, string>> = {};
  /** By clock; a further run of one by clock and run, as in `K-86 2`. */
  readonly clocks = new Map<string, ObservedClock>();
  private moneyBack = 0;

  /** 收件. */
  constructor(
    private readonly days: DayOracle,
    receivedAt: number,
  ) {
    this.startClock('K-01', days.arrivalDay(receivedAt));
    this.startClock('K-04', days.arrivalDay(receivedAt));
  }

  get paidOrderNos(): string[] {
    return this.orders.filter((order) => order.state === 'paid').map((order) => order.no);
  }

  get nextOrderNo(): string {
    return `P${this.orders.length + 1}`;
  }

  /** The stage whose inbox shows the case, if any does. */
  get openTask(): Stage | null {
    return postsAt[this.stage] ? this.stage : null;
  }

  /** May it be done? */
  isLawful({ act, actor, seenSeq, toStage }: Command): boolean {
    const byPerson = !actor.id.startsWith('system:');
    if (byPerson !== staff.has(act)) return false;
    if (act === 'returnPayout') return this.order?.state === 'paid';
    if (act === 'supplementPayout') return this.stage === 'closed' && this.order?.state === 'paid';
    if (this.stage === 'closed' || seenSeq !== this.seq) return false;
    const holds = (posts: readonly Post[]) => posts.some((post) => actor.held.includes(post));
    // Late papers are taken in as well, until the decision.
    if (act === 'supplement') {
      return (this.waiting || (this.asked && reviewStages.includes(this.stage))) && holds(counterPosts);
    }
    if (act === 'endPause') return this.waiting;
    if (act === 'withdraw') {
      return (this.stage === 'acceptance' || reviewStages.includes(this.stage)) && holds(counterPosts);
    }
    if (act === 'recallPayout') {
      return this.stage === 'pay' && this.order?.state === 'released' && holds(['financeApprover']);
    }
    if (this.waiting || !doneAt[this.stage]?.includes(act)) return false;
    if (!byPerson) return true;
    if (!holds(postsAt[this.stage]!)) return false;
    const earlier = this.dutyOf.get(actor.id);
    if (dutyStages.includes(this.stage) && earlier && earlier !== this.stage) return false;
    if (act === 'askSupplement') return !this.asked;
    if (act === 'sendBack') {
      // After payment finance alone may ask for another order; what was decided stands.
      if (this.paidOnce) return toStage === 'preparePayout' && this.stage.startsWith('finance');
      const target = toStage === 'initialReview' || (toStage === 'secondReview' && this.stage !== 'secondReview');
      return target;
    }
    return true;
  }

  /** A lawful act was done. */
  observe(command: Command, at: number): void {
    const { act, actor } = command;
    this.seq += 1;
    if (dutyStages.includes(this.stage) && staff.has(act) && act !== 'supplement' && act !== 'withdraw') {
      this.dutyOf.set(actor.id, this.stage);
      this.by[this.stage] = actor.id;
    }
    this.watchClocks(command, at);
    this.move(command);
  }

  private move({ act, toStage, payableFen, word, orderNo }: Command): void {
    const onward = () => (this.stage = road[road.indexOf(this.stage) + 1]!);
    const end = (ended: ObservedCase['ended'], stage: Stage) => {
      this.ended = ended;
      this.stage = stage;
    };
    if (act === 'accept' || act === 'propose') onward();
    else if (act === 'refuseAcceptance') end('refused', 'archive');
    else if (act === 'approve') {
      this.amountFen = payableFen;
      end('approved', payableFen > 0 ? 'preparePayout' : 'deliver');
    } else if (act === 'reject') end('rejected', 'deliver');
    else if (act === 'withdraw') {
      this.waiting = false;
      end('withdrawn', 'archive');
    } else if (act === 'sendBack') {
      if (this.order && this.order.state !== 'failed') this.order.state = 'void';
      this.order = null;
      this.returns += 1;
      if (this.paidOnce) this.stage = 'preparePayout';
      else {
        this.amountFen = 0;
        end(null, toStage!);
      }
      for (const stage of road.slice(road.indexOf(toStage!))) delete this.by[stage];
    } else if (act === 'askSupplement') this.waiting = this.asked = true;
    else if (act === 'supplement' || act === 'endPause') this.waiting = false;
    else if (act === 'preparePayout') {
      this.order = { no: this.nextOrderNo, state: 'drawn' };
      this.orders.push(this.order);
      onward();
    } else if (act === 'confirmPayout' || act === 'releasePayout') {
      this.order!.state = act === 'confirmPayout' ? 'reviewed' : 'released';
      onward();
    } else if (act === 'recallPayout') {
      this.order!.state = 'void';
      this.order = null;
      this.stage = 'preparePayout';
    } else if (act === 'settlePayout') {
      this.order!.state = word;
      this.paidOnce ||= word === 'paid';
      this.stage = word === 'failed' ? 'preparePayout' : this.delivered ? 'archive' : 'deliver';
    } else if (act === 'supplementPayout') {
      this.order = null;
      this.stage = 'preparePayout';
      this.supplements += 1;
    } else if (act === 'returnPayout') {
      this.order = this.orders.find((order) => order.no === orderNo)!;
      this.order.state = 'returned';
      if (this.stage !== 'deliver') this.stage = 'preparePayout';
    } else if (act === 'deliver') {
      this.delivered = true;
      this.stage = this.order?.state === 'returned' ? 'preparePayout' : 'archive';
    } else if (act === 'archive') this.stage = 'closed';
  }

  private watchClocks({ act, payableFen, word }: Command, at: number): void {
    const today = this.days.dayOf(at);
    const firstPaid = act === 'settlePayout' && word === 'paid' && !this.paidOnce;
    const nothingToPay = act === 'reject' || (act === 'approve' && payableFen === 0);
    if (act === 'accept') {
      this.stopClocks(today, 'K-01');
      this.startClock('K-02', today);
    } else if (act === 'refuseAcceptance') this.stopClocks(today, 'K-01', 'K-04');
    else if (act === 'withdraw') this.stopClocks(today, 'K-01', 'K-02', 'K-04');
    else if (firstPaid || nothingToPay) {
      this.stopClocks(today, 'K-02');
      this.startClock('K-03', today);
    } else if (act === 'returnPayout') {
      this.moneyBack += 1;
      this.startClock('K-86', today, this.moneyBack);
    } else if (act === 'settlePayout' && word === 'paid') this.stopClocks(today, runOf('K-86', this.moneyBack));
    else if (act === 'deliver') this.stopClocks(today, 'K-03', 'K-04');
    else if (act === 'askSupplement' || act === 'supplement' || act === 'endPause') {
      for (const clock of [this.clocks.get('K-02')!, this.clocks.get('K-04')!]) {
        if (act === 'supplement') this.endPause(clock, this.days.arrivalDay(at));
        else if (act === 'endPause') this.endPause(clock, Infinity);
        else {
          const late = at > this.days.closeOf(clock.dueDay);
          clock.pause = { from: today, to: this.days.nthAfter(today, pauseMaximum), open: true, late };
          clock.dueDay = this.days.dueDay(clock.dayZero, clock.limit, clock.pause);
        }
      }
    }
  }

  private startClock(code: keyof typeof limits, dayZero: number, run = 1): void {
    if (this.clocks.has(runOf(code, run))) throw new Error(`${code} starts a second time`);
    const limit = limits[code];
    const dueDay = this.days.dueDay(dayZero, limit, null);
    this.clocks.set(runOf(code, run), { dayZero, limit, pause: null, stopped: false, dueDay });
  }

  private stopClocks(today: number, ...codes: string[]): void {
    for (const code of codes) {
      const clock = this.clocks.get(code);
      if (!clock || clock.stopped) continue;
      this.endPause(clock, today);
      clock.stopped = true;
    }
  }

  private endPause(clock: ObservedClock, day: number): void {
    if (!clock.pause?.open) return;
    clock.pause = { ...clock.pause, to: Math.min(day, clock.pause.to), open: false };
    clock.dueDay = this.days.dueDay(clock.dayZero, clock.limit, clock.pause);
  }
}

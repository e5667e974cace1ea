import type { Road } from './definition';
import { decisionStands, stageOf, type CasePosition } from './judge';
import type { ActCode, CaseEvent, ClockTrigger, Duty, Outcome, PauseKind, PayoutState, Stage } from './words';

/** What an act says beyond its code, as far as the road depends on it. */
export interface ActFacts {
  toStage?: Stage | undefined;
  /** 分; for `approve` the decided amount (R-FN-10: 0 makes no order). */
  payableFen?: number | undefined;
  /** For `preparePayout` the new order; for `returnPayout` the one that came back, where it is another than the last. */
  orderNo?: string | undefined;
  /** For `preparePayout`: the batch that the order is drawn in. */
  batchNo?: string | undefined;
  /** For `askSupplement`: does any clock stand still until the papers come (`supplementPauses`)? */
  pausesClock?: boolean | undefined;
  /** For `openPause`: what for. */
  pause?: PauseKind | undefined;
  /** For `requestExtension`: WD asked for. */
  extensionWorkingDays?: number | undefined;
  /** For `settlePayout`: the bank's word. */
  orderState?: PayoutState | undefined;
}

/** What follows from an act. The transaction writes exactly this and nothing else. */
export interface Advance {
  position: CasePosition;
  events: CaseEvent[];
  claimsDuty: Duty | null;
  /** The open task is done (or withdrawn with the case). */
  closesTask: boolean;
  /** A new task opens at `position.stage`. */
  opensTask: boolean;
  /** An approval made before falls, with its order (send back from finance to a review stage). */
  voidsDecision: boolean;
  /** The invoices of the case become free again (R-EL-04). */
  releasesInvoices: boolean;
}

/**
 * The one transition table walked forward: position and act in, next position and effects out. Assumes that
 * `judgeMove` has allowed the act; throws a plain Error (a bug, not a refusal) where it cannot have.
 */
export function advance(
  road: Road,
  before: CasePosition,
  act: ActCode,
  actorId: string,
  facts: ActFacts = {},
): Advance {
  const here = stageOf(road, before.stage);
  const next: CasePosition = { ...before, seq: before.seq + 1, last: { act, actorId } };
  const result: Advance = {
    position: next,
    events: [],
    claimsDuty: here?.acts.includes(act) ? here.duty : null,
    closesTask: true,
    opensTask: true,
    voidsDecision: false,
    releasesInvoices: false,
  };
  const goTo = (stage: Stage) => {
    next.stage = stage;
  };
  const stay = () => {
    result.closesTask = false;
    result.opensTask = false;
  };
  const decide = (outcome: Outcome) => {
    next.outcome = outcome;
  };

  switch (act) {
    case 'receiveFiling':
      goTo('acceptance');
      result.events = ['received'];
      break;
    case 'accept':
      goTo(following(road, before.stage));
      result.events = ['accepted'];
      break;
    case 'refuseAcceptance':
      decide('refusedAcceptance');
      goTo('archive');
      result.events = ['acceptanceRefused'];
      result.releasesInvoices = true;
      break;
    case 'propose':
    // The other agency's word is on record; whatever it says, a person of ours decides on it.
    case 'recordAnswer':
      goTo(following(road, before.stage));
      break;
    case 'approve':
      if (facts.payableFen === undefined) throw new Error('approve needs the decided amount');
      decide('approved');
      goTo(facts.payableFen > 0 ? following(road, before.stage) : 'deliver');
      result.events = facts.payableFen > 0 ? ['decided'] : ['decided', 'decidedNothingToPay'];
      break;
    case 'reject':
      decide('rejected');
      goTo('deliver');
      result.events = ['decided', 'decidedNothingToPay'];
      result.releasesInvoices = true;
      break;
    case 'sendBack':
      if (!facts.toStage) throw new Error('sendBack needs a stage');
      goTo(facts.toStage);
      next.round = before.round + 1;
      if (before.outcome === 'approved') {
        next.order = null;
        // Where the decision stands the order falls alone (`openReturns`).
        if (!decisionStands(before)) {
          next.outcome = null;
          result.voidsDecision = true;
          result.events = ['decisionVoided'];
        }
      }
      break;
    case 'askSupplement':
      // Customary: while its clock runs the office may go on, for nothing but a pause would end the wait. The papers are
      // taken in whenever they come (`maySupplement`).
      next.waiting = facts.pausesClock === false ? null : 'supplement';
      next.supplementUsed = true;
      stay();
      break;
    case 'supplement':
      // Late papers come in whatever the case waits for by then; they end a wait for papers alone.
      if (before.waiting === 'supplement') next.waiting = null;
      stay();
      break;
    case 'endPause':
    case 'closePause':
      next.waiting = null;
      stay();
      break;
    case 'openPause':
      if (!facts.pause) throw new Error('openPause needs its kind');
      next.waiting = facts.pause;
      stay();
      break;
    case 'requestExtension':
      if (!facts.extensionWorkingDays) throw new Error('requestExtension needs its working days');
      next.extension = { state: 'requested', requestedBy: actorId, workingDays: facts.extensionWorkingDays };
      stay();
      break;
    case 'grantExtension':
    case 'refuseExtension':
      if (!before.extension) throw new Error(`${act} without a request`);
      next.extension = { ...before.extension, state: act === 'grantExtension' ? 'granted' : 'refused' };
      stay();
      break;
    case 'withdraw':
      decide('withdrawn');
      next.waiting = null;
      goTo('archive');
      result.events = ['withdrawn'];
      result.releasesInvoices = true;
      break;
    case 'preparePayout':
      if (!facts.orderNo) throw new Error('preparePayout needs the order number');
      next.order = { orderNo: facts.orderNo, state: 'drawn', ...(facts.batchNo ? { batchNo: facts.batchNo } : {}) };
      goTo(following(road, before.stage));
      break;
    case 'confirmPayout':
      next.order = order(before, 'reviewed');
      goTo(following(road, before.stage));
      break;
    case 'releasePayout':
      next.order = order(before, 'released');
      goTo(following(road, before.stage));
      break;
    case 'recallPayout':
      // The decision stands; the next order is drawn from it anew.
      next.order = null;
      goTo('preparePayout');
      break;
    case 'settlePayout': {
      const state = facts.orderState;
      if (state !== 'paid' && state !== 'failed') throw new Error(`settlePayout cannot take the word ${String(state)}`);
      next.order = order(before, state);
      if (state === 'failed') {
        goTo('preparePayout');
      } else {
        next.paidOnce = true;
        result.events = [before.paidOnce ? 'repaid' : 'paid'];
        goTo(before.delivered ? 'archive' : 'deliver');
      }
      break;
    }
    case 'returnPayout': {
      // Of two orders that were paid (补付) it may be the other one.
      next.order = { ...order(before, 'returned'), ...(facts.orderNo ? { orderNo: facts.orderNo } : {}) };
      result.events = ['paymentReturned'];
      // The result is still owed to the applicant first; the money follows under a new order.
      const stays = before.stage === 'deliver';
      if (!stays) goTo('preparePayout');
      result.closesTask = false;
      result.opensTask = !stays;
      break;
    }
    case 'supplementPayout':
      next.order = null;
      goTo('preparePayout');
      result.closesTask = false;
      break;
    case 'deliver':
      next.delivered = true;
      result.events = ['delivered'];
      if (before.stage === 'deliver') {
        goTo(before.order?.state === 'returned' ? 'preparePayout' : 'archive');
      } else {
        // Beside the payment (`mayDeliverBeside`): finance goes on, and the case ends when the money has left too.
        result.closesTask = false;
        result.opensTask = false;
      }
      break;
    case 'archive':
      goTo('closed');
      break;
    case 'migrateDefinition':
    case 'undoMigration':
      goTo(facts.toStage ?? before.stage);
      result.closesTask = next.stage !== before.stage;
      result.opensTask = result.closesTask;
      break;
  }
  if (result.claimsDuty && !next.duties.some((d) => d.personId === actorId && d.duty === result.claimsDuty)) {
    next.duties = [...next.duties, { personId: actorId, duty: result.claimsDuty }];
  }
  if (result.opensTask) result.opensTask = (stageOf(road, next.stage)?.posts.length ?? 0) > 0;
  return result;
}

/** What the clocks hear of an act: its events, and the stage it brought the case to. */
export function triggersOf(before: Pick<CasePosition, 'stage'>, step: Advance): ClockTrigger[] {
  const { stage } = step.position;
  return stage === before.stage ? step.events : [...step.events, `enter:${stage}`];
}

function order(before: CasePosition, state: PayoutState) {
  if (!before.order) throw new Error('the case has no order');
  return { ...before.order, state };
}

function following(road: Road, stage: Stage): Stage {
  const index = road.stages.findIndex((s) => s.stage === stage);
  const next = road.stages[index + 1];
  if (index < 0 || !next) throw new Error(`nothing follows ${stage}`);
  return next.stage;
}

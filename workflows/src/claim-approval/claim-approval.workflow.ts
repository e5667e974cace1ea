import type { CaseActivities, PayoutActivities } from '@banjie/activities';
import type { ActResult, ActUpdate } from '@banjie/contracts';
import { payoutTaskQueueOf } from '@banjie/contracts/temporal';
import {
  judgeMove,
  moveActs,
  staffActs,
  systemActors,
  type ActCode,
  type CasePosition,
  type MoveAct,
  type Road,
  type SystemAct,
  type SystemActor,
} from '@banjie/domain/for-workflows';
import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  log,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { actUpdate, lookAgainSignal, positionQuery, systemActSignal } from '../messages';
import { isId, refusal, refusalIn } from '../refusals';

// One short transaction each: local, retried for as long as PostgreSQL is away, never for a refusal.
const rowsOfCases = proxyLocalActivities<CaseActivities>({
  startToCloseTimeout: '20 seconds',
  localRetryThreshold: '1 minute',
  retry: { initialInterval: '200 milliseconds', backoffCoefficient: 2, maximumInterval: '10 seconds' },
});

// The bank is called once per try: no answer means ask, never send anew (reliability F11).
const sending = {
  startToCloseTimeout: '45 seconds',
  scheduleToCloseTimeout: '10 minutes',
  retry: { maximumAttempts: 1 },
} as const;
const asking = {
  startToCloseTimeout: '45 seconds',
  retry: { initialInterval: '2 seconds', maximumInterval: '1 minute' },
} as const;

const firstQueryAfterMs = 1_000;
const longestQueryGapMs = 5 * 60_000;

interface SystemWish {
  act: SystemAct | MoveAct;
  actionId: string;
}

/** Where a run begins: at the case alone, or with what the rows do not say of the run before it. */
export interface CaseRun {
  caseNo: string;
  /** How long the bank is left in peace before it is asked again about this order. */
  pace?: { orderNo: string; gapMs: number };
  /** Told, and not yet to be recorded. */
  told?: SystemWish[];
}

interface PersonsWish {
  update: ActUpdate;
  settled: boolean;
  result: ActResult | null;
  refusal: ApplicationFailure | null;
}

/**
 * 住院费用报销 from 受理 to 归档, one run per case (`case/{caseNo}`). PostgreSQL says where the case stands; the workflow
 * decides what it waits for: a person's act, the bank's word, or the next rung of a clock.
 */
export async function claimApproval({
  caseNo,
  ...before
}: CaseRun): Promise<{ stage: string; outcome: string | null }> {
  let position = null as CasePosition | null;
  let road = null as Road | null;
  let wish = null as PersonsWish | null;
  const systemWishes: SystemWish[] = [...(before.told ?? [])];
  let pace = before.pace ?? { orderNo: '', gapMs: firstQueryAfterMs };
  let clocksAsked = 0;
  let isStale = false;
  const { inTurn, isIdle } = oneAtATime();
  const cases: CaseActivities = {
    loadCase: (input) => inTurn(() => rowsOfCases.loadCase(input)),
    commitAct: (input) => inTurn(() => rowsOfCases.commitAct(input)),
    lookAtClocks: (input) => inTurn(() => rowsOfCases.lookAtClocks(input)),
  };
  const payouts = payoutTaskQueueOf(workflowInfo().taskQueue);
  const sender = proxyActivities<PayoutActivities>({ ...sending, taskQueue: payouts });
  const asker = proxyActivities<PayoutActivities>({ ...asking, taskQueue: payouts });

  setHandler(
    actUpdate,
    async (update) => {
      // State first: the second click of the same moment is refused by the validator below.
      const mine: PersonsWish = { update, settled: false, result: null, refusal: null };
      wish = mine;
      await condition(() => mine.settled);
      if (mine.refusal) throw mine.refusal;
      return mine.result!;
    },
    {
      validator: (update) => {
        // An act of the system needs no stored body, so it must not come this way under anybody's name (bar 25).
        if (!isStaffAct(update.act) || !isId(update.actionId) || !isId(update.actorId)) throw refusal('FORBIDDEN', {});
        if (wish) throw refusal('CASE_BUSY', {});
        // What the screen saw is newer than what we remember: the rows judge it (the update before was lost after its commit).
        if (!position || !road || update.seenSeq > position.seq) return;
        const verdict = judgeMove(road, position, update);
        if (!verdict.allowed) throw refusal(verdict.code, verdict.facts);
      },
    },
  );
  setHandler(systemActSignal, (told) => {
    // A signal has no validator: what no sender of ours says is passed over here, before it can stop the run.
    if (isSystemWish(told)) systemWishes.push(told);
  });
  setHandler(lookAgainSignal, () => {
    isStale = true;
  });
  setHandler(positionQuery, () => position && { seq: position.seq, stage: position.stage });

  await reload();

  const commitSystemAct = async (act: SystemAct | MoveAct, actionId: string): Promise<void> => {
    position = await cases.commitAct({ caseNo, actionId, act, actorId: actorOf(act), seq: position!.seq + 1 });
    // Another version is another road, and may bring a rung back to a case that had none left.
    if (isMoveAct(act)) {
      await reload();
      clocksAsked += 1;
    }
  };

  /** What a signal told: the rows may refuse it (its id belongs to another case); then nothing happened, and the run goes on. */
  const commitToldAct = async (act: SystemAct | MoveAct, actionId: string): Promise<void> => {
    try {
      await commitSystemAct(act, actionId);
    } catch (error) {
      const refused = refusalIn(error);
      if (!refused) throw error;
      log.warn('a signalled act was refused', { act, code: refused.type });
      await reload();
    }
  };

  // A delivery beside the payment, or an order called back: what a person may want during 支付 must not wait for the bank.
  const besides = () => wish !== null;
  const bankSpoke = () => systemWishes.some(({ act }) => act === 'settlePayout');
  // A 退票 that overtakes the word "paid" waits until that is recorded.
  const mayRecordNow = ({ act }: SystemWish) => !(act === 'returnPayout' && position!.stage === 'pay');
  // The engine ends a run whose history grows for ever: one order in doubt for weeks is enough.
  const isLong = () => workflowInfo().continueAsNewSuggested;
  const closed = () => position!.stage === 'closed' && systemWishes.length === 0 && !wish && !isStale;
  const clocks = new CancellationScope();
  const keeping = clocks
    .run(() => keepClocks())
    .catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });

  while (!closed()) {
    if (isLong()) await goOnAnew();
    const ready = systemWishes.findIndex(mayRecordNow);
    if (isStale) {
      isStale = false;
      await reload();
      // A keeper that had nothing to keep may have now: a clock that an act lost to us started, a rung that a calendar moved.
      clocksAsked += 1;
    } else if (ready >= 0) {
      const [system] = systemWishes.splice(ready, 1);
      await commitToldAct(system!.act, system!.actionId);
    } else if (wish) {
      await carryOut(wish);
    } else if (position!.stage === 'pay' && position!.order && !position!.order.batchNo) {
      await settle(position!.order.orderNo);
    } else if (position!.stage === 'archive') {
      await commitSystemAct('archive', `archive:${caseNo}:${position!.seq + 1}`);
    } else {
      await condition(() => wish !== null || isStale || systemWishes.some(mayRecordNow) || isLong());
    }
  }
  clocks.cancel();
  await keeping;
  await condition(allHandlersFinished);
  return { stage: position!.stage, outcome: position!.outcome };

  /**
   * The same case as a run of its own, once nothing is open here: no act that waits for its answer, no call under way. An act that
   * comes meanwhile goes first. What came to the server and not yet to us makes it refuse the end of this run, and comes to us first.
   */
  async function goOnAnew(): Promise<void> {
    const isAtRest = () => allHandlersFinished() && isIdle();
    await condition(() => wish !== null || isAtRest());
    if (wish || !isAtRest()) return;
    await continueAsNew<typeof claimApproval>({ caseNo, pace, told: systemWishes });
  }

  async function reload(): Promise<void> {
    ({ position, road } = await cases.loadCase({ caseNo }));
  }

  async function carryOut(mine: PersonsWish): Promise<void> {
    const { actionId, act, actorId, seenSeq } = mine.update;
    try {
      position = await cases.commitAct({ caseNo, actionId, act, actorId, seq: seenSeq + 1 });
      mine.result = { seq: position.seq, stage: position.stage };
    } catch (error) {
      const cause = refusalIn(error);
      if (!cause) throw error;
      const [facts, field] = (cause.details ?? []) as [Record<string, unknown>?, (string | null)?];
      mine.refusal = refusal(cause.type ?? 'CASE_BUSY', facts ?? {}, field ?? null);
      // The rows know more than we did (a moved case, a person whose right was taken).
      await reload();
    }
    mine.settled = true;
    wish = null;
    clocksAsked += 1;
  }

  /**
   * 支付: send once under the order's number; unknown → ask the bank, with longer and longer gaps, until its word is known. The gap
   * belongs to the order: a bank that proves again and again that nothing was booked is not pressed every second for that.
   */
  async function settle(orderNo: string): Promise<void> {
    let word: string;
    try {
      ({ word } = await sender.payOrder({ orderNo }));
    } catch (error) {
      if (isCancellation(error)) throw error;
      word = 'unknown';
    }
    if (pace.orderNo !== orderNo) pace = { orderNo, gapMs: firstQueryAfterMs };
    while (word === 'unknown') {
      // The bank's statement may bring the word first (a signal); then the rows know it already. A person's act goes first too: the
      // loop comes back here, and an order that was sent is asked about, never sent anew.
      const told = await condition(() => besides() || bankSpoke() || isLong(), pace.gapMs);
      if (bankSpoke()) pace.gapMs = firstQueryAfterMs;
      if (told) return;
      ({ word } = await asker.askBank({ orderNo }));
      pace.gapMs = Math.min(pace.gapMs * 2, longestQueryGapMs);
    }
    // 'resend': the bank proved that nothing was booked; the main loop comes here again with the same order number.
    if (word !== 'resend') await commitSystemAct('settlePayout', `settle:${orderNo}`);
    if (position!.stage === 'pay') await sleep(firstQueryAfterMs);
    clocksAsked += 1;
  }

  /** One timer to the next rung of any clock; it is set anew only when a rung moved earlier, otherwise it looks and waits on. */
  async function keepClocks(): Promise<void> {
    while (true) {
      const due = position!.nextRungAt;
      if (due === null) {
        const asked = clocksAsked;
        await condition(() => clocksAsked !== asked && position!.nextRungAt !== null);
        continue;
      }
      const wait = Math.max(0, Date.parse(due) - Date.now());
      const earlier = () => position!.nextRungAt !== null && Date.parse(position!.nextRungAt) < Date.parse(due);
      if (await condition(earlier, Math.max(1, wait))) continue;
      const { seq } = position!;
      const { waitMs, pauseOver } = await cases.lookAtClocks({ caseNo });
      if (pauseOver && position!.waiting !== null) {
        systemWishes.push({ act: 'endPause', actionId: `endPause:${caseNo}:${position!.seq + 1}` });
      }
      // An act committed meanwhile has worked the next rung out itself.
      if (position!.seq === seq) {
        const nextRungAt = waitMs === null ? null : new Date(Date.now() + waitMs).toISOString();
        position = { ...position!, nextRungAt };
      }
      if (pauseOver) await sleep('1 second');
    }
  }
}

/** Signals that the bank's word or the clocks bring; 收件 begins a case and is never told to one. */
const signalledActs: readonly (SystemAct | MoveAct)[] = [
  'settlePayout',
  'returnPayout',
  'endPause',
  'archive',
  ...moveActs,
];
const isMoveAct = (act: SystemAct | MoveAct): boolean => (moveActs as readonly ActCode[]).includes(act);

function actorOf(act: SystemAct | MoveAct): SystemActor {
  if (isMoveAct(act)) return systemActors.migration;
  return act === 'settlePayout' || act === 'returnPayout' ? systemActors.bank : systemActors.workflow;
}

/**
 * Calls one after another. Two local activities in flight answer apart from each other when they run and together when they are
 * replayed; what follows them then comes in another order, and the case stands still for ever with a misfit (seen with an act that
 * met a rung in one task, and a worker killed afterwards).
 */
function oneAtATime(): { inTurn: <T>(call: () => Promise<T>) => Promise<T>; isIdle: () => boolean } {
  let last: Promise<unknown> = Promise.resolve();
  let open = 0;
  const over = () => void (open -= 1);
  return {
    inTurn: (call) => {
      open += 1;
      const mine = last.then(call);
      last = mine.then(over, over);
      return mine;
    },
    isIdle: () => open === 0,
  };
}

const isStaffAct = (act: ActCode): boolean => (staffActs as readonly ActCode[]).includes(act);
function isSystemWish(told: SystemWish | null | undefined): boolean {
  return !!told && signalledActs.includes(told.act) && isId(told.actionId);
}

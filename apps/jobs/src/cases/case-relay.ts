import { Injectable } from '@nestjs/common';
import { caseTaskQueue, caseWorkflowId, claimApprovalType } from '@banjie/contracts';
import { systemActs, type MoveAct, type SystemAct } from '@banjie/domain';
import { claimOutbox, finishOutbox, rows, type OutboxRow } from '@banjie/persistence';
import { lookAgainSignal, systemActSignal } from '@banjie/workflows/messages';
import { isGrpcServiceError, ServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { DataSource } from 'typeorm';
import { Log } from '../log';
import { Settings } from '../settings';
import { TemporalClient } from '../temporal-client';

const pageSize = 50;
const atOnce = 16;
/** Of `lookAgain`, in one pass. */
const looksAtOnce = 200;

/** Of cases that were never started, in one look. */
const startsAtOnce = 200;

/** Of cases at 支付 or 归档, looked at in one look. */
const standingPage = 1_000;

/** Nobody but the system can move it on; an order in a batch is sent and settled by the batch. */
const waitsForSystem = `(c.stage = 'archive' OR (c.stage = 'pay' AND o.order_no IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM payout_batch_item i WHERE i.order_no = o.order_no AND i.left_as IS NULL)))`;

/**
 * Hands `startCase` and `wakeCase` on to Temporal, past Redis: what a case waits for must not hang on a hint. Twice equals
 * once: a running workflow is used as it is, and an act is committed once per `actionId`.
 */
@Injectable()
export class CaseRelay {
  /** Cases that stand still are told in passes, by their numbers: how far this pass has come, and since when it rests. */
  private standing = { after: '', restSince: -Infinity };

  constructor(
    private readonly dataSource: DataSource,
    private readonly temporal: TemporalClient,
    private readonly settings: Settings,
    private readonly log: Log,
  ) {}

  relayStarts(): Promise<number> {
    const unstarted = `workflow_started_at IS NULL AND stage <> 'closed'`;
    return this.relay('startCase', ({ caseNo }) => this.start(caseNo), {
      minimumAgeMs: this.settings.rhythm.startAfterMs,
      only: unstarted,
    });
  }

  relayWakes(): Promise<number> {
    return this.relay('wakeCase', async ({ caseNo, key, payload }) => {
      // A closed case that goes on (补付): its rows say how.
      if (payload['act'] === 'supplementPayout') return this.lookAgain(caseNo);
      const act = systemActs.find((known) => known === payload['act']);
      if (!act) throw new Error('a wake-up without an act');
      const { actionId } = payload;
      await this.wake(caseNo, act, typeof actionId === 'string' ? actionId : key);
    });
  }

  /**
   * Cases whose next rung a new calendar moved earlier, the earliest first. A few each time: tens of thousands may be told at
   * once, and acts must not wait behind them; the sweeper finds meanwhile what falls due.
   */
  relayLooks(): Promise<number> {
    return this.relay('lookAgain', ({ caseNo }) => this.tellToLook(caseNo), {
      most: looksAtOnce,
      // One that was not started yet loads what is true then.
      only: `workflow_started_at IS NOT NULL AND stage <> 'closed'`,
    });
  }

  /**
   * Cases whose start was never heard of, whatever became of their outbox row; those that wait for the bank first. A few in each look:
   * after a restore it is all of them, and acts must not wait behind thousands of starts.
   */
  async startForgotten(): Promise<number> {
    const forgotten = await rows<{ case_no: string }>(
      this.dataSource,
      `SELECT case_no FROM cases
       WHERE workflow_started_at IS NULL AND stage <> 'closed' AND received_at < now() - make_interval(secs => $1)
       ORDER BY stage = 'pay' DESC, received_at LIMIT ${startsAtOnce}`,
      [this.settings.rhythm.unstartedAfterMs / 1_000],
    );
    await this.each(forgotten, ({ case_no: caseNo }) => this.start(caseNo));
    return forgotten.length;
  }

  /**
   * Cases that wait for the system and did not move: a crash of the engine can lose an update after its act was committed,
   * and then nobody acts again. For some minutes they are told often, then by `wakeStanding`.
   */
  async wakeIdle(): Promise<number> {
    const idle = await rows<{ case_no: string }>(
      this.dataSource,
      `SELECT c.case_no FROM cases c
       JOIN case_act a ON a.case_no = c.case_no AND a.seq = c.seq
       LEFT JOIN payout_order o ON o.order_no = c.order_no
       WHERE c.stage IN ('pay', 'archive') AND ${waitsForSystem}
         AND (c.stage = 'archive' OR o.state = 'released')
         AND a.at < now() - make_interval(secs => $1) AND a.at > now() - make_interval(secs => $2)
       ORDER BY a.at LIMIT 200`,
      [this.settings.rhythm.idleAfterMs / 1_000, this.settings.rhythm.standingAfterMs / 1_000],
    );
    await this.each(idle, ({ case_no: caseNo }) => this.lookAgain(caseNo));
    return idle.length;
  }

  /**
   * The same for as long as it takes: a run may be behind its rows since yesterday, or be gone. One that lives asks the bank every few
   * minutes and is left alone; any other is started if there is none, and looks again. A page in each look and a rest after each
   * pass: no case is told oftener than once in that rest. What is closed is in none of the pages.
   */
  async wakeStanding({ now = performance.now(), pageSize = standingPage } = {}): Promise<number> {
    const { rhythm } = this.settings;
    if (now - this.standing.restSince < rhythm.standingRestMs) return 0;
    const page = await rows<{ case_no: string; stands: boolean | null }>(
      this.dataSource,
      `SELECT c.case_no, ${waitsForSystem}
         AND greatest(a.at, asked.at) < now() - make_interval(secs => $2) AS stands
       FROM (SELECT case_no, seq, stage, order_no FROM cases
         WHERE stage IN ('pay', 'archive') AND case_no > $1 ORDER BY case_no LIMIT $3) c
       LEFT JOIN case_act a ON a.case_no = c.case_no AND a.seq = c.seq
       LEFT JOIN payout_order o ON o.order_no = c.order_no
       LEFT JOIN LATERAL (SELECT started_at AS at FROM payout_attempt
         WHERE order_no = o.order_no ORDER BY n DESC LIMIT 1) asked ON true
       ORDER BY c.case_no`,
      [this.standing.after, rhythm.standingAfterMs / 1_000, pageSize],
    );
    const still = page.filter(({ stands }) => stands);
    let isTold = true;
    try {
      await this.each(still, ({ case_no: caseNo }) => this.lookAgain(caseNo));
    } catch (error) {
      // One that cannot be told does not keep the others; while Temporal is away nobody was told.
      isTold = !isAway(error);
      throw error;
    } finally {
      const isLast = page.length < pageSize;
      if (isTold) this.standing = { after: isLast ? '' : page.at(-1)!.case_no, restSince: isLast ? now : -Infinity };
    }
    if (still.length > 0) this.log.warn({ cases: still.length }, 'cases stood still and were told to look again');
    return still.length;
  }

  /**
   * 退票 of the last year that found its case in the middle of another payment (补付) and that no act tells of yet: told again once nothing is paid
   * there.
   */
  async wakeForReturns(): Promise<number> {
    const missed = await rows<{ case_no: string; order_no: string }>(
      this.dataSource,
      `SELECT o.case_no, o.order_no FROM payout_order o JOIN cases c ON c.case_no = o.case_no
       WHERE o.state = 'returned' AND coalesce(o.settled_at, o.drawn_at) > now() - interval '1 year' AND c.order_state = 'paid' AND c.order_no <> o.order_no
         AND NOT EXISTS (SELECT 1 FROM case_act a WHERE a.case_no = o.case_no AND a.act = 'returnPayout' AND a.facts->>'orderNo' = o.order_no)
       ORDER BY o.order_no LIMIT 200`,
    );
    await this.each(missed, ({ case_no: caseNo, order_no: orderNo }) =>
      this.wake(caseNo, 'returnPayout', `return:${orderNo}`),
    );
    return missed.length;
  }

  /** Tells each of some cases of an act of the system, a few at a time; what cannot be told now is the caller's to tell again. */
  async tellAll(told: { caseNo: string; act: SystemAct | MoveAct; actionId: string }[]): Promise<void> {
    await this.each(told, ({ caseNo, act, actionId }) => this.wake(caseNo, act, actionId));
  }

  private async lookAgain(caseNo: string): Promise<void> {
    await this.temporal.within(10_000, (client) =>
      client.workflow.signalWithStart(claimApprovalType, {
        workflowId: caseWorkflowId(caseNo),
        taskQueue: caseTaskQueue,
        args: [{ caseNo }],
        signal: lookAgainSignal,
        signalArgs: [],
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      }),
    );
  }

  /** A run that is not there has nothing to be told: whoever starts it loads what is true then. */
  private async tellToLook(caseNo: string): Promise<void> {
    try {
      await this.temporal.within(10_000, (client) =>
        client.workflow.getHandle(caseWorkflowId(caseNo)).signal(lookAgainSignal),
      );
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }

  private async start(caseNo: string): Promise<void> {
    await this.temporal.within(10_000, (client) =>
      client.workflow.start(claimApprovalType, {
        workflowId: caseWorkflowId(caseNo),
        taskQueue: caseTaskQueue,
        args: [{ caseNo }],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      }),
    );
    await rows(
      this.dataSource,
      `UPDATE cases SET workflow_started_at = clock_timestamp() WHERE case_no = $1 AND workflow_started_at IS NULL`,
      [caseNo],
    );
  }

  private async wake(caseNo: string, act: SystemAct | MoveAct, actionId: string): Promise<void> {
    // A closed case wakes as a new run that loads where it stands: a 退票 may come days after 归档.
    await this.temporal.within(10_000, (client) =>
      client.workflow.signalWithStart(claimApprovalType, {
        workflowId: caseWorkflowId(caseNo),
        taskQueue: caseTaskQueue,
        args: [{ caseNo }],
        signal: systemActSignal,
        signalArgs: [{ act, actionId }],
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      }),
    );
  }

  /** A page at a time: who is to be told (`only`, of `cases`), telling, and that it is done; what dies in between is told twice. */
  private async relay(
    topic: 'startCase' | 'wakeCase' | 'lookAgain',
    handOn: (row: OutboxRow) => Promise<void>,
    { minimumAgeMs = 0, most = Infinity, only = 'true' } = {},
  ): Promise<number> {
    let count = 0;
    for (;;) {
      const claimed = await claimOutbox(this.dataSource, {
        topic,
        limit: pageSize,
        leaseSeconds: this.settings.rhythm.leaseMs / 1_000,
        minimumAgeSeconds: minimumAgeMs / 1_000,
      });
      const meant = await this.casesThat(only, claimed);
      const done = claimed.filter(({ caseNo }) => !meant.has(caseNo)).map(({ id }) => id);
      const waiting = claimed.filter(({ caseNo }) => meant.has(caseNo));
      try {
        await this.each(waiting, async (row) => {
          await handOn(row);
          done.push(row.id);
        });
      } finally {
        await finishOutbox(this.dataSource, done);
      }
      count += claimed.length;
      if (claimed.length < pageSize || count >= most) return count;
    }
  }

  private async casesThat(only: string, claimed: readonly OutboxRow[]): Promise<ReadonlySet<string>> {
    if (claimed.length === 0) return new Set();
    const found = await rows<{ case_no: string }>(
      this.dataSource,
      `SELECT case_no FROM cases WHERE case_no = ANY ($1::text[]) AND ${only}`,
      [claimed.map(({ caseNo }) => caseNo)],
    );
    return new Set(found.map((row) => row.case_no));
  }

  /** A few at a time; one that fails does not keep the others, and is tried again when its lease is over. */
  private async each<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
    const failures: unknown[] = [];
    const waiting = [...items];
    const one = async () => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
        await work(item).catch((error: unknown) => failures.push(error));
        if (failures.some(isAway)) return; // Each further one would wait for its time-out.
      }
    };
    await Promise.all(Array.from({ length: atOnce }, one));
    if (failures.length === 0) return;
    this.log.warn({ failed: failures.length, of: items.length }, 'duties could not be handed on to Temporal');
    throw failures[0];
  }
}

const awayCodes = [4, 14]; // gRPC DEADLINE_EXCEEDED, UNAVAILABLE

function isAway(error: unknown): boolean {
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) && awayCodes.includes(cause.code);
}

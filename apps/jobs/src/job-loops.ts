import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { sideTopics } from '@banjie/domain';
import { ChannelListener, outboxChannel } from '@banjie/persistence';
import { BoardChecker } from './board/board-checker';
import { ActBodySweeper } from './cases/act-bodies';
import { Reprojector } from './calendars/reprojector';
import { CaseRelay } from './cases/case-relay';
import { RungSweeper } from './clocks/rung-sweeper';
import { describeFault, Log } from './log';
import { Loop, type LoopHealth } from './loop';
import { MoveRunner } from './moves/move-runner';
import { BatchKeeper } from './payouts/batch-keeper';
import { BookChecker } from './payouts/book-checker';
import { ExportMaker } from './payouts/export-maker';
import { StatementReader } from './payouts/statement-reader';
import { UploadedFiles } from './payouts/uploaded-files';
import { Settings } from './settings';
import { ConsumerWatch } from './side-work/consumer-watch';
import { SideHints } from './side-work/side-hints';
import { SideQueues } from './side-work/side-queues';
import { SideWorker } from './side-work/side-worker';

const loopsStopMs = 3_000;
const queueCloseMs = 5_000;

/** Everything this process does again and again. What start opens, stop closes in reverse. */
@Injectable()
export class JobLoops implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loops: Loop[];
  private readonly listener: ChannelListener;

  constructor(
    settings: Settings,
    private readonly log: Log,
    relay: CaseRelay,
    reprojector: Reprojector,
    hints: SideHints,
    private readonly watch: ConsumerWatch,
    private readonly worker: SideWorker,
    statement: StatementReader,
    rungs: RungSweeper,
    actBodies: ActBodySweeper,
    board: BoardChecker,
    moves: MoveRunner,
    books: BookChecker,
    private readonly queues: SideQueues,
    batches: BatchKeeper,
    uploads: UploadedFiles,
    exports: ExportMaker,
  ) {
    const { rhythm } = settings;
    const loop = (name: string, everyMs: number, work: () => Promise<unknown>) => new Loop(name, everyMs, work, log);
    const starts = loop('startCase', rhythm.outboxMs, () => relay.relayStarts());
    const wakes = loop('wakeCase', rhythm.outboxMs, () => relay.relayWakes());
    const looks = loop('lookAgain', rhythm.lookAgainMs, () => relay.relayLooks());
    const reprojection = loop('reprojection', rhythm.reprojectionMs, () => reprojector.run());
    const sideWork = loop('sideWork', rhythm.hintMs, () => hints.sweep());
    this.loops = [
      starts,
      wakes,
      looks,
      reprojection,
      sideWork,
      loop('unstartedCases', rhythm.unstartedMs, () => relay.startForgotten()),
      loop('idleCases', rhythm.idleMs, () => relay.wakeIdle()),
      loop('standingCases', rhythm.idleMs, () => relay.wakeStanding()),
      loop('missedReturns', rhythm.idleMs, () => relay.wakeForReturns()),
      loop('consumerWatch', rhythm.silenceLookMs, () => watch.look()),
      loop('bankStatement', rhythm.statementMs, () => statement.read()),
      loop('uploadedFiles', rhythm.outboxMs, () => uploads.work()),
      loop('dailyStatements', rhythm.statementMs, () => statement.readStatements()),
      loop('breaches', rhythm.breachMs, () => rungs.sweep()),
      loop('moves', rhythm.moveMs, () => moves.run()),
      loop('expiredExports', rhythm.actBodyMs, () => exports.dropExpired()),
      loop('actBodies', rhythm.actBodyMs, () => actBodies.sweep()),
      loop('boardCheck', rhythm.boardCheckMs, () => board.look()),
      loop('payoutBatches', rhythm.idleMs, () => batches.keepRuns()),
      loop('payoutSchedules', rhythm.scheduleMs, () => batches.keepSchedules()),
      loop('bookCheck', rhythm.bookCheckMs, () => books.look()),
    ];
    this.listener = new ChannelListener({
      databaseUrl: settings.databaseUrl,
      channel: outboxChannel,
      applicationName: 'banjie-jobs-listen',
      hear: (topic) => {
        if (topic === 'wakeCase') wakes.wake();
        else if ((sideTopics as readonly string[]).includes(topic)) sideWork.wake();
        else if (topic === 'reprojection') reprojection.wake();
      },
      onLost: (pauseMs, error) =>
        log.warn({ pauseMs, fault: error ? describeFault(error) : undefined }, 'LISTEN was lost'),
    });
  }

  onApplicationBootstrap(): void {
    this.queues.consume(async (topic, outboxId) => {
      this.watch.heard(topic);
      if (outboxId !== null) await this.worker.work(topic, outboxId);
    });
    for (const loop of this.loops) loop.start();
    this.listener.start();
  }

  get health(): Record<string, LoopHealth> {
    return Object.fromEntries(this.loops.map((loop) => [loop.name, loop.health]));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.listener.stop();
    // What is cut off (a call to a server that is away) comes back by its lease, as after a kill.
    await this.within(loopsStopMs, Promise.all(this.loops.map((loop) => loop.stop())), 'a loop');
    await this.within(queueCloseMs, this.queues.close(), 'the queues');
  }

  private async within(ms: number, work: Promise<unknown>, what: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.log.warn({ what }, 'did not stop in time');
        resolve();
      }, ms);
    });
    await Promise.race([work, tooLate]).finally(() => clearTimeout(timer));
  }
}

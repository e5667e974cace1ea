import { Injectable } from '@nestjs/common';
import { backOffMs, hopelessFaults, type SideFault, type SideTopic } from '@banjie/domain';
import {
  burySideWork,
  finishSideWork,
  isStoreAway,
  postponeSideWork,
  takeSideWork,
  type SideWork,
} from '@banjie/persistence';
import { DataSource, type EntityManager } from 'typeorm';
import { alarm, describeFault, Log } from '../log';
import { NoticeDelivery } from '../notices/notice-delivery';
import { DispatchWaker } from '../payouts/dispatch-waker';
import { ExportMaker } from '../payouts/export-maker';
import { ReceiptMaker } from '../payouts/receipt-maker';
import { Settings } from '../settings';
import { SideWorkFault } from './side-work-fault';

/** What a topic's work does, in the transaction that also records it as done. Done again after a crash it must come to the same. */
export interface SideHandler {
  handle(manager: EntityManager, work: SideWork): Promise<void>;
}

/**
 * Does what a hint stands for. The row decides: it is taken first, the try counted before it is made, and one that keeps failing goes to
 * the dead letters and calls a person (bar 57). A second hint for the same row finds nothing to take and leaves quietly (F23).
 */
@Injectable()
export class SideWorker {
  private readonly handlers: Record<SideTopic, SideHandler>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: Settings,
    private readonly log: Log,
    notices: NoticeDelivery,
    receipts: ReceiptMaker,
    exports: ExportMaker,
    dispatch: DispatchWaker,
  ) {
    this.handlers = { notice: notices, paymentReceipt: receipts, export: exports, wakeDispatch: dispatch };
  }

  /** Works on until nothing of the case is due: what came while it was busy had its own hint turned away. Answers how many it finished. */
  async work(topic: SideTopic, id: number): Promise<number> {
    const leaseSeconds = this.settings.pace.tryMs / 1_000;
    for (let finished = 0; ;) {
      const taken = await takeSideWork(this.dataSource, { id, topic, leaseSeconds });
      if (!taken) return finished;
      const fault = await this.attempt(taken);
      if (fault === null) finished += 1;
      // A dead letter holds up nothing; what will be tried again holds up what comes after it.
      else if (!(await this.fail(taken, fault))) return finished;
    }
  }

  private async attempt(taken: SideWork): Promise<SideFault | null> {
    if (taken.tries > this.settings.pace.mostTries) return 'processDied';
    try {
      await this.dataSource.transaction(async (manager) => {
        await this.handlers[taken.topic].handle(manager, taken);
        await finishSideWork(manager, taken);
      });
      return null;
    } catch (error) {
      const fault = faultOf(error);
      const { id, topic, tries } = taken;
      this.log.warn({ outboxId: id, topic, tries, code: fault, fault: describeFault(error) }, 'side work failed');
      return fault;
    }
  }

  /** True when it was the last try. */
  private async fail(taken: SideWork, fault: SideFault): Promise<boolean> {
    const { mostTries, firstRetryMs, longestRetryMs } = this.settings.pace;
    if (taken.tries < mostTries && !hopelessFaults.includes(fault)) {
      const delayMs = backOffMs(taken.tries, { firstMs: firstRetryMs, longestMs: longestRetryMs }, Math.random());
      await postponeSideWork(this.dataSource, taken, { fault, delayMs });
      return false;
    }
    const buried = await burySideWork(this.dataSource, taken, fault);
    if (buried) alarm(this.log, 'sideWorkDead', { outboxId: taken.id, topic: taken.topic, tries: taken.tries, fault });
    return buried;
  }
}

const fileFaults = ['ENOSPC', 'EACCES', 'EPERM', 'EROFS', 'EDQUOT', 'EIO', 'ENOTDIR', 'EMFILE'];

function faultOf(error: unknown): SideFault {
  if (error instanceof SideWorkFault) return error.fault;
  if (isStoreAway(error)) return 'storeAway';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && fileFaults.includes(code) ? 'fileNotWritten' : 'internal';
}

import {
  answerSends,
  endBankFile,
  findBankFile,
  lockPayoutOrders,
  markTurnedAway,
  movePayoutOrders,
  ordersOfFile,
  ordersStillWith,
  refusedInARow,
  turnedAwayBefore,
  type BankFileRecord,
} from '@banjie/persistence';
import { settled, type ExchangeDependencies } from './exchange';

/** So many files of a batch refused one after another say that the bank takes none now. */
export const mostRefusedInARow = 8;
/**
 * An order that is turned away by itself beside others that are taken is turned away for what it says. After so many refusals and nothing
 * taken it may be meant for all; but for one that was turned away by itself a day before, and is again.
 */
export const mostTurnedAway = 3;

/**
 * The bank pays nothing of a file: proven, so that its orders may be sent again under their numbers, in smaller parts (`sendByFiles`). An
 * order that was alone in it would be refused alone again: it waits as 未知 to be asked about once more, and ends when nothing was booked.
 * @param isOfContent refused for what stands in the file
 * @returns what the file is now; `refused` also where another call has recorded it
 */
export async function refusePaymentFile(
  dependencies: Omit<ExchangeDependencies, 'bank'>,
  { id, batchNo, part, lineCount }: BankFileRecord,
  { code, isOfContent }: { code: string; isOfContent: boolean },
): Promise<'taken' | 'refused'> {
  const { now, alarm, step } = settled(dependencies);
  const at = now();
  const isRefused = await dependencies.dataSource.transaction(async (manager) => {
    const orders = await lockPayoutOrders(manager, await ordersOfFile(manager, id));
    const end = { state: 'refused', at, report: { refusedBecause: code }, from: ['written', 'taken'] } as const;
    if (!(await endBankFile(manager, id, end))) return false;
    await answerSends(manager, id, { at, code: 'fileRefused' });
    // What went another way since is at the bank by that one, or free already.
    const still = await ordersStillWith(manager, id);
    const open = orders.filter(({ orderNo, state }) => still.has(orderNo) && (state === 'sent' || state === 'unknown'));
    const alone = isOfContent && lineCount === 1 ? open.map(({ orderNo }) => orderNo) : [];
    const isMeant =
      alone.length > 0 &&
      ((await refusedInARow(manager, batchNo!)) <= mostTurnedAway ||
        (await turnedAwayBefore(manager, alone, at)).size > 0);
    await markTurnedAway(manager, id, alone, { at, code: isMeant ? 'notTaken' : 'turnedAway' });
    const to = isMeant ? 'unknown' : 'released';
    await movePayoutOrders(
      manager,
      open.filter(({ state }) => state !== to).map(({ orderNo, state: from }) => ({ orderNo, from, to, at })),
    );
    await step('recorded');
    return true;
  });
  if (isRefused) {
    alarm('fileRefused', { batchNo, part, code });
    return 'refused';
  }
  return (await findBankFile(dependencies.dataSource, { id }))?.state === 'refused' ? 'refused' : 'taken';
}

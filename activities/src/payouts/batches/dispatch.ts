import { rows } from '@banjie/persistence';
import { collectPaymentResults } from '../file-exchange/collect-results';
import { sendPaymentFile } from '../file-exchange/send-payment-file';
import type { BatchDependencies } from './batch-dependencies';
import { inLanes } from './lanes';

const ordersAtOnce = 200;
/** A bank that has taken a file and says nothing of it for this long is asked about each of its orders. */
const silentFileMinutes = 10;

/** Every order of the batch that meets `condition`, some hundred at a time, `callsAtOnce` of them at the bank together. */
async function each<Answer>(
  { dataSource, callsAtOnce = 16 }: BatchDependencies,
  about: { batchNo: string; condition: string; beat: () => void },
  call: (orderNo: string) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let after = ''; ;) {
    const page = await rows<{ order_no: string }>(
      dataSource,
      `SELECT o.order_no FROM payout_batch_item i JOIN payout_order o ON o.order_no = i.order_no
       WHERE i.batch_no = $1 AND i.left_as IS NULL AND ${about.condition} AND o.order_no > $2 ORDER BY o.order_no LIMIT $3`,
      [about.batchNo, after, ordersAtOnce],
    );
    const waiting = page.map((row) => row.order_no);
    const one = async () => {
      for (let orderNo = waiting.shift(); orderNo !== undefined; orderNo = waiting.shift()) {
        answers.push(await call(orderNo));
        about.beat();
      }
    };
    await Promise.all(Array.from({ length: callsAtOnce }, one));
    if (page.length < ordersAtOnce) return answers;
    after = page.at(-1)!.order_no;
  }
}

/** An order that may not leave (its payee is not the approved one) keeps no other from leaving; a person was called. */
const unless =
  <Answer>(refused: Answer) =>
  (error: unknown): Answer => {
    if ((error as { nonRetryable?: boolean }).nonRetryable) return refused;
    throw error;
  };

/** Sends by one call an order, each once under its own number. */
export async function sendByCalls(dependencies: BatchDependencies, batchNo: string, beat: () => void): Promise<number> {
  const about = { batchNo, condition: `o.state = 'released'`, beat };
  const words = await each(dependencies, about, (orderNo) =>
    dependencies.payouts.payOrder({ orderNo }).catch(unless({ word: 'unknown' as const })),
  );
  return words.length;
}

/**
 * Sends by files: first those that were written and of which the bank is not known to have them, then what is 待发, a part at a time. Then
 * posts what the bank says of every file that it has taken. What cannot go with a file stays as it is, and is no reason to try for ever.
 */
export async function sendByFiles(dependencies: BatchDependencies, batchNo: string, beat: () => void): Promise<number> {
  const { dataSource, exchange } = dependencies;
  const [settings] = await rows<{ part_size: number; pay_on: string }>(
    dataSource,
    `SELECT coalesce(s.part_size, 5000) AS part_size, greatest(b.pay_date, (now() AT TIME ZONE 'Asia/Shanghai')::date) AS pay_on
     FROM payout_batch b, payout_setting_of(b.agency_id, b.pay_date) s WHERE b.batch_no = $1`,
    [batchNo],
  );
  const files = () =>
    rows<{ id: number; part: number; state: string }>(
      dataSource,
      `SELECT id, part, state FROM bank_file WHERE kind = 'payments' AND batch_no = $1 ORDER BY part`,
      [batchNo],
    );
  const before = await files();
  for (const { part, state } of before) {
    if (state !== 'taken' && state !== 'refused') await sendPaymentFile(exchange, { batchNo, part, orderNos: [] });
    beat();
  }
  const parts = await rows<{ part: number; order_nos: string[] }>(
    dataSource,
    `SELECT part::int, array_agg(order_no ORDER BY order_no) AS order_nos FROM (
       SELECT o.order_no, $2 + (row_number() OVER (ORDER BY o.order_no) - 1) / $3 + 1 AS part
       FROM payout_batch_item i JOIN payout_order o ON o.order_no = i.order_no
       WHERE i.batch_no = $1 AND i.left_as IS NULL AND o.state = 'released') AS ready GROUP BY part ORDER BY part`,
    [batchNo, before.at(-1)?.part ?? 0, settings!.part_size],
  );
  let sent = 0;
  await inLanes(async () => {
    for (let next = parts.shift(); next; next = parts.shift()) {
      const { part, order_nos: orderNos } = next;
      const { count } = await sendPaymentFile(exchange, { batchNo, part, payOn: settings!.pay_on, orderNos });
      sent += count;
      beat();
    }
  });
  const taken = (await files()).filter(({ state }) => state === 'taken');
  await inLanes(async () => {
    for (let next = taken.shift(); next; next = taken.shift()) {
      await collectPaymentResults(exchange, { fileId: next.id });
      beat();
    }
  });
  return sent;
}

/** Asks about every order in doubt by its number: of those sent by a file, once its results left them out or did not come. */
export async function askInDoubt(
  dependencies: BatchDependencies,
  { batchNo, channel }: { batchNo: string; channel: 'file' | 'http' },
  beat: () => void,
): Promise<{ asked: number; resend: number }> {
  const condition =
    channel === 'http'
      ? `o.state IN ('sent', 'unknown')`
      : `(o.state = 'unknown' OR (o.state = 'sent' AND o.sent_at < now() - interval '${silentFileMinutes} minutes'))`;
  const words = await each(dependencies, { batchNo, condition, beat }, (orderNo) =>
    dependencies.payouts.askBank({ orderNo }).catch(unless({ word: 'unknown' as const })),
  );
  return { asked: words.length, resend: words.filter(({ word }) => word === 'resend').length };
}

import { refusedByBank, refusedInARow, rows } from '@banjie/persistence';
import { collectPaymentResults } from '../file-exchange/collect-results';
import { settled } from '../file-exchange/exchange';
import { mostRefusedInARow } from '../file-exchange/refuse-payment-file';
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
      `SELECT o.order_no FROM payout_batch_item i
         JOIN LATERAL (SELECT * FROM payout_order WHERE order_no = i.order_no OFFSET 0) o ON true
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
 * Sends by files: first those that were written and of which the bank is not known to have them, then what is 待发, a part at a time, and
 * the halves of what it refused. Where it refuses one file after another, one goes a round. Then posts what the bank says of every file that
 * it has taken. What cannot go with a file stays as it is, and is no reason to try for ever.
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
  const { part_size: partSize, pay_on: payOn } = settings!;
  let sent = 0;
  for (let isOver = false; !isOver; beat()) {
    const parts = await nextParts(dependencies, batchNo, { partSize, after: (await files()).at(-1)?.part ?? 0 });
    const inARow = await refusedInARow(dataSource, batchNo);
    const isTurnedAway = inARow > mostRefusedInARow && parts.length > 0;
    if (isTurnedAway) settled(exchange).alarm('bankTakesNoFile', { batchNo, inARow });
    // One is enough to see whether the bank takes files again.
    if (isTurnedAway) parts.splice(1);
    isOver = true;
    await inLanes(async () => {
      for (let next = parts.shift(); next; next = parts.shift()) {
        const { part, orderNos } = next;
        const { word, count } = await sendPaymentFile(exchange, { batchNo, part, payOn, orderNos });
        if (word !== 'refused') sent += count;
        // Its halves at once: each pass has smaller files, down to one order.
        else if (count > 1 && !isTurnedAway) isOver = false;
        beat();
      }
    });
  }
  const taken = (await files()).filter(({ state }) => state === 'taken');
  await inLanes(async () => {
    for (let next = taken.shift(); next; next = taken.shift()) {
      await collectPaymentResults(exchange, { fileId: next.id });
      beat();
    }
  });
  return sent;
}

/**
 * What is 待发, in parts. Orders of a file that the bank refused go in files of half its size, so that a line that it does not take ends up
 * alone after a few of them, and the others are paid. What was never refused goes first.
 */
async function nextParts(
  { dataSource }: BatchDependencies,
  batchNo: string,
  { partSize, after }: { partSize: number; after: number },
): Promise<{ part: number; orderNos: string[] }[]> {
  return rows(
    dataSource,
    // By each item in turn and its order by number, whatever the planner believes of a batch that it has not counted yet.
    `WITH ready AS (
       SELECT i.order_no, f.id AS refused_in, CASE WHEN f.id IS NULL THEN $3 ELSE least($3, greatest(1, (f.line_count + 1) / 2)) END AS size
       FROM payout_batch_item i
         JOIN LATERAL (SELECT state FROM payout_order WHERE order_no = i.order_no OFFSET 0) o ON o.state = 'released'
         LEFT JOIN LATERAL (SELECT a.file_id FROM payout_attempt a WHERE a.order_no = i.order_no AND a.kind = 'send'
           ORDER BY a.n DESC LIMIT 1) last_send ON true
         LEFT JOIN LATERAL (SELECT b.id, b.line_count FROM bank_file b WHERE b.id = last_send.file_id AND ${refusedByBank('b')} OFFSET 0) f ON true
       WHERE i.batch_no = $1 AND i.left_as IS NULL),
     pieces AS (
       SELECT order_no, coalesce(refused_in, 0) AS refused_in,
         (row_number() OVER (PARTITION BY refused_in ORDER BY order_no) - 1) / size AS piece FROM ready)
     SELECT ($2 + row_number() OVER (ORDER BY refused_in, piece))::int AS part, array_agg(order_no ORDER BY order_no) AS "orderNos"
     FROM pieces GROUP BY refused_in, piece ORDER BY part`,
    [batchNo, after, partSize],
  );
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

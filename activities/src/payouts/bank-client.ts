import {
  bankPaymentAnswerSchema,
  bankQueryAnswerSchema,
  type BankPayment,
  type BankQueryAnswer,
} from '@banjie/contracts';

/** What is known after one call: the bank's word, or a code for why nothing is known. */
export type BankReply<Word> = { known: true; word: Word } | { known: false; why: BankDoubt };
export type BankDoubt = 'timeout' | 'connectionLost' | 'unparsable' | `http${number}`;

/** `reason`: the bank's own words; they go no further than the code made of them. */
export type PaymentWord = {
  status: 'booked' | 'refused' | 'accepted';
  bankReference: string;
  reason?: string | undefined;
};
export type QueryWord = Pick<BankQueryAnswer, 'status' | 'inFlight' | 'amountFen' | 'bankReference' | 'reason'>;

export interface BankClient {
  /** One call and never a second; safe to call twice only because the bank knows the order number. */
  pay(payment: BankPayment): Promise<BankReply<PaymentWord>>;
  ask(orderNo: string): Promise<BankReply<QueryWord>>;
}

/**
 * The HTTP bank. Every answer is checked against the contract; whatever is not clearly the bank's word about this very
 * order number is doubt, and doubt is never an error: only a query or the statement may end it (reliability § 1.4).
 */
export function createBankClient(url: string, { timeoutMs = bankTimeoutMs } = {}): BankClient {
  const base = url.replace(/\/$/, '');

  async function call<Word>(
    path: string,
    request: RequestInit,
    read: (status: number, body: unknown) => Word | null,
  ): Promise<BankReply<Word>> {
    let status: number;
    let text: string;
    try {
      const response = await fetch(`${base}${path}`, {
        ...request,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      status = response.status;
      text = await response.text();
    } catch (error) {
      return { known: false, why: (error as Error).name === 'TimeoutError' ? 'timeout' : 'connectionLost' };
    }
    if (status !== 200 && status !== 202) return { known: false, why: `http${status}` };
    const word = read(status, parse(text));
    return word === null ? { known: false, why: 'unparsable' } : { known: true, word };
  }

  return {
    pay: (payment) =>
      call(
        '/payments',
        { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(payment) },
        (status, body) => {
          const answer = bankPaymentAnswerSchema.safeParse(body).data;
          if (answer?.orderNo !== payment.orderNo) return null;
          // 202 says that it is not booked yet; any other pairing is an answer we do not understand.
          if ((answer.status === 'accepted') !== (status === 202)) return null;
          return { status: answer.status, bankReference: answer.bankReference, reason: answer.reason };
        },
      ),
    ask: (orderNo) =>
      call(`/payments/${encodeURIComponent(orderNo)}`, { method: 'GET' }, (status, body) => {
        const answer = bankQueryAnswerSchema.safeParse(body).data;
        return status === 200 && answer?.orderNo === orderNo ? answer : null;
      }),
  };
}

/** Reliability § 1.7. */
export const bankTimeoutMs = 30_000;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

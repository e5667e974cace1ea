import { isSignedAnswer, signRequest, type CallKeys } from '@banjie/bank-files';
import {
  bankErrorSchema,
  bankFileAnswerSchema,
  bankFileQueryAnswerSchema,
  bankPaymentAnswerSchema,
  bankQueryAnswerSchema,
  type BankFileQueryAnswer,
  type BankPayment,
  type BankQueryAnswer,
} from '@banjie/contracts';

/** What is known after one call: the bank's word, or a code for why nothing is known. */
export type BankReply<Word> = { known: true; word: Word } | { known: false; why: BankDoubt };
/** `notTheBanks`: the answer is not signed by the bank as its answer to this very call. */
export type BankDoubt = 'timeout' | 'connectionLost' | 'notTheBanks' | 'unparsable' | `http${number}`;

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

/** `refused`: the bank pays nothing of the file; `code` is the bank's. `isOfContent`: for what stands in it, and not for its size or form. */
export type FileWord =
  | { status: 'taken'; count: number; sumFen: number; notTaken: (string | null)[] }
  | { status: 'refused'; code: string; isOfContent: boolean };
export type FileQueryWord = Pick<BankFileQueryAnswer, 'status' | 'inFlight'>;

/** Files over the same line. A file is known by the SHA-256 of its bytes. */
export interface BankFileClient {
  /** One upload and never a second; safe to make twice only because the bank knows the bytes. */
  sendFile(file: { bytes: Buffer; sha256: string; contentType: string }): Promise<BankReply<FileWord>>;
  askFile(sha256: string): Promise<BankReply<FileQueryWord>>;
  /** The results as the bank has them now; `none` while it has no such file. */
  fetchResult(sha256: string): Promise<BankReply<{ status: 'ready'; bytes: Buffer } | { status: 'none' }>>;
}

/**
 * The HTTP bank. Every call is signed, every answer must be, and is checked against the contract; whatever is not clearly the
 * bank's word about this very order number is doubt, and doubt is never an error: only a query or the statement may end it
 * (reliability § 1.4).
 * @param alarm calls a person: somebody answers in the bank's place, or a key is not the agreed one.
 */
export function createBankClient(
  url: string,
  keys: CallKeys,
  { timeoutMs = bankTimeoutMs, alarm = logAlarm }: { timeoutMs?: number; alarm?: typeof logAlarm } = {},
): BankClient & BankFileClient {
  const base = url.replace(/\/$/, '');
  const prefix = new URL(base).pathname.replace(/\/$/, '');

  /** `read` answers null to what it cannot take for the bank's word; a status that is not `expected` is doubt. */
  async function call<Word>(
    path: string,
    request: { method: 'GET' | 'POST'; contentType?: string; body?: Buffer },
    read: (status: number, bytes: Buffer) => Word | null,
    expected: readonly number[] = [200, 202],
  ): Promise<BankReply<Word>> {
    let status: number;
    let bytes: Buffer;
    const { headers, digest } = signRequest({ ...request, target: `${prefix}${path}` }, keys);
    try {
      const response = await fetch(`${base}${path}`, {
        method: request.method,
        headers,
        body: request.body ? new Uint8Array(request.body) : null,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      status = response.status;
      bytes = Buffer.from(await response.arrayBuffer());
      const header = (name: string) => response.headers.get(name);
      if (!isSignedAnswer({ status, header, body: bytes }, digest, keys)) {
        alarm('bankAnswerForged', { path, status });
        return { known: false, why: 'notTheBanks' };
      }
    } catch (error) {
      return { known: false, why: (error as Error).name === 'TimeoutError' ? 'timeout' : 'connectionLost' };
    }
    if (!expected.includes(status)) return { known: false, why: `http${status}` };
    const word = read(status, bytes);
    return word === null ? { known: false, why: 'unparsable' } : { known: true, word };
  }

  return {
    pay: (payment) =>
      call(
        '/payments',
        { method: 'POST', contentType: 'application/json', body: Buffer.from(JSON.stringify(payment)) },
        (status, bytes) => {
          const answer = bankPaymentAnswerSchema.safeParse(parse(bytes)).data;
          if (answer?.orderNo !== payment.orderNo) return null;
          // 202 says that it is not booked yet; any other pairing is an answer we do not understand.
          if ((answer.status === 'accepted') !== (status === 202)) return null;
          return { status: answer.status, bankReference: answer.bankReference, reason: answer.reason };
        },
      ),
    ask: (orderNo) =>
      call(`/payments/${encodeURIComponent(orderNo)}`, { method: 'GET' }, (status, bytes) => {
        const answer = bankQueryAnswerSchema.safeParse(parse(bytes)).data;
        return status === 200 && answer?.orderNo === orderNo ? answer : null;
      }),
    sendFile: ({ bytes: file, sha256, contentType }) =>
      call<FileWord>(
        '/files',
        { method: 'POST', contentType, body: file },
        (status, bytes) => {
          if (refusals.includes(status)) {
            const error = bankErrorSchema.safeParse(parse(bytes)).data;
            return error ? { status: 'refused', code: error.code, isOfContent: ofContent.includes(status) } : null;
          }
          const answer = bankFileAnswerSchema.safeParse(parse(bytes)).data;
          if (answer?.fileId !== sha256) return null;
          const { count, sumFen, faults } = answer;
          return { status: 'taken', count, sumFen, notTaken: faults.map(({ orderNo }) => orderNo) };
        },
        [200, 201, ...refusals],
      ),
    askFile: (sha256) =>
      call(`/files/${sha256}`, { method: 'GET' }, (status, bytes) => {
        const answer = bankFileQueryAnswerSchema.safeParse(parse(bytes)).data;
        return status === 200 && answer?.fileId === sha256 ? answer : null;
      }),
    fetchResult: (sha256) =>
      call<{ status: 'ready'; bytes: Buffer } | { status: 'none' }>(
        `/files/${sha256}/result`,
        { method: 'GET' },
        (status, bytes) => (status === 404 ? { status: 'none' } : { status: 'ready', bytes }),
        [200, 404],
      ),
  };
}

/** How the bank says that nothing of a file is paid. A number used twice (409) proves nothing of the kind. */
const refusals = [400, 413, 415, 422];
/**
 * How it says that it does not take what is in a call: nothing was booked for it and nothing will be. Who may not call (401, 403), calls
 * too often (429) or at another place (404), or meets a bank that is slow or away (408, 5xx), has heard nothing of what is in it.
 */
const ofContent = [400, 422];

/** Whether a call with one order was turned away for what it says. */
export const isTurnedAway = (answer: string | null | undefined): boolean =>
  ofContent.some((status) => answer === `http${status}`);

/** Reliability § 1.7. */
export const bankTimeoutMs = 30_000;

function logAlarm(code: string, facts: { path: string; status: number }): void {
  console.error(JSON.stringify({ level: 'alarm', code, ...facts }));
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

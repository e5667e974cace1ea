import {
  callHeaders,
  RequestGuard,
  requestDigestOf,
  requestOf,
  sha256Of,
  signAnswer,
  type CallKeys,
  type RequestFault,
} from '@banjie/bank-files';
import {
  bankAccountOpeningSchema,
  bankFaultSchema,
  bankOrderNoSchema,
  bankPaymentSchema,
  bankReceiptSchema,
  bankStatementFileQuerySchema,
  bankStatementOrderSchema,
  bankStatementQuerySchema,
} from '@banjie/contracts';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ZodType } from 'zod';
import type { Bank } from './bank';
import { refusal, type BankReply } from './replies';

const longestBodyBytes = 64 * 1024;

/**
 * What a caller must sign, by the first part of the path. The rest is no part of a bank's wire: it belongs to those who watch
 * the stand-in and switch its faults on.
 */
const signedParts = ['payments', 'files', 'statement'];

/** A call that is answered without reaching the books. */
class Refused extends Error {
  constructor(readonly reply: BankReply) {
    super('refused');
  }
}

/** The bank over HTTP; `listen` and `close` are the caller's. */
export function createBankServer(bank: Bank, keys: CallKeys): Server {
  const guard = new RequestGuard(keys);
  const server = createServer((request, response) => {
    answer(bank, guard, request).then(
      (reply) => send(reply, request, response, keys),
      (error: unknown) => {
        if (error instanceof Refused) return send(error.reply, request, response, keys);
        // Stopping, or a journal that cannot be written: nothing certain can be said, so nothing is said.
        request.socket.destroy();
      },
    );
  });
  server.requestTimeout = 30_000;
  server.keepAliveTimeout = 65_000;
  return server;
}

async function answer(bank: Bank, guard: RequestGuard, request: IncomingMessage): Promise<BankReply> {
  const url = new URL(request.url ?? '/', 'http://bank');
  const [, first = '', second, ...rest] = url.pathname.split('/');
  const isResult = first === 'files' && rest.length === 1 && rest[0] === 'result';
  if (rest.length > 0 && !isResult) throw new Refused(notFound);
  const call = callOf(request);
  if (signedParts.includes(first)) {
    const fault = guard.judge(call, headerOf(request)(callHeaders.signature) ?? '');
    if (fault) throw new Refused(notSigned(fault));
    // Without a body nothing else would look at what was signed of it.
    if (request.method === 'GET' && call.bodySha256 !== sha256Of(new Uint8Array()))
      throw new Refused(notSigned('SIGNATURE_BODY'));
  }
  const route = `${request.method} /${first}${second === undefined ? '' : '/:id'}`;
  switch (route) {
    case 'GET /health':
      return { status: 200, body: { status: 'ok' } };
    case 'POST /payments':
      return bank.pay(await readBody(request, bankPaymentSchema, call.bodySha256));
    case 'GET /payments/:id':
      return bank.query(check(bankOrderNoSchema, decode(second)));
    case 'GET /statement':
      return bank.statement(check(bankStatementQuerySchema, Object.fromEntries(url.searchParams)));
    case 'GET /statement/:id':
      if (second !== 'camt053') throw new Refused(notFound);
      return bank.fileDesk.statement(check(bankStatementFileQuerySchema, Object.fromEntries(url.searchParams)));
    case 'POST /statements':
      return bank.fileDesk.closeStatement(await readBody(request, bankStatementOrderSchema));
    case 'POST /files': {
      const contentType = request.headers['content-type'] ?? '';
      // Leaving the loop must not break the connection, or the refusal would never arrive.
      const bytes = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
      return bank.fileDesk.take(contentType, bytes, call.bodySha256);
    }
    case 'GET /files/:id':
      return isResult ? bank.fileDesk.result(decode(second)) : bank.fileDesk.query(decode(second));
    case 'GET /ledger/:id':
      if (second === 'summary') return bank.summary();
      if (second !== 'entries') throw new Refused(notFound);
      return bank.entries(check(bankStatementQuerySchema, Object.fromEntries(url.searchParams)));
    case 'GET /orders/:id':
      return bank.order(check(bankOrderNoSchema, decode(second)));
    case 'POST /receipts':
      return bank.receive(await readBody(request, bankReceiptSchema));
    case 'POST /accounts':
      return bank.openAccount(await readBody(request, bankAccountOpeningSchema));
    case 'POST /faults':
      return bank.setFault(await readBody(request, bankFaultSchema));
    case 'GET /faults':
      return bank.listFaults();
    case 'DELETE /faults':
      return bank.clearFaults();
    case 'DELETE /faults/:id':
      return bank.clearFaults(decode(second));
    default:
      throw new Refused(notFound);
  }
}

const tooLarge = refusal(413, 'TOO_LARGE', '报文过大。');
const notFound = refusal(404, 'NOT_FOUND', '没有这个接口。');

const faultTexts: Record<RequestFault, string> = {
  SIGNATURE_MISSING: '请求没有签名。',
  SIGNATURE_KEY_UNKNOWN: '签名所用的密钥未在本行登记。',
  SIGNATURE_WRONG: '签名与请求不符。',
  SIGNATURE_DATE: '请求时间与本行时钟相差超过 5 分钟,请校准时钟后重新签名。',
  SIGNATURE_NONCE_USED: '该随机数已用于另一个请求。',
  SIGNATURE_BODY: '报文内容与签名不符。',
};

function notSigned(fault: RequestFault): BankReply {
  return refusal(401, fault, `${faultTexts[fault]}本次没有办理任何业务。`);
}

function headerOf(request: IncomingMessage): (name: string) => string | undefined {
  return (name) => request.headers[name]?.toString();
}

function callOf(request: IncomingMessage) {
  return requestOf(request.method ?? '', request.url ?? '', headerOf(request));
}

/** Every answer is signed, a refusal too. */
function send(reply: BankReply, request: IncomingMessage, response: ServerResponse, keys: CallKeys): void {
  if (reply === 'breakConnection') {
    request.socket.destroy();
    return;
  }
  if (reply.status === 413 || reply.status === 401) response.setHeader('connection', 'close'); // the rest of the body is not read
  const isFile = 'bytes' in reply;
  const bytes = isFile ? reply.bytes : Buffer.from(JSON.stringify(reply.body));
  const contentType = isFile ? reply.contentType : 'application/json; charset=utf-8';
  const answered = { status: reply.status, contentType, body: bytes };
  response.writeHead(reply.status, {
    'content-type': contentType,
    'content-length': bytes.length,
    ...signAnswer(answered, requestDigestOf(callOf(request)), keys),
  });
  response.end(bytes);
}

/** Checks a value against the wire's shape; the sentence names the field and never repeats the value. */
function check<T>(shape: ZodType<T>, value: unknown): T {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const fields = [...new Set(result.error.issues.map((issue) => issue.path.join('.') || '报文'))];
  throw new Refused(refusal(400, 'BAD_REQUEST', `报文有误:${fields.join('、')}。`));
}

function decode(segment = ''): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new Refused(notFound);
  }
}

/** @param signedSha256 of a call that had to be signed: what the caller signed as its body. */
async function readBody<T>(request: IncomingMessage, shape: ZodType<T>, signedSha256?: string): Promise<T> {
  // A page in a browser can post forms and text across origins, but not JSON.
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
    throw new Refused(refusal(415, 'NOT_JSON', '请以 application/json 发送。'));
  }
  const parts: Buffer[] = [];
  let size = 0;
  // Leaving the loop must not break the connection, or the refusal would never arrive.
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > longestBodyBytes) throw new Refused(tooLarge);
    parts.push(part);
  }
  const bytes = Buffer.concat(parts);
  if (signedSha256 !== undefined && sha256Of(bytes) !== signedSha256) throw new Refused(notSigned('SIGNATURE_BODY'));
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new Refused(refusal(400, 'BAD_REQUEST', '报文不是有效的 JSON。'));
  }
  return check(shape, value);
}

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

/** A call that is answered without reaching the books. */
class Refused extends Error {
  constructor(readonly reply: BankReply) {
    super('refused');
  }
}

/** The bank over HTTP; `listen` and `close` are the caller's. */
export function createBankServer(bank: Bank): Server {
  const server = createServer((request, response) => {
    answer(bank, request).then(
      (reply) => send(reply, request, response),
      (error: unknown) => {
        if (error instanceof Refused) return send(error.reply, request, response);
        // Stopping, or a journal that cannot be written: nothing certain can be said, so nothing is said.
        request.socket.destroy();
      },
    );
  });
  server.requestTimeout = 30_000;
  server.keepAliveTimeout = 65_000;
  return server;
}

async function answer(bank: Bank, request: IncomingMessage): Promise<BankReply> {
  const url = new URL(request.url ?? '/', 'http://bank');
  const [, first = '', second, ...rest] = url.pathname.split('/');
  const isResult = first === 'files' && rest.length === 1 && rest[0] === 'result';
  if (rest.length > 0 && !isResult) throw new Refused(notFound);
  const route = `${request.method} /${first}${second === undefined ? '' : '/:id'}`;
  switch (route) {
    case 'GET /health':
      return { status: 200, body: { status: 'ok' } };
    case 'POST /payments':
      return bank.pay(await readBody(request, bankPaymentSchema));
    case 'GET /payments/:id':
      return bank.query(check(bankOrderNoSchema, decode(second)));
    case 'GET /statement': {
      const { after, limit } = check(bankStatementQuerySchema, Object.fromEntries(url.searchParams));
      return bank.statement(after, limit);
    }
    case 'GET /statement/:id':
      if (second !== 'camt053') throw new Refused(notFound);
      return bank.fileDesk.statement(check(bankStatementFileQuerySchema, Object.fromEntries(url.searchParams)));
    case 'POST /statements':
      return bank.fileDesk.closeStatement(await readBody(request, bankStatementOrderSchema));
    case 'POST /files': {
      const contentType = request.headers['content-type'] ?? '';
      // Leaving the loop must not break the connection, or the refusal would never arrive.
      return bank.fileDesk.take(contentType, request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>);
    }
    case 'GET /files/:id':
      return isResult ? bank.fileDesk.result(decode(second)) : bank.fileDesk.query(decode(second));
    case 'GET /ledger/:id':
      if (second !== 'summary') throw new Refused(notFound);
      return bank.summary();
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

function send(reply: BankReply, request: IncomingMessage, response: ServerResponse): void {
  if (reply === 'breakConnection') {
    request.socket.destroy();
    return;
  }
  if (reply.status === 413) response.setHeader('connection', 'close'); // the rest of the body is not read
  const isFile = 'bytes' in reply;
  const bytes = isFile ? reply.bytes : Buffer.from(JSON.stringify(reply.body));
  response.writeHead(reply.status, {
    'content-type': isFile ? reply.contentType : 'application/json; charset=utf-8',
    'content-length': bytes.length,
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

async function readBody<T>(request: IncomingMessage, shape: ZodType<T>): Promise<T> {
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
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    throw new Refused(refusal(400, 'BAD_REQUEST', '报文不是有效的 JSON。'));
  }
  return check(shape, value);
}

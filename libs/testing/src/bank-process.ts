import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  bankLedgerSummarySchema,
  bankStatementSchema,
  type BankFault,
  type BankLedgerSummary,
  type BankPayment,
  type BankReceipt,
  type BankStatementEntry,
} from '@banjie/contracts';
import { isSignedAnswer, readCallKeys, requestDigestOf, requestOf, signAnswer, signRequest } from '@banjie/bank-files';
import { testCallKeyFiles, testCallKeys } from './test-keys';

const program = join(__dirname, '../../../apps/bank/dist/main.js');

/** The stand-in bank as a process of its own, with books of its own in a folder that `stop` removes. */
export interface BankProcess {
  readonly url: string;
  /** The file of our keys (`testCallKeys`), for what reads it itself. */
  readonly callerKeysPath: string;
  setFault(fault: BankFault): Promise<void>;
  clearFaults(): Promise<void>;
  /** Pays past our own code, as somebody else at the bank's counter would. */
  pay(payment: BankPayment): Promise<void>;
  /** Money that comes in. */
  receive(receipt: BankReceipt): Promise<void>;
  /** Ends the running period of an account; its statement can be had then. */
  closeStatement(fundAccount: string): Promise<void>;
  /** A result or statement file as the bank gives it. */
  file(path: string): Promise<Buffer>;
  summary(): Promise<BankLedgerSummary>;
  statement(after?: number): Promise<BankStatementEntry[]>;
  /** `kill -9`, then started anew on the same books and port; its calendar may have gone on meanwhile. */
  crashAndRestart(clockShiftMs?: number): Promise<void>;
  stop(): Promise<void>;
}

/** `clockShiftMs`: how far its calendar is from the machine's. */
export async function startBankProcess({ clockShiftMs = 0 } = {}): Promise<BankProcess> {
  if (!existsSync(program)) throw new Error('apps/bank is not compiled: run npm run build first');
  const home = mkdtempSync(join(tmpdir(), 'banjie-bank-'));
  let shiftMs = clockShiftMs;
  const write = (name: string, keys: object) => {
    writeFileSync(join(home, name), JSON.stringify(keys), { mode: 0o600 });
    return join(home, name);
  };
  write('keys.json', testCallKeyFiles.bank);
  const callerKeysPath = write('caller-keys.json', testCallKeyFiles.ours);
  let running = await spawnBank(home, 0, shiftMs);
  const { url } = running;
  const keys = testCallKeys();

  const bytesOf = async (method: string, path: string, body?: unknown): Promise<Buffer> => {
    const json = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const request = json ? { contentType: 'application/json', body: json } : {};
    const { headers, digest } = signRequest({ method, target: path, ...request }, keys);
    const signal = AbortSignal.timeout(10_000);
    const response = await fetch(`${url}${path}`, { method, headers, body: json ?? null, signal });
    const bytes = Buffer.from(await response.arrayBuffer());
    const header = (name: string) => response.headers.get(name);
    if (!isSignedAnswer({ status: response.status, header, body: bytes }, digest, keys)) throw new Error('not signed');
    if (!response.ok) throw new Error(`${method} ${path} → ${response.status} ${bytes.toString('utf8')}`);
    return bytes;
  };
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> =>
    JSON.parse((await bytesOf(method, path, body)).toString('utf8'));

  return {
    ...{ url, callerKeysPath },
    setFault: async (fault) => void (await call('POST', '/faults', fault)),
    clearFaults: async () => void (await call('DELETE', '/faults')),
    pay: async (payment) => void (await call('POST', '/payments', payment)),
    receive: async (receipt) => void (await call('POST', '/receipts', receipt)),
    closeStatement: async (fundAccount) => void (await call('POST', '/statements', { fundAccount })),
    file: (path) => bytesOf('GET', path),
    summary: async () => bankLedgerSummarySchema.parse(await call('GET', '/ledger/summary')),
    statement: async (after = 0) =>
      bankStatementSchema.parse(await call('GET', `/ledger/entries?after=${after}&limit=5000`)).entries,
    crashAndRestart: async (toShiftMs = shiftMs) => {
      shiftMs = toShiftMs;
      await end(running.child, 'SIGKILL');
      running = await spawnBank(home, Number(new URL(url).port), shiftMs);
    },
    stop: async () => {
      await end(running.child, 'SIGTERM');
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function spawnBank(home: string, port: number, shiftMs: number): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [program], {
    env: {
      ...process.env,
      ...{ BANK_HOME: home, BANJIE_BANK_PORT: String(port), BANJIE_CHILD: '1', BANK_CLOCK_SHIFT_MS: String(shiftMs) },
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.on('error', () => undefined);
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const found = /^bank listening (\S+)/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`the bank ended with exit code ${code}`)));
  });
  return { child, url };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await gone;
}

/** Answers a call in the name of the stand-in bank, as a bank that misbehaves under its own signature. */
export function answerAsBank(
  request: IncomingMessage,
  response: ServerResponse,
  { status, body, contentType = 'application/json' }: { status: number; body: string; contentType?: string },
): void {
  const asked = requestOf(request.method ?? '', request.url ?? '', (name) => request.headers[name]?.toString());
  const bytes = Buffer.from(body);
  const keys = readCallKeys(testCallKeyFiles.bank);
  const headers = signAnswer({ status, contentType, body: bytes }, requestDigestOf(asked), keys);
  response.writeHead(status, { 'content-type': contentType, ...headers }).end(bytes);
}

import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
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

const program = join(__dirname, '../../../apps/bank/dist/main.js');

/** The stand-in bank as a process of its own, with books of its own in a folder that `stop` removes. */
export interface BankProcess {
  readonly url: string;
  setFault(fault: BankFault): Promise<void>;
  clearFaults(): Promise<void>;
  /** Pays past our own code, as somebody else at the bank's counter would. */
  pay(payment: BankPayment): Promise<void>;
  /** Money that comes in. */
  receive(receipt: BankReceipt): Promise<void>;
  /** Ends the running period of an account; its statement can be had then. */
  closeStatement(fundAccount: string): Promise<void>;
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
  let running = await spawnBank(home, 0, shiftMs);
  const { url } = running;

  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${url}${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${method} ${path} → ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  };

  return {
    url,
    setFault: async (fault) => void (await call('POST', '/faults', fault)),
    clearFaults: async () => void (await call('DELETE', '/faults')),
    pay: async (payment) => void (await call('POST', '/payments', payment)),
    receive: async (receipt) => void (await call('POST', '/receipts', receipt)),
    closeStatement: async (fundAccount) => void (await call('POST', '/statements', { fundAccount })),
    summary: async () => bankLedgerSummarySchema.parse(await call('GET', '/ledger/summary')),
    statement: async (after = 0) =>
      bankStatementSchema.parse(await call('GET', `/statement?after=${after}&limit=5000`)).entries,
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
